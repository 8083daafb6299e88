// The little Markdown that tables need: escaping, tables, and the blocks that all pages share. Pure text from values.

import Training

/// A picture that a group shows.
public struct FigureLink: Sendable, Equatable {
  public var row: RowKey
  public var title: String
  /// Relative to the table's folder.
  public var path: String
}

enum Markdown {
  /// Escapes what Markdown or HTML would take as markup, and sets arrows and plus-minus signs.
  static func text(_ plain: String) -> String {
    var escaped = ""
    for scalar in plain.replacing("->", with: "\u{2192}").replacing("+-", with: "\u{B1}").unicodeScalars {
      switch scalar {
      case "\\", "|", "*", "_", "`", "[", "]", "<", "#", "~": escaped += "\\\(scalar)"
      case "&": escaped += "&amp;"
      case "\n", "\r", "\t": escaped += " "
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }

  static func bold(_ markup: String, if condition: Bool) -> String {
    condition && !markup.isEmpty ? "**\(markup)**" : markup
  }

  static func code(_ plain: String) -> String {
    "`" + plain.replacing("`", with: "'").replacing("|", with: "/").replacing("\n", with: " ") + "`"
  }

  /// A relative path as a link target.
  static func link(_ path: String) -> String {
    path.utf8.map { byte in
      let plain = (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
      if plain || byte == 45 || byte == 46 || byte == 47 || byte == 95 { return String(UnicodeScalar(byte)) }
      let digits = String(byte, radix: 16, uppercase: true)
      return "%" + (digits.count == 1 ? "0" : "") + digits
    }.joined()
  }

  static func advice(_ advice: Table1.Advice) -> String {
    switch advice {
    case .run(let command, let data): "*not run:* \(code(command))" + (data.map { ", data: \(code($0))" } ?? "")
    case .overridden: "*not run with these overrides*"
    }
  }

  /// - Parameter numeric: whether all columns but the first `texts` hold numbers, which stand to the right.
  static func table(header: [String], rows: [[String]], texts: Int = 1, numeric: Bool = true) -> String {
    let separator = header.indices.map { $0 < texts || !numeric ? "---" : "---:" }
    return ([header, separator] + rows).map { "| " + $0.joined(separator: " | ") + " |" }.joined(separator: "\n")
  }

  /// A table whose rows are arms: plain texts first, then the columns; the first of these is n.
  static func arms(
    leading: [String], rows: [(leading: [String], cell: ArmGroup.Cell)], columns: [CellColumn]
  ) -> String {
    table(
      header: leading.map(text) + columns.map { text($0.title + $0.remark) },
      rows: rows.map { row in
        let start = row.leading.map(text)
        guard row.cell.runs.isEmpty else { return start + columns.map { text($0.text(row.cell)) } }
        return start + ["0", "*\(text(row.cell.gapText ?? "not run"))*"]
          + Array(repeating: "", count: columns.count - 2)
      }, texts: leading.count)
  }

  /// Paired differences with their intervals and what they say.
  static func differences(_ rows: [(title: String, comparison: ArmGroup.Comparison)]) -> String {
    table(
      header: ["Difference", "n", "Test error", "95 % interval", "Says", "Test loss", "95 % interval", "Says"],
      rows: rows.map { title, comparison in
        let parts = [(comparison.error, 2), (comparison.loss, 4)].flatMap { difference, digits in
          let supported = difference.verdict.isSupported
          return [
            bold(difference.meanText(digits: digits), if: supported),
            bold(text(difference.intervalText(digits: digits)), if: supported),
            difference.verdict.text,
          ]
        }
        return [text(title), "\(comparison.seeds.count)"] + parts
      })
  }
}

extension ArmGroup {
  /// The group's settings as a list.
  var settingsMarkdown: String { heading.map { "- " + Markdown.text($0) }.joined(separator: "\n") }

  /// What ends a group: its pictures, its runs that count for nothing, what made it.
  func closingMarkdown(_ figures: [FigureLink]) -> [String] {
    var blocks = figures.filter { $0.row == key }.map { "![\(Markdown.text($0.title))](\(Markdown.link($0.path)))" }
    let missing = missing
    if !missing.isEmpty {
      blocks.append(
        "Runs that are not in these tables\n\n" + missing.map { "- " + Markdown.text($0) }.joined(separator: "\n"))
    }
    return blocks + [Markdown.text("Made by " + provenanceText + ".")]
  }
}

extension ReferenceTable {
  var markdown: String {
    Markdown.table(
      header: ["Data", "Network", "Augmentation", "Epochs", "Method", "Test error (%)", "Source", "Remark"],
      rows: values.map { value in
        let spread = value.spread.isEmpty ? "" : (value.spread.first?.isNumber == true ? " +- " : ", ") + value.spread
        let remark = [value.seen == .secondary ? "seen in a secondary source" : "", value.remark]
        return [
          value.dataSet, value.network, value.augmentation, value.epochs.map(String.init) ?? "not stated", value.method,
          value.errorPercent.map { $0 + spread } ?? "not available here", value.source,
          remark.filter { !$0.isEmpty }.joined(separator: "; "),
        ].map(Markdown.text)
      }, numeric: false)
  }
}
