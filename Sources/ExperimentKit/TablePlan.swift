// Which runs make a table, in which order, and what they cost. A pure function of what is asked for; it starts nothing.

import Datasets
import Training

/// One run of a plan.
struct PlannedRun: Sendable, Hashable {
  let dataset: DatasetName
  let configuration: RunConfiguration
  /// Place in the plan of the pre-training that must be done before; nil for pre-training itself.
  let prerequisite: Int?
  /// In the units of `RunCost`.
  let cost: Double
}

/// What a table is asked for.
struct TableRequest: Sendable {
  var profile: Profile
  var datasets: [DatasetName]
  var augmentations: [Augmentation]
  var seeds: [Int]
  var arms: [Arm] = Arm.table1
}

/// All runs of a table: seed by seed, so that a table that is stopped has complete pairs; for each seed the
/// pre-training that its arms share, once, then the arms.
struct TablePlan: Sendable {
  let runs: [PlannedRun]

  /// - Parameters:
  ///   - settings: overrides of the profile's settings.
  ///   - images: training and test images that a data set has here, before limits.
  /// - Throws: `UsageError` or `ModelError` for settings that make no sense.
  init(
    _ request: TableRequest, settings: SettingOptions, images: (DatasetName) -> (train: Int, test: Int)
  ) throws {
    var runs: [PlannedRun] = []
    for dataset in request.datasets {
      let available = images(dataset)
      for augmentation in request.augmentations {
        for seed in request.seeds {
          var places: [PreTraining: Int] = [:]
          func append(_ configuration: RunConfiguration, after prerequisite: Int?) throws {
            let model = try dataset.model(depth: configuration.depth, width: configuration.width)
            try configuration.check(available: available)
            let used = configuration.used(train: available.train, test: available.test)
            let cost = RunCost(configuration, model: model, trainCount: used.train, testCount: used.test)
            runs.append(
              PlannedRun(
                dataset: dataset, configuration: configuration, prerequisite: prerequisite,
                cost: cost.remaining(after: nil)))
          }
          let configurations = try request.arms.map { arm in
            var configuration = request.profile.settings(
              for: dataset, augmentation: augmentation, arm: arm, seed: seed)
            settings.apply(to: &configuration)
            try configuration.check(full: true)
            return configuration
          }
          for configuration in configurations where places[configuration.preTraining] == nil {
            places[configuration.preTraining] = runs.count
            try append(configuration.sharedPreTraining, after: nil)
          }
          for configuration in configurations {
            try append(configuration, after: places[configuration.preTraining])
          }
        }
      }
    }
    self.runs = runs
  }
}

/// The runs of a plan as jobs: what may start next, what is left. Knows no processes.
///
/// A pre-training whose run file is gone is a job even where all arms after it are done: Table 1 shows its costs. One
/// whose checkpoint alone is gone is a job only where an arm has to start from it.
struct JobQueue: Sendable {
  enum State: Sendable, Hashable {
    case waiting, running, done, diverged
    /// Its pre-training did not come to its end.
    case impossible
  }

  private let runs: [PlannedRun]
  private(set) var states: [State]
  /// Runs to be started in all.
  let count: Int
  private(set) var started = 0

  /// - Parameter isDone: whether a run needs no process: a pre-training needs its checkpoint as well, unless all arms
  ///   after it are done.
  init(_ plan: TablePlan, isDone: (RunConfiguration, _ needsCheckpoint: Bool) -> Bool) {
    runs = plan.runs
    var states = plan.runs.map { run in
      run.prerequisite != nil && isDone(run.configuration, false) ? State.done : .waiting
    }
    for (place, run) in plan.runs.enumerated() where run.prerequisite == nil {
      let needed = plan.runs.indices.contains { plan.runs[$0].prerequisite == place && states[$0] == .waiting }
      if isDone(run.configuration, needed) { states[place] = .done }
    }
    self.states = states
    count = states.filter { $0 == .waiting }.count
  }

  var isFinished: Bool { !states.contains(.waiting) && !states.contains(.running) }

  /// Cost of the runs that have not been started.
  var waitingCost: Double {
    zip(runs, states).reduce(0) { $1.1 == .waiting ? $0 + $1.0.cost : $0 }
  }

  /// The place of the next run that may start, marked as running; nil if there is none now.
  mutating func next() -> Int? {
    let ready = states.indices.first { place in
      states[place] == .waiting && (runs[place].prerequisite.map { states[$0] == .done } ?? true)
    }
    guard let place = ready else { return nil }
    states[place] = .running
    started += 1
    return place
  }

  /// Notes how a run ended; what depends on a run that is not done cannot run.
  mutating func finish(_ place: Int, _ state: State) {
    states[place] = state
    guard state != .done else { return }
    for dependent in states.indices where runs[dependent].prerequisite == place && states[dependent] == .waiting {
      states[dependent] = .impossible
    }
  }
}
