// The ablations as values: which arms each has, and in what an arm differs from PoF after SGD (ALGORITHM, Ablations).

import Foundation

/// What an arm changes in its profile's settings.
public enum Variation: Sendable, Hashable {
  case none
  /// c.
  case range(Double)
  /// m, with the search limit that goes with it (`RunConfiguration.setGroups`).
  case groups(Int)
  case step(PerturbationStep)
  case direction(PerturbationDirection)
  /// The layer ablation: one group throughout, since groups below the classifier would mean a set of weights each.
  case layers(PerturbedLayers)

  public func apply(to configuration: inout RunConfiguration) {
    switch self {
    case .none: break
    case .range(let range): configuration.perturbationRange = range
    case .groups(let groups): configuration.setGroups(groups)
    case .step(let step): configuration.perturbationStep = step
    case .direction(let direction): configuration.perturbationDirection = direction
    case .layers(let layers):
      configuration.setGroups(1)
      configuration.perturbedLayers = layers
    }
  }
}

extension RunConfiguration {
  /// Sets m. The authors' two programs differ in the search limit as well: distributed (many groups: 10,000, reject) and
  /// single-process (one: 100, keep).
  public mutating func setGroups(_ groups: Int) {
    perturbationGroups = groups
    searchLimit = groups == 1 ? 100 : 10_000
    atSearchLimit = groups == 1 ? .keep : .reject
  }
}

/// An ablation; the raw value is its executable's name and the folder of its arms.
public enum Ablation: String, Sendable, Hashable, CaseIterable {
  case range = "ablation-range"
  case layers = "ablation-layers"

  /// Its arms in the order in which they are printed, all after SGD pre-training.
  ///
  /// `c-2` is Table 1's `sgd-pof` again, and m = 16; `c-0` is `sgd-frozen` but for the weak batch's running statistics.
  public var arms: [Arm] {
    switch self {
    case .range:
      [0, 0.5, 1, 1.5, 2, 3, 4].map { arm("c-" + String(format: "%g", $0), .range($0)) }
        + PerturbationStep.allCases.filter { $0.factor != nil }.map { arm($0.rawValue, .step($0)) }
        + [arm("random", .direction(.random))] + [1, 4].map { arm("groups-\($0)", .groups($0)) }
    case .layers:
      PerturbedLayers.allCases.map { arm($0.rawValue, .layers($0)) }
    }
  }

  /// The arm whose first epoch gives the constant of the fixed steps.
  public static let stepReference = Ablation.range.arm("c-2", .range(2))

  private func arm(_ name: String, _ variation: Variation) -> Arm {
    Arm(name: "\(rawValue)/\(name)", preTraining: .sgd, postTraining: .pof, variation: variation)
  }
}
