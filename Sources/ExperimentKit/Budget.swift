// The largest part of what is asked for that fits into a time. Pure functions; what a part takes, others say.

import Datasets

/// An amount of time, as an option's value.
enum Budget {
  /// 30s, 90m, 8h, 2d; nil for anything else.
  static func seconds(_ text: String) -> Double? {
    let units: [Character: Double] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
    guard let unit = text.last.flatMap({ units[$0] }), let number = Double(text.dropLast()), number.isFinite,
      number > 0
    else { return nil }
    let seconds = number * unit
    return seconds.isFinite ? seconds : nil
  }
}

/// A part of what is asked for.
struct BudgetCandidate: Sendable, Hashable {
  var profile: Profile
  var datasets: [DatasetName]
  var seeds: [Int]
}

/// What a candidate would take.
enum BudgetCost: Sendable, Hashable {
  /// Seconds, estimated.
  case seconds(Double)
  /// Seconds at the least, by the arithmetic of another network: so many that nothing was measured.
  case atLeast(Double)
  /// Why it cannot be run here.
  case impossible(String)

  func fits(_ budget: Double) -> Bool { if case .seconds(let seconds) = self { seconds <= budget } else { false } }
}

/// What fits, and what was looked at before it.
struct BudgetChoice: Sendable {
  /// Nil where nothing fits.
  let chosen: BudgetCandidate?
  /// Everything that was looked at, in order; the chosen one is the last.
  let tried: [(candidate: BudgetCandidate, cost: BudgetCost)]

  /// The number of seeds below which a table has no intervals worth showing.
  static let fewestSeeds = 3

  /// In order of preference: everything, the largest profile first; then fewer seeds, down to three; then fewer data
  /// sets; then a single seed.
  static func candidates(_ profiles: [Profile], _ datasets: [DatasetName], _ seeds: [Int]) -> [BudgetCandidate] {
    var found: [BudgetCandidate] = []
    func add(_ datasets: Int, of all: [DatasetName], seeds count: Int) {
      for profile in profiles {
        let candidate = BudgetCandidate(
          profile: profile, datasets: Array(all.prefix(datasets)), seeds: Array(seeds.prefix(count)))
        if !found.contains(candidate) { found.append(candidate) }
      }
    }
    let few = min(seeds.count, fewestSeeds)
    for count in stride(from: seeds.count, through: few, by: -1) { add(datasets.count, of: datasets, seeds: count) }
    for count in stride(from: datasets.count, through: 1, by: -1) { add(count, of: datasets, seeds: few) }
    for count in stride(from: datasets.count, through: 1, by: -1) { add(count, of: datasets, seeds: 1) }
    return found
  }

  /// The first candidate that fits.
  init(
    _ candidates: [BudgetCandidate], budget: Double, cost: (BudgetCandidate) throws -> BudgetCost
  ) rethrows {
    var tried: [(candidate: BudgetCandidate, cost: BudgetCost)] = []
    for candidate in candidates {
      tried.append((candidate, try cost(candidate)))
      if tried[tried.count - 1].cost.fits(budget) { break }
    }
    self.tried = tried
    chosen = tried.last.flatMap { $0.cost.fits(budget) ? $0.candidate : nil }
  }
}
