// Runs one configuration: decides from the files what is left to do, trains it epoch by epoch, and keeps the files
// such that a run that is stopped anywhere can go on as if it had not been. It computes nothing itself.
//
// Order of writing after an epoch: run file, then checkpoint. A stop between the two leaves a run file one epoch ahead,
// which resuming cuts back to the checkpoint. Only after the last checkpoint is the run file marked as done.
//
// Pre-training that is done but has lost its checkpoint is repeated under a run file of its own, which takes the
// finished one's place at the end: until then the finished one stays.

import Datasets
import Foundation
import NeuralNetwork
import Storage
import Training

/// How a run ended.
enum RunEnding: Sendable, Equatable {
  /// Finished now, or (fresh = false) before.
  case done(RunRecord, path: String, fresh: Bool)
  /// Diverged now or before: this run or the pre-training that it needs.
  case failed(RunConfiguration, path: String, epoch: Int, step: Int, reason: String, fresh: Bool)
  /// Stopped from outside; the last checkpoint is of that epoch, nil if there is none.
  case interrupted(RunConfiguration, checkpoint: Int?)
}

/// Runs configurations of one data set below one results folder. Used on one thread.
struct Runner {
  let dataset: DatasetName
  let results: String
  let engine: TrainingEngine
  let threads: Int
  let provenance: Provenance
  let progress: ProgressReporter
  /// Polled before every epoch, after every step and for every batch of an evaluation.
  let isInterrupted: () -> Bool
  /// Images for a configuration; asked for only when something is to be trained.
  let data: (RunConfiguration) throws -> ExperimentData

  /// Runs a configuration, its shared pre-training first where that is absent or unfinished.
  /// - Throws: `RunnerError`, `UsageError`, `ModelError`, Storage's and the readers' errors.
  func run(_ configuration: RunConfiguration) throws -> RunEnding {
    let paths = paths(configuration)
    let isPreTraining = configuration.postTraining == .none
    let state = try inspect(configuration, needsCheckpoint: isPreTraining)
    if let outcome = ended(state, configuration, paths, quiet: false) { return outcome }

    let model = try dataset.model(depth: configuration.depth, width: configuration.width)
    try configuration.check(model, memory: Machine.memory)
    let data = try data(configuration)
    func cost(_ configuration: RunConfiguration) -> RunCost {
      RunCost(
        configuration, model: model, trainCount: data.description.trainCount, testCount: data.description.testCount)
    }
    guard !isPreTraining, !state.resumes else {
      progress.plan(total: cost(configuration).remaining(after: state.checkpointEpoch))
      return try train(configuration, model, data, cost(configuration)) {
        TrainingState(initial: model.initialState(seed: UInt64(configuration.seed)))
      }
    }

    let shared = configuration.sharedPreTraining
    let sharedPaths = self.paths(shared)
    let sharedState = try inspect(shared, needsCheckpoint: true)
    progress.plan(
      total: cost(configuration).remaining(after: nil)
        + (sharedState.isDone ? 0 : cost(shared).remaining(after: sharedState.checkpointEpoch)))
    let sharedEnding =
      try ended(sharedState, shared, sharedPaths, quiet: true)
      ?? train(shared, model, data, cost(shared)) {
        TrainingState(initial: model.initialState(seed: UInt64(shared.seed)))
      }
    guard case .done(let sharedRecord, _, _) = sharedEnding else { return sharedEnding }
    try requireSameImages(sharedRecord, data, sharedPaths)
    return try train(configuration, model, data, cost(configuration)) {
      let checkpoint = try CheckpointFile.read(sharedPaths.checkpoint, expecting: (shared.digest, model))
      guard checkpoint.epoch == shared.preEpochs else {
        throw RunnerError.inconsistent(
          runFile: sharedPaths.runFile, checkpoint: sharedPaths.checkpoint,
          problem: "is of epoch \(checkpoint.epoch), and pre-training has \(shared.preEpochs)")
      }
      return checkpoint.state
    }
  }

  func paths(_ configuration: RunConfiguration) -> RunPaths {
    RunPaths(results: results, configuration: configuration)
  }

  // MARK: What the files say

  /// What is left of a run.
  enum FileState {
    case absent
    /// Begun, without a checkpoint to go on from.
    case begun(RunRecord)
    /// Begun, with a checkpoint; where it repeats a pre-training, the finished record that stays until its end.
    case partial(RunRecord, repeats: RunRecord?)
    case done(RunRecord)
    /// Pre-training that is done but whose checkpoint is gone, and needed.
    case checkpointGone(RunRecord)
    case failed(RunRecord, epoch: Int, step: Int, reason: String)

    var isDone: Bool { if case .done = self { true } else { false } }
    var resumes: Bool { if case .partial = self { true } else { false } }
    /// The last epoch that the run file has beside a checkpoint: an estimate for the time left.
    var checkpointEpoch: Int? { if case .partial(let record, _) = self { record.epochs.last?.epoch } else { nil } }
  }

  /// Reads a run's state.
  /// - Throws: `RunnerError.otherConfiguration`, or Storage's errors for a damaged file.
  func inspect(_ configuration: RunConfiguration, needsCheckpoint: Bool) throws -> FileState {
    let paths = paths(configuration)
    func read(_ path: String) throws -> RunRecord? {
      guard FileManager.default.fileExists(atPath: path) else { return nil }
      let record = try RunFile.read(path)
      guard record.configuration == configuration else {
        throw RunnerError.otherConfiguration(
          path: path, differences: SettingText.differences(found: record.configuration, wanted: configuration))
      }
      return record
    }
    guard let record = try read(paths.runFile) else { return .absent }
    let hasCheckpoint = FileManager.default.fileExists(atPath: paths.checkpoint)
    switch record.status {
    case .failed(let epoch, let step, let reason): return .failed(record, epoch: epoch, step: step, reason: reason)
    case .done where !needsCheckpoint: return .done(record)
    case .done where !hasCheckpoint: return .checkpointGone(record)
    case .done: return try read(paths.repetition).map { .partial($0, repeats: record) } ?? .done(record)
    case .partial: return hasCheckpoint ? .partial(record, repeats: nil) : .begun(record)
    }
  }

  /// The outcome of a run that has ended before; nil where something is left to do.
  private func ended(
    _ state: FileState, _ configuration: RunConfiguration, _ paths: RunPaths, quiet: Bool
  ) -> RunEnding? {
    switch state {
    case .absent, .begun, .partial: return nil
    case .checkpointGone:
      progress.note("\(paths.checkpoint): gone although pre-training is done; training it again")
      return nil
    case .done(let record):
      if !quiet { progress.note("\(paths.runFile): done before, skipped") }
      return .done(record, path: paths.runFile, fresh: false)
    case .failed(_, let epoch, let step, let reason):
      return .failed(configuration, path: paths.runFile, epoch: epoch, step: step, reason: reason, fresh: false)
    }
  }

  // MARK: Training

  private func train(
    _ configuration: RunConfiguration, _ model: WideResNet, _ data: ExperimentData, _ cost: RunCost,
    initial: () throws -> TrainingState
  ) throws -> RunEnding {
    let paths = paths(configuration)
    let lock = try RunLock(folder: paths.folder, path: paths.lock)
    defer { lock.release() }

    // Once more, now that nobody else writes.
    let fileState = try inspect(configuration, needsCheckpoint: configuration.postTraining == .none)
    if let outcome = ended(fileState, configuration, paths, quiet: true) { return outcome }
    var (record, state, replaced) = try start(fileState, configuration, model, data, paths, initial: initial)
    let runFile = replaced == nil ? paths.runFile : paths.repetition
    let firstEpoch = record.epochs.last.map { $0.epoch + 1 } ?? configuration.epochs.lowerBound
    let lastEpoch = configuration.epochs.upperBound - 1

    let title = "\(configuration.arm) seed \(configuration.seed)"
    progress.begin(title: title, lastEpoch: lastEpoch)
    defer { progress.end() }
    let begun = Terminal.seconds()
    let earlier = record.provenance.duration
    func write(_ status: RunStatus) throws {
      record.status = status
      record.peakMemory = max(record.peakMemory, Machine.peakMemory)
      record.provenance.duration = earlier + Terminal.seconds() - begun
      try RunFile.write(record, to: status == .partial ? runFile : paths.runFile)
      if status != .partial { unlink(paths.repetition) }
    }

    if firstEpoch <= lastEpoch {
      let trainer = try engine.make(configuration, model, data.dataset, state, threads)
      for epoch in firstEpoch...lastEpoch {
        do {
          guard !isInterrupted(),
            let epochRecord = try trainEpoch(epoch, trainer, configuration, cost)
          else { return .interrupted(configuration, checkpoint: record.epochs.last?.epoch) }
          record.epochs.append(epochRecord)
        } catch TrainingError.diverged(let epoch, let step, let quantity) {
          let reason = "\(quantity) is not finite"
          try write(.failed(epoch: epoch, step: step, reason: reason))
          return .failed(configuration, path: paths.runFile, epoch: epoch, step: step, reason: reason, fresh: true)
        }
        try write(.partial)
        state = trainer.state
        try CheckpointFile.write(
          Checkpoint(configuration: configuration, epoch: epoch, model: model, state: state), to: paths.checkpoint)
      }
    }
    try write(.done)
    if let replaced, replaced.epochs.map(\.results) != record.epochs.map(\.results) {
      progress.note(
        "\(paths.runFile): differs from the run that it replaces (other machine or threads?); arms made from the old "
          + "one are not paired with new ones: remove them to run them again")
    }
    return .done(record, path: paths.runFile, fresh: true)
  }

  /// The record and the state to go on from, and the finished record that a repeated pre-training replaces.
  private func start(
    _ fileState: FileState, _ configuration: RunConfiguration, _ model: WideResNet, _ data: ExperimentData,
    _ paths: RunPaths, initial: () throws -> TrainingState
  ) throws -> (RunRecord, TrainingState, replaced: RunRecord?) {
    var record = RunRecord(
      configuration: configuration, data: data.description, status: .partial, epochs: [], peakMemory: 0,
      provenance: provenance)
    record.provenance.started = Machine.now()
    switch fileState {
    case .partial(let earlier, let replaced):
      try requireSameImages(earlier, data, paths)
      let checkpoint = try CheckpointFile.read(paths.checkpoint, expecting: (configuration.digest, model))
      let kept = earlier.epochs.filter { $0.epoch <= checkpoint.epoch }
      guard kept.map(\.epoch) == Array(configuration.epochs.prefix { $0 <= checkpoint.epoch }), !kept.isEmpty else {
        throw RunnerError.inconsistent(
          runFile: replaced == nil ? paths.runFile : paths.repetition, checkpoint: paths.checkpoint,
          problem: "is of epoch \(checkpoint.epoch), which the run file does not reach")
      }
      record.epochs = kept
      record.peakMemory = earlier.peakMemory
      record.provenance.started = earlier.provenance.started
      record.provenance.duration = earlier.provenance.duration
      record.provenance.dirty = earlier.provenance.dirty || provenance.dirty
      progress.note("\(paths.runFile): going on after epoch \(checkpoint.epoch)")
      if earlier.provenance.threads != threads || earlier.provenance.commit != provenance.commit {
        progress.note("  begun with other threads or another commit: results may differ in their last digits")
      }
      return (record, checkpoint.state, replaced)
    case .checkpointGone(let earlier):
      // Arms made from the old one could not be compared with those to come.
      try requireSameImages(earlier, data, paths)
      return (record, try initial(), earlier)
    default:
      let state = try initial()
      // Left by a run whose file was removed: beside the new run file it would pass for this run's.
      unlink(paths.checkpoint)
      unlink(paths.repetition)
      return (record, state, nil)
    }
  }

  private func requireSameImages(_ record: RunRecord, _ data: ExperimentData, _ paths: RunPaths) throws(RunnerError) {
    guard record.data == data.description else {
      throw .otherData(runFile: paths.runFile, checkpoint: paths.checkpoint)
    }
  }

  /// One epoch with its evaluation where due; nil when interrupted.
  private func trainEpoch(
    _ epoch: Int, _ trainer: any EpochTrainer, _ configuration: RunConfiguration, _ cost: RunCost
  ) throws -> EpochRecord? {
    var steps = 0
    let trained = try trainer.trainEpoch(epoch) { step in
      steps = step.step
      progress.step(step, epoch: epoch, cost: cost.training)
      return !isInterrupted()
    }
    guard var record = trained else { return nil }
    if configuration.evaluates(epoch: epoch) {
      let begun = Terminal.seconds()
      guard let score = trainer.evaluate(shouldContinue: { !isInterrupted() }) else { return nil }
      guard score.loss.isFinite else {
        throw TrainingError.diverged(epoch: epoch, step: steps, quantity: "test loss")
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
