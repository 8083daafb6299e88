// Computes a recorded run again and compares bits as it goes: metrics epoch by epoch, then the checkpoint. It writes
// nothing and stops at the first difference.

import Datasets
import Foundation
import NeuralNetwork
import Storage
import Training

/// What came of computing a run again.
enum Verdict: Sendable, Equatable {
  /// Every epoch in the range, and the checkpoint where there is one.
  case reproduced(epochs: ClosedRange<Int>, checkpoint: Bool)
  /// In a run file or checkpoint: this run's or its pre-training's.
  case differs(path: String, Difference)
  case interrupted
}

/// Verifies one run file. Used on the compute thread.
struct Verifier {
  let path: String
  let record: RunRecord
  let model: WideResNet
  let data: ExperimentData
  let engine: TrainingEngine
  let threads: Int
  let progress: ProgressReporter
  let isInterrupted: () -> Bool

  private var paths: RunPaths { RunPaths(beside: path, seed: record.configuration.seed) }
  /// Files of the pre-training, where the run file lies in its place.
  private var sharedPaths: RunPaths {
    RunPaths(results: results, configuration: record.configuration.sharedPreTraining)
  }

  /// The folder above `<profile>/<dataset>/<augmentation>/<arm>/seed<k>.h5`, where an arm may be several folders deep.
  private var results: String {
    let depth = 4 + record.configuration.arm.split(separator: "/").count
    // As given where that is long enough, so that messages name files as the user does.
    let isLong = path.split(separator: "/").count > depth
    return (0..<depth).reduce(isLong ? path : URL(fileURLWithPath: path).path) { path, _ in
      (path as NSString).deletingLastPathComponent
    }
  }

  // MARK: The whole run

  /// From the initial weights, the shared pre-training included; that one is compared with its own run file, where it
  /// lies in its place.
  /// - Throws: Storage's errors, `RunnerError`, and what the engine throws.
  func verify() throws -> Verdict {
    if let difference = gap(in: record) { return .differs(path: path, difference) }
    let configuration = record.configuration
    let initial = TrainingState(initial: model.initialState(seed: UInt64(configuration.seed)))
    guard configuration.postTraining != .none else { return try verify(from: initial, after: 0) }
    let shared = configuration.sharedPreTraining
    progress.plan(total: cost(shared).remaining(after: nil) + cost(configuration).remaining(after: nil))
    let recorded = try sharedRecord()
    if let recorded, let difference = gap(in: recorded) { return .differs(path: sharedPaths.runFile, difference) }
    let repetition = try repeatEpochs(shared, from: initial, after: 0) { epoch in
      recorded?.epochs.first { $0.epoch == epoch }
    }
    switch repetition {
    case .finished(let state): return try verify(from: state, after: shared.preEpochs)
    case .differs(let difference): return .differs(path: sharedPaths.runFile, difference)
    case .diverged(let epoch, let step, let reason):
      return .differs(
        path: sharedPaths.runFile,
        Difference(
          name: "/@status", recorded: Self.text(.done),
          found: Self.text(.failed(epoch: epoch, step: step, reason: reason))))
    case .interrupted: return .interrupted
    }
  }

  /// The pre-training's record; nil where its file is not in its place.
  private func sharedRecord() throws -> RunRecord? {
    guard FileManager.default.fileExists(atPath: sharedPaths.runFile) else {
      progress.note("\(sharedPaths.runFile): not there; its epochs are computed, and compared with nothing")
      return nil
    }
    let shared = try RunFile.read(sharedPaths.runFile)
    guard shared.configuration == record.configuration.sharedPreTraining else {
      throw RunnerError.otherConfiguration(
        path: sharedPaths.runFile,
        differences: SettingText.differences(
          found: shared.configuration, wanted: record.configuration.sharedPreTraining))
    }
    return shared
  }

  // MARK: The end of the run

  /// From the latest checkpoint before the end: one of this run's that is kept, or the pre-training's last.
  /// - Throws: `UsageError.file` where there is none.
  func verifyLastEpoch() throws -> Verdict {
    if let difference = gap(in: record) { return .differs(path: path, difference) }
    let configuration = record.configuration
    let last = lastEpoch
    if let epoch = paths.keptEpochs().last(where: { $0 < last && configuration.epochs.contains($0) }) {
      return try verify(fromCheckpoint: paths.keptCheckpoint(epoch: epoch), configuration, epoch: epoch)
    }
    if configuration.postTraining != .none, FileManager.default.fileExists(atPath: sharedPaths.checkpoint) {
      return try verify(
        fromCheckpoint: sharedPaths.checkpoint, configuration.sharedPreTraining, epoch: configuration.preEpochs)
    }
    throw UsageError.file(
      path: path, problem: "there is no checkpoint before its epoch \(last) beside it",
      remedy: "verify the whole run, without --last-epoch")
  }

  private func verify(
    fromCheckpoint path: String, _ configuration: RunConfiguration, epoch: Int
  ) throws -> Verdict {
    let checkpoint = try CheckpointFile.read(path, expecting: (configuration.digest, model))
    guard checkpoint.epoch == epoch, checkpoint.partial == nil else {
      throw RunnerError.inconsistent(
        runFile: self.path, checkpoint: path, problem: "is not of the end of epoch \(epoch)")
    }
    progress.note("from \(path)")
    return try verify(from: checkpoint.state, after: epoch)
  }

  // MARK: Epochs

  /// Epochs that a finished record should have and does not: comparing with nothing would prove nothing.
  private func gap(in record: RunRecord) -> Difference? {
    let all = record.configuration.epochs
    let expected: [Int]
    switch record.status {
    case .done: expected = Array(all)
    case .failed(let epoch, _, _): expected = all.filter { $0 < epoch }
    case .partial: return nil
    }
    let found = record.epochs.map(\.epoch)
    let missing = expected.first { !found.contains($0) }
    guard found != expected || record.epochs.contains(where: { isUnevaluated($0, record) }) else { return nil }
    return Difference(
      name: "/metrics/train/epoch", recorded: missing.map { "no epoch \($0)" } ?? "other epochs or test scores",
      found: "epochs \(expected.first ?? 0) to \(expected.last ?? 0)")
  }

  private func isUnevaluated(_ epoch: EpochRecord, _ record: RunRecord) -> Bool {
    record.configuration.evaluates(epoch: epoch.epoch) && epoch.test == nil
  }

  /// The last epoch that the record says something about.
  private var lastEpoch: Int {
    if case .failed(let epoch, _, _) = record.status { epoch } else { record.configuration.epochs.upperBound - 1 }
  }

  private func verify(from state: TrainingState, after epoch: Int) throws -> Verdict {
    let configuration = record.configuration
    let repetition = try repeatEpochs(configuration, from: state, after: epoch, through: lastEpoch) { epoch in
      record.epochs.first { $0.epoch == epoch }
    }
    let (found, end): (RunStatus, TrainingState?)
    switch repetition {
    case .interrupted: return .interrupted
    case .differs(let difference): return .differs(path: path, difference)
    case .diverged(let epoch, let step, let reason):
      (found, end) = (.failed(epoch: epoch, step: step, reason: reason), nil)
    case .finished(let state): (found, end) = (.done, state)
    }
    guard found == record.status else {
      return .differs(
        path: path, Difference(name: "/@status", recorded: Self.text(record.status), found: Self.text(found)))
    }
    let hasCheckpoint = end != nil && FileManager.default.fileExists(atPath: paths.checkpoint)
    if let end, hasCheckpoint {
      let checkpoint = try CheckpointFile.read(paths.checkpoint, expecting: (configuration.digest, model))
      guard checkpoint.epoch == lastEpoch, checkpoint.partial == nil else {
        throw RunnerError.inconsistent(
          runFile: path, checkpoint: paths.checkpoint, problem: "is not of the end of epoch \(lastEpoch)")
      }
      if let difference = CheckpointFile.difference(checkpoint, end) {
        return .differs(path: paths.checkpoint, difference)
      }
    }
    return .reproduced(epochs: epoch + 1...lastEpoch, checkpoint: hasCheckpoint)
  }

  private static func text(_ status: RunStatus) -> String {
    switch status {
    case .partial: "partial"
    case .done: "no failure"
    case .failed(let epoch, let step, let reason): "failed in epoch \(epoch), step \(step): \(reason)"
    }
  }

  private enum Repetition {
    case finished(TrainingState)
    case differs(Difference)
    case diverged(epoch: Int, step: Int, reason: String)
    case interrupted
  }

  private func cost(_ configuration: RunConfiguration) -> RunCost {
    RunCost(
      configuration, model: model, trainCount: data.description.trainCount, testCount: data.description.testCount)
  }

  /// Trains from a state after `epoch` on, comparing with what is recorded.
  private func repeatEpochs(
    _ configuration: RunConfiguration, from state: TrainingState, after epoch: Int, through last: Int? = nil,
    recorded: (Int) -> EpochRecord?
  ) throws -> Repetition {
    let first = max(epoch + 1, configuration.epochs.lowerBound)
    let last = last ?? configuration.epochs.upperBound - 1
    let cost = cost(configuration)
    progress.begin(
      title: "\(configuration.arm) seed \(configuration.seed)",
      place: "\(configuration.dataset) \(configuration.augmentation)", lastEpoch: last)
    defer { progress.end() }
    let reference = try StepReference(of: configuration, results: results, data: data.description)
    let trainer = try engine.make(configuration, model, data.dataset, state, threads, reference?.step)
    let loop = EpochLoop(
      trainer: trainer, configuration: configuration, cost: cost, progress: progress,
      shouldContinue: { !isInterrupted() })
    for epoch in first...last {
      var position = EpochProgress(epoch: epoch)
      do {
        guard !isInterrupted(), let found = try loop.run(&position) else { return .interrupted }
        if let recorded = recorded(epoch), let difference = RunFile.difference(recorded, found) {
          return .differs(difference)
        }
      } catch TrainingError.diverged(let epoch, let step, let quantity) {
        return .diverged(epoch: epoch, step: step, reason: "\(quantity) is not finite")
      }
    }
    return .finished(trainer.state)
  }
}
