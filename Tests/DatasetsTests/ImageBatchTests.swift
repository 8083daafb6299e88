// The batch's buffers: alignment, content, and that they are freed.

import Foundation
import Testing

@testable import Datasets

@Suite struct ImageBatchTests {
  @Test func buffersAreAlignedAndSized() {
    for capacity in 1...5 {
      let batch = ImageBatch(capacity: capacity, channels: 3, size: 5)
      #expect(UInt(bitPattern: batch.images.baseAddress) % 64 == 0)
      #expect(UInt(bitPattern: batch.labels.baseAddress) % 64 == 0)
      #expect(batch.imageElements == 75 && batch.images.count == capacity * 75 && batch.labels.count == capacity)
      #expect(batch.count == 0 && batch.images.allSatisfy { $0 == 0 })
    }
  }

  @Test func takesOverArrays() {
    let batch = ImageBatch(capacity: 3, channels: 1, size: 2)
    batch.set(images: [1, 2, 3, 4, 5, 6, 7, 8], labels: [9, 8])
    #expect(batch.count == 2)
    #expect(Array(batch.images) == [1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 0])
    #expect(Array(batch.labels) == [9, 8, 0])
    batch.set(images: [], labels: [])
    #expect(batch.count == 0)
  }

  /// 1.6 GB in all, if none were freed; other suites run beside it.
  @Test func memoryIsFreed() throws {
    func residentBytes() throws -> Int {
      let pages = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")[1]
      return try #require(Int(pages)) * sysconf(Int32(_SC_PAGESIZE))
    }
    let before = try residentBytes()
    for _ in 0..<200 {
      let batch = ImageBatch(capacity: 2000, channels: 1, size: 32)
      #expect(batch.count == 0)
    }
    #expect(try residentBytes() - before < 1000 << 20)
  }
}
