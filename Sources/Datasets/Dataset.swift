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
  public let pixels: [UInt8]
  /// One class per image, below `classes`.
  public let labels: [UInt8]
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

  /// The first `limit` images; all of them for 0.
  public func limited(to limit: Int) -> ImageSet {
    guard limit > 0, limit < count else { return self }
    return ImageSet(
      pixels: Array(pixels[..<(limit * imageBytes)]), labels: Array(labels[..<limit]), channels: channels, size: size,
      classes: classes)
  }
}

/// A training and a test set that belong together.
public struct Dataset: Sendable {
  public let train: ImageSet
  public let test: ImageSet
  public let normalization: Normalization
  /// Whether these are the published files with the published counts.
  public let official: Bool

  public init(train: ImageSet, test: ImageSet, normalization: Normalization, official: Bool) {
    self.train = train
    self.test = test
    self.normalization = normalization
    self.official = official
  }
}
