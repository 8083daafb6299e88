// Which runs make a table, in which order, and what depends on what.

import Datasets
import Testing
import Training

@testable import ExperimentKit

private func plan(
  seeds: [Int] = [0, 1], augmentations: [Augmentation] = [.basic], arms: [Arm] = Arm.table1, settings: [String] = []
) throws -> TablePlan {
  try TablePlan(
    TableRequest(
      profile: .quick, datasets: [.fashionMNIST], augmentations: augmentations, seeds: seeds, arms: arms),
    settings: SettingOptions.parse(settings)
  ) { _ in (60_000, 10_000) }
}

private func names(_ plan: TablePlan) -> [String] {
  plan.runs.map { "\($0.configuration.arm) \($0.configuration.seed)" }
}

@Test func plansGoSeedBySeedPreTrainingFirst() throws {
  let plan = try plan()
  let arms = ["sgd-pre", "sam-pre", "sgd", "sam", "sgd-pof", "sam-pof", "sgd-frozen", "sam-frozen", "sgd-sam"]
  #expect(names(plan) == arms.map { "\($0) 0" } + arms.map { "\($0) 1" })
  for (place, run) in plan.runs.enumerated() {
    guard let prerequisite = run.prerequisite else {
      #expect(run.configuration.postTraining == .none)
      continue
    }
    #expect(prerequisite < place)
    #expect(plan.runs[prerequisite].configuration == run.configuration.sharedPreTraining)
    #expect(run.cost > 0)
  }
}

@Test func plansHaveNoDuplicatesAndOnlyWhatIsNeeded() throws {
  let both = try plan(augmentations: [.basic, .cutout])
  let paths = both.runs.map { RunPaths(results: "r", configuration: $0.configuration).runFile }
  #expect(Set(paths).count == paths.count && paths.count == 36)
  #expect(try names(plan(seeds: [4], arms: [.samPoF])) == ["sam-pre 4", "sam-pof 4"])
}

@Test func overridesReachEveryRunAndNonsenseNone() throws {
  let narrow = try plan(settings: ["--pre-epochs", "7"])
  #expect(narrow.runs.allSatisfy { $0.configuration.preEpochs == 7 })
  #expect(throws: UsageError.self) { try plan(settings: ["--pre-epochs", "0"]) }
  #expect(throws: UsageError.self) { try plan(settings: ["--train-limit", "60001"]) }
  let smoke = TableRequest(profile: .smoke, datasets: [.fashionMNIST], augmentations: [.basic], seeds: [0])
  #expect(throws: UsageError.self) {
    try TablePlan(smoke, settings: SettingOptions.parse(["--train-limit", "31"])) { _ in (0, 0) }
  }
}

@Test func jobsWaitForTheirPreTraining() throws {
  let plan = try plan(seeds: [0], arms: [.sgd, .samPoF])  // sgd-pre, sam-pre, sgd, sam-pof
  var queue = JobQueue(plan) { _, _ in false }
  #expect(queue.count == 4)
  #expect(abs(queue.waitingCost - plan.runs.reduce(0) { $0 + $1.cost }) <= 1e-6 * queue.waitingCost)
  #expect(queue.next() == 0 && queue.next() == 1 && queue.next() == nil)
  queue.finish(1, .done)
  #expect(queue.next() == 3 && queue.next() == nil)
  #expect(queue.waitingCost == plan.runs[2].cost)
  queue.finish(0, .done)
  #expect(queue.next() == 2 && queue.started == 4 && !queue.isFinished)
  queue.finish(2, .done)
  queue.finish(3, .diverged)
  #expect(queue.isFinished && queue.states == [.done, .done, .done, .diverged])
}

@Test func withoutItsPreTrainingNoArmRuns() throws {
  var queue = JobQueue(try plan(seeds: [0], arms: [.sgd, .samPoF])) { _, _ in false }
  #expect(queue.next() == 0)
  queue.finish(0, .diverged)
  #expect(queue.states == [.diverged, .waiting, .impossible, .waiting])
  #expect(queue.next() == 1)
}

@Test func doneRunsAreNoJobsAndPreTrainingOnlyWhereNeeded() throws {
  let plan = try plan(seeds: [0], arms: [.sgd, .sgdPoF, .samPoF])  // sgd-pre, sam-pre, sgd, sgd-pof, sam-pof
  // Checkpoints are gone: only the pre-training with an arm left to run must be made again.
  let queue = JobQueue(plan) { configuration, needsCheckpoint in
    configuration.arm != "sgd-pof" && !needsCheckpoint
  }
  #expect(queue.states == [.waiting, .done, .done, .waiting, .done])
  #expect(queue.count == 2)
  // Its run file is gone: made again for the table, though every arm is done.
  #expect(
    JobQueue(plan) { configuration, _ in configuration.arm != "sam-pre" }.states
      == [.done, .waiting, .done, .done, .done])
  var finished = JobQueue(plan) { _, _ in true }
  #expect(finished.isFinished && finished.count == 0 && finished.next() == nil && finished.waitingCost == 0)
}

@Test(arguments: [
  (["--seeds", "0 -1"], "--seeds is -1"), (["--seeds", "x"], "--seeds is x"), (["--seeds", " "], "--seeds is empty"),
  (["--datasets", "foo"], "--datasets is foo"), (["--augment", "mixup"], "--augment is mixup"),
])
func listsAreChecked(arguments: [String], message: String) throws {
  let command = try Table1Command.parse(arguments)
  let error = #expect(throws: UsageError.self) { try command.request() }
  #expect(error?.description.hasPrefix(message) == true)
}

@Test func listsKeepTheirOrderAndLoseDuplicates() throws {
  let request = try Table1Command.parse(["--seeds", "3 1,3 2", "--augment", "cutout basic"]).request()
  #expect(request.seeds == [3, 1, 2])
  #expect(request.augmentations == [.cutout, .basic])
}
