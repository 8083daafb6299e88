// One training step: perturb - gradient - SGD from the unperturbed weights, on a selection, on any executor. It draws
// nothing at random (the trainer passes u and random directions) and allocates nothing after its creation.

import Datasets
import NeuralNetwork
import TensorCore

/// What PoF's groups did in one step; sums over groups, so that an epoch's means divide once.
public struct PerturbationSums: Sendable, Equatable {
  /// Searches, or groups where eta* is fixed.
  public var searches = 0
  public var etaStar = 0.0
  public var eta = 0.0
  public var perturbationNorm = 0.0
  public var weakLoss = 0.0
  public var rejected = 0
  public var reachedLimit = 0

  public init() {}

  mutating func add(_ found: LineSearch.Result, eta: Double, directionNorm: Double) {
    searches += 1
    etaStar += found.minimiser
    self.eta += eta
    perturbationNorm += abs(eta) * directionNorm
    weakLoss += found.initialLoss
    rejected += found.minimiser == 0 ? 1 : 0
    reachedLimit += found.reachedLimit ? 1 : 0
  }
}

/// Steps an executor's weights by one method.
public final class TrainingStep<E: Executor> {
  public let method: TrainingMethod
  public let momentum: Double
  public let weightDecay: Double
  let executor: E
  /// eta* of every step, where the method's is fixed.
  let fixedStep: Double
  let layerCost: LayerDescentCost?
  /// eta of each group of the current step.
  var groupSteps: [Double] = []
  /// eta of each training image.
  var imageSteps: [Double] = []
  /// The line searches' results, added up over steps until the caller sets them anew.
  public var perturbations = PerturbationSums()
  /// Cost of the last step, by what it did, in gradients of one image; a forward pass is a third of a gradient.
  public internal(set) var imageGradients = 0.0

  /// - Parameters:
  ///   - capacity: images of the largest training batch.
  ///   - fixedStep: eta* of every step; needed where the method's step is `.fixed`, and ignored elsewhere.
  public init(
    _ method: TrainingMethod, executor: E, momentum: Double, weightDecay: Double, capacity: Int,
    fixedStep: Double? = nil
  ) {
    self.method = method
    self.executor = executor
    self.momentum = momentum
    self.weightDecay = weightDecay
    self.fixedStep = fixedStep ?? 0
    switch method.perturbation {
    case .none, .ascent: layerCost = nil
    case .classifierDescent(let descent):
      precondition(
        descent.step != .fixed || fixedStep.map { $0.isFinite && $0 >= 0 } ?? false,
        "a fixed step needs its length: give fixedStep, finite and at least 0")
      groupSteps = .init(repeating: 0, count: descent.groups)
      imageSteps = .init(repeating: 0, count: capacity)
      layerCost = nil
    case .layerDescent(let descent):
      groupSteps = [0]
      layerCost = LayerDescentCost(descent, stepped: method.stepped, model: executor.model)
    }
  }

  /// eta of each group in the last step (PoF; one group where layers below the classifier are perturbed).
  public var lastGroupSteps: [Double] { groupSteps }

  /// - Parameters:
  ///   - weak: the weak batch (PoF; ignored otherwise).
  ///   - direction: a random direction of the classifier, weight [K, D] then bias [K], of any length but 0; ignored by
  ///     methods that perturb along gradients.
  ///   - uniform: u of each group, in [0, 1) (PoF).
  /// - Returns: the training batch's loss before the step, under the weights that were trained against (under the
  ///   unperturbed weights for SAM).
  public func callAsFunction(
    _ batch: ImageBatch, weak: ImageBatch? = nil, learningRate: Double, direction: UnsafeBufferPointer<Double>? = nil,
    uniform: (_ group: Int) -> Double = { _ in 0 }
  ) -> BatchLoss {
    let loss: BatchLoss
    var base = ArenaRole.weights
    switch method.perturbation {
    case .none:
      loss = gradient(of: batch, updatingRunning: .everything, alongDirection: nil)
      imageGradients = Double(batch.count)
    case .ascent(let rho):
      loss = gradient(of: batch, updatingRunning: .everything, alongDirection: nil)
      let norm = executor.norm(of: .gradient, .everything)
      // A zero gradient has no direction; PyTorch's implementations add 1e-12 to the norm for the same reason.
      executor.perturb(.everything, from: .weights, by: rho / (norm + 1e-12))
      // Running statistics follow the unperturbed network alone.
      _ = gradient(of: batch, updatingRunning: .nothing, alongDirection: nil)
      base = .saved
      imageGradients = 2 * Double(batch.count)
    case .classifierDescent(let descent):
      guard let weak else { preconditionFailure("PoF needs a weak batch") }
      loss = descendClassifier(descent, batch, weak: weak, direction: direction, uniform)
    case .layerDescent(let descent):
      guard let weak else { preconditionFailure("PoF needs a weak batch") }
      loss = descendLayers(descent, batch, weak: weak, u: uniform(0))
    }
    executor.stepSGD(
      method.stepped, from: base, learningRate: learningRate, momentum: momentum, weightDecay: weightDecay)
    return loss
  }

  /// Indices of one group's images: consecutive, split as evenly as possible.
  public static func share(_ group: Int, of groups: Int, in count: Int) -> Range<Int> {
    (group * count / groups)..<((group + 1) * count / groups)
  }

  /// Of the batch's mean loss, with respect to what is stepped.
  func gradient(
    of batch: ImageBatch, updatingRunning layers: ParameterSelection,
    alongDirection steps: UnsafeBufferPointer<Double>?
  ) -> BatchLoss {
    executor.load(batch)
    executor.extractFeatures(.training(updatingRunning: layers))
    let loss = executor.classify(alongDirection: steps)
    executor.backpropagate(method.stepped)
    return loss
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
