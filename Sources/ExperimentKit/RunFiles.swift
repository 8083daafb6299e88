// The files of a run under way: when and in which order they are written. Trains nothing, decides nothing about what is
// left to do.
//
// After an epoch: run file, then checkpoint. A stop between the two leaves a run file that is ahead, which resuming cuts
// back to the checkpoint. Only after the last checkpoint is the run file marked as done.

import Foundation
import NeuralNetwork
import Storage
import Training

/// Writes one run's files, for the holder of its lock.
struct RunFiles {
  /// How far training has come: finished epochs, and steps of the next one.
  struct Position: Sendable, Equatable {
    var epoch: Int
    var steps: Int
  }

  let configuration: RunConfiguration
  let model: WideResNet
  let paths: RunPaths
  let policy: CheckpointPolicy
  let lock: RunLock
  /// Whether a finished run is repeated for its checkpoint: its run file stays until the end.
  let isRepetition: Bool
  private(set) var record: RunRecord
  /// What the checkpoint holds; nil while there is none.
  private(set) var saved: Position?
  private let begun = Terminal.seconds()
  private let earlierSeconds: Double

  init(
    _ configuration: RunConfiguration, _ model: WideResNet, paths: RunPaths, policy: CheckpointPolicy, lock: RunLock,
    isRepetition: Bool, record: RunRecord, saved: Position?
  ) {
    (self.configuration, self.model, self.paths, self.policy, self.lock) = (configuration, model, paths, policy, lock)
    (self.isRepetition, self.record, self.saved) = (isRepetition, record, saved)
    earlierSeconds = record.provenance.duration
  }

  /// After an epoch: its record, and a checkpoint where one is due.
  mutating func finish(_ epoch: EpochRecord, state: () -> TrainingState) throws {
    record.epochs.append(epoch)
    try write(.partial)
    guard policy.saves(epoch.epoch, of: configuration.epochs) else { return }
    let state = state()
    if policy.keeps(epoch.epoch, of: configuration.epochs) {
      try save(epoch.epoch, nil, state, to: paths.keptCheckpoint(epoch: epoch.epoch))
    }
    try save(epoch.epoch, nil, state, to: paths.checkpoint)
    saved = Position(epoch: epoch.epoch, steps: 0)
  }

  /// On a stop within an epoch, or before it: where the next process goes on. Writes nothing where that is saved already.
  mutating func stop(at position: EpochProgress, state: () -> TrainingState) throws {
    let reached = Position(epoch: position.epoch - 1, steps: position.steps)
    // Before the very first step there is nothing to keep.
    let isAtStart = reached == Position(epoch: configuration.epochs.lowerBound - 1, steps: 0)
    guard reached != saved, !isAtStart else { return }
    try write(.partial)
    try save(reached.epoch, position.steps > 0 ? position : nil, state(), to: paths.checkpoint)
    saved = reached
  }

  mutating func fail(epoch: Int, step: Int, reason: String) throws {
    try write(.failed(epoch: epoch, step: step, reason: reason))
  }

  mutating func complete() throws { try write(.done) }

  private mutating func write(_ status: RunStatus) throws {
    record.status = status
    record.peakMemory = max(record.peakMemory, Machine.peakMemory)
    record.provenance.duration = earlierSeconds + Terminal.seconds() - begun
    try whileHeld {
      try RunFile.write(record, to: isRepetition && status == .partial ? paths.repetition : paths.runFile)
    }
    if status != .partial { unlink(paths.repetition) }
  }

  private func save(_ epoch: Int, _ partial: EpochProgress?, _ state: TrainingState, to path: String) throws {
    try whileHeld {
      try CheckpointFile.write(
        Checkpoint(
          configuration: configuration, epoch: epoch, partial: partial, model: model, state: state,
          environment: record.provenance.environment), to: path)
    }
  }

  /// Writes only while the lock stands, and tells a folder that vanishes in the meantime from other failures.
  private func whileHeld(_ write: () throws -> Void) throws {
    try lock.check()
    do {
      try write()
    } catch {
      try lock.check()
      throw error
    }
  }

  // MARK: What others left

  /// Removes what killed processes left half-written.
  static func removeLeftovers(_ paths: RunPaths) {
    AtomicFile.removeLeftovers(in: paths.folder, ofFilesNamed: "\(paths.stem).")
  }

  /// Removes the checkpoints of a run whose run file is gone: beside a new run file they would pass for its own.
  static func removeCheckpoints(_ paths: RunPaths) {
    for epoch in paths.keptEpochs() { unlink(paths.keptCheckpoint(epoch: epoch)) }
    unlink(paths.checkpoint)
    unlink(paths.repetition)
  }
}
