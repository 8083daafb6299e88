// An epoch under way as attributes of a checkpoint. Sums, not means: going on adds to them in the same order.

import NeuralNetwork
import Training

extension EpochProgress {
  /// All but the seconds, which differ between equal runs.
  var attributes: [(name: String, value: SettingValue)] {
    [
      ("epoch", .integer(epoch)), ("steps", .integer(steps)), ("loss_sum", .real(losses.loss)),
      ("unperturbed_loss_sum", .real(losses.unperturbedLoss)), ("error_count", .integer(losses.errors)),
      ("gradient_evaluations", .real(gradientEvaluations)), ("search_count", .integer(perturbations.searches)),
      ("eta_star_sum", .real(perturbations.etaStar)), ("eta_sum", .real(perturbations.eta)),
      ("perturbation_norm_sum", .real(perturbations.perturbationNorm)),
      ("weak_loss_sum", .real(perturbations.weakLoss)), ("rejected_count", .integer(perturbations.rejected)),
      ("limit_count", .integer(perturbations.reachedLimit)),
    ]
  }

  /// Counts that training can go on from; whether they fit the run, its configuration and data tell.
  var hasPlausibleCounts: Bool {
    let counts = [
      losses.errors, perturbations.searches, perturbations.rejected, perturbations.reachedLimit,
    ]
    return (1...CountLimit.any).contains(steps) && counts.allSatisfy { (0...CountLimit.any).contains($0) }
  }

  /// - Throws: `StorageError` for what is missing or of a wrong type.
  init(readFrom group: HDF5Group) throws {
    self.init(epoch: try group.integer("epoch"))
    steps = try group.integer("steps")
    losses = BatchLoss(
      loss: try group.real("loss_sum"), unperturbedLoss: try group.real("unperturbed_loss_sum"),
      errors: try group.integer("error_count"))
    gradientEvaluations = try group.real("gradient_evaluations")
    perturbations.searches = try group.integer("search_count")
    perturbations.etaStar = try group.real("eta_star_sum")
    perturbations.eta = try group.real("eta_sum")
    perturbations.perturbationNorm = try group.real("perturbation_norm_sum")
    perturbations.weakLoss = try group.real("weak_loss_sum")
    perturbations.rejected = try group.integer("rejected_count")
    perturbations.reachedLimit = try group.integer("limit_count")
  }
}

/// More of anything than a run ever counts; sums and products of a few such numbers still fit an Int.
enum CountLimit {
  static let any = 1 << 40
}
