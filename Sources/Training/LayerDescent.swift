// The layer ablation's perturbation: whole stages of the network move against the gradient of a weak batch, which the
// line search follows by running the part above the split again (ALGORITHM, Ablations). One group: more would mean as
// many sets of weights in one batch. Split at the classifier it would be ClassifierDescent with one group, which has a
// closed form.

import Datasets
import NeuralNetwork
import TensorCore

/// A part of the network moves by u c eta*, eta* from a line search along its own gradient.
public struct LayerDescent: Sendable, Hashable {
  /// Search evaluations that a step is expected to make (`LineSearch`: 16 points of the grid, of which halving and
  /// doubling share some): for predicting costs only.
  public static let expectedEvaluations = 20

  public let perturbed: ParameterSelection
  /// The lowest stage that is perturbed: what lies below it is computed once for a batch.
  public let split: ParameterStage
  /// c.
  public let range: Double
  public let search: LineSearch
  public let weakBatchSize: Int

  /// - Precondition: something is perturbed.
  public init(_ perturbed: ParameterSelection, range: Double, search: LineSearch, weakBatchSize: Int) {
    guard let split = perturbed.lowest else { preconditionFailure("a perturbation needs a stage to perturb") }
    self.perturbed = perturbed
    self.split = split
    self.range = range
    self.search = search
    self.weakBatchSize = weakBatchSize
  }
}

/// What a step costs, by the shares that its stages have in the network's multiply-adds.
struct LayerDescentCost {
  private let weakImages: Double
  /// Of one image, in gradients of one image: the weak batch's gradient, a pass from the split on, the training
  /// gradient.
  private let weakGradient: Double
  private let pass: Double
  private let trainingGradient: Double

  init(_ descent: LayerDescent, stepped: ParameterSelection, model: WideResNet) {
    let forward = model.forwardCost(of: .everything)
    weakImages = Double(descent.weakBatchSize)
    weakGradient = forward + model.backwardCost(of: descent.perturbed)
    pass = model.forwardCost(of: .from(descent.split))
    trainingGradient = forward + model.backwardCost(of: stepped)
  }

  /// - Parameters:
  ///   - evaluations: passes of the weak batch that the search made.
  ///   - recomputed: whether the training batch's unperturbed loss took a pass of its own.
  func imageGradients(images: Int, evaluations: Int, recomputed: Bool) -> Double {
    weakImages * (weakGradient + Double(evaluations) * pass)
      + Double(images) * (trainingGradient + (recomputed ? pass : 0))
  }
}

extension TrainingStep {
  /// Gradient of the batch's loss with respect to what is stepped, the part above the split being perturbed; the
  /// weights are then as they were, bit for bit.
  ///
  /// Layers that the perturbation reaches, those from the split on, take running statistics from the weak batch's
  /// unperturbed pass alone; layers below it from both batches, as in PoF.
  /// - Parameter u: in [0, 1).
  func descendLayers(_ descent: LayerDescent, _ batch: ImageBatch, weak: ImageBatch, u: Double) -> BatchLoss {
    let evaluations = perturbLayers(descent, weak: weak, u: u)
    let isPerturbed = groupSteps[0] != 0
    var loss = gradient(of: batch, updatingRunning: .below(descent.split), alongDirection: nil)
    if isPerturbed {
      executor.restore(descent.perturbed)
      executor.recomputeFeatures(from: descent.split)
      loss.unperturbedLoss = executor.classify(alongDirection: nil).loss
    }
    imageGradients =
      layerCost?.imageGradients(images: batch.count, evaluations: evaluations, recomputed: isPerturbed) ?? 0
    return loss
  }

  /// Leaves the perturbed part at its weights minus eta g.
  /// - Returns: passes of the weak batch that the search made.
  private func perturbLayers(_ descent: LayerDescent, weak: ImageBatch, u: Double) -> Int {
    let images = Double(weak.count)
    executor.load(weak)
    executor.extractFeatures(.training(updatingRunning: .everything))
    let initial = executor.classify(alongDirection: nil).loss / images
    executor.backpropagate(descent.perturbed)
    let norm = executor.norm(of: .gradient, descent.perturbed)
    var evaluations = 0
    let found = descent.search.minimise { t in
      guard t > 0 else { return initial }
      executor.perturb(descent.perturbed, from: evaluations == 0 ? .weights : .saved, by: -t)
      evaluations += 1
      executor.recomputeFeatures(from: descent.split)
      return executor.classify(alongDirection: nil).loss / images
    }
    let eta = u * descent.range * found.minimiser
    if eta == 0 {
      // Adding 0 g could turn -0 into 0.
      executor.restore(descent.perturbed)
    } else {
      executor.perturb(descent.perturbed, from: .saved, by: -eta)
    }
    groupSteps[0] = eta
    perturbations.add(found, eta: eta, directionNorm: norm)
    return evaluations
  }
}
