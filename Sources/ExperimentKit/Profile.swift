// A profile: a named set of defaults for every setting, and the folder that its runs go to. Values: Profiles.swift.

import Datasets
import Storage
import Training

/// How much computing an experiment spends.
public enum Profile: String, Sendable, Hashable, CaseIterable {
  /// Synthetic images, seconds: does everything work?
  case smoke
  /// Minutes on two cores: a small network on few images, where training and test loss differ.
  case quick
  /// Hours: a mid-sized network on the full data.
  case reduced
  /// The paper's network and budget: for large machines.
  case paper

  /// Every setting of an arm's run under this profile, without overrides.
  public func configuration(
    for dataset: DatasetName, augmentation: Augmentation, arm: Arm, seed: Int
  ) -> RunConfiguration {
    let full = settings(for: dataset, augmentation: augmentation, arm: arm, seed: seed)
    return arm.postTraining == .none ? full.sharedPreTraining : full
  }

  /// Folder of a run below the results: the profile's name, or `name-xxxxxxxx` where settings differ from the
  /// profile's. The suffix is the start of the SHA-256 of the overrides in alphabetical order. A pure function of the
  /// configuration, so a run repeated from its file's JSON lands where the original lies.
  public func folder(for configuration: RunConfiguration) -> String {
    let overrides = overrides(in: configuration)
    guard !overrides.isEmpty else { return rawValue }
    return "\(rawValue)-\(Self.hash(of: overrides))"
  }

  /// Settings that differ from the profile's, as `name=value` in alphabetical order.
  public func overrides(in configuration: RunConfiguration) -> [String] {
    guard let dataset = DatasetName(rawValue: configuration.dataset) else { return [] }
    let arm =
      Arm.named(configuration.arm)
      ?? Arm(name: configuration.arm, preTraining: configuration.preTraining, postTraining: configuration.postTraining)
    let defaults = self.configuration(
      for: dataset, augmentation: configuration.augmentation, arm: arm, seed: configuration.seed)
    return SettingText.tunable.filter { $0.text(configuration) != $0.text(defaults) }
      .map { "\($0.name)=\($0.text(configuration))" }.sorted()
  }

  /// Eight hexadecimal digits that stand for a set of overrides, whatever their order.
  static func hash(of overrides: [String]) -> String {
    String(SHA256.hex(overrides.sorted().joined(separator: "\n")).prefix(8))
  }
}

/// A setting's name in snake_case and its value as text, for comparing configurations.
struct SettingText: Sendable {
  let name: String
  let text: @Sendable (RunConfiguration) -> String

  /// What names a run within its profile: these make its path and are never overrides.
  static let identity: [SettingText] = [
    .init(name: "profile") { $0.profile },
    .init(name: "dataset") { $0.dataset },
    .init(name: "augmentation") { $0.augmentation.rawValue },
    .init(name: "arm") { $0.arm },
    .init(name: "pre_training") { $0.preTraining.rawValue },
    .init(name: "post_training") { $0.postTraining.rawValue },
    .init(name: "seed") { "\($0.seed)" },
  ]

  /// What a profile decides and an option may override.
  static let tunable: [SettingText] = [
    .init(name: "data_source") { $0.dataSource.rawValue },
    .init(name: "depth") { "\($0.depth)" },
    .init(name: "width") { "\($0.width)" },
    .init(name: "batch_size") { "\($0.batchSize)" },
    .init(name: "pre_epochs") { "\($0.preEpochs)" },
    .init(name: "post_epochs") { "\($0.postEpochs)" },
    .init(name: "learning_rate") { "\($0.learningRate)" },
    .init(name: "post_learning_rate") { "\($0.postLearningRate)" },
    .init(name: "momentum") { "\($0.momentum)" },
    .init(name: "weight_decay") { "\($0.weightDecay)" },
    .init(name: "rho") { "\($0.rho)" },
    .init(name: "perturbation_range") { "\($0.perturbationRange)" },
    .init(name: "perturbation_groups") { "\($0.perturbationGroups)" },
    .init(name: "weak_batch_size") { "\($0.weakBatchSize)" },
    .init(name: "weak_statistics") { "\($0.weakStatistics)" },
    .init(name: "search_limit") { "\($0.searchLimit)" },
    .init(name: "at_search_limit") { $0.atSearchLimit.rawValue },
    .init(name: "train_limit") { "\($0.trainLimit)" },
    .init(name: "test_limit") { "\($0.testLimit)" },
    .init(name: "test_interval") { "\($0.testInterval)" },
    .init(name: "training_part") { $0.trainingPart.rawValue },
    .init(name: "perturbed_layers") { $0.perturbedLayers.rawValue },
    .init(name: "perturbation_direction") { $0.perturbationDirection.rawValue },
    .init(name: "perturbation_step") { $0.perturbationStep.rawValue },
    .init(name: "post_testing") { $0.postTesting.rawValue },
  ]

  /// Settings in which two configurations differ, as `name a, not b`.
  static func differences(found: RunConfiguration, wanted: RunConfiguration) -> [String] {
    (identity + tunable).filter { $0.text(found) != $0.text(wanted) }
      .map { "\($0.name) \($0.text(found)), not \($0.text(wanted))" }
  }
}
