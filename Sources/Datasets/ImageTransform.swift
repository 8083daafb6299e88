// What is drawn for one image, as a value: the only place that turns random words into crops, flips and squares.
// Augmenter applies it.

import TensorCore

/// The random part of one image's augmentation.
public struct ImageTransform: Sendable, Hashable {
  /// Zero padding on each side before the crop, in pixels.
  public static let padding = 4
  /// Side of cutout's square before it is clipped at the border, in pixels.
  public static let cutoutSize = 16

  /// Row and column in the output image.
  public struct Centre: Sendable, Hashable {
    public let y: Int
    public let x: Int
  }

  /// The crop's column in the padded image, 0...8.
  public let dx: Int
  /// The crop's row in the padded image, 0...8.
  public let dy: Int
  /// Whether the crop is mirrored left to right.
  public let flip: Bool
  /// Centre of the square that is set to 0 after everything else, `centre - 8 ..< centre + 8` in each axis; nil for
  /// none.
  public let cutoutCentre: Centre?

  /// The transform that changes nothing.
  public static let identity = ImageTransform(dx: padding, dy: padding, flip: false, cutoutCentre: nil)

  public init(dx: Int, dy: Int, flip: Bool, cutoutCentre: Centre?) {
    precondition((0...2 * Self.padding).contains(dx) && (0...2 * Self.padding).contains(dy), "crop outside the padding")
    self.dx = dx
    self.dy = dy
    self.flip = flip
    self.cutoutCentre = cutoutCentre
  }

  /// The transform of one image: a pure function of its arguments, from one block of the stream. `cutout` draws the
  /// same crop and flip as `basic`.
  /// - Parameter size: height and width of the image in pixels.
  public init(stream: RandomStream, epoch: Int, index: Int, size: Int, augmentation: Augmentation) {
    let words = stream.words(epoch: epoch, index: index)
    dx = Self.integer(below: 2 * Self.padding + 1, words.x)
    dy = Self.integer(below: 2 * Self.padding + 1, words.y)
    flip = words.z >> 31 == 1
    switch augmentation {
    case .basic: cutoutCentre = nil
    case .cutout:
      let pixel = Self.integer(below: size * size, words.w)
      cutoutCentre = Centre(y: pixel / size, x: pixel % size)
    }
  }

  /// By the high half of the product; bias below bound / 2^32.
  private static func integer(below bound: Int, _ word: UInt32) -> Int { Int((UInt64(word) * UInt64(bound)) >> 32) }
}
