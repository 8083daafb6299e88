// The claims of the paper's abstract against the run files: which comparisons each claim asks for, and its findings.
// The tables' groups give the numbers; sentences are ClaimSentences.swift's, verdicts Claim.swift's.

import Datasets
import Training

/// The abstract's claims, each with what the runs of a collection say of it.
public struct Claims: Sendable, Equatable {
  /// In the order of `Claim.Name`, each one whether or not it was run.
  public var rows: [Claim]

  public init(_ collection: RunCollection) {
    self.init(Table1(collection), Ablation.allCases.map { AblationTable($0, collection) })
  }

  /// From tables that are made already.
  init(_ table1: Table1, _ ablations: [AblationTable]) {
    let table1 = table1.groups
    rows = Claim.Name.allCases.map { name in
      let groups: [ArmGroup] =
        switch name.evidence {
        case .table1(let dataset): table1.filter { dataset == nil || $0.key.dataset == dataset?.rawValue }
        case .ablation(let ablation): ablations.filter { $0.ablation == ablation }.flatMap(\.groups)
        case .unmeasured: []
        }
      let findings = groups.flatMap { Claim.findings(in: $0, pairs: name.pairs) }
      return Claim(
        name: name, sentence: name.sentence, requirement: name.requirement, findings: findings,
        notRun: findings.isEmpty ? name.reasonWithoutRuns : nil)
    }
  }
}

extension Claim {
  static func findings(in group: ArmGroup, pairs: [(treatment: Arm, control: Arm)]) -> [Finding] {
    let comparisons = pairs.compactMap { pair -> ArmGroup.Comparison? in
      guard let treatment = group.cell(pair.treatment), let control = group.cell(pair.control) else { return nil }
      return group.comparison(pair.treatment, minus: pair.control)
        ?? ArmGroup.Comparison(treatment: treatment, control: control)
    }
    return DifferenceMetric.allCases.map { metric in
      let compared = group.cells.filter { cell in
        comparisons.contains { !$0.seeds.isEmpty && ($0.treatment == cell.arm || $0.control == cell.arm) }
      }
      let guessing =
        metric == .loss && compared.contains(where: group.isAboveGuessing)
        ? "losses above that of uniform guessing" : nil
      return Finding(
        key: group.key, place: group.title, metric: metric, comparisons: comparisons,
        verdict: ClaimVerdict(
          ClaimVerdict.Outcome(comparisons.map(metric.of)),
          marks: [group.settings?.imagesMark, guessing].compactMap { $0 }),
        differencesFromPaper: group.settings?.differencesFromPaper ?? [])
    }
  }
}

extension Claim.Name {
  /// Whose runs a claim is held against.
  enum Evidence: Equatable {
    /// Table 1's, of one data set or of every one.
    case table1(DatasetName?)
    case ablation(Ablation)
    /// None: the suite does not measure it.
    case unmeasured
  }

  var evidence: Evidence {
    switch self {
    case .improvementCIFAR10: .table1(.cifar10)
    case .improvementCIFAR100: .table1(.cifar100)
    case .improvementSVHN: .table1(.svhn)
    case .perturbationEffect: .table1(nil)
    case .higherLayers: .ablation(.layers)
    case .dataDrivenRange: .ablation(.range)
    case .flatterMinimum, .hessianComponents: .unmeasured
    }
  }

  /// The differences that the claim wants below zero.
  var pairs: [(treatment: Arm, control: Arm)] {
    switch self {
    case .improvementCIFAR10, .improvementCIFAR100, .improvementSVHN: [(.sgdPoF, .sgd), (.samPoF, .sam)]
    case .perturbationEffect: [(.sgdPoF, .sgdFrozen), (.samPoF, .samFrozen)]
    case .higherLayers:
      Self.pairs(of: .layers, .layers(.classifier)) { variation in
        if case .layers(let layers) = variation { layers != .classifier } else { false }
      }
    case .dataDrivenRange:
      Self.pairs(of: .range, Ablation.stepReference.variation) { variation in
        switch variation {
        case .range(let range): range == 0
        case .step, .direction: true
        case .none, .groups, .layers: false
        }
      }
    case .flatterMinimum, .hessianComponents: []
    }
  }

  /// One arm of an ablation minus each of some others, in the ablation's order.
  private static func pairs(
    of ablation: Ablation, _ treatment: Variation, minus isControl: (Variation) -> Bool
  ) -> [(treatment: Arm, control: Arm)] {
    ablation.arms.filter { $0.variation == treatment }.flatMap { treatment in
      ablation.arms.filter { isControl($0.variation) }.map { (treatment, $0) }
    }
  }
}
