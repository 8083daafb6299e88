// A document as HTML: escaping, elements, pictures inlined. What a page holds, and how it looks, are decided elsewhere.

import Foundation

enum HTML {
  /// Gives each heading of a page an identifier of its own, and keeps them for a list of contents.
  struct Anchors {
    struct Entry: Equatable {
      var level: Int
      var identifier: String
      var title: String
    }

    private(set) var entries: [Entry] = []

    mutating func add(_ title: RichText, level: Int) -> String {
      let words = title.plain.lowercased().split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }
      let plain = words.isEmpty ? "section" : words.joined(separator: "-")
      var identifier = plain
      var number = 2
      while entries.contains(where: { $0.identifier == identifier }) {
        identifier = "\(plain)-\(number)"
        number += 1
      }
      entries.append(Entry(level: level, identifier: identifier, title: title.plain))
      return identifier
    }
  }

  /// Elements of a document, one block after another.
  /// - Parameters:
  ///   - depth: added to the level of headings.
  ///   - picture: the PNG of a path; a figure without one is left out.
  static func render(
    _ document: [Block], depth: Int, anchors: inout Anchors, picture: (String) -> Data?
  ) -> String {
    var text = ""
    for block in document {
      switch block {
      case .heading(let level, let title):
        let level = min(level + depth, 6)
        text += "<h\(level) id=\"\(anchors.add(title, level: level))\">\(rich(title))</h\(level)>\n"
      case .paragraph(let content): text += "<p>\(rich(content))</p>\n"
      case .list(let items): text += "<ul>\n" + items.map { "<li>\(rich($0))</li>\n" }.joined() + "</ul>\n"
      case .table(let table): text += self.table(table)
      case .figure(let link):
        guard let data = picture(link.path) else { continue }
        text += """
          <figure><img src="data:image/png;base64,\(data.base64EncodedString())" alt="\(escaped(link.title))">
          <figcaption>\(self.text(link.title)) (<code>\(escaped(link.path))</code>, its data and script beside it)\
          </figcaption></figure>

          """
      case .lines(let title, let lines):
        text += """
          <p>\(self.text(title))</p>
          <pre tabindex="0">\(escaped(lines.joined(separator: "\n")))</pre>

          """
      }
    }
    return text
  }

  /// In a box of its own, which a narrow screen scrolls.
  private static func table(_ table: DocumentTable) -> String {
    func cell(
      _ column: Int, _ content: RichText, _ element: String, _ attributes: String = "", isWide: Bool = false
    ) -> String {
      let look = table.isNumeric(column) && !isWide ? " class=\"number\"" : ""
      return "<\(element)\(attributes)\(look)>\(rich(content))</\(element)>"
    }
    let head = table.header.enumerated().map { cell($0.offset, $0.element, "th", " scope=\"col\"") }.joined()
    let body = table.rows.map { row in
      "<tr>"
        + row.cells.enumerated().map { column, content in
          if column == 0 { return cell(0, content, "th", " scope=\"row\"") }
          guard let wide = row.wide, wide.contains(column) else { return cell(column, content, "td") }
          return column == wide.lowerBound
            ? cell(column, content, "td", " colspan=\"\(wide.count)\"", isWide: true) : ""
        }.joined() + "</tr>\n"
    }.joined()
    let look = table.header.count > 10 ? "scroll wide" : "scroll"
    return """
      <div class="\(look)" tabindex="0"><table>
      <thead><tr>\(head)</tr></thead>
      <tbody>
      \(body)</tbody>
      </table></div>

      """
  }

  static func rich(_ rich: RichText) -> String {
    rich.spans.map { span in
      switch span.style {
      case .plain: text(span.text)
      case .bold: "<strong>\(text(span.text))</strong>"
      case .italic: "<em>\(text(span.text))</em>"
      case .code: "<code>\(escaped(span.text))</code>"
      }
    }.joined()
  }

  /// With arrows and plus-minus signs set.
  static func text(_ plain: String) -> String {
    escaped(plain.replacing("->", with: "\u{2192}").replacing("+-", with: "\u{B1}"))
  }

  /// What HTML would take as markup, in text and in attributes. Control characters but line feeds become blanks.
  static func escaped(_ plain: String) -> String {
    var escaped = ""
    for scalar in plain.unicodeScalars {
      switch scalar {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      case "'": escaped += "&#39;"
      case "\n": escaped += "\n"
      default:
        let isControl = scalar.value < 32 || (127..<160).contains(scalar.value)
        escaped.unicodeScalars.append(isControl ? " " : scalar)
      }
    }
    return escaped
  }
}
