// A network with made-up images, ready to be timed: it owns the executor, two batches and a training step of each
// method. It knows no rounds, no order and no report; those are StepBenchmark's and BenchTurns'.

import Datasets
import ExperimentKit
import NeuralNetwork
import TensorCore
import Training

/// What can be timed.
enum TimedOperation: String, CaseIterable {
  /// A training step of SGD, SAM or PoF.
  case sgd, sam, pof
  /// The forward pass of one batch by running statistics, and its loss.
  case evaluation
}

/// Of one thread, the compute thread.
final class PreparedNetwork {
  let model: WideResNet
  let batch: Int
  let threads: Int
  /// As the paper ran PoF, or one per image where the batch is smaller.
  let groups: Int
  let executor: CPUExecutor

  private let images: ImageBatch
  /// PoF's weak batch, as large as the batch.
  private let weak: ImageBatch
  private let steps: [TimedOperation: TrainingStep<CPUExecutor>]
  private let uniform = RandomStream(seed: 1, purpose: .perturbation)

  /// Plans nothing: an operation's first call does.
  /// - Throws: `OneDNNError`.
  init(_ model: WideResNet, batch: Int, threads: Int) throws {
    self.model = model
    self.batch = batch
    self.threads = threads
    let groups = min(16, batch)
    self.groups = groups
    let executor = try CPUExecutor(model: model, capacity: batch, threads: threads)
    executor.state = model.initialState(seed: 1)
    self.executor = executor
    let pof = Perturbation.classifierDescent(
      ClassifierDescent(
        range: 2, groups: groups, step: .searched(LineSearch(limit: 10_000, atLimit: .reject)), weakBatchSize: batch,
        weakStatistics: true))
    func step(_ perturbation: Perturbation, _ stepped: ParameterSelection) -> TrainingStep<CPUExecutor> {
      TrainingStep(
        TrainingMethod(perturbation: perturbation, stepped: stepped), executor: executor, momentum: 0.9,
        weightDecay: 5e-4, capacity: batch)
    }
    steps = [
      .sgd: step(.none, .everything), .sam: step(.ascent(rho: 0.05), .everything), .pof: step(pof, .extractor),
    ]
    images = Self.makeBatch(of: batch, for: model, seed: 1)
    weak = Self.makeBatch(of: batch, for: model, seed: 2)
  }

  /// Performs the operation once; its first call plans as well.
  /// - Parameter index: of the first of PoF's draws u.
  func perform(_ operation: TimedOperation, index: Int = 0) {
    guard let step = steps[operation] else {
      executor.load(images)
      executor.extractFeatures(.evaluation)
      _ = executor.classify(alongDirection: nil)
      return
    }
    // A rate this small leaves the network where it is, so that every round times the same numbers.
    _ = step(images, weak: weak, learningRate: 1e-6) { uniform.uniform(index: index + $0) }
  }

  private static func makeBatch(of count: Int, for model: WideResNet, seed: UInt64) -> ImageBatch {
    let stream = RandomStream(seed: seed, purpose: .syntheticData)
    let made = ImageBatch(capacity: count, channels: model.channels, size: model.imageSize)
    made.set(
      images: (0..<(count * made.imageElements)).map { Float(stream.normals(index: $0).0) },
      labels: (0..<count).map { UInt8(stream.integer(below: model.classes, epoch: 1, index: $0)) })
    return made
  }
}
