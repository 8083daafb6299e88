// A training step as a row of choices: what is perturbed, in which direction, how far, and what SGD then steps. SGD,
// SAM, PoF, its controls and its ablations are rows of one table; a new method is a case here and a branch in
// TrainingStep.

import NeuralNetwork
import TensorCore

/// Which parameters a step sees perturbed, and how.
public enum Perturbation: Sendable, Hashable {
  case none
  /// All parameters move by rho g / ||g|| along the training batch's own gradient (SAM; Foret et al. 2021).
  case ascent(rho: Double)
  /// The classifier moves along a direction that a weak batch gives (PoF).
  case classifierDescent(ClassifierDescent)
  /// Whole stages move against a weak batch's gradient (the layer ablation of PoF).
  case layerDescent(LayerDescent)

  /// Images of the weak batch that each step needs; nil where it needs none.
  public var weakBatchSize: Int? {
    switch self {
    case .none, .ascent: nil
    case .classifierDescent(let descent): descent.weakBatchSize
    case .layerDescent(let descent): descent.weakBatchSize
    }
  }
}

extension PerturbedLayers {
  /// The part that is perturbed.
  public var perturbed: ParameterSelection {
    switch self {
    case .classifier: .classifier
    case .group3: .from(.group3)
    case .group2: .from(.group2)
    case .everything: .everything
    case .lowest: .below(.group2)
    }
  }

  /// The part that is trained.
  public var trained: ParameterSelection {
    switch self {
    case .classifier: .extractor
    case .group3: .below(.group3)
    case .group2: .below(.group2)
    case .everything: .everything
    case .lowest: .from(.group2)
    }
  }
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
    case .pof: self.init(perturbation: .pof(configuration), stepped: configuration.perturbedLayers.trained)
    }
  }

  /// Expected cost of a step on `images` images, in gradients of a full training batch; a forward pass is a third of a
  /// gradient. What a step did cost, where that depends on its search, is `TrainingStep.imageGradients`.
  public func gradientEvaluations(images: Int, batchSize: Int, model: WideResNet) -> Double {
    let gradients =
      switch perturbation {
      case .none: Double(images)
      case .ascent: 2 * Double(images)
      case .classifierDescent(let descent): descent.imageGradients(images: images)
      case .layerDescent(let descent):
        LayerDescentCost(descent, stepped: stepped, model: model).imageGradients(
          images: images, evaluations: LayerDescent.expectedEvaluations, recomputed: true)
      }
    return gradients / Double(batchSize)
  }
}

extension Perturbation {
  /// PoF's, as configured. Split at the classifier it is the method itself; lower splits have one group, and search
  /// where a first step of 1 overshoots.
  fileprivate static func pof(_ configuration: RunConfiguration) -> Perturbation {
    var search = LineSearch(limit: configuration.searchLimit, atLimit: configuration.atSearchLimit)
    guard configuration.perturbedLayers != .classifier else {
      return .classifierDescent(
        ClassifierDescent(
          range: configuration.perturbationRange, groups: configuration.perturbationGroups,
          step: configuration.perturbationStep.factor == nil ? .searched(search) : .fixed,
          direction: configuration.perturbationDirection, weakBatchSize: configuration.weakBatchSize,
          weakStatistics: configuration.weakStatistics))
    }
    search.beginning = .halving
    return .layerDescent(
      LayerDescent(
        configuration.perturbedLayers.perturbed, range: configuration.perturbationRange, search: search,
        weakBatchSize: configuration.weakBatchSize))
  }
}
