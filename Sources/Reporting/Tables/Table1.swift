// Table 1 as a value: which arms and pairs it has, what was measured, which rows are absent and how to get them. It
// has no format; cells and differences are ArmGroup's.

import Datasets
import Storage
import Training

/// Table 1: one section per profile folder.
public struct Table1: Sendable, Equatable {
  public var sections: [Section]
  /// Published values, quoted beside ours.
  public var published: ReferenceTable

  /// The rows of one profile folder, measured or not, in the paper's order; other data sets follow.
  public struct Section: Sendable, Equatable {
    public var profile: String
    public var rows: [Row]
  }

  public enum Row: Sendable, Equatable {
    case measured(ArmGroup)
    /// A row of the paper's table without any run.
    case absent(DatasetName, augmentation: String, advice: Advice)
  }

  /// How to get a row that is absent.
  public enum Advice: Sendable, Equatable {
    /// What makes its runs, and what fetches their images where `make setup` does not.
    case run(command: String, data: String?)
    /// The profile folder belongs to overrides that a command cannot be guessed from.
    case overridden
  }

  /// The differences that are formed, in the order in which they are printed. After SAM pre-training, late SAM is the
  /// baseline itself.
  static let pairs: [(treatment: Arm, control: Arm)] = [
    (.sgdPoF, .sgd), (.sgdPoF, .sgdFrozen), (.sgdPoF, .sgdSAM), (.sgdSAM, .sgd), (.sgdFrozen, .sgd),
    (.samPoF, .sam), (.samPoF, .samFrozen), (.samFrozen, .sam),
  ]

  public init(_ collection: RunCollection, published: ReferenceTable = ReferenceTable(values: [])) {
    self.published = published
    let runs = collection.runs(of: Arm.table1)
    let keys = Set(runs.map(\.key))
    func group(_ key: RowKey) -> ArmGroup {
      ArmGroup(
        key: key, runs: runs.filter { $0.key == key }, preTraining: PreTraining.allCases, arms: Arm.table1,
        pairs: Self.pairs)
    }
    sections = Set(keys.map(\.profile)).sorted().map { profile in
      var remaining = keys.filter { $0.profile == profile }
      var rows: [Row] = []
      for dataset in DatasetName.allCases {
        for augmentation in Augmentation.allCases.map(\.rawValue) {
          let key = RowKey(profile: profile, dataset: dataset.rawValue, augmentation: augmentation)
          if remaining.remove(key) != nil {
            rows.append(.measured(group(key)))
          } else {
            rows.append(.absent(dataset, augmentation: augmentation, advice: Advice(dataset, key: key)))
          }
        }
      }
      return Section(profile: profile, rows: rows + remaining.sorted().map { .measured(group($0)) })
    }
  }
}

extension Table1.Section {
  /// Which rows have losses that a lower one does not improve for certain; empty where none has.
  var guessingCaveat: String {
    let titles = measured.filter { group in group.cells.contains(where: group.isAboveGuessing) }.map(\.title)
    guard !titles.isEmpty else { return "" }
    return
      " \(titles.joined(separator: "; ")): losses above that of uniform guessing, where a lower one may be nothing but "
      + "less certain outputs."
  }

  var measured: [ArmGroup] {
    rows.compactMap { if case .measured(let group) = $0 { group } else { nil } }
  }
}

extension Table1.Row {
  /// Folder of the data set.
  var dataset: String {
    switch self {
    case .measured(let group): group.key.dataset
    case .absent(let dataset, _, _): dataset.rawValue
    }
  }

  var augmentation: String {
    switch self {
    case .measured(let group): group.key.augmentation
    case .absent(_, let augmentation, _): augmentation
    }
  }

  var title: String {
    switch self {
    case .measured(let group): group.title
    case .absent(let dataset, let augmentation, _): "\(dataset.specification.title), \(augmentation)"
    }
  }
}

extension Table1.Advice {
  /// Whether a folder of that name holds a profile as it is: overrides put eight hexadecimal digits behind it.
  static func isPlain(profile: String) -> Bool {
    let suffix = profile.split(separator: "-").last ?? ""
    let hexadecimal = suffix.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
    return !(profile.contains("-") && suffix.utf8.count == 8 && hexadecimal)
  }

  init(_ dataset: DatasetName, key: RowKey) {
    guard Self.isPlain(profile: key.profile) else {
      self = .overridden
      return
    }
    var command = "make reproduce-table1"
    if key.profile != "quick" { command += " PROFILE=\(key.profile)" }
    command += " DATASETS=\(dataset.rawValue)"
    if key.augmentation != "basic" { command += " AUGMENT=\(key.augmentation)" }
    // Profile smoke makes its images; Fashion-MNIST's come with `make setup`.
    let isFetched = key.profile != "smoke" && dataset != .fashionMNIST
    self = .run(command: command, data: isFetched ? "make data-\(dataset.rawValue)" : nil)
  }
}
