// What is asked of `reproduce`, as options. Nothing is run, read or written here.

import ArgumentParser
import Datasets
import Foundation
import Training

/// What the commands of `reproduce` have in common.
struct PlanOptions: ParsableArguments {
  @Option(help: .init("Defaults of all settings.", valueName: "P"))
  var profile = Profile.quick

  @Option(
    help: .init(
      "Data sets, separated by blanks: cifar10, cifar100, svhn, fashion-mnist. (default: all that are there; of the "
        + "ablations cifar10)", valueName: "NAMES"))
  var datasets: String?

  @Option(parsing: .unconditional, help: .init("Seeds, separated by blanks.", valueName: "SEEDS"))
  var seeds = "0 1 2"

  @Option(help: .init("Augmentations, separated by blanks: basic, cutout.", valueName: "NAMES"))
  var augment = "basic"

  @OptionGroup var folders: FolderOptions

  @Option(parsing: .unconditional, help: .init("Runs at a time; they share the cores.", valueName: "N"))
  var jobs = 1

  @OptionGroup var checkpoints: CheckpointOptions

  @OptionGroup(title: "Overrides of the profile") var settings: SettingOptions

  @Flag(help: "SVHN: train without its extra images.")
  var noExtra = false

  /// The request behind the lists of names; the arms of several targets each once.
  /// - Throws: `UsageError`.
  func request(_ targets: [PlanTarget]) throws(UsageError) -> PlanRequest {
    var sets = Self.distinct(targets.flatMap(\.defaultDatasets))
    if let datasets {
      let names = DatasetName.allCases.map(\.rawValue).joined(separator: ", ")
      sets = try Self.list("--datasets", datasets, "one of \(names)") { DatasetName(rawValue: $0) }
    }
    return PlanRequest(
      profile: profile, datasets: sets,
      augmentations: try Self.list("--augment", augment, "basic or cutout") { Augmentation(rawValue: $0) },
      seeds: try Self.list("--seeds", seeds, "whole numbers of at least 0") { Int($0).flatMap { $0 >= 0 ? $0 : nil } },
      arms: Self.distinct(targets.flatMap(\.arms)), withoutExtra: noExtra)
  }

  /// Checks what is not part of a request.
  /// - Throws: `UsageError`.
  func check() throws(UsageError) {
    guard (1...Machine.cores).contains(jobs) else {
      throw .value(
        option: "--jobs", found: "\(jobs)", rule: "1 to \(Machine.cores), the cores of this machine")
    }
    try checkpoints.check()
  }

  /// Threads of each run.
  var threads: Int { max(1, Machine.cores / jobs) }

  /// The published number of images; none are read under a profile with synthetic ones.
  static func published(_ request: PlanRequest, _ dataset: DatasetName) -> (train: Int, test: Int) {
    let specification = dataset.specification
    return (specification.trainCount(of: request.trainingPart(of: dataset)), specification.testCount)
  }

  /// Values of a list of names, each once, in the order given.
  static func list<Value: Hashable>(
    _ option: String, _ text: String, _ rule: String, _ value: (String) -> Value?
  ) throws(UsageError) -> [Value] {
    var values: [Value] = []
    for word in text.split(whereSeparator: { $0.isWhitespace || $0 == "," }) {
      guard let value = value(String(word)) else { throw .value(option: option, found: String(word), rule: rule) }
      values.append(value)
    }
    guard !values.isEmpty else { throw .value(option: option, found: "empty", rule: rule) }
    return distinct(values)
  }

  /// Each value once, where it is met first.
  static func distinct<Value: Hashable>(_ values: [Value]) -> [Value] {
    var seen: Set<Value> = []
    return values.filter { seen.insert($0).inserted }
  }
}
