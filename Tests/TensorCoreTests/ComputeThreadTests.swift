import Foundation
import TensorCore
import Testing

struct ComputeThreadTests {
  private enum Refusal: Error { case always }

  @Test func performsElsewhereAndReturnsTheResult() throws {
    let here = pthread_self()
    let first = try ComputeThread.shared.perform { pthread_self() }
    #expect(pthread_equal(first, here) == 0)
    #expect(pthread_equal(try ComputeThread.shared.perform { pthread_self() }, first) != 0)
  }

  @Test func errorsComeBack() {
    #expect(throws: Refusal.self) { try ComputeThread.shared.perform { throw Refusal.always } }
  }
}
