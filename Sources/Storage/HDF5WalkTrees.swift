// B-trees and heaps, as far as HDF5Walk needs them. Their sizes are constants of the library, for links and attributes
// alike: others are forged.

/// Links or attributes outside of the object's header: objects of a fractal heap under B-trees of version 2.
struct HDF5Dense {
  let name: String
  /// Of the highest creation order, in the message that leads here.
  let orderBytes: Int
  /// Bytes of a heap's identifiers, size of its first block, bits of its addresses.
  private let idBytes: Int
  private let startSize: Int
  private let heapBits: Int
  /// B-tree types by name and by order; size of their records; where in them the identifier starts.
  private let byName: (type: Int, record: Int, id: Int)
  private let byOrder: (type: Int, record: Int, id: Int)

  static let links = HDF5Dense(
    name: "links", orderBytes: 8, idBytes: 7, startSize: 512, heapBits: 32, byName: (5, 11, 4), byOrder: (6, 15, 8))
  static let attributes = HDF5Dense(
    name: "attributes", orderBytes: 2, idBytes: 8, startSize: 1024, heapBits: 40, byName: (8, 17, 0),
    byOrder: (9, 13, 0))

  private static let width = 4
  private static let largestBlock = 1 << 16
  private static let largestObject = 4096
  private static let nodeBytes = 512

  /// All that the indexes name.
  func objects(_ file: HDF5Bytes, heap: Int, names: Int, orders: Int) throws -> [HDF5Cursor] {
    let blocks = try self.blocks(file, heap)
    var objects = try records(file, names, byName).map { try object($0, byName.id, blocks) }
    if orders != HDF5Bytes.undefined {
      objects += try records(file, orders, byOrder).map { try object($0, byOrder.id, blocks) }
    }
    return objects
  }

  // MARK: Heap

  private struct Block {
    let offset: Int
    let bytes: ArraySlice<UInt8>
  }

  private var offsetBytes: Int { heapBits / 8 }

  private func blocks(_ file: HDF5Bytes, _ address: Int) throws -> [Block] {
    var header = try file.cursor(at: address, count: 146)
    try header.expect("FRHP", version: 0)
    let (id, filters) = (try header.number(2), try header.number(2))
    try header.skip(1)
    let largest = try header.number(4)
    try header.skip(8)
    let huge = try header.number(8)
    try header.skip(10 * 8)
    let constants = [
      try header.number(2), try header.number(8), try header.number(8), try header.number(2), try header.number(2),
    ]
    guard id == idBytes, filters == 0, largest == Self.largestObject, huge == HDF5Bytes.undefined,
      constants == [Self.width, startSize, Self.largestBlock, heapBits, 1]
    else { throw HDF5Defect("a heap of \(name) with other sizes than the library's") }
    let (root, rows) = (try header.number(8), try header.number(2))
    if root == HDF5Bytes.undefined { return [] }
    if rows == 0 { return [try block(file, root, startSize, heap: address, offset: 0)] }
    guard rows <= 64, let last = size(row: rows - 1), last <= Self.largestBlock else {
      throw HDF5Defect("a heap of \(rows) rows")
    }
    let headBytes = 13 + offsetBytes
    var index = try file.cursor(at: root, count: headBytes + rows * Self.width * 8 + 4)
    try index.expect("FHIB", version: 0)
    guard try index.number(8) == address, try index.number(offsetBytes) == 0 else { throw HDF5Defect("a heap's index") }
    var offset = 0
    var blocks: [Block] = []
    for entry in 0..<rows * Self.width {
      let size = size(row: entry / Self.width) ?? 0
      let place = try index.number(8)
      if place != HDF5Bytes.undefined {
        blocks.append(try block(file, place, size, heap: address, offset: offset))
      }
      offset += size
    }
    return blocks
  }

  /// Two rows of the first size, then each of twice the one before.
  private func size(row: Int) -> Int? { row < 16 ? startSize << max(0, row - 1) : nil }

  private func block(_ file: HDF5Bytes, _ address: Int, _ size: Int, heap: Int, offset: Int) throws -> Block {
    var block = try file.cursor(at: address, count: size)
    let bytes = block.rest
    try block.expect("FHDB", version: 0)
    guard try block.number(8) == heap, try block.number(offsetBytes) == offset else {
      throw HDF5Defect("a block of another heap")
    }
    return Block(offset: offset, bytes: bytes)
  }

  private func object(_ record: ArraySlice<UInt8>, _ place: Int, _ blocks: [Block]) throws -> HDF5Cursor {
    var id = HDF5Cursor(record)
    try id.skip(place)
    let (type, offset, length) = (try id.number(1), try id.number(offsetBytes), try id.number(2))
    // Of attributes, flags follow: 2 is a shared one.
    let isShared = idBytes == 8 ? try id.number(1) & 2 != 0 : false
    let start = 17 + offsetBytes
    guard type == 0, !isShared, length > 0, length <= Self.largestObject,
      let block = blocks.last(where: { $0.offset <= offset }), offset - block.offset >= start,
      offset - block.offset <= block.bytes.count - length
    else { throw HDF5Defect("one of the \(name) is not in its heap") }
    let from = block.bytes.startIndex + offset - block.offset
    return HDF5Cursor(block.bytes[from..<from + length])
  }

  // MARK: Index

  private func records(
    _ file: HDF5Bytes, _ address: Int, _ kind: (type: Int, record: Int, id: Int)
  ) throws -> [ArraySlice<UInt8>] {
    var header = try file.cursor(at: address, count: 38)
    try header.expect("BTHD", version: 0)
    let constants = [try header.number(1), try header.number(4), try header.number(2)]
    let depth = try header.number(2)
    try header.skip(2)
    let (root, count, total) = (try header.number(8), try header.number(2), try header.number(8))
    guard constants == [kind.type, Self.nodeBytes, kind.record], depth <= 3 else {
      throw HDF5Defect("an index of \(name) with other sizes than the library's")
    }
    guard total != 0 || root != HDF5Bytes.undefined else { return [] }
    // By depth of a node: the most records in it, and below it with its own.
    let leaf = (Self.nodeBytes - 10) / kind.record
    let countBytes = HDF5Datatype.bytes(for: leaf)
    var (most, below, pointers) = ([leaf], [leaf], [0])
    for level in 1...3 {
      let pointer = 8 + countBytes + (level > 1 ? HDF5Datatype.bytes(for: below[level - 1]) : 0)
      let records = (Self.nodeBytes - 10 - pointer) / (kind.record + pointer)
      most.append(records)
      below.append((records + 1) * below[level - 1] + records)
      pointers.append(pointer)
    }
    var records: [ArraySlice<UInt8>] = []
    var nodes = [(address: root, count: count, depth: depth)]
    while let next = nodes.popLast() {
      guard next.count <= most[next.depth], records.count + next.count <= total, total <= 1 << 20 else {
        throw HDF5Defect("an index of \(name) with \(next.count) of \(total) records in a node")
      }
      var node = try file.cursor(at: next.address, count: Self.nodeBytes)
      try node.expect(next.depth == 0 ? "BTLF" : "BTIN", version: 0)
      guard try node.number(1) == kind.type else { throw HDF5Defect("a node of another index") }
      for _ in 0..<next.count { records.append(try node.take(kind.record)) }
      guard next.depth > 0 else { continue }
      for _ in 0...next.count {
        let (child, count) = (try node.number(8), try node.number(countBytes))
        try node.skip(pointers[next.depth] - 8 - countBytes)
        guard count > 0 else { throw HDF5Defect("an empty node in an index of \(name)") }
        nodes.append((child, count, next.depth - 1))
      }
    }
    guard records.count == total else {
      throw HDF5Defect("an index of \(records.count) \(name) that should have \(total)")
    }
    return records
  }
}

/// B-trees of version 1, which have no checksum: of chunks, and of the links of groups from before 1.8.
enum HDF5Tree {
  /// What the leaves lead to, each behind its key.
  /// - Parameters:
  ///   - k: half the number of children that a node has room for.
  ///   - checkKey: is given every key in use.
  static func children(
    _ file: HDF5Bytes, _ root: Int, type: Int, keyBytes: Int, k: Int, checkKey: (HDF5Cursor) throws -> Void = { _ in }
  ) throws -> [(key: HDF5Cursor, address: Int)] {
    var children: [(key: HDF5Cursor, address: Int)] = []
    var visited: Set<Int> = []
    var nodes: [(address: Int, level: Int?)] = [(root, nil)]
    while let next = nodes.popLast() {
      guard visited.insert(next.address).inserted else { throw HDF5Defect("an index that runs in circles") }
      var node = try file.cursor(at: next.address, count: 24 + 2 * k * (keyBytes + 8) + keyBytes)
      try node.expect("TREE", version: type)
      let (level, count) = (try node.number(1), try node.number(2))
      for _ in 0..<2 { try file.check(node.number(8)) }
      guard level == next.level ?? level, level < 8, count <= 2 * k else {
        throw HDF5Defect("an index with \(count) entries in a node of level \(level)")
      }
      for _ in 0..<count {
        let key = HDF5Cursor(try node.take(keyBytes))
        try checkKey(key)
        let child = try node.number(8)
        if level > 0 { nodes.append((child, level - 1)) } else { children.append((key, child)) }
      }
      try checkKey(HDF5Cursor(node.take(keyBytes)))
    }
    return children
  }
}
