// What a user can get wrong before anything is computed, as values with one or two lines of text each.

/// Bad options or missing input; exit code 2.
public enum UsageError: Error, Equatable, CustomStringConvertible {
  /// An option or setting with a value that makes no sense.
  case value(option: String, found: String, rule: String)
  /// A required option is absent.
  case missing(option: String, hint: String)
  /// A limit above the number of images there are.
  case tooFewImages(option: String, asked: Int, available: Int, dataset: String)
  /// A network and a batch that this machine has no memory for, in bytes.
  case tooLarge(network: String, batch: Int, needed: Int, available: Int)
  /// A file given as an option cannot be used.
  case file(path: String, problem: String, remedy: String)
  /// A data set is not there or not usable.
  case data(String)

  public var description: String {
    switch self {
    case .value(let option, let found, let rule): "\(option) is \(found): it must be \(rule)"
    case .missing(let option, let hint): "\(option) is missing: \(hint)"
    case .tooFewImages(let option, let asked, let available, let dataset):
      "\(option) is \(asked), but \(dataset) has \(available) images here: give at most that, or 0 for all"
    case .tooLarge(let network, let batch, let needed, let available):
      "\(network) on batches of \(batch) images needs \(needed >> 30) GiB of memory or more, and this machine has "
        + "\(available >> 30) GiB: choose a smaller --batch-size, --width or --depth"
    case .file(let path, let problem, let remedy): "\(path): \(problem); \(remedy)"
    case .data(let problem): problem
    }
  }
}

/// How a process ends. Raw values are exit codes.
public enum ExitStatus: Int32, Sendable {
  case done = 0
  /// `verify`: a run came out different.
  case different = 1
  /// Bad usage, missing input, or results that cannot be written.
  case usage = 2
  /// A run diverged, now or earlier.
  case diverged = 3
  /// By SIGINT and SIGTERM: 128 + signal.
  case interrupted = 130
  case terminated = 143
}
