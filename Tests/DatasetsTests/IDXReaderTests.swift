// IDX files made on the spot: read back as written; every kind of damage gives its own error. Mutated ones: MutationTests.

import Testing

@testable import Datasets

@Suite struct IDXReaderTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Twelve images of 4x4 pixels.
  private static let pixels = noise(12 * 16)
  private static let labels = (0..<12).map { UInt8($0 % 10) }
  private static let imageFile = idx([0x803, 12, 4, 4], pixels)
  private static let labelFile = idx([0x801, 12], labels)

  private func pixelError(_ bytes: [UInt8]) -> DatasetError? {
    datasetError { () throws(DatasetError) in
      try IDXReader.pixels(from: bytes, path: "images", size: 4, maximumCount: 100)
    }
  }

  private func labelError(_ bytes: [UInt8]) -> DatasetError? {
    datasetError { () throws(DatasetError) in
      try IDXReader.labels(from: bytes, path: "labels", classes: 10, maximumCount: 100)
    }
  }

  @Test func readsGzippedAndPlainFiles() throws {
    let set = try IDXReader.imageSet(
      imagesPath: folder.write(gzip(Self.imageFile), to: "images.gz"),
      labelsPath: folder.write(Self.labelFile, to: "labels"),
      size: 4, classes: 10, maximumCount: 12)
    #expect(set.pixels == Self.pixels)
    #expect(set.labels == Self.labels)
    #expect(set.channels == 1 && set.size == 4 && set.classes == 10 && set.count == 12)
  }

  @Test func truncation() {
    #expect(pixelError([]) == .truncated(path: "images", expectedBytes: 16, foundBytes: 0))
    #expect(pixelError(Array(Self.imageFile[..<3])) == .truncated(path: "images", expectedBytes: 16, foundBytes: 3))
    #expect(pixelError(Array(Self.imageFile[..<15])) == .truncated(path: "images", expectedBytes: 16, foundBytes: 15))
    #expect(pixelError(Array(Self.imageFile[..<16])) == .truncated(path: "images", expectedBytes: 208, foundBytes: 16))
    #expect(pixelError(Self.imageFile.dropLast()) == .truncated(path: "images", expectedBytes: 208, foundBytes: 207))
    #expect(labelError(Array(Self.labelFile[..<7])) == .truncated(path: "labels", expectedBytes: 8, foundBytes: 7))
    #expect(labelError(Self.labelFile.dropLast()) == .truncated(path: "labels", expectedBytes: 20, foundBytes: 19))
  }

  @Test func wrongMagic() {
    #expect(pixelError(Self.labelFile) == .wrongMagic(path: "images", expected: 0x803, found: 0x801))
    #expect(labelError(Self.imageFile) == .wrongMagic(path: "labels", expected: 0x801, found: 0x803))
    let page = Array("<html>".utf8)
    #expect(pixelError(page) == .wrongMagic(path: "images", expected: 0x803, found: 0x3c68_746d))
    #expect(pixelError(page)?.description.contains("0x3c68746d instead of 0x00000803") == true)
  }

  @Test(arguments: [101, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff] as [UInt32])
  func forgedCounts(count: UInt32) {
    #expect(
      pixelError(idx([0x803, count, 4, 4], Self.pixels)) == .wrongCount(path: "images", announced: Int(count), held: 12)
    )
    #expect(
      labelError(idx([0x801, count], Self.labels)) == .wrongCount(path: "labels", announced: Int(count), held: 12))
  }

  @Test func countsThatAreTooSmallOrTooLargeByOne() {
    #expect(pixelError(idx([0x803, 11, 4, 4], Self.pixels)) == .wrongCount(path: "images", announced: 11, held: 12))
    #expect(labelError(idx([0x801, 11], Self.labels)) == .wrongCount(path: "labels", announced: 11, held: 12))
    #expect(
      pixelError(idx([0x803, 13, 4, 4], Self.pixels))
        == .truncated(path: "images", expectedBytes: 224, foundBytes: 208))
    #expect(pixelError(idx([0x803, 0, 4, 4], [])) == .empty(path: "images"))
    #expect(labelError(idx([0x801, 0], [])) == .empty(path: "labels"))
  }

  @Test func wrongImageSize() {
    for (height, width) in [(5, 4), (4, 5), (0, 0), (0xffff_ffff, 0xffff_ffff)] as [(UInt32, UInt32)] {
      #expect(
        pixelError(idx([0x803, 12, height, width], Self.pixels))
          == .wrongImageSize(path: "images", expected: 4, foundHeight: Int(height), foundWidth: Int(width)))
    }
  }

  @Test func labelsOutOfRange() {
    var labels = Self.labels
    labels[7] = 10
    #expect(
      labelError(idx([0x801, 12], labels)) == .labelOutOfRange(path: "labels", position: 7, label: 10, classes: 10))
  }

  @Test func imagesAndLabelsThatDoNotBelongTogether() throws {
    let images = try folder.write(Self.imageFile, to: "images")
    let labels = try folder.write(idx([0x801, 11], Self.labels.dropLast()), to: "labels")
    let error = datasetError { () throws(DatasetError) in
      try IDXReader.imageSet(imagesPath: images, labelsPath: labels, size: 4, classes: 10, maximumCount: 12)
    }
    #expect(error == .countMismatch(imagesPath: images, images: 12, labelsPath: labels, labels: 11))
  }
}
