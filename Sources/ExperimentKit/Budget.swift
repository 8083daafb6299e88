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

  /// Of an estimate on a machine with so many bytes of memory and free disk.
  init(_ estimate: PlanEstimate, memory: Int, disk: Int) {
    for (what, needed, here) in [("memory", estimate.memory, memory), ("disk", estimate.disk, disk)]
    where needed > here {
      self = .impossible("needs \(PlanText.bytes(needed)) of \(what), and here are \(PlanText.bytes(here))")
      return
    }
    self = .seconds(estimate.seconds)
  }

  /// For comparing; what is impossible costs more than anything else.
  var seconds: Double {
    switch self {
    case .seconds(let seconds), .atLeast(let seconds): seconds
    case .impossible: .infinity
    }
  }

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
  /// sets, in every choice, those named first preferred; then a single seed.
  static func candidates(_ profiles: [Profile], _ datasets: [DatasetName], _ seeds: [Int]) -> [BudgetCandidate] {
    var found: [BudgetCandidate] = []
    func add(_ datasetCount: Int, seeds count: Int) {
      for profile in profiles {
        for chosen in choices(datasetCount, of: datasets[...]) {
          let candidate = BudgetCandidate(profile: profile, datasets: chosen, seeds: Array(seeds.prefix(count)))
          if !found.contains(candidate) { found.append(candidate) }
        }
      }
    }
    let few = min(seeds.count, fewestSeeds)
    for count in stride(from: seeds.count, through: few, by: -1) { add(datasets.count, seeds: count) }
    for count in stride(from: datasets.count, through: 1, by: -1) { add(count, seeds: few) }
    for count in stride(from: datasets.count, through: 1, by: -1) { add(count, seeds: 1) }
    return found
  }

  /// Every choice of so many, in the order given, the first ones first.
  private static func choices(_ count: Int, of all: ArraySlice<DatasetName>) -> [[DatasetName]] {
    guard count > 0 else { return [[]] }
    guard let first = all.first, count <= all.count else { return [] }
    let rest = all.dropFirst()
    return choices(count - 1, of: rest).map { [first] + $0 } + choices(count, of: rest)
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
