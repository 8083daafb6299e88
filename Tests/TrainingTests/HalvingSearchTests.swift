import Foundation
import Testing

@testable import Training

/// The search below the classifier, where a first step of 1 overshoots, on losses with closed forms.
struct HalvingSearchTests {
  static let search = LineSearch(limit: 100, atLimit: .keep, beginning: .halving)

  /// A search that keeps the points it evaluates.
  static func run(by search: LineSearch = search, _ loss: (Double) -> Double) -> (LineSearch.Result, points: [Double]) {
    var points: [Double] = []
    let result = search.minimise {
      points.append($0)
      return loss($0)
    }
    return (result, points)
  }

  /// (t - a)^2 is below L0 up to 2a: t is halved until t / 16 < 2a, and doubled again only from where t <= 2a.
  @Test(
    arguments: [
      (3, 8), (0.3, 1), (0x1p-4, 1), (0.04, 1), (0x1p-5, 0.5), (0.03, 0.5), (0.01, 0.25), (1e-4, 0x1p-9),
      (0x1.8p-24, 0x1p-19), (0x1.8p-25, 0x1p-20),
    ] as [(Double, Double)])
  func quadratic(minimum: Double, bracket: Double) {
    let (result, points) = Self.run { ($0 - minimum) * ($0 - minimum) }
    let grid = (1...16).map { bracket * Double($0) / 16 }
    let nearest = grid.min { abs($0 - minimum) < abs($1 - minimum) }
    #expect(result == .init(minimiser: nearest ?? .nan, initialLoss: minimum * minimum, reachedLimit: false))
    #expect(Set(points).count == points.count)
  }

  /// 2a at or below the smallest grid point there is, 2^-24: rejected, and no smaller step is tried.
  @Test(arguments: [0x1p-25, 1e-12]) func nothingImproves(minimum: Double) {
    let (result, points) = Self.run { ($0 - minimum) * ($0 - minimum) }
    #expect(result == .init(minimiser: 0, initialLoss: minimum * minimum, reachedLimit: false))
    let halvings: [Double] = (0...20).map { 0x1p-4 / Double(1 << $0) }
    #expect(points == [0] + halvings)
  }

  /// Rising, flat, or not a number anywhere: rejected. A loss at t / 16 that equals L0 is no improvement.
  @Test func noDescent() {
    let losses: [(Double) -> Double] = [
      { 1 + $0 }, { _ in 1 }, { $0 == 0 ? 1 : .nan }, { $0 == 0 ? 1 : .infinity },
    ]
    for loss in losses {
      #expect(Self.run(loss).0 == .init(minimiser: 0, initialLoss: 1, reachedLimit: false))
    }
    #expect(Self.run { _ in .nan }.0.minimiser == 0)
  }

  /// Falls to a cliff beyond which nothing is finite.
  @Test(arguments: [Double.nan, .infinity]) func cliff(beyond: Double) {
    let (result, _) = Self.run { $0 <= 0.02 ? 1 - $0 : beyond }
    // t / 16 <= 0.02 first at t = 1/4; of its grid the last point before the cliff.
    #expect(result == .init(minimiser: 1.0 / 64, initialLoss: 1, reachedLimit: false))
    let wider = Self.run { $0 <= 0.1 ? 1 - $0 : beyond }.0
    #expect(wider == .init(minimiser: 1.0 / 16, initialLoss: 1, reachedLimit: false))
  }

  /// A valley after a wall: halving finds the near side, doubling then goes on as long as the loss is at most L0.
  @Test func doublingAfterHalving() {
    // Below L0 up to 1/40, a wall up to 1/20, below L0 again up to 3.
    let (result, points) = Self.run { t in
      t == 0 ? 1 : t < 1.0 / 40 ? 0.9 : t < 1.0 / 20 ? 2 : t <= 3 ? 0.8 : 3
    }
    // 1/16 lies behind the wall: no halving, doubling to 4, and the first of the grid's points behind the wall.
    #expect(result == .init(minimiser: 0.25, initialLoss: 1, reachedLimit: false))
    #expect(points.max() == 4)
    let (near, _) = Self.run { t in t == 0 ? 1 : t < 1.0 / 40 ? 0.9 : t < 1.0 / 10 ? 2 : t <= 0.3 ? 0.8 : 3 }
    // 1/16 is in the wall, 1/32 as well, 1/64 before it: t = 1/4, where the loss is at most L0, so it doubles to 1/2.
    #expect(near == .init(minimiser: 0.125, initialLoss: 1, reachedLimit: false))
  }

  @Test func limit() {
    let falling: (Double) -> Double = { exp(-$0 / 1000) }
    #expect(Self.run(falling).0 == .init(minimiser: 128, initialLoss: 1, reachedLimit: true))
    let rejecting = LineSearch(limit: 100, atLimit: .reject, beginning: .halving)
    #expect(Self.run(by: rejecting, falling).0 == .init(minimiser: 0, initialLoss: 1, reachedLimit: true))
  }

  /// Where 1/16 improves, both beginnings are one search, but for that point; and neither evaluates a point twice, so
  /// that the numbers of evaluations are these.
  @Test func evaluations() {
    let plain = LineSearch(limit: 100, atLimit: .keep)
    for minimum in [0.05, 0.3, 0.5, 3, 20] {
      let loss: (Double) -> Double = { ($0 - minimum) * ($0 - minimum) }
      let (halving, all) = Self.run(loss)
      let (doubling, points) = Self.run(by: plain, loss)
      #expect(halving == doubling)
      #expect(Set(all) == Set(points).union([1.0 / 16]))
      #expect(Set(points).count == points.count)
    }
    func count(_ search: LineSearch, _ minimum: Double) -> Int {
      Self.run(by: search) { ($0 - minimum) * ($0 - minimum) }.points.count
    }
    // L0, the grid; a doubling adds a point where it leaves the grid of the end below.
    #expect(count(plain, 0.3) == 1 + 16)
    #expect(count(plain, 3) == 1 + 16)
    #expect(count(plain, 20) == 1 + 16 + 2)
    // k halvings visit k points, of which the last four but one are on the grid.
    #expect(count(Self.search, 0.03) == 1 + 16)
    #expect(count(Self.search, 1e-4) == 1 + 16 + 5)
  }
}
