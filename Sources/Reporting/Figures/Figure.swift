// A figure as a value: its data, the script that draws it, and what is stamped into it. Gnuplot draws it.

import Foundation
import Storage
import Training

/// A picture before it is drawn.
public struct Figure: Sendable, Equatable {
  /// File name without extension; data, script and picture lie beside each other under it.
  public var name: String
  public var title: String
  public var csv: String
  public var script: String
  public var stamps: [PNGText]
}

/// Okabe and Ito's colours, which stay apart for colour-blind readers; lines differ in dashes and points as well.
enum FigureStyle {
  static let grey = "#7f7f7f"
  static let black = "#000000"
  static let vermilion = "#d55e00"
  static let blue = "#0072b2"
  static let green = "#009e73"

  /// Colour and point type stand for what follows pre-training, dashes for pre-training.
  static func color(_ arm: Arm) -> String {
    switch arm.postTraining {
    case .none: grey
    case .sgd: black
    case .sam: green
    case .frozen: blue
    case .pof: vermilion
    }
  }

  static func pointType(_ arm: Arm) -> Int {
    switch arm.postTraining {
    case .none: 1
    case .sgd: 5
    case .sam: 9
    case .frozen: 13
    case .pof: 7
    }
  }

  static func dash(_ arm: Arm) -> String {
    switch arm.preTraining {
    case .sgd: "solid"
    case .sam: "(8,4)"
    }
  }

  /// `size` in CSS pixels; twice as many are drawn.
  static func preamble(_ name: String, width: Int, height: Int) -> String {
    """
    # Draws \(name).png from \(name).csv; run gnuplot in this folder.
    set terminal pngcairo noenhanced size \(2 * width),\(2 * height) font 'DejaVu Sans,10' fontscale 2 linewidth 2 \
    pointscale 1.6 background '#ffffff'
    set output '\(name).png'
    set encoding utf8
    set datafile separator comma
    unset key
    set border 3 linewidth 0.5 linecolor '#404040'
    set tics nomirror out scale 0.5
    set grid ytics linewidth 0.8 linecolor '#e0e0e0' dashtype solid
    set format '%g'

    """
  }

  /// A gnuplot string, with arrows set.
  static func quoted(_ plain: String) -> String {
    let printable = plain.unicodeScalars.map { $0.value < 32 ? " " : String($0) }.joined()
    return "'" + printable.replacing("->", with: "\u{2192}").replacing("'", with: "''") + "'"
  }

  /// One entry of a legend.
  struct Entry {
    var title: String
    var color: String
    /// Dash type of its line; nil for a point alone.
    var dash: String? = "solid"
    var pointType: Int? = nil
  }

  /// A legend in columns of `lines` entries, its last line `bottom` above the picture's lower edge. gnuplot's own key
  /// makes every column as wide as the longest entry, which does not fit. Sizes are CSS pixels.
  static func legend(
    _ entries: [Entry], lines: Int, left: Int, columnWidths: [Int], bottom: Int, width: Int, height: Int
  ) -> String {
    func across(_ pixels: Int) -> String { NumberText.fixed(Double(pixels) / Double(width), 4) }
    var script = ""
    for (index, entry) in entries.enumerated() {
      let x = left + columnWidths.prefix(index / lines).reduce(0, +)
      let y = NumberText.fixed(Double(bottom + 16 * (lines - 1 - index % lines)) / Double(height), 4)
      if let dash = entry.dash {
        script += "set arrow from screen \(across(x)),\(y) to screen \(across(x + 28)),\(y) nohead "
        script += "linecolor rgb '\(entry.color)' dashtype \(dash)\n"
      }
      if let pointType = entry.pointType {
        script += "set label '' at screen \(across(x + 14)),\(y) point pointtype \(pointType) "
        script += "linecolor rgb '\(entry.color)'\n"
      }
      script += "set label \(quoted(entry.title)) at screen \(across(x + 35)),\(y) left\n"
    }
    return script
  }

  /// Room around a range; something to see for an empty one.
  static func padded(_ low: Double, _ high: Double) -> Interval {
    let margin = high > low ? 0.08 * (high - low) : max(0.05 * abs(low), 1e-6)
    return Interval(low: low - margin, high: high + margin)
  }

  /// A round distance (1, 2 or 5 times a power of ten) that puts at most five tics on an axis of some length.
  static func ticStep(_ length: Double) -> Double {
    let power = pow(10, (log10(max(length, 1e-12) / 5)).rounded(.down))
    return ([1, 2, 5].map { $0 * power }.first { length / $0 <= 5 }) ?? 10 * power
  }
}

extension ArmGroup {
  /// What the group's pictures say of their origin: commits, identities and commands of its finished runs.
  func stamps(digest: (RunConfiguration) -> String) -> [PNGText] {
    var records: [RunRecord] = []
    for run in runs { if case .done(let record) = run.outcome { records.append(record) } }
    func distinct(_ values: [String]) -> String { Set(values).sorted().joined(separator: "\n") }
    return [
      PNGText(
        keyword: "Source-Commit",
        text: distinct(
          records.map { $0.provenance.environment.commit + ($0.provenance.dirty ? " (uncommitted changes)" : "") })),
      PNGText(keyword: "Run-Digests", text: distinct(records.map { digest($0.configuration) })),
      PNGText(keyword: "Run-Commands", text: distinct(records.map(\.provenance.command))),
    ].filter { !$0.text.isEmpty }
  }
}
