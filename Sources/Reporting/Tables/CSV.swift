// Comma-separated values (RFC 4180): quoting on the way out, a strict parser on the way in. It knows no columns.

/// Why a CSV text was refused.
public struct CSVError: Error, Equatable, CustomStringConvertible {
  public let file: String
  /// From 1.
  public let line: Int
  public let reason: String

  public init(file: String, line: Int, reason: String) {
    self.file = file
    self.line = line
    self.reason = reason
  }

  public var description: String { "\(file):\(line): \(reason)" }
}

enum CSV {
  /// A parsed record and the line on which it starts, from 1.
  struct Record: Equatable {
    var line: Int
    var fields: [String]
  }

  /// One line with its line feed. Fields are quoted only where they must be.
  static func line(_ fields: [String]) -> String { fields.map(quoted).joined(separator: ",") + "\n" }

  private static func quoted(_ field: String) -> String {
    let special = field.unicodeScalars.contains { $0 == "," || $0 == "\"" || $0 == "\n" || $0 == "\r" }
    return special ? "\"" + field.replacing("\"", with: "\"\"") + "\"" : field
  }

  /// Records separated by LF or CRLF. Refuses a quote inside an unquoted field, text after a closing quote, an unclosed
  /// quote, a lone carriage return, other control characters and blank lines.
  static func parse(_ text: String, file: String) throws(CSVError) -> [Record] {
    var records: [Record] = []
    var record = Record(line: 1, fields: [])
    var field = String.UnicodeScalarView()
    var state = State.start
    var line = 1
    var scalars = text.unicodeScalars.makeIterator()
    var pushedBack: Unicode.Scalar?

    func refuse(_ reason: String) -> CSVError { CSVError(file: file, line: line, reason: reason) }
    func endField() {
      record.fields.append(String(field))
      field = String.UnicodeScalarView()
      state = .start
    }
    func endRecord() throws(CSVError) {
      if record.fields.isEmpty && state == .start { throw refuse("blank line; remove it") }
      endField()
      records.append(record)
      line += 1
      record = Record(line: line, fields: [])
    }

    while let scalar = pushedBack ?? scalars.next() {
      pushedBack = nil
      if state == .quoted {
        guard scalar == "\"" else {
          if scalar == "\n" { line += 1 }
          if scalar.value < 32 && scalar != "\n" && scalar != "\r" { throw refuse("control character in a field") }
          field.append(scalar)
          continue
        }
        let next = scalars.next()
        if next == "\"" {
          field.append("\"")
        } else {
          state = .closed
          pushedBack = next
        }
        continue
      }
      switch scalar {
      case ",": endField()
      case "\n": try endRecord()
      case "\r":
        guard scalars.next() == "\n" else { throw refuse("carriage return without line feed") }
        try endRecord()
      case "\"":
        guard state == .start else { throw refuse("quote inside a field; quote the whole field and double the quote") }
        state = .quoted
      default:
        if scalar.value < 32 { throw refuse("control character in a field") }
        guard state != .closed else { throw refuse("text after a closing quote") }
        state = .plain
        field.append(scalar)
      }
    }
    if state == .quoted {
      throw CSVError(file: file, line: record.line, reason: "a quote opened in this record is never closed")
    }
    if state != .start || !record.fields.isEmpty { try endRecord() }
    return records
  }

  private enum State { case start, plain, quoted, closed }
}
