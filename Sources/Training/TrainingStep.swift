// One training step: perturb - gradient - SGD from the unperturbed weights, on a selection, on any executor. It draws nothing at random (the
// trainer passes u) and allocates nothing after its creation.

import Datasets
import NeuralNetwork
import TensorCore

/// What PoF's groups did in one step; sums over groups, so that an epoch's means divide once.
public struct PerturbationSums: Sendable, Equatable {
  public var searches = 0
  public var etaStar = 0.0
  public var eta = 0.0
  public var perturbationNorm = 0.0
  public var weakLoss = 0.0
  public var rejected = 0
  public var reachedLimit = 0

  public init() {}
}

/// Steps an executor's weights by one method.
public final class TrainingStep<E: Executor> {
  public let method: TrainingMethod
  public let momentum: Double
  public let weightDecay: Double
  private let executor: E
  /// eta of each group of the current step.
  private var groupSteps: [Double] = []
  /// eta of each training image.
  private var imageSteps: [Double] = []
  /// The line searches' results, added up over steps until the caller sets them anew.
  public var perturbations = PerturbationSums()

  /// - Parameter capacity: images of the largest training batch.
  public init(_ method: TrainingMethod, executor: E, momentum: Double, weightDecay: Double, capacity: Int) {
    self.method = method
    self.executor = executor
    self.momentum = momentum
    self.weightDecay = weightDecay
    if case .classifierDescent(_, let groups, _, _, _) = method.perturbation {
      groupSteps = .init(repeating: 0, count: groups)
      imageSteps = .init(repeating: 0, count: capacity)
    }
  }

  /// eta of each group in the last step (PoF).
  public var lastGroupSteps: [Double] { groupSteps }

  /// - Parameters:
  ///   - weak: the weak batch (PoF; ignored otherwise).
  ///   - uniform: u of each group, in [0, 1) (PoF).
  /// - Returns: the training batch's loss before the step, under the classifier that was trained against (under the
  ///   unperturbed weights for SAM).
  public func callAsFunction(
    _ batch: ImageBatch, weak: ImageBatch? = nil, learningRate: Double, uniform: (_ group: Int) -> Double = { _ in 0 }
  ) -> BatchLoss {
    let loss: BatchLoss
    var base = ArenaRole.weights
    switch method.perturbation {
    case .none:
      loss = gradient(of: batch, updatingRunning: true, alongDirection: nil)
    case .ascent(let rho):
      loss = gradient(of: batch, updatingRunning: true, alongDirection: nil)
      let norm = executor.norm(of: .gradient, .everything)
      // A zero gradient has no direction; PyTorch's implementations add 1e-12 to the norm for the same reason.
      executor.perturb(.everything, by: rho / (norm + 1e-12))
      // Running statistics follow the unperturbed network alone.
      _ = gradient(of: batch, updatingRunning: false, alongDirection: nil)
      base = .saved
    case .classifierDescent(let range, let groups, let search, _, let weakStatistics):
      guard let weak else { preconditionFailure("PoF needs a weak batch") }
      perturbClassifier(weak, range: range, search: search, updatingRunning: weakStatistics, uniform)
      for group in 0..<groups {
        for i in Self.share(group, of: groups, in: batch.count) { imageSteps[i] = groupSteps[group] }
      }
      loss = imageSteps.withUnsafeBufferPointer {
        gradient(of: batch, updatingRunning: true, alongDirection: UnsafeBufferPointer(rebasing: $0[..<batch.count]))
      }
    }
    executor.stepSGD(
      method.stepped, from: base, learningRate: learningRate, momentum: momentum, weightDecay: weightDecay)
    return loss
  }

  /// Indices of one group's images: consecutive, split as evenly as possible.
  public static func share(_ group: Int, of groups: Int, in count: Int) -> Range<Int> {
    (group * count / groups)..<((group + 1) * count / groups)
  }

  private func gradient(
    of batch: ImageBatch, updatingRunning: Bool, alongDirection steps: UnsafeBufferPointer<Double>?
  ) -> BatchLoss {
    executor.load(batch)
    executor.extractFeatures(.training(updatingRunning: updatingRunning))
    let loss = executor.classify(alongDirection: steps)
    executor.backpropagate(method.stepped)
    return loss
  }

  /// Steps 1 to 5 of the algorithm: features of the weak batch, direction, and a line search for each group.
  private func perturbClassifier(
    _ weak: ImageBatch, range: Double, search: LineSearch, updatingRunning: Bool, _ uniform: (Int) -> Double
  ) {
    executor.load(weak)
    executor.extractFeatures(.features(updatingRunning: updatingRunning))
    let norm = executor.directClassifier()
    for group in groupSteps.indices {
      let images = Self.share(group, of: groupSteps.count, in: weak.count)
      let result = search.minimise { executor.classifierLoss(at: $0, images: images) }
      let eta = uniform(group) * range * result.minimiser
      groupSteps[group] = eta
      perturbations.searches += 1
      perturbations.etaStar += result.minimiser
      perturbations.eta += eta
      perturbations.perturbationNorm += abs(eta) * norm
      perturbations.weakLoss += result.initialLoss
      perturbations.rejected += result.minimiser == 0 ? 1 : 0
      perturbations.reachedLimit += result.reachedLimit ? 1 : 0
    }
  }
}

extension Executor {
  /// Makes a batch of the data sets' the current one.
  public func load(_ batch: ImageBatch) {
    guard let images = batch.images.baseAddress, let labels = batch.labels.baseAddress else {
      preconditionFailure("an empty batch cannot be loaded")
    }
    load(images: images, labels: labels, count: batch.count)
  }
}
