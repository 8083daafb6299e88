// The command line's options as values, and how they become a configuration. Nothing is run or written here.

import ArgumentParser
import Datasets
import Foundation
import Storage
import Training

extension Profile: ExpressibleByArgument {}
extension Augmentation: ExpressibleByArgument {}
extension AtSearchLimit: ExpressibleByArgument {}
extension DatasetName: ExpressibleByArgument {}

/// Overrides of a profile's settings; shared by the experiments and by `reproduce`.
struct SettingOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: .init("d of WRN-d-k: 6n + 4 layers. (default: the profile's)", valueName: "D"))
  var depth: Int?

  @Option(
    parsing: .unconditional,
    help: .init("k of WRN-d-k: factor of the channels. (default: the profile's)", valueName: "W"))
  var width: Int?

  @Option(
    parsing: .unconditional, help: .init("Images per training batch. (default: the profile's)", valueName: "B"))
  var batchSize: Int?

  @Option(
    parsing: .unconditional, help: .init("Epochs of the shared pre-training. (default: the profile's)", valueName: "E"))
  var preEpochs: Int?

  @Option(
    parsing: .unconditional,
    help: .init("Epochs of post-training, or of going on with the baseline. (default: the profile's)", valueName: "K"))
  var postEpochs: Int?

  @Option(
    parsing: .unconditional,
    help: .init(
      "Initial rate of pre-training; is multiplied by 0.2 at 30, 60 and 80 % of it. (default: the profile's)",
      valueName: "R"))
  var learningRate: Double?

  @Option(
    parsing: .unconditional,
    help: .init("Constant rate of post-training. (default: the profile's)", valueName: "R"))
  var postLearningRate: Double?

  @Option(
    parsing: .unconditional,
    help: .init("Radius of SAM's ascent step, an L2 norm of weights. (default: the profile's)", valueName: "R"))
  var rho: Double?

  @Option(
    parsing: .unconditional,
    help: .init(
      "c of PoF: perturbations are uniform in 0 ... c eta*; 1 reaches the minimum along the line, 2 the point across "
        + "the valley. (default: 2)", valueName: "C"))
  var perturbationRange: Double?

  @Option(
    parsing: .unconditional,
    help: .init(
      "m of PoF: parts of the batch with a line search and a perturbation of their own. (default: the profile's)",
      valueName: "M"))
  var perturbationGroups: Int?

  @Option(
    parsing: .unconditional,
    help: .init("Images per weak batch of PoF. (default: the profile's)", valueName: "N"))
  var weakBatchSize: Int?

  @Flag(help: "The weak batch's pass leaves batch norm's running statistics alone. (default: it updates them)")
  var noWeakStatistics = false

  @Option(
    parsing: .unconditional,
    help: .init(
      "Step t of PoF's line search at which doubling stops. (default: 10000; 100 with one group)", valueName: "T"))
  var searchLimit: Double?

  @Option(
    help: .init(
      "What a line search at its limit leaves: no perturbation, or the best point of its last bracket. "
        + "(default: reject; keep with one group)", valueName: "L"))
  var atSearchLimit: AtSearchLimit?

  @Option(
    parsing: .unconditional,
    help: .init("Use the first N training images; 0 uses all (of files). (default: the profile's)", valueName: "N"))
  var trainLimit: Int?

  @Option(
    parsing: .unconditional,
    help: .init("Use the first N test images; 0 uses all (of files). (default: the profile's)", valueName: "N"))
  var testLimit: Int?

  /// Writes every given option over the configuration's value.
  func apply(to configuration: inout RunConfiguration) {
    func set<Value>(_ path: WritableKeyPath<RunConfiguration, Value>, _ value: Value?) {
      if let value { configuration[keyPath: path] = value }
    }
    set(\.depth, depth)
    set(\.width, width)
    set(\.batchSize, batchSize)
    set(\.preEpochs, preEpochs)
    set(\.postEpochs, postEpochs)
    set(\.learningRate, learningRate)
    set(\.postLearningRate, postLearningRate)
    set(\.rho, rho)
    set(\.perturbationRange, perturbationRange)
    set(\.weakBatchSize, weakBatchSize)
    set(\.trainLimit, trainLimit)
    set(\.testLimit, testLimit)
    if noWeakStatistics { configuration.weakStatistics = false }
    if let perturbationGroups { configuration.setGroups(perturbationGroups) }
    set(\.searchLimit, searchLimit)
    set(\.atSearchLimit, atSearchLimit)
  }

  /// Refuses what an arm itself sets.
  /// - Throws: `UsageError` that names option and arm.
  func check(_ arm: Arm) throws(UsageError) {
    let values = [
      ("--perturbation-range", perturbationRange.map { "\($0)" }),
      ("--perturbation-groups", perturbationGroups.map { "\($0)" }),
    ]
    for case (let option, let value?) in values where option == arm.fixedOption {
      throw .value(option: option, found: value, rule: "left out: the arm \(arm.name) sets it")
    }
  }

  /// The given options as command-line arguments, for a child process.
  var arguments: [String] {
    let values: [(String, String?)] = [
      ("--depth", depth.map { "\($0)" }), ("--width", width.map { "\($0)" }),
      ("--batch-size", batchSize.map { "\($0)" }), ("--pre-epochs", preEpochs.map { "\($0)" }),
      ("--post-epochs", postEpochs.map { "\($0)" }), ("--learning-rate", learningRate.map { "\($0)" }),
      ("--post-learning-rate", postLearningRate.map { "\($0)" }), ("--rho", rho.map { "\($0)" }),
      ("--perturbation-range", perturbationRange.map { "\($0)" }),
      ("--perturbation-groups", perturbationGroups.map { "\($0)" }),
      ("--weak-batch-size", weakBatchSize.map { "\($0)" }), ("--search-limit", searchLimit.map { "\($0)" }),
      ("--at-search-limit", atSearchLimit?.rawValue), ("--train-limit", trainLimit.map { "\($0)" }),
      ("--test-limit", testLimit.map { "\($0)" }),
    ]
    return values.flatMap { name, value in value.map { [name, $0] } ?? [] }
      + (noWeakStatistics ? ["--no-weak-statistics"] : [])
  }
}

/// The value of an option that names a folder.
public enum FolderPath {
  /// Refuses the empty path, which would stand for the root of the file system.
  public static func parse(_ path: String) throws -> String {
    guard !path.isEmpty else { throw ValidationError("it is empty: name a folder") }
    return path
  }
}

/// Where data and results lie.
struct FolderOptions: ParsableArguments {
  static let standardData = "data"
  static let standardResults = "results/local"

  @Option(
    help: .init("Folder of the data sets; Fashion-MNIST falls back to the Debian package's.", valueName: "DIR"),
    transform: FolderPath.parse)
  var data = Self.standardData

  @Option(help: .init("Folder of run files and checkpoints.", valueName: "DIR"), transform: FolderPath.parse)
  var results = Self.standardResults
}

/// How often runs save themselves; no part of their configuration.
struct CheckpointOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: .init("A checkpoint after every N-th epoch, and whenever a run is told to stop.", valueName: "N"))
  var checkpointEvery = 1

  @Option(
    parsing: .unconditional,
    help: .init(
      "Keep every N-th epoch's checkpoint as seed<K>.epoch<E>.ckpt.h5, beside that before the last; 0 keeps no others.",
      valueName: "N"))
  var keepEvery = 0

  var policy: CheckpointPolicy { CheckpointPolicy(every: checkpointEvery, keepEvery: keepEvery) }

  /// - Throws: `UsageError` for a number that makes no sense.
  func check() throws(UsageError) {
    guard checkpointEvery >= 1 else {
      throw .value(option: "--checkpoint-every", found: "\(checkpointEvery)", rule: "at least 1")
    }
    guard keepEvery >= 0 else { throw .value(option: "--keep-every", found: "\(keepEvery)", rule: "at least 0") }
  }

  /// As command-line arguments, for a child process.
  var arguments: [String] { ["--checkpoint-every", "\(checkpointEvery)", "--keep-every", "\(keepEvery)"] }
}

/// All options of an experiment.
struct RunOptions: ParsableArguments {
  @Option(
    help: .init("Defaults of all settings; listed above. (default: quick)", valueName: "P"))
  var profile: Profile?

  @Option(
    help: .init(
      ExperimentCommand.program.withLock { $0 }.methodHelp, valueName: "METHOD"))
  var method: String?

  @Option(
    parsing: .unconditional, help: .init("Seed of every random draw, 0 or more. (default: 0)", valueName: "K"))
  var seed: Int?

  @Option(
    help: .init(
      "basic: padding 4, random crop, horizontal flip; cutout: also one 16x16 square erased. (default: basic)",
      valueName: "A"))
  var augment: Augmentation?

  @Flag(help: "svhn only: train on its 73,257 images of `train` alone, without the 531,131 of `extra`.")
  var noExtra = false

  @OptionGroup var settings: SettingOptions
  @OptionGroup var folders: FolderOptions
  @OptionGroup var checkpoints: CheckpointOptions

  @Option(
    parsing: .unconditional,
    help: .init(
      "Threads of the numeric kernels; equal results need equal threads. (default: all cores)", valueName: "N"))
  var threads: Int?

  @Option(
    help: .init(
      "Start from a configuration in JSON, such as the attribute `json` of a run file's group `config`; other options "
        + "override it.", valueName: "FILE.json"))
  var config: String?

  @Flag(
    help: "Print the configuration as JSON, and what would run where and for how long; run and write nothing.")
  var dryRun = false

  // Set by `reproduce` for the progress of its whole table.
  @Option(parsing: .unconditional, help: .hidden) var runNumber: Int?
  @Option(parsing: .unconditional, help: .hidden) var runCount: Int?
  @Option(parsing: .unconditional, help: .hidden) var remainingCost: Double?
  @Flag(help: .hidden) var plainProgress = false

  /// The configuration that these options ask for, checked as far as possible without data.
  /// - Parameters:
  ///   - program: the executable.
  ///   - dataset: its data set; for an ablation what `--dataset` says, nil where it says nothing.
  /// - Throws: `UsageError` or, for a file given by `--config` that is no configuration, what Storage makes of it.
  func configuration(for program: ExperimentProgram, dataset: DatasetName? = nil) throws -> RunConfiguration {
    if let threads, !(1...1024).contains(threads) {
      throw UsageError.value(option: "--threads", found: "\(threads)", rule: "1 to 1024")
    }
    try checkpoints.check()
    guard let config else {
      guard let method else {
        throw UsageError.missing(option: "--method", hint: "choose one of \(program.methods)")
      }
      let arm = try program.arm(method)
      try settings.check(arm)
      // Checked in full, then reduced to what pre-training uses: nonsense is nonsense for every method.
      var full = (profile ?? .quick).settings(
        for: dataset ?? program.defaultDataset, augmentation: augment ?? .basic, arm: arm, seed: seed ?? 0)
      settings.apply(to: &full)
      if noExtra { full.trainingPart = .withoutExtra }
      try full.check(full: true)
      return arm.postTraining == .none ? full.sharedPreTraining : full
    }
    var configuration = try ConfigurationFile.read(config, for: program, dataset: dataset)
    // Another profile would only rename the folder: the values are the file's.
    if let profile, profile.rawValue != configuration.profile {
      throw UsageError.value(
        option: "--profile", found: profile.rawValue,
        rule: "left out, or \(configuration.profile) as in \(config), which holds every setting")
    }
    if let method { try Self.change(&configuration, to: program.arm(method), readFrom: config) }
    if let arm = Arm.named(configuration.arm) { try settings.check(arm) }
    if let seed { configuration.seed = seed }
    if let augment { configuration.augmentation = augment }
    settings.apply(to: &configuration)
    if noExtra { configuration.trainingPart = .withoutExtra }
    let isPreTraining = configuration.postTraining == .none
    try configuration.check(full: !isPreTraining)
    return isPreTraining ? configuration.sharedPreTraining : configuration
  }

  /// Makes a file's configuration one of another arm.
  /// - Throws: `UsageError` where the file does not hold the arm's settings.
  private static func change(
    _ configuration: inout RunConfiguration, to arm: Arm, readFrom file: String
  ) throws(UsageError) {
    let method = ExperimentProgram.method(of: arm.name)
    guard configuration.postTraining != .none || arm.postTraining == .none else {
      throw .value(
        option: "--method", found: method, rule: "left out: \(file) is a pre-training's and lacks its settings")
    }
    // What the profile would have where an arm varies it, a file does not say.
    guard
      arm.name == configuration.arm || arm.postTraining == .none
        || arm.variation == .none && Arm.named(configuration.arm)?.variation == Variation.none
    else {
      throw .value(
        option: "--method", found: method,
        rule: "left out: \(file) holds what its own arm, \(configuration.arm), varies")
    }
    (configuration.arm, configuration.preTraining, configuration.postTraining) =
      (arm.name, arm.preTraining, arm.postTraining)
  }

  /// Threads of the numeric kernels.
  var threadCount: Int { threads ?? Machine.cores }

  /// Progress of the table that this run belongs to.
  var table: TableProgress? {
    guard let runNumber, let runCount, let remainingCost, remainingCost.isFinite else { return nil }
    return TableProgress(number: runNumber, count: runCount, remainingCost: remainingCost)
  }
}
