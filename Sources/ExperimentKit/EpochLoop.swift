// One epoch of a run: its steps, then its evaluation where one is due. Writes no file.

import Datasets
import Foundation
import Training

/// Takes a trainer through epochs.
struct EpochLoop {
  let trainer: any EpochTrainer
  let configuration: RunConfiguration
  let cost: RunCost
  let progress: ProgressReporter
  /// Called after every step and before every batch of an evaluation; false stops there.
  let shouldContinue: () -> Bool

  /// Trains and evaluates what is left of an epoch.
  /// - Returns: nil where it was stopped: `position` and the trainer's state are then what going on needs. A stop within
  ///   the evaluation leaves all steps done.
  /// - Throws: `TrainingError`, also where the test loss is not finite.
  func run(_ position: inout EpochProgress) throws(TrainingError) -> EpochRecord? {
    let epoch = position.epoch
    let trained = try trainer.train(&position) { step in
      progress.step(step, epoch: epoch, cost: cost.training)
      return shouldContinue()
    }
    guard var record = trained else { return nil }
    if configuration.evaluates(epoch: epoch) {
      let begun = Terminal.seconds()
      guard let score = trainer.evaluate(shouldContinue: shouldContinue) else { return nil }
      guard score.loss.isFinite else {
        throw .diverged(epoch: epoch, step: position.steps, quantity: "the test loss")
      }
      record.test = score
      record.seconds += Terminal.seconds() - begun
    }
    progress.epoch(record, cost: cost.training + (record.test == nil ? 0 : cost.evaluation))
    return record
  }
}

extension EpochRecord {
  /// The record without what differs between equal runs.
  var results: EpochRecord {
    var copy = self
    copy.seconds = 0
    copy.imagesPerSecond = 0
    return copy
  }
}
