// The bytes of one data element of a MATLAB 5 file, from front to back: as they are stored, or inflated. Nothing is kept,
// so memory is bounded by what the caller asks for, whatever the element announces.

import CZlib

/// An element's bytes behind its tag.
final class MATElementStream {
  /// Compressed bytes read at a time.
  private static let inputBytes = 1 << 16
  /// More than this a byte of a deflate stream cannot grow to: 258 bytes for two bits.
  private static let maximumGrowth = 1032

  let file: InputFile
  /// Of the element's tag in the file.
  let place: Int
  private let end: Int
  private var position: Int
  /// Nil where the bytes are stored as they are. zlib keeps its address, so it lives at a fixed one.
  private let stream: UnsafeMutablePointer<z_stream>?
  private let input: UnsafeMutableRawBufferPointer
  private var hasEnded = false

  /// - Parameters:
  ///   - place: where the element's tag begins.
  ///   - bytes: stored bytes behind the tag.
  /// - Precondition: the file holds that many.
  init(_ file: InputFile, place: Int, bytes: Int, isCompressed: Bool) throws(DatasetError) {
    (self.file, self.place, position, end) = (file, place, place + 8, place + 8 + bytes)
    guard isCompressed else {
      stream = nil
      input = UnsafeMutableRawBufferPointer(start: nil, count: 0)
      return
    }
    let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    stream.initialize(to: z_stream())
    guard pof_inflate_init_zlib(stream) == Z_OK else {
      stream.deallocate()
      throw .mat(path: file.path, fault: .compressed(place: place, fault: .corrupt("zlib does not start")))
    }
    self.stream = stream
    input = .allocate(byteCount: Self.inputBytes, alignment: 16)
  }

  deinit {
    if let stream {
      inflateEnd(stream)
      stream.deallocate()
      input.deallocate()
    }
  }

  /// The most bytes that can still come; a bound on what to believe.
  var maximumBytes: Int {
    guard let stream else { return end - position }
    let (product, overflows) = (end - position + Int(stream.pointee.avail_in) + 64)
      .multipliedReportingOverflow(by: Self.maximumGrowth)
    return overflows ? .max : product
  }

  /// Fills the buffer.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(DatasetError) {
    guard stream != nil else {
      let held = min(buffer.count, end - position)
      let found = try file.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<held]), at: position)
      guard found == buffer.count else { throw truncated(announced: position + buffer.count - place - 8) }
      position += found
      return
    }
    let filled = try inflateSome(into: buffer)
    guard filled == buffer.count else {
      throw .mat(path: file.path, fault: .compressed(place: place, fault: .truncated))
    }
  }

  /// The next bytes.
  func read(_ count: Int) throws(DatasetError) -> [UInt8] {
    try [UInt8](count: count, path: file.path) { (buffer) throws(DatasetError) in try read(into: buffer) }
  }

  /// Checks that nothing is left and, of a compressed element, its checksum.
  func finish() throws(DatasetError) {
    guard let stream else {
      guard position == end else { throw corrupt("\(end - position) bytes follow its values") }
      return
    }
    var byte: UInt8 = 0
    let surplus = try withUnsafeMutableBytes(of: &byte) { (byte) throws(DatasetError) in
      try inflateSome(into: byte)
    }
    guard surplus == 0 else { throw corrupt("it inflates to more bytes than it announces") }
    let rest = Int(stream.pointee.avail_in) + end - position
    guard rest == 0 else {
      throw .mat(path: file.path, fault: .compressed(place: place, fault: .trailingBytes(rest)))
    }
  }

  func corrupt(_ reason: String) -> DatasetError {
    .mat(path: file.path, fault: .corrupt(place: place, reason: reason))
  }

  private func truncated(announced: Int) -> DatasetError {
    .mat(path: file.path, fault: .truncated(place: place, announced: announced, held: end - place - 8))
  }

  /// Inflates until the buffer is full or the stream has ended.
  /// - Returns: bytes written.
  private func inflateSome(into buffer: UnsafeMutableRawBufferPointer) throws(DatasetError) -> Int {
    guard let stream else { return 0 }
    var filled = 0
    while !hasEnded, filled < buffer.count {
      if stream.pointee.avail_in == 0, position < end {
        let wanted = min(input.count, end - position)
        let count = try file.read(into: UnsafeMutableRawBufferPointer(rebasing: input[..<wanted]), at: position)
        guard count == wanted else { throw .unreadable(path: file.path, reason: "it became shorter") }
        position += count
        stream.pointee.next_in = input.baseAddress?.assumingMemoryBound(to: UInt8.self)
        stream.pointee.avail_in = UInt32(count)
      }
      let room = min(buffer.count - filled, 1 << 30)
      stream.pointee.next_out = buffer.baseAddress?.assumingMemoryBound(to: UInt8.self).advanced(by: filled)
      stream.pointee.avail_out = UInt32(room)
      let status = inflate(stream, Z_NO_FLUSH)
      filled += room - Int(stream.pointee.avail_out)
      switch status {
      case Z_OK: continue
      case Z_STREAM_END: hasEnded = true
      case Z_BUF_ERROR:  // No progress: there is room for output, so input is lacking.
        throw .mat(path: file.path, fault: .compressed(place: place, fault: .truncated))
      default:
        let reason = stream.pointee.msg.map { String(cString: $0) } ?? "zlib status \(status)"
        throw .mat(path: file.path, fault: .compressed(place: place, fault: .corrupt(reason)))
      }
    }
    return filled
  }
}
