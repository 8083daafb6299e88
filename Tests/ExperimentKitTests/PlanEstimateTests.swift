// The states of a plan from toy run files, and its estimate from made-up unit costs: arithmetic alone.

import Datasets
import Foundation
import NeuralNetwork
import Storage
import Testing
import Training

@testable import ExperimentKit

/// A plan of toys; what lies below the bench's folder says how far they are.
private func toyPlan(_ arms: [Arm]) throws -> RunPlan {
  let request = PlanRequest(
    profile: .smoke, datasets: [.fashionMNIST], augmentations: [.basic], seeds: [0], arms: arms)
  let toy = toyConfiguration(.sgdPoF)
  return try RunPlan(
    request,
    settings: SettingOptions.parse([
      "--pre-epochs", "\(toy.preEpochs)", "--post-epochs", "\(toy.postEpochs)", "--train-limit", "\(toy.trainLimit)",
      "--test-limit", "\(toy.testLimit)",
    ])
  ) { _ in (0, 0) }
}

/// As the plan has it: the toys' own test interval is no option.
private func run(_ bench: Bench, _ plan: RunPlan, _ arm: String, stopsAfter: Int? = nil, divergesIn: Int? = nil) throws
{
  let run = try #require(plan.runs.first { $0.configuration.arm == arm })
  _ = try bench.run(run.configuration, stopsAfter: stopsAfter, divergesIn: divergesIn)
}

@Suite(.serialized) struct RunStateTests {
  let bench: Bench

  init() throws { bench = try Bench() }

  private func states(_ plan: RunPlan) -> [String: RunState] {
    Dictionary(
      uniqueKeysWithValues: zip(plan.runs.map(\.configuration.arm), plan.states(results: bench.folder.path)))
  }

  @Test func filesSayHowFarRunsAre() throws {
    let plan = try toyPlan([.sgd, .sgdPoF, .sgdFrozen, .samPoF])
    #expect(Set(states(plan).values) == [.absent])
    try run(bench, plan, "sgd")
    // Two epochs of four steps' and two evaluations' polls, and one step.
    try run(bench, plan, "sgd-pof", stopsAfter: 13)
    try run(bench, plan, "sam-pre", stopsAfter: 2)
    try run(bench, plan, "sgd-frozen", divergesIn: 6)
    #expect(
      states(plan) == [
        "sgd-pre": .done, "sgd": .done, "sgd-pof": .partial(epochs: 2), "sam-pre": .partial(epochs: 0),
        "sgd-frozen": .failed(epoch: 6, step: 2), "sam-pof": .absent,
      ])

    let pof = try #require(plan.runs.first { $0.configuration.arm == "sgd-pof" }).configuration
    let paths = RunPaths(results: bench.folder.path, configuration: pof)
    #expect(RunState.partial(epochs: 2).remainingEpochs(of: pof) == 7..<8)
    #expect(RunState.absent.remainingEpochs(of: pof) == 5..<8 && RunState.done.remainingEpochs(of: pof).isEmpty)
    #expect(RunState.partial(epochs: 2).text(epochs: 3) == "partial, 2 of 3 epochs")
    try FileManager.default.removeItem(atPath: paths.checkpoint)
    #expect(states(plan)["sgd-pof"] == .absent)
    var record = try RunFile.read(paths.runFile)
    record.configuration.rho = 9
    try RunFile.write(record, to: paths.runFile)
    #expect(states(plan)["sgd-pof"] == .unusable(reason: "\(paths.runFile): holds a run of other settings"))
    try Data("no HDF5".utf8).write(to: URL(fileURLWithPath: paths.runFile))
    guard case .unusable(let reason) = try #require(states(plan)["sgd-pof"]) else {
      Issue.record("a broken file is not unusable")
      return
    }
    #expect(reason.contains(paths.runFile))
  }

  /// A pre-training whose checkpoint alone is gone is left to do only where something has to start from it; one whose
  /// run file is gone always is, since tables show its costs.
  @Test func preTrainingNeedsItsCheckpointWhereSomethingRestsOnIt() throws {
    let plan = try toyPlan([.sgd, rangeArm("c-2"), rangeArm("fixed-1")])
    try run(bench, plan, "sgd")
    try run(bench, plan, "ablation-range/fixed-1")
    #expect(Set(states(plan).values) == [.done])
    let shared = RunPaths(results: bench.folder.path, configuration: plan.runs[0].configuration)
    try FileManager.default.removeItem(atPath: shared.checkpoint)
    #expect(Set(states(plan).values) == [.done])
    let fixed = try #require(plan.runs.last).configuration
    try FileManager.default.removeItem(
      atPath: RunPaths(results: bench.folder.path, configuration: fixed).runFile)
    #expect(
      states(plan) == [
        "sgd-pre": .repeated, "sgd": .done, "ablation-range/c-2": .done, "ablation-range/fixed-1": .absent,
      ])
    // Under way again: its checkpoint is not the last epoch's.
    try run(bench, plan, "ablation-range/fixed-1", stopsAfter: 7)
    #expect(states(plan)["sgd-pre"] == .repeated && FileManager.default.fileExists(atPath: shared.checkpoint))
    try run(bench, plan, "ablation-range/fixed-1")
    try FileManager.default.removeItem(atPath: shared.runFile)
    #expect(states(plan)["sgd-pre"] == .absent && states(plan)["sgd"] == .done)
  }
}

/// Round figures for every run of a plan: a full batch takes a tenth of a second per gradient that it costs.
private func units(_ plan: RunPlan, memory: Int = 1000) throws -> UnitCosts {
  var units = UnitCosts(process: 1, program: 10, steps: [:], data: [:])
  for run in plan.runs {
    let configuration = run.configuration
    let model = try run.dataset.model(depth: configuration.depth, width: configuration.width)
    let batch = configuration.batchSize
    let gradients = TrainingMethod(configuration).gradientEvaluations(images: batch, batchSize: batch, model: model)
    units.steps[StepKey(configuration, dataset: run.dataset)] = StepCosts(
      setUp: 2, step: 0.1 * gradients, evaluation: 0.25, checkpoint: 0.5, runFile: 0.125, memory: memory,
      checkpointBytes: 1_000_000)
    units.data[DataKey(configuration, dataset: run.dataset)] = DataCosts(seconds: 3, bytes: 100, peak: 300)
  }
  return units
}

@Test func runsTakeTheirPartsTogether() throws {
  let plan = try toyPlan([.sgd, .sgdPoF])
  let units = try units(plan)
  func estimate(_ place: Int, _ state: RunState, _ policy: CheckpointPolicy = CheckpointPolicy()) throws -> RunEstimate
  {
    try RunEstimate(plan.runs[place], state, units, policy)
  }
  // Four epochs of three full batches; all four are evaluated on 8 images; four checkpoints and the one that is kept.
  let preTraining = 6 + 4 * (3 * 0.1 + 8 * 0.25 + 0.125) + 5 * 0.5
  #expect(abs(try estimate(0, .absent).seconds - preTraining) <= 1e-9)
  #expect(abs(try estimate(0, .repeated).seconds - preTraining) <= 1e-9)
  // Two epochs are left: the one before the last is kept.
  let rest = 6 + 2 * (3 * 0.1 + 8 * 0.25 + 0.125) + 3 * 0.5
  #expect(abs(try estimate(0, .partial(epochs: 2)).seconds - rest) <= 1e-9)
  // PoF's weak batch of 64 beside batches of 32: 1 and 2/3.
  let pof = 6 + 3 * (3 * 0.1 * 5 / 3 + 8 * 0.25 + 0.125) + 4 * 0.5
  #expect(abs(try estimate(2, .absent).seconds - pof) <= 1e-9)
  // A checkpoint every second epoch, and the last two; every second is kept: 2, 3, 4 and the copies of 2 and 3.
  let policy = CheckpointPolicy(every: 2, keepEvery: 2)
  #expect(abs(try estimate(0, .absent, policy).seconds - (preTraining - 2.5 + 5 * 0.5)) <= 1e-9)
  #expect(try estimate(0, .absent).memory == 10 + 100 + 1000)
  #expect(try estimate(0, .absent).disk == 2 * 1_000_000 + 24_400)
  #expect(try estimate(0, .partial(epochs: 1)).disk == 1_000_000 + 24_400)
  for state in [RunState.done, .failed(epoch: 1, step: 1), .unusable(reason: "")] {
    #expect(try estimate(0, state) == RunEstimate(seconds: 0, memory: 0, disk: 0))
  }
  // Loading may need more than training.
  #expect(try RunEstimate(plan.runs[0], .absent, ExperimentKitTests.units(plan, memory: 50), .init()).memory == 310)
}

/// The partial batch of an epoch counts by its share.
@Test func partialBatchesCountByTheirShare() throws {
  let plan = try RunPlan(
    PlanRequest(profile: .smoke, datasets: [.cifar10], augmentations: [.basic], seeds: [0], arms: [.sgd]),
    settings: SettingOptions.parse(["--train-limit", "80"])
  ) { _ in (0, 0) }
  let seconds = try RunEstimate(plan.runs[1], .absent, units(plan), CheckpointPolicy()).seconds
  #expect(abs(seconds - (6 + 2 * (2.5 * 0.1 + 128 * 0.25 + 0.125) + 3 * 0.5)) <= 1e-9)
}

@Test func plansTakeTheirRunsInTheirOrder() throws {
  let plan = try toyPlan([.sgd, .sgdPoF, .samPoF])  // sgd-pre, sam-pre, sgd, sgd-pof, sam-pof
  let units = try units(plan)
  let absent = [RunState](repeating: .absent, count: 5)
  let seconds = try plan.runs.map { try RunEstimate($0, .absent, units, CheckpointPolicy()).seconds }
  func estimate(_ states: [RunState], jobs: Int) throws -> PlanEstimate {
    try PlanEstimate(plan, states, units, CheckpointPolicy(), jobs: jobs)
  }
  let one = try estimate(absent, jobs: 1)
  #expect(abs(one.seconds - seconds.reduce(0, +)) <= 1e-9 && one.count == 5 && one.memory == 1110)
  #expect(one.disk == 5 * (2 * 1_000_000) + 2 * 24_400 + 3 * 24_300 + 1_000_000)

  // Two at a time: both pre-trainings, then the arms as places become free.
  let two = try estimate(absent, jobs: 2)
  let afterSGD = seconds[0] + seconds[2]
  let afterSAM = seconds[1] + seconds[3]
  #expect(seconds[1] > seconds[0])
  #expect(abs(two.seconds - max(min(afterSGD, afterSAM) + seconds[4], afterSGD, afterSAM)) <= 1e-9)
  #expect(two.memory == 2220 && two.seconds < one.seconds)
  // More places than runs that can use them.
  #expect(try estimate(absent, jobs: 16).memory == 5 * 1110)

  var states = absent
  states[0] = .done
  states[2] = .done
  let rest = try estimate(states, jobs: 1)
  #expect(rest.count == 3 && abs(rest.seconds - (seconds[1] + seconds[3] + seconds[4])) <= 1e-9)
  #expect(rest.runs[0].seconds == 0)

  states[1] = .failed(epoch: 1, step: 1)
  let failed = try estimate(states, jobs: 1)
  #expect(failed.count == 1 && abs(failed.seconds - seconds[3]) <= 1e-9)
  #expect(failed.endings == [.done, .diverged, .done, .done, .impossible(without: 1)])
  let tree = PlanText.tree(plan, states, failed).split(separator: "\n").map(String.init)
  #expect(tree[0] == "fashion-mnist basic seed 0")
  #expect(tree[2].hasPrefix("  sam-pre ") && tree[2].hasSuffix(" failed in epoch 1, step 1"))
  #expect(tree[4].hasPrefix("    sgd-pof ") && tree[4].hasSuffix(" \(TimeLeft.text(seconds[3]))"))
  #expect(tree[5].hasSuffix(" absent, not without sam-pre"))

  let nothing = try estimate(.init(repeating: .done, count: 5), jobs: 1)
  #expect(nothing.count == 0 && nothing.seconds == 0 && nothing.memory == 0 && nothing.disk == 0)
  #expect(
    PlanText.totals(plan, nothing, jobs: 1, threads: 1, memory: 1, free: nil) == "left: nothing, of 5 runs")
}

/// A plan that this machine has no room for is no candidate, however short.
@Test func budgetsKnowMemoryAndDisk() throws {
  let plan = try toyPlan([.sgd])
  let estimate = try PlanEstimate(
    plan, .init(repeating: .absent, count: 2), units(plan), CheckpointPolicy(), jobs: 1)
  let (memory, disk) = (estimate.memory, estimate.disk)
  #expect(BudgetCost(estimate, memory: memory, disk: disk) == .seconds(estimate.seconds))
  for (memory, disk, word) in [(memory - 1, disk, "memory"), (memory, disk - 1, "disk")] {
    guard case .impossible(let reason) = BudgetCost(estimate, memory: memory, disk: disk) else {
      Issue.record("no \(word) is no obstacle")
      continue
    }
    #expect(reason.contains(" of \(word)"))
  }
}

/// Runs share a measurement exactly where their steps take the same time.
@Test func stepsAreMeasuredOncePerKind() throws {
  func keys(_ arms: [Arm], _ dataset: DatasetName = .cifar10) throws -> Set<StepKey> {
    Set(
      try plan([dataset], seeds: [0, 1], augmentations: Augmentation.allCases, arms: arms).runs.map {
        StepKey($0.configuration, dataset: dataset)
      })
  }
  // SGD, SAM, frozen, PoF.
  let table = try keys(Arm.table1)
  #expect(table.count == 4 && Set(table.map(\.base)).count == 1)
  #expect(try keys(Arm.table1, .svhn) == table && keys(Arm.table1, .cifar100).isDisjoint(with: table))
  // Every c is alike, every factor of the fixed step, and one group is the layers' classifier.
  let ablations = try keys(PlanTarget.ablations.arms)
  #expect(ablations.count == 2 + 5 + 4)
  #expect(ablations.intersection(table).count == 3)
  for key in ablations { try key.configuration.check(full: true) }
  #expect(Set(ablations.map(\.method)).count == ablations.count)
}
