// Which runs a target takes, in which order, what rests on what, and what a failure leaves undone.

import Datasets
import Testing
import Training

@testable import ExperimentKit

func plan(
  _ datasets: [DatasetName] = [.fashionMNIST], seeds: [Int] = [0, 1], augmentations: [Augmentation] = [.basic],
  arms: [Arm] = Arm.table1, profile: Profile = .quick, settings: [String] = []
) throws -> RunPlan {
  let request = PlanRequest(
    profile: profile, datasets: datasets, augmentations: augmentations, seeds: seeds, arms: arms)
  return try RunPlan(request, settings: SettingOptions.parse(settings)) { PlanOptions.published(request, $0) }
}

private func names(_ plan: RunPlan) -> [String] {
  plan.runs.map { "\($0.configuration.arm) \($0.configuration.seed)" }
}

/// Nothing is done.
private func queue(_ plan: RunPlan) -> JobQueue {
  JobQueue(plan, isDone: .init(repeating: false, count: plan.runs.count))
}

@Test func plansGoSeedBySeedPreTrainingFirst() throws {
  let plan = try plan()
  let arms = ["sgd-pre", "sam-pre", "sgd", "sam", "sgd-pof", "sam-pof", "sgd-frozen", "sam-frozen", "sgd-sam"]
  #expect(names(plan) == arms.map { "\($0) 0" } + arms.map { "\($0) 1" })
  for (place, run) in plan.runs.enumerated() {
    guard let parent = run.parent else {
      #expect(run.configuration.postTraining == .none && plan.depth(of: place) == 0)
      continue
    }
    #expect(parent < place && plan.depth(of: place) == 1)
    #expect(plan.runs[parent].configuration == run.configuration.sharedPreTraining)
    #expect(run.cost > 0)
  }
  #expect(plan.descendants(of: 0) == [2, 4, 6, 8] && plan.descendants(of: 1) == [3, 5, 7])
  #expect(plan.descendants(of: 4).isEmpty)
}

@Test func ablationsAreOneTreeBelowSGDPreTraining() throws {
  let plan = try plan([.cifar10], seeds: [3], arms: PlanTarget.ablations.arms)
  #expect(plan.runs.count == 21)
  let reference = try #require(plan.runs.firstIndex { $0.configuration.arm == "ablation-range/c-2" })
  for (place, run) in plan.runs.enumerated() where place > 0 {
    let isFixed = run.configuration.perturbationStep.factor != nil
    #expect(run.parent == (isFixed ? reference : 0), "\(run.configuration.arm)")
    #expect(!isFixed || place > reference)
    let arm = run.configuration.arm
    let program = arm.hasPrefix("ablation-") ? String(arm.prefix { $0 != "/" }) : "cifar10"
    #expect(run.program.name == program)
  }
  #expect(names(plan).prefix(3) == ["sgd-pre 3", "sgd 3", "sgd-frozen 3"])
  #expect(plan.descendants(of: 0).count == 20 && plan.descendants(of: reference).count == 3)
  #expect(plan.depth(of: plan.descendants(of: reference)[0]) == 2)
}

/// Both targets rest on one pre-training, which lies where either looks for it.
@Test func targetsShareTheirPreTraining() throws {
  let targets = PlanTarget.allCases.map(\.arms)
  let both = try plan([.cifar10], seeds: [0], arms: targets[0] + targets[1].filter { !targets[0].contains($0) })
  let paths = both.runs.map { RunPaths(results: "r", configuration: $0.configuration).runFile }
  #expect(Set(paths).count == paths.count && paths.count == 9 + 18)
  let alone = try plan([.cifar10], seeds: [0], arms: PlanTarget.ablations.arms)
  #expect(alone.runs[0].configuration == both.runs[0].configuration)
}

@Test func aFixedStepTakesItsReferenceIntoThePlan() throws {
  #expect(
    try names(plan(seeds: [4], arms: [rangeArm("fixed-1")]))
      == ["sgd-pre 4", "ablation-range/c-2 4", "ablation-range/fixed-1 4"])
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
  #expect(throws: UsageError.self) { try plan(profile: .smoke, settings: ["--train-limit", "31"]) }
  // What an arm of the plan varies is no option.
  #expect(throws: UsageError.self) {
    try plan(arms: PlanTarget.ablations.arms, settings: ["--perturbation-range", "1"])
  }
  #expect(try plan(settings: ["--perturbation-range", "1"]).runs.count == 18)
}

/// SVHN alone has images that can be left out.
@Test func extraImagesAreLeftOutWhereThereAreSome() throws {
  var request = PlanRequest(
    profile: .reduced, datasets: [.cifar10, .svhn], augmentations: [.basic], seeds: [0], arms: [.sgd])
  request.withoutExtra = true
  let plan = try RunPlan(request, settings: SettingOptions.parse([])) { PlanOptions.published(request, $0) }
  #expect(plan.runs.map(\.configuration.trainingPart) == [.all, .all, .withoutExtra, .withoutExtra])
  #expect(plan.runs.map(\.images.train) == [50_000, 50_000, 73_257, 73_257])
}

@Test func jobsWaitForWhatTheyRestOn() throws {
  let plan = try plan(seeds: [0], arms: [.sgd, .samPoF])  // sgd-pre, sam-pre, sgd, sam-pof
  var queue = queue(plan)
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

/// A failure takes along what rests on it, through others too, and nothing else.
@Test func failuresStopWhatRestsOnThemAlone() throws {
  let arms = try ["c-2", "fixed-1", "fixed-4", "random"].map { try rangeArm($0) } + [.sgd]
  let plan = try plan(seeds: [0], arms: arms)  // sgd-pre, c-2, fixed-1, fixed-4, random, sgd
  var queue = queue(plan)
  #expect(queue.next() == 0)
  queue.finish(0, .done)
  #expect(queue.next() == 1)
  queue.finish(1, .failed(code: 137))
  #expect(
    queue.states == [
      .done, .failed(code: 137), .impossible(without: 1), .impossible(without: 1), .waiting, .waiting,
    ])
  #expect(queue.next() == 4)
  queue.finish(4, .diverged)
  #expect(queue.next() == 5)
  queue.finish(5, .done)
  #expect(queue.isFinished)
  #expect(PlanRunner.status(queue.states) == .usage)
  #expect(
    PlanRunner.undone(plan, queue.states) == [
      "fashion-mnist basic ablation-range/c-2 seed 0: ended unexpectedly with code 137",
      "fashion-mnist basic ablation-range/fixed-1 seed 0: not run without ablation-range/c-2",
      "fashion-mnist basic ablation-range/fixed-4 seed 0: not run without ablation-range/c-2",
      "fashion-mnist basic ablation-range/random seed 0: diverged",
    ])

  var first = JobQueue(plan, isDone: .init(repeating: false, count: plan.runs.count))
  #expect(first.next() == 0)
  first.finish(0, .diverged)
  #expect(first.isFinished && first.states.dropFirst() == .init(repeating: .impossible(without: 0), count: 5)[...])
  #expect(PlanRunner.status(first.states) == .diverged)
  #expect(PlanRunner.status([.done, .done]) == .done)
  #expect(PlanRunner.status([.diverged, .failed(code: 2)]) == .usage)
}

@Test func doneRunsAreNoJobs() throws {
  let plan = try plan(seeds: [0], arms: [.sgd, .sgdPoF])  // sgd-pre, sgd, sgd-pof
  var queue = JobQueue(plan, isDone: [true, true, false])
  #expect(queue.states == [.done, .done, .waiting] && queue.count == 1 && queue.next() == 2)
  var finished = JobQueue(plan, isDone: [true, true, true])
  #expect(finished.isFinished && finished.count == 0 && finished.next() == nil && finished.waitingCost == 0)
}

@Test(arguments: [
  (["--seeds", "0 -1"], "--seeds is -1"), (["--seeds", "x"], "--seeds is x"), (["--seeds", " "], "--seeds is empty"),
  (["--datasets", "foo"], "--datasets is foo"), (["--datasets", ""], "--datasets is empty"),
  (["--augment", "mixup"], "--augment is mixup"),
])
func listsAreChecked(arguments: [String], message: String) throws {
  let command = try Table1Command.parse(arguments)
  let error = #expect(throws: UsageError.self) { try command.options.plan.request([.table1]) }
  #expect(error?.description.hasPrefix(message) == true)
}

@Test func listsKeepTheirOrderAndLoseDuplicates() throws {
  let options = try Table1Command.parse(["--seeds", "3 1,3 2", "--augment", "cutout basic"]).options.plan
  let request = try options.request([.table1])
  #expect(request.seeds == [3, 1, 2])
  #expect(request.augmentations == [.cutout, .basic])
  #expect(request.datasets == [.cifar10, .cifar100, .svhn, .fashionMNIST])
  #expect(try options.request([.ablations]).datasets == [.cifar10])
  let both = try options.request([.table1, .ablations])
  #expect(both.arms.count == Set(both.arms).count && both.arms.count == 7 + 18)
}
