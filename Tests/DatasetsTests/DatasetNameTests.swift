// Where Fashion-MNIST is looked for, what a missing file says, and the published files where they are installed.

import Foundation
import Testing

@testable import Datasets

private let debianPackage = "/usr/share/datasets/fashion-mnist"

@Suite struct DatasetNameTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Small files in the shape of Fashion-MNIST: `train` and `test` images, all of one grey value.
  private func write(to name: String, train: Int = 3, test: Int = 2, grey: UInt8, gzipped: Bool = true) throws {
    for (prefix, count) in [("train", train), ("t10k", test)] {
      let pixels = [UInt8](repeating: grey, count: count * 784)
      let files = [
        (prefix + "-images-idx3-ubyte", idx([0x803, UInt32(count), 28, 28], pixels)),
        (prefix + "-labels-idx1-ubyte", idx([0x801, UInt32(count)], (0..<count).map { UInt8($0 % 10) })),
      ]
      for (file, bytes) in files {
        _ = try folder.write(gzipped ? gzip(bytes) : bytes, to: "\(name)/fashion-mnist/\(file)\(gzipped ? ".gz" : "")")
      }
    }
  }

  private func load(_ data: String, _ packages: String) throws(DatasetError) -> Dataset {
    try DatasetName.fashionMNIST.load(
      dataFolder: folder.path + "/" + data, packagesFolder: folder.path + "/" + packages)
  }

  @Test func namesAndSpecification() {
    #expect(DatasetName(rawValue: "fashion-mnist") == .fashionMNIST)
    let specification = DatasetName.fashionMNIST.specification
    #expect(specification.title == "Fashion-MNIST")
    #expect(specification.classes == 10 && specification.channels == 1 && specification.imageSize == 28)
    #expect(specification.normalization == normalization1)
    #expect(specification.trainCount == 60_000 && specification.testCount == 10_000)
  }

  @Test func ownFolderComesBeforeThePackage() throws {
    try write(to: "packages", grey: 1)
    #expect(try load("data", "packages").train.pixels.first == 1)
    try write(to: "data", grey: 2, gzipped: false)
    let dataset = try load("data", "packages")
    #expect(dataset.train.pixels.allSatisfy { $0 == 2 } && dataset.test.pixels.allSatisfy { $0 == 2 })
    #expect(dataset.train.count == 3 && dataset.test.count == 2)
    #expect(dataset.normalization == normalization1)
    #expect(!dataset.official)
  }

  @Test func publishedCountsAreOfficialAndOthersAreNot() throws {
    // Uniform images: 47 MB that gzip into a few kB.
    try write(to: "whole", train: 60_000, test: 10_000, grey: 0)
    #expect(try load("whole", "none").official)
    try write(to: "whole", train: 59_999, test: 10_000, grey: 0)
    #expect(try !load("whole", "none").official)
  }

  @Test func missingFilesAreNamedWithAdvice() throws {
    let nothing = try #require(datasetError { () throws(DatasetError) in try load("data", "packages") })
    #expect(
      nothing.description.hasPrefix("\(folder.path)/packages/fashion-mnist/train-images-idx3-ubyte.gz: no such file"))
    #expect(nothing.description.contains("dataset-fashion-mnist"))
    #expect(nothing.description.contains("make setup"))
    #expect(nothing.description.contains("\(folder.path)/data/fashion-mnist"))
    // A folder of one's own that lacks a file is an error, not a reason to read the package's.
    try write(to: "packages", grey: 1)
    try write(to: "data", grey: 2)
    let removed = folder.path + "/data/fashion-mnist/t10k-labels-idx1-ubyte.gz"
    try FileManager.default.removeItem(atPath: removed)
    let one = datasetError { () throws(DatasetError) in try load("data", "packages") }
    guard case .missing(removed, _) = one else {
      Issue.record("expected the missing file's name, not \(String(describing: one))")
      return
    }
  }

  @Test(.enabled(if: FileManager.default.fileExists(atPath: debianPackage), "package dataset-fashion-mnist"))
  func publishedFiles() throws {
    let dataset = try DatasetName.fashionMNIST.load(dataFolder: folder.path)
    #expect(dataset.official)
    #expect(dataset.train.count == 60_000 && dataset.test.count == 10_000)
    #expect(dataset.train.labels.first == 9 && dataset.test.labels.first == 9)
    for label in 0..<10 {
      #expect(dataset.train.labels.count { $0 == label } == 6000)
      #expect(dataset.test.labels.count { $0 == label } == 1000)
    }
    let pixels = dataset.train.pixels
    let mean = Double(pixels.reduce(0) { $0 + Int($1) }) / Double(pixels.count) / 255
    let square = Double(pixels.reduce(0) { $0 + Int($1) * Int($1) }) / Double(pixels.count) / (255 * 255)
    // The published normalisation, to the digits it is given in.
    #expect(abs(mean - 0.2859) < 3e-4)
    #expect(abs((square - mean * mean).squareRoot() - 0.3530) < 3e-4)
  }
}
