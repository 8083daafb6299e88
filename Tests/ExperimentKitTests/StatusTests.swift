// What `status` says: of made-up runs, and of toys whose files and locks are real.

import Datasets
import Foundation
import Storage
import Testing
import Training

@testable import ExperimentKit

/// A run of ten epochs after a pre-training of a hundred.
private func observed(
  _ arm: String, _ seed: Int, _ state: RunState, _ running: RunningProgress? = nil,
  _ dataset: DatasetName = .cifar10, _ augmentation: Augmentation = .basic
) -> ObservedRun {
  ObservedRun(
    dataset: dataset, augmentation: augmentation, arm: arm, seed: seed, epochs: 101..<111, state: state,
    running: running)
}

@Test func statusIsALineForEachArm() {
  let runs = [
    observed("sgd-pre", 0, .done), observed("sgd-pof", 0, .done), observed("sgd", 0, .partial(epochs: 3)),
    observed("sgd-pre", 1, .repeated), observed("sgd-pof", 1, .done), observed("sgd", 1, .partial(epochs: 10)),
    observed("sgd-pre", 2, .unusable(reason: "r/seed2.h5: not an HDF5 file")),
    observed("sgd-pof", 2, .absent, RunningProgress(epoch: 101, secondsLeft: nil)),
    observed("sgd", 2, .failed(epoch: 104, step: 7)),
    observed("sgd-pof", 3, .partial(epochs: 3), RunningProgress(epoch: 104, secondsLeft: 30)),
    observed("sgd-pof", 4, .absent), observed("sgd", 3, .absent, nil, .cifar10, .cutout),
    observed("sgd", 0, .absent, nil, .svhn), observed("sgd", 0, .absent, nil, .svhn, .cutout),
  ]
  let arms = """
    cifar10 basic
      sgd-pre   done 0   unusable 2   checkpoint gone 1
        seed 2: r/seed2.h5: not an HDF5 file
      sgd-pof   done 0 1   running 2 (epoch 101 of 110, time left unknown), 3 (epoch 104 of 110, 0:30 left)   missing 4
      sgd       partial 0 (epoch 104 of 110), 1 (epoch 110 of 110)   failed 2 (epoch 104, step 7)

    """
  let total =
    "\n3 of 14 runs done, 2 running, 2 partial, 1 failed, 1 unusable, 1 checkpoint gone, 4 missing"
  #expect(StatusText.text(runs, isBrief: true) == arms + "cifar10 cutout: no runs\nsvhn: no runs" + total)
  #expect(
    StatusText.text(runs, isBrief: false) == arms
      + "cifar10 cutout\n  sgd   missing 3\nsvhn basic\n  sgd   missing 0\nsvhn cutout\n  sgd   missing 0" + total)
}

@Test(arguments: [
  ([0], "0"), ([0, 1, 2], "0 1 2"), ([0, 1, 2, 3], "0-3"), ([1, 3, 4, 5, 6, 8, 9], "1 3-6 8 9"),
]) func seedsInARowAreShort(seeds: [Int], text: String) { #expect(StatusText.seeds(seeds) == text) }

@Suite(.serialized) struct ObservationTests {
  let bench: Bench

  init() throws { bench = try Bench() }

  private var pre: RunConfiguration { toyConfiguration().sharedPreTraining }

  private func paths(_ configuration: RunConfiguration) -> RunPaths {
    RunPaths(results: bench.folder.path, configuration: configuration)
  }

  private func observe(_ configuration: RunConfiguration) throws -> ObservedRun {
    let plan = try RunPlan(configuration, .fashionMNIST, available: (0, 0))
    return try #require(plan.observe(results: bench.folder.path).last)
  }

  /// Toys take half a second an epoch, and four epochs of pre-training.
  @Test func aRunUnderWayTellsItsEpochAndTimeLeft() throws {
    var seen: [RunningProgress?] = []
    var states: [RunState] = []
    let begun = Terminal.seconds()
    _ = try bench.run(pre) { _ in
      guard let run = try? self.observe(self.pre) else { return }
      if seen.last != run.running || seen.isEmpty { seen.append(run.running) }
      states.append(run.state)
    }
    let elapsed = Terminal.seconds() - begun
    #expect(seen.map { $0?.epoch } == [1, 2, 3, 4])
    #expect(seen.prefix(3).map { $0?.secondsLeft } == [nil, 1.5, 1])
    // The third epoch was evaluated, which took its time.
    let left = try #require(seen.last??.secondsLeft)
    #expect(left >= 0.5 && left < 0.5 + elapsed)
    #expect(states.first == .absent && states.last == .partial(epochs: 3))
    let end = try observe(pre)
    #expect(end.state == .done && end.running == nil && end.exists)
  }

  @Test func nothingIsTouchedByLooking() throws {
    let before = bench.folder.files
    let run = try observe(toyConfiguration())
    #expect(run.state == .absent && run.running == nil && !run.exists)
    #expect(bench.folder.files == before)
    #expect(try FileManager.default.contentsOfDirectory(atPath: bench.folder.path).isEmpty)
    // The lock of a killed process stays as it is.
    _ = try bench.run(pre, stopsAfter: 8)
    let line = "4711 \(Machine.host) 2026-01-01T00:00:00Z\n"
    try Data(line.utf8).write(to: URL(fileURLWithPath: paths(pre).lock))
    let files = bench.folder.files
    let contents = files.map { bench.folder.bytes($0) }
    let partial = try observe(pre)
    #expect(partial.state == .partial(epochs: 2) && partial.running == nil)
    #expect(bench.folder.files == files && files.map { bench.folder.bytes($0) } == contents)
  }

  /// A pre-training that is trained again for its checkpoint is as far as its second file.
  @Test func aRepetitionUnderWayIsRunning() throws {
    _ = try bench.run(toyConfiguration(.sgd))
    try FileManager.default.removeItem(atPath: paths(pre).checkpoint)
    var seen: [ObservedRun] = []
    _ = try bench.run(toyConfiguration(.sgdPoF)) { _ in
      if let run = try? self.observe(self.pre), run.running != nil { seen.append(run) }
    }
    #expect(seen.first?.state == .repeated && seen.first?.running == RunningProgress(epoch: 1, secondsLeft: nil))
    #expect(seen.last?.state == .repeated && seen.last?.running?.epoch == 4)
    #expect(try #require(seen.last?.running?.secondsLeft) >= 0.5)
    #expect(try observe(pre).running == nil)
  }

  /// A process that begins again with what has ended only looks at it.
  @Test func whatHasEndedIsNotRunning() throws {
    _ = try bench.run(pre)
    let lock = try RunLock(folder: paths(pre).folder, path: paths(pre).lock)
    #expect(try observe(pre).state == .done && observe(pre).running == nil)
    lock.release()
    _ = try bench.run(toyConfiguration(.sgd), divergesIn: 6)
    let files = paths(toyConfiguration(.sgd))
    let other = try RunLock(folder: files.folder, path: files.lock)
    let failed = try observe(toyConfiguration(.sgd))
    #expect(failed.state == .failed(epoch: 6, step: 2) && failed.running == nil)
    other.release()
  }

  // MARK: Locks

  @Test func locksAreAskedWithoutTakingThem() throws {
    let path = bench.folder.path + "/run.lock"
    #expect(!RunLock.isHeld(path) && !FileManager.default.fileExists(atPath: path))
    #expect(!RunLock.isHeld(bench.folder.path + "/absent/run.lock"))
    let lock = try RunLock(folder: bench.folder.path, path: path)
    #expect(RunLock.isHeld(path) && RunLock.isHeld(path, host: "elsewhere"))
    try lock.check()
    lock.release()
    #expect(!RunLock.isHeld(path))
  }

  /// As for who wants to take it: where flock does not reach, the file's age decides.
  @Test func theLockOfAnotherMachineIsHeldWhileItIsFresh() throws {
    let path = bench.folder.path + "/run.lock"
    func leave(_ host: String, secondsAgo: Double) throws {
      let holder = RunLock.Holder(process: 7, host: host, since: "2026-01-01T00:00:00Z")
      try Data(holder.line.utf8).write(to: URL(fileURLWithPath: path))
      try FileManager.default.setAttributes(
        [.modificationDate: Date(timeIntervalSinceNow: -secondsAgo)], ofItemAtPath: path)
    }
    try leave("elsewhere", secondsAgo: 5)
    #expect(RunLock.isHeld(path))
    try leave("elsewhere", secondsAgo: RunLock.patience + 60)
    #expect(!RunLock.isHeld(path))
    try leave(Machine.host, secondsAgo: 5)
    #expect(!RunLock.isHeld(path))
  }

  /// Who asks is in nobody's way: whoever begins at that moment tries again.
  @Test func askingStopsNoRunFromBeginning() throws {
    let path = bench.folder.path + "/run.lock"
    try Data().write(to: URL(fileURLWithPath: path))
    let asking = open(path, O_RDONLY)
    try #require(asking >= 0 && flock(asking, LOCK_SH | LOCK_NB) == 0)
    #expect(!RunLock.isHeld(path))
    var pauses = 0
    let lock = try RunLock(folder: bench.folder.path, path: path) {
      pauses += 1
      if pauses == 2 { close(asking) }
    }
    #expect(pauses == 2)
    #expect(throws: RunnerError.self) { try RunLock(folder: bench.folder.path, path: path) { pauses += 1 } }
    #expect(pauses == 6)
    lock.release()
  }

  // MARK: The command

  @Test func theCommandLooksAtAllDataSetsOrAtThoseNamed() throws {
    func text(_ options: [String]) throws -> String {
      let command = try StatusCommand.parse(["--profile", "smoke", "--results", bench.folder.path] + options)
      return try command.text()
    }
    let folder = bench.folder.path
    #expect(
      try text([]) == """
        \(folder), profile smoke
        cifar10: no runs
        cifar100: no runs
        svhn: no runs
        fashion-mnist: no runs
        0 of 108 runs done, 108 missing
        """)
    // Seed 4 as the profile has it.
    let configuration = Profile.smoke.configuration(
      for: .fashionMNIST, augmentation: .basic, arm: .preTraining(.sgd), seed: 4)
    _ = try bench.run(configuration)
    #expect(
      try text(["--seeds", "4 5", "--datasets", "svhn fashion-mnist", "--targets", "ablations table1"])
        .hasSuffix("\n1 of 108 runs done, 107 missing"))
    let lines = try text(["--seeds", "4 5"]).split(separator: "\n")
    #expect(lines.contains("svhn: no runs") && lines.contains("  sgd-pre      done 4   missing 5"))
    #expect(try text(["--pre-epochs", "7"]).contains("pre_epochs=7"))
    #expect(throws: UsageError.self) { try text(["--targets", "table2"]) }
    #expect(throws: UsageError.self) { try text(["--datasets", "mnist"]) }
    #expect(throws: UsageError.self) { try text(["--jobs", "0"]) }
  }
}
