// The arithmetic of the time left, and what is written where.

import Testing
import Training

@testable import ExperimentKit

@Test func timeLeftIsCostTimesSecondsPerUnit() throws {
  let table = TableProgress(number: 2, count: 9, remainingCost: 600)
  let left = try #require(TimeLeft(elapsed: 30, done: 60, remaining: 40, table: table))
  #expect(left.run == 20)
  #expect(left.table == 320)
  #expect(TimeLeft(elapsed: 30, done: 60, remaining: 40, table: nil)?.table == nil)
  #expect(TimeLeft(elapsed: 30, done: 0, remaining: 40, table: table) == nil)
  #expect(TimeLeft(elapsed: 0, done: 0, remaining: 40, table: table) == nil)
  #expect(TimeLeft(elapsed: 1, done: 50, remaining: -1, table: table)?.run == 0)
}

@Test(arguments: [
  (0, "0:00"), (0.2, "0:01"), (59.4, "1:00"), (95, "1:35"), (3700, "1:01:40"), (Double.infinity, "?"),
])
func durationsAsText(seconds: Double, text: String) { #expect(TimeLeft.text(seconds) == text) }

private func record(epoch: Int, test: Score?) -> EpochRecord {
  EpochRecord(
    epoch: epoch, train: Score(loss: 0.25, error: 12.5), learningRate: 0.1, gradientEvaluations: 8, test: test,
    seconds: 1, imagesPerSecond: 1234)
}

@Test func plainLinesElsewhere() {
  var written: [String] = []
  var now = 100.0
  let progress = ProgressReporter(
    style: .lines, table: TableProgress(number: 3, count: 9, remainingCost: 200), clock: { now },
    write: { written.append($0) })
  progress.plan(total: 100)
  progress.begin(title: "sgd-pof seed 1", place: "svhn basic", lastEpoch: 70)
  now += 10
  progress.step(
    StepProgress(step: 1, stepCount: 8, mean: Score(loss: 1, error: 1), imagesPerSecond: 1), epoch: 61, cost: 10)
  progress.epoch(record(epoch: 61, test: Score(loss: 0.5, error: 15.125)), cost: 20)
  progress.end()
  #expect(
    written == [
      "svhn basic sgd-pof seed 1: epoch 61/70  train loss 0.2500 error 12.50 %  test loss 0.5000 error 15.12 %"
        + "  1234 img/s  left 0:40, table 2:20 (run 3 of 9)\n"
    ])
}

@Test(arguments: [
  (120, "[###.......] epoch 2/5 3/4  loss 0.5000  error 10.00 %  99 img/s  left 0:01"),
  (80, "sgd seed 0 #... 2/5 loss 0.5000 err 10.0% 99 img/s 0:01"),
  (30, "#... 2/5 loss 0"),
])
func aBarIsOneLineNoWiderThanTheTerminalAndIsRemoved(columns: Int, text: String) throws {
  var written: [String] = []
  var now = 0.0
  let progress = ProgressReporter(
    style: .bar(columns: columns), table: nil, clock: { now }, write: { written.append($0) })
  progress.plan(total: 100)
  progress.begin(title: "sgd seed 0", place: "svhn basic", lastEpoch: 5)
  for step in 1...4 {
    now += 0.06
    progress.step(
      StepProgress(step: step, stepCount: 4, mean: Score(loss: 0.5, error: 10), imagesPerSecond: 99), epoch: 2, cost: 50
    )
  }
  // Ten times a second at most: steps 1, 3.
  #expect(written.count == 2)
  for line in written {
    #expect(line.hasPrefix("\r") && line.hasSuffix("\u{1B}[K") && !line.contains("\n"))
    #expect(line.count - 4 <= columns - 1)
  }
  #expect(written[1].contains(text), "\(written[1])")
  progress.epoch(record(epoch: 2, test: nil), cost: 50)
  progress.note("a message")
  #expect(written.suffix(2) == ["\r\u{1B}[K", "a message\n"])
}
