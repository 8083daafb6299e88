// What of a request fits into a time, on made-up costs.

import Datasets
import Testing

@testable import ExperimentKit

@Test(
  arguments: [
    ("30s", 30.0), ("90m", 5400), ("8h", 28_800), ("2d", 172_800), ("1.5h", 5400), ("0.5s", 0.5),
    ("", nil), ("8", nil), ("h", nil), ("-1h", nil), ("0s", nil), ("nanh", nil), ("infd", nil), ("8 hours", nil),
    ("1e308d", nil), ("8H", nil),
  ] as [(String, Double?)])
func budgetsAreTimes(text: String, seconds: Double?) { #expect(Budget.seconds(text) == seconds) }

private let sets: [DatasetName] = [.cifar10, .svhn, .fashionMNIST]
private let profiles: [Profile] = [.paper, .reduced, .quick]

/// Hours: profiles a factor of 100 apart, data sets and seeds alike.
private func hours(_ candidate: BudgetCandidate) -> Double {
  let profile: [Profile: Double] = [.paper: 10_000, .reduced: 100, .quick: 1]
  return (profile[candidate.profile] ?? 0) * Double(candidate.datasets.count * candidate.seeds.count)
}

private func choose(_ budget: Double, seeds: [Int] = [0, 1, 2, 3, 4]) -> BudgetChoice {
  BudgetChoice(BudgetChoice.candidates(profiles, sets, seeds), budget: budget) { .seconds(hours($0)) }
}

@Test(arguments: [
  // Everything of 3 sets and 5 seeds: 150,000, 1,500 and 15.
  (200_000.0, Profile.paper, 3, 5), (150_000, .paper, 3, 5), (149_999, .reduced, 3, 5), (1500, .reduced, 3, 5),
  (1499, .quick, 3, 5), (15, .quick, 3, 5),
  // Fewer seeds, not below three; a larger profile is not preferred to more seeds of a smaller one.
  (14, .quick, 3, 4), (11, .quick, 3, 3), (9, .quick, 3, 3),
  // Fewer data sets, then one seed.
  (8, .quick, 2, 3), (5, .quick, 1, 3), (3, .quick, 1, 3), (2, .quick, 2, 1), (1, .quick, 1, 1),
])
func theLargestPartThatFitsIsChosen(budget: Double, profile: Profile, datasets: Int, seeds: Int) throws {
  let chosen = try #require(choose(budget).chosen)
  #expect(chosen.profile == profile && chosen.datasets == Array(sets.prefix(datasets)))
  #expect(chosen.seeds == Array(0..<seeds))
}

@Test func whereNothingFitsNothingIsChosen() {
  let choice = choose(0.5)
  #expect(choice.chosen == nil)
  // 3 profiles of: 5, 4 and 3 seeds on all; any 2 and any 1 of the sets; one seed on all, any 2 and any 1.
  #expect(choice.tried.count == 3 * (3 + 6 + 7))
  #expect(choice.tried.last?.candidate == BudgetCandidate(profile: .quick, datasets: [.fashionMNIST], seeds: [0]))
  let text = PlanText.budget(choice, budget: "30s", smallest: choice.tried.last, commands: [])
  #expect(text.hasSuffix("nothing fits into 30s; the smallest is quick, fashion-mnist, 1 seed: 0:01"))
}

@Test func fewSeedsAreNotMadeFewerBeforeDataSetsAre() throws {
  #expect(choose(5, seeds: [7, 9]).chosen?.datasets.count == 2)
  #expect(choose(5, seeds: [7, 9]).chosen?.seeds == [7, 9])
  #expect(choose(1, seeds: [7, 9]).chosen == BudgetCandidate(profile: .quick, datasets: [.cifar10], seeds: [7]))
  let one = BudgetChoice.candidates([.smoke], [.svhn], [4])
  #expect(one == [BudgetCandidate(profile: .smoke, datasets: [.svhn], seeds: [4])])
}

/// What was not measured, or cannot be run here, is passed over.
@Test func onlyEstimatesFit() throws {
  let choice = BudgetChoice(BudgetChoice.candidates(profiles, sets, [0, 1, 2]), budget: 1e6) { candidate in
    switch candidate.profile {
    case .paper: .impossible("needs more memory")
    case .reduced: .atLeast(10)
    default: .seconds(20)
    }
  }
  #expect(choice.chosen?.profile == .quick && choice.tried.count == 3)
  let text = PlanText.budget(choice, budget: "8h", smallest: nil, commands: ["make it"])
  #expect(
    text == """
      more than 8h:
        paper, cifar10 svhn fashion-mnist, 3 seeds: needs more memory
        reduced, cifar10 svhn fashion-mnist, 3 seeds: at least 0:10, by the arithmetic of a smaller network
      within 8h: quick, cifar10 svhn fashion-mnist, 3 seeds: 0:20
        make it
      """)
}

@Test func commandsRepeatWhatWasAsked() throws {
  let options = try PlanCommand.parse([
    "--jobs", "2", "--results", "there", "--batch-size", "64", "--perturbation-range", "1.5", "--no-weak-statistics",
    "--no-extra", "--augment", "cutout",
  ]).plan
  var request = try options.request([.table1, .ablations])
  (request.profile, request.datasets, request.seeds) = (.reduced, [.cifar10, .svhn], [0, 1])
  let words =
    "PROFILE=reduced DATASETS=\"cifar10 svhn\" SEEDS=\"0 1\" AUGMENT=\"cutout\" RESULTS=\"there\" JOBS=2 NO_EXTRA=1 "
    + "BATCH_SIZE=64 OPTIONS=\"--perturbation-range 1.5 --no-weak-statistics\""
  #expect(
    PlanCommands.make([.table1, .ablations], request, options)
      == ["make reproduce-table1 \(words)", "make reproduce-ablations \(words)"])
}
