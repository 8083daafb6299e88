// Object headers and the messages in them, as far as HDF5Walk needs them: every field within its block.

/// A message of an object header.
struct HDF5Message {
  enum Kind: Int {
    case nothing, dataspace, linkInfo, datatype, oldFill, fill, link, externalFiles, layout
    case groupInfo = 0x0a, filters, attribute, comment
    case continuation = 0x10, symbolTable
    case time = 0x12
    case attributeInfo = 0x15, referenceCount
  }

  let kind: Kind
  let data: HDF5Cursor

  /// More than any object of a genuine file has.
  private static let limit = 1 << 16

  /// All messages of an object's header, continuations followed.
  static func all(_ file: HDF5Bytes, at address: Int) throws -> [HDF5Message] {
    var start = try file.cursor(at: address, count: 6)
    // Version 1 has no signature: it starts with its number.
    guard try start.number(1) != 1 else { return try all(file, version1: address) }
    start = try file.cursor(at: address, count: 6)
    try start.expect("OHDR", version: 2)
    let flags = try start.number(1)
    let width = 1 << (flags & 3)
    let prefix = (flags & 0x20 != 0 ? 16 : 0) + (flags & 0x10 != 0 ? 4 : 0)
    guard flags < 64 else { throw HDF5Defect("header flags \(flags)") }
    var size = try file.cursor(at: address + 6 + prefix, count: width)
    let first = (address + 6 + prefix + width, try size.number(width))
    return try all(file, first) { data, messages in
      while data.count >= (flags & 4 != 0 ? 6 : 4) {
        let (kind, count, bits) = (try data.number(1), try data.number(2), try data.number(1))
        if flags & 4 != 0 { try data.skip(2) }
        messages.append(try message(kind, bits, data.take(count)))
      }
    } continuation: { place, size in
      var block = try file.cursor(at: place, count: size)
      try block.skip(4)
      guard block.count >= 4, try file.cursor(at: place, count: 4).rest.elementsEqual("OCHK".utf8) else {
        throw HDF5Defect("a header that does not go on where it should")
      }
      return (place + 4, size - 8)
    }
  }

  private static func all(_ file: HDF5Bytes, version1 address: Int) throws -> [HDF5Message] {
    var start = try file.cursor(at: address, count: 16)
    try start.skip(8)
    return try all(file, (address + 16, start.number(4))) { data, messages in
      while data.count >= 8 {
        let (kind, count, bits) = (try data.number(2), try data.number(2), try data.number(1))
        try data.skip(3)
        guard count % 8 == 0 else { throw HDF5Defect("a message of \(count) bytes") }
        messages.append(try message(kind, bits, data.take(count)))
      }
    } continuation: {
      ($0, $1)
    }
  }

  private static func message(_ kind: Int, _ flags: Int, _ data: ArraySlice<UInt8>) throws -> HDF5Message {
    guard let kind = Kind(rawValue: kind) else { throw HDF5Defect("a message of kind \(kind)") }
    guard flags & 2 == 0 else { throw HDF5Defect("a shared message, such as a committed type") }
    return HDF5Message(kind: kind, data: HDF5Cursor(data))
  }

  /// Follows continuations from a first block of messages; each is visited once.
  private static func all(
    _ file: HDF5Bytes, _ first: (address: Int, size: Int),
    _ parse: (inout HDF5Cursor, inout [HDF5Message]) throws -> Void,
    continuation: (_ address: Int, _ size: Int) throws -> (address: Int, size: Int)
  ) throws -> [HDF5Message] {
    var messages: [HDF5Message] = []
    var visited: Set<Int> = []
    var blocks = [first]
    while let block = blocks.popLast() {
      guard visited.insert(block.address).inserted, block.size <= 1 << 20 else {
        throw HDF5Defect("a header that goes on for ever")
      }
      let known = messages.count
      var data = try file.cursor(at: block.address, count: block.size)
      try parse(&data, &messages)
      guard messages.count <= limit else { throw HDF5Defect("a header of too many messages") }
      for message in messages[known...] where message.kind == .continuation {
        var data = message.data
        blocks.append(try continuation(data.number(8), data.number(8)))
      }
    }
    return messages
  }
}

/// Extents of a data set or an attribute.
struct HDF5Dataspace {
  /// Empty for a scalar and for a null space.
  let extents: [Int]
  /// Number of elements, 0 for a null space; nil on overflow.
  let count: Int?

  init(_ data: inout HDF5Cursor) throws {
    let version = try data.number(1)
    let rank = try data.number(1)
    let flags = try data.number(1)
    guard version == 1 || version == 2, rank <= 32, flags < 2 else { throw HDF5Defect("extents of an unknown version") }
    let type = try data.number(1)
    if version == 1 { try data.skip(4) }
    guard version == 1 || type == (rank > 0 ? 1 : 0) || type == 1 || (type == 2 && rank == 0) else {
      throw HDF5Defect("extents of type \(type)")
    }
    extents = try (0..<rank).map { _ in try data.number(8) }
    if flags & 1 != 0 { try data.skip(8 * rank) }
    count = version == 2 && type == 2 ? 0 : Self.product(extents)
  }

  /// Nil on overflow.
  static func product(_ extents: [Int]) -> Int? {
    if extents.contains(0) { return 0 }
    return extents.reduce(1) { product, extent in
      guard let product, extent > 0, case let (next, overflow) = product.multipliedReportingOverflow(by: extent),
        !overflow
      else { return nil }
      return next
    }
  }
}

/// A type of elements: its size, and where an element refers to the global heap.
struct HDF5Datatype {
  let size: Int
  /// Within an element; lists and strings of variable length consist of elements of `elementSize` bytes.
  private(set) var references: [(offset: Int, elementSize: Int)] = []

  init(_ data: inout HDF5Cursor, depth: Int = 0) throws {
    let first = try data.number(1)
    let (kind, version) = (first & 15, first >> 4)
    let bits = try data.number(3)
    size = try data.number(4)
    guard (1...3).contains(version), size > 0, size <= 1 << 24, depth < 4 else {
      throw HDF5Defect("a type of version \(version) and \(size) bytes")
    }
    switch kind {
    case 0, 4:  // Integer, bit field.
      let (offset, precision) = (try data.number(2), try data.number(2))
      guard precision > 0, offset + precision <= 8 * size else { throw HDF5Defect("an integer of \(precision) bits") }
    case 1:
      let (offset, precision) = (try data.number(2), try data.number(2))
      let fields = try (0..<4).map { _ in try data.number(1) }
      try data.skip(4)
      guard precision > 0, offset + precision <= 8 * size, fields[1] > 0, fields[3] > 0,
        fields[0] + fields[1] <= precision, fields[2] + fields[3] <= precision, bits >> 8 & 255 < precision
      else { throw HDF5Defect("a number of \(precision) bits") }
    case 3, 7: break  // String, reference.
    case 5: try data.skip(bits & 255)  // Opaque, with a tag.
    case 6:
      for _ in 0..<bits & 0xffff {
        _ = try data.name(padding: version < 3)
        let offset = try data.number(version < 3 ? 4 : Self.bytes(for: size))
        if version == 1 {
          guard try data.number(1) == 0 else { throw HDF5Defect("a member that is an array of version 1") }
          try data.skip(27)
        }
        let member = try HDF5Datatype(&data, depth: depth + 1)
        guard offset <= size - member.size else { throw HDF5Defect("a member beyond its compound") }
        references += member.references.map { (offset + $0.offset, $0.elementSize) }
      }
    case 8:
      let base = try HDF5Datatype(&data, depth: depth + 1)
      for _ in 0..<bits & 0xffff { _ = try data.name(padding: version < 3) }
      try data.skip((bits & 0xffff) * base.size)
      guard base.size == size, base.references.isEmpty else { throw HDF5Defect("an enumeration of \(size) bytes") }
    case 9:
      let base = try HDF5Datatype(&data, depth: depth + 1)
      guard size == 16, base.references.isEmpty, bits & 15 < 2 else { throw HDF5Defect("lists of lists") }
      references = [(0, base.size)]
    case 10:
      let rank = try data.number(1)
      if version < 3 { try data.skip(3) }
      let extents = try (0..<rank).map { _ in try data.number(4) }
      if version < 3 { try data.skip(4 * rank) }
      let base = try HDF5Datatype(&data, depth: depth + 1)
      guard rank <= 32, let count = HDF5Dataspace.product(extents), count > 0, count <= size / base.size,
        count * base.size == size, base.references.isEmpty
      else { throw HDF5Defect("an array of \(extents)") }
    default: throw HDF5Defect("a type of class \(kind)")
    }
  }

  /// Bytes that a number up to `limit` takes.
  static func bytes(for limit: Int) -> Int { (Int.bitWidth - limit.leadingZeroBitCount + 7) / 8 }

  /// A fill value is absent or of its type's size.
  static func checkFill(_ data: HDF5Cursor, _ kind: HDF5Message.Kind, size: Int) throws {
    var data = data
    if kind == .fill {
      switch try data.number(1) {
      case 1: try data.skip(3)
      case 2:
        try data.skip(2)
        guard try data.number(1) != 0 else { return }
      case 3: guard try data.number(1) & 0x20 != 0 else { return }
      case let version: throw HDF5Defect("a fill value of version \(version)")
      }
    }
    let found = try data.number(4)
    guard found != 0, found != 0xffff_ffff else { return }
    guard found == size else { throw HDF5Defect("a fill value of \(found) bytes") }
    try data.skip(size)
  }
}

/// A filter in the order of writing.
enum HDF5Filter: Int {
  case deflate = 1, shuffle, fletcher32

  /// - Throws: `HDF5Defect`, foreign for other filters and for a checksum that does not cover what is stored.
  static func list(_ data: HDF5Cursor) throws -> [HDF5Filter] {
    var data = data
    let (version, count) = (try data.number(1), try data.number(1))
    guard version == 1 || version == 2, count <= 32 else { throw HDF5Defect("filters of version \(version)") }
    if version == 1 { try data.skip(6) }
    let filters = try (0..<count).map { _ in
      let id = try data.number(2)
      let nameSize = version == 1 || id >= 256 ? try data.number(2) : 0
      try data.skip(2)
      let values = try data.number(2)
      guard version != 1 || nameSize % 8 == 0 else { throw HDF5Defect("a filter's name of \(nameSize) bytes") }
      guard try nameSize == 0 || data.take(nameSize).contains(0) else { throw HDF5Defect("a name without end") }
      try data.skip(4 * values + (version == 1 && values % 2 == 1 ? 4 : 0))
      guard let filter = HDF5Filter(rawValue: id) else { throw HDF5Defect("unknown filter \(id)", isForeign: true) }
      return filter
    }
    guard !filters.dropLast().contains(.fletcher32) else {
      throw HDF5Defect("a checksum before another filter", isForeign: true)
    }
    return filters
  }
}
