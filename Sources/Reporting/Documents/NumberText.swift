// Numbers as text: fixed digits for tables, all digits for CSV. No locale takes part.

import Foundation

enum NumberText {
  /// `digits` decimals; never "-0.00".
  static func fixed(_ value: Double, _ digits: Int, sign: Bool = false) -> String {
    guard value.isFinite else { return "\(value)" }
    let text = String(format: "%\(sign ? "+" : "").\(digits)f", value)
    let isZero = !text.contains { $0.isNumber && $0 != "0" }
    guard isZero else { return text }
    return String(format: "%.\(digits)f", 0.0)
  }

  /// Up to four significant digits: settings such as 0.00016.
  static func short(_ value: Double) -> String { String(format: "%.4g", value) }

  /// The shortest text that reads back as the same Double; empty for nil.
  static func exact(_ value: Double?) -> String { value.map { "\($0)" } ?? "" }

  /// With commas at the thousands.
  static func grouped(_ value: Int) -> String {
    var digits = Array(String(value.magnitude))
    for position in stride(from: digits.count - 3, to: 0, by: -3) { digits.insert(",", at: position) }
    return (value < 0 ? "-" : "") + String(digits)
  }

  /// Rounded to an integer, with commas at the thousands.
  static func rounded(_ value: Double) -> String {
    guard let integer = Int(exactly: value.rounded()) else { return "\(value)" }
    return grouped(integer)
  }
}
