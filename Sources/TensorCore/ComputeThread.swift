// The one thread that computes. oneDNN's OpenMP gives each thread that executes a kernel a team of its own, and teams
// spin: two of them on the same cores cost a factor of four. So kernels run here, never in a Task or a Dispatch block.

import Foundation

/// A dedicated thread that performs bodies one after another.
public final class ComputeThread: @unchecked Sendable {
  /// The thread of this process. There is one, since a second would fight for the same cores.
  public static let shared = ComputeThread()

  /// Enough for deep call chains of a test's naive loops; nothing recursive runs here.
  private static let stackBytes = 16 << 20

  private let condition = NSCondition()
  private var pending: [Job] = []

  private struct Job {
    let body: () -> Void
    let done: DispatchSemaphore
  }

  private init() {
    let thread = Thread { [self] in
      while true {
        var job: Job? = next()
        let done = job?.done
        job?.body()
        // The caller may return only when nothing here holds its body any more.
        job = nil
        done?.signal()
      }
    }
    thread.name = "compute"
    thread.stackSize = Self.stackBytes
    thread.start()
  }

  private func next() -> Job {
    condition.lock()
    defer { condition.unlock() }
    while pending.isEmpty { condition.wait() }
    return pending.removeFirst()
  }

  /// Performs `body` on the thread and waits for it; its result or error comes back to the caller.
  /// - Precondition: not called from the thread itself.
  public func perform<Result>(_ body: () throws -> Result) throws -> Result {
    try withoutActuallyEscaping(body) { body in
      let done = DispatchSemaphore(value: 0)
      var outcome: Swift.Result<Result, any Error>?
      condition.lock()
      pending.append(Job(body: { outcome = Swift.Result { try body() } }, done: done))
      condition.signal()
      condition.unlock()
      done.wait()
      guard let outcome else { preconditionFailure("a body was signalled before it ran") }
      return try outcome.get()
    }
  }
}
