// Sign-flip test, bootstrap interval and effect size against scipy 1.17.1 and numpy 2.4.6, and what must hold of them
// whatever the numbers are.

import Testing

@testable import Reporting

/// Differences with the numbers that scipy gives for them.
struct ResamplingCase: Sendable {
  var differences: [Double]
  /// `scipy.stats.permutation_test((d,), numpy.mean, permutation_type='samples', n_resamples=numpy.inf).pvalue`
  var p: Double
  /// numpy: d.mean() / d.std(ddof=1)
  var effectSize: Double
  /// All n^n resamples by counts, with ties decided on `fractions.Fraction`s of the decimals; z0 =
  /// scipy.stats.norm.ppf((less + 0.5 equal) / n^n); a = sum(u^3) / sum(u^2)^1.5 / 6 with u = d - d.mean(); ends at
  /// scipy.stats.norm.cdf(z0 + (z0 + z) / (1 - a (z0 + z))) by linear interpolation between the sorted means.
  var exact: Interval
  /// `scipy.stats.bootstrap((d,), numpy.mean, n_resamples=200000, method='BCa', rng=numpy.random.default_rng(1))
  /// .confidence_interval` (100,000 for ten).
  var drawn: Interval
}

private let cases = [
  // Exact in binary: on these scipy's own `_bca_interval`, given all 3,125 resamples, gives the same ends.
  ResamplingCase(
    differences: [0.5, -0.25, 1.75, 0.125, 0.875], p: 0.1875, effectSize: 0.7817548103813475,
    exact: Interval(low: 0.125, high: 1.325), drawn: Interval(low: 0.125, high: 1.325)),
  ResamplingCase(
    differences: [0.014, 0.021, 0.022, 0.011, 0.022], p: 0.0625, effectSize: 3.496629104486151,
    exact: Interval(low: 0.0134, high: 0.0216), drawn: Interval(low: 0.0134, high: 0.0216)),
  // Measured ones: PoF minus SGD in points of test error.
  ResamplingCase(
    differences: [-0.08, -0.72, -0.14, -0.24, 1.08], p: 0.9375, effectSize: -0.030096463271442258,
    exact: Interval(low: -0.4, high: 0.616), drawn: Interval(low: -0.392, high: 0.616)),
  ResamplingCase(
    differences: [1, 2, 4, 8, 16, -3], p: 0.15625, effectSize: 0.7045948486252366,
    exact: Interval(low: 0.8333333333333334, high: 10.833333333333334),
    drawn: Interval(low: 0.8333333333333334, high: 10.833333333333334)),
  // A third of all resamples equals the estimate.
  ResamplingCase(
    differences: [1, 1, 1, 2, 2], p: 0.0625, effectSize: 2.556038601690775, exact: Interval(low: 1, high: 1.8),
    drawn: Interval(low: 1, high: 1.8)),
  ResamplingCase(
    differences: [0.3, -0.1, 0.7, 0.2, 0.9, -0.4, 0.6, 0.1, 0.8, 2.5], p: 0.03125, effectSize: 0.7021978076057267,
    exact: Interval(low: 0.21, high: 1.23), drawn: Interval(low: 0.20999999999999996, high: 1.23)),
]

/// More than are enumerated.
private let twelve = [0.12, -0.31, 0.42, 0.08, 0.55, -0.07, 0.29, 0.33, -0.18, 0.61, 0.05, 0.94]

private func near(_ found: Interval?, _ expected: Interval, within tolerance: Double) -> Bool {
  guard let found else { return false }
  return abs(found.low - expected.low) <= tolerance && abs(found.high - expected.high) <= tolerance
}

@Suite struct ResamplingTests {
  @Test(arguments: cases) func asInSciPy(one: ResamplingCase) throws {
    let found = PairedDifference(one.differences)
    #expect(found.signFlip?.p == one.p)
    #expect(abs(try #require(found.effectSize) - one.effectSize) <= 1e-12)
    #expect(near(found.bootstrap, one.exact, within: 1e-12))
    // The means lie on a grid: scipy's draws may end on the neighbouring point.
    let spread = one.exact.high - one.exact.low
    #expect(near(found.bootstrap, one.drawn, within: 0.01 * spread))
  }

  /// The suite's own draws, made again in numpy: Philox4x32-10 with counter (place, resample, 0, 0) and key (0, 9), the
  /// high half of 64 bits times n; then as above with `numpy.percentile`.
  @Test func drawnResamples() throws {
    let found = PairedDifference(twelve)
    let expected = Interval(low: 0.054166666666666696, high: 0.4416494737997466)
    #expect(near(found.bootstrap, expected, within: 1e-12))
    // scipy.stats.bootstrap with 500,000 resamples: one and two of the means' grid's points away.
    #expect(near(found.bootstrap, Interval(low: 0.055, high: 0.4458333333333333), within: 0.005))
    // scipy.stats.permutation_test with all 4,096 patterns.
    #expect(found.signFlip?.p == 0.0439453125)
    #expect(abs(try #require(found.effectSize) - 0.6571026354700255) <= 1e-12)
    #expect(PairedDifference(twelve) == found)
  }

  /// scipy.stats.norm.cdf
  @Test(arguments: [
    (-37.0, 5.7255712225239266e-300), (-8, 6.22096057427174e-16), (-1.96, 0.024997895148220435), (0, 0.5),
    (0.5, 0.6914624612740131), (3, 0.9986501019683699), (8, 0.9999999999999993),
  ]) func normalCumulative(z: Double, expected: Double) {
    #expect(abs(StandardNormal.cumulative(z) / expected - 1) <= 1e-12)
  }

  /// scipy.stats.norm.ppf
  @Test(arguments: [
    (1e-300, -37.0470962993612), (1e-10, -6.361340902404056), (0.025, -1.9599639845400545),
    (0.3, -0.5244005127080409), (0.5, 0.0), (0.975, 1.959963984540054), (1 - 1e-10, 6.361340889697422),
  ]) func normalQuantile(p: Double, expected: Double) {
    #expect(abs(StandardNormal.quantile(p) - expected) <= 1e-13 * abs(expected))
  }

  @Test func normalQuantileOutside() {
    for p in [0, 1, -1, 2, Double.nan] { #expect(StandardNormal.quantile(p).isNaN, "\(p)") }
  }

  @Test(arguments: cases.map(\.differences) + [twelve]) func signsAndScale(differences: [Double]) throws {
    let plain = PairedDifference(differences)
    let interval = try #require(plain.bootstrap)
    let size = try #require(plain.effectSize)
    let mirrored = PairedDifference(differences.map { -$0 })
    #expect(mirrored.signFlip == plain.signFlip)
    #expect(abs(try #require(mirrored.effectSize) + size) <= 1e-12)
    #expect(near(mirrored.bootstrap, Interval(low: -interval.high, high: -interval.low), within: 1e-9))
    for scale in [1e-6, 3, 1e6] {
      let scaled = PairedDifference(differences.map { scale * $0 })
      #expect(scaled.signFlip == plain.signFlip)
      #expect(abs(try #require(scaled.effectSize) - size) <= 1e-9)
      let expected = Interval(low: scale * interval.low, high: scale * interval.high)
      #expect(near(scaled.bootstrap, expected, within: 1e-9 * scale))
    }
    // The order of the pairs is none of the test's business, and of the enumeration's neither.
    let sorted = PairedDifference(differences.sorted())
    #expect(sorted.signFlip == plain.signFlip)
    if differences.count <= BootstrapInterval.mostEnumerated {
      #expect(near(sorted.bootstrap, interval, within: 1e-9))
    }
  }

  @Test(arguments: [5, 7, 11]) func shiftedNumbersHaveShiftedIntervals(count: Int) throws {
    let differences = Array(twelve.prefix(count))
    let interval = try #require(BootstrapInterval.mean(of: differences))
    let expected = Interval(low: interval.low + 2, high: interval.high + 2)
    #expect(near(BootstrapInterval.mean(of: differences.map { $0 + 2 }), expected, within: 1e-9))
  }

  @Test func tooFewForABootstrap() {
    for count in 0..<BootstrapInterval.fewest {
      #expect(PairedDifference(Array(twelve.prefix(count))).bootstrap == nil, "\(count)")
    }
    #expect(PairedDifference(Array(twelve.prefix(5))).bootstrap != nil)
  }

  @Test func smallestReachableP() throws {
    #expect(SignFlipTest(of: []) == nil)
    for (count, smallest) in [(1, 1.0), (2, 0.5), (3, 0.25), (5, 0.0625), (6, 0.03125), (20, 2 / 1_048_576)] {
      // All on one side of zero: that very p.
      let test = try #require(SignFlipTest(of: (1...count).map { 0.1 * Double($0) }))
      #expect(test.smallest == smallest)
      #expect(test.p == smallest)
    }
    #expect(SignFlipTest(of: Array(repeating: 1, count: 21)) == nil)
    #expect(SignFlipTest(of: [0.1, .nan, 0.2]) == nil)
    #expect(SignFlipTest(of: [0.1, .infinity]) == nil)
  }

  /// scipy.stats.permutation_test again: zeros double every pattern.
  @Test func zerosAmongTheDifferences() throws {
    let test = try #require(SignFlipTest(of: [0, 0, 0.3, 0.1, -0.05]))
    #expect(test.p == 0.5)
    #expect(test.smallest == 0.0625)
    #expect(SignFlipTest(of: [0.5, -0.5])?.p == 1)
    // On one side but for a zero: twice the smallest.
    #expect(SignFlipTest(of: [0, 0.1, 0.2, 0.3, 0.4])?.p == 0.125)
  }

  /// 0.1 + 0.2 and 0.3 are one value that was rounded twice, here and in the bootstrap's ties.
  @Test func roundingIsNoDifference() throws {
    #expect(SignFlipTest(of: [0.1, 0.2, -0.3])?.p == 1)
    #expect(SignFlipTest(of: [0.1, -0.2, 0.3])?.p == SignFlipTest(of: [1, -2, 3])?.p)
    let decimal = try #require(BootstrapInterval.mean(of: [0.1, 0.2, 0.3, 0.4, 0.7]))
    let whole = try #require(BootstrapInterval.mean(of: [1, 2, 3, 4, 7]))
    #expect(near(decimal, Interval(low: whole.low / 10, high: whole.high / 10), within: 1e-12))
  }

  @Test func constantDifferences() {
    for value in [0, 0.25, -0.1] {
      let one = PairedDifference(Array(repeating: value, count: 6))
      #expect(one.bootstrap == nil)
      #expect(one.effectSize == nil)
      #expect(one.signFlip?.p == (value == 0 ? 1 : 0.03125))
    }
    // Equal but for the last bits.
    let rounded = PairedDifference([15.1 - 15, 16.1 - 16, 17.1 - 17, 18.1 - 18, 19.1 - 19])
    #expect(rounded.bootstrap == nil && rounded.effectSize == nil && rounded.verdict == .noSpread)
    #expect(PairedDifference([0.3]).effectSize == nil)
    #expect(PairedDifference([]).signFlip == nil)
    #expect(BootstrapInterval.mean(of: [1, 2, 3, 4, .nan]) == nil)
  }
}
