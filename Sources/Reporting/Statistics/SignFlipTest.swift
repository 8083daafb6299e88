// The permutation test of paired differences, by complete enumeration: it samples nothing and approximates nothing.

/// Exact two-sided test of whether paired differences lie around zero: if treatment and control were exchangeable,
/// every pattern of signs would have been as likely as the one that was found.
///
/// As `scipy.stats.permutation_test((differences,), numpy.mean, permutation_type='samples')` with all 2^n patterns.
public struct SignFlipTest: Sendable, Hashable {
  /// Most differences whose patterns are enumerated: a million of them. Beyond it there is no test.
  public static let most = 20

  /// Share of the 2^n patterns whose mean lies as far from zero as the one that was found, or farther, on either side.
  /// Means that differ by rounding alone (`Rounding`) lie equally far.
  public let p: Double
  /// 2 / 2^n, the smallest p that n differences without a zero can reach: 0.0625 for five, so that a p of 0.05 is out
  /// of reach of five seeds, whatever they show. A difference of zero has the same pattern twice and raises what can be
  /// reached; that is not counted in, this is a number of n alone. (1 for a single difference.)
  public let smallest: Double

  /// Nil for no differences, for more than `most`, and where one is not finite.
  public init?(of differences: [Double]) {
    guard !differences.isEmpty, differences.count <= Self.most, differences.allSatisfy(\.isFinite) else { return nil }
    // Every sum by n additions of its own, so that no rounding piles up over the patterns.
    var sums = [0.0]
    for difference in differences { sums = sums.map { $0 + difference } + sums.map { $0 - difference } }
    let found = abs(differences.reduce(0, +)) - Rounding.tolerance(of: differences)
    p = Double(sums.count(where: { abs($0) >= found })) / Double(sums.count)
    smallest = 2 / Double(sums.count)
  }
}
