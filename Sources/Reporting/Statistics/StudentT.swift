// Student's t distribution in Double, as pure functions. Nothing else: no tables, no approximations by the normal.

import Foundation

/// Student's t distribution with `degreesOfFreedom` > 0.
public struct StudentT: Sendable, Hashable {
  public let degreesOfFreedom: Double

  /// - Precondition: positive and finite.
  public init(degreesOfFreedom: Double) {
    precondition(degreesOfFreedom > 0 && degreesOfFreedom.isFinite, "degrees of freedom must be positive")
    self.degreesOfFreedom = degreesOfFreedom
  }

  /// P(T <= t), to about 1e-14.
  public func cumulative(_ t: Double) -> Double {
    let tail = 0.5 * incompleteBeta(degreesOfFreedom / 2, 0.5, at: degreesOfFreedom / (degreesOfFreedom + t * t))
    return t > 0 ? 1 - tail : tail
  }

  /// The t with P(T <= t) = p, for 0 < p < 1; NaN otherwise. Relative error below 1e-9.
  ///
  /// Bisection on the tail that p lies in, so that no digits are lost near 1.
  public func quantile(_ p: Double) -> Double {
    guard p > 0, p < 1 else { return .nan }
    guard p != 0.5 else { return 0 }
    let tail = min(p, 1 - p)
    var low = 0.0
    var high = 1.0
    while cumulative(-high) > tail, high < 1e300 { high *= 2 }
    for _ in 0..<200 {
      let middle = low + (high - low) / 2
      guard middle > low, middle < high else { break }
      if cumulative(-middle) > tail { low = middle } else { high = middle }
    }
    let t = low + (high - low) / 2
    return p < 0.5 ? -t : t
  }
}

/// Regularised incomplete beta function I_x(a, b) for a, b > 0 and 0 <= x <= 1.
///
/// Continued fraction (DLMF 8.17.22) by Lentz's method, on the side of the mean where it converges quickly.
public func incompleteBeta(_ a: Double, _ b: Double, at x: Double) -> Double {
  guard x > 0 else { return x == 0 ? 0 : .nan }
  guard x < 1 else { return x == 1 ? 1 : .nan }
  let logFront = logGamma(a + b) - logGamma(a) - logGamma(b) + a * log(x) + b * log1p(-x)
  if x < (a + 1) / (a + b + 2) { return exp(logFront) * betaFraction(a, b, at: x) / a }
  return 1 - exp(logFront) * betaFraction(b, a, at: 1 - x) / b
}

private func betaFraction(_ a: Double, _ b: Double, at x: Double) -> Double {
  let tiny = 1e-300
  func away(_ value: Double) -> Double { abs(value) < tiny ? tiny : value }
  var numerator = 1.0
  var denominator = 1 / away(1 - (a + b) * x / (a + 1))
  var fraction = denominator
  for step in 1...10_000 {
    let m = Double(step)
    let even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
    let odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
    var change = 1.0
    for coefficient in [even, odd] {
      denominator = 1 / away(1 + coefficient * denominator)
      numerator = away(1 + coefficient / numerator)
      change = numerator * denominator
      fraction *= change
    }
    if abs(change - 1) < 1e-16 { break }
  }
  return fraction
}

/// ln Gamma(x) for x > 0.
private func logGamma(_ x: Double) -> Double { lgamma(x) }
