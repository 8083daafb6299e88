// Statistics against numbers computed with scipy 1.17.1 (stats.t, special.betainc, stats.ttest_rel).

import Testing

@testable import Reporting

@Suite struct StatisticsTests {
  @Test(arguments: [
    (0.5, 0.5, 0.3, 0.36901011956554536), (2, 3, 0.4, 0.5248), (10, 0.5, 0.99, 0.6579281751567845),
    (0.5, 100, 0.001, 0.34495648367557025), (5, 5, 0.5, 0.5), (30, 1, 0.9, 0.04239115827521624), (2, 3, 0, 0),
    (2, 3, 1, 1),
  ])
  func incompleteBetaFunction(a: Double, b: Double, x: Double, expected: Double) {
    #expect(abs(incompleteBeta(a, b, at: x) - expected) <= 1e-13)
  }

  @Test(arguments: [
    (0.0, 3.0, 0.5), (1, 1, 0.75), (-2.5, 4, 0.03338327240599407), (4.302652729911275, 2, 0.9750000000017417),
    (0.3, 30, 0.6168769473578236), (12, 2, 0.9965635331614208), (1e-3, 5, 0.5003796066139012),
  ])
  func cumulative(t: Double, degrees: Double, expected: Double) {
    #expect(abs(StudentT(degreesOfFreedom: degrees).cumulative(t) - expected) <= 1e-12)
  }

  // scipy's own quantiles are good to about 1e-10: 0.975 at 2 degrees is 4.30265272991 in closed form.
  @Test(arguments: [
    (0.975, 1.0, 12.706204736174694), (0.975, 2, 4.302652729749462), (0.975, 4, 2.7764451051977934),
    (0.975, 9, 2.262157162798205), (0.975, 999, 1.9623414611334493), (0.995, 3, 5.840909309733355),
    (0.9, 7.5, 1.4052118464159533), (0.025, 2, -4.302652729749464), (0.5, 7, 0),
  ])
  func quantile(p: Double, degrees: Double, expected: Double) {
    #expect(abs(StudentT(degreesOfFreedom: degrees).quantile(p) - expected) <= 1e-9 * max(1, abs(expected)))
  }

  @Test func quantileAtTwoDegreesInClosedForm() {
    // t = (2p - 1) sqrt(2 / (4p (1 - p))) ... for 2 degrees of freedom.
    let p = 0.975
    let exact = (2 * p - 1) * (2 / (4 * p * (1 - p))).squareRoot()
    #expect(abs(StudentT(degreesOfFreedom: 2).quantile(p) - exact) <= 1e-12)
    #expect(StudentT(degreesOfFreedom: 2).quantile(1).isNaN)
    #expect(StudentT(degreesOfFreedom: 2).quantile(.nan).isNaN)
  }

  @Test func summaryOfSeveral() throws {
    let summary = try #require(Summary(of: [15.5, 15.82, 16.41]))
    #expect(summary.count == 3)
    #expect(abs(summary.mean - 15.91) <= 1e-12)
    #expect(abs(try #require(summary.deviation) - 0.4616275555033517) <= 1e-12)
  }

  @Test func summaryOfOneHasNoDeviation() {
    #expect(Summary(of: [3])?.deviation == nil)
    #expect(Summary(of: [3])?.mean == 3)
    #expect(Summary(of: []) == nil)
  }

  @Test func pairedIntervals() throws {
    let three = PairedDifference([15.5 - 15.35, 15.82 - 15.5, 16.41 - 15.32])
    #expect(abs(try #require(three.interval).low - -0.7243025712779368) <= 1e-9)
    #expect(abs(try #require(three.interval).high - 1.7643025712779372) <= 1e-9)
    #expect(three.verdict == .undecided)
    let five = PairedDifference([0.586 - 0.572, 0.601 - 0.580, 0.593 - 0.571, 0.59 - 0.579, 0.597 - 0.575])
    #expect(abs(try #require(five.interval).low - 0.011608143357557459) <= 1e-11)
    #expect(abs(try #require(five.interval).high - 0.024391856642442575) <= 1e-11)
    #expect(abs(try #require(five.summary).mean - 0.018) <= 1e-12)
    #expect(five.verdict == .higher)
    #expect(PairedDifference([-1, -1.1, -0.9]).verdict == .lower)
  }

  @Test func degenerateDifferences() {
    #expect(PairedDifference([]).verdict == .noPairs)
    #expect(PairedDifference([0.3]).verdict == .onePair)
    #expect(PairedDifference([0.3]).interval == nil)
    #expect(PairedDifference([0, 0, 0]).verdict == .identical)
    // 15.1 - 15, 16.1 - 16 and 17.1 - 17 differ in their last bits alone.
    #expect(PairedDifference([15.1 - 15, 16.1 - 16, 17.1 - 17]).verdict == .noSpread)
  }

  @Test func numbersAsText() {
    #expect(NumberText.fixed(-0.004, 2, sign: true) == "0.00")
    #expect(NumberText.fixed(0.125, 1, sign: true) == "+0.1")
    #expect(NumberText.fixed(-1.26, 1) == "-1.3")
    #expect(NumberText.short(0.1 * 0.2 * 0.2 * 0.2 * 0.2) == "0.00016")
    #expect(NumberText.grouped(1960) == "1,960")
    #expect(NumberText.grouped(-1_234_567) == "-1,234,567")
    #expect(NumberText.grouped(100) == "100")
    #expect(NumberText.exact(0.1 + 0.2) == "0.30000000000000004")
    #expect(NumberText.exact(nil) == "")
  }
}
