// Published numbers, read from paper-tables/reference.csv. They are quoted beside our own and never computed with.

import Foundation

/// Who read a published number.
public enum ReferenceSighting: String, Sendable, Hashable, CaseIterable {
  /// Read in the source itself.
  case primary
  /// Read where somebody quotes the source.
  case secondary
}

/// One published test error, or the place kept for one.
public struct ReferenceValue: Sendable, Hashable {
  public var dataSet: String
  public var network: String
  public var augmentation: String
  /// "200", or "200 + 10" where others follow; nil where the source does not say.
  public var epochs: String?
  public var method: String
  /// Test error in percent, in the digits that were published; nil where it could not be read.
  public var errorPercent: String?
  /// What stands after the plus-minus sign, and what it means.
  public var spread: String
  /// Paper and table, or repository and file.
  public var source: String
  /// Where the source is found; never empty.
  public var url: String
  /// Nil without an error.
  public var seen: ReferenceSighting?
  /// How its settings differ from ours.
  public var remark: String
}

/// The published numbers in the file's order.
public struct ReferenceTable: Sendable, Hashable {
  public static let columns = [
    "data_set", "network", "augmentation", "epochs", "method", "error_percent", "spread", "source", "url", "seen",
    "remark",
  ]

  public var values: [ReferenceValue]

  public init(values: [ReferenceValue]) { self.values = values }

  /// - Throws: `CSVError` with file and line: bad quoting, another header, a wrong number of fields, an error that is
  ///   no percentage, epochs that are no positive integers, a URL that is none, the same row twice.
  public init(csv text: String, file: String) throws(CSVError) {
    // Spreadsheets put a byte-order mark in front.
    let records = try CSV.parse(text.hasPrefix("\u{FEFF}") ? String(text.dropFirst()) : text, file: file)
    let expected = Self.columns.joined(separator: ",")
    guard let header = records.first, header.fields == Self.columns else {
      throw CSVError(file: file, line: 1, reason: "the header must be \(expected)")
    }
    values = []
    var lines: [[String]: Int] = [:]
    for record in records.dropFirst() {
      let value = try Self.value(record, file: file)
      let identity = [value.dataSet, value.network, value.augmentation, value.method, value.source]
      if let earlier = lines.updateValue(record.line, forKey: identity) {
        throw CSVError(file: file, line: record.line, reason: "the same row as in line \(earlier); keep one")
      }
      values.append(value)
    }
  }

  /// Far more than all published numbers take, in bytes.
  private static let limit = 1 << 22

  /// Reads the file as UTF-8. Errors as `init(csv:file:)`, and line 1 for a file that cannot be read.
  public static func read(_ path: String) throws(CSVError) -> ReferenceTable {
    guard let handle = FileHandle(forReadingAtPath: path), let data = try? handle.read(upToCount: limit + 1) ?? Data()
    else {
      throw CSVError(file: path, line: 1, reason: "cannot be read; give the published numbers with --reference FILE")
    }
    guard data.count <= limit else {
      throw CSVError(file: path, line: 1, reason: "is larger than \(limit) bytes; give the published numbers alone")
    }
    guard let text = String(validating: data, as: UTF8.self) else {
      throw CSVError(file: path, line: 1, reason: "is not UTF-8 text")
    }
    return try ReferenceTable(csv: text, file: path)
  }

  private static func value(_ record: CSV.Record, file: String) throws(CSVError) -> ReferenceValue {
    func refuse(_ reason: String) -> CSVError { CSVError(file: file, line: record.line, reason: reason) }
    let fields = record.fields
    guard fields.count == columns.count else {
      throw refuse("\(fields.count) fields, \(columns.count) expected; quote fields that hold commas")
    }
    for column in [0, 1, 2, 4, 7, 8] where fields[column].isEmpty { throw refuse("\(columns[column]) is empty") }
    let phases = fields[3].isEmpty ? [] : fields[3].components(separatedBy: " + ")
    let arePositive = phases.allSatisfy { phase in
      phase.utf8.allSatisfy { (48...57).contains($0) } && (Int(phase) ?? 0) > 0 && phase.first != "0"
    }
    guard phases.count <= 2, arePositive else {
      throw refuse("epochs is \"\(fields[3])\"; give a positive integer, two as in \"200 + 10\", or nothing")
    }
    guard fields[8].hasPrefix("https://") || fields[8].hasPrefix("http://") else {
      throw refuse("url is \"\(fields[8])\"; give an address that begins with https://")
    }
    if !fields[5].isEmpty {
      let plain = fields[5].utf8.allSatisfy { (48...57).contains($0) || $0 == 46 }
      guard plain, let error = Double(fields[5]), error >= 0, error <= 100 else {
        throw refuse("error_percent is \"\(fields[5])\"; give a number from 0 to 100 or nothing")
      }
    }
    let seen = ReferenceSighting(rawValue: fields[9])
    if fields[5].isEmpty {
      guard fields[9].isEmpty else { throw refuse("seen is \"\(fields[9])\" where error_percent is empty") }
    } else if seen == nil {
      throw refuse("seen is \"\(fields[9])\"; give primary or secondary")
    }
    return ReferenceValue(
      dataSet: fields[0], network: fields[1], augmentation: fields[2], epochs: fields[3].isEmpty ? nil : fields[3],
      method: fields[4], errorPercent: fields[5].isEmpty ? nil : fields[5], spread: fields[6], source: fields[7],
      url: fields[8], seen: seen, remark: fields[10])
  }
}
