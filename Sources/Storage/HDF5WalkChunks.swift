// Chunks of a data set, as far as HDF5Walk needs them: their index, and that each gives exactly its bytes, which the
// library does not check: it would read beyond a chunk that is too short, and inflate one that is too long.

import Datasets

struct HDF5Chunks {
  /// The largest chunk that is read, in bytes: the library holds a whole chunk in memory.
  private static let limit = 1 << 26

  private let file: HDF5Bytes
  private let elementBytes: Int
  private let extents: [Int]
  private let filters: [HDF5Filter]
  private var chunkBytes = 0

  init(_ file: HDF5Bytes, _ elementBytes: Int, _ space: HDF5Dataspace, _ filters: [HDF5Filter]) {
    (self.file, self.elementBytes, extents, self.filters) = (file, elementBytes, space.extents, filters)
  }

  /// Checks index and chunks, from behind the storage class in the data set's layout message.
  /// - Parameter k: half the number of children of a B-tree's node.
  mutating func check(_ layout: inout HDF5Cursor, version: Int, k: Int) throws {
    let flags = version == 4 ? try layout.number(1) : 0
    let rank = try layout.number(1)
    let tree = version == 3 ? try layout.number(8) : HDF5Bytes.undefined
    let width = version == 4 ? try layout.number(1) : 4
    guard rank >= 2, rank == extents.count + 1, (1...8).contains(width), flags < 4 else {
      throw HDF5Defect("chunks of rank \(rank - 1)")
    }
    let chunk = try (0..<rank).map { _ in try layout.number(width) }
    guard chunk.last == elementBytes, let size = HDF5Dataspace.product(chunk), size > 0 else {
      throw HDF5Defect("chunks of \(chunk.dropLast())")
    }
    guard size <= Self.limit else { throw HDF5Defect("chunks of \(chunk.dropLast())", isForeign: true) }
    chunkBytes = size
    if version == 3 {
      guard tree != HDF5Bytes.undefined else { return }
      for (key, address) in try HDF5Tree.children(file, tree, type: 1, keyBytes: 8 + 8 * rank, k: k) {
        var key = key
        try check(address, key.number(4), skipped: key.number(4))
      }
      return
    }
    let kind = try layout.number(1)
    var (stored, skipped) = (size, 0)
    switch kind {
    case 1:
      guard (flags & 2 != 0) == !filters.isEmpty else { throw HDF5Defect("a chunk without the size that filters need") }
      if flags & 2 != 0 { (stored, skipped) = (try layout.number(8), try layout.number(4)) }
    case 3: try layout.skip(1)
    default: throw HDF5Defect("an index of chunks that only HDF5 since 1.10 knows; h5repack it", isForeign: true)
    }
    let address = try layout.number(8)
    guard address != HDF5Bytes.undefined else { return }
    let counts = zip(extents, chunk).map { $0 / $1 + ($0 % $1 > 0 ? 1 : 0) }
    guard let count = HDF5Dataspace.product(counts), count > 0, kind == 3 || count == 1 else {
      throw HDF5Defect("an index for another number of chunks")
    }
    if kind == 1 { try check(address, stored, skipped: skipped) } else { try checkArray(address, count) }
  }

  /// A "fixed array" of chunks, in one page.
  private func checkArray(_ address: Int, _ count: Int) throws {
    var header = try file.cursor(at: address, count: 28)
    try header.expect("FAHD", version: 0)
    let (isFiltered, entry, pageBits) = (try header.number(1), try header.number(1), try header.number(1))
    let sizeBytes = entry - 12
    guard isFiltered == (filters.isEmpty ? 0 : 1), filters.isEmpty ? entry == 8 : (1...8).contains(sizeBytes),
      pageBits <= 32, count <= 1 << pageBits, try header.number(8) == count
    else { throw HDF5Defect("an index of chunks in pages", isForeign: true) }
    let data = try header.number(8)
    guard data != HDF5Bytes.undefined else { return }
    guard count <= file.size else { throw HDF5Defect("an index of \(count) chunks") }
    var block = try file.cursor(at: data, count: 14 + count * entry + 4)
    try block.expect("FADB", version: 0)
    guard try block.number(1) == isFiltered, try block.number(8) == address else {
      throw HDF5Defect("an index of other chunks")
    }
    for _ in 0..<count {
      let place = try block.number(8)
      let (stored, skipped) = filters.isEmpty ? (chunkBytes, 0) : (try block.number(sizeBytes), try block.number(4))
      if place != HDF5Bytes.undefined { try check(place, stored, skipped: skipped) }
    }
  }

  private func check(_ address: Int, _ size: Int, skipped: Int) throws {
    let used = filters.enumerated().filter { skipped >> $0.offset & 1 == 0 }.map(\.element)
    let content = size - (used.contains(.fletcher32) ? 4 : 0)
    // What is stored is never larger than by a few bytes for each block that did not compress.
    guard content > 0, content <= chunkBytes + chunkBytes / 1000 + 64 else {
      throw HDF5Defect("a chunk of \(size) bytes")
    }
    let stored = try file.cursor(at: address, count: used.contains(.deflate) ? content : 0)
    let given = used.contains(.deflate) ? try inflatedBytes(Array(stored.rest)) : content
    guard size <= file.size - address, used.filter({ $0 == .deflate }).count < 2, given == chunkBytes
    else { throw HDF5Defect("a chunk of \(size) bytes that is not one of \(chunkBytes)") }
  }

  private func inflatedBytes(_ bytes: [UInt8]) throws -> Int {
    do {
      return try GzipReader.decompress(bytes, path: "", maximumBytes: chunkBytes).count
    } catch {
      throw HDF5Defect("a chunk that cannot be inflated")
    }
  }
}
