// `report --watch`: the watch on this process's clock, signals and stderr. When a report is due Reporting decides.

import ExperimentKit
import Foundation
import Reporting

/// Keeps tables and figures fresh until SIGINT or SIGTERM.
struct Watch {
  /// Seconds between two looks at the run files.
  let interval: Double

  /// - Returns: the exit code, 128 + signal.
  func run(_ report: Report, output: String) -> Int32 {
    Interruption.install()
    let watch = ReportWatch(
      list: { RunListing(results: report.results) }, make: { try report.write(to: output) }, clock: Terminal.seconds,
      isStopped: { Interruption.received != nil }, pause: pause,
      say: { Terminal.writeError("\(Self.timeOfDay()) \($0)\n") })
    watch.run()
    return 128 + (Interruption.received ?? SIGTERM)
  }

  /// In short sleeps: a signal may come to another thread, and between asking for it and sleeping.
  private func pause() {
    let end = Terminal.seconds() + interval
    while Interruption.received == nil, case let left = end - Terminal.seconds(), left > 0 {
      usleep(UInt32(min(left, 0.1) * 1e6))
    }
  }

  /// On this machine's clock, such as 14:03:07.
  private static func timeOfDay() -> String {
    var now = time(nil)
    var parts = tm()
    localtime_r(&now, &parts)
    return String(format: "%02d:%02d:%02d", parts.tm_hour, parts.tm_min, parts.tm_sec)
  }
}
