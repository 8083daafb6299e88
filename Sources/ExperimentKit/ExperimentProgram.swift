// Which experiment an executable is, which arms it runs, and what `--method` calls them. Names only.

import Datasets
import Training

/// An experiment's executable: a data set's own, or an ablation's on any data set.
public enum ExperimentProgram: Sendable, Hashable {
  /// Table 1 on one data set.
  case dataset(DatasetName)
  case ablation(Ablation)

  /// The one that runs an arm on a data set.
  init(running arm: String, on dataset: DatasetName) {
    self = Ablation.allCases.first { arm.hasPrefix("\($0.rawValue)/") }.map { .ablation($0) } ?? .dataset(dataset)
  }

  /// The executable's name.
  public var name: String {
    switch self {
    case .dataset(let dataset): dataset.rawValue
    case .ablation(let ablation): ablation.rawValue
    }
  }

  /// The data set where no option names one.
  var defaultDataset: DatasetName { if case .dataset(let dataset) = self { dataset } else { .cifar10 } }

  /// What it can run: its arms, and the shared pre-training behind them.
  var arms: [Arm] {
    switch self {
    case .dataset: Arm.known
    case .ablation(let ablation): ablation.arms + [.preTraining(.sgd)]
    }
  }

  /// The value of `--method` for an arm: an ablation's without the ablation's name before the slash.
  static func method(of arm: String) -> String { arm.split(separator: "/").last.map(String.init) ?? arm }

  /// All values of `--method`, for messages.
  var methods: String { arms.map { Self.method(of: $0.name) }.joined(separator: ", ") }

  /// The arm that `--method` names.
  /// - Throws: `UsageError` for a name that is not its own.
  func arm(_ method: String) throws(UsageError) -> Arm {
    guard let arm = arms.first(where: { Self.method(of: $0.name) == method }) else {
      throw .value(option: "--method", found: method, rule: "one of \(methods)")
    }
    return arm
  }

  /// What `--method` means, for the help text.
  var methodHelp: String {
    switch self {
    case .dataset:
      "What to run: a baseline that goes on after its pre-training (sgd, sam), PoF after either (sgd-pof, sam-pof), "
        + "the control with the classifier frozen and unperturbed (sgd-frozen, sam-frozen), SAM after SGD (sgd-sam), "
        + "or the shared pre-training alone (sgd-pre, sam-pre). Required, except with --config."
    case .ablation(.range):
      "What to run after SGD pre-training: PoF with perturbation range c (c-0 to c-4), with a constant eta*, that "
        + "factor times the mean of c-2's first epoch (fixed-0.25, fixed-1, fixed-4), along a random direction of the "
        + "gradient's norm (random), with m groups (groups-1, groups-4), or the shared pre-training alone (sgd-pre). "
        + "Required, except with --config."
    case .ablation(.layers):
      "What to run after SGD pre-training: PoF with one group and these layers perturbed and frozen (classifier, "
        + "group3-and-above, group2-and-above), the controls (everything, lowest), or the shared pre-training alone "
        + "(sgd-pre). Required, except with --config."
    }
  }
}

extension Arm {
  /// The setting's option that the arm leaves no choice in; nil where it varies nothing that has an option.
  var fixedOption: String? {
    switch variation {
    case .none, .step, .direction: nil
    case .range: "--perturbation-range"
    case .groups, .layers: "--perturbation-groups"
    }
  }

  /// In which settings a configuration contradicts its arm, as `name found, not wanted`; empty where it does not.
  /// The limit of line searches goes with the groups and may be overridden.
  func contradictions(in configuration: RunConfiguration) -> [String] {
    var wanted = configuration
    wanted.perturbedLayers = .unstated
    wanted.perturbationDirection = .unstated
    wanted.perturbationStep = .unstated
    variation.apply(to: &wanted)
    wanted.searchLimit = configuration.searchLimit
    wanted.atSearchLimit = configuration.atSearchLimit
    return SettingText.differences(found: configuration, wanted: wanted)
  }
}
