// How figures look: colours, points, dashes, sizes of text. Which of them a figure uses is its own affair.

import Foundation
import Storage
import Training

/// Okabe and Ito's colours, which stay apart for colour-blind readers; lines differ in dashes and points as well.
enum FigureStyle {
  static let grey = "#7f7f7f"
  static let black = "#000000"
  static let vermilion = "#d55e00"
  static let blue = "#0072b2"
  static let green = "#009e73"
  /// Of what is measured on the training set.
  static let purple = "#cc79a7"
  /// Axes, and lines that are no data.
  static let frame = "#404040"

  /// Size of labels.
  static let points = 10.0
  /// Size of what explains a picture, the smallest: 6 points where a picture is as wide as a column of 3.3 inches.
  static let smallPoints = 9.5
  static let titlePoints = 11.0

  static func font(_ points: Double) -> String { "'DejaVu Sans,\(NumberText.short(points))'" }

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

  /// As it is drawn: arrows set, no control characters.
  static func printable(_ plain: String) -> String {
    plain.unicodeScalars.map { $0.value < 32 ? " " : String($0) }.joined().replacing("->", with: "\u{2192}")
  }

  /// A gnuplot string, with arrows set.
  static func quoted(_ plain: String) -> String { "'" + printable(plain).replacing("'", with: "''") + "'" }

  /// Room around a range; something to see for one that is empty but for rounding.
  static func padded(_ low: Double, _ high: Double) -> Interval {
    let margin = high - low > 1e-4 * max(abs(low), abs(high)) ? 0.08 * (high - low) : max(0.05 * abs(low), 1e-6)
    return Interval(low: low - margin, high: high + margin)
  }

  /// A round distance (1, 2 or 5 times a power of ten) that divides some length into at most `most` parts.
  static func ticStep(_ length: Double, most: Int = 5) -> Double {
    let power = pow(10, (log10(max(length, 1e-12) / Double(most))).rounded(.down))
    return ([1, 2, 5].map { $0 * power }.first { length / $0 <= Double(most) }) ?? 10 * power
  }

  /// "n = 5 seeds", or "n = 3 to 5 seeds" where counts differ.
  static func seeds(_ counts: [Int]) -> String {
    let (fewest, most) = (counts.min() ?? 0, counts.max() ?? 0)
    return fewest == most ? "n = \(most) seed\(most == 1 ? "" : "s")" : "n = \(fewest) to \(most) seeds"
  }
}
