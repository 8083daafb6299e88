// SVHN's cropped digits: MATLAB 5 files with the images X, uint8, 32 x 32 x 3 x count, column-major, and the labels y,
// 1...10, in which 10 stands for digit 0. Pixels are inflated straight into their place and transposed there, so that
// they never lie in memory twice.

/// A file of SVHN whose heads have been checked; its pixels are still to be read.
package struct SVHNReader {
  private static let channels = 3
  private static let size = 32
  private static let classes = 10
  private static let imageBytes = channels * size * size
  /// Pixels inflated at a time: they are transposed while they are in the cache.
  private static let blockBytes = 64 * imageBytes
  /// Values of y: as small as MATLAB makes them when it saves.
  private static let labelTypes = ["uint8", "double"]

  private let file: MATFile
  private let images: MATVariable
  private let labels: MATVariable
  /// Number of images.
  package let count: Int

  /// Opens a file and checks everything that comes before the values.
  /// - Parameters:
  ///   - maximumCount: the most images that it can have; bounds memory against forged files.
  ///   - advice: what to do where there is no such file.
  /// - Throws: `DatasetError`, naming the file.
  package init(_ path: String, maximumCount: Int, advice: String) throws(DatasetError) {
    let file = try MATFile(path, advice: advice)
    let (images, labels) = (try file.variable("X"), try file.variable("y"))
    func check(_ variable: MATVariable, _ types: [String], _ storages: [MATStorage]?) throws(DatasetError) {
      let expected = types.joined(separator: " or ")
      guard types.contains(variable.type) else {
        throw .mat(path: path, fault: .wrongType(variable: variable.name, found: variable.type, expected: expected))
      }
      guard let storage = variable.storage, storages?.contains(storage) ?? true else {
        let found = "\(variable.type) stored as \(variable.storage.map { "\($0)" } ?? "something else")"
        throw .mat(path: path, fault: .wrongType(variable: variable.name, found: found, expected: expected))
      }
    }
    try check(images, ["uint8"], [.uint8])
    try check(labels, Self.labelTypes, nil)

    // MATLAB leaves out a last dimension of 1.
    let sizes = images.dimensions.count == 3 ? images.dimensions + [1] : images.dimensions
    guard sizes.count == 4, sizes[..<3] == [Self.size, Self.size, Self.channels] else {
      throw .mat(
        path: path, fault: .wrongDimensions(variable: "X", found: images.dimensions, expected: "32x32x3xN"))
    }
    let count = sizes[3]
    guard count > 0 else { throw .empty(path: path) }
    guard count <= maximumCount else { throw .tooLarge(path: path, limitBytes: maximumCount * Self.imageBytes) }
    guard labels.dimensions.count == 2, labels.dimensions[1] == 1 else {
      throw .mat(path: path, fault: .wrongDimensions(variable: "y", found: labels.dimensions, expected: "Nx1"))
    }
    guard labels.dimensions[0] == count else {
      throw .mat(path: path, fault: .countMismatch(images: count, labels: labels.dimensions[0]))
    }
    for (variable, values) in [(images, count * Self.imageBytes), (labels, count)] {
      let bytes = values * (variable.storage?.width ?? 1)
      guard variable.bytes == bytes else {
        throw .mat(
          path: path,
          fault: .corrupt(place: variable.place, reason: "\(variable.name) has \(variable.bytes) bytes, not \(bytes)"))
      }
    }
    (self.file, self.images, self.labels, self.count) = (file, images, labels, count)
  }

  /// The images of several files, in their order, in one array.
  /// - Throws: `DatasetError`, naming the file.
  package static func imageSet(_ readers: [SVHNReader]) throws(DatasetError) -> ImageSet {
    // Labels first: they are small, and most faults show there before the pixels are inflated.
    var labels: [UInt8] = []
    for reader in readers { labels += try reader.readLabels() }
    let bytes = labels.count * imageBytes
    let pixels = try [UInt8](count: bytes, path: readers.first?.file.path ?? "") { (pixels) throws(DatasetError) in
      var start = 0
      for reader in readers {
        let part = UnsafeMutableRawBufferPointer(rebasing: pixels[start...].prefix(reader.count * imageBytes))
        try reader.file.read(reader.images, into: part, blockBytes: blockBytes, done: transpose)
        start += part.count
      }
    }
    return ImageSet(pixels: pixels, labels: labels, channels: channels, size: size, classes: classes)
  }

  private func readLabels() throws(DatasetError) -> [UInt8] {
    guard let storage = labels.storage else { return [] }
    let bytes = try [UInt8](count: labels.bytes, path: file.path) { (buffer) throws(DatasetError) in
      try file.read(labels, into: buffer, blockBytes: max(1, buffer.count)) { _ in }
    }
    let values = file.numbers(bytes, storage)
    if let position = values.firstIndex(where: { !(1...10).contains($0) || $0 != $0.rounded() }) {
      throw .mat(path: file.path, fault: .label(position: position, found: values[position]))
    }
    return values.map { UInt8($0) % 10 }
  }

  /// Turns whole images from columns to rows, each plane in its place.
  private static func transpose(_ block: UnsafeMutableRawBufferPointer) {
    for plane in stride(from: 0, to: block.count, by: size * size) {
      for row in 0..<size {
        for column in row + 1..<size {
          let (one, other) = (plane + row * size + column, plane + column * size + row)
          let value = block[one]
          block[one] = block[other]
          block[other] = value
        }
      }
    }
  }
}
