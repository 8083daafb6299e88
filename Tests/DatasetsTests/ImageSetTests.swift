// Limits of image sets, which must not make a large set lie in memory twice, and arrays that are filled in place.

import Testing

@testable import Datasets

@Suite struct ImageSetTests {
  private func address(_ bytes: [UInt8]) -> UnsafePointer<UInt8>? { bytes.withUnsafeBufferPointer { $0.baseAddress } }

  @Test(arguments: [1, 5, 6, 9])
  func limitKeepsTheFirstImages(limit: Int) {
    let whole = noiseSet(count: 10, channels: 3, size: 4)
    var part = whole
    part.limit(to: limit)
    #expect(part.count == limit && part.classes == 10 && part.imageBytes == 48)
    #expect(part.pixels == Array(whole.pixels[..<(limit * 48)]) && part.labels == Array(whole.labels[..<limit]))
  }

  @Test(arguments: [0, 10, 11])
  func noLimitKeepsAll(limit: Int) {
    let whole = noiseSet(count: 10, channels: 1, size: 4)
    var part = whole
    part.limit(to: limit)
    #expect(part.pixels == whole.pixels && part.labels == whole.labels)
  }

  @Test func aLargePartStaysInItsPlace() {
    var set = noiseSet(count: 100, channels: 3, size: 32)
    let place = address(set.pixels)
    set.limit(to: 99)
    #expect(address(set.pixels) == place)
    set.limit(to: 51)
    #expect(address(set.pixels) == place && set.pixels.count == 51 * 3072)
  }

  @Test func aSmallPartFreesTheRest() {
    var set = noiseSet(count: 100, channels: 3, size: 32)
    set.limit(to: 10)
    #expect(set.pixels.capacity < 20 * 3072)
  }

  @Test func bothSetsAreLimited() {
    var dataset = SyntheticDataset.make(for: .cifar10, trainCount: 9, testCount: 8, seed: 1)
    let (train, test) = (dataset.train.pixels, dataset.test.pixels)
    dataset.limit(train: 7, test: 0)
    #expect(dataset.train.pixels == Array(train[..<(7 * 3072)]) && dataset.test.pixels == test)
    dataset.limit(train: 0, test: 2)
    #expect(dataset.train.count == 7 && dataset.test.pixels == Array(test[..<(2 * 3072)]))
  }

  @Test func arraysAreFilledInPlaceOrNotAtAll() throws {
    let filled = try [UInt8](count: 5, path: "x") { (buffer) throws(DatasetError) in
      buffer.copyBytes(from: [1, 2, 3, 4, 5])
    }
    #expect(filled == [1, 2, 3, 4, 5])
    let failed = datasetError { () throws(DatasetError) in
      try [UInt8](count: 5, path: "x") { (_) throws(DatasetError) in throw .empty(path: "x") }
    }
    #expect(failed == .empty(path: "x"))
    let vast = datasetError { () throws(DatasetError) in
      try [UInt8](count: 1 << 60, path: "x") { (_) throws(DatasetError) in Issue.record("there was memory for it") }
    }
    #expect(vast == .noMemory(path: "x", bytes: 1 << 60))
  }
}
