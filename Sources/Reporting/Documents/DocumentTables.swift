// The tables and blocks that several pages share, as parts of a document: arms, paired differences, what a group's runs
// have in common, published values. Numbers in words are TableText's.

import Training

extension DocumentTable {
  /// A table whose rows are arms: plain texts first, then the columns; the first of these is n.
  static func arms(
    leading: [String], rows: [(leading: [String], cell: ArmGroup.Cell)], columns: [CellColumn]
  ) -> DocumentTable {
    DocumentTable(
      header: (leading + columns.map { $0.title + $0.remark }).map { RichText($0) },
      rows: rows.map { row in
        let start = row.leading.map { RichText($0) }
        guard row.cell.runs.isEmpty else { return Row(cells: start + columns.map { RichText($0.text(row.cell)) }) }
        return Row(
          cells: start + ["0", .italic(row.cell.gapText ?? "not run")]
            + Array(repeating: "", count: columns.count - 2),
          wide: start.count + 1..<start.count + columns.count)
      }, texts: leading.count)
  }

  /// Paired differences with their intervals and what they say.
  static func differences(_ rows: [(title: String, comparison: ArmGroup.Comparison)]) -> DocumentTable {
    DocumentTable(
      header: ["Difference", "n"]
        + ["Test error", "Test loss"].flatMap { [RichText($0), "95 % interval", "d_z", "Says"] },
      rows: rows.map { title, comparison in
        let parts = [(comparison.error, 2), (comparison.loss, 4)].flatMap { difference, digits -> [RichText] in
          let supported = difference.verdict.isSupported
          return [
            .bold(difference.meanText(digits: digits), if: supported),
            .bold(difference.intervalText(digits: digits), if: supported), RichText(difference.effectText),
            RichText(difference.verdict.text),
          ]
        }
        return [RichText(title), "\(comparison.seeds.count)"] + parts
      })
  }
}

extension [Block] {
  /// Paired differences; from five pairs on also what asks less of their distribution than the t interval does.
  static func differences(_ rows: [(title: String, comparison: ArmGroup.Comparison)]) -> [Block] {
    let many = rows.filter { $0.comparison.seeds.count >= ResamplingText.fewestPairs }
    guard !many.isEmpty else { return [.table(.differences(rows))] }
    return [
      .table(.differences(rows)), .paragraph(RichText(ResamplingText.reading)),
      .table(
        DocumentTable(
          header: (["Difference", "n"] + ResamplingText.columns).map { RichText($0) },
          rows: many.map { title, comparison in
            ([title, "\(comparison.seeds.count)"] + ResamplingText.cells(comparison)).map { RichText($0) }
          })),
    ]
  }
}

extension ArmGroup {
  /// The group's settings as a list.
  var settingsBlock: Block { .list(heading.map { RichText($0) }) }

  /// What ends a group: its pictures, its runs that count for nothing, what made it.
  func closing(_ figures: [FigureLink]) -> [Block] {
    var blocks = figures.filter { $0.row == key }.map { Block.figure($0) }
    let missing = missing
    if !missing.isEmpty {
      blocks += [.paragraph("Runs that are not in these tables"), .list(missing.map { RichText($0) })]
    }
    return blocks + [.paragraph(RichText("Made by \(provenanceText)."))]
  }

  /// "Fashion-MNIST, basic augmentation, profile `quick`".
  var place: RichText { RichText("\(title) augmentation, profile ") + .code(key.profile) }
}

extension Table1.Advice {
  var text: RichText {
    switch self {
    case .run(let command, let data):
      .italic("not run:") + " " + .code(command) + (data.map { ", data: " + .code($0) } ?? "")
    case .overridden: .italic("not run with these overrides")
    }
  }
}

extension ReferenceTable {
  var table: DocumentTable {
    DocumentTable(
      header: ["Data", "Network", "Augmentation", "Epochs", "Method", "Test error (%)", "Source", "Where", "Remark"],
      rows: values.map { value in
        [
          value.dataSet, value.network, value.augmentation, value.epochs ?? "not stated", value.method,
          value.text ?? ReferenceValue.unavailable, value.source, value.url, value.remarkText,
        ].map { RichText($0) }
      }, numeric: false)
  }
}

extension ReferenceValue {
  /// Where nobody has read the number.
  static let unavailable = "not available here"

  /// How it differs, and who saw it.
  var remarkText: String {
    [seen == .secondary ? "seen in a secondary source" : "", remark].filter { !$0.isEmpty }.joined(separator: "; ")
  }

  /// Source and remark.
  var sourceText: String { source + (remarkText.isEmpty ? "" : " (\(remarkText))") }

  /// "3.5 +- 0.1 (95 % interval of 5 runs)"; nil where it could not be read.
  var text: String? {
    errorPercent.map { error in
      error + (spread.isEmpty ? "" : (spread.first?.isNumber == true ? " +- " : ", ") + spread)
    }
  }
}
