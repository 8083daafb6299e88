// The few statistics that the tables need, as pure functions of numbers. They know nothing of runs or arms.

/// Mean and sample deviation of some numbers.
public struct Summary: Sendable, Hashable {
  public let count: Int
  public let mean: Double
  /// Sample standard deviation (n - 1); nil for a single number.
  public let deviation: Double?

  /// Nil for no numbers.
  public init?(of values: [Double]) {
    guard !values.isEmpty else { return nil }
    count = values.count
    let mean = values.reduce(0, +) / Double(values.count)
    self.mean = mean
    guard values.count > 1 else {
      deviation = nil
      return
    }
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    deviation = (squares / Double(values.count - 1)).squareRoot()
  }
}

/// What counts as no difference: measured values have few decimals and differ by rounding where they should be equal.
enum Rounding {
  /// A billionth of the largest magnitude among the values.
  static func tolerance(of values: [Double]) -> Double { 1e-9 * values.reduce(0) { max($0, abs($1)) } }
}

/// A closed interval of real numbers.
public struct Interval: Sendable, Hashable {
  public let low: Double
  public let high: Double

  public init(low: Double, high: Double) {
    self.low = low
    self.high = high
  }
}

/// What a paired difference supports.
public enum Verdict: Sendable, Hashable {
  /// The interval lies below zero.
  case lower
  /// The interval lies above zero.
  case higher
  /// The interval contains zero.
  case undecided
  /// Every pair is equal.
  case identical
  /// Every pair differs by the same amount: no spread, so that a t interval means nothing.
  case noSpread
  /// One pair: no interval.
  case onePair
  case noPairs
}

/// Differences of pairs with a two-sided t interval for their mean, which alone decides the verdict; beside it what
/// asks less of their distribution, and the size of the effect.
public struct PairedDifference: Sendable, Hashable {
  /// Share of intervals that contain the true mean when differences are normal.
  public static let confidence = 0.95

  /// One per pair, treatment - control.
  public let differences: [Double]
  /// Nil for no pairs.
  public let summary: Summary?
  /// Nil below two pairs.
  public let interval: Interval?
  /// Bias-corrected and accelerated, of the mean; nil below five pairs and without spread. Too short where pairs are
  /// few.
  public let bootstrap: Interval?
  /// Nil for no pairs and for more than twenty.
  public let signFlip: SignFlipTest?
  /// Cohen's d_z, the mean over the sample deviation of the differences; nil without spread.
  public let effectSize: Double?
  public let verdict: Verdict

  public init(_ differences: [Double]) {
    self.differences = differences
    summary = Summary(of: differences)
    bootstrap = BootstrapInterval.mean(of: differences)
    signFlip = SignFlipTest(of: differences)
    guard let summary, let deviation = summary.deviation else {
      interval = nil
      effectSize = nil
      verdict = differences.isEmpty ? .noPairs : .onePair
      return
    }
    let interval = Self.interval(summary, deviation, confidence: Self.confidence)
    self.interval = interval
    // Equal differences of decimal numbers still differ by rounding: a spread that small is none.
    let hasSpread = deviation > Rounding.tolerance(of: differences)
    effectSize = hasSpread ? summary.mean / deviation : nil
    if differences.allSatisfy({ $0 == 0 }) {
      verdict = .identical
    } else if !hasSpread {
      verdict = .noSpread
    } else if interval.high < 0 {
      verdict = .lower
    } else if interval.low > 0 {
      verdict = .higher
    } else {
      verdict = .undecided
    }
  }

  /// The t interval of another confidence in 0..<1; nil below two pairs.
  public func interval(confidence: Double) -> Interval? {
    guard let summary, let deviation = summary.deviation else { return nil }
    return Self.interval(summary, deviation, confidence: confidence)
  }

  private static func interval(_ summary: Summary, _ deviation: Double, confidence: Double) -> Interval {
    let quantile = StudentT(degreesOfFreedom: Double(summary.count - 1)).quantile(0.5 + confidence / 2)
    let half = quantile * deviation / Double(summary.count).squareRoot()
    return Interval(low: summary.mean - half, high: summary.mean + half)
  }
}
