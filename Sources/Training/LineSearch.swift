// PoF's line search along the classifier's descent direction (paper section 4; ALGORITHM step 4): doubling to bracket
// the valley, then a grid. A pure function of a loss along the line; it knows neither network nor batch.

/// How far a search goes, and what it leaves when it gets there.
public struct LineSearch: Sendable, Hashable {
  /// Points of the grid between 0 and the bracket's end.
  public static let gridPoints = 16

  /// The doubling stops at the first t at or above it.
  public let limit: Double
  public let atLimit: AtSearchLimit

  public init(limit: Double, atLimit: AtSearchLimit) {
    self.limit = limit
    self.atLimit = atLimit
  }

  public struct Result: Sendable, Equatable {
    /// eta*: the grid point with the smallest loss; 0 where the search was rejected.
    public var minimiser: Double
    /// Loss at t = 0 (L0).
    public var initialLoss: Double
    public var reachedLimit: Bool
  }

  /// Searches along `loss`, the mean loss at psi0 - t g.
  ///
  /// t doubles from 1 while the loss there is at most L0. Of the points t i / 16 (i = 1...16) the one with the smallest
  /// loss is taken, of equal ones the smallest t; a loss that is not finite counts as larger than any other. Evaluates
  /// `loss` 17 times plus once for each doubling.
  public func minimise(_ loss: (Double) -> Double) -> Result {
    let initial = loss(0)
    var t = 1.0
    var reachedLimit = false
    while true {
      if t >= limit {
        reachedLimit = true
        break
      }
      // Written so that a NaN ends the doubling.
      guard loss(t) <= initial else { break }
      t *= 2
    }
    if reachedLimit && atLimit == .reject { return Result(minimiser: 0, initialLoss: initial, reachedLimit: true) }
    var best = (t: 0.0, loss: Double.infinity)
    for i in 1...Self.gridPoints {
      let point = t * Double(i) / Double(Self.gridPoints)
      let value = loss(point)
      if value < best.loss { best = (point, value) }
    }
    return Result(minimiser: best.t, initialLoss: initial, reachedLimit: reachedLimit)
  }
}
