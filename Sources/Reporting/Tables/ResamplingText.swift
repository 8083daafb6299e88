// Bootstrap interval and sign-flip test of paired differences in words, the same in every format.

enum ResamplingText {
  /// Below so many pairs resampling says nothing: there is no bootstrap, and no p below 0.125.
  static let fewestPairs = BootstrapInterval.fewest

  static let reading = """
    The same differences without assuming that they are normal, from five pairs on: BCa bootstrap interval of the mean (95 %, \
    too short where pairs are few), and p of the exact two-sided sign-flip test with the smallest p that so many pairs can \
    reach. Verdicts and bold rest on the t interval alone.
    """

  static let columns = ["BCa interval (points)", "p (smallest)", "BCa interval (nats)", "p (smallest)"]

  static func cells(_ comparison: ArmGroup.Comparison) -> [String] {
    [(comparison.error, 2), (comparison.loss, 4)].flatMap { difference, digits in
      [
        difference.bootstrap.map {
          "[\(NumberText.fixed($0.low, digits, sign: true)), \(NumberText.fixed($0.high, digits, sign: true))]"
        } ?? "",
        difference.signFlip.map { "\(NumberText.short($0.p)) (\(NumberText.short($0.smallest)))" } ?? "",
      ]
    }
  }
}
