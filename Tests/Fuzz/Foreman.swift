// Shares the inputs out to workers, starts a new one behind every input that ended one, and keeps those inputs.

import FileMutations
import Foundation

/// Inputs of a reader that are still to be read.
private struct Job {
  var reader: String
  var first: Int
  var count: Int
}

private struct Running {
  var job: Job
  var folder: String
  var page: Page
}

struct Foreman {
  let fuzz: Fuzz

  func run() throws {
    let began = Date()
    // In memory where there is such a folder: a million files.
    let shared = URL(fileURLWithPath: "/dev/shm")
    let base = access(shared.path, W_OK) == 0 ? shared : FileManager.default.temporaryDirectory
    let scratch = base.appending(path: "fuzz-\(getpid())").path
    try FileManager.default.createDirectory(atPath: scratch, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: scratch) }
    let readers = try Reader.all(originals: fuzz.originals, reference: fuzz.reference, scratch: scratch)
    var queue = jobs(readers)
    guard !queue.isEmpty else { throw POSIXError(.EINVAL) }
    var running: [pid_t: Running] = [:]
    var counts: [String: [Int]] = [:]
    var failures = 0
    var started = 0

    while !running.isEmpty || !(queue.isEmpty || failures >= fuzz.limit) {
      while running.count < fuzz.jobs, let job = queue.popLast(), failures < fuzz.limit {
        started += 1
        let folder = "\(scratch)/\(started)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let page = try Page(folder: folder)
        page[0] = job.first
        running[try start(job, folder)] = Running(job: job, folder: folder, page: page)
      }
      var status: Int32 = 0
      let pid = waitpid(-1, &status, 0)
      guard let ended = running.removeValue(forKey: pid) else { continue }
      let (job, page) = (ended.job, ended.page)
      for verdict in 0..<3 { counts[job.reader, default: [0, 0, 0, 0]][verdict] += page[verdict + 1] }
      if status != 0 {
        let index = page[0]
        failures += 1
        counts[job.reader, default: [0, 0, 0, 0]][3] += 1
        if let reader = readers.first(where: { $0.name == job.reader }) {
          try keep(
            reader, index,
            page.reason.isEmpty ? Self.describe(status) + (page[4] == 0 ? " while it was made" : "") : page.reason,
            ended.folder)
        }
        let rest = job.first + job.count - index - 1
        if rest > 0 { queue.append(Job(reader: job.reader, first: index + 1, count: rest)) }
      }
      page.release()
      try? FileManager.default.removeItem(atPath: ended.folder)
    }

    print("reader             equal     valid   refused    failed")
    for reader in readers {
      guard let count = counts[reader.name] else { continue }
      let numbers = count.map { String(repeating: " ", count: max(0, 10 - "\($0)".count)) + "\($0)" }.joined()
      print(reader.name.padding(toLength: 14, withPad: " ", startingAt: 0) + numbers)
    }
    print("seed \(fuzz.seed), \(Int(Date().timeIntervalSince(began))) s, failed: \(failures)")
    if failures > 0 { Foundation.exit(1) }
  }

  /// In pieces, so that processes end together and stay young.
  private func jobs(_ readers: [Reader]) -> [Job] {
    let chosen = readers.filter { fuzz.reader == nil || $0.name == fuzz.reader }
    let shares = chosen.reduce(0) { $0 + $1.share }
    return chosen.flatMap { reader -> [Job] in
      let total = fuzz.inputs * reader.share / shares
      let piece = max(1, min(total / max(1, fuzz.jobs) + 1, 20_000))
      return stride(from: 0, to: total, by: piece).map { start in
        Job(reader: reader.name, first: fuzz.first + start, count: min(piece, total - start))
      }
    }
  }

  private func start(_ job: Job, _ folder: String) throws -> pid_t {
    let arguments = [
      CommandLine.arguments[0], "--worker", folder, "--reader", job.reader, "--first", "\(job.first)", "--inputs",
      "\(job.count)", "--seed", "\(fuzz.seed)", "--originals", fuzz.originals, "--reference", fuzz.reference,
      "--seconds", "\(fuzz.seconds)", "--memory", "\(fuzz.memory)",
    ]
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 2, "\(folder)/log", O_WRONLY | O_CREAT | O_APPEND, 0o600)
    var words = arguments.map { strdup($0) } + [nil]
    defer { words.forEach { free($0) } }
    var pid: pid_t = 0
    let status = posix_spawn(&pid, "/proc/self/exe", &actions, nil, &words, environ)
    guard status == 0 else { throw POSIXError(.init(rawValue: status) ?? .EIO) }
    return pid
  }

  /// Keeps an input, and what its worker said. It lies where the worker put it: to make it again here might be fatal.
  private func keep(_ reader: Reader, _ index: Int, _ reason: String, _ folder: String) throws {
    try FileManager.default.createDirectory(atPath: fuzz.failures, withIntermediateDirectories: true)
    let path = "\(fuzz.failures)/\(reader.name)-\(fuzz.seed)-\(index)"
    let input = FileManager.default.contents(atPath: "\(folder)/\(reader.fileName)") ?? Data()
    let log = FileManager.default.contents(atPath: "\(folder)/log") ?? Data()
    try input.write(to: URL(fileURLWithPath: path))
    try (Data("\(reason)\n".utf8) + log.suffix(1 << 16)).write(to: URL(fileURLWithPath: path + ".log"))
    print("\(reader.name), seed \(fuzz.seed), index \(index): \(reason); kept as \(path)")
    fflush(nil)
  }

  private static func describe(_ status: Int32) -> String {
    let signal = status & 0x7f
    if signal == SIGALRM { return "ran out of time" }
    return signal != 0 ? "died of signal \(signal)" : "ended with status \(status >> 8 & 0xff)"
  }
}
