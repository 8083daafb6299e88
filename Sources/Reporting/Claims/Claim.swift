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
    /// "synthetic images", "not the official set"; nil for published files.
    public var imagesMark: String?
    /// Where the place's scale and settings are not the paper's (`RowSettings.differencesFromPaper`); empty for a place
    /// without a readable run.
    public var differencesFromPaper: [String]

    /// The comparisons that rest on a pair at least.
    public var measured: [ArmGroup.Comparison] { comparisons.filter { !$0.seeds.isEmpty } }
  }
}

/// What a finding says of its claim, and on which images.
///
/// Nothing marked equals `.supported`: on synthetic images or on files that are not the official set a claim about a
/// data set is supported for those images alone, and every text says so.
public struct ClaimVerdict: Sendable, Hashable, CustomStringConvertible {
  public enum Outcome: String, Sendable, Hashable, CaseIterable {
    /// Every comparison that was run has an interval below zero.
    case supported
    /// At least one comparison has an interval above zero, and none has one below.
    case contradicted
    /// Anything else: at this number of seeds and at this scale the runs do not say, or they say both.
    case undecided
    /// No comparison has a pair.
    case notRun = "not run"
  }

  public var outcome: Outcome
  /// What must stand beside the outcome; nil for published files, and where nothing was run.
  public var imagesMark: String?

  public static let supported = ClaimVerdict(.supported)
  public static let contradicted = ClaimVerdict(.contradicted)
  public static let undecided = ClaimVerdict(.undecided)
  public static let notRun = ClaimVerdict(.notRun)

  public init(_ outcome: Outcome, imagesMark: String? = nil) {
    self.outcome = outcome
    self.imagesMark = outcome == .notRun ? nil : imagesMark
  }

  /// "supported", "supported (synthetic images)".
  public var description: String { outcome.rawValue + (imagesMark.map { " (\($0))" } ?? "") }
}

extension ClaimVerdict.Outcome {
  /// By the 95 % t intervals of paired differences that the claim wants below zero. Those without a pair do not count;
  /// one pair, equal pairs and pairs without spread have no interval, so that they support and contradict nothing.
  ///
  /// That all must lie below zero needs no correction for their number. That one lies above zero does: of k true zeros
  /// one lies above by chance in up to 2.5 k % of cases, and no correction is made.
  public init(_ differences: [PairedDifference]) {
    let verdicts = differences.map(\.verdict).filter { $0 != .noPairs }
    if verdicts.isEmpty {
      self = .notRun
    } else if verdicts.allSatisfy({ $0 == .lower }) {
      self = .supported
    } else if verdicts.contains(.higher) && !verdicts.contains(.lower) {
      self = .contradicted
    } else {
      self = .undecided
    }
  }
}
