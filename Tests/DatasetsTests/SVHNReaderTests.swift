// SVHN's files as they are published, in small, by scipy; and what else the format allows: either byte order and order
// of variables, plain and compressed elements, small ones, other variables, labels of every type.

import Foundation
import Testing

@testable import Datasets

@Suite struct SVHNReaderTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func read(_ path: String) throws(DatasetError) -> ImageSet {
    try SVHNReader.imageSet([SVHNReader(path, maximumCount: 40, advice: "get it")])
  }

  private func load(_ part: TrainingPart) throws(DatasetError) -> Dataset {
    try DatasetName.svhn.load(dataFolder: folder.path, part: part)
  }

  @Test func trainAndExtraLieInOneArray() throws {
    let all = try DatasetName.svhn.load(dataFolder: fixtures)
    expectImages(all.train, [8, 9, 10, 11, 30, 31, 32], labels: [8, 9, 0, 1, 0, 1, 2])
    expectImages(all.test, [50, 51], labels: [0, 1])
    #expect(all.normalization == DatasetName.svhn.specification.normalization)
    let train = try DatasetName.svhn.load(dataFolder: fixtures, part: .withoutExtra)
    expectImages(train.train, [8, 9, 10, 11], labels: [8, 9, 0, 1])
    expectImages(train.test, [50, 51], labels: [0, 1])
    #expect(!all.official && !train.official)
  }

  @Test(
    arguments: [
      ("big-endian", [5, 6, 7], [0, 1, 9]),
      ("big-endian-compressed", [70, 71, 72, 73, 74, 75], [0, 1, 2, 3, 4, 5]),
      ("one-image", [90], [7]),
    ] as [(String, [Int], [UInt8])])
  func variants(name: String, images: [Int], labels: [UInt8]) throws {
    expectImages(try read("\(fixtures)/variants/\(name).mat"), images, labels: labels, "\(name)")
  }

  @Test(arguments: ["int8", "uint16", "int16", "uint32", "int32", "single"], ["little", "big"])
  func labelsOfEveryType(type: String, order: String) throws {
    let set = try read("\(fixtures)/variants/labels-\(type)-\(order).mat")
    expectImages(set, [20, 21, 22, 23, 24], labels: [3, 0, 1, 7, 2], "\(type), \(order)")
  }

  @Test func moreImagesThanAreInflatedAtATime() throws {
    // A block and a half, and one image more than a block.
    let parts = try [96, 65].map { count in
      let path = folder.path + "/\(count).mat"
      var file = MATSample()
      file.images = Array(0..<count)
      file.labels = (0..<count).map { UInt8($0 % 10 + 1) }
      _ = try folder.write(file.bytes, to: "\(count).mat")
      return try SVHNReader(path, maximumCount: count, advice: "")
    }
    let set = try SVHNReader.imageSet(parts)
    expectImages(
      set, Array(0..<96) + Array(0..<65), labels: (Array(0..<96) + Array(0..<65)).map { UInt8(($0 % 10 + 1) % 10) })
  }

  @Test func extraIsNeededUnlessItIsLeftOut() throws {
    try folder.copy("svhn", to: "svhn")
    try folder.remove("svhn/extra_32x32.mat")
    let error = try #require(datasetError { () throws(DatasetError) in try load(.all) })
    #expect(
      error.description
        == "\(folder.path)/svhn/extra_32x32.mat: no such file; get it with: make data-svhn DATA=\(folder.path), "
        + "or train without it: --no-extra")
    #expect(try load(.withoutExtra).train.count == 4)
    try folder.remove("svhn/test_32x32.mat")
    let test = datasetError { () throws(DatasetError) in try load(.withoutExtra) }
    let advice = "get it with: make data-svhn DATA=\(folder.path)"
    #expect(test == .missing(path: folder.path + "/svhn/test_32x32.mat", advice: advice))
    try folder.remove("svhn")
    let train = datasetError { () throws(DatasetError) in try load(.all) }
    #expect(train == .missing(path: folder.path + "/svhn/train_32x32.mat", advice: advice))
  }

  @Test func theOtherDataSetsHaveNoExtraImages() throws {
    for name in [DatasetName.cifar10, .cifar100] {
      let all = try name.load(dataFolder: fixtures, part: .all)
      let same = try name.load(dataFolder: fixtures, part: .withoutExtra)
      #expect(all.train.labels == same.train.labels && all.official == same.official)
    }
  }

  @Test func trainAloneWithItsPublishedCountIsOfficial() throws {
    // Black images, which take no disk: labels first, then X to the file's end.
    func write(_ name: String, count: Int) throws {
      var file = MATSample()
      file.labels = [UInt8](repeating: 1, count: count)
      let (start, size) = file.blackImages(count)
      _ = try folder.write(start, to: "svhn/\(name)_32x32.mat", size: size)
    }
    try write("train", count: 73_257)
    try write("test", count: 26_032)
    let whole = try load(.withoutExtra)
    #expect(whole.official && whole.train.count == 73_257 && whole.test.count == 26_032)
    try write("test", count: 26_031)
    #expect(try !load(.withoutExtra).official)
    try write("test", count: 26_032)
    try write("extra", count: 1)
    #expect(try !load(.all).official)
  }

  @Test func publishedCountsOfEachPart() {
    let specification = DatasetName.svhn.specification
    #expect(specification.trainCount(of: .all) == 604_388)
    #expect(specification.trainCount(of: .withoutExtra) == 73_257)
    #expect(specification.testCount == 26_032)
    for name in DatasetName.allCases where name != .svhn {
      #expect(name.specification.trainCount(of: .withoutExtra) == name.specification.trainCount)
    }
  }
}
