// Mutations that know no format: bits, bytes, words, blocks, ends.

extension [UInt8] {
  /// Little- or big-endian, as far as the array reaches.
  package mutating func put(_ value: UInt64, at place: Int, bytes count: Int, bigEndian: Bool = false) {
    for i in 0..<count where indices.contains(place + i) {
      self[place + i] = UInt8(truncatingIfNeeded: value >> UInt64(8 * (bigEndian ? count - 1 - i : i)))
    }
  }

  /// Little-endian; bytes beyond the end count as 0.
  package func number(at place: Int, bytes count: Int) -> UInt64 {
    (0..<count).reversed().reduce(0) { value, i in
      value << 8 | (indices.contains(place + i) ? UInt64(self[place + i]) : 0)
    }
  }

  /// One mutation. Three of four hit a place of `focus`, where that is not empty.
  package mutating func mutate(_ draws: inout Draws, focus: [Range<Int>] = []) {
    guard !isEmpty else {
      append(draws.byte())
      return
    }
    let place = place(&draws, focus)
    switch draws.below(16) {
    case 0...3:
      for _ in 0...draws.below(3) { self[self.place(&draws, focus)] ^= 1 << UInt8(draws.below(8)) }
    case 4...5: self[place] = draws.byte()
    case 6...9:
      put(interesting(&draws), at: place, bytes: draws.pick([1, 2, 4, 8]), bigEndian: draws.once(in: 4))
    case 10:  // Fill.
      let value = draws.pick([0, 0xff, draws.byte()])
      for i in place..<Swift.min(count, place + draws.length(upTo: 4096)) { self[i] = value }
    case 11:  // Copy over.
      let source = self.place(&draws, focus)
      let length = Swift.min(draws.length(upTo: 1024), count - Swift.max(place, source))
      let block = Array(self[source..<source + length])
      replaceSubrange(place..<place + length, with: block)
    case 12: removeSubrange(place..<Swift.min(count, place + draws.length(upTo: count / 2 + 1)))
    case 13:  // Insert.
      let length = draws.length(upTo: 1024)
      let value: UInt8? = draws.pick([nil, 0, 0xff])
      insert(contentsOf: (0..<length).map { _ in value ?? draws.byte() }, at: place)
    case 14: removeLast(draws.once(in: 2) ? count - place : Swift.min(count, draws.length(upTo: 64)))
    default:  // Splice: a head, then a tail from elsewhere.
      let tail = Array(self[self.place(&draws, focus)...])
      removeSubrange(place...)
      append(contentsOf: tail)
    }
  }

  /// 0, -1, small, huge, powers of two and their neighbours, the file's size.
  func interesting(_ draws: inout Draws) -> UInt64 {
    switch draws.below(8) {
    case 0: 0
    case 1: .max
    case 2: UInt64(draws.below(16))
    case 3: UInt64(count) &+ UInt64(draws.below(17)) &- 8
    case 4: 1 << UInt64(draws.below(64))
    case 5: 1 << UInt64(draws.below(64)) &- 1
    case 6: UInt64(draws.below(count))
    default: draws.word()
    }
  }

  func place(_ draws: inout Draws, _ focus: [Range<Int>]) -> Int {
    guard !focus.isEmpty, !draws.once(in: 4) else { return draws.below(count) }
    let range = draws.pick(focus)
    return Swift.min(count - 1, range.lowerBound + draws.below(range.count))
  }
}
