// The standard normal distribution in Double, as pure functions. Nothing else: no fitted approximations.

import Foundation

enum StandardNormal {
  /// P(Z <= z), to a few units in the last place, in the lower tail too.
  static func cumulative(_ z: Double) -> Double { 0.5 * erfc(-z / 2.0.squareRoot()) }

  /// The z with P(Z <= z) = p, for 0 < p < 1; NaN otherwise. Relative error below 1e-12 for p in the lower half.
  ///
  /// Bisection on the lower tail, where the distribution function keeps its digits. Near 1 the argument itself has lost
  /// them.
  static func quantile(_ p: Double) -> Double {
    guard p > 0, p < 1 else { return .nan }
    let tail = min(p, 1 - p)
    guard tail < 0.5 else { return 0 }
    // P(Z <= -39) is no Double any more.
    var low = 0.0
    var high = 39.0
    while true {
      let middle = low + (high - low) / 2
      guard middle > low, middle < high else { break }
      if cumulative(-middle) > tail { low = middle } else { high = middle }
    }
    return p < 0.5 ? -high : high
  }
}
