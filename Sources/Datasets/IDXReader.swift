// MNIST's IDX format, unsigned bytes only: images (magic 0x803) and labels (0x801), gzipped or plain. A header is
// believed only after it agrees with the bytes that are there. It knows no data set: sizes and limits are the caller's.

package enum IDXReader {
  private static let labelMagic: UInt32 = 0x801
  private static let imageMagic: UInt32 = 0x803

  /// Images and labels of one channel that belong together.
  /// - Parameter maximumCount: the most images the data set can have; bounds memory against forged files.
  /// - Throws: `DatasetError`.
  package static func imageSet(imagesPath: String, labelsPath: String, size: Int, classes: Int, maximumCount: Int)
    throws(DatasetError) -> ImageSet
  {
    // Labels first: they are small, and most faults show there before the large file is inflated.
    let labels = try labels(
      from: GzipReader.read(labelsPath, maximumBytes: 8 + maximumCount), path: labelsPath, classes: classes,
      maximumCount: maximumCount)
    let pixels = try pixels(
      from: GzipReader.read(imagesPath, maximumBytes: 16 + maximumCount * size * size), path: imagesPath, size: size,
      maximumCount: maximumCount)
    let images = pixels.count / (size * size)
    guard images == labels.count else {
      throw .countMismatch(imagesPath: imagesPath, images: images, labelsPath: labelsPath, labels: labels.count)
    }
    return ImageSet(pixels: pixels, labels: labels, channels: 1, size: size, classes: classes)
  }

  /// Pixels [count, size, size] of an image file's content. `path` is for the error only.
  static func pixels(from bytes: [UInt8], path: String, size: Int, maximumCount: Int) throws(DatasetError) -> [UInt8] {
    let header = try header(of: bytes, path: path, magic: imageMagic, words: 4)
    guard header[2] == size, header[3] == size else {
      throw .wrongImageSize(path: path, expected: size, foundHeight: header[2], foundWidth: header[3])
    }
    try check(count: header[1], itemBytes: size * size, bytes: bytes, headerBytes: 16, path, maximumCount)
    return Array(bytes[16...])
  }

  /// Labels [count] of a label file's content. `path` is for the error only.
  static func labels(from bytes: [UInt8], path: String, classes: Int, maximumCount: Int) throws(DatasetError) -> [UInt8]
  {
    let header = try header(of: bytes, path: path, magic: labelMagic, words: 2)
    try check(count: header[1], itemBytes: 1, bytes: bytes, headerBytes: 8, path, maximumCount)
    let labels = Array(bytes[8...])
    if let position = labels.firstIndex(where: { $0 >= classes }) {
      throw .labelOutOfRange(path: path, position: position, label: Int(labels[position]), classes: classes)
    }
    return labels
  }

  /// The header's big-endian words; the first is the magic.
  private static func header(of bytes: [UInt8], path: String, magic: UInt32, words: Int) throws(DatasetError) -> [Int] {
    let held = (0..<min(words, bytes.count / 4)).map { word in
      bytes[4 * word..<4 * word + 4].reduce(0) { $0 << 8 | Int($1) }
    }
    // A foreign file is named as such before it is called short.
    if let found = held.first, found != magic {
      throw .wrongMagic(path: path, expected: magic, found: UInt32(found))
    }
    guard held.count == words else { throw .truncated(path: path, expectedBytes: 4 * words, foundBytes: bytes.count) }
    return held
  }

  private static func check(
    count: Int, itemBytes: Int, bytes: [UInt8], headerBytes: Int, _ path: String, _ maximumCount: Int
  ) throws(DatasetError) {
    guard count > 0 else { throw .empty(path: path) }
    let held = (bytes.count - headerBytes) / itemBytes
    guard count <= maximumCount else { throw .wrongCount(path: path, announced: count, held: held) }
    // Both factors are bounded by now, so the product cannot overflow.
    let expected = headerBytes + count * itemBytes
    guard bytes.count >= expected else {
      throw .truncated(path: path, expectedBytes: expected, foundBytes: bytes.count)
    }
    guard bytes.count == expected else { throw .wrongCount(path: path, announced: count, held: held) }
  }
}
