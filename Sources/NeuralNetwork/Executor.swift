// What a training step needs of the machine that computes it: a dozen operations, and nothing of optimisers, data sets
// or files. CPUExecutor implements it on oneDNN, ReferenceExecutor naively in Double; a GPU would be a third.

import TensorCore

/// The parameter vectors that an executor keeps in its own memory, all of one layout.
public enum ArenaRole: Sendable, Hashable, CaseIterable {
  /// What passes are computed with.
  case weights
  /// Filled by `backpropagate`.
  case gradient
  /// SGD's velocity.
  case momentum
  /// The weights as they were before a perturbation.
  case saved
}

/// What a forward pass is for.
public enum ForwardPass: Sendable, Hashable {
  /// Batch norm in training mode, everything kept for `backpropagate`.
  /// - Parameter updatingRunning: whether the running statistics follow the batch's.
  case training(updatingRunning: Bool)
  /// Batch norm in training mode, nothing kept but the features: a weak batch.
  case features(updatingRunning: Bool)
  /// Batch norm by running statistics.
  case evaluation

  public var updatesRunning: Bool {
    switch self {
    case .training(let updating), .features(let updating): updating
    case .evaluation: false
    }
  }
}

/// Sums over a batch, so that averages over an epoch or a test set divide once.
public struct BatchLoss: Sendable, Equatable {
  /// Sum over images of the cross-entropy, in nats, under the classifier that was asked for.
  public var loss: Double
  /// The same under the unperturbed classifier (equal to `loss` where nothing was perturbed).
  public var unperturbedLoss: Double
  /// Images whose largest logit is not their label's.
  public var errors: Int

  public init(loss: Double, unperturbedLoss: Double, errors: Int) {
    self.loss = loss
    self.unperturbedLoss = unperturbedLoss
    self.errors = errors
  }
}

/// A network with its parameters on some device.
///
/// Calls come from one thread, in the order load - extractFeatures - (classify | directClassifier) - backpropagate.
/// Memory belongs to the executor; whole arenas cross to the host only through `values(of:)` and `state`.
public protocol Executor: AnyObject {
  /// Element type of the arenas.
  associatedtype Scalar: BinaryFloatingPoint & Sendable

  var model: WideResNet { get }

  // MARK: Host boundary

  /// Weights, running statistics and counters. Setting them leaves the other arenas alone.
  var state: NetworkState { get set }
  func values(of role: ArenaRole) -> [Scalar]
  /// - Precondition: as many values as the model's parameter layout has elements.
  func setValues(_ values: [Scalar], of role: ArenaRole)

  // MARK: Passes

  /// Makes ready for a pass over batches of `count` images, so that later ones allocate nothing.
  /// - Throws: where the pass cannot be computed here (no kernel, not enough memory). A pass that was not prepared
  ///   prepares itself, and a failure then stops the process.
  func prepare(_ pass: ForwardPass, count: Int) throws

  /// Makes `count` images ([count, channels, size, size], normalised) and their labels the current batch. Both must
  /// stay where they are until the next `load`.
  func load(images: UnsafePointer<Float>, labels: UnsafePointer<UInt8>, count: Int)

  /// Computes the pooled features z of the current batch, [count, D].
  func extractFeatures(_ pass: ForwardPass)

  /// Logits of the current batch under psi, [count, K], row-major.
  var logits: [Double] { get }

  /// Computes logits and losses of the current batch from its features.
  /// - Parameter steps: eta of each image: image i is classified by psi - eta_i g, for the direction g that
  ///   `directClassifier` left; nil classifies all under psi.
  func classify(alongDirection steps: UnsafeBufferPointer<Double>?) -> BatchLoss

  /// Gradient of the current batch's mean loss, as classified last, into the gradient arena (overwritten).
  /// - Parameter selection: `.everything`, or `.extractor`, which leaves the classifier's gradient alone.
  /// - Precondition: the features come from a `.training` pass; `.everything` only where nothing was perturbed.
  func backpropagate(_ selection: ParameterSelection)

  // MARK: The classifier's line (PoF)

  /// Computes g = (G, h), the gradient of the current batch's mean loss with respect to the classifier, from its
  /// features, and keeps it as the direction.
  /// - Returns: its L2 norm.
  func directClassifier() -> Double

  /// Mean loss of images `range` of the current batch under psi - t g, evaluated in Double: near-ties of a line search
  /// must not flip between two correct executors.
  /// - Precondition: `directClassifier` was called on the current batch.
  func classifierLoss(at t: Double, images range: Range<Int>) -> Double

  // MARK: Vector operations on arenas

  /// saved = weights, then weights += scale * gradient, on a selection. `stepSGD(from: .saved)` takes it back.
  func perturb(_ selection: ParameterSelection, by scale: Double)
  /// L2 norm, summed in Double.
  func norm(of role: ArenaRole, _ selection: ParameterSelection) -> Double
  /// w = base; g += wd w; v = mu v + g; w -= lr (g + mu v), with the gradient and momentum arenas.
  /// - Parameter base: `.weights`, or `.saved` after `perturb` of the same selection: one pass over memory less than
  ///   restoring first.
  func stepSGD(
    _ selection: ParameterSelection, from base: ArenaRole, learningRate: Double, momentum: Double, weightDecay: Double)
}

/// Constants of every batch-norm layer, as in PyTorch.
public enum BatchNorm {
  public static let epsilon = 1e-5
  /// Weight of the newest batch in the running statistics.
  public static let momentum = 0.1
}
