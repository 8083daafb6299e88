// The files of a run in adversity: kept checkpoints, locks of the dead, folders that vanish.
// (A full disk is met by Tools/smoke.sh, in a process of its own.)

import Datasets
import Foundation
import Storage
import Testing
import Training

@testable import ExperimentKit

@Suite(.serialized) struct RunFilesTests {
  let bench: Bench

  init() throws { bench = try Bench() }

  private func paths(_ configuration: RunConfiguration) -> RunPaths {
    RunPaths(results: bench.folder.path, configuration: configuration)
  }

  private var checkpoints: [String] {
    bench.folder.files.filter { $0.hasSuffix(".ckpt.h5") }.map { String($0.split(separator: "/").last ?? "") }
  }

  // MARK: Checkpoints

  @Test func everyNthCheckpointIsKept() throws {
    var configuration = toyConfiguration(.preTraining(.sgd))
    configuration.preEpochs = 9
    _ = try bench.run(configuration, policy: CheckpointPolicy(every: 1, keepEvery: 3))
    let kept = ["seed0.ckpt.h5"] + [3, 6, 8].map { "seed0.epoch\($0).ckpt.h5" }
    #expect(checkpoints == kept.sorted())
    let model = try DatasetName.fashionMNIST.model(depth: 10, width: 1)
    for epoch in [3, 6, 8] {
      let path = paths(configuration).keptCheckpoint(epoch: epoch)
      #expect(try CheckpointFile.read(path, expecting: (configuration.digest, model)).epoch == epoch)
    }
    #expect(paths(configuration).keptEpochs() == [3, 6, 8])
  }

  /// With a checkpoint in every third epoch only, a run that is killed goes on from it to the same end.
  @Test func rareCheckpointsLoseEpochsButNoBits() throws {
    let configuration = toyConfiguration(.preTraining(.sgd))
    let files = paths(configuration)
    let policy = CheckpointPolicy(every: 5)
    #expect((1...13).filter { policy.saves($0, of: 1..<14) } == [5, 10, 12, 13])
    _ = try bench.run(configuration)
    let rare = try Bench()
    _ = try rare.run(configuration, stopsAfter: 9, policy: policy)
    // Told to stop, it saves itself all the same.
    let model = try DatasetName.fashionMNIST.model(depth: 10, width: 1)
    let stopped = RunPaths(results: rare.folder.path, configuration: configuration)
    let saved = try CheckpointFile.read(stopped.checkpoint, expecting: (configuration.digest, model))
    #expect(saved.epoch == 2 && saved.partial?.steps == 1)
    _ = try rare.run(configuration, policy: policy)
    #expect(
      try RunFile.read(stopped.runFile).epochs.map(\.results) == RunFile.read(files.runFile).epochs.map(\.results))
    let checkpoint = try #require(FileManager.default.contents(atPath: files.checkpoint))
    #expect(FileManager.default.contents(atPath: stopped.checkpoint) == checkpoint)
  }

  @Test func temporariesOfKilledProcessesAreRemoved() throws {
    let configuration = toyConfiguration(.preTraining(.sgd))
    let files = paths(configuration)
    _ = try bench.run(configuration, stopsAfter: 8)
    let left = ["seed0.h5", "seed0.ckpt.h5", "seed0.epoch3.ckpt.h5"].map { "\(files.folder)/.\($0).4711-1.tmp" }
    let others = "\(files.folder)/.seed01.h5.4711-1.tmp"
    for path in left + [others] { try Data([1]).write(to: URL(fileURLWithPath: path)) }
    _ = try bench.run(configuration)
    #expect(left.allSatisfy { !FileManager.default.fileExists(atPath: $0) })
    #expect(FileManager.default.fileExists(atPath: others))
  }

  // MARK: Locks

  private func leave(_ holder: RunLock.Holder, at files: RunPaths, secondsAgo: Double) throws {
    try FileManager.default.createDirectory(atPath: files.folder, withIntermediateDirectories: true)
    try Data(holder.line.utf8).write(to: URL(fileURLWithPath: files.lock))
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSinceNow: -secondsAgo)], ofItemAtPath: files.lock)
  }

  /// flock tells that a process of this machine is gone, however it ended.
  @Test func theLockOfADeadProcessIsTakenOver() throws {
    let configuration = toyConfiguration(.preTraining(.sgd))
    let files = paths(configuration)
    let dead = RunLock.Holder(process: 4711, host: Machine.host, since: "2026-01-01T00:00:00Z")
    try leave(dead, at: files, secondsAgo: 0)
    let lock = try RunLock(folder: files.folder, path: files.lock)
    #expect(lock.abandonedBy == dead)
    #expect(try String(contentsOfFile: files.lock, encoding: .utf8).hasPrefix("\(getpid()) \(Machine.host) 20"))
    lock.release()
    #expect(!FileManager.default.fileExists(atPath: files.lock))
    try leave(dead, at: files, secondsAgo: 0)
    _ = try bench.run(configuration)
    #expect(bench.notes.joined().contains("left by process 4711"))
  }

  /// Where flock does not reach other machines, the lock's age decides.
  @Test func theLockOfAnotherMachineHoldsWhileItIsFresh() throws {
    let configuration = toyConfiguration(.preTraining(.sgd))
    let files = paths(configuration)
    let other = RunLock.Holder(process: 7, host: "elsewhere", since: "2026-01-01T00:00:00Z")
    try leave(other, at: files, secondsAgo: 5)
    #expect(throws: RunnerError.locked(path: files.lock, holder: other.description, isElsewhere: true)) {
      try bench.run(configuration)
    }
    #expect(try String(contentsOfFile: files.lock, encoding: .utf8) == other.line)
    try leave(other, at: files, secondsAgo: RunLock.patience + 60)
    let lock = try RunLock(folder: files.folder, path: files.lock)
    #expect(lock.abandonedBy == other)
    lock.release()
  }

  /// A folder that was replaced under a run: its end must not take the lock of whoever works there now.
  @Test func releasingLeavesTheLockOfASuccessor() throws {
    let files = paths(toyConfiguration(.preTraining(.sgd)))
    let first = try RunLock(folder: files.folder, path: files.lock)
    try FileManager.default.moveItem(atPath: files.folder, toPath: files.folder + "-moved")
    let second = try RunLock(folder: files.folder, path: files.lock)
    #expect(throws: RunnerError.vanished(folder: files.folder)) { try first.check() }
    first.release()
    try second.check()
    #expect(throws: RunnerError.self) { try RunLock(folder: files.folder, path: files.lock) }
    second.release()
  }

  /// Another machine that took a silent holder's lock over.
  @Test func aLockThatWasTakenOverIsNoLongerHeld() throws {
    let files = paths(toyConfiguration(.preTraining(.sgd)))
    let lock = try RunLock(folder: files.folder, path: files.lock)
    try lock.check()
    let other = RunLock.Holder(process: 7, host: "elsewhere", since: "2026-01-01T00:00:00Z")
    let handle = try #require(FileHandle(forWritingAtPath: files.lock))
    try handle.truncate(atOffset: 0)
    try handle.write(contentsOf: Data(other.line.utf8))
    try handle.close()
    #expect(throws: RunnerError.vanished(folder: files.folder)) { try lock.check() }
    lock.release()
    #expect(try String(contentsOfFile: files.lock, encoding: .utf8) == other.line)
  }

  /// A digest that fits does not make more steps than an epoch has.
  @Test func forgedProgressIsNotGoneOnWith() throws {
    let configuration = toyConfiguration(.preTraining(.sgd))
    let files = paths(configuration)
    let model = try DatasetName.fashionMNIST.model(depth: 10, width: 1)
    _ = try bench.run(configuration, stopsAfter: 6)
    let checkpoint = try CheckpointFile.read(files.checkpoint, expecting: (configuration.digest, model))
    try #require(checkpoint.partial != nil)
    let changes: [(inout EpochProgress) -> Void] = [
      { $0.steps = 4 }, { $0.losses.errors = 97 }, { $0.perturbations.searches = 1 },
    ]
    for change in changes {
      var forged = checkpoint
      if var partial = forged.partial {
        change(&partial)
        forged.partial = partial
      }
      try CheckpointFile.write(forged, to: files.checkpoint)
      let error = #expect(throws: RunnerError.self) { try bench.run(configuration) }
      #expect(error?.description.hasPrefix(files.checkpoint) == true)
    }
  }

  @Test(arguments: ["", "x", "1 2", "nine host now\n", "1 hö now\n", "1 a b c\n"]) func oddLocksNameNobody(line: String)
  {
    #expect(RunLock.Holder(line: line) == nil)
  }

  // MARK: Folders that cannot be written to

  /// A folder that is removed under a run is not made anew: its disk may be gone, and the results with it.
  @Test func aVanishedFolderIsAnErrorAndIsNotMadeAnew() throws {
    let configuration = toyConfiguration(.preTraining(.sgd))
    let folder = paths(configuration).folder
    #expect(throws: RunnerError.vanished(folder: folder)) {
      try bench.run(configuration) { polls in
        if polls == 6 { try? FileManager.default.removeItem(atPath: folder) }
      }
    }
    #expect(!FileManager.default.fileExists(atPath: folder))
  }
}
