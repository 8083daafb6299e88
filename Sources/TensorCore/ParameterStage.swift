// The parts of a network that are perturbed, trained or frozen as a whole: stages from the input upwards, and
// contiguous ranges of them. Where a stage's parameters lie in an arena is ParameterLayout's business.

/// A stage of a network, in the order in which a forward pass meets them.
public enum ParameterStage: Int, Sendable, Hashable, CaseIterable, Comparable {
  /// The stem and the first group of blocks.
  case group1
  case group2
  /// The third group and the batch norm after it, up to the pooled features.
  case group3
  /// psi = (W, b): the linear classifier.
  case classifier

  public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// A contiguous range of stages: the part of an arena, or of a network's layers, that an operation acts on.
public struct ParameterSelection: Sendable, Hashable {
  /// Raw values of the stages.
  let stages: Range<Int>

  private init(_ stages: Range<Int>) { self.stages = stages }

  public static let everything = from(.group1)
  /// phi: everything up to the pooled features.
  public static let extractor = below(.classifier)
  public static let classifier = from(.classifier)
  public static let nothing = below(.group1)

  /// A stage and all above it.
  public static func from(_ stage: ParameterStage) -> Self {
    Self(stage.rawValue..<ParameterStage.allCases.count)
  }

  /// All stages below one.
  public static func below(_ stage: ParameterStage) -> Self { Self(0..<stage.rawValue) }

  public func contains(_ stage: ParameterStage) -> Bool { stages.contains(stage.rawValue) }

  /// The lowest stage; nil where nothing is selected.
  public var lowest: ParameterStage? { stages.isEmpty ? nil : ParameterStage(rawValue: stages.lowerBound) }
}
