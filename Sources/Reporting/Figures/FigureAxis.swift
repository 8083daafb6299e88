// What an axis of a figure shows: its ends, and tics with labels that fit beside each other. Where it stands in the
// picture is the page's affair.

import Foundation
import Storage

/// One axis of a panel.
struct FigureAxis: Equatable {
  var low: Double
  var high: Double
  var tics: [Tic]

  /// A tic without a label where there is no room for one.
  struct Tic: Equatable {
    var label: String
    var position: Double
  }

  /// Round tics on a range of values: at least three, for which the range is widened where it must be, and at most
  /// `most`, as far as three go with that.
  init(_ range: Interval, most: Int) {
    let step = FigureStyle.ticStep(range.high - range.low, most: most - 1)
    // What lies within rounding of a tic has it.
    var first = Int((range.low / step - 1e-6).rounded(.up))
    var last = Int((range.high / step + 1e-6).rounded(.down))
    (low, high) = (range.low, range.high)
    while last - first < 2 {
      let below = low - Double(first - 1) * step
      let above = Double(last + 1) * step - high
      if below < above {
        first -= 1
        low = Self.rounded(Double(first) * step)
      } else {
        last += 1
        high = Self.rounded(Double(last) * step)
      }
    }
    tics = (first...last).map { index in
      let position = Self.rounded(Double(index) * step)
      return Tic(label: String(format: "%.7g", position), position: position)
    }
  }

  /// Values that begin at zero, such as errors: from zero to a little beyond the largest.
  init(fromZeroTo largest: Double, most: Int) {
    self.init(Interval(low: 0, high: largest > 0 ? 1.08 * largest : 1), most: most)
  }

  /// Whole epochs, with some room beside the first and the last.
  init(epochs: ClosedRange<Int>, most: Int, padding: Double = 0) {
    let length = Double(epochs.count - 1)
    let step = max(1, Int(FigureStyle.ticStep(length, most: most - 1).rounded()))
    (low, high) = (Double(epochs.lowerBound) - padding * length, Double(epochs.upperBound) + padding * length)
    tics = epochs.filter { $0 % step == 0 }.map { Tic(label: "\($0)", position: Double($0)) }
  }

  /// Named places; a label that would touch the one before it is left out, its tic stays.
  /// - Parameter length: of the axis, in CSS pixels.
  init(low: Double, high: Double, places: [(label: String, position: Double)], length: Double) {
    (self.low, self.high) = (low, high)
    var free = -Double.infinity
    tics = places.sorted { $0.position < $1.position }.map { place in
      let middle = (place.position - low) / (high - low) * length
      let half = TextWidth.pixels(place.label, points: FigureStyle.points) / 2
      guard middle - half >= free else { return Tic(label: "", position: place.position) }
      free = middle + half + 5
      return Tic(label: place.label, position: place.position)
    }
  }

  /// Decimals as they are written: sums of steps are not.
  private static func rounded(_ value: Double) -> Double { Double(text(value)) ?? value }

  private static func text(_ value: Double) -> String { String(format: "%.10g", value) }

  /// Of the widest label, in CSS pixels.
  var labelWidth: Double {
    tics.map { TextWidth.pixels($0.label, points: FigureStyle.points) }.max() ?? 0
  }

  /// gnuplot's commands for the axis `name`.
  /// - Parameter labels: whether tics have their labels.
  func commands(_ name: String, labels: Bool = true) -> String {
    let list = tics.map { "\(FigureStyle.quoted(labels ? $0.label : "")) \(Self.text($0.position))" }
      .joined(separator: ", ")
    return "set \(name)range [\(Self.text(low)):\(Self.text(high))]\nset \(name)tics (\(list))\n"
  }
}
