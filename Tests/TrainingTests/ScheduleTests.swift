import Testing

@testable import Training

struct ScheduleTests {
  /// The paper's schedule: 0.1 falls by 0.2 at epochs 60, 120, 160 and 200 (counted from 0).
  @Test func paper() {
    let schedule = LearningRateSchedule(
      initial: 0.1, preEpochs: 200, postLearningRate: LearningRateSchedule.final(initial: 0.1))
    for (epoch, rate) in [
      (1, 0.1), (60, 0.1), (61, 0.02), (120, 0.02), (121, 0.004), (160, 0.004), (161, 8e-4), (200, 8e-4), (201, 1.6e-4),
      (250, 1.6e-4),
    ] {
      #expect(abs(schedule.rate(epoch: epoch) - rate) <= 1e-12, "epoch \(epoch)")
    }
  }

  /// Other lengths: a milestone within an epoch counts from the next one on.
  @Test(arguments: [
    (10, [1, 1, 1, 0.2, 0.2, 0.2, 0.04, 0.04, 0.008, 0.008]), (4, [1, 1, 0.2, 0.04]), (2, [1, 0.2]), (1, [1]),
  ])
  func scales(epochs: Int, expected: [Double]) {
    let schedule = LearningRateSchedule(initial: 1, preEpochs: epochs, postLearningRate: 0.5)
    for (index, rate) in expected.enumerated() {
      #expect(abs(schedule.rate(epoch: index + 1) - rate) <= 1e-12, "epoch \(index + 1)")
    }
    #expect(schedule.rate(epoch: epochs + 1) == 0.5)
  }
}
