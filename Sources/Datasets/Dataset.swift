// Labelled images in memory, as bytes. It knows no file format (readers do) and no augmentation (Augmenter does).

/// Per-channel mean and standard deviation of pixel values scaled to 0...1.
public struct Normalization: Sendable, Hashable {
  public let mean: [Double]
  public let deviation: [Double]

  public init(mean: [Double], deviation: [Double]) {
    self.mean = mean
    self.deviation = deviation
  }
}

/// Square images with labels.
public struct ImageSet: Sendable {
  /// Pixels, [count, channels, size, size], row-major.
  public private(set) var pixels: [UInt8]
  /// One class per image, below `classes`.
  public private(set) var labels: [UInt8]
  public let channels: Int
  /// Height and width in pixels.
  public let size: Int
  public let classes: Int

  public var count: Int { labels.count }
  /// Bytes per image.
  public var imageBytes: Int { channels * size * size }

  /// - Precondition: as many pixels as labels imply, every label below `classes` (readers throw before that).
  public init(pixels: [UInt8], labels: [UInt8], channels: Int, size: Int, classes: Int) {
    precondition(pixels.count == labels.count * channels * size * size, "pixels and labels disagree")
    precondition(labels.allSatisfy { $0 < classes }, "label out of range")
    self.pixels = pixels
    self.labels = labels
    self.channels = channels
    self.size = size
    self.classes = classes
  }

  /// Keeps the first `limit` images; all of them for 0. A small part is copied, so that the memory of the rest is free
  /// again; a large one stays in its place, so that a set never lies in memory twice.
  public mutating func limit(to limit: Int) {
    guard limit > 0, limit < count else { return }
    let bytes = limit * imageBytes
    if limit <= count / 2 {
      pixels = Array(pixels[..<bytes])
    } else {
      pixels.removeLast(pixels.count - bytes)
    }
    labels = Array(labels[..<limit])
  }
}

/// A training and a test set that belong together.
public struct Dataset: Sendable {
  public private(set) var train: ImageSet
  public private(set) var test: ImageSet
  public let normalization: Normalization
  /// Whether these are the published files with the published counts.
  public let official: Bool

  public init(train: ImageSet, test: ImageSet, normalization: Normalization, official: Bool) {
    self.train = train
    self.test = test
    self.normalization = normalization
    self.official = official
  }

  /// Keeps the first images of both; all of them for 0.
  public mutating func limit(train: Int, test: Int) {
    self.train.limit(to: train)
    self.test.limit(to: test)
  }
}
