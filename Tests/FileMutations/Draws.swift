// Random draws of the mutations: a pure function of (seed, reader, index), so that any input can be made again alone.

/// A stream of its own for each input (SplitMix64: Steele, Lea, Flood, "Fast splittable pseudorandom number
/// generators", 2014).
package struct Draws {
  private var state: UInt64

  package init(seed: UInt64, reader: String, index: Int) {
    state = seed
    for byte in reader.utf8 { state = word() ^ UInt64(byte) }
    state = word() ^ UInt64(truncatingIfNeeded: index)
    state = word()
  }

  package mutating func word() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
    return z ^ z >> 31
  }

  /// 0 ..< bound; 0 for an empty range.
  package mutating func below(_ bound: Int) -> Int { bound > 1 ? Int(word() % UInt64(bound)) : 0 }

  package mutating func byte() -> UInt8 { UInt8(truncatingIfNeeded: word()) }

  /// True once in `count` times.
  package mutating func once(in count: Int) -> Bool { below(count) == 0 }

  /// - Precondition: the list is not empty.
  package mutating func pick<Element>(_ list: [Element]) -> Element { list[below(list.count)] }

  /// A length: mostly short, now and then up to `limit`.
  package mutating func length(upTo limit: Int) -> Int {
    let bound = once(in: 8) ? limit : min(limit, 32)
    return 1 + below(bound)
  }
}
