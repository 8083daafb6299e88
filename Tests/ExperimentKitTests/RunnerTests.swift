// The runner on a toy trainer: skip, resume, refuse, fail, with real files.

import Datasets
import Foundation
import Storage
import Testing
import Training

@testable import ExperimentKit

@Suite(.serialized) struct RunnerTests {
  let bench: Bench

  init() throws { bench = try Bench() }

  private func done(_ outcome: RunEnding) throws -> (record: RunRecord, fresh: Bool) {
    guard case .done(let record, _, let fresh) = outcome else {
      Issue.record("not done: \(outcome)")
      throw CancellationError()
    }
    return (record, fresh)
  }

  private func paths(_ configuration: RunConfiguration) -> RunPaths {
    RunPaths(results: bench.folder.path, configuration: configuration)
  }

  @Test func aRunMakesItsPreTrainingAndItsFilesAndIsThenSkipped() throws {
    let configuration = toyConfiguration()
    let (record, fresh) = try done(bench.run(configuration))
    #expect(fresh)
    #expect(bench.trained == ["sgd-pre", "sgd-pof"])
    #expect(record.status == .done && record.epochs.map(\.epoch) == [5, 6, 7])
    #expect(record.epochs.allSatisfy { $0.test != nil })
    #expect(record.peakMemory > 1 << 20)
    #expect(record.data.trainCount == 96 && record.data.testCount == 8 && !record.data.official)
    let shared = try RunFile.read(paths(configuration.sharedPreTraining).runFile)
    #expect(shared.epochs.map { $0.test != nil } == [false, false, true, true])
    // Run file, last checkpoint and the one before it, of either run.
    #expect(
      bench.folder.files.map { $0.split(separator: "/").suffix(2).joined(separator: "/") }.sorted() == [
        "sgd-pof/seed0.ckpt.h5", "sgd-pof/seed0.epoch6.ckpt.h5", "sgd-pof/seed0.h5", "sgd-pre/seed0.ckpt.h5",
        "sgd-pre/seed0.epoch3.ckpt.h5", "sgd-pre/seed0.h5",
      ])
    #expect(try RunFile.read(paths(configuration).runFile).epochs == record.epochs)

    let before = bench.folder.files.map { bench.folder.bytes($0) }
    let again = try done(bench.run(configuration))
    #expect(!again.fresh && again.record.epochs == record.epochs)
    #expect(bench.trained.count == 2)
    #expect(bench.folder.files.map { bench.folder.bytes($0) } == before)
  }

  @Test func postTrainingStartsFromWeightsAndMomentumOfPreTraining() throws {
    let configuration = toyConfiguration()
    let model = try DatasetName.fashionMNIST.model(depth: 10, width: 1)
    _ = try bench.run(configuration)
    let shared = configuration.sharedPreTraining
    let start = try CheckpointFile.read(paths(shared).checkpoint, expecting: (shared.digest, model))
    let toy = ToyTrainer(configuration, from: start.state, divergesIn: nil)
    for epoch in 5...7 {
      var progress = EpochProgress(epoch: epoch)
      _ = try toy.train(&progress) { _ in true }
    }
    let end = try CheckpointFile.read(paths(configuration).checkpoint, expecting: (configuration.digest, model))
    #expect(start.epoch == 4 && end.epoch == 7)
    // Not in the macro: a failure would print every weight.
    let isEqual = end.state == toy.state
    #expect(isEqual)
  }

  @Test func armsShareTheirPreTraining() throws {
    _ = try bench.run(toyConfiguration(.sgdPoF))
    _ = try bench.run(toyConfiguration(.sgdFrozen))
    _ = try bench.run(toyConfiguration(.samPoF))
    #expect(bench.trained == ["sgd-pre", "sgd-pof", "sgd-frozen", "sam-pre", "sam-pof"])
  }

  /// Stopped at every possible poll, resumed, and compared with a run that was never stopped.
  @Test(arguments: 0..<38) func interruptedAndResumedEqualsUninterrupted(polls: Int) throws {
    let configuration = toyConfiguration()
    let (expected, files) = try Self.uninterrupted.get()
    let first = try bench.run(configuration, stopsAfter: polls)
    guard case .interrupted(let which, let kept) = first else {
      Issue.record("not interrupted after \(polls) polls")
      return
    }
    let stop = Self.positions[polls]
    #expect(which.arm == (stop.epoch < 4 ? "sgd-pre" : "sgd-pof"))
    #expect(kept == (stop == .init(epoch: 0, steps: 0) || stop == .init(epoch: 4, steps: 0) ? nil : stop))
    // Nothing is kept of an arm that has not begun, and everything of one that has.
    let arm = paths(which)
    #expect(FileManager.default.fileExists(atPath: arm.checkpoint) == (kept != nil))
    #expect(FileManager.default.fileExists(atPath: arm.runFile) == (kept != nil))

    let record = try done(bench.run(configuration)).record
    #expect(record.epochs.map(\.results) == expected.epochs.map(\.results))
    #expect(bench.folder.files == files.keys.sorted())
    for file in bench.folder.files where file.hasSuffix(".ckpt.h5") {
      #expect(bench.folder.bytes(file) == files[file])
    }
  }

  /// Where each poll finds the toy: one before each epoch, one after each of its 3 steps, two in an evaluation; four
  /// epochs of pre-training, the last two evaluated, then three.
  private static let positions: [RunFiles.Position] = (1...7).flatMap { epoch in
    [0, 1, 2, 3].map { .init(epoch: epoch - 1, steps: $0) }
      + (epoch < 3 ? [] : [3, 3].map { .init(epoch: epoch - 1, steps: $0) })
  }

  /// Record and files of the toy run that nobody stops.
  private static let uninterrupted = Result {
    let whole = try Bench()
    guard case .done(let record, _, _) = try whole.run(toyConfiguration()) else { throw CancellationError() }
    return (
      record, Dictionary(uniqueKeysWithValues: whole.folder.files.map { ($0, whole.folder.bytes($0) ?? Data()) })
    )
  }

  /// Stopped between the run file and the checkpoint: the run file is one epoch ahead and is cut back.
  @Test func aRunFileAheadOfItsCheckpointIsCutBack() throws {
    let configuration = toyConfiguration(.preTraining(.sgd))
    let files = paths(configuration)
    _ = try bench.run(configuration, stopsAfter: 8)
    let checkpoint = try #require(FileManager.default.contents(atPath: files.checkpoint))
    _ = try bench.run(configuration, stopsAfter: 6)
    try checkpoint.write(to: URL(fileURLWithPath: files.checkpoint))
    #expect(try RunFile.read(files.runFile).epochs.count == 3)
    let record = try done(bench.run(configuration)).record
    let whole = try Bench()
    #expect(record.epochs.map(\.results) == (try done(whole.run(configuration)).record.epochs.map(\.results)))
  }

  @Test func aRunFileWithoutACheckpointStartsAgain() throws {
    let configuration = toyConfiguration(.preTraining(.sgd))
    _ = try bench.run(configuration, stopsAfter: 8)
    try FileManager.default.removeItem(atPath: paths(configuration).checkpoint)
    let record = try done(bench.run(configuration)).record
    let whole = try Bench()
    #expect(record.epochs.map(\.results) == (try done(whole.run(configuration)).record.epochs.map(\.results)))
    #expect(bench.folder.files == whole.folder.files && bench.folder.files.count == 3)
    for file in bench.folder.files where file.hasSuffix(".ckpt.h5") {
      #expect(bench.folder.bytes(file) == whole.folder.bytes(file))
    }
  }

  /// A user removes a run's file to start it again, and it is stopped before its first checkpoint: the old checkpoint
  /// must not be taken for its own.
  @Test func aRemovedRunFileTakesItsCheckpointAlong() throws {
    let configuration = toyConfiguration(.preTraining(.sgd))
    let files = paths(configuration)
    _ = try bench.run(configuration)
    try FileManager.default.removeItem(atPath: files.runFile)
    _ = try bench.run(configuration, stopsAfter: 0)
    #expect(bench.folder.files.isEmpty)
  }

  @Test func aCheckpointAheadOfItsRunFileIsRefused() throws {
    let configuration = toyConfiguration(.preTraining(.sgd))
    let files = paths(configuration)
    _ = try bench.run(configuration, stopsAfter: 4)
    let runFile = try #require(FileManager.default.contents(atPath: files.runFile))
    _ = try bench.run(configuration, stopsAfter: 8)
    try runFile.write(to: URL(fileURLWithPath: files.runFile))
    #expect(throws: RunnerError.self) { try bench.run(configuration) }
  }

  @Test func divergenceIsRecordedAndReportedUntilItsFileIsRemoved() throws {
    let configuration = toyConfiguration()
    let outcome = try bench.run(configuration, divergesIn: 6)
    let expected = RunEnding.failed(
      configuration, path: paths(configuration).runFile, epoch: 6, step: 2, reason: "training loss is not finite",
      fresh: true)
    #expect(outcome == expected)
    let record = try RunFile.read(paths(configuration).runFile)
    #expect(record.status == .failed(epoch: 6, step: 2, reason: "training loss is not finite"))
    #expect(record.epochs.map(\.epoch) == [5])

    guard case .failed(_, _, 6, 2, _, fresh: false) = try bench.run(configuration) else {
      Issue.record("a failed run was not reported again")
      return
    }
    try FileManager.default.removeItem(atPath: paths(configuration).runFile)
    #expect(try done(bench.run(configuration)).record.epochs.map(\.epoch) == [5, 6, 7])
  }

  @Test func divergedPreTrainingFailsItsArms() throws {
    guard case .failed(let which, _, 2, 2, _, fresh: true) = try bench.run(toyConfiguration(), divergesIn: 2) else {
      Issue.record("not failed")
      return
    }
    #expect(which.arm == "sgd-pre")
    guard case .failed(_, _, 2, 2, _, fresh: false) = try bench.run(toyConfiguration(.sgd)) else {
      Issue.record("not failed again")
      return
    }
  }

  @Test func filesOfOtherSettingsAreRefusedByName() throws {
    let configuration = toyConfiguration()
    _ = try bench.run(configuration)
    var other = try RunFile.read(paths(configuration).runFile)
    other.configuration.rho = 0.7
    try RunFile.write(other, to: paths(configuration).runFile)
    let error = #expect(throws: RunnerError.self) { try bench.run(configuration) }
    #expect(error?.description.contains("rho 0.7, not 0.05") == true)
  }

  @Test func aForeignCheckpointIsRefused() throws {
    let (first, second) = (toyConfiguration(.preTraining(.sgd), seed: 0), toyConfiguration(.preTraining(.sgd), seed: 1))
    _ = try bench.run(first, stopsAfter: 8)
    _ = try bench.run(second, stopsAfter: 8)
    let checkpoint = try #require(FileManager.default.contents(atPath: paths(second).checkpoint))
    try checkpoint.write(to: URL(fileURLWithPath: paths(first).checkpoint))
    #expect(throws: StorageError.self) { try bench.run(first) }
    // The arms that continue from it refuse it as well.
    _ = try done(bench.run(second))
    let finished = try #require(FileManager.default.contents(atPath: paths(second).checkpoint))
    try FileManager.default.removeItem(atPath: paths(first).runFile)
    _ = try done(bench.run(first))
    try finished.write(to: URL(fileURLWithPath: paths(first).checkpoint))
    #expect(throws: StorageError.self) { try bench.run(toyConfiguration(.sgdPoF, seed: 0)) }
  }

  @Test func otherImagesAreRefusedWhenGoingOn() throws {
    let configuration = toyConfiguration(.preTraining(.sgd))
    _ = try bench.run(configuration, stopsAfter: 8)
    let files = paths(configuration)
    #expect(throws: RunnerError.otherData(runFile: files.runFile, checkpoint: files.checkpoint)) {
      try bench.run(configuration, images: 5)
    }
  }

  /// An arm continues no pre-training of other images, and none is repeated on other images than before.
  @Test func preTrainingOnOtherImagesIsRefused() throws {
    let arm = toyConfiguration(.sgdPoF)
    let files = paths(arm.sharedPreTraining)
    _ = try done(bench.run(arm.sharedPreTraining))
    let expected = RunnerError.otherData(runFile: files.runFile, checkpoint: files.checkpoint)
    #expect(expected.description.contains(files.runFile) && expected.description.contains(files.checkpoint))
    #expect(throws: expected) { try bench.run(arm, images: 5) }
    #expect(bench.trained == ["sgd-pre"] && bench.folder.files.count == 3)
    try FileManager.default.removeItem(atPath: files.checkpoint)
    #expect(throws: expected) { try bench.run(arm, images: 5) }
    #expect(bench.trained == ["sgd-pre"] && bench.folder.files.count == 2)
    #expect(try done(bench.run(arm)).fresh)
  }

  /// Stopped at every fifth poll while it is repeated: the finished run file stays, and the end is as before.
  @Test(arguments: [0, 3, 5, 10, 15, 19]) func repeatedPreTrainingKeepsItsRunFileAndGoesOn(polls: Int) throws {
    let arm = toyConfiguration(.sgdPoF)
    let files = paths(arm.sharedPreTraining)
    let before = try done(bench.run(arm.sharedPreTraining)).record
    let bytes = try #require(FileManager.default.contents(atPath: files.runFile))
    let checkpoint = try #require(FileManager.default.contents(atPath: files.checkpoint))
    try FileManager.default.removeItem(atPath: files.checkpoint)

    guard case .interrupted(_, let kept) = try bench.run(arm, stopsAfter: polls) else {
      Issue.record("not interrupted")
      return
    }
    #expect(kept == (polls == 0 ? nil : Self.positions[polls]))
    #expect(FileManager.default.contents(atPath: files.runFile) == bytes)
    // The run file and the kept checkpoint of before; from the first step on a repetition and its checkpoint.
    #expect(bench.folder.files.count == (polls == 0 ? 2 : 4))

    #expect(try done(bench.run(arm)).fresh)
    let again = try RunFile.read(files.runFile)
    #expect(again.status == .done && again.epochs.map(\.results) == before.epochs.map(\.results))
    #expect(FileManager.default.contents(atPath: files.checkpoint) == checkpoint)
    #expect(bench.folder.files.count == 6)
  }

  @Test func preTrainingWithoutItsCheckpointIsTrainedAgainWhereNeeded() throws {
    _ = try bench.run(toyConfiguration(.sgd))
    let shared = toyConfiguration().sharedPreTraining
    let before = try RunFile.read(paths(shared).runFile)
    try FileManager.default.removeItem(atPath: paths(shared).checkpoint)
    // A finished arm needs no checkpoint; a new one does.
    #expect(try !done(bench.run(toyConfiguration(.sgd))).fresh)
    #expect(bench.trained == ["sgd-pre", "sgd"])
    _ = try done(bench.run(toyConfiguration(.sgdPoF)))
    #expect(bench.trained == ["sgd-pre", "sgd", "sgd-pre", "sgd-pof"])
    #expect(try RunFile.read(paths(shared).runFile).epochs.map(\.results) == before.epochs.map(\.results))
    #expect(!bench.notes.joined().contains("differs from the run that it replaces"))
  }

  @Test func aRunUnderWayIsNotWrittenByAnother() throws {
    let configuration = toyConfiguration(.preTraining(.sgd))
    let files = paths(configuration)
    let lock = try RunLock(folder: files.folder, path: files.lock)
    let error = #expect(throws: RunnerError.self) { try bench.run(configuration) }
    #expect(error?.description.contains("process \(getpid()) on \(Machine.host), since 20") == true)
    lock.release()
    #expect(try done(bench.run(configuration)).fresh)
  }

  @Test func anUnwritableFolderIsNamed() throws {
    let file = bench.folder.path + "/file"
    try Data().write(to: URL(fileURLWithPath: file))
    let error = #expect(throws: RunnerError.self) { try RunLock(folder: file + "/a/b", path: file + "/a/b/lock") }
    #expect(error?.description.hasPrefix(file) == true)
    #expect(bench.folder.files == ["file"])
  }

  /// Folders made for a lock that cannot be taken go with it.
  @Test func aFailedLockLeavesNoFolders() throws {
    let root = bench.folder.path
    #expect(throws: RunnerError.self) { try RunLock(folder: root + "/a/b/c", path: root + "/a/absent/lock") }
    let long = String(repeating: "x", count: 300)
    #expect(throws: RunnerError.self) { try RunLock(folder: root + "/a/b/" + long, path: root + "/a/b/lock") }
    #expect(try FileManager.default.contentsOfDirectory(atPath: root).isEmpty)
  }

  @Test func tooFewImagesWriteNothing() throws {
    var configuration = toyConfiguration()
    configuration.batchSize = 97
    #expect(throws: UsageError.self) { try bench.run(configuration) }
    #expect(try FileManager.default.contentsOfDirectory(atPath: bench.folder.path).isEmpty)
  }

  @Test func provenanceOfAResumedRunCoversItsSegments() throws {
    let configuration = toyConfiguration(.preTraining(.sgd))
    _ = try bench.run(configuration, stopsAfter: 8)
    var record = try RunFile.read(paths(configuration).runFile)
    record.provenance.duration = 1000
    record.provenance.started = "2001-01-01T00:00:00Z"
    try RunFile.write(record, to: paths(configuration).runFile)
    let end = try done(bench.run(configuration, threads: 2)).record
    #expect(end.provenance.segments.map(\.environment.threads) == [1, 2])
    #expect(end.provenance.segments.map(\.firstEpoch) == [1, 3] && !end.provenance.promisesEqualBytes)
    #expect(end.provenance.started == "2001-01-01T00:00:00Z")
    #expect(end.provenance.duration >= 1000 && end.provenance.duration < 1600)
    #expect(bench.notes.joined().contains("1 threads before, 2 now"))
    // Whatever continues it stands on the same segments.
    let arm = try done(bench.run(toyConfiguration(), threads: 2)).record
    #expect(arm.provenance.segments.map(\.environment.threads) == [1, 2])
    #expect(arm.provenance.segments[1].starts == 2 && !arm.provenance.promisesEqualBytes)
  }

  @Test func uninterruptedRunsPromiseEqualBytes() throws {
    let arm = try done(bench.run(toyConfiguration())).record
    #expect(arm.provenance.promisesEqualBytes && arm.provenance.segments.map(\.starts) == [2])
    let other = try done(bench.run(toyConfiguration(.sgd), threads: 2)).record
    #expect(other.provenance.segments.map(\.firstEpoch) == [1, 5] && !other.provenance.promisesEqualBytes)
  }
}
