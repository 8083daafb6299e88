// A training step as a row of choices: what is perturbed, in which direction, how far, and what SGD then steps. SGD,
// SAM, PoF and its control are rows of one table; a new method is a case here and a branch in TrainingStep.

import NeuralNetwork
import TensorCore

/// Which parameters a step sees perturbed, and how.
public enum Perturbation: Sendable, Hashable {
  case none
  /// All parameters move by rho g / ||g|| along the training batch's own gradient (SAM; Foret et al. 2021).
  case ascent(rho: Double)
  /// The classifier moves against the gradient of a weak batch, by u c eta* from a line search, on its own in each of
  /// `groups` groups of the batch (PoF).
  case classifierDescent(range: Double, groups: Int, search: LineSearch, weakBatchSize: Int, weakStatistics: Bool)
}

/// A row of the table.
public struct TrainingMethod: Sendable, Hashable {
  public let perturbation: Perturbation
  /// The parameters that are stepped; the others stay as they are, without weight decay or momentum.
  public let stepped: ParameterSelection

  public init(perturbation: Perturbation, stepped: ParameterSelection) {
    self.perturbation = perturbation
    self.stepped = stepped
  }

  /// The method of a run's own phase.
  public init(_ configuration: RunConfiguration) {
    let sam = Perturbation.ascent(rho: configuration.rho)
    switch configuration.postTraining {
    case .none: self.init(perturbation: configuration.preTraining == .sam ? sam : .none, stepped: .everything)
    case .sgd: self.init(perturbation: .none, stepped: .everything)
    case .sam: self.init(perturbation: sam, stepped: .everything)
    case .frozen: self.init(perturbation: .none, stepped: .extractor)
    case .pof:
      self.init(
        perturbation: .classifierDescent(
          range: configuration.perturbationRange, groups: configuration.perturbationGroups,
          search: LineSearch(limit: configuration.searchLimit, atLimit: configuration.atSearchLimit),
          weakBatchSize: configuration.weakBatchSize, weakStatistics: configuration.weakStatistics),
        stepped: .extractor)
    }
  }

  /// Cost of a step on `images` images, in gradients of a full training batch; a forward pass is a third of a gradient.
  public func gradientEvaluations(images: Int, batchSize: Int) -> Double {
    let gradients =
      switch perturbation {
      case .none: Double(images)
      case .ascent: 2 * Double(images)
      case .classifierDescent(_, _, _, let weak, _): Double(images) + Double(weak) / 3
      }
    return gradients / Double(batchSize)
  }
}
