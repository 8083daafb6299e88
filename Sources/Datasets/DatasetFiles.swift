// Where each data set's files lie, and which reader reads them. Formats are the readers' matter.

import Foundation

extension DatasetName {
  /// The published files: from the data set's folder in DATA, Fashion-MNIST otherwise from the Debian package's.
  /// CIFAR's and SVHN's pixels lie in memory once, Fashion-MNIST's for a moment three times.
  /// - Parameters:
  ///   - dataFolder: DATA.
  ///   - part: which of the training images; matters to data sets with extra ones alone.
  /// - Throws: `DatasetError`, naming the file.
  public func load(dataFolder: String, part: TrainingPart = .all) throws(DatasetError) -> Dataset {
    try load(dataFolder: dataFolder, part: part, packagesFolder: "/usr/share/datasets")
  }

  func load(dataFolder: String, part: TrainingPart = .all, packagesFolder: String) throws(DatasetError) -> Dataset {
    let own = Self.join(dataFolder, rawValue)
    switch self {
    case .cifar10:
      return try loadCIFAR(
        dataFolder, officialFolder: "cifar-10-batches-bin", train: (1...5).map { "data_batch_\($0).bin" },
        test: "test_batch.bin", labelClasses: [10])
    case .cifar100:
      return try loadCIFAR(
        dataFolder, officialFolder: "cifar-100-binary", train: ["train.bin"], test: "test.bin", labelClasses: [20, 100])
    case .svhn: return try loadSVHN(dataFolder, part)
    case .fashionMNIST:
      let packaged = Self.join(packagesFolder, rawValue)
      return try loadIDX(
        folder: Self.isFolder(own) ? own : packaged,
        advice: "install the Debian package dataset-fashion-mnist (make setup) or put its four files into \(own)")
    }
  }

  /// More images than are published leave room for others' variants; this bounds memory against forged files.
  private static let variance = 4

  /// CIFAR's binary version, under its official names.
  private func loadCIFAR(
    _ dataFolder: String, officialFolder: String, train: [String], test: String, labelClasses: [Int]
  ) throws(DatasetError) -> Dataset {
    let own = Self.join(dataFolder, rawValue)
    let folders = [own, Self.join(own, officialFolder), Self.join(dataFolder, officialFolder)]
    // The first folder with any of the files is the one: a file that it lacks is missing, and not looked for elsewhere.
    let folder =
      folders.first { folder in
        (train + [test]).contains { FileManager.default.fileExists(atPath: Self.join(folder, $0)) }
      } ?? own
    func part(_ names: [String], published: Int) throws(DatasetError) -> ImageSet {
      try CIFARReader.imageSet(
        paths: names.map { Self.join(folder, $0) }, labelClasses: labelClasses,
        maximumCount: Self.variance * published / names.count, advice: fetch(dataFolder))
    }
    let specification = specification
    return dataset(
      train: try part(train, published: specification.trainCount),
      test: try part([test], published: specification.testCount), part: .all)
  }

  /// SVHN's cropped digits, under their official names.
  private func loadSVHN(_ dataFolder: String, _ part: TrainingPart) throws(DatasetError) -> Dataset {
    let own = Self.join(dataFolder, rawValue)
    let specification = specification
    func open(_ name: String, published: Int, _ advice: String) throws(DatasetError) -> SVHNReader {
      try SVHNReader(Self.join(own, name), maximumCount: Self.variance * published, advice: advice)
    }
    // All are opened before the pixels of one are read, which takes a while.
    let advice = fetch(dataFolder)
    var train = [
      try open("train_32x32.mat", published: specification.trainCount(of: .withoutExtra), advice)
    ]
    if part == .all {
      train.append(
        try open(
          "extra_32x32.mat", published: specification.extraCount, advice + ", or train without it: --no-extra"))
    }
    let test = try open("test_32x32.mat", published: specification.testCount, advice)
    return dataset(
      train: try SVHNReader.imageSet(train), test: try SVHNReader.imageSet([test]), part: part)
  }

  /// MNIST's four files under their usual names, gzipped or not.
  private func loadIDX(folder: String, advice: String) throws(DatasetError) -> Dataset {
    let specification = specification
    func path(_ name: String) throws(DatasetError) -> String {
      let plain = Self.join(folder, name)
      for path in [plain + ".gz", plain] where FileManager.default.fileExists(atPath: path) { return path }
      throw .missing(path: plain + ".gz", advice: advice)
    }
    func part(_ prefix: String, published: Int) throws(DatasetError) -> ImageSet {
      try IDXReader.imageSet(
        imagesPath: path(prefix + "-images-idx3-ubyte"), labelsPath: path(prefix + "-labels-idx1-ubyte"),
        size: specification.imageSize, classes: specification.classes, maximumCount: Self.variance * published)
    }
    return dataset(
      train: try part("train", published: specification.trainCount),
      test: try part("t10k", published: specification.testCount), part: .all)
  }

  /// Official where the counts are the published ones.
  private func dataset(train: ImageSet, test: ImageSet, part: TrainingPart) -> Dataset {
    Dataset(
      train: train, test: test, normalization: specification.normalization,
      official: train.count == specification.trainCount(of: part) && test.count == specification.testCount)
  }

  /// How to get the files.
  private func fetch(_ dataFolder: String) -> String { "get it with: make data-\(rawValue) DATA=\(dataFolder)" }

  private static func join(_ folder: String, _ name: String) -> String {
    NSString(string: folder).appendingPathComponent(name)
  }

  private static func isFolder(_ path: String) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
  }
}
