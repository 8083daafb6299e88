// The choices of PoF's perturbation that the ablations vary, by name. Each has the method's own as its default.

/// Which parameters PoF perturbs; what it perturbs is frozen at its pre-trained value, what it does not is trained.
public enum PerturbedLayers: String, Codable, Sendable, Hashable, CaseIterable {
  /// The linear classifier: the method itself.
  case classifier
  /// Group 3 (with the last batch norm) and the classifier.
  case group3 = "group3-and-above"
  /// Groups 2 and 3 and the classifier.
  case group2 = "group2-and-above"
  /// Control: all parameters are perturbed and all are trained, from their unperturbed values.
  case everything
  /// Control: stem and group 1 are perturbed, the rest is trained.
  case lowest
}

/// Along which direction PoF perturbs.
public enum PerturbationDirection: String, Codable, Sendable, Hashable, CaseIterable {
  /// Against the weak batch's gradient: the method itself.
  case weakGradient = "weak-gradient"
  /// A random direction of the weak gradient's norm, by the steps that were searched along the gradient.
  case random
}

/// Where PoF's eta* comes from.
public enum PerturbationStep: String, Codable, Sendable, Hashable, CaseIterable {
  /// A line search on every weak batch: the method itself.
  case lineSearch = "line-search"
  /// A constant: the mean eta* of the first post-training epoch with line search (the same seed's `ablation-range/c-2`),
  /// times `factor`.
  case fixedQuarter = "fixed-0.25"
  case fixedMean = "fixed-1"
  case fixedFourfold = "fixed-4"

  /// Factor of the reference run's mean eta*; nil for a line search.
  public var factor: Double? {
    switch self {
    case .lineSearch: nil
    case .fixedQuarter: 0.25
    case .fixedMean: 1
    case .fixedFourfold: 4
    }
  }
}
