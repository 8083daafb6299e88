// Builds an ArmGroup from collected runs: cells, gaps, pairs. Statistics are Statistics.swift's.

import Storage
import Training

extension ArmGroup {
  /// - Parameters:
  ///   - runs: all of one key, in any order, of these arms and their pre-training only.
  ///   - preTraining: whose shared pre-training is shown.
  ///   - arms: in the order in which they are printed.
  ///   - pairs: the differences that are formed, in that order.
  init(
    key: RowKey, runs: [CollectedRun], preTraining: [PreTraining], arms: [Arm],
    pairs: [(treatment: Arm, control: Arm)]
  ) {
    let runs = SettingsCheck.settingAside(runs, arms: arms)
    self.key = key
    self.runs = runs
    let seeds = Set(runs.map(\.seed)).sorted()
    self.seeds = seeds
    settings = RowSettings(runs.compactMap { $0.outcome.record }, arms: arms)
    self.preTraining = preTraining.map { Cell(arm: .preTraining($0), runs: runs, seeds: seeds) }
    let cells = arms.map { Cell(arm: $0, runs: runs, seeds: seeds) }
    self.cells = cells
    comparisons = pairs.compactMap { pair in
      guard let treatment = cells.first(where: { $0.arm == pair.treatment }),
        let control = cells.first(where: { $0.arm == pair.control })
      else { return nil }
      return Comparison(treatment: treatment, control: control)
    }
  }
}

extension ArmGroup.Cell {
  init(arm: Arm, runs all: [CollectedRun], seeds: [Int]) {
    self.arm = arm
    runs = []
    gaps = []
    for seed in seeds {
      func outcome(_ arm: Arm) -> RunOutcome? { all.first { $0.arm == arm.name && $0.seed == seed }?.outcome }
      let preTraining = arm.postTraining == .none ? nil : outcome(.preTraining(arm.preTraining))
      switch outcome(arm) {
      case .done(let record):
        var preCost: ArmGroup.Cost?
        if case .done(let record)? = preTraining { preCost = ArmGroup.Cost(record) }
        if let run = ArmGroup.FinishedRun(record, preCost: preCost) { runs.append(run) }
      case .partial(let record):
        gaps.append(ArmGroup.Gap(seed: seed, reason: ArmGroup.Gap.Reason(partial: record)))
      case .failed(_, let epoch, let step, let reason):
        gaps.append(ArmGroup.Gap(seed: seed, reason: .failed(epoch: epoch, step: step, reason: reason)))
      case .unusable(let reason): gaps.append(ArmGroup.Gap(seed: seed, reason: .unusable(reason: reason)))
      case nil:
        if case .failed(_, let epoch, _, _)? = preTraining {
          gaps.append(ArmGroup.Gap(seed: seed, reason: .preTrainingFailed(epoch: epoch)))
        } else {
          gaps.append(ArmGroup.Gap(seed: seed, reason: .notRun))
        }
      }
    }
  }
}

extension ArmGroup.Gap.Reason {
  /// Epochs count all training behind the network, as in the run's file.
  init(partial record: RunRecord) {
    let epochs = record.configuration.epochs
    self = .partial(epoch: record.epochs.last?.epoch ?? epochs.lowerBound - 1, of: epochs.upperBound - 1)
  }
}

extension ArmGroup.FinishedRun {
  init?(_ record: RunRecord, preCost: ArmGroup.Cost?) {
    guard let last = record.epochs.last, let test = last.test else { return nil }
    self.init(
      seed: record.configuration.seed, error: test.error, loss: test.loss, trainLoss: last.train.loss,
      perturbation: last.perturbation, cost: ArmGroup.Cost(record), preCost: preCost)
  }
}

extension ArmGroup.Cost {
  init(_ record: RunRecord) {
    self.init(
      seconds: record.epochs.reduce(0) { $0 + $1.seconds },
      gradientEvaluations: record.epochs.reduce(0) { $0 + $1.gradientEvaluations })
  }
}

extension ArmGroup.Comparison {
  init(treatment: ArmGroup.Cell, control: ArmGroup.Cell) {
    let pairs = treatment.runs.compactMap { run in
      control.runs.first { $0.seed == run.seed }.map { (run, $0) }
    }
    self.init(
      treatment: treatment.arm, control: control.arm, seeds: pairs.map(\.0.seed),
      error: PairedDifference(pairs.map { $0.0.error - $0.1.error }),
      loss: PairedDifference(pairs.map { $0.0.loss - $0.1.loss }))
  }
}
