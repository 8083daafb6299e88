// The parts of an HDF5 file as bytes: where its metadata lie, and checksums made anew after a change, so that a reader
// meets the change and not the checksum. It believes nothing: what it reads may be mutated already.
//
// Format: HDF5 File Format Specification, version 3.0.

/// A block of metadata.
struct HDF5Block {
  var signature: String
  var range: Range<Int>
  /// Where its checksum lies, in 4 bytes; nil where it has none.
  var checksum: Int?
  /// Of an object header: data of its messages.
  var messages: [HDF5Message] = []
}

/// A message of an object header: its whole range, and that of its data.
struct HDF5Message {
  var type: UInt8
  var range: Range<Int>
  var data: Range<Int>
}

enum HDF5Structure {
  /// All blocks that have a signature, and the superblock.
  static func blocks(_ bytes: [UInt8]) -> [HDF5Block] {
    var blocks: [HDF5Block] = []
    func add(_ signature: String, _ start: Int, _ count: Int, checksum: Int? = nil, messages: [HDF5Message] = []) {
      guard start >= 0, count > 0, count <= 1 << 24, start <= bytes.count - count else { return }
      guard checksum.map({ $0 >= start && $0 + 4 <= start + count }) ?? true else { return }
      blocks.append(
        HDF5Block(signature: signature, range: start..<start + count, checksum: checksum, messages: messages))
    }
    func number(_ place: Int, _ count: Int) -> Int { Int(truncatingIfNeeded: bytes.number(at: place, bytes: count)) }
    func hasSignature(_ signature: String, _ place: Int) -> Bool {
      place >= 0 && place <= bytes.count - 4 && bytes[place..<place + 4].elementsEqual(signature.utf8)
    }

    // Object headers of version 1 have no signature; links lead to them.
    func addHeader(_ place: Int) {
      guard place > 0, place < bytes.count - 16, bytes[place] == 1 else { return }
      add("header", place, 16 + number(place + 8, 4))
    }

    if bytes.count > 48 {
      if bytes[8] < 2 { addHeader(number(64, 8)) }
      if bytes[8] < 2 { add("superblock", 0, 96) } else { add("superblock", 0, 48, checksum: 44) }
    }
    for place in places(bytes) {
      let signature = String(decoding: bytes[place..<place + 4], as: UTF8.self)
      switch signature {
      case "OHDR":
        let flags = number(place + 5, 1)
        var start = place + 6 + (flags & 0x20 != 0 ? 16 : 0) + (flags & 0x10 != 0 ? 4 : 0)
        let width = 1 << (flags & 3)
        let size = number(start, width)
        start += width
        guard size >= 0, size <= 1 << 24, start + size + 4 <= bytes.count else { continue }
        let ordered = flags & 4 != 0
        var messages = self.messages(bytes, start..<start + size, ordered)
        add("OHDR", place, start + size + 4 - place, checksum: start + size, messages: messages)
        // Continuations, and theirs.
        var visited = 0
        while let message = messages.first(where: { $0.type == 0x10 && $0.data.count >= 16 }), visited < 64 {
          visited += 1
          messages.removeAll { $0.data == message.data }
          let (next, length) = (number(message.data.lowerBound, 8), number(message.data.lowerBound + 8, 8))
          guard hasSignature("OCHK", next), length > 8, length <= bytes.count - next else { continue }
          let more = self.messages(bytes, next + 4..<next + length - 4, ordered)
          add("OCHK", next, length, checksum: next + length - 4, messages: more)
          messages += more
        }
      case "FRHP":
        add("FRHP", place, 146, checksum: place + 142)
        guard place + 146 <= bytes.count else { continue }
        let (start, width, rows, root) = (
          number(place + 112, 8), number(place + 110, 2), number(place + 140, 2), number(place + 132, 8)
        )
        let offset = (number(place + 128, 2) + 7) / 8
        let checked = bytes[place + 9] & 2 != 0
        func addDirect(_ at: Int, _ size: Int) {
          guard hasSignature("FHDB", at) else { return }
          add("FHDB", at, size, checksum: checked ? at + 13 + offset : nil)
        }
        if rows == 0 {
          addDirect(root, start)
        } else if hasSignature("FHIB", root), rows <= 64, width <= 64, offset <= 8 {
          let end = root + 13 + offset + rows * width * 8
          add("FHIB", root, end + 4 - root, checksum: end)
          for entry in 0..<rows * width {
            let size = start << max(0, entry / max(1, width) - 1)
            addDirect(number(root + 13 + offset + 8 * entry, 8), size)
          }
        }
      case "BTHD":
        add("BTHD", place, 38, checksum: place + 34)
        guard place + 38 <= bytes.count else { continue }
        let (node, record, depth) = (number(place + 6, 4), number(place + 10, 2), number(place + 12, 2))
        let (root, records) = (number(place + 16, 8), number(place + 24, 2))
        guard record > 0, node > 10 else { continue }
        if depth == 0, hasSignature("BTLF", root) {
          add("BTLF", root, 10 + records * record, checksum: root + 6 + records * record)
        } else if depth == 1, hasSignature("BTIN", root) {
          let width = (node - 10) / record > 255 ? 2 : 1
          let pointers = root + 6 + records * record
          let end = pointers + (records + 1) * (8 + width)
          add("BTIN", root, end + 4 - root, checksum: end)
          for child in 0...records {
            let leaf = number(pointers + child * (8 + width), 8)
            let count = number(pointers + child * (8 + width) + 8, width)
            guard hasSignature("BTLF", leaf) else { continue }
            add("BTLF", leaf, 10 + count * record, checksum: leaf + 6 + count * record)
          }
        }
      case "GCOL": add("GCOL", place, min(max(16, number(place + 8, 8)), bytes.count - place))
      case "TREE": add("TREE", place, min(2096, bytes.count - place))
      case "SNOD":
        add("SNOD", place, min(328, bytes.count - place))
        for entry in 0..<min(8, number(place + 6, 2)) { addHeader(number(place + 16 + 40 * entry, 8)) }
      case "HEAP": add("HEAP", place, min(32, bytes.count - place))
      default: continue
      }
    }
    return blocks
  }

  private static let signatures = ["OHDR", "FRHP", "BTHD", "GCOL", "TREE", "SNOD", "HEAP"].map { Array($0.utf8) }

  private static func places(_ bytes: [UInt8]) -> [Int] {
    bytes.withUnsafeBufferPointer { bytes in
      guard bytes.count >= 4 else { return [] }
      return (0...bytes.count - 4).filter { place in
        let first = bytes[place]
        guard first >= 0x42, first <= 0x54 else { return false }
        return signatures.contains {
          bytes[place] == $0[0] && bytes[place + 1] == $0[1] && bytes[place + 2] == $0[2] && bytes[place + 3] == $0[3]
        }
      }
    }
  }

  /// Messages of an object header of version 2.
  private static func messages(_ bytes: [UInt8], _ range: Range<Int>, _ ordered: Bool) -> [HDF5Message] {
    var messages: [HDF5Message] = []
    var place = range.lowerBound
    let header = ordered ? 6 : 4
    while place + header <= range.upperBound {
      let end = place + header + Int(bytes.number(at: place + 1, bytes: 2))
      guard end <= range.upperBound else { break }
      messages.append(HDF5Message(type: bytes[place], range: place..<end, data: place + header..<end))
      place = end
    }
    return messages
  }

  /// Makes every checksum of `blocks` anew.
  static func seal(_ bytes: inout [UInt8], _ blocks: [HDF5Block]) {
    for block in blocks where block.range.upperBound <= bytes.count {
      guard let place = block.checksum else { continue }
      if place + 4 == block.range.upperBound {
        bytes.put(UInt64(Lookup3.checksum(bytes[block.range.lowerBound..<place])), at: place, bytes: 4)
      } else {
        bytes.put(0, at: place, bytes: 4)
        bytes.put(UInt64(Lookup3.checksum(bytes[block.range])), at: place, bytes: 4)
      }
    }
  }
}

/// HDF5's checksum of metadata: Bob Jenkins, "hash functions and block ciphers", lookup3.c, 2006: hashlittle, start 0.
enum Lookup3 {
  static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    bytes.withUnsafeBufferPointer { bytes in
      var (a, b, c) = (start(bytes.count), start(bytes.count), start(bytes.count))
      func word(_ place: Int) -> UInt32 {
        (0..<4).reduce(0) { word, i in
          place + i < bytes.count ? word | UInt32(bytes[place + i]) << UInt32(8 * i) : word
        }
      }
      func rotate(_ x: UInt32, _ k: UInt32) -> UInt32 { x << k | x >> (32 - k) }
      guard !bytes.isEmpty else { return c }
      var place = 0
      while true {
        a &+= word(place)
        b &+= word(place + 4)
        c &+= word(place + 8)
        place += 12
        if place >= bytes.count { break }
        for k: UInt32 in [4, 6, 8, 16, 19, 4] {
          a = (a &- c) ^ rotate(c, k)
          c = c &+ b
          (a, b, c) = (b, c, a)
        }
      }
      for k: UInt32 in [14, 11, 25, 16, 4, 14, 24] {
        c = (c ^ b) &- rotate(b, k)
        (a, b, c) = (b, c, a)
      }
      return b
    }
  }

  private static func start(_ count: Int) -> UInt32 { 0xdead_beef &+ UInt32(truncatingIfNeeded: count) }
}
