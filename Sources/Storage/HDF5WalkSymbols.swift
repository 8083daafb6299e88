// Groups from before HDF5 1.8, as far as HDF5Walk needs them; many writers still make them. Names lie in a local heap,
// links in tables under a B-tree; none of it has a checksum.

/// The links of such a group.
struct HDF5Symbols {
  let file: HDF5Bytes
  /// Half the number of links that a table, and of tables that a node has room for.
  let k: (table: Int, node: Int)

  /// Names and addresses of objects; soft links are only checked.
  func links(tree: Int, heap address: Int) throws -> [(name: ArraySlice<UInt8>, address: Int)] {
    let heap = try names(address)
    let tables = try HDF5Tree.children(file, tree, type: 0, keyBytes: 8, k: k.node) { key in
      var key = key
      _ = try self.name(key.number(8), in: heap)
    }
    var links: [(name: ArraySlice<UInt8>, address: Int)] = []
    for (_, address) in tables {
      var table = try file.cursor(at: address, count: 8 + 2 * k.table * 40)
      try table.expect("SNOD", version: 1)
      try table.skip(1)
      let count = try table.number(2)
      guard count <= 2 * k.table else { throw HDF5Defect("a table of \(count) links") }
      for _ in 0..<count {
        let name = try name(table.number(8), in: heap)
        let (object, kind) = (try table.number(8), try table.number(4))
        try table.skip(4)
        var cached = HDF5Cursor(try table.take(16))
        switch kind {
        case 0...1:
          guard !name.isEmpty else { throw HDF5Defect("a link without a name") }
          links.append((name, object))
        case 2: _ = try self.name(cached.number(4), in: heap)
        default: throw HDF5Defect("a link of type \(kind)")
        }
      }
    }
    return links
  }

  private func name(_ offset: Int, in heap: ArraySlice<UInt8>) throws -> ArraySlice<UInt8> {
    var rest = HDF5Cursor(heap)
    try rest.skip(offset)
    return try rest.name(padding: false)
  }

  /// The heap's data, once its list of free space ends.
  private func names(_ address: Int) throws -> ArraySlice<UInt8> {
    var header = try file.cursor(at: address, count: 32)
    try header.expect("HEAP", version: 0)
    try header.skip(3)
    let (size, free, place) = (try header.number(8), try header.number(8), try header.number(8))
    guard size <= 1 << 24 else { throw HDF5Defect("names of \(size) bytes") }
    let data = try file.cursor(at: place, count: size).rest
    var (next, blocks) = (free, 0)
    // 1 ends the list.
    while next != 1 && next != HDF5Bytes.undefined {
      var block = HDF5Cursor(data)
      try block.skip(next)
      blocks += 1
      let (following, length) = (try block.number(8), try block.number(8))
      guard length >= 16, length <= block.count + 16, blocks <= size / 16 else {
        throw HDF5Defect("free space among names that runs in circles")
      }
      next = following
    }
    return data
  }
}
