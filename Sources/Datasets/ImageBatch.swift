// A reusable batch of network input: the one owner of its two buffers. It draws nothing and normalises nothing
// (BatchSource does), and it belongs to one thread.

/// Up to `capacity` normalised images with labels, in buffers aligned to 64 bytes. Not Sendable: one thread's at a
/// time.
public final class ImageBatch {
  public let capacity: Int
  public let channels: Int
  /// Height and width in pixels.
  public let size: Int
  /// [capacity, channels, size, size], row-major; the first `count` images are valid. Lives as long as the batch.
  public let images: UnsafeMutableBufferPointer<Float>
  /// [capacity]; the first `count` are valid.
  public let labels: UnsafeMutableBufferPointer<UInt8>
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
    images = Self.allocate(capacity * channels * size * size, of: Float.self, repeating: 0)
    labels = Self.allocate(capacity, of: UInt8.self, repeating: 0)
  }

  deinit {
    images.baseAddress?.deallocate()
    labels.baseAddress?.deallocate()
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

  private static func allocate<Element>(_ count: Int, of _: Element.Type, repeating value: Element)
    -> UnsafeMutableBufferPointer<Element>
  {
    let raw = UnsafeMutableRawPointer.allocate(byteCount: count * MemoryLayout<Element>.stride, alignment: 64)
    let typed = raw.initializeMemory(as: Element.self, repeating: value, count: count)
    return UnsafeMutableBufferPointer(start: typed, count: count)
  }
}
