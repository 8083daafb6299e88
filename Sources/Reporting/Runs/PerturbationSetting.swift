// The settings of a configuration that only PoF uses, by name, and which of them an arm varies. It compares and prints;
// what they do is Training's.

import Training

/// A setting that acts in PoF alone; the raw value is its name in a configuration's JSON.
enum PerturbationSetting: String, CaseIterable {
  case range = "perturbation_range"
  case groups = "perturbation_groups"
  case weakBatchSize = "weak_batch_size"
  case weakStatistics = "weak_statistics"
  case searchLimit = "search_limit"
  case atSearchLimit = "at_search_limit"
  case layers = "perturbed_layers"
  case direction = "perturbation_direction"
  case step = "perturbation_step"

  func text(_ configuration: RunConfiguration) -> String {
    switch self {
    case .range: "\(configuration.perturbationRange)"
    case .groups: "\(configuration.perturbationGroups)"
    case .weakBatchSize: "\(configuration.weakBatchSize)"
    case .weakStatistics: "\(configuration.weakStatistics)"
    case .searchLimit: "\(configuration.searchLimit)"
    case .atSearchLimit: configuration.atSearchLimit.rawValue
    case .layers: configuration.perturbedLayers.rawValue
    case .direction: configuration.perturbationDirection.rawValue
    case .step: configuration.perturbationStep.rawValue
    }
  }
}

extension Variation {
  /// What it changes in a profile's settings; the search limit goes with the groups.
  var settings: Set<PerturbationSetting> {
    switch self {
    case .none: []
    case .range: [.range]
    case .groups: [.groups, .searchLimit, .atSearchLimit]
    case .step: [.step]
    case .direction: [.direction]
    case .layers: [.layers, .groups, .searchLimit, .atSearchLimit]
    }
  }
}
