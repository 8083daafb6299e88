// The arms of the comparison: a name (folder, option, column) for each pairing of pre-training and what follows it.

/// One column of Table 1, one row of an ablation, or the shared pre-training behind them.
public struct Arm: Sendable, Hashable {
  /// Folder of its runs; the value of `--method`, for an ablation's without the ablation's own name before the slash.
  public let name: String
  public let preTraining: PreTraining
  public let postTraining: PostTraining
  /// In what the arm's settings differ from its profile's.
  public let variation: Variation

  public init(name: String, preTraining: PreTraining, postTraining: PostTraining, variation: Variation = .none) {
    self.name = name
    self.preTraining = preTraining
    self.postTraining = postTraining
    self.variation = variation
  }

  public static func preTraining(_ method: PreTraining) -> Arm {
    Arm(name: "\(method.rawValue)-pre", preTraining: method, postTraining: .none)
  }

  public static let sgd = Arm(name: "sgd", preTraining: .sgd, postTraining: .sgd)
  public static let sam = Arm(name: "sam", preTraining: .sam, postTraining: .sam)
  public static let sgdFrozen = Arm(name: "sgd-frozen", preTraining: .sgd, postTraining: .frozen)
  public static let samFrozen = Arm(name: "sam-frozen", preTraining: .sam, postTraining: .frozen)
  public static let sgdPoF = Arm(name: "sgd-pof", preTraining: .sgd, postTraining: .pof)
  public static let samPoF = Arm(name: "sam-pof", preTraining: .sam, postTraining: .pof)
  public static let sgdSAM = Arm(name: "sgd-sam", preTraining: .sgd, postTraining: .sam)

  /// The columns of Table 1, in the order in which they are printed.
  public static let table1: [Arm] = [sgd, sam, sgdPoF, samPoF, sgdFrozen, samFrozen, sgdSAM]
}
