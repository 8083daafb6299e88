// Builds Table 1 from collected runs: rows, cells, gaps, pairs. Statistics are Statistics.swift's.

import Storage
import Training

extension Table1 {
  /// The differences that are formed, in the order in which they are printed. After SAM pre-training, late SAM is the
  /// baseline itself.
  static let pairs: [(treatment: Arm, control: Arm)] = [
    (.sgdPoF, .sgd), (.sgdPoF, .sgdFrozen), (.sgdPoF, .sgdSAM), (.sgdSAM, .sgd), (.sgdFrozen, .sgd),
    (.samPoF, .sam), (.samPoF, .samFrozen), (.samFrozen, .sam),
  ]

  static let preTrainingArms = PreTraining.allCases.map(Arm.preTraining)

  /// - Parameter available: data sets that this suite can run; the others' absent rows say so.
  public init(_ collection: RunCollection, available: [PaperDataset]) {
    let names = Set((Arm.table1 + Self.preTrainingArms).map(\.name))
    let runs = Self.sharingPreTraining(collection.runs.filter { names.contains($0.arm) })
    let keys = Set(runs.map(\.key))
    sections = Set(keys.map(\.profile)).sorted().map { profile in
      var remaining = keys.filter { $0.profile == profile }
      var rows: [Row] = []
      for dataset in PaperDataset.allCases {
        // The paper's augmentations are all there are.
        for augmentation in ["basic", "cutout"] {
          let key = RowKey(profile: profile, dataset: dataset.rawValue, augmentation: augmentation)
          if remaining.remove(key) != nil {
            rows.append(.measured(MeasuredRow(key: key, runs: runs.filter { $0.key == key })))
          } else {
            let advice = Advice(dataset: dataset, key: key, available: available)
            rows.append(.absent(dataset: dataset.rawValue, augmentation: augmentation, advice: advice))
          }
        }
      }
      for key in remaining.sorted() {
        rows.append(.measured(MeasuredRow(key: key, runs: runs.filter { $0.key == key })))
      }
      return Section(profile: profile, rows: rows)
    }
  }
}

extension Table1 {
  /// Gives every row the pre-training that its arms continued. Overrides that act only in post-training leave it in the
  /// profile's own folder, which without arms of its own is no row.
  private static func sharingPreTraining(_ runs: [CollectedRun]) -> [CollectedRun] {
    var isPreTraining: Set<String> = []
    for arm in preTrainingArms { isPreTraining.insert(arm.name) }
    let shared = runs.filter { isPreTraining.contains($0.arm) }
    var result = runs
    var lent: Set<RowKey> = []
    for run in runs where !isPreTraining.contains(run.arm) {
      guard let wanted = run.outcome.record?.configuration.sharedPreTraining,
        var found = shared.first(where: { $0.outcome.record?.configuration == wanted }), found.key != run.key
      else { continue }
      lent.insert(found.key)
      found.key = run.key
      if !result.contains(where: { $0.key == found.key && $0.arm == found.arm && $0.seed == found.seed }) {
        result.append(found)
      }
    }
    return result.filter { run in
      !lent.contains(run.key) || runs.contains { $0.key == run.key && !isPreTraining.contains($0.arm) }
    }
  }
}

extension Table1.Section {
  var measured: [Table1.MeasuredRow] {
    rows.compactMap { if case .measured(let row) = $0 { row } else { nil } }
  }
}

extension Table1.Advice {
  init(dataset: PaperDataset, key: RowKey, available: [PaperDataset]) {
    guard available.contains(dataset) else {
      self = .notPartOfSuite
      return
    }
    let suffix = key.profile.split(separator: "-").last ?? ""
    let hexadecimal = suffix.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
    if key.profile.contains("-") && suffix.utf8.count == 8 && hexadecimal {
      self = .overridden
      return
    }
    var command = "make reproduce-table1"
    if key.profile != "quick" { command += " PROFILE=\(key.profile)" }
    if dataset != .fashionMNIST { command += " DATASETS=\(dataset.rawValue)" }
    if key.augmentation != "basic" { command += " AUGMENT=\(key.augmentation)" }
    self = .run(command: command)
  }
}

extension Table1.MeasuredRow {
  /// - Parameter runs: all of one key, in any order, with arms of Table 1 or its pre-training only.
  init(key: RowKey, runs: [CollectedRun]) {
    let runs = SettingsCheck.settingAside(runs)
    self.key = key
    self.runs = runs
    let seeds = Set(runs.map(\.seed)).sorted()
    self.seeds = seeds
    settings = RowSettings(runs.compactMap { $0.outcome.record })
    preTraining = Table1.preTrainingArms.map { Table1.Cell(arm: $0, runs: runs, seeds: seeds) }
    let cells = Arm.table1.map { Table1.Cell(arm: $0, runs: runs, seeds: seeds) }
    self.cells = cells
    comparisons = Table1.pairs.compactMap { pair in
      guard let treatment = cells.first(where: { $0.arm == pair.treatment }),
        let control = cells.first(where: { $0.arm == pair.control })
      else { return nil }
      return Table1.Comparison(treatment: treatment, control: control)
    }
  }
}

extension Table1.Cell {
  init(arm: Arm, runs all: [CollectedRun], seeds: [Int]) {
    self.arm = arm
    runs = []
    gaps = []
    for seed in seeds {
      func outcome(_ arm: Arm) -> RunOutcome? { all.first { $0.arm == arm.name && $0.seed == seed }?.outcome }
      let preTraining = arm.postTraining == .none ? nil : outcome(.preTraining(arm.preTraining))
      switch outcome(arm) {
      case .done(let record):
        var preCost: Table1.Cost?
        if case .done(let record)? = preTraining { preCost = Table1.Cost(record) }
        if let run = Table1.FinishedRun(record, preCost: preCost) { runs.append(run) }
      case .partial(let record):
        gaps.append(
          Table1.Gap(
            seed: seed,
            reason: .partial(
              epoch: record.epochs.last?.epoch ?? record.configuration.epochs.lowerBound - 1,
              of: record.configuration.epochs.upperBound - 1)))
      case .failed(_, let epoch, let step, let reason):
        gaps.append(Table1.Gap(seed: seed, reason: .failed(epoch: epoch, step: step, reason: reason)))
      case .unusable(let reason): gaps.append(Table1.Gap(seed: seed, reason: .unusable(reason: reason)))
      case nil:
        if case .failed(_, let epoch, _, _)? = preTraining {
          gaps.append(Table1.Gap(seed: seed, reason: .preTrainingFailed(epoch: epoch)))
        } else {
          gaps.append(Table1.Gap(seed: seed, reason: .notRun))
        }
      }
    }
  }
}

extension Table1.FinishedRun {
  init?(_ record: RunRecord, preCost: Table1.Cost?) {
    guard let last = record.epochs.last, let test = last.test else { return nil }
    self.init(
      seed: record.configuration.seed, error: test.error, loss: test.loss, trainLoss: last.train.loss,
      unperturbedTrainLoss: last.perturbation?.unperturbedLoss, cost: Table1.Cost(record), preCost: preCost)
  }
}

extension Table1.Cost {
  init(_ record: RunRecord) {
    self.init(
      seconds: record.epochs.reduce(0) { $0 + $1.seconds },
      gradientEvaluations: record.epochs.reduce(0) { $0 + $1.gradientEvaluations })
  }
}

extension Table1.Comparison {
  init(treatment: Table1.Cell, control: Table1.Cell) {
    let pairs = treatment.runs.compactMap { run in
      control.runs.first { $0.seed == run.seed }.map { (run, $0) }
    }
    self.init(
      treatment: treatment.arm, control: control.arm, seeds: pairs.map(\.0.seed),
      error: PairedDifference(pairs.map { $0.0.error - $0.1.error }),
      loss: PairedDifference(pairs.map { $0.0.loss - $0.1.loss }))
  }
}

extension RowSettings {
  /// Of runs whose settings agree (SettingsCheck); nil for none.
  init?(_ records: [RunRecord]) {
    guard let first = records.first else { return nil }
    configuration = first.configuration
    data = first.data
    let configurations = records.map(\.configuration)
    if let one = configurations.first(where: { $0.postTraining != .none }) {
      let stepsPerEpoch = one.batchSize > 0 ? (first.data.trainCount + one.batchSize - 1) / one.batchSize : 0
      post = Post(epochs: one.postEpochs, learningRate: one.postLearningRate, steps: stepsPerEpoch * one.postEpochs)
    }
    if let one = configurations.first(where: { $0.postTraining == .pof }) {
      perturbation = Perturbation(
        range: one.perturbationRange, groups: one.perturbationGroups, weakBatchSize: one.weakBatchSize,
        searchLimit: one.searchLimit, atSearchLimit: one.atSearchLimit)
    }
    rho = configurations.first { $0.preTraining == .sam || $0.postTraining == .sam }?.rho
  }
}
