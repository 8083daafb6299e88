// The training loop of one phase (pre- or post-training) on any executor: batches in, epoch records out. It never
// touches a file, prints nothing, and draws nothing at random that is not a function of (seed, epoch, step).

import Datasets
import NeuralNetwork
import TensorCore

public final class Trainer<E: Executor>: EpochTrainer where E.Scalar == Float {
  private let configuration: RunConfiguration
  private let executor: E
  private let train: BatchSource
  private let test: BatchSource
  private let step: TrainingStep<E>
  private let schedule: LearningRateSchedule
  private let batch: ImageBatch
  private let weak: ImageBatch?
  private let uniform: RandomStream
  /// nil where the method perturbs along gradients.
  private let randomDirection: RandomDirection?
  private let clock = ContinuousClock()

  /// Images of the largest batch that a run loads; what its executor must have room for.
  public static func capacity(_ configuration: RunConfiguration) -> Int {
    max(configuration.batchSize, configuration.postTraining == .pof ? configuration.weakBatchSize : 0)
  }

  /// - Parameters:
  ///   - data: the images to use, after limits.
  ///   - state: where to begin; momentum carries over from it.
  ///   - fixedStep: eta* of every step, the configuration's factor included: the mean eta* of the reference run times
  ///     `configuration.perturbationStep.factor`. Needed where PoF's step is fixed, ignored elsewhere.
  /// - Throws: what the executor throws where a pass cannot be planned.
  /// - Precondition: `fixedStep` is given where it is needed, finite and at least 0.
  public init(
    configuration: RunConfiguration, data: Dataset, executor: E, state: TrainingState, fixedStep: Double? = nil
  ) throws {
    self.configuration = configuration
    self.executor = executor
    let seed = UInt64(configuration.seed)
    train = BatchSource(
      data.train, normalization: data.normalization, augmentation: configuration.augmentation, seed: seed)
    test = BatchSource(data.test, normalization: data.normalization, augmentation: .basic, seed: seed)
    step = TrainingStep(
      TrainingMethod(configuration), executor: executor, momentum: configuration.momentum,
      weightDecay: configuration.weightDecay, capacity: configuration.batchSize, fixedStep: fixedStep)
    schedule = LearningRateSchedule(
      initial: configuration.learningRate, preEpochs: configuration.preEpochs,
      postLearningRate: configuration.postLearningRate)
    let (channels, size) = (data.train.channels, data.train.size)
    batch = ImageBatch(capacity: configuration.batchSize, channels: channels, size: size)
    weak = step.method.perturbation.weakBatchSize.map { ImageBatch(capacity: $0, channels: channels, size: size) }
    uniform = RandomStream(seed: seed, purpose: .perturbation)
    randomDirection =
      if case .classifierDescent(let descent) = step.method.perturbation, descent.direction == .random {
        RandomDirection(executor.model, seed: seed)
      } else { nil }
    executor.state = state.network
    executor.setValues(state.momentum, of: .momentum)
    // All passes of the run, the partial batches' too, so that what cannot be planned is an error before the first
    // step.
    let batchSize = configuration.batchSize
    for count in Self.batchCounts(of: data.train.count, batchSize).sorted() {
      try executor.prepare(.training(updatingRunning: .everything), count: count)
    }
    if let weak {
      // The gradient of layers needs the activations, the classifier's only the features.
      let layers = if case .layerDescent = step.method.perturbation { true } else { false }
      try executor.prepare(
        layers ? .training(updatingRunning: .everything) : .features(updatingRunning: .everything),
        count: weak.capacity)
    }
    for count in Self.batchCounts(of: data.test.count, batchSize).sorted() {
      try executor.prepare(.evaluation, count: count)
    }
  }

  /// Sizes of the batches that `total` images make: full ones and the last, partial one.
  private static func batchCounts(of total: Int, _ batchSize: Int) -> Set<Int> {
    Set([min(batchSize, total), total % batchSize]).subtracting([0])
  }

  public var state: TrainingState {
    TrainingState(network: executor.state, momentum: executor.values(of: .momentum))
  }

  public func train(
    _ progress: inout EpochProgress, onStep: (StepProgress) -> Bool
  ) throws(TrainingError) -> EpochRecord? {
    let (start, earlier, epoch) = (clock.now, progress.seconds, progress.epoch)
    let order = train.order(epoch: epoch)
    let rate = schedule.rate(epoch: epoch)
    let batchSize = configuration.batchSize
    let stepCount = (order.count + batchSize - 1) / batchSize
    let imagesBefore = progress.steps * batchSize
    step.perturbations = progress.perturbations
    while progress.steps < stepCount {
      let index = progress.steps
      let range = (index * batchSize)..<min((index + 1) * batchSize, order.count)
      train.fillTraining(batch, order: order, range: range, epoch: epoch)
      if let weak { train.fillWeak(weak, step: index, count: weak.capacity, epoch: epoch) }
      let groups = configuration.perturbationGroups
      let direction = randomDirection?.draw(epoch: epoch, step: index)
      let result = step(batch, weak: weak, learningRate: rate, direction: direction) {
        uniform.uniform(epoch: epoch, index: index * groups + $0)
      }
      guard result.loss.isFinite else {
        throw .diverged(epoch: epoch, step: index + 1, quantity: "the training loss")
      }
      let seconds = (clock.now - start).seconds
      progress.steps += 1
      progress.losses.loss += result.loss
      progress.losses.unperturbedLoss += result.unperturbedLoss
      progress.losses.errors += result.errors
      progress.gradientEvaluations += step.imageGradients / Double(batchSize)
      progress.perturbations = step.perturbations
      progress.seconds = earlier + seconds
      let shown = StepProgress(
        step: progress.steps, stepCount: stepCount, mean: Score(progress.losses, count: range.upperBound),
        imagesPerSecond: Double(range.upperBound - imagesBefore) / seconds)
      guard onStep(shown) else { return nil }
    }
    // A loss shows bad weights one step late; the last step's are looked at here.
    for (role, quantity) in [(ArenaRole.weights, "a weight"), (.momentum, "the momentum")]
    where !executor.norm(of: role, .everything).isFinite {
      throw .diverged(epoch: epoch, step: stepCount, quantity: quantity)
    }
    guard executor.state.statistics.allSatisfy(\.isFinite) else {
      throw .diverged(epoch: epoch, step: stepCount, quantity: "a running statistic of batch norm")
    }
    return EpochRecord(
      epoch: epoch, train: Score(progress.losses, count: order.count), learningRate: rate,
      gradientEvaluations: progress.gradientEvaluations,
      perturbation: weak == nil
        ? nil : PerturbationSummary(progress.perturbations, progress.losses, count: order.count),
      seconds: progress.seconds, imagesPerSecond: Double(order.count) / progress.seconds)
  }

  public func evaluate(shouldContinue: () -> Bool) -> Score? {
    var sums = BatchLoss(loss: 0, unperturbedLoss: 0, errors: 0)
    let count = test.set.count
    for start in stride(from: 0, to: count, by: configuration.batchSize) {
      guard shouldContinue() else { return nil }
      test.fillTest(batch, range: start..<min(start + configuration.batchSize, count))
      executor.load(batch)
      executor.extractFeatures(.evaluation)
      let result = executor.classify(alongDirection: nil)
      sums.loss += result.loss
      sums.errors += result.errors
    }
    return Score(sums, count: count)
  }
}

extension Score {
  /// Means of sums over `count` images.
  init(_ sums: BatchLoss, count: Int) {
    self.init(loss: sums.loss / Double(count), error: 100 * Double(sums.errors) / Double(count))
  }
}

extension PerturbationSummary {
  /// Means over an epoch's searches and over its `count` training images.
  init(_ sums: PerturbationSums, _ losses: BatchLoss, count: Int) {
    let searches = Double(sums.searches)
    self.init(
      etaStar: sums.etaStar / searches, eta: sums.eta / searches, perturbationNorm: sums.perturbationNorm / searches,
      weakLoss: sums.weakLoss / searches, perturbedLoss: losses.loss / Double(count),
      unperturbedLoss: losses.unperturbedLoss / Double(count), rejectedShare: Double(sums.rejected) / searches,
      limitShare: Double(sums.reachedLimit) / searches)
  }
}

extension Duration {
  /// Seconds as a floating-point number.
  var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
