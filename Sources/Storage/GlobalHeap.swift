// Collections of the global heap, where HDF5 keeps strings and lists of variable length. They carry no checksum, and
// libhdf5 1.10 follows a damaged size or index straight into a crash.
//
// Format: HDF5 File Format Specification, III.E. A collection is "GCOL", version 1, 3 reserved bytes, its size (8 bytes),
// then objects: index, references (2 bytes each), 4 reserved bytes, size (8 bytes), data padded to 8 bytes. Index 0 is
// free space, whose size includes this header.

/// The objects of one collection.
struct GlobalHeap {
  /// The longest string that an attribute may hold, in bytes.
  static let textLimit = 4096

  private static let header = 16
  /// The library makes collections of 4 KB, larger only for larger objects.
  private static let sizes = 4096...(1 << 20)

  /// Sizes in bytes by index.
  private var objects: [Int: Int] = [:]

  /// - Throws: `HDF5Defect`.
  init(_ file: HDF5Bytes, at address: Int) throws {
    var head = try file.cursor(at: address, count: Self.header)
    try head.expect("GCOL", version: 1)
    try head.skip(3)
    let size = try head.number(8)
    guard Self.sizes.contains(size) else { throw HDF5Defect("a collection of \(size) bytes") }
    var cursor = try file.cursor(at: address, count: size)
    try cursor.skip(Self.header)
    while cursor.count >= Self.header {
      let index = try cursor.number(2)
      try cursor.skip(6)
      let size = try cursor.number(8)
      guard (0...cursor.count + Self.header).contains(size) else {
        throw HDF5Defect("a string or list of \(size) bytes")
      }
      let taken = index == 0 ? size - Self.header : (size + 7) / 8 * 8
      guard taken >= 0, index == 0 || objects.updateValue(size, forKey: index) == nil else {
        throw HDF5Defect("two strings or lists with number \(index)")
      }
      try cursor.skip(taken)
    }
  }

  /// Size in bytes; nil where there is no such object.
  subscript(index: Int) -> Int? { objects[index] }
}
