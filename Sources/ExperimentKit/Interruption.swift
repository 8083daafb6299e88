// SIGINT and SIGTERM as a flag, polled by whoever works: the runner asks after every step. The second signal ends the
// process at once.

import Foundation
import Synchronization

public enum Interruption {
  private static let signal = Atomic<Int32>(0)

  /// Signal received, if any.
  public static var received: Int32? {
    let number = signal.load(ordering: .relaxed)
    return number == 0 ? nil : number
  }

  /// Installs the handlers.
  public static func install() {
    // The global is initialised here, not in the handler.
    signal.store(0, ordering: .relaxed)
    for number in [SIGINT, SIGTERM] {
      var action = sigaction()
      action.__sigaction_handler.sa_handler = { number in
        let first = Interruption.signal.compareExchange(expected: 0, desired: number, ordering: .relaxed).exchanged
        if !first { _exit(128 + number) }
      }
      // Foundation's pipes take an interrupted read for a broken one.
      action.sa_flags = Int32(SA_RESTART)
      sigaction(number, &action, nil)
    }
    // A closed pipe behind stderr or stdout must not end a run.
    Glibc.signal(SIGPIPE, SIG_IGN)
    // Neither must a limit on the size of files: writing then fails like on a full disk, with a message.
    Glibc.signal(SIGXFSZ, SIG_IGN)
    // Ignored by whoever started us, it would keep us from seeing git end.
    Glibc.signal(SIGCHLD, SIG_DFL)
  }
}
