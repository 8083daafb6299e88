// An ablation's table as a value: the groups of runs that have it, and its rows in order. It has no format; cells and
// differences are ArmGroup's.

import Storage
import Training

/// One ablation over all places that have runs of it, each beside the runs that it is compared with.
public struct AblationTable: Sendable, Equatable {
  public var ablation: Ablation
  public var groups: [ArmGroup]

  /// What an ablation's arms are compared with: the control without perturbation, and the continued baseline.
  static let references: [Arm] = [.sgdFrozen, .sgd]

  /// A group has the seeds of the ablation's own runs: what was run for other seeds is no part of it.
  public init(_ ablation: Ablation, _ collection: RunCollection) {
    self.ablation = ablation
    let arms = ablation.arms
    let names = Set(arms.map(\.name))
    let own = collection.runs.filter { names.contains($0.arm) }
    let runs = collection.runs(of: Self.references + arms)
    // Below the ablation's folder, but no arm of it: shown, and counted for nothing.
    let strangers = collection.runs.filter {
      $0.arm.hasPrefix(ablation.rawValue + "/") && !names.contains($0.arm)
    }.map { run in
      var run = run
      run.outcome = .unusable(reason: "is in the folder of no arm of this ablation")
      return run
    }
    groups = Set(own.map(\.key)).sorted().map { key in
      let seeds = Set(own.filter { $0.key == key }.map(\.seed))
      var group = ArmGroup(
        key: key, runs: runs.filter { $0.key == key && seeds.contains($0.seed) }, preTraining: [.sgd],
        arms: Self.references + arms,
        pairs: Self.references.flatMap { reference in arms.map { ($0, reference) } })
      group.runs += strangers.filter { $0.key == key }
      return group
    }
  }

  /// One line of the table.
  struct Row {
    var title: String
    var cell: ArmGroup.Cell
    /// In the order of `references`.
    var comparisons: [ArmGroup.Comparison]
    /// Whether an earlier row has the same runs.
    var isRepeated = false

    /// Title, what is perturbed, what is trained.
    var leading: [String] { [title, cell.arm.perturbed, cell.arm.trained] }
  }

  /// The references as rows.
  func referenceRows(of group: ArmGroup) -> [Row] {
    Self.references.compactMap { arm in group.cell(arm).map { Row(title: arm.title, cell: $0, comparisons: []) } }
  }

  /// The ablation's arms in order. Among the groups m the default's row stands a second time, under its m.
  func rows(of group: ArmGroup) -> [Row] {
    func row(_ arm: Arm) -> Row? {
      group.cell(arm).map { cell in
        Row(
          title: arm.title, cell: cell,
          comparisons: Self.references.compactMap { group.comparison(arm, minus: $0) })
      }
    }
    let rows = ablation.arms.compactMap(row)
    guard ablation == .range, var again = row(Ablation.stepReference) else { return rows }
    let groups = group.settings?.perturbation?.groups ?? PaperSetting.groups
    again.title = "m = \(groups) (the row c = 2)"
    again.isRepeated = true
    let place = rows.firstIndex { if case .groups(let m) = $0.cell.arm.variation { m > groups } else { false } }
    return Array(rows[..<(place ?? rows.count)]) + [again] + Array(rows[(place ?? rows.count)...])
  }
}

extension Ablation {
  var title: String {
    switch self {
    case .range: "Perturbation range"
    case .layers: "Perturbed layers"
    }
  }
}
