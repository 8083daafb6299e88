// Table 1 as CSV in full precision: one row per cell, and one row per run. Nothing is rounded, nothing is bold.

import Storage

extension Table1 {
  static let cellColumns = [
    "profile", "dataset", "augmentation", "images", "arm", "n", "test_error_percent_mean", "test_error_percent_sd",
    "test_loss_mean", "test_loss_sd", "train_loss_mean", "train_loss_sd", "train_loss_psi0_mean", "seconds_mean",
    "pre_training_seconds_mean", "gradient_evaluations_mean", "pre_training_gradient_evaluations_mean", "missing",
  ]

  /// `table1.csv`: one row per cell (`images` is `files` or `synthetic`), shared pre-training included. A quantity that is not known is empty.
  public var cellsCSV: String {
    var text = CSV.line(Self.cellColumns)
    for section in sections {
      for row in section.measured {
        for cell in row.preTraining + row.cells {
          let numbers = [
            cell.error?.mean, cell.error?.deviation, cell.loss?.mean, cell.loss?.deviation, cell.trainLoss?.mean,
            cell.trainLoss?.deviation, cell.unperturbedTrainLoss?.mean, cell.seconds?.mean, cell.preSeconds?.mean,
            cell.gradientEvaluations?.mean, cell.preGradientEvaluations?.mean,
          ]
          text += CSV.line(
            [
              row.key.profile, row.key.dataset, row.key.augmentation,
              row.settings?.configuration.dataSource.rawValue ?? "", cell.arm.name, "\(cell.runs.count)",
            ]
              + numbers.map(NumberText.exact)
              + [cell.gaps.map { "seed \($0.seed): \($0.reason.complete)" }.joined(separator: "; ")])
        }
      }
    }
    return text
  }

  static let runColumns = [
    "profile", "dataset", "augmentation", "images", "arm", "seed", "status", "reason", "last_epoch",
    "test_error_percent",
    "test_loss", "train_error_percent", "train_loss", "train_loss_psi0", "seconds", "gradient_evaluations", "commit",
    "dirty", "file",
  ]

  /// `table1-runs.csv`: one row per run file of the table's arms, whatever its state.
  public var runsCSV: String {
    var text = CSV.line(Self.runColumns)
    for section in sections {
      for row in section.measured {
        for run in row.runs { text += CSV.line(Self.fields(run)) }
      }
    }
    return text
  }

  static let differenceColumns = [
    "profile", "dataset", "augmentation", "images", "treatment", "control", "metric", "n", "mean", "sd", "interval_low",
    "interval_high", "by_seed",
  ]

  /// `table1-differences.csv`: one row per paired difference and metric (points of test error, nats of test loss), with
  /// its two-sided 95 % t interval and `seed:difference` of each pair.
  public var differencesCSV: String {
    var text = CSV.line(Self.differenceColumns)
    for row in sections.flatMap(\.measured) {
      for comparison in row.comparisons {
        for (metric, difference) in [("test_error_points", comparison.error), ("test_loss_nats", comparison.loss)] {
          let numbers = [
            difference.summary?.mean, difference.summary?.deviation, difference.interval?.low,
            difference.interval?.high,
          ]
          let pairs = zip(comparison.seeds, difference.differences).map { "\($0):\($1)" }
          text += CSV.line(
            [
              row.key.profile, row.key.dataset, row.key.augmentation,
              row.settings?.configuration.dataSource.rawValue ?? "", comparison.treatment.name, comparison.control.name,
              metric, "\(comparison.seeds.count)",
            ] + numbers.map(NumberText.exact) + [pairs.joined(separator: " ")])
        }
      }
    }
    return text
  }

  private static func fields(_ run: CollectedRun) -> [String] {
    let record = run.outcome.record
    let last = record?.epochs.last
    let cost = record.map { Cost($0) }
    let status: String
    var reason = ""
    switch run.outcome {
    case .done: status = "done"
    case .partial: status = "partial"
    case .failed(_, let epoch, let step, let why):
      status = "failed"
      reason = Gap.Reason.failed(epoch: epoch, step: step, reason: why).complete
    case .unusable(let why):
      status = "unusable"
      reason = why
    }
    let numbers = [
      last?.test?.error, last?.test?.loss, last?.train.error, last?.train.loss, last?.perturbation?.unperturbedLoss,
      cost?.seconds, cost?.gradientEvaluations,
    ]
    return [
      run.key.profile, run.key.dataset, run.key.augmentation, record?.configuration.dataSource.rawValue ?? "", run.arm,
      "\(run.seed)", status, reason,
    ]
      + [last.map { "\($0.epoch)" } ?? ""] + numbers.map(NumberText.exact)
      + [record?.provenance.environment.commit ?? "", record.map { "\($0.provenance.dirty)" } ?? "", run.path]
  }
}

extension Table1.Gap.Reason {
  /// With everything that is known.
  var complete: String {
    switch self {
    case .failed(let epoch, let step, let reason): "failed in epoch \(epoch), step \(step): \(reason)"
    case .unusable(let reason): reason
    case .notRun, .preTrainingFailed, .partial: description
    }
  }
}
