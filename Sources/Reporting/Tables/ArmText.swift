// Arms in words: a title, what is perturbed, what is trained. Plain text; "->" is set by each format.

import Training

extension Arm {
  /// `SGD`, `SAM -> PoF`, `SGD -> frozen`, `SGD pre-training`; an ablation's arm by what it varies: `c = 1.5`, `m = 4`.
  var title: String {
    let start = preTraining.title
    switch variation {
    case .range(let range): return "c = \(NumberText.short(range))" + (range == PaperSetting.range ? " (default)" : "")
    case .groups(let groups): return "m = \(groups)"
    case .step(let step):
      return step.factor.map { "fixed step, \(NumberText.short($0)) x mean eta*" } ?? "line search"
    case .direction(.random): return "random direction"
    case .direction(.weakGradient): return "weak gradient"
    case .layers(let layers): return layers.title
    case .none: break
    }
    switch postTraining {
    case .none: return "\(start) pre-training"
    case .sgd: return preTraining == .sgd ? start : "\(start) -> SGD"
    case .sam: return preTraining == .sam ? start : "\(start) -> SAM"
    case .frozen: return "\(start) -> frozen"
    case .pof: return "\(start) -> PoF"
    }
  }

  /// What its own epochs perturb.
  var perturbed: String {
    let isSAM = postTraining == .sam || (postTraining == .none && preTraining == .sam)
    if isSAM { return "all parameters" }
    guard postTraining == .pof else { return "nothing" }
    if case .layers(let layers) = variation { return layers.perturbed }
    if variation == .range(0) { return "nothing" }
    return PerturbedLayers.classifier.perturbed
  }

  /// What its own epochs train.
  var trained: String {
    if case .layers(let layers) = variation { return layers.trained }
    switch postTraining {
    case .none, .sgd, .sam: return "all parameters"
    case .frozen, .pof: return PerturbedLayers.classifier.trained
    }
  }
}

extension PreTraining {
  var title: String {
    switch self {
    case .sgd: "SGD"
    case .sam: "SAM"
    }
  }
}

extension PerturbedLayers {
  var title: String {
    switch self {
    case .classifier: "classifier"
    case .group3: "group 3 and above"
    case .group2: "group 2 and above"
    case .everything: "everything"
    case .lowest: "lowest"
    }
  }

  /// The last batch norm counts with group 3.
  var perturbed: String {
    switch self {
    case .classifier: "classifier"
    case .group3: "group 3 and classifier"
    case .group2: "groups 2 and 3, classifier"
    case .everything: "all parameters"
    case .lowest: "stem and group 1"
    }
  }

  var trained: String {
    switch self {
    case .classifier: "extractor"
    case .group3: "stem, groups 1 and 2"
    case .group2: "stem and group 1"
    case .everything: "all, from unperturbed values"
    case .lowest: "groups 2 and 3, classifier"
    }
  }
}
