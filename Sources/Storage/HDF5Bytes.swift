// Bytes of an HDF5 file for HDF5Walk: whatever is asked for lies within the file, or there is an error.

import Foundation

/// What is wrong with a file's structure.
struct HDF5Defect: Error {
  let reason: String
  /// The structure is sound, but not one that is read here.
  let isForeign: Bool

  init(_ reason: String, isForeign: Bool = false) { (self.reason, self.isForeign) = (reason, isForeign) }
}

/// An open file.
struct HDF5Bytes {
  /// The address that stands for none.
  static let undefined = -1

  /// Up to so many bytes a file is read at once: it has many small blocks.
  private static let wholeLimit = 1 << 18

  let descriptor: Int32
  /// Where the file ends, in bytes.
  let size: Int
  /// All of a small file.
  private let whole: [UInt8]?

  /// - Throws: `HDF5Defect` where the file is shorter.
  init(descriptor: Int32, size: Int) throws {
    (self.descriptor, self.size) = (descriptor, size)
    whole = size <= Self.wholeLimit ? try Self.read(descriptor, at: 0, count: size) : nil
  }

  private init(_ other: HDF5Bytes, end: Int) {
    (descriptor, size, whole) = (other.descriptor, end, other.whole)
  }

  /// The file as if it ended there.
  /// - Precondition: `end` is at most `size`.
  func ending(at end: Int) -> HDF5Bytes {
    precondition((0...size).contains(end), "no end of \(size) bytes")
    return HDF5Bytes(self, end: end)
  }

  /// A cursor over `count` bytes, read at once.
  /// - Throws: `HDF5Defect` where they do not lie within the file.
  func cursor(at address: Int, count: Int) throws -> HDF5Cursor {
    guard address >= 0, count >= 0, address <= size - count else {
      throw HDF5Defect("address \(UInt(bitPattern: address)) with \(count) bytes, beyond the end")
    }
    if let whole { return HDF5Cursor(whole[address..<address + count]) }
    return HDF5Cursor(try Self.read(descriptor, at: address, count: count)[...])
  }

  private static func read(_ descriptor: Int32, at address: Int, count: Int) throws -> [UInt8] {
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      while filled < count, let start = buffer.baseAddress {
        let result = pread(descriptor, start + filled, count - filled, off_t(address + filled))
        if result < 0 && errno == EINTR { continue }
        guard result > 0 else { break }
        filled += result
      }
    }
    guard bytes.count == count else { throw HDF5Defect("shorter than its size") }
    return bytes
  }

  /// - Throws: `HDF5Defect` for an address that is neither undefined nor in the file.
  func check(_ address: Int) throws {
    guard address == Self.undefined || (0..<size).contains(address) else {
      throw HDF5Defect("address \(UInt(bitPattern: address)), beyond the end")
    }
  }
}

/// Reads bytes one field after the other; every read throws where they end.
struct HDF5Cursor {
  private(set) var rest: ArraySlice<UInt8>

  init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

  var count: Int { rest.count }

  mutating func take(_ count: Int) throws -> ArraySlice<UInt8> {
    guard count >= 0, count <= rest.count else { throw HDF5Defect("a field beyond the end of its block") }
    defer { rest = rest.dropFirst(count) }
    return rest.prefix(count)
  }

  mutating func skip(_ count: Int) throws { _ = try take(count) }

  /// Unsigned, little-endian, of up to 8 bytes. Negative numbers are those that Int cannot hold; all ones are the
  /// undefined address.
  mutating func number(_ count: Int) throws -> Int {
    Int(truncatingIfNeeded: try take(count).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
  }

  /// Signature and version of a block.
  mutating func expect(_ signature: String, version: Int) throws {
    let found = try take(signature.utf8.count)
    guard found.elementsEqual(signature.utf8), try number(1) == version else {
      throw HDF5Defect("no block \(signature) where there must be one")
    }
  }

  /// Bytes up to a NUL, which is taken as well; with `padding`, up to the next multiple of 8 from the start.
  mutating func name(padding: Bool) throws -> ArraySlice<UInt8> {
    guard let end = rest.firstIndex(of: 0) else { throw HDF5Defect("a name without end") }
    let name = rest[rest.startIndex..<end]
    try skip(padding ? (name.count + 8) / 8 * 8 : name.count + 1)
    return name
  }
}
