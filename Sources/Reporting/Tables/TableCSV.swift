// Any table as CSV in full precision: one row per cell, per run and per paired difference. Nothing is rounded, nothing
// is bold.

import Storage
import Training

extension ResultTable {
  /// `<name>.csv`: one row per cell, shared pre-training included. A quantity that is not known is empty.
  var cellsCSV: String {
    var text = CSV.line(TableCSV.cellColumns)
    for group in groups {
      for cell in group.preTraining + group.cells {
        let numbers = [
          cell.error?.mean, cell.error?.deviation, cell.loss?.mean, cell.loss?.deviation, cell.trainLoss?.mean,
          cell.trainLoss?.deviation, cell.unperturbedTrainLoss?.mean, cell.seconds?.mean, cell.preSeconds?.mean,
          cell.gradientEvaluations?.mean, cell.preGradientEvaluations?.mean, cell.etaStar?.mean,
          cell.perturbationNorm?.mean, cell.rejectedShare?.mean,
        ]
        text += CSV.line(
          TableCSV.place(group.key, group.settings)
            + [cell.arm.name, cell.arm.perturbed, cell.arm.trained, "\(cell.runs.count)"]
            + numbers.map(NumberText.exact)
            + [cell.gaps.map { "seed \($0.seed): \($0.reason.complete)" }.joined(separator: "; ")])
      }
    }
    return text
  }

  /// `<name>-runs.csv`: one row per run file of the table's arms, whatever its state.
  var runsCSV: String {
    CSV.line(TableCSV.runColumns) + groups.flatMap(\.runs).map { CSV.line(TableCSV.fields($0)) }.joined()
  }

  /// `<name>-differences.csv`: one row per paired difference and metric (points of test error, nats of test loss), with
  /// its two-sided 95 % t interval, the BCa bootstrap interval (from five pairs on), p of the sign-flip test with the
  /// smallest that so many pairs can reach, Cohen's d_z, and `seed:difference` of each pair.
  var differencesCSV: String {
    var text = CSV.line(TableCSV.differenceColumns)
    for group in groups {
      for comparison in group.comparisons {
        for (metric, difference) in [("test_error_points", comparison.error), ("test_loss_nats", comparison.loss)] {
          let numbers = [
            difference.summary?.mean, difference.summary?.deviation, difference.interval?.low,
            difference.interval?.high, difference.bootstrap?.low, difference.bootstrap?.high, difference.signFlip?.p,
            difference.signFlip?.smallest, difference.effectSize,
          ]
          let pairs = zip(comparison.seeds, difference.differences).map { "\($0):\($1)" }
          text += CSV.line(
            TableCSV.place(group.key, group.settings)
              + [comparison.treatment.name, comparison.control.name, metric, "\(comparison.seeds.count)"]
              + numbers.map(NumberText.exact) + [pairs.joined(separator: " ")])
        }
      }
    }
    return text
  }
}

enum TableCSV {
  /// `images` is `files` or `synthetic`, `training_part` is `all` or `without-extra`, `official` whether the files hold
  /// the published numbers of images.
  private static let placeColumns = ["profile", "dataset", "augmentation", "images", "training_part", "official"]

  static let cellColumns =
    placeColumns + [
      "arm", "perturbed", "trained", "n", "test_error_percent_mean", "test_error_percent_sd", "test_loss_mean",
      "test_loss_sd", "train_loss_mean", "train_loss_sd", "train_loss_psi0_mean", "seconds_mean",
      "pre_training_seconds_mean", "gradient_evaluations_mean", "pre_training_gradient_evaluations_mean",
      "eta_star_mean", "perturbation_norm_mean", "rejected_share_mean", "missing",
    ]
  static let runColumns =
    placeColumns + [
      "arm", "seed", "status", "reason", "last_epoch", "test_error_percent", "test_loss", "train_error_percent",
      "train_loss", "train_loss_psi0", "seconds", "gradient_evaluations", "eta_star", "perturbation_norm",
      "rejected_share", "commit", "dirty", "file",
    ]
  static let differenceColumns =
    placeColumns + [
      "treatment", "control", "metric", "n", "mean", "sd", "interval_low", "interval_high", "bootstrap_low",
      "bootstrap_high", "sign_flip_p", "sign_flip_smallest_p", "effect_size", "by_seed",
    ]

  /// Empty where nothing could be read.
  static func place(_ key: RowKey, _ settings: RowSettings?) -> [String] {
    place(key, settings?.configuration, settings?.data)
  }

  private static func place(
    _ key: RowKey, _ configuration: RunConfiguration?, _ data: DataDescription?
  ) -> [String] {
    [
      key.profile, key.dataset, key.augmentation, configuration?.dataSource.rawValue ?? "",
      configuration?.trainingPart.rawValue ?? "", data.map { "\($0.official)" } ?? "",
    ]
  }

  static func fields(_ run: CollectedRun) -> [String] {
    let record = run.outcome.record
    let last = record?.epochs.last
    // A run that has no epoch yet has cost nothing that is known.
    let cost = record.flatMap { $0.epochs.isEmpty ? nil : ArmGroup.Cost($0) }
    let status: String
    var reason = ""
    switch run.outcome {
    case .done: status = "done"
    case .partial(let record):
      status = "partial"
      reason = ArmGroup.Gap.Reason(partial: record).complete
    case .failed(_, let epoch, let step, let why):
      status = "failed"
      reason = ArmGroup.Gap.Reason.failed(epoch: epoch, step: step, reason: why).complete
    case .unusable(let why):
      status = "unusable"
      reason = why
    }
    let numbers = [
      last?.test?.error, last?.test?.loss, last?.train.error, last?.train.loss, last?.perturbation?.unperturbedLoss,
      cost?.seconds, cost?.gradientEvaluations, last?.perturbation?.etaStar, last?.perturbation?.perturbationNorm,
      last?.perturbation?.rejectedShare,
    ]
    return place(run.key, record?.configuration, record?.data)
      + [run.arm, "\(run.seed)", status, reason, last.map { "\($0.epoch)" } ?? ""] + numbers.map(NumberText.exact)
      + [record?.provenance.environment.commit ?? "", record.map { "\($0.provenance.dirty)" } ?? "", run.path]
  }
}

extension ArmGroup.Gap.Reason {
  /// With everything that is known.
  var complete: String {
    switch self {
    case .failed(let epoch, let step, let reason): "failed in epoch \(epoch), step \(step): \(reason)"
    case .unusable(let reason): reason
    case .notRun, .preTrainingFailed, .partial: description
    }
  }
}
