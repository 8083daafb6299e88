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
  /// Batch norm in training mode, everything kept for `backpropagate` and `recomputeFeatures`.
  /// - Parameter updatingRunning: the layers whose running statistics follow the batch's.
  case training(updatingRunning: ParameterSelection)
  /// Batch norm in training mode, nothing kept but the features: a weak batch.
  case features(updatingRunning: ParameterSelection)
  /// Batch norm by running statistics.
  case evaluation

  /// The layers whose running statistics follow the batch's.
  public var updatedLayers: ParameterSelection {
    switch self {
    case .training(let layers), .features(let layers): layers
    case .evaluation: .nothing
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
/// Calls come from one thread, in the order load - extractFeatures - (classify | directClassifier) - backpropagate, and
/// from `extractFeatures(.training)` on any number of recomputeFeatures - classify - backpropagate.
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

  /// Computes the features again with the weights as they are now, from a stage on: what lies below it is taken from
  /// the last training pass over the current batch; from the lowest stage on, from the images. As that pass did, it
  /// normalises by batch statistics and keeps everything for `backpropagate`; running statistics stay as they are.
  /// - Precondition: the current batch has had a training pass, and the weights below `stage` are those of that pass.
  func recomputeFeatures(from stage: ParameterStage)

  /// Logits of the current batch under psi, [count, K], row-major.
  var logits: [Double] { get }

  /// Computes logits and losses of the current batch from its features.
  /// - Parameter steps: eta of each image: image i is classified by psi - eta_i g, for the direction g that
  ///   `directClassifier` left; nil classifies all under psi.
  func classify(alongDirection steps: UnsafeBufferPointer<Double>?) -> BatchLoss

  /// Gradient of the current batch's mean loss, as classified last, with respect to a selection, into that range of the
  /// gradient arena (overwritten). Only what these gradients need is computed; outside the range the arena may hold
  /// anything afterwards.
  /// - Precondition: the features come from a training pass; where the classifier is selected, they were classified
  ///   without a direction.
  func backpropagate(_ selection: ParameterSelection)

  // MARK: The classifier's line (PoF)

  /// Computes g = (G, h), the gradient of the current batch's mean loss with respect to the classifier, from its
  /// features, and keeps it as the direction.
  /// - Returns: its L2 norm.
  func directClassifier() -> Double

  /// Replaces the direction by another one, which is scaled to the norm of the one that it replaces.
  /// - Parameter direction: weight [K, D], row-major, then bias [K]; finite and not all zero.
  /// - Precondition: `directClassifier` was called on the current batch.
  func redirectClassifier(along direction: UnsafeBufferPointer<Double>)

  /// Mean loss of images `range` of the current batch under psi - t g, evaluated in Double: near-ties of a line search
  /// must not flip between two correct executors.
  /// - Precondition: `directClassifier` was called on the current batch.
  func classifierLoss(at t: Double, images range: Range<Int>) -> Double

  // MARK: Vector operations on arenas

  /// weights = base + scale * gradient, on a selection.
  /// - Parameter base: `.weights`, which are kept in `.saved` first, or `.saved`, after a `perturb` of the same
  ///   selection.
  func perturb(_ selection: ParameterSelection, from base: ArenaRole, by scale: Double)
  /// weights = saved, on a selection that was perturbed, bit for bit. `stepSGD(from: .saved)` takes back as well.
  func restore(_ selection: ParameterSelection)
  /// L2 norm, summed in Double.
  func norm(of role: ArenaRole, _ selection: ParameterSelection) -> Double
  /// w = base; g += wd w; v = mu v + g; w -= lr (g + mu v), with the gradient and momentum arenas.
  /// - Parameter base: `.weights`, or `.saved` after a `perturb` of the same selection: one pass over memory less than
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
