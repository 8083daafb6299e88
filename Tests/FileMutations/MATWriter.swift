// MATLAB 5 files byte by byte, right ones and forged ones: nothing is checked, every length can be another than what is
// there. Format: MathWorks, "MAT-File Format".

/// Elements of a MATLAB 5 file in one byte order.
package struct MATWriter {
  package static let (matrix, compressed) = (14, 15)
  package var isBigEndian = false

  package init(isBigEndian: Bool = false) { self.isBigEndian = isBigEndian }

  /// 128 bytes.
  package func header(version: Int = 0x0100) -> [UInt8] {
    var header = Array("MATLAB 5.0 MAT-file, made by a test".utf8)
    header += [UInt8](repeating: 0x20, count: 124 - header.count) + [0, 0]
    header.put(UInt64(version), at: 124, bytes: 2, bigEndian: isBigEndian)
    return header + Array((isBigEndian ? "MI" : "IM").utf8)
  }

  /// Unsigned words of four bytes.
  package func words(_ values: Int...) -> [UInt8] { words(values) }

  package func words(_ values: [Int]) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 4 * values.count)
    for (place, value) in values.enumerated() {
      bytes.put(UInt64(truncatingIfNeeded: value), at: 4 * place, bytes: 4, bigEndian: isBigEndian)
    }
    return bytes
  }

  /// Doubles of eight bytes.
  package func doubles(_ values: [Double]) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 8 * values.count)
    for (place, value) in values.enumerated() {
      bytes.put(value.bitPattern, at: 8 * place, bytes: 8, bigEndian: isBigEndian)
    }
    return bytes
  }

  /// A part of a variable, padded to eight bytes; up to four bytes lie in the tag.
  package func element(_ type: Int, _ bytes: [UInt8], announced: Int? = nil) -> [UInt8] {
    if (1...4).contains(bytes.count), announced == nil {
      return words(bytes.count << 16 | type) + bytes + [UInt8](repeating: 0, count: 4 - bytes.count)
    }
    return words(type, announced ?? bytes.count) + bytes + [UInt8](repeating: 0, count: (8 - bytes.count % 8) % 8)
  }

  /// A whole variable.
  /// - Parameters:
  ///   - kind: MATLAB's class, 6 for double and 9 for uint8, and flags above it.
  ///   - storage: type of the values' element.
  package func variable(_ name: String, _ kind: Int, _ dimensions: [Int], _ storage: Int, _ values: [UInt8]) -> [UInt8]
  {
    let parts = [
      element(6, words(kind, 0)), element(5, words(dimensions)), element(1, Array(name.utf8)), element(storage, values),
    ]
    return words(Self.matrix, parts.joined().count) + parts.joined()
  }

  /// A compressed element around another.
  package func compress(_ element: [UInt8], level: Int32 = 6) -> [UInt8] { wrap(Zlib.stream(element, level: level)) }

  /// A compressed element with these bytes as its stream.
  package func wrap(_ stream: [UInt8], announced: Int? = nil) -> [UInt8] {
    words(Self.compressed, announced ?? stream.count) + stream
  }
}

package enum Zlib {
  /// A zlib stream with a right checksum.
  package static func stream(_ bytes: [UInt8], level: Int32 = 6) -> [UInt8] {
    [0x78, 0xda] + Gzip.deflated(bytes, level: level) + Gzip.adler(bytes)
  }
}
