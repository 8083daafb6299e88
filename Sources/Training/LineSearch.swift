// PoF's line search along a descent direction (paper section 4; ALGORITHM step 4, and Ablations for layers below the
// classifier): a bracket around the valley, then a grid. A pure function of a loss along the line; it knows neither
// network nor batch.

/// How far a search goes, and what it leaves when it gets there.
public struct LineSearch: Sendable, Hashable {
  /// Points of the grid between 0 and the bracket's end.
  public static let gridPoints = 16
  /// The smallest first step that `Beginning.halving` tries.
  public static let smallestStep = 0x1p-20

  /// The first step, which doubling starts from.
  public enum Beginning: String, Sendable, Hashable, CaseIterable {
    /// t = 1.
    case one
    /// t is halved from 1 until L(t / 16) < L0, where 1 overshoots: along gradients of layers below the classifier.
    /// Where even the smallest step finds no smaller loss, or no point of the grid has one, the search is rejected.
    case halving
  }

  /// The doubling stops at the first t at or above it.
  public let limit: Double
  public let atLimit: AtSearchLimit
  public var beginning: Beginning

  public init(limit: Double, atLimit: AtSearchLimit, beginning: Beginning = .one) {
    self.limit = limit
    self.atLimit = atLimit
    self.beginning = beginning
  }

  public struct Result: Sendable, Equatable {
    /// eta*: the grid point with the smallest loss; 0 where the search was rejected.
    public var minimiser: Double
    /// Loss at t = 0 (L0).
    public var initialLoss: Double
    public var reachedLimit: Bool
  }

  /// Searches along `loss`, the mean loss at t g below where the search starts.
  ///
  /// From its beginning, t doubles while the loss there is at most L0. Of the points t i / 16 (i = 1...16) the one with
  /// the smallest loss is taken, of equal ones the smallest t; a loss that is not finite counts as larger than any
  /// other. Evaluates `loss` at 0 and at no point twice: halving and doubling visit points of the grid.
  public func minimise(_ loss: (Double) -> Double) -> Result {
    let initial = loss(0)
    var bracket = Bracket()
    if beginning == .halving {
      // Written, as the next loop, so that a NaN is no improvement.
      while !(bracket.loss(atHalving: 4, loss) < initial) {
        guard bracket.end > Self.smallestStep else {
          return Result(minimiser: 0, initialLoss: initial, reachedLimit: false)
        }
        bracket.halve()
      }
    }
    var reachedLimit = false
    while true {
      if bracket.end >= limit {
        reachedLimit = true
        break
      }
      guard bracket.loss(atHalving: 0, loss) <= initial else { break }
      bracket.double()
    }
    let rejected = Result(minimiser: 0, initialLoss: initial, reachedLimit: reachedLimit)
    if reachedLimit && atLimit == .reject { return rejected }
    var best = (t: 0.0, loss: Double.infinity)
    for i in 1...Self.gridPoints {
      let point = bracket.end * Double(i) / Double(Self.gridPoints)
      let isHalving = i.nonzeroBitCount == 1
      let value = isHalving ? bracket.loss(atHalving: 4 - i.trailingZeroBitCount, loss) : loss(point)
      if value < best.loss { best = (point, value) }
    }
    if beginning == .halving && !(best.loss < initial) { return rejected }
    return Result(minimiser: best.t, initialLoss: initial, reachedLimit: reachedLimit)
  }
}

/// The interval from 0 to t, with the losses known at t, t / 2, t / 4, t / 8 and t / 16: points of t's grid, which
/// halving and doubling also visit.
private struct Bracket {
  private(set) var end = 1.0
  /// NaN where unknown; what is really NaN is evaluated again.
  private var known = SIMD8<Double>(repeating: .nan)

  /// Loss at end / 2^j, j in 0...4.
  mutating func loss(atHalving j: Int, _ loss: (Double) -> Double) -> Double {
    if known[j].isNaN { known[j] = loss(end / Double(1 << j)) }
    return known[j]
  }

  mutating func halve() {
    end /= 2
    for j in 0..<4 { known[j] = known[j + 1] }
    known[4] = .nan
  }

  mutating func double() {
    end *= 2
    for j in (1...4).reversed() { known[j] = known[j - 1] }
    known[0] = .nan
  }
}
