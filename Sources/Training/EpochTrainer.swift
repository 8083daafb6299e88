// What the runner of an experiment asks of training: epochs in, records out. Small, so that a runner can be tested with
// made-up numbers.

/// Where an epoch stands after a step.
public struct StepProgress: Sendable, Equatable {
  /// Steps done, from 1.
  public var step: Int
  public var stepCount: Int
  /// Running means over the epoch so far: loss in nats, error in percent.
  public var mean: Score
  public var imagesPerSecond: Double

  public init(step: Int, stepCount: Int, mean: Score, imagesPerSecond: Double) {
    self.step = step
    self.stepCount = stepCount
    self.mean = mean
    self.imagesPerSecond = imagesPerSecond
  }
}

/// Trains a network epoch by epoch. All calls come from the thread that created it.
public protocol EpochTrainer: AnyObject {
  /// Trains what is left of an epoch.
  /// - Parameters:
  ///   - progress: where the epoch stands; brought up to date with every step, so that `state` and `progress` together
  ///     are what going on later needs.
  ///   - onStep: called after each step; returning false stops there.
  /// - Returns: the epoch's record without a test score, or nil where `onStep` stopped it.
  func train(_ progress: inout EpochProgress, onStep: (StepProgress) -> Bool) throws(TrainingError) -> EpochRecord?

  /// Loss and error on the test set, without augmentation, by running statistics; every image counts once.
  /// - Parameter shouldContinue: called once per batch; returning false ends the evaluation.
  /// - Returns: nil where `shouldContinue` ended it.
  func evaluate(shouldContinue: () -> Bool) -> Score?

  /// Network and momentum as they are now.
  var state: TrainingState { get }
}
