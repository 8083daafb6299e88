// Child processes and the signals between them and us. Each child leads a process group of its own, so that a Ctrl-C
// reaches it through us, once: experiments take a second signal as the wish to end at once.

import Foundation

/// Starts programs and waits for whichever ends, or for a signal to us. One per process, on its main thread.
final class Children {
  enum Event: Sendable, Hashable {
    /// A child ended with an exit code, 128 + signal if it was killed.
    case ended(pid_t, code: Int32)
    /// SIGINT or SIGTERM came for us.
    case signal(Int32)
  }

  private var running: Set<pid_t> = []
  private var signals = sigset_t()
  private var pending: [Event] = []

  /// From here on SIGINT, SIGTERM and the ends of children are taken from a queue by `wait`.
  init() {
    sigemptyset(&signals)
    for number in [SIGINT, SIGTERM, SIGCHLD] { sigaddset(&signals, number) }
    // A closed terminal is a SIGTERM, unless nohup or the like says that it is none.
    var hangUp = sigaction()
    sigaction(SIGHUP, nil, &hangUp)
    let isIgnored = unsafeBitCast(hangUp.__sigaction_handler.sa_handler, to: Int.self) == 1
    if !isIgnored { sigaddset(&signals, SIGHUP) }
    sigprocmask(SIG_BLOCK, &signals, nil)
    // Children are no foreground group: let them draw on a terminal that stops background output.
    signal(SIGTTOU, SIG_IGN)
    signal(SIGPIPE, SIG_IGN)
    // Whoever started us may ignore it: then the ends of children would never be told.
    signal(SIGCHLD, SIG_DFL)
  }

  /// Starts a program; its stdout goes to our stderr.
  /// - Throws: `UsageError.file` when it cannot be started.
  func start(_ program: String, _ arguments: [String]) throws -> pid_t {
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK))
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO)

    var words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) }
    defer { words.forEach { free($0) } }
    words.append(nil)
    var pid: pid_t = 0
    let status = posix_spawn(&pid, program, &actions, &attributes, words, environ)
    guard status == 0 else {
      throw UsageError.file(
        path: program, problem: "cannot be started (\(String(cString: strerror(status))))",
        remedy: "build it with: make build")
    }
    running.insert(pid)
    return pid
  }

  /// Sends a signal to every child.
  func forward(_ number: Int32) {
    for pid in running { kill(pid, number) }
  }

  /// Ends every child and waits until all are gone.
  func stop() {
    forward(SIGTERM)
    while !running.isEmpty {
      if case .signal(let number) = wait() { forward(number) }
    }
  }

  /// Waits for the next event.
  func wait() -> Event {
    while true {
      if !pending.isEmpty { return pending.removeFirst() }
      var number: Int32 = 0
      guard sigwait(&signals, &number) == 0 else { continue }
      guard number == SIGCHLD else { return .signal(number == SIGINT ? SIGINT : SIGTERM) }
      // One SIGCHLD may stand for several children.
      var status: Int32 = 0
      while case let pid = waitpid(-1, &status, WNOHANG), pid > 0 {
        guard running.remove(pid) != nil else { continue }
        let killedBy = status & 0x7f
        pending.append(.ended(pid, code: killedBy == 0 ? status >> 8 & 0xff : 128 + killedBy))
      }
    }
  }
}
