// gzip members made anew around mutated content, with a valid checksum and length, and members with forged fields.
// Format: RFC 1952 and RFC 1951.

import CZlib

package enum Gzip {
  /// A deflate stream without header and trailer: what zlib makes, or stored blocks.
  static func deflated(_ bytes: [UInt8], level: Int32) -> [UInt8] {
    let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    stream.initialize(to: z_stream())
    defer { stream.deallocate() }
    guard pof_deflate_init(stream, level) == Z_OK else { return [] }
    defer { deflateEnd(stream) }
    var input = bytes
    let member = [UInt8](unsafeUninitializedCapacity: Int(deflateBound(stream, UInt(bytes.count))) + 32) {
      output, filled in
      input.withUnsafeMutableBufferPointer { input in
        stream.pointee.next_in = input.baseAddress
        stream.pointee.avail_in = UInt32(input.count)
        stream.pointee.next_out = output.baseAddress
        stream.pointee.avail_out = UInt32(output.count)
        filled = deflate(stream, Z_FINISH) == Z_STREAM_END ? Int(stream.pointee.total_out) : 0
      }
    }
    return Array(member.dropFirst(10).dropLast(8))
  }

  /// The trailer of a zlib stream.
  static func adler(_ bytes: [UInt8]) -> [UInt8] {
    var trailer = [UInt8](repeating: 0, count: 4)
    let sum = bytes.withUnsafeBufferPointer { adler32(1, $0.baseAddress, UInt32($0.count)) }
    trailer.put(UInt64(sum), at: 0, bytes: 4, bigEndian: true)
    return trailer
  }

  /// The trailer: CRC-32 and length.
  static func trailer(_ bytes: [UInt8]) -> [UInt8] {
    var trailer = [UInt8](repeating: 0, count: 8)
    trailer.put(bytes.withUnsafeBufferPointer { UInt64(crc32(0, $0.baseAddress, UInt32($0.count))) }, at: 0, bytes: 4)
    trailer.put(UInt64(bytes.count), at: 4, bytes: 4)
    return trailer
  }

  static let header: [UInt8] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]

  /// One member.
  package static func member(_ bytes: [UInt8], level: Int32 = 6) -> [UInt8] {
    header + deflated(bytes, level: level) + trailer(bytes)
  }

  /// A member around mutated content, or one with a forged field, or a mutated member.
  package static func mutate(_ member: inout [UInt8], content: [UInt8], _ draws: inout Draws) {
    switch draws.below(12) {
    case 0...2:
      var changed = content
      IDX.mutate(&changed, &draws)
      member = Self.member(changed, level: draws.pick([0, 1, 6, 9]))
    case 3:  // Optional header fields, right or cut short.
      let flags = draws.byte()
      var fields: [UInt8] = []
      if flags & 4 != 0 {
        let length = draws.pick([0, 1, 6, 200, 65_535])
        fields = [UInt8(length & 255), UInt8(length >> 8)]
        fields += [UInt8](repeating: 7, count: draws.once(in: 3) ? 3 : length)
      }
      for flag in [8, 16] where Int(flags) & flag != 0 {
        fields += (0..<draws.length(upTo: 5000)).map { _ in 65 } + [0]
      }
      var head = header
      head[3] = flags
      head += fields
      if flags & 2 != 0 {
        let sum = head.withUnsafeBufferPointer { crc32(0, $0.baseAddress, UInt32($0.count)) }
        head += [UInt8(truncatingIfNeeded: sum), UInt8(truncatingIfNeeded: sum >> 8)]
      }
      member.replaceSubrange(0..<10, with: head)
    case 4:  // Method, flags, time, operating system.
      member[draws.below(10)] = draws.byte()
    case 5:  // Checksum or length.
      member.put(member.interesting(&draws), at: member.count - draws.pick([4, 8]), bytes: 4)
    case 6:  // Several members, or a tail.
      member += draws.pick([member, Array(member.prefix(draws.below(member.count))), [0], header])
    case 7:  // More than its length says: a bomb.
      let zeros = [UInt8](repeating: 0, count: draws.pick([content.count + 1, 1 << 16, 1 << 21]))
      member = header + deflated(zeros, level: 9) + trailer(content)
    case 8:  // Blocks that are no blocks.
      member = header + (0..<draws.length(upTo: 500)).map { _ in draws.byte() } + trailer(content)
    default:
      let trailer = member.count - 8..<member.count
      for _ in 0...draws.below(3) { member.mutate(&draws, focus: [0..<40, trailer]) }
    }
  }
}

package enum IDX {
  /// Mutates an IDX file; half of them in the header, with counts that may match the bytes that are there.
  package static func mutate(_ file: inout [UInt8], _ draws: inout Draws) {
    let words = file.count > 3 && file[3] == 3 ? 4 : 2
    switch draws.below(6) {
    case 0...1:
      for _ in 0...draws.below(2) {
        file.put(file.interesting(&draws), at: 4 * draws.below(words), bytes: 4, bigEndian: true)
      }
    case 2:  // Bytes and count of another number of items, true or off by one.
      guard file.count > 16 else { return }
      let item = words == 4 ? 16 : 1
      let items = draws.below(40)
      file = Array(file[..<(4 * words)]) + (0..<item * items).map { _ in draws.byte() % 11 }
      file.put(UInt64(items + draws.pick([0, 0, 1])), at: 4, bytes: 4, bigEndian: true)
    case 3: file.put(draws.word() & 0x0f04, at: 2, bytes: 2)  // Another element type or rank.
    default: for _ in 0...draws.below(3) { file.mutate(&draws, focus: [0..<4 * words]) }
    }
  }
}
