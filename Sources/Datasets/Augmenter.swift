// Applies a drawn transform to one image: padding, crop, flip, normalisation, cutout, in one pass from bytes to floats.
// It draws nothing (ImageTransform does).

/// Normalises and transforms images of one shape.
struct Augmenter: Sendable {
  let channels: Int
  let size: Int
  /// [channels, 256]: the normalised value of each byte.
  private let table: [Float]

  init(channels: Int, size: Int, normalization: Normalization) {
    precondition(
      normalization.mean.count == channels && normalization.deviation.count == channels,
      "a mean and a deviation per channel")
    precondition(size >= ImageTransform.padding, "an image is no smaller than its padding")
    self.channels = channels
    self.size = size
    table = (0..<channels).flatMap { channel in
      (0..<256).map { Float((Double($0) / 255 - normalization.mean[channel]) / normalization.deviation[channel]) }
    }
  }

  /// One image, [channels, size, size] in both. Allocates nothing.
  func write(_ source: UnsafePointer<UInt8>, to target: UnsafeMutablePointer<Float>, _ transform: ImageTransform) {
    for channel in 0..<channels {
      let plane = channel * size * size
      table.withUnsafeBufferPointer { table in
        crop(source + plane, to: target + plane, transform, UnsafeBufferPointer(rebasing: table[(256 * channel)...]))
      }
      if let centre = transform.cutoutCentre { cut(target + plane, around: centre) }
    }
  }

  /// Pads, crops, flips and normalises one channel by its table.
  private func crop(
    _ source: UnsafePointer<UInt8>, to target: UnsafeMutablePointer<Float>, _ transform: ImageTransform,
    _ normalized: UnsafeBufferPointer<Float>
  ) {
    let padding = ImageTransform.padding
    // Padding is black before normalisation.
    let black = normalized[0]
    // Columns of the crop that show the image; those outside show padding.
    let columns = max(0, padding - transform.dx)..<min(size, size + padding - transform.dx)
    for y in 0..<size {
      let row = target + y * size
      let sourceY = y + transform.dy - padding
      let isPadding = sourceY < 0 || sourceY >= size
      if isPadding || columns.count < size { row.update(repeating: black, count: size) }
      if isPadding { continue }
      let sourceRow = source + sourceY * size + max(0, transform.dx - padding)
      if transform.flip {
        let last = row + (size - 1 - columns.lowerBound)
        for x in 0..<columns.count { last[-x] = normalized[Int(sourceRow[x])] }
      } else {
        let start = row + columns.lowerBound
        for x in 0..<columns.count { start[x] = normalized[Int(sourceRow[x])] }
      }
    }
  }

  /// Sets the square around `centre` to 0, clipped at the border.
  private func cut(_ target: UnsafeMutablePointer<Float>, around centre: ImageTransform.Centre) {
    let reach = ImageTransform.cutoutSize / 2
    let left = max(0, centre.x - reach)
    let width = min(size, centre.x + reach) - left
    for y in max(0, centre.y - reach)..<min(size, centre.y + reach) {
      (target + y * size + left).update(repeating: 0, count: width)
    }
  }
}
