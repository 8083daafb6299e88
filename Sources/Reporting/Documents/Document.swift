// A page of a report as a value: headings, paragraphs, lists, tables, pictures. It knows no format; Markdown and HTML are
// two ways of writing the same document. LaTeX fragments hold tables alone, in a shape of their own (LaTeX.swift).

/// Plain text in pieces, each set in one way. "->" and "+-" stand for an arrow and a plus-minus sign, in code alone for
/// themselves.
struct RichText: Sendable, Equatable, ExpressibleByStringLiteral, ExpressibleByStringInterpolation {
  enum Style: Sendable, Hashable { case plain, bold, italic, code }

  struct Span: Sendable, Equatable {
    var text: String
    var style: Style
  }

  private(set) var spans: [Span] = []

  init(stringLiteral text: String) { self.init(text) }

  /// Empty text has no pieces, so that nothing is marked up around nothing.
  init(_ text: String, _ style: Style = .plain) {
    if !text.isEmpty { spans = [Span(text: text, style: style)] }
  }

  static func bold(_ text: String, if condition: Bool = true) -> RichText { RichText(text, condition ? .bold : .plain) }
  static func italic(_ text: String) -> RichText { RichText(text, .italic) }
  static func code(_ text: String) -> RichText { RichText(text, .code) }

  static func + (a: RichText, b: RichText) -> RichText {
    var sum = a
    sum.spans += b.spans
    return sum
  }

  /// Without its styles.
  var plain: String { spans.map(\.text).joined() }
}

/// A table. Where `numeric` holds, all columns but the first `texts` hold numbers, which stand to the right.
struct DocumentTable: Sendable, Equatable {
  struct Row: Sendable, Equatable {
    /// As many as the header has.
    var cells: [RichText]
    /// Columns over which the first of them stretches, where it says why the others are empty.
    var wide: Range<Int>?
  }

  var header: [RichText]
  var rows: [Row]
  var texts: Int
  var numeric: Bool

  init(header: [RichText], rows: [Row], texts: Int = 1, numeric: Bool = true) {
    self.header = header
    self.rows = rows
    self.texts = texts
    self.numeric = numeric
  }

  init(header: [RichText], rows: [[RichText]], texts: Int = 1, numeric: Bool = true) {
    self.init(header: header, rows: rows.map { Row(cells: $0) }, texts: texts, numeric: numeric)
  }

  /// Whether a column holds numbers.
  func isNumeric(_ column: Int) -> Bool { numeric && column >= texts }
}

/// A picture that a group shows.
public struct FigureLink: Sendable, Equatable {
  public var row: RowKey
  public var title: String
  /// Relative to the table's folder.
  public var path: String
}

enum Block: Sendable, Equatable {
  /// Levels count from 1, the page's title.
  case heading(level: Int, RichText)
  case paragraph(RichText)
  case list([RichText])
  case table(DocumentTable)
  case figure(FigureLink)
  /// Lines as they are, such as commands, under a title.
  case lines(title: String, [String])
}
