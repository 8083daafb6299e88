// A claim of the paper as a value, and what the run files say of it, place by place. It has no format, and it weighs
// nothing across places: no verdict is formed over several profiles, data sets or metrics.

/// One claim of the abstract.
public struct Claim: Sendable, Equatable {
  /// Which claim; the raw value is its identifier in files and links.
  public enum Name: String, Sendable, Hashable, CaseIterable {
    case improvementCIFAR10 = "improvement-cifar10"
    case improvementCIFAR100 = "improvement-cifar100"
    case improvementSVHN = "improvement-svhn"
    case perturbationEffect = "perturbation-effect"
    case higherLayers = "higher-layers"
    case dataDrivenRange = "data-driven-range"
    case flatterMinimum = "flatter-minimum"
    case hessianComponents = "hessian-components"
  }

  public var name: Name
  /// The claim in a sentence: plain ASCII, "->" for what follows a pre-training.
  public var sentence: String
  /// What would have to be true in the run files.
  public var requirement: String
  /// Two for each place that has runs of the claim's table: test error, then test loss. Places in order of profile
  /// folder, then as the table has them.
  public var findings: [Finding]
  /// Why there is no finding, in a sentence; nil where there is one.
  public var notRun: String?

  /// What the runs of one profile folder, data set and augmentation say of the claim, in one metric.
  public struct Finding: Sendable, Equatable {
    public var key: RowKey
    /// Data set, with the mark of its images where it needs one, and augmentation: "CIFAR-10 (synthetic images),
    /// basic".
    public var place: String
    public var metric: DifferenceMetric
    /// All that the claim asks for, in its order; one without seeds was not run.
    public var comparisons: [ArmGroup.Comparison]
    public var verdict: ClaimVerdict
    /// Where the place's scale and settings are not the paper's (`RowSettings.differencesFromPaper`); empty for a place
    /// without a readable run.
    public var differencesFromPaper: [String]

    /// The comparisons that rest on a pair at least.
    public var measured: [ArmGroup.Comparison] { comparisons.filter { !$0.seeds.isEmpty } }
  }
}

/// What a finding says of its claim, and what must be said with it.
///
/// Nothing marked equals `.supported`: on synthetic images or on files that are not the official set a claim about a
/// data set is supported for those images alone, a test loss above that of guessing falls with every output that is less
/// certain, and every text says so.
public struct ClaimVerdict: Sendable, Hashable, CustomStringConvertible {
  public enum Outcome: String, Sendable, Hashable, CaseIterable {
    /// Every comparison was run and has an interval below zero.
    case supported
    /// At least one comparison has an interval above zero, corrected for their number, and none has one below.
    case contradicted
    /// Anything else: at this number of seeds and at this scale the runs do not say, or they say both.
    case undecided
    /// No comparison has a pair.
    case notRun = "not run"
  }

  public var outcome: Outcome
  /// What must stand beside the outcome, such as "not the official set"; none where nothing was run.
  public var marks: [String]

  public static let supported = ClaimVerdict(.supported)
  public static let contradicted = ClaimVerdict(.contradicted)
  public static let undecided = ClaimVerdict(.undecided)
  public static let notRun = ClaimVerdict(.notRun)

  public init(_ outcome: Outcome, marks: [String] = []) {
    self.outcome = outcome
    self.marks = outcome == .notRun ? [] : marks
  }

  /// "supported", "supported (synthetic images)".
  public var description: String { outcome.rawValue + (marks.isEmpty ? "" : " (\(marks.joined(separator: "; ")))") }
}

extension ClaimVerdict.Outcome {
  /// With fewer pairs a t interval is its assumption of normal differences, and decides nothing here.
  public static let fewestPairs = 3

  /// Of one of `count` intervals, one of which decides.
  static func correctedConfidence(of count: Int) -> Double {
    1 - (1 - PairedDifference.confidence) / Double(max(1, count))
  }

  /// By the 95 % t intervals of all the paired differences that the claim wants below zero. One without pairs was not
  /// run, so that nothing is supported; few pairs, equal ones and pairs without spread support and contradict nothing.
  ///
  /// That all must lie below zero needs no correction for their number. That one of k lies above zero does (Bonferroni):
  /// its interval has the confidence 1 - 0.05 / k, so that k true zeros are contradicted in 2.5 % of cases at most.
  public init(_ differences: [PairedDifference]) {
    let measured = differences.filter { $0.verdict != .noPairs }
    let telling = measured.filter { $0.differences.count >= Self.fewestPairs }
    let confidence = Self.correctedConfidence(of: measured.count)
    func isAbove(_ one: PairedDifference) -> Bool {
      one.verdict == .higher && (one.interval(confidence: confidence)?.low ?? -.infinity) > 0
    }
    if measured.isEmpty {
      self = .notRun
    } else if telling.count == differences.count && telling.allSatisfy({ $0.verdict == .lower }) {
      self = .supported
    } else if telling.contains(where: isAbove) && !telling.contains(where: { $0.verdict == .lower }) {
      self = .contradicted
    } else {
      self = .undecided
    }
  }
}
