// Progress on stderr: a bar on a terminal, one plain line per epoch elsewhere. It decides nothing and writes no results.

import Foundation
import Training

/// A run's place in a table: which of how many, and the cost of those after it, in the units of `RunCost` and divided
/// by the number of runs at a time.
struct TableProgress: Sendable, Hashable {
  var number: Int
  var count: Int
  var remainingCost: Double
}

/// Time left from cost done: seconds so far per unit, times the units to come.
struct TimeLeft: Sendable, Hashable {
  /// Seconds to the end of this process, and of the table that it belongs to.
  var run: Double
  var table: Double?

  /// Nil before anything is done.
  init?(elapsed: Double, done: Double, remaining: Double, table: TableProgress?) {
    guard elapsed > 0, done > 0 else { return nil }
    let secondsPerUnit = elapsed / done
    run = max(0, remaining) * secondsPerUnit
    self.table = table.map { (max(0, remaining) + max(0, $0.remainingCost)) * secondsPerUnit }
  }

  /// 95 -> `1:35`, 3,700 -> `1:01:40`.
  static func text(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds < 1e9 else { return "?" }
    // Rounding dust of a run that has ended is no second.
    let total = Int((seconds - 1e-6).rounded(.up))
    let (hours, minutes, rest) = (total / 3600, total / 60 % 60, total % 60)
    func padded(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
    return hours > 0 ? "\(hours):\(padded(minutes)):\(padded(rest))" : "\(minutes):\(padded(rest))"
  }
}

/// Reports the runs of one process. Used on one thread.
final class ProgressReporter {
  enum Style: Sendable, Hashable {
    case bar(columns: Int)
    case lines
  }

  private let style: Style
  private let table: TableProgress?
  private let write: (String) -> Void
  private let clock: () -> Double

  private var title = ""
  private var lastEpoch = 0
  /// Units of cost that this process has behind and before it.
  private var done = 0.0
  private var total = 0.0
  private var start: Double?
  private var lastDrawn = -1.0
  private var barIsOpen = false

  /// - Parameters:
  ///   - write: takes text for stderr, line ends included.
  ///   - clock: seconds from any origin, never going back.
  init(style: Style, table: TableProgress?, clock: @escaping () -> Double, write: @escaping (String) -> Void) {
    self.style = style
    self.table = table
    self.clock = clock
    self.write = write
  }

  /// On the process's stderr.
  static func standard(table: TableProgress?, plain: Bool) -> ProgressReporter {
    let columns = plain ? nil : Terminal.errorColumns()
    return ProgressReporter(
      style: columns.map { .bar(columns: $0) } ?? .lines, table: table, clock: Terminal.seconds,
      write: Terminal.writeError)
  }

  /// A line of its own.
  func note(_ line: String) {
    closeBar()
    write(line + "\n")
  }

  /// States how much work the process has before it. To be called once, before the first run.
  func plan(total: Double) { self.total = total }

  /// Begins a run.
  /// - Parameter place: data set and augmentation, said in lines alone, and where a table mixes them.
  func begin(title: String, place: String, lastEpoch: Int) {
    self.title = style == .lines && table != nil ? "\(place) \(title)" : title
    self.lastEpoch = lastEpoch
    if start == nil { start = clock() }
  }

  /// After a training step of an epoch whose training costs `cost` units.
  func step(_ progress: StepProgress, epoch: Int, cost: Double) {
    guard case .bar(let columns) = style else { return }
    let now = clock()
    guard now - lastDrawn >= 0.1 else { return }
    lastDrawn = now
    let share = Double(progress.step) / Double(max(1, progress.stepCount))
    let done = self.done + share * cost
    let loss = Self.number(progress.mean.loss, 4)
    let speed = Self.number(progress.imagesPerSecond, 0)
    var line =
      "\(title) [\(bar(done, length: 10))] epoch \(epoch)/\(lastEpoch) \(progress.step)/\(progress.stepCount)  "
      + "loss \(loss)  error \(Self.number(progress.mean.error, 2)) %  \(speed) img/s\(left(done: done))"
    if line.count >= columns {
      // Fits 80 columns.
      let left = timeLeft(done: done).map { left in
        " \(TimeLeft.text(left.run))" + (left.table.map { " table \(TimeLeft.text($0))" } ?? "")
      }
      line =
        "\(title) \(bar(done, length: 4)) \(epoch)/\(lastEpoch) loss \(loss) err "
        + "\(Self.number(progress.mean.error, 1))% \(speed) img/s\(left ?? "")"
    }
    // Cut to the width: a line that wraps cannot be rewritten.
    write("\r" + String(line.prefix(max(1, columns - 1))) + "\u{1B}[K")
    barIsOpen = true
  }

  /// After an epoch whose training and evaluation cost `cost` units.
  func epoch(_ record: EpochRecord, cost: Double) {
    done += cost
    guard case .lines = style else { return }
    let test = record.test.map { "  test loss \(Self.number($0.loss, 4)) error \(Self.number($0.error, 2)) %" } ?? ""
    write(
      "\(title): epoch \(record.epoch)/\(lastEpoch)  train loss \(Self.number(record.train.loss, 4)) error "
        + "\(Self.number(record.train.error, 2)) %\(test)  \(Self.number(record.imagesPerSecond, 0)) img/s"
        + "\(left(done: done))\n")
  }

  /// Ends a run's bar.
  func end() { closeBar() }

  private func timeLeft(done: Double) -> TimeLeft? {
    start.flatMap { TimeLeft(elapsed: clock() - $0, done: done, remaining: total - done, table: table) }
  }

  private func left(done: Double) -> String {
    guard let left = timeLeft(done: done) else { return "" }
    var text = "  left \(TimeLeft.text(left.run))"
    if let table, let seconds = left.table {
      text += ", table \(TimeLeft.text(seconds)) (run \(table.number) of \(table.count))"
    }
    return text
  }

  private func bar(_ done: Double, length: Int) -> String {
    let filled = total > 0 ? min(length, max(0, Int(Double(length) * done / total))) : 0
    return String(repeating: "#", count: filled) + String(repeating: ".", count: length - filled)
  }

  private func closeBar() {
    guard barIsOpen else { return }
    write("\r\u{1B}[K")
    barIsOpen = false
  }

  private static func number(_ value: Double, _ digits: Int) -> String {
    String(format: "%.\(digits)f", value)
  }
}
