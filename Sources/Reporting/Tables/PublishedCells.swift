// What the literature reports for a row of Table 1, for columns of its own beside ours. Nothing is computed with it.

import Datasets

/// Published test errors of the paper's network for one data set and augmentation.
struct PublishedCells {
  static let methods = ["SGD", "SAM", "SGD -> PoF", "SAM -> PoF"]
  static let network = "WRN-\(PaperSetting.depth)-\(PaperSetting.width)"

  /// One text per method.
  let texts: [String]
  /// The sources of those that are quoted; empty where none is.
  let source: String

  /// Takes the first value of the table for each method. Nothing was published for synthetic images.
  init(_ table: ReferenceTable, row: Table1.Row) {
    var settings: RowSettings?
    if case .measured(let group) = row { settings = group.settings }
    let dataset = Self.title(row.dataset, settings)
    let values = table.values.filter {
      $0.dataSet == dataset && $0.network == Self.network && $0.augmentation == row.augmentation
    }
    let chosen = Self.methods.map { method in
      settings?.isSynthetic == true ? nil : values.first { $0.method == method }
    }
    var sources: [String] = []
    for case let value? in chosen where value.errorPercent != nil && !sources.contains(value.source) {
      sources.append(value.source)
    }
    texts = chosen.map { value in
      guard let value else { return "none known" }
      guard let error = value.errorPercent else { return "not available here" }
      // Only the number of the spread: what it means stands in the table of published values.
      let spread = value.spread.prefix { $0 != " " }
      return error + (spread.isEmpty ? "" : " +- \(spread)")
    }
    source = sources.isEmpty ? "" : sources.joined(separator: "; ") + " (\(Self.network))"
  }

  /// The data set's name in the table of published values, which names SVHN's training images.
  static func title(_ folder: String, _ settings: RowSettings?) -> String {
    let title = DatasetName.title(ofFolder: folder)
    guard folder == DatasetName.svhn.rawValue, settings?.configuration.trainingPart != .withoutExtra else {
      return title
    }
    return title + " + extra"
  }
}
