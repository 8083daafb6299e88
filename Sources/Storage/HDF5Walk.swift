// A walk over everything that libhdf5 may touch while a file is read, before the library sees it. Most metadata have
// checksums, but whoever makes a file can make those too, and libhdf5 1.10 trusts what they cover: addresses, sizes,
// counts and references then lead it beyond its buffers. Here every field is read with bounds, and what no writer makes
// is refused. Nothing is kept, and nothing is interpreted beyond what safety needs.
//
// It takes what libhdf5 writes unless asked for more: superblocks 0 to 3, object headers 1 and 2, groups of all ages, data
// sets in one piece or in chunks; of the indexes of chunks that came with 1.10, those of one chunk and of a few. It refuses
// committed and shared types, data sets of strings, chunks of data sets that can grow in the newest format, and files with
// paged or kept free space.
//
// Format: HDF5 File Format Specification, version 3.0.

struct HDF5Walk {
  let file: HDF5Bytes
  /// Of the B-trees of chunks: half the number of children that a node has room for.
  private var chunkK = 32
  /// Of groups from before HDF5 1.8: half the number of links in a table, and of tables in a node.
  private var symbolK = (table: 4, node: 16)
  private var visited: Set<Int> = []
  private var pending: [(name: String, address: Int)] = []
  private var heaps: [Int: GlobalHeap] = [:]

  /// Walks over all objects of an open file.
  /// - Throws: `StorageError.damaged`, or `.wrongType` for storage that is not read here, with the object's name.
  static func check(_ descriptor: Int32, size: Int, path: String) throws {
    var name = "/"
    do {
      var walk = try HDF5Walk(descriptor, size)
      while let next = walk.pending.popLast() {
        name = next.name
        guard walk.visited.insert(next.address).inserted else { continue }
        try walk.object(name, next.address)
      }
    } catch let defect as HDF5Defect {
      guard defect.isForeign else { throw StorageError.damaged(path: path, object: name, reason: defect.reason) }
      throw StorageError.wrongType(path: path, object: name, expected: "plain storage", found: defect.reason)
    }
  }

  // MARK: Superblock

  private init(_ descriptor: Int32, _ size: Int) throws {
    let all = try HDF5Bytes(descriptor: descriptor, size: size)
    var cursor = try all.cursor(at: 0, count: min(size, 100))
    try cursor.skip(8)
    let version = try cursor.number(1)
    guard (0...3).contains(version) else { throw HDF5Defect("superblock version \(version)") }
    if version < 2 { try cursor.skip(4) }
    // 8 bytes wherever HDF5 is built today, and everything here counts on it.
    let (addresses, lengths) = (try cursor.number(1), try cursor.number(1))
    guard addresses == 8, lengths == 8 else {
      throw HDF5Defect("addresses of \(addresses) and lengths of \(lengths) bytes")
    }
    var isPlain = true
    if version < 2 {
      try cursor.skip(1)
      symbolK = (try cursor.number(2), try cursor.number(2))
      isPlain = (1...1024).contains(symbolK.table) && (1...1024).contains(symbolK.node)
      try cursor.skip(4)
      if version == 1 {
        chunkK = try cursor.number(2)
        isPlain = (1...1024).contains(chunkK) && isPlain
        try cursor.skip(2)
      }
    } else {
      isPlain = try cursor.number(1) == 0
    }
    let base = try cursor.number(8)
    // Free space, or an extension that only special files have.
    let extra = try cursor.number(8)
    let end = try cursor.number(8)
    guard isPlain, base == 0, extra == HDF5Bytes.undefined else {
      throw HDF5Defect("a superblock of a special kind, such as with paged space; h5repack it")
    }
    guard (0...size).contains(end) else { throw HDF5Defect("\(size) bytes of \(UInt(bitPattern: end))") }
    file = all.ending(at: end)
    if version < 2 {
      // Driver, then the root group's entry: a name, its header, whether its tables are cached here, where those lie.
      let (driver, _, root, cached) = try (cursor.number(8), cursor.number(8), cursor.number(8), cursor.number(4))
      guard driver == HDF5Bytes.undefined, cached < 2 else { throw HDF5Defect("a root group of a special kind") }
      pending = [("/", root)]
      if cached == 1 {
        try cursor.skip(4)
        try symbols(cursor, of: "/")
      }
    } else {
      pending = [("/", try cursor.number(8))]
    }
  }

  // MARK: Objects

  private mutating func object(_ name: String, _ address: Int) throws {
    let messages = try HDF5Message.all(file, at: address)
    var single: [HDF5Message.Kind: HDF5Cursor] = [:]
    for message in messages {
      switch message.kind {
      case .nothing, .continuation: continue
      case .link: try link(message.data, of: name)
      case .attribute: try attribute(message.data)
      default:
        guard single.updateValue(message.data, forKey: message.kind) == nil else {
          throw HDF5Defect("two messages of kind \(message.kind)")
        }
      }
    }
    if let info = single[.linkInfo] { try dense(info, HDF5Dense.links) { try $0.link($1, of: name) } }
    if let tables = single[.symbolTable] { try symbols(tables, of: name) }
    if let info = single[.attributeInfo] { try dense(info, HDF5Dense.attributes) { try $0.attribute($1) } }
    if var info = single[.groupInfo] {
      try info.skip(1)
      let flags = try info.number(1)
      try info.skip((flags & 1) * 4 + (flags >> 1 & 1) * 4)
    }
    if var count = single[.referenceCount] { try count.skip(5) }
    if var comment = single[.comment] { _ = try comment.name(padding: false) }
    if var time = single[.time] { try time.skip(8) }
    if single[.externalFiles] != nil { throw HDF5Defect("storage in another file", isForeign: true) }
    try dataset(single)
  }

  private mutating func link(_ data: HDF5Cursor, of group: String) throws {
    var data = data
    guard try data.number(1) == 1 else { throw HDF5Defect("a link of an unknown version") }
    let flags = try data.number(1)
    let type = flags & 8 != 0 ? try data.number(1) : 0
    try data.skip((flags & 4 != 0 ? 8 : 0) + (flags & 16 != 0 ? 1 : 0))
    let name = try data.take(data.number(1 << (flags & 3)))
    guard flags < 32, !name.isEmpty, !name.contains(0) else { throw HDF5Defect("a link without a name") }
    switch type {
    case 0:
      let address = try data.number(8)
      guard (0..<file.size).contains(address) else { throw HDF5Defect("a link beyond the end") }
      add(name, address, to: group)
    case 1, 64...255: try data.skip(data.number(2))
    default: throw HDF5Defect("a link of type \(type)")
    }
  }

  private mutating func add(_ name: ArraySlice<UInt8>, _ address: Int, to group: String) {
    pending.append(("\(group == "/" ? "" : group)/\(String(decoding: name, as: UTF8.self))", address))
  }

  /// The links of a group from before HDF5 1.8.
  private mutating func symbols(_ place: HDF5Cursor, of group: String) throws {
    var place = place
    let (tree, heap) = (try place.number(8), try place.number(8))
    for link in try HDF5Symbols(file: file, k: symbolK).links(tree: tree, heap: heap) {
      add(link.name, link.address, to: group)
    }
  }

  /// An attribute, whose elements may refer to the global heap.
  private mutating func attribute(_ data: HDF5Cursor) throws {
    var data = data
    let version = try data.number(1)
    guard (1...3).contains(version) else { throw HDF5Defect("an attribute of version \(version)") }
    guard try data.number(1) == 0 || version == 1 else { throw HDF5Defect("an attribute of a shared type") }
    let (nameSize, typeSize, spaceSize) = (try data.number(2), try data.number(2), try data.number(2))
    if version == 3 { try data.skip(1) }
    func padded(_ size: Int) -> Int { version == 1 ? (size + 7) / 8 * 8 : size }
    guard try data.take(padded(nameSize)).prefix(nameSize).firstIndex(of: 0) != nil else {
      throw HDF5Defect("an attribute's name without end")
    }
    var typeData = HDF5Cursor(try data.take(padded(typeSize)).prefix(typeSize))
    var spaceData = HDF5Cursor(try data.take(padded(spaceSize)).prefix(spaceSize))
    let type = try HDF5Datatype(&typeData)
    let space = try HDF5Dataspace(&spaceData)
    guard let count = space.count, case let (bytes, overflow) = count.multipliedReportingOverflow(by: type.size),
      !overflow, bytes <= data.count
    else { throw HDF5Defect("an attribute larger than its place") }
    guard !type.references.isEmpty else { return }
    for _ in 0..<count {
      let element = HDF5Cursor(try data.take(type.size))
      for reference in type.references {
        var element = element
        try element.skip(reference.offset)
        let (length, address, index) = (try element.number(4), try element.number(8), try element.number(4))
        if address == 0, length == 0 { continue }
        if heaps[address] == nil { heaps[address] = try GlobalHeap(file, at: address) }
        // The library copies the object whole into a buffer of this length.
        guard heaps[address]?[index] == length * reference.elementSize else {
          throw HDF5Defect("a string or list that is not where it should be")
        }
      }
    }
  }

  /// Links or attributes in a heap of their own.
  private mutating func dense(
    _ info: HDF5Cursor, _ kind: HDF5Dense, _ check: (inout HDF5Walk, HDF5Cursor) throws -> Void
  ) throws {
    var info = info
    let (version, flags) = (try info.number(1), try info.number(1))
    guard version == 0, flags < 4 else { throw HDF5Defect("a list of \(kind.name) of version \(version)") }
    if flags & 1 != 0 { try info.skip(kind.orderBytes) }
    let (heap, names) = (try info.number(8), try info.number(8))
    let orders = flags & 2 != 0 ? try info.number(8) : HDF5Bytes.undefined
    guard heap != HDF5Bytes.undefined else {
      guard names == HDF5Bytes.undefined, orders == HDF5Bytes.undefined else {
        throw HDF5Defect("an index of \(kind.name) without heap")
      }
      return
    }
    for object in try kind.objects(file, heap: heap, names: names, orders: orders) { try check(&self, object) }
  }

  // MARK: Data sets

  private func dataset(_ messages: [HDF5Message.Kind: HDF5Cursor]) throws {
    let type = try messages[.datatype].map { data in
      var data = data
      return try HDF5Datatype(&data)
    }
    let space = try messages[.dataspace].map { data in
      var data = data
      return try HDF5Dataspace(&data)
    }
    for kind in [HDF5Message.Kind.fill, .oldFill] {
      guard let data = messages[kind] else { continue }
      guard let type else { throw HDF5Defect("a fill value without type") }
      try HDF5Datatype.checkFill(data, kind, size: type.size)
    }
    let filters = try messages[.filters].map { try HDF5Filter.list($0) } ?? []
    guard var layout = messages[.layout] else { return }
    guard let type, let space, type.references.isEmpty else {
      throw HDF5Defect("a data set without type or space, or of strings or lists of variable length", isForeign: true)
    }
    let bytes = (space.count ?? 0).multipliedReportingOverflow(by: type.size)
    let (version, storage) = (try layout.number(1), try layout.number(1))
    guard version == 3 || version == 4 else { throw HDF5Defect("storage of version \(version)") }
    switch storage {
    case 0:
      let size = try layout.number(2)
      try layout.skip(size)
      guard !bytes.overflow, bytes.partialValue == size else { throw HDF5Defect("\(size) bytes in its header") }
    case 1:
      let (address, size) = (try layout.number(8), try layout.number(8))
      try file.check(address)
      guard
        address == HDF5Bytes.undefined || (!bytes.overflow && bytes.partialValue == size && size <= file.size - address)
      else { throw HDF5Defect("extents that its \(size) bytes cannot hold") }
    case 2:
      var chunks = HDF5Chunks(file, type.size, space, filters)
      try chunks.check(&layout, version: version, k: chunkK)
    case 3: throw HDF5Defect("virtual storage", isForeign: true)
    default: throw HDF5Defect("storage of kind \(storage)")
    }
  }
}
