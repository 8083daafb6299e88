import Foundation
import Testing

@testable import Training

struct LineSearchTests {
  /// (t - a)^2 climbs back to L0 at 2a, so the doubling stops at the first power of two beyond it.
  @Test(arguments: [(0.3, 1.0), (0.5, 2.0), (3, 8), (20, 64)])
  func quadratic(minimum: Double, bracket: Double) {
    let result = LineSearch(limit: 100, atLimit: .keep).minimise { ($0 - minimum) * ($0 - minimum) }
    let grid = (1...16).map { bracket * Double($0) / 16 }
    let nearest = grid.min { abs($0 - minimum) < abs($1 - minimum) }
    #expect(result.minimiser == nearest)
    #expect(result.initialLoss == minimum * minimum)
    #expect(!result.reachedLimit)
  }

  /// A loss that only falls: the doubling stops at the first power of two at or above the limit.
  @Test(arguments: [(100.0, 128.0), (128, 128), (10_000, 16_384)])
  func limit(limit: Double, last: Double) {
    var largest = 0.0
    let falling: (Double) -> Double = { t in
      largest = max(largest, t)
      return exp(-t / 1000)
    }
    let kept = LineSearch(limit: limit, atLimit: .keep).minimise(falling)
    #expect(kept == .init(minimiser: last, initialLoss: 1, reachedLimit: true))
    #expect(largest == last)
    let rejected = LineSearch(limit: limit, atLimit: .reject).minimise(falling)
    #expect(rejected == .init(minimiser: 0, initialLoss: 1, reachedLimit: true))
  }

  @Test func tiesGoToTheSmallerStep() {
    let result = LineSearch(limit: 100, atLimit: .keep).minimise { $0 == 0 ? 1 : $0 > 0.9 ? 2 : 0.5 }
    #expect(result.minimiser == 1.0 / 16)
  }

  @Test func whatIsNotFiniteIsNoMinimum() {
    let search = LineSearch(limit: 100, atLimit: .keep)
    #expect(search.minimise { $0 == 0 ? 1 : $0 < 0.5 ? .nan : 3 - $0 }.minimiser == 1)
    #expect(search.minimise { $0 == 0 ? 1 : .nan }.minimiser == 0)
    #expect(search.minimise { $0 == 0 ? 1 : .infinity }.minimiser == 0)
  }

  /// Every grid point is worse than the start: the search still takes the best of them, as the algorithm says.
  @Test func overshoot() {
    #expect(LineSearch(limit: 100, atLimit: .keep).minimise { 1 + $0 }.minimiser == 1.0 / 16)
  }
}
