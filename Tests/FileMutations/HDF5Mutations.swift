// Mutations of HDF5 files as bytes, in their metadata first, and with checksums made anew.

enum HDF5Mutations {
  /// Mutates a file.
  /// - Parameter blocks: of `bytes`, from `HDF5Structure.blocks`.
  static func mutate(_ bytes: inout [UInt8], _ blocks: [HDF5Block], _ draws: inout Draws) {
    guard !blocks.isEmpty, !draws.once(in: 8) else {
      bytes.mutate(&draws, focus: blocks.map(\.range))
      return
    }
    for _ in 0...(draws.once(in: 2) ? 0 : draws.below(4)) { mutateBlock(&bytes, blocks, &draws) }
    switch draws.below(8) {
    case 0: break  // Checksums as they were.
    case 1...2: HDF5Structure.seal(&bytes, HDF5Structure.blocks(bytes))  // Where sizes may have changed.
    default: HDF5Structure.seal(&bytes, blocks)
    }
    if draws.once(in: 32) { bytes.mutate(&draws) }
  }

  /// One change within a block; the file keeps its size.
  private static func mutateBlock(_ bytes: inout [UInt8], _ blocks: [HDF5Block], _ draws: inout Draws) {
    // First the kind, so that rare ones have their share.
    let kinds = Set(blocks.map(\.signature)).sorted()
    let kind = draws.pick(kinds)
    let block = draws.pick(blocks.filter { $0.signature == kind })
    if !block.messages.isEmpty, !draws.once(in: 8) {
      let message = draws.pick(block.messages)
      let other = draws.pick(block.messages)
      let data = message.data
      switch draws.below(16) {
      case 0: bytes[message.range.lowerBound] = draws.once(in: 4) ? draws.byte() : draws.byte() % 0x19
      case 1:
        bytes.put(UInt64(max(0, data.count + draws.pick([-8, -1, 1, 8, 100]))), at: data.lowerBound - 3, bytes: 2)
      case 2: bytes[message.range.lowerBound + 3] = draws.byte()  // Flags.
      case 3:  // Another message's data.
        let count = min(data.count, other.data.count)
        bytes.replaceSubrange(
          data.lowerBound..<data.lowerBound + count, with: Array(bytes[other.data].prefix(count)))
      case 4 where data.count >= 16:  // A reference to the global heap.
        bytes.put(
          value(bytes, blocks, &draws), at: data.upperBound - draws.pick([16, 12, 4]), bytes: draws.pick([4, 8]))
      default:
        guard !data.isEmpty else { return }
        // Fields at the start say what follows.
        let reach = draws.once(in: 2) ? min(24, data.count) : data.count
        write(&bytes, data.lowerBound + draws.below(reach), blocks, &draws)
      }
      return
    }
    let place: Int
    switch kind {
    case "GCOL" where !draws.once(in: 4):
      // Sizes, indexes and reference counts of objects.
      var headers = [block.range.lowerBound + 8]
      var next = block.range.lowerBound + 16
      while next + 16 <= block.range.upperBound, headers.count < 4096 {
        headers += [next, next + 2, next + 8]
        let size = bytes.number(at: next + 8, bytes: 8)
        guard size < 1 << 16, bytes.number(at: next, bytes: 2) != 0 else { break }
        next += 16 + (Int(size) + 7) / 8 * 8
      }
      place = draws.pick(headers)
    case "TREE": place = block.range.lowerBound + draws.below(min(128, block.range.count))
    default: place = block.range.lowerBound + draws.below(block.range.count)
    }
    write(&bytes, place, blocks, &draws)
  }

  private static func write(_ bytes: inout [UInt8], _ place: Int, _ blocks: [HDF5Block], _ draws: inout Draws) {
    guard bytes.indices.contains(place) else { return }
    switch draws.below(4) {
    case 0: bytes[place] ^= 1 << UInt8(draws.below(8))
    case 1: bytes[place] = draws.once(in: 2) ? draws.byte() : draws.byte() % 16
    default: bytes.put(value(bytes, blocks, &draws), at: place, bytes: draws.pick([1, 2, 4, 8, 8]))
    }
  }

  /// What a field could be forged to: also addresses of blocks.
  private static func value(_ bytes: [UInt8], _ blocks: [HDF5Block], _ draws: inout Draws) -> UInt64 {
    draws.once(in: 3) ? UInt64(draws.pick(blocks).range.lowerBound) : bytes.interesting(&draws)
  }
}
