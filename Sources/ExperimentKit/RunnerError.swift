// Why a run does not start or go on although its options are fine. Exit code 2, like bad usage.

/// What stands in a run's way on disk.
public enum RunnerError: Error, Equatable, CustomStringConvertible {
  /// A folder cannot be made or written to.
  case folder(path: String, reason: String)
  /// Another process trains this run; `holder` is what its lock says of it. Elsewhere: on another machine, as far as the
  /// lock's age tells.
  case locked(path: String, holder: String?, isElsewhere: Bool)
  /// The folder was removed while a run was writing into it, or its disk is gone.
  case vanished(folder: String)
  /// The run file there is of other settings.
  case otherConfiguration(path: String, differences: [String])
  /// The run, or the pre-training that it continues, was made on other images.
  case otherData(runFile: String, checkpoint: String)
  /// The run with line search gives no step for one with a fixed step.
  case noStep(runFile: String, problem: String, remedy: String)
  /// Run file and checkpoint do not belong together.
  case inconsistent(runFile: String, checkpoint: String, problem: String)

  public var description: String {
    switch self {
    case .folder(let path, let reason):
      "\(path): cannot be written to (\(reason)); choose another folder with --results"
    case .locked(let path, let holder, let isElsewhere):
      "\(path): held by \(holder ?? "another process"), which trains this run; wait for it or end it"
        + (isElsewhere ? " (if it is gone, start again in \(Int(RunLock.patience)) seconds)" : "")
    case .vanished(let folder):
      "\(folder): gone while the run was writing into it, or taken over by another process; bring it back, or start again"
    case .otherConfiguration(let path, let differences):
      "\(path): holds a run of other settings (\(differences.joined(separator: "; "))); "
        + "remove it or choose another folder with --results"
    case .otherData(let runFile, let checkpoint):
      "\(runFile): was made on other images than --data holds now; restore them, remove this file and \(checkpoint) to "
        + "start again, or choose another folder with --results"
    case .noStep(let runFile, let problem, let remedy):
      "\(runFile): \(problem), and the constant of a fixed step comes from its first epoch; \(remedy)"
    case .inconsistent(let runFile, let checkpoint, let problem):
      "\(checkpoint): \(problem); remove it and \(runFile) to start again"
    }
  }
}
