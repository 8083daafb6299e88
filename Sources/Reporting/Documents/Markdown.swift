// A document as Markdown: escaping and layout. Pure text from values; what a page holds is decided elsewhere.

enum Markdown {
  /// Blocks with a blank line between them.
  static func render(_ document: [Block]) -> String { document.map(block).joined(separator: "\n\n") + "\n" }

  private static func block(_ block: Block) -> String {
    switch block {
    case .heading(let level, let text): String(repeating: "#", count: level) + " " + rich(text)
    case .paragraph(let text): rich(text)
    case .list(let items): items.map { "- " + rich($0) }.joined(separator: "\n")
    case .table(let table): self.table(table)
    case .figure(let figure): "![\(text(figure.title))](\(link(figure.path)))"
    case .lines(let title, let lines):
      text(title) + "\n\n" + lines.map { "    " + $0.replacing("\n", with: " ") }.joined(separator: "\n")
    }
  }

  static func rich(_ rich: RichText) -> String {
    rich.spans.map { span in
      switch span.style {
      case .plain: text(span.text)
      case .bold: "**\(text(span.text))**"
      case .italic: "*\(text(span.text))*"
      case .code: code(span.text)
      }
    }.joined()
  }

  private static func table(_ table: DocumentTable) -> String {
    let separator = table.header.indices.map { table.isNumeric($0) ? "---:" : "---" }
    return ([table.header.map(rich), separator] + table.rows.map { $0.cells.map(rich) })
      .map { "| " + $0.joined(separator: " | ") + " |" }.joined(separator: "\n")
  }

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
}
