// The state of many runs in few lines. Pure functions of what was observed.

import Datasets
import Training

enum StatusText {
  /// One line for each arm of each data set and augmentation, then how many there are of each kind.
  /// - Parameters:
  ///   - runs: in the order of their plan.
  ///   - isBrief: whether a data set, or its augmentation, of which there is nothing is one line.
  static func text(_ runs: [ObservedRun], isBrief: Bool) -> String {
    var lines: [String] = []
    for dataset in PlanOptions.distinct(runs.map(\.dataset)) {
      let ofDataset = runs.filter { $0.dataset == dataset }
      if isBrief, !ofDataset.contains(where: \.exists) {
        lines.append("\(dataset.rawValue): no runs")
        continue
      }
      for augmentation in PlanOptions.distinct(ofDataset.map(\.augmentation)) {
        let group = ofDataset.filter { $0.augmentation == augmentation }
        let name = "\(dataset.rawValue) \(augmentation.rawValue)"
        if isBrief, !group.contains(where: \.exists) {
          lines.append("\(name): no runs")
        } else {
          lines.append(name)
          lines += self.lines(group)
        }
      }
    }
    lines.append(total(runs))
    return lines.joined(separator: "\n")
  }

  /// What is told of a run, in the order in which it is told.
  private enum Kind: String, CaseIterable {
    case done, running, partial, failed, unusable
    /// A pre-training that is trained again where something starts from it.
    case repeated = "checkpoint gone"
    case missing

    init(_ run: ObservedRun) {
      if run.running != nil {
        self = .running
        return
      }
      self =
        switch run.state {
        case .absent: .missing
        case .partial: .partial
        case .done: .done
        case .repeated: .repeated
        case .failed: .failed
        case .unusable: .unusable
        }
    }
  }

  /// One line for each arm, and one below for each file that is no use.
  private static func lines(_ runs: [ObservedRun]) -> [String] {
    let arms = PlanOptions.distinct(runs.map(\.arm))
    let width = arms.map(\.count).max() ?? 0
    return arms.flatMap { arm -> [String] in
      let ofArm = runs.filter { $0.arm == arm }.sorted { $0.seed < $1.seed }
      let parts = Kind.allCases.compactMap { kind -> String? in
        let alike = ofArm.filter { Kind($0) == kind }
        guard !alike.isEmpty else { return nil }
        let details = alike.compactMap { run in detail(run).map { "\(run.seed) (\($0))" } }
        return kind.rawValue + " " + (details.isEmpty ? seeds(alike.map(\.seed)) : details.joined(separator: ", "))
      }
      let reasons = ofArm.compactMap { run -> String? in
        if case .unusable(let reason) = run.state { "    seed \(run.seed): \(reason)" } else { nil }
      }
      return ["  \(arm.padded(width))   \(parts.joined(separator: "   "))"] + reasons
    }
  }

  /// Where a run that is under way or has failed is.
  private static func detail(_ run: ObservedRun) -> String? {
    let last = run.epochs.upperBound - 1
    if let running = run.running {
      let left = running.secondsLeft.map { "\(PlanText.duration($0)) left" } ?? "time left unknown"
      return "epoch \(running.epoch) of \(last), \(left)"
    }
    switch run.state {
    case .partial(let epochs): return "epoch \(min(run.epochs.lowerBound + epochs, last)) of \(last)"
    case .failed(let epoch, let step): return "epoch \(epoch), step \(step)"
    case .absent, .done, .repeated, .unusable: return nil
    }
  }

  /// Ascending seeds; four and more in a row as `0-3`.
  static func seeds(_ seeds: [Int]) -> String {
    var rows: [ClosedRange<Int>] = []
    for seed in seeds {
      if let last = rows.last, last.upperBound + 1 == seed {
        rows[rows.count - 1] = last.lowerBound...seed
      } else {
        rows.append(seed...seed)
      }
    }
    return rows.map { row in
      row.count < 4 ? row.map { "\($0)" }.joined(separator: " ") : "\(row.lowerBound)-\(row.upperBound)"
    }.joined(separator: " ")
  }

  private static func total(_ runs: [ObservedRun]) -> String {
    let kinds = runs.map { Kind($0) }
    let others = Kind.allCases.dropFirst().compactMap { kind -> String? in
      let count = kinds.count { $0 == kind }
      return count > 0 ? "\(count) \(kind.rawValue)" : nil
    }
    return (["\(kinds.count { $0 == .done }) of \(runs.count) runs done"] + others).joined(separator: ", ")
  }
}
