// The data sets by name: what is published about each, and where its files lie. A further data set is a further case:
// its specification, and its line in `load`.

import Foundation

/// What is published about a data set.
public struct DatasetSpecification: Sendable, Hashable {
  /// As it is printed in tables.
  public let title: String
  public let classes: Int
  public let channels: Int
  /// Height and width in pixels.
  public let imageSize: Int
  public let normalization: Normalization
  /// Published number of training images.
  public let trainCount: Int
  /// Published number of test images.
  public let testCount: Int
}

/// A data set; the raw value is its name in options and folders.
public enum DatasetName: String, CaseIterable, Sendable {
  case cifar10, cifar100, svhn
  case fashionMNIST = "fashion-mnist"

  public var specification: DatasetSpecification {
    switch self {
    case .cifar10:
      // Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009. The deviations are the PoF authors':
      // the mean over images of each image's own.
      DatasetSpecification(
        title: "CIFAR-10", classes: 10, channels: 3, imageSize: 32,
        normalization: Normalization(mean: [0.4914, 0.4822, 0.4465], deviation: [0.2023, 0.1994, 0.2010]),
        trainCount: 50_000, testCount: 10_000)
    case .cifar100:
      DatasetSpecification(
        title: "CIFAR-100", classes: 100, channels: 3, imageSize: 32,
        normalization: Normalization(mean: [0.5071, 0.4867, 0.4408], deviation: [0.2675, 0.2565, 0.2761]),
        trainCount: 50_000, testCount: 10_000)
    case .svhn:
      // Netzer et al., "Reading Digits in Natural Images with Unsupervised Feature Learning", 2011. The count is of
      // train and extra together, the paper's training set.
      DatasetSpecification(
        title: "SVHN", classes: 10, channels: 3, imageSize: 32,
        normalization: Normalization(mean: [0.4377, 0.4438, 0.4728], deviation: [0.1980, 0.2010, 0.1970]),
        trainCount: 604_388, testCount: 26_032)
    case .fashionMNIST:
      // Xiao, Rasul, Vollgraf, "Fashion-MNIST: a Novel Image Dataset for Benchmarking Machine Learning Algorithms",
      // 2017.
      DatasetSpecification(
        title: "Fashion-MNIST", classes: 10, channels: 1, imageSize: 28,
        normalization: Normalization(mean: [0.2859], deviation: [0.3530]), trainCount: 60_000, testCount: 10_000)
    }
  }

  /// The published files: from DATA/<name> where that folder exists, otherwise from the Debian package's folder.
  /// Takes under a second and about three times the pixels' memory for a moment.
  /// - Parameter dataFolder: DATA.
  /// - Throws: `DatasetError`, naming the file.
  public func load(dataFolder: String) throws(DatasetError) -> Dataset {
    try load(dataFolder: dataFolder, packagesFolder: "/usr/share/datasets")
  }

  func load(dataFolder: String, packagesFolder: String) throws(DatasetError) -> Dataset {
    let own = NSString(string: dataFolder).appendingPathComponent(rawValue)
    switch self {
    case .cifar10, .cifar100, .svhn: throw .missing(path: own, advice: "its reader is not written yet")
    case .fashionMNIST:
      let packaged = NSString(string: packagesFolder).appendingPathComponent(rawValue)
      return try loadIDX(
        folder: Self.isFolder(own) ? own : packaged,
        advice: "install the Debian package dataset-fashion-mnist (make setup) or put its four files into \(own)")
    }
  }

  /// MNIST's four files under their usual names, gzipped or not.
  private func loadIDX(folder: String, advice: String) throws(DatasetError) -> Dataset {
    let specification = specification
    func path(_ name: String) throws(DatasetError) -> String {
      let plain = NSString(string: folder).appendingPathComponent(name)
      for path in [plain + ".gz", plain] where FileManager.default.fileExists(atPath: path) { return path }
      throw .missing(path: plain + ".gz", advice: advice)
    }
    func part(_ prefix: String, published: Int) throws(DatasetError) -> ImageSet {
      // Four times the published count leaves room for others' variants and still bounds a decompression bomb.
      try IDXReader.imageSet(
        imagesPath: path(prefix + "-images-idx3-ubyte"), labelsPath: path(prefix + "-labels-idx1-ubyte"),
        size: specification.imageSize, classes: specification.classes, maximumCount: 4 * published)
    }
    let train = try part("train", published: specification.trainCount)
    let test = try part("t10k", published: specification.testCount)
    return Dataset(
      train: train, test: test, normalization: specification.normalization,
      official: train.count == specification.trainCount && test.count == specification.testCount)
  }

  private static func isFolder(_ path: String) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
  }
}
