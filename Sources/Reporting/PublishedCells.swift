// What the literature reports for a row of Table 1, for columns of its own beside ours. Nothing is computed with it.

/// Published test errors of the paper's network for one data set and augmentation.
struct PublishedCells {
  static let methods = ["SGD", "SAM", "SGD -> PoF", "SAM -> PoF"]
  private static let network = "WRN-\(PaperSetting.depth)-\(PaperSetting.width)"

  /// One text per method, and one with the sources of those that are quoted; empty without a reference table.
  let texts: [String]

  /// Takes the first row of the table for each method.
  init(_ table: ReferenceTable?, dataset: String, augmentation: String) {
    guard let table else {
      texts = []
      return
    }
    let title = PaperDataset.title(of: dataset)
    let rows = table.values.filter {
      // SVHN is published as "SVHN + extra".
      ($0.dataSet == title || $0.dataSet.hasPrefix(title + " +")) && $0.network == Self.network
        && $0.augmentation == augmentation
    }
    let chosen = Self.methods.map { method in rows.first { $0.method == method } }
    var sources: [String] = []
    for case let row? in chosen where row.errorPercent != nil && !sources.contains(row.source) {
      sources.append(row.source)
    }
    texts =
      chosen.map { row in
        guard let row else { return "none known" }
        guard let error = row.errorPercent else { return "not available here" }
        // Only the number of the spread: what it means stands in the table of published values.
        let spread = row.spread.prefix { $0 != " " }
        return error + (spread.isEmpty ? "" : " ± \(spread)")
      } + [sources.isEmpty ? "" : sources.joined(separator: "; ") + " (\(Self.network))"]
  }
}

extension Table1.Row {
  var isSynthetic: Bool { if case .measured(let row) = self { row.isSynthetic } else { false } }

  var dataset: String {
    switch self {
    case .measured(let row): row.key.dataset
    case .absent(let dataset, _, _): dataset
    }
  }

  var augmentation: String {
    switch self {
    case .measured(let row): row.key.augmentation
    case .absent(_, let augmentation, _): augmentation
    }
  }
}
