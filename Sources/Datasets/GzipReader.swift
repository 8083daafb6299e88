// Whole files into memory, gzipped or plain, never more than the caller expects. It streams nothing and knows no format
// inside; one gzip member per file.

import CZlib
import Foundation

package enum GzipReader {
  /// Bytes decompressed or read at a time.
  private static let chunkBytes = 1 << 18

  /// The content of a regular file, decompressed where it starts with gzip's magic bytes.
  /// - Parameter maximumBytes: the most the content can have; memory never exceeds it by more than a small multiple.
  static func read(_ path: String, maximumBytes: Int) throws(DatasetError) -> [UInt8] {
    // Incompressible data grows by five bytes per stored block, plus header and trailer.
    let stored = try readStored(path, maximumBytes: maximumBytes + maximumBytes / 1000 + (1 << 16))
    if stored.starts(with: [0x1f, 0x8b]) { return try decompress(stored, path: path, maximumBytes: maximumBytes) }
    guard stored.count <= maximumBytes else { throw .tooLarge(path: path, limitBytes: maximumBytes) }
    return stored
  }

  /// Inflates one gzip member or zlib stream that fills `data` from end to end. `path` is for the error only.
  package static func decompress(_ data: [UInt8], path: String, maximumBytes: Int) throws(DatasetError) -> [UInt8] {
    // zlib keeps the address of the stream, so it lives at a fixed one.
    let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    stream.initialize(to: z_stream())
    defer { stream.deallocate() }
    guard pof_inflate_init(stream) == Z_OK else { throw .gzip(path: path, fault: .corrupt("zlib does not start")) }
    defer { inflateEnd(stream) }
    let chunk = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: chunkBytes)
    defer { chunk.deallocate() }

    return try data.withUnsafeBufferPointer { (input) throws(DatasetError) -> [UInt8] in
      var output: [UInt8] = []
      var position = 0
      while true {
        if stream.pointee.avail_in == 0, position < input.count {
          let count = min(input.count - position, 1 << 30)
          stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress.map { $0 + position })
          stream.pointee.avail_in = UInt32(count)
          position += count
        }
        stream.pointee.next_out = chunk.baseAddress
        stream.pointee.avail_out = UInt32(chunk.count)
        let status = inflate(stream, Z_NO_FLUSH)
        let produced = chunk.count - Int(stream.pointee.avail_out)
        guard produced <= maximumBytes - output.count else { throw .tooLarge(path: path, limitBytes: maximumBytes) }
        output.append(contentsOf: chunk[..<produced])
        switch status {
        case Z_OK: continue
        case Z_STREAM_END:
          let rest = Int(stream.pointee.avail_in) + input.count - position
          guard rest == 0 else { throw .gzip(path: path, fault: .trailingBytes(rest)) }
          return output
        case Z_BUF_ERROR:  // No progress: there is room for output, so input is lacking.
          throw .gzip(path: path, fault: .truncated)
        default:
          let reason = stream.pointee.msg.map { String(cString: $0) } ?? "zlib status \(status)"
          throw .gzip(path: path, fault: .corrupt(reason))
        }
      }
    }
  }

  /// The bytes of a regular file as they are stored.
  private static func readStored(_ path: String, maximumBytes: Int) throws(DatasetError) -> [UInt8] {
    let file = try InputFile(path)
    guard file.size <= maximumBytes else { throw .tooLarge(path: path, limitBytes: maximumBytes) }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(file.size)
    let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: chunkBytes, alignment: 16)
    defer { chunk.deallocate() }
    while true {
      let count = try file.read(into: chunk, at: bytes.count)
      if count == 0 { return bytes }
      // The file may have grown since.
      guard count <= maximumBytes - bytes.count else { throw .tooLarge(path: path, limitBytes: maximumBytes) }
      bytes.append(contentsOf: chunk[..<count])
    }
  }
}
