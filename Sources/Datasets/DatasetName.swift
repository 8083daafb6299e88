// The data sets by name, and what is published about each. A further data set is a further case: its specification, and
// its line in `load` (DatasetFiles.swift).

/// What is published about a data set.
public struct DatasetSpecification: Sendable, Hashable {
  /// As it is printed in tables.
  public let title: String
  public let classes: Int
  public let channels: Int
  /// Height and width in pixels.
  public let imageSize: Int
  public let normalization: Normalization
  /// Published number of training images, extra ones included.
  public let trainCount: Int
  /// Published number of those training images that come as a part of their own, which can be left out.
  public let extraCount: Int
  /// Published number of test images.
  public let testCount: Int

  init(
    title: String, classes: Int, channels: Int, imageSize: Int, normalization: Normalization, trainCount: Int,
    extraCount: Int = 0, testCount: Int
  ) {
    self.title = title
    self.classes = classes
    self.channels = channels
    self.imageSize = imageSize
    self.normalization = normalization
    self.trainCount = trainCount
    self.extraCount = extraCount
    self.testCount = testCount
  }

  /// Published number of training images of a part.
  public func trainCount(of part: TrainingPart) -> Int {
    switch part {
    case .all: trainCount
    case .withoutExtra: trainCount - extraCount
    }
  }
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
      // Netzer et al., "Reading Digits in Natural Images with Unsupervised Feature Learning", 2011. The paper
      // trains on train and extra together.
      DatasetSpecification(
        title: "SVHN", classes: 10, channels: 3, imageSize: 32,
        normalization: Normalization(mean: [0.4377, 0.4438, 0.4728], deviation: [0.1980, 0.2010, 0.1970]),
        trainCount: 604_388, extraCount: 531_131, testCount: 26_032)
    case .fashionMNIST:
      // Xiao, Rasul, Vollgraf, "Fashion-MNIST: a Novel Image Dataset for Benchmarking Machine Learning Algorithms",
      // 2017.
      DatasetSpecification(
        title: "Fashion-MNIST", classes: 10, channels: 1, imageSize: 28,
        normalization: Normalization(mean: [0.2859], deviation: [0.3530]), trainCount: 60_000, testCount: 10_000)
    }
  }
}
