// Paired differences as marks of a picture: the data of each (seeds, mean, interval) and the lines that draw them,
// along either axis. Where they stand is the figures' affair.

import Training

/// A paired difference in a picture.
struct DifferenceMark {
  /// In the picture's data.
  var title: String
  var comparison: ArmGroup.Comparison
  /// Along the axis that shows no difference.
  var position: Double
  /// Marks that are drawn alike, in one panel.
  var series: String
}

/// What differences are formed of.
public enum DifferenceMetric: String, Sendable, Hashable, CaseIterable {
  case error, loss

  var label: String {
    switch self {
    case .error: "Test error, points"
    case .loss: "Test loss, nats"
    }
  }

  /// Half an axis that has nothing but zero to show, in the metric's unit.
  var smallestRange: Double {
    switch self {
    case .error: 1
    case .loss: 0.1
    }
  }

  func of(_ comparison: ArmGroup.Comparison) -> PairedDifference {
    switch self {
    case .error: comparison.error
    case .loss: comparison.loss
    }
  }
}

enum DifferenceMarks {
  private static let columns = ["comparison", "metric", "kind", "position", "value", "low", "high", "series"]

  /// What an interval says, in the data and in the looks of its mark.
  private enum Kind: String {
    case supported, undecided
    /// A mean of one seed.
    case alone = "no interval"

    init(_ difference: PairedDifference) {
      self = difference.interval == nil ? .alone : difference.verdict.isSupported ? .supported : .undecided
    }
  }

  static func csv(_ marks: [DifferenceMark]) -> String {
    var text = CSV.line(columns)
    for mark in marks {
      let position = NumberText.short(mark.position)
      for metric in DifferenceMetric.allCases {
        let difference = metric.of(mark.comparison)
        let mean = NumberText.exact(difference.summary?.mean)
        let low = difference.interval.map { "\($0.low)" } ?? ""
        let high = difference.interval.map { "\($0.high)" } ?? ""
        text += CSV.line([
          mark.title, metric.rawValue, Kind(difference).rawValue, position, mean, low, high, mark.series,
        ])
        for (seed, value) in zip(mark.comparison.seeds, difference.differences) {
          text += CSV.line([mark.title, metric.rawValue, "seed \(seed)", position, "\(value)", "", "", mark.series])
        }
      }
    }
    return text
  }

  /// Of differences, intervals and seeds, with room around them; zero is always in view.
  static func range(_ marks: [DifferenceMark], _ metric: DifferenceMetric) -> Interval {
    let values = marks.flatMap { mark -> [Double] in
      let one = metric.of(mark.comparison)
      return one.differences + [one.interval?.low, one.interval?.high].compactMap { $0 }
    }
    let (low, high) = (min(0, values.min() ?? 0), max(0, values.max() ?? 0))
    // Differences of equal numbers may be rounding.
    guard high - low > 1e-9 else { return Interval(low: -metric.smallestRange, high: metric.smallestRange) }
    return FigureStyle.padded(low, high)
  }

  /// gnuplot's functions that select marks and seeds of the data.
  static let selection = """
    of(metric,kind,series) = (strcol(2) eq metric && strcol(3) eq kind && strcol(8) eq series) ? column(5) : NaN
    seed(metric,series) = (strcol(2) eq metric && strcol(3)[1:4] eq 'seed' && strcol(8) eq series) ? column(5) : NaN

    """

  enum Axis { case horizontal, vertical }

  /// Shapes of a series: open, and filled where the interval excludes zero.
  struct Shape: Equatable {
    var open: Int
    var filled: Int

    static let circle = Shape(open: 6, filled: 7)
    static let square = Shape(open: 4, filled: 5)
  }

  /// Plot elements for one series: differences along `axis`, seeds beside their mean by `seedOffset` of the other axis.
  /// Only such as have data: gnuplot warns of others.
  static func plot(
    _ marks: [DifferenceMark], _ file: String, _ metric: DifferenceMetric, series: String, shape: Shape = .circle,
    along axis: Axis, seedOffset: Double
  ) -> [String] {
    func bars(_ kind: Kind, _ pointType: Int, _ color: String) -> String {
      let value = "(of('\(metric)','\(kind.rawValue)','\(series)'))"
      let columns = axis == .horizontal ? "\(value):4:6:7 with xerrorbars" : "4:\(value):6:7 with yerrorbars"
      return "'\(file)' using \(columns) pointtype \(pointType) linecolor rgb '\(color)'"
    }
    let mean = "(of('\(metric)','\(Kind.alone.rawValue)','\(series)'))"
    let means = axis == .horizontal ? "\(mean):4" : "4:\(mean)"
    let value = "(seed('\(metric)','\(series)'))"
    let place = "($4\(seedOffset < 0 ? "-" : "+")\(NumberText.short(abs(seedOffset))))"
    let seeds = axis == .horizontal ? "\(value):\(place)" : "\(place):\(value)"
    let kinds = marks.filter { $0.series == series }.map { Kind(metric.of($0.comparison)) }
    guard !kinds.isEmpty else { return [] }
    var elements: [String] = []
    if kinds.contains(.undecided) { elements.append(bars(.undecided, shape.open, FigureStyle.black)) }
    if kinds.contains(.supported) { elements.append(bars(.supported, shape.filled, FigureStyle.vermilion)) }
    if kinds.contains(.alone) {
      elements.append(
        "'\(file)' using \(means) with points pointtype \(shape.open) linecolor rgb '\(FigureStyle.black)'")
    }
    return elements + [
      "'\(file)' using \(seeds) with points pointtype 2 pointsize 0.6 linecolor rgb '\(FigureStyle.blue)'"
    ]
  }

  /// How many seeds there are, and what a mark is: "mean and 95 % interval", or that there is none.
  static func meaning(_ marks: [DifferenceMark]) -> String {
    let counts = marks.map(\.comparison.seeds.count)
    let seeds = FigureStyle.seeds(counts)
    if counts.allSatisfy({ $0 == 1 }) { return seeds + ", so no interval" }
    return seeds + ", mean and 95 % interval" + (counts.contains(1) ? " (none of one seed)" : "")
  }

  /// Entries of a legend, its last one for single seeds.
  /// - Parameter shapes: of each series that is shown; `title` nil for the only one.
  static func legend(_ marks: [DifferenceMark], _ shapes: [(title: String?, shape: Shape)]) -> [FigurePage.Entry] {
    let isOne = shapes.count == 1
    // The line of a mark is its interval.
    let hasInterval = marks.contains { $0.comparison.error.interval != nil }
    let dash = hasInterval ? "solid" : nil
    var entries = shapes.map { one in
      FigurePage.Entry(
        title: one.title ?? (hasInterval ? "mean and interval" : "difference"), color: FigureStyle.black, dash: dash,
        pointType: one.shape.open)
    }
    if hasInterval, let shape = shapes.first?.shape {
      entries.append(
        FigurePage.Entry(
          title: isOne ? "interval excludes zero" : "filled: interval excludes zero", color: FigureStyle.vermilion,
          dash: dash, pointType: shape.filled))
    }
    return entries + [FigurePage.Entry(title: "one seed", color: FigureStyle.blue, dash: nil, pointType: 2)]
  }
}
