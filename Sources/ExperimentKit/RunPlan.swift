// Which runs a target takes, in which order, what rests on what, and what they cost. A pure function of what is asked
// for; it starts nothing.

import Datasets
import Training

/// What `reproduce` can make.
enum PlanTarget: String, Sendable, Hashable, CaseIterable {
  /// SGD, SAM, PoF after each, and their controls.
  case table1
  /// Range, step, direction, groups and layers of PoF's perturbation.
  case ablations

  /// In the order in which their runs are made.
  var arms: [Arm] {
    switch self {
    case .table1: Arm.table1
    // Continued SGD and the frozen control are what the ablations' tables compare with.
    case .ablations: [.sgd, .sgdFrozen] + Ablation.allCases.flatMap(\.arms)
    }
  }

  /// Where the user names none. The paper's order.
  var defaultDatasets: [DatasetName] {
    switch self {
    case .table1: DatasetName.allCases
    case .ablations: [.cifar10]
    }
  }
}

/// One run of a plan.
struct PlannedRun: Sendable {
  let dataset: DatasetName
  let configuration: RunConfiguration
  /// Place in the plan of the run that must be done before: the pre-training that an arm continues, or the run that
  /// gives a fixed step, which itself continues that pre-training. Nil for pre-training.
  let parent: Int?
  /// Training and test images that it uses.
  let images: (train: Int, test: Int)
  /// In the units of `RunCost`.
  let cost: Double

  /// The executable that makes it.
  var program: ExperimentProgram { ExperimentProgram(running: configuration.arm, on: dataset) }
}

/// What a plan is asked for.
struct PlanRequest: Sendable, Hashable {
  var profile: Profile
  var datasets: [DatasetName]
  var augmentations: [Augmentation]
  var seeds: [Int]
  var arms: [Arm] = Arm.table1
  /// Without the extra training images of the data sets that have some.
  var withoutExtra = false

  /// Settings of a run that is asked for.
  func settings(of dataset: DatasetName, _ augmentation: Augmentation, _ arm: Arm, seed: Int) -> RunConfiguration {
    var settings = profile.settings(for: dataset, augmentation: augmentation, arm: arm, seed: seed)
    if withoutExtra, dataset.specification.extraCount > 0 { settings.trainingPart = .withoutExtra }
    return settings
  }

  /// Whether a data set's files are used, and which part of its training images.
  func usesFiles(of dataset: DatasetName) -> Bool { settings(of: dataset, .basic, .sgd, seed: 0).dataSource == .files }
  func trainingPart(of dataset: DatasetName) -> TrainingPart {
    settings(of: dataset, .basic, .sgd, seed: 0).trainingPart
  }
}

/// All runs that were asked for, as a tree, each after what it rests on: seed by seed, so that a plan that is stopped has
/// complete pairs; for each seed the pre-training that its arms share, once, then the arms.
struct RunPlan: Sendable {
  let runs: [PlannedRun]

  /// - Parameters:
  ///   - settings: overrides of the profile's settings.
  ///   - images: training and test images that a data set has here, before limits.
  /// - Throws: `UsageError` or `ModelError` for settings that make no sense.
  init(
    _ request: PlanRequest, settings: SettingOptions, images: (DatasetName) -> (train: Int, test: Int)
  ) throws {
    for arm in request.arms { try settings.check(arm) }
    var builder = Builder()
    for dataset in request.datasets {
      let available = images(dataset)
      for augmentation in request.augmentations {
        for seed in request.seeds {
          let configurations = try request.arms.map { arm in
            var configuration = request.settings(of: dataset, augmentation, arm, seed: seed)
            settings.apply(to: &configuration)
            try configuration.check(full: true)
            return configuration
          }
          for configuration in configurations {
            _ = try builder.place(of: configuration.sharedPreTraining, dataset, available)
          }
          for configuration in configurations { _ = try builder.place(of: configuration, dataset, available) }
        }
      }
    }
    runs = builder.runs
  }

  /// One run after what it rests on.
  /// - Parameter available: training and test images that the data set has here, before limits.
  /// - Throws: `UsageError` or `ModelError` for settings that make no sense.
  init(_ configuration: RunConfiguration, _ dataset: DatasetName, available: (train: Int, test: Int)) throws {
    var builder = Builder()
    _ = try builder.place(of: configuration, dataset, available)
    runs = builder.runs
  }

  /// Gathers runs, each once and after what it rests on.
  private struct Builder {
    var runs: [PlannedRun] = []
    private var places: [RunConfiguration: Int] = [:]

    /// Place of a run, which is appended after what it rests on where it is not there yet.
    mutating func place(
      of configuration: RunConfiguration, _ dataset: DatasetName, _ available: (train: Int, test: Int)
    ) throws -> Int {
      if let place = places[configuration] { return place }
      var parent: Int?
      if configuration.postTraining != .none {
        parent = try place(of: configuration.stepReference ?? configuration.sharedPreTraining, dataset, available)
      }
      let model = try dataset.model(depth: configuration.depth, width: configuration.width)
      try configuration.check(available: available)
      let used = configuration.used(train: available.train, test: available.test)
      let cost = RunCost(configuration, model: model, trainCount: used.train, testCount: used.test)
      places[configuration] = runs.count
      runs.append(
        PlannedRun(
          dataset: dataset, configuration: configuration, parent: parent, images: used,
          cost: cost.remaining(after: nil)))
      return runs.count - 1
    }
  }

  /// Places of the runs that rest on one, directly or through others.
  func descendants(of place: Int) -> [Int] {
    var found: Set<Int> = [place]
    // What rests on a run comes after it.
    for (place, run) in runs.enumerated() {
      if let parent = run.parent, found.contains(parent) { found.insert(place) }
    }
    return found.subtracting([place]).sorted()
  }

  /// How many runs a run rests on.
  func depth(of place: Int) -> Int { runs[place].parent.map { depth(of: $0) + 1 } ?? 0 }
}
