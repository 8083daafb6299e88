// CIFAR's files as they are published, in small: read as they were written, found in each of three folders, refused by
// name where they are damaged.

import Foundation
import Testing

@testable import Datasets

@Suite struct CIFARReaderTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private static let batches = (1...5).map { "data_batch_\($0).bin" }

  private func load(_ name: DatasetName = .cifar10, _ data: String = "") throws(DatasetError) -> Dataset {
    try name.load(dataFolder: folder.path + data)
  }

  /// The error of reading one file of CIFAR-10, or of CIFAR-100.
  private func readError(_ path: String, _ labelClasses: [Int] = [10], maximumCount: Int = 40) -> DatasetError? {
    datasetError { () throws(DatasetError) in
      try CIFARReader.imageSet(
        paths: [path], labelClasses: labelClasses, maximumCount: maximumCount, advice: "get it")
    }
  }

  @Test func cifar10() throws {
    let dataset = try DatasetName.cifar10.load(dataFolder: fixtures)
    expectImages(dataset.train, Array(2...11), labels: [2, 3, 4, 5, 6, 7, 8, 9, 0, 1])
    expectImages(dataset.test, [100, 101, 102], labels: [0, 1, 2])
    #expect(dataset.normalization == normalization3)
    #expect(!dataset.official)
  }

  @Test func cifar100HasFineLabels() throws {
    let dataset = try DatasetName.cifar100.load(dataFolder: fixtures)
    expectImages(dataset.train, [40, 41, 42], labels: [40, 41, 42], classes: 100)
    expectImages(dataset.test, [60, 61], labels: [60, 61], classes: 100)
    #expect(dataset.normalization == DatasetName.cifar100.specification.normalization)
    #expect(!dataset.official)
  }

  @Test func moreImagesThanAreReadAtATime() throws {
    let record = try Array(fixture("cifar-10-batches-bin/test_batch.bin")[3073..<6146])
    let path = try folder.write((0..<200).flatMap { [UInt8($0 % 10)] + record.dropFirst() }, to: "batch")
    let set = try CIFARReader.imageSet(paths: [path, path], labelClasses: [10], maximumCount: 200, advice: "")
    expectImages(set, (0..<400).map { _ in 101 }, labels: (0..<400).map { UInt8($0 % 10) })
  }

  @Test func foldersAreSearchedInTheirOrder() throws {
    // From the last place to the first; in each the first batch begins with another label.
    for (label, place) in ["cifar-10-batches-bin", "cifar10/cifar-10-batches-bin", "cifar10"].enumerated() {
      for name in Self.batches + ["test_batch.bin"] {
        let bytes = try fixture("cifar-10-batches-bin/" + name)
        _ = try folder.write([UInt8(label)] + bytes.dropFirst(), to: "\(place)/\(name)")
      }
      #expect(try load().train.labels.first == UInt8(label), "\(place)")
    }
    // What the first folder lacks is missing, though the others have it.
    try folder.remove("cifar10/data_batch_3.bin")
    let advice = "get it with: make data-cifar10 DATA=\(folder.path)"
    #expect(
      datasetError { () throws(DatasetError) in try load() }
        == .missing(path: folder.path + "/cifar10/data_batch_3.bin", advice: advice))
  }

  @Test func missingFilesAreNamedWithTheRemedy() throws {
    for (name, file) in [(DatasetName.cifar10, "data_batch_1.bin"), (.cifar100, "train.bin")] {
      let error = try #require(datasetError { () throws(DatasetError) in try load(name, "/none") })
      let data = folder.path + "/none"
      #expect(
        error.description
          == "\(data)/\(name.rawValue)/\(file): no such file; get it with: make data-\(name.rawValue) DATA=\(data)")
    }
    try folder.copy("cifar-100-binary", to: "cifar-100-binary")
    try folder.remove("cifar-100-binary/test.bin")
    let error = datasetError { () throws(DatasetError) in try load(.cifar100) }
    guard case .missing(folder.path + "/cifar-100-binary/test.bin", _) = error else {
      Issue.record("expected the missing file's name, not \(String(describing: error))")
      return
    }
  }

  @Test func publishedCountsAreOfficialAndOthersAreNot() throws {
    for name in Self.batches + ["test_batch.bin"] {
      _ = try folder.write([], to: "cifar10/\(name)", size: 10_000 * 3073)
    }
    let whole = try load()
    #expect(whole.official && whole.train.count == 50_000 && whole.test.count == 10_000)
    _ = try folder.write([], to: "cifar10/data_batch_2.bin", size: 9999 * 3073)
    #expect(try load().train.count == 49_999)
    #expect(try !load().official)
    _ = try folder.write([], to: "cifar10/data_batch_2.bin", size: 10_001 * 3073)
    #expect(try !load().official)
  }

  @Test func onlyWholeRecordsAndNotTooMany() throws {
    let whole = try fixture("cifar-10-batches-bin/test_batch.bin")
    for (bytes, records, rest) in [(whole.dropLast(), 2, 3072), (whole + [0], 3, 1), (whole[..<3072], 0, 3072)] {
      let path = try folder.write(Array(bytes), to: "batch")
      #expect(readError(path) == .partialRecord(path: path, records: records, recordBytes: 3073, restBytes: rest))
    }
    let empty = try folder.write([], to: "empty")
    #expect(readError(empty) == .empty(path: empty))
    let path = try folder.write(whole, to: "batch")
    #expect(readError(path, maximumCount: 3) == nil)
    #expect(readError(path, maximumCount: 2) == .tooLarge(path: path, limitBytes: 6146))
    // A terabyte of nothing is refused by its size.
    let vast = try folder.write([], to: "vast", size: 3073 << 28)
    #expect(readError(vast) == .tooLarge(path: vast, limitBytes: 40 * 3073))
  }

  @Test func labelsOutOfRangeAreNamedByPosition() throws {
    var ten = try fixture("cifar-10-batches-bin/test_batch.bin")
    ten[2 * 3073] = 10
    let one = try folder.write(ten, to: "ten")
    #expect(readError(one) == .labelOutOfRange(path: one, position: 2, label: 10, classes: 10))
    for (byte, label, classes) in [(0, 20, 20), (1, 100, 100)] {
      var hundred = try fixture("cifar-100-binary/train.bin")
      hundred[3074 + byte] = UInt8(label)
      let path = try folder.write(hundred, to: "hundred")
      #expect(
        readError(path, [20, 100]) == .labelOutOfRange(path: path, position: 1, label: label, classes: classes))
    }
  }

  @Test func theOtherSetsFilesAreRefused() throws {
    // The published sizes divide by neither's record; whole records by both are told apart by their labels at the latest.
    let hundred = try folder.write(fixture("cifar-100-binary/train.bin"), to: "hundred")
    #expect(readError(hundred) == .partialRecord(path: hundred, records: 3, recordBytes: 3073, restBytes: 3))
    let ten = try folder.write(fixture("cifar-10-batches-bin/test_batch.bin"), to: "ten")
    #expect(
      readError(ten, [20, 100]) == .partialRecord(path: ten, records: 2, recordBytes: 3074, restBytes: 3071))
  }

  @Test func whatIsNoRegularFileIsRefused() {
    #expect(readError(folder.path) == .unreadable(path: folder.path, reason: "not a regular file"))
    #expect(readError(folder.path + "/none") == .missing(path: folder.path + "/none", advice: "get it"))
  }
}
