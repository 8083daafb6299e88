// The images of a run: the part that its configuration names, its limits, and what is said of sets that are not official.

import Datasets
import Foundation
import Storage
import Testing
import Training

@testable import ExperimentKit

private let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .appending(path: "DatasetsTests/Fixtures").path

private func configuration(_ dataset: DatasetName, _ part: TrainingPart = .all, train: Int = 0, test: Int = 0)
  -> RunConfiguration
{
  var configuration = Profile.paper.settings(for: dataset, augmentation: .basic, arm: .sgd, seed: 0)
  configuration.batchSize = 2
  configuration.trainingPart = part
  configuration.trainLimit = train
  configuration.testLimit = test
  return configuration
}

@Test func theConfigurationNamesThePart() throws {
  let all = try ExperimentData.load(configuration(.svhn), name: .svhn, folder: fixtures)
  let train = try ExperimentData.load(configuration(.svhn, .withoutExtra), name: .svhn, folder: fixtures)
  #expect(all.description.trainCount == 7 && train.description.trainCount == 4)
  #expect(all.description.testCount == 2 && train.description.testCount == 2)
  #expect(all.description.digest != train.description.digest)
  #expect(train.dataset.train.labels == Array(all.dataset.train.labels[..<4]))
}

@Test func limitsApplyBeforeTheDigest() throws {
  let four = try ExperimentData.load(configuration(.svhn, train: 4, test: 1), name: .svhn, folder: fixtures)
  #expect(four.dataset.train.count == 4 && four.dataset.test.count == 1)
  var hash = SHA256()
  for bytes in [
    four.dataset.train.pixels, four.dataset.train.labels, four.dataset.test.pixels, four.dataset.test.labels,
  ] { hash.update(bytes) }
  #expect(four.description.digest == SHA256.hex(hash.finish()))
  #expect(four.dataset.train.pixels.count == 4 * 3072)
  #expect(four.files == ImageCounts(train: 7, test: 2))
  let error = #expect(throws: UsageError.self) {
    _ = try ExperimentData.load(configuration(.svhn, train: 8), name: .svhn, folder: fixtures)
  }
  #expect(error == .tooFewImages(option: "--train-limit", asked: 8, available: 7, dataset: "svhn"))
}

@Test func otherCountsAreSaid() throws {
  let found = try DatasetName.cifar10.load(dataFolder: fixtures)
  #expect(
    ExperimentData.warning(.cifar10, found, .all)
      == "cifar10: 10 training images instead of 50,000, 3 test images instead of 10,000: not the official set; tables "
      + "will say so")
  func images(_ count: Int) -> ImageSet {
    ImageSet(
      pixels: [UInt8](repeating: 0, count: count), labels: [UInt8](repeating: 0, count: count), channels: 1, size: 1,
      classes: 10)
  }
  func warning(_ train: Int, _ test: Int, _ name: DatasetName, _ part: TrainingPart = .all) -> String? {
    let normalization = Normalization(mean: [0], deviation: [1])
    return ExperimentData.warning(
      name, Dataset(train: images(train), test: images(test), normalization: normalization, official: false), part)
  }
  #expect(
    warning(49_999, 10_000, .cifar10)
      == "cifar10: 49,999 training images instead of 50,000: not the official set; tables will say so")
  #expect(
    warning(604_388, 1_026_032, .svhn)
      == "svhn: 1,026,032 test images instead of 26,032: not the official set; tables will say so")
  #expect(warning(50_000, 10_000, .cifar10) == nil)
  #expect(warning(604_388, 26_032, .svhn) == nil)
  #expect(warning(73_257, 26_032, .svhn, .withoutExtra) == nil)
  #expect(
    warning(73_257, 26_032, .svhn)
      == "svhn: 73,257 training images instead of 604,388: not the official set; tables will say so")
}

@Test func noExtraIsForSVHN() throws {
  func parse(_ words: [String], _ dataset: DatasetName) throws -> RunConfiguration {
    try RunOptions.parse(["--method", "sgd-pof", "--profile", "paper"] + words).configuration(for: .dataset(dataset))
  }
  #expect(try parse([], .svhn).trainingPart == .all)
  #expect(try parse(["--no-extra"], .svhn).trainingPart == .withoutExtra)
  #expect(try parse(["--no-extra"], .svhn).sharedPreTraining.trainingPart == .withoutExtra)
  for dataset in DatasetName.allCases where dataset != .svhn {
    let error = #expect(throws: UsageError.self) { _ = try parse(["--no-extra"], dataset) }
    #expect(
      error?.description
        == "--no-extra is given for \(dataset.rawValue): it must be left out: only svhn has extra images")
  }
  // Written to a file, read from it, and refused for another data set there as well.
  let scratch = FileManager.default.temporaryDirectory.appending(path: "no-extra-\(UUID().uuidString).json").path
  defer { try? FileManager.default.removeItem(atPath: scratch) }
  try Data(parse(["--no-extra"], .svhn).json.utf8).write(to: URL(fileURLWithPath: scratch))
  #expect(
    try RunOptions.parse(["--config", scratch]).configuration(for: .dataset(.svhn)).trainingPart == .withoutExtra)
  try Data(configuration(.cifar10, .withoutExtra).json.utf8).write(to: URL(fileURLWithPath: scratch))
  #expect(throws: UsageError.self) {
    _ = try RunOptions.parse(["--config", scratch]).configuration(for: .dataset(.cifar10))
  }
}
