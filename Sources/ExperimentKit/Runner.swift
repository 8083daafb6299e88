// Runs one configuration: decides from the files what is left to do and trains it epoch by epoch, such that a run that
// is stopped anywhere can go on as if it had not been. It computes nothing itself, and RunFiles writes.
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
  /// Stopped from outside; what is kept goes that far, nil if nothing is.
  case interrupted(RunConfiguration, kept: RunFiles.Position?)
}

/// Runs configurations of one data set below one results folder. Used on one thread.
struct Runner {
  let dataset: DatasetName
  let results: String
  let engine: TrainingEngine
  let environment: Environment
  /// The command line, for the record.
  let command: String
  let policy: CheckpointPolicy
  let progress: ProgressReporter
  /// Polled before every epoch, after every step and for every batch of an evaluation.
  let isInterrupted: () -> Bool
  /// Images for a configuration; asked for only when something is to be trained.
  let data: (RunConfiguration) throws -> ExperimentData

  /// Runs a configuration; first, where absent or unfinished, the shared pre-training that it continues, and for a fixed
  /// step the run that gives its constant.
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
    let reference = configuration.stepReference
    let referenceState = try reference.map { try inspect($0, needsCheckpoint: false) }
    func left(_ configuration: RunConfiguration, _ state: FileState) -> Double {
      state.isDone ? 0 : cost(configuration).remaining(after: state.checkpointEpoch)
    }
    progress.plan(
      total: left(configuration, state) + left(shared, sharedState)
        + (reference.flatMap { reference in referenceState.map { left(reference, $0) } } ?? 0))
    let sharedEnding =
      try ended(sharedState, shared, sharedPaths, quiet: true)
      ?? train(shared, model, data, cost(shared)) {
        TrainingState(initial: model.initialState(seed: UInt64(shared.seed)))
      }
    guard case .done(let sharedRecord, _, _) = sharedEnding else { return sharedEnding }
    try requireSameImages(sharedRecord, data, sharedPaths)
    func trainArm(_ configuration: RunConfiguration) throws -> RunEnding {
      try train(configuration, model, data, cost(configuration), after: sharedRecord) {
        let checkpoint = try CheckpointFile.read(sharedPaths.checkpoint, expecting: (shared.digest, model))
        guard checkpoint.epoch == shared.preEpochs, checkpoint.partial == nil else {
          throw RunnerError.inconsistent(
            runFile: sharedPaths.runFile, checkpoint: sharedPaths.checkpoint,
            problem: "is of epoch \(checkpoint.epoch), and pre-training has \(shared.preEpochs)")
        }
        return checkpoint.state
      }
    }
    if let reference, let referenceState {
      let ending =
        try ended(referenceState, reference, self.paths(reference), quiet: true) ?? trainArm(reference)
      guard case .done = ending else { return ending }
    }
    return try trainArm(configuration)
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

  /// - Parameters:
  ///   - preTraining: the record of the shared pre-training that this run continues.
  ///   - initial: the state before the run's first epoch.
  private func train(
    _ configuration: RunConfiguration, _ model: WideResNet, _ data: ExperimentData, _ cost: RunCost,
    after preTraining: RunRecord? = nil, initial: () throws -> TrainingState
  ) throws -> RunEnding {
    let paths = paths(configuration)
    let lock = try RunLock(folder: paths.folder, path: paths.lock)
    defer { lock.release() }
    if let holder = lock.abandonedBy { progress.note("\(paths.lock): left by \(holder), taken over") }
    RunFiles.removeLeftovers(paths)

    // Once more, now that nobody else writes.
    let fileState = try inspect(configuration, needsCheckpoint: configuration.postTraining == .none)
    if let outcome = ended(fileState, configuration, paths, quiet: true) { return outcome }
    let reference = try StepReference(of: configuration, results: results, data: data.description)
    let start = try start(
      fileState, configuration, model, data, paths, after: preTraining, reference: reference, initial: initial)
    var files = RunFiles(
      configuration, model, paths: paths, policy: policy, lock: lock, isRepetition: start.replaces != nil,
      record: start.record, saved: start.saved)
    let firstEpoch = start.saved.map { $0.epoch + 1 } ?? configuration.epochs.lowerBound
    let lastEpoch = configuration.epochs.upperBound - 1

    progress.begin(
      title: "\(configuration.arm) seed \(configuration.seed)",
      place: "\(configuration.dataset) \(configuration.augmentation)", lastEpoch: lastEpoch)
    defer { progress.end() }
    if firstEpoch <= lastEpoch {
      let trainer = try engine.make(
        configuration, model, data.dataset, start.state, environment.threads, reference?.step)
      let loop = EpochLoop(
        trainer: trainer, configuration: configuration, cost: cost, progress: progress,
        shouldContinue: {
          lock.touch()
          return !isInterrupted()
        })
      for epoch in firstEpoch...lastEpoch {
        var position = start.partial.flatMap { $0.epoch == epoch ? $0 : nil } ?? EpochProgress(epoch: epoch)
        do {
          guard !isInterrupted(), let record = try loop.run(&position) else {
            try files.stop(at: position) { trainer.state }
            return .interrupted(configuration, kept: files.saved)
          }
          try files.finish(record) { trainer.state }
        } catch TrainingError.diverged(let epoch, let step, let quantity) {
          let reason = "\(quantity) is not finite"
          try files.fail(epoch: epoch, step: step, reason: reason)
          return .failed(configuration, path: paths.runFile, epoch: epoch, step: step, reason: reason, fresh: true)
        }
      }
    }
    try files.complete()
    if let replaced = start.replaces, replaced.epochs.map(\.results) != files.record.epochs.map(\.results) {
      progress.note(
        "\(paths.runFile): differs from the run that it replaces (other machine or threads?); arms made from the old "
          + "one are not paired with new ones: remove them to run them again")
    }
    return .done(files.record, path: paths.runFile, fresh: true)
  }

  /// Where a run begins or goes on.
  private struct Start {
    var record: RunRecord
    var state: TrainingState
    var saved: RunFiles.Position?
    var partial: EpochProgress?
    /// The finished record of a pre-training that is repeated.
    var replaces: RunRecord?
  }

  private func start(
    _ fileState: FileState, _ configuration: RunConfiguration, _ model: WideResNet, _ data: ExperimentData,
    _ paths: RunPaths, after preTraining: RunRecord?, reference: StepReference?,
    initial: () throws -> TrainingState
  ) throws -> Start {
    let segment = Segment(environment: environment, firstEpoch: 1, firstStep: 1)
    var provenance = Provenance(
      segments: preTraining?.provenance.segments ?? [segment], command: command, started: Machine.now(), duration: 0)
    if preTraining != nil {
      provenance.start(in: environment, epoch: configuration.epochs.lowerBound, step: 1)
      if let reference { provenance.rest(on: reference) }
    }
    var record = RunRecord(
      configuration: configuration, data: data.description, files: data.files, status: .partial, epochs: [],
      peakMemory: 0, provenance: provenance)
    switch fileState {
    case .partial(let earlier, let replaces):
      try requireSameImages(earlier, data, paths)
      let checkpoint = try CheckpointFile.read(paths.checkpoint, expecting: (configuration.digest, model))
      record = earlier
      record.files = data.files
      record.epochs = earlier.epochs.filter { $0.epoch <= checkpoint.epoch }
      let steps = checkpoint.partial?.steps ?? 0
      guard record.epochs.map(\.epoch) == Array(configuration.epochs.prefix { $0 <= checkpoint.epoch }),
        checkpoint.epoch >= configuration.epochs.lowerBound - (steps > 0 ? 1 : 0)
      else {
        throw RunnerError.inconsistent(
          runFile: replaces == nil ? paths.runFile : paths.repetition, checkpoint: paths.checkpoint,
          problem: "is of epoch \(checkpoint.epoch), which the run file does not reach")
      }
      if let partial = checkpoint.partial, !partial.fits(configuration, trainCount: data.description.trainCount) {
        throw RunnerError.inconsistent(
          runFile: paths.runFile, checkpoint: paths.checkpoint,
          problem: "counts more steps, errors or searches than its epoch can have")
      }
      // Nothing is left to train where only the mark "done" is missing.
      if checkpoint.epoch + 1 < configuration.epochs.upperBound {
        record.provenance.start(in: environment, epoch: checkpoint.epoch + 1, step: steps + 1)
      }
      record.provenance.command = command
      progress.note(
        "\(paths.runFile): going on after "
          + (steps > 0 ? "step \(steps) of epoch \(checkpoint.epoch + 1)" : "epoch \(checkpoint.epoch)"))
      if !record.provenance.promisesEqualBytes && earlier.provenance.environment != environment {
        progress.note(
          "  under another environment (\(environment.differences(from: earlier.provenance.environment))): equal bytes "
            + "are no longer promised, and the run file says so")
      }
      return Start(
        record: record, state: checkpoint.state, saved: .init(epoch: checkpoint.epoch, steps: steps),
        partial: checkpoint.partial, replaces: replaces)
    case .checkpointGone(let earlier):
      // Arms made from the old one could not be compared with those to come.
      try requireSameImages(earlier, data, paths)
      return Start(record: record, state: try initial(), replaces: earlier)
    default:
      let state = try initial()
      if FileManager.default.fileExists(atPath: paths.checkpoint) {
        progress.note("\(paths.checkpoint): without a run file that goes with it; removed, the run begins anew")
      }
      RunFiles.removeCheckpoints(paths)
      return Start(record: record, state: state)
    }
  }

  private func requireSameImages(_ record: RunRecord, _ data: ExperimentData, _ paths: RunPaths) throws(RunnerError) {
    guard record.data == data.description else {
      throw .otherData(runFile: paths.runFile, checkpoint: paths.checkpoint)
    }
  }
}

extension Provenance {
  /// Lists the environments of a fixed step's reference before the last one, where they are not there already: the
  /// run's bits rest on those as well.
  fileprivate mutating func rest(on reference: StepReference) {
    let others = reference.segments.filter { segment in
      !segments.contains { $0.environment == segment.environment }
    }
    guard !others.isEmpty else { return }
    self = Provenance(
      segments: segments.dropLast() + others + segments.suffix(1), command: command, started: started,
      duration: duration)
  }
}

extension EpochProgress {
  /// Whether an epoch of that many images can have come this far.
  func fits(_ configuration: RunConfiguration, trainCount: Int) -> Bool {
    let stepCount = (trainCount + configuration.batchSize - 1) / configuration.batchSize
    guard (1...stepCount).contains(steps) else { return false }
    let images = min(steps * configuration.batchSize, trainCount)
    let searches = configuration.postTraining == .pof ? steps * configuration.perturbationGroups : 0
    return losses.errors <= images && perturbations.searches == searches && perturbations.rejected <= searches
      && perturbations.reachedLimit <= searches
  }
}

extension Environment {
  /// What is different here, for a message.
  func differences(from other: Environment) -> String {
    var texts: [String] = []
    if threads != other.threads { texts.append("\(other.threads) threads before, \(threads) now") }
    if cpu != other.cpu { texts.append("\(other.cpu) before, \(cpu) now") }
    if (commit, dirty) != (other.commit, other.dirty) { texts.append("another state of the source tree") }
    for name in Set(versions.keys).union(other.versions.keys).sorted() where versions[name] != other.versions[name] {
      texts.append("\(name) \(other.versions[name] ?? "none") before, \(versions[name] ?? "none") now")
    }
    return texts.joined(separator: "; ")
  }
}
