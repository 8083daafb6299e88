// A reusable batch of network input: the one owner of its two buffers. It draws nothing and normalises nothing
// (BatchSource does), and it belongs to one thread.

import TensorCore

/// Up to `capacity` normalised images with labels, in buffers aligned to 64 bytes. Not Sendable: one thread's at a
/// time.
public final class ImageBatch {
  public let capacity: Int
  public let channels: Int
  /// Height and width in pixels.
  public let size: Int
  /// [capacity, channels, size, size], row-major; the first `count` images are valid. Lives as long as the batch.
  public var images: UnsafeMutableBufferPointer<Float> { imageStorage.view }
  /// [capacity]; the first `count` are valid.
  public var labels: UnsafeMutableBufferPointer<UInt8> { labelStorage.view }
  private let imageStorage: AlignedBuffer<Float>
  private let labelStorage: AlignedBuffer<UInt8>
  /// Images in the batch.
  public internal(set) var count = 0

  /// Floats per image.
  public var imageElements: Int { channels * size * size }

  /// An empty batch, its buffers zeroed.
  public init(capacity: Int, channels: Int, size: Int) {
    precondition(capacity > 0 && channels > 0 && size > 0, "a batch has room for an image")
    self.capacity = capacity
    self.channels = channels
    self.size = size
    imageStorage = AlignedBuffer(count: capacity * channels * size * size)
    labelStorage = AlignedBuffer(count: capacity)
  }

  /// Takes over given content.
  /// - Parameter images: [labels.count, channels, size, size], normalised.
  public func set(images: [Float], labels: [UInt8]) {
    precondition(labels.count <= capacity, "more images than the batch has room for")
    precondition(images.count == labels.count * imageElements, "images and labels disagree")
    _ = self.images.update(fromContentsOf: images)
    _ = self.labels.update(fromContentsOf: labels)
    count = labels.count
  }
}
