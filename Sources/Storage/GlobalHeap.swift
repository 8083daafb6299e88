// A look at a file's global heaps, where HDF5 keeps variable-length strings, before the library sees them: they carry no
// checksum, and libhdf5 1.10 follows a damaged object size straight into a crash. Of all single-bit changes of a run
// file, these were the only ones that it did not survive.
//
// Format: HDF5 File Format Specification, III.E. A collection is "GCOL", version 1, 3 reserved bytes, its size (8 bytes),
// then objects: index, references (2 bytes each), 4 reserved bytes, size (8 bytes), data padded to 8 bytes. Index 0 is
// free space, whose size includes this header.

import Foundation

enum GlobalHeap {
  /// The longest string that an attribute may hold, in bytes. The library copies an object whole, whatever length the
  /// attribute states, into a buffer of at least this size.
  static let textLimit = 4096

  private static let signature: [UInt8] = [0x47, 0x43, 0x4f, 0x4c, 0x01]
  private static let header = 16
  /// The library makes collections of 4 KB, larger only for larger objects.
  private static let collectionSizes = UInt64(4096)...UInt64(1 << 20)

  /// What is wrong with a heap of the open file; nil when nothing is.
  ///
  /// Collections are found by their signature, which weights cannot imitate: as float32 it needs a value in 199...200
  /// beside one whose low 24 bits are given.
  static func defect(_ descriptor: Int32, size: Int) -> String? {
    let block = 1 << 20
    var bytes = [UInt8](repeating: 0, count: block + signature.count - 1)
    var start = 0
    while start < size {
      let count = readAll(descriptor, &bytes, count: min(bytes.count, size - start), offset: start)
      guard count > 0 else { return "shorter than its size" }
      for place in places(bytes, count: count) {
        if let defect = collectionDefect(descriptor, start + place, size) {
          return "strings at byte \(start + place): \(defect)"
        }
      }
      start += block
    }
    return nil
  }

  private static func places(_ bytes: [UInt8], count: Int) -> [Int] {
    bytes.withUnsafeBufferPointer { bytes in
      guard let start = bytes.baseAddress, count >= signature.count else { return [] }
      var places: [Int] = []
      var from = 0
      let end = count - signature.count + 1
      while from < end, let hit = memchr(start + from, Int32(signature[0]), end - from) {
        let place = UnsafeRawPointer(hit) - UnsafeRawPointer(start)
        if bytes[place..<place + signature.count].elementsEqual(signature) { places.append(place) }
        from = place + 1
      }
      return places
    }
  }

  private static func collectionDefect(_ descriptor: Int32, _ place: Int, _ fileSize: Int) -> String? {
    var bytes = [UInt8](repeating: 0, count: header)
    guard readAll(descriptor, &bytes, count: header, offset: place) == header else { return "cut off" }
    let size = word(bytes, 8)
    guard collectionSizes.contains(size), Int(size) <= fileSize - place else { return "collection of \(size) bytes" }
    bytes = [UInt8](repeating: 0, count: Int(size))
    guard readAll(descriptor, &bytes, count: bytes.count, offset: place) == bytes.count else { return "cut off" }
    var position = header
    while position + header <= bytes.count {
      let isFree = bytes[position] == 0 && bytes[position + 1] == 0
      let size = word(bytes, position + 8)
      guard size <= UInt64(isFree ? bytes.count : textLimit) else { return "object of \(size) bytes" }
      let taken = isFree ? Int(size) : header + (Int(size) + 7) / 8 * 8
      guard taken >= header, taken <= bytes.count - position else { return "object of \(size) bytes" }
      position += taken
    }
    return nil
  }

  /// Little-endian.
  private static func word(_ bytes: [UInt8], _ place: Int) -> UInt64 {
    bytes[place..<place + 8].reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  private static func readAll(_ descriptor: Int32, _ bytes: inout [UInt8], count: Int, offset: Int) -> Int {
    bytes.withUnsafeMutableBytes { buffer in
      var done = 0
      while done < count {
        let result = pread(descriptor, buffer.baseAddress.map { $0 + done }, count - done, off_t(offset + done))
        if result < 0 && errno == EINTR { continue }
        guard result > 0 else { break }
        done += result
      }
      return done
    }
  }
}
