import Testing

@testable import TensorCore

/// Known-answer vectors of the Random123 distribution (kat_vectors, philox4x32-10).
@Test(arguments: [
  (SIMD4<UInt32>(0, 0, 0, 0), SIMD2<UInt32>(0, 0), SIMD4<UInt32>(0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8)),
  (
    SIMD4(repeating: UInt32.max), SIMD2(repeating: UInt32.max),
    SIMD4(0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd)
  ),
  (
    SIMD4(0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344), SIMD2(0xa409_3822, 0x299f_31d0),
    SIMD4(0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1)
  ),
])
func philoxKnownAnswers(counter: SIMD4<UInt32>, key: SIMD2<UInt32>, expected: SIMD4<UInt32>) {
  #expect(Philox.block(counter: counter, key: key) == expected)
}

@Test func streamsDifferBySeedPurposeEpochIndexAndBlock() {
  let base = RandomStream(seed: 1, purpose: .shuffle)
  let draws = [
    base.words(epoch: 1, index: 2, block: 3), base.words(epoch: 2, index: 2, block: 3),
    base.words(epoch: 1, index: 3, block: 3), base.words(epoch: 1, index: 2, block: 4),
    RandomStream(seed: 2, purpose: .shuffle).words(epoch: 1, index: 2, block: 3),
    RandomStream(seed: 1 << 32 | 1, purpose: .shuffle).words(epoch: 1, index: 2, block: 3),
    RandomStream(seed: 1, purpose: .weakBatch).words(epoch: 1, index: 2, block: 3),
  ]
  #expect(Set(draws).count == draws.count)
  #expect(base.words(epoch: 1, index: 2, block: 3) == draws[0])
}

@Test func permutationsArePermutationsAndDifferByEpoch() {
  let stream = RandomStream(seed: 7, purpose: .shuffle)
  let first = stream.permutation(count: 1000, epoch: 0)
  #expect(first.sorted() == (0..<1000).map(Int32.init))
  #expect(first != stream.permutation(count: 1000, epoch: 1))
  #expect(stream.permutation(count: 0, epoch: 0).isEmpty)
}

@Test func momentsOfUniformAndNormalDraws() {
  let stream = RandomStream(seed: 3, purpose: .initialization)
  let count = 40_000
  var uniform = 0.0
  var mean = 0.0
  var square = 0.0
  for i in 0..<count {
    uniform += stream.uniform(index: i)
    let (a, b) = stream.normals(index: i)
    mean += a + b
    square += a * a + b * b
  }
  // Five standard errors each.
  #expect(abs(uniform / Double(count) - 0.5) < 5 * (1.0 / 12 / Double(count)).squareRoot())
  #expect(abs(mean / Double(2 * count)) < 5 / Double(2 * count).squareRoot())
  #expect(abs(square / Double(2 * count) - 1) < 5 * (2 / Double(2 * count)).squareRoot())
}

/// A direction's elements are the pairs of an index's blocks; an odd count ends within a pair.
@Test func normalsOfOneIndexAreTheDrawsOfItsBlocks() {
  let stream = RandomStream(seed: 5, purpose: .randomDirection)
  func fill(_ count: Int, epoch: Int, index: Int) -> [Double] {
    [Double](unsafeUninitializedCapacity: count) { buffer, initialized in
      stream.fillNormals(UnsafeMutableBufferPointer(rebasing: buffer[..<count]), epoch: epoch, index: index)
      initialized = count
    }
  }
  let filled = fill(7, epoch: 2, index: 9)
  for block in 0..<4 {
    let pair = stream.normals(epoch: 2, index: 9, block: block)
    #expect(filled[2 * block] == pair.0)
    if block < 3 { #expect(filled[2 * block + 1] == pair.1) }
  }
  #expect(fill(6, epoch: 2, index: 9) == Array(filled[..<6]))
  #expect(fill(7, epoch: 2, index: 8) != filled && fill(7, epoch: 1, index: 9) != filled)
}

/// Parts are drawn on several cores; every value is still the one of its index.
@Test func filledNormalsAreTheDrawsOfTheirIndices() {
  let stream = RandomStream(seed: 5, purpose: .initialization)
  let (first, deviation) = (1234, 0.37)
  let filled = [Float](unsafeUninitializedCapacity: 200_003) { buffer, count in
    stream.fillNormals(
      UnsafeMutableBufferPointer(rebasing: buffer[..<200_003]), deviation: deviation, from: first)
    count = 200_003
  }
  #expect(filled.indices.allSatisfy { filled[$0] == Float(deviation * stream.normals(index: first + $0).0) })
}
