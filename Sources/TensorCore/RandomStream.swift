// Every random draw of the suite, as a pure function of (seed, purpose, epoch, index, block). Resuming a run therefore
// needs no generator state, and no draw depends on the order or the thread in which others were made.

import Foundation

/// What a draw is for. Each purpose has a stream of its own; raw values are part of the file format and never change.
public enum RandomPurpose: UInt32, Sendable, CaseIterable {
  /// Initial weights; index = parameter's place in its arena.
  case initialization = 1
  /// Order of the training images; one permutation per epoch.
  case shuffle = 2
  /// Crop, flip and cutout of training image `index` in an epoch.
  case augmentation = 3
  /// Which images form the weak batches of an epoch; index = place in the epoch's stream of weak images.
  case weakBatch = 4
  /// Crop, flip and cutout of weak image `index` in an epoch.
  case weakAugmentation = 5
  /// u of each perturbation group; index = step * groups + group.
  case perturbation = 6
  /// The synthetic data set.
  case syntheticData = 7
  /// The random direction of a step's perturbation; index = step, block = pair of its elements.
  case randomDirection = 8
  /// Which numbers a resample of the report's bootstrap holds; index = resample, block = place in it.
  case bootstrap = 9
}

/// The stream of one purpose under one seed. A value of 16 bytes; every method is pure.
public struct RandomStream: Sendable, Hashable {
  private let seed: UInt64
  private let purpose: UInt32

  public init(seed: UInt64, purpose: RandomPurpose) {
    self.seed = seed
    self.purpose = purpose.rawValue
  }

  /// Four independent 32-bit words.
  public func words(epoch: Int = 0, index: Int, block: Int = 0) -> SIMD4<UInt32> {
    Philox.block(
      counter: SIMD4(UInt32(block), UInt32(index), UInt32(epoch), UInt32(truncatingIfNeeded: seed >> 32)),
      key: SIMD2(UInt32(truncatingIfNeeded: seed), purpose))
  }

  /// Uniform in [0, 1) with 53 random bits.
  public func uniform(epoch: Int = 0, index: Int, block: Int = 0) -> Double {
    let words = words(epoch: epoch, index: index, block: block)
    return Self.unit(words.x, words.y)
  }

  /// An integer in 0 ..< bound, by the high half of a 64-bit product (bias below bound / 2^64).
  public func integer(below bound: Int, epoch: Int = 0, index: Int, block: Int = 0) -> Int {
    let words = words(epoch: epoch, index: index, block: block)
    let bits = UInt64(words.x) << 32 | UInt64(words.y)
    return Int(bits.multipliedFullWidth(by: UInt64(bound)).high)
  }

  /// A pair of independent standard normal draws (Box-Muller).
  public func normals(epoch: Int = 0, index: Int, block: Int = 0) -> (Double, Double) {
    let (radius, angle) = polar(epoch: epoch, index: index, block: block)
    return (radius * cos(angle), radius * sin(angle))
  }

  private func polar(epoch: Int, index: Int, block: Int) -> (radius: Double, angle: Double) {
    let words = words(epoch: epoch, index: index, block: block)
    // 1 - u lies in (0, 1], so the logarithm is finite.
    let radius = (-2 * log(1 - Self.unit(words.x, words.y))).squareRoot()
    return (radius, 2 * Double.pi * Self.unit(words.z, words.w))
  }

  /// Writes `deviation` times the first draw of `normals` at each of the indices from `index` on into `target`.
  ///
  /// On all cores, since a large network's initial values would take seconds on one (WRN-28-10: 36 million). The values
  /// do not depend on how many cores there are.
  public func fillNormals(_ target: UnsafeMutableBufferPointer<Float>, deviation: Double, from index: Int) {
    let share = 1 << 16
    nonisolated(unsafe) let target = target
    DispatchQueue.concurrentPerform(iterations: (target.count + share - 1) / share) { part in
      for i in (part * share)..<min((part + 1) * share, target.count) {
        let (radius, angle) = polar(epoch: 0, index: index + i, block: 0)
        target[i] = Float(deviation * (radius * cos(angle)))
      }
    }
  }

  /// Writes standard normal draws of one index into `target`: elements 2b and 2b + 1 are the pair of block b.
  public func fillNormals(_ target: UnsafeMutableBufferPointer<Double>, epoch: Int, index: Int) {
    for i in stride(from: 0, to: target.count, by: 2) {
      let pair = normals(epoch: epoch, index: index, block: i / 2)
      target[i] = pair.0
      if i + 1 < target.count { target[i + 1] = pair.1 }
    }
  }

  /// A uniformly drawn order of 0 ..< count for one epoch (Fisher-Yates). Time and memory linear in `count`.
  public func permutation(count: Int, epoch: Int) -> [Int32] {
    var order = [Int32](unsafeUninitializedCapacity: count) { buffer, initialized in
      for i in 0..<count { buffer[i] = Int32(i) }
      initialized = count
    }
    for i in stride(from: count - 1, to: 0, by: -1) {
      order.swapAt(i, integer(below: i + 1, epoch: epoch, index: i))
    }
    return order
  }

  private static func unit(_ high: UInt32, _ low: UInt32) -> Double {
    Double((UInt64(high) << 32 | UInt64(low)) >> 11) * 0x1p-53
  }
}
