// Distributions of the drawn crops, flips and cutout centres.

import TensorCore
import Testing

@testable import Datasets

@Suite struct ImageTransformTests {
  private static let size = 28
  private static let count = 81 * 200
  private static let transforms = (0..<count).map {
    ImageTransform(
      stream: RandomStream(seed: 4, purpose: .augmentation), epoch: 1, index: $0, size: size, augmentation: .cutout)
  }

  /// Pearson's statistic lies five standard deviations above its mean at most.
  private func expectUniform(_ counts: [Int], _ what: Comment) {
    let expected = Double(counts.reduce(0, +)) / Double(counts.count)
    let statistic = counts.reduce(0.0) { $0 + (Double($1) - expected) * (Double($1) - expected) / expected }
    let freedom = Double(counts.count - 1)
    #expect(statistic <= freedom + 5 * (2 * freedom).squareRoot(), what)
  }

  @Test func cropsAreUniformOverAllOffsets() {
    var counts = [Int](repeating: 0, count: 81)
    for transform in Self.transforms { counts[transform.dy * 9 + transform.dx] += 1 }
    #expect(counts.allSatisfy { $0 > 0 })
    expectUniform(counts, "crop offsets")
  }

  @Test func halfIsFlippedWhateverTheCrop() {
    var counts = [Int](repeating: 0, count: 18)
    for transform in Self.transforms { counts[transform.dx * 2 + (transform.flip ? 1 : 0)] += 1 }
    expectUniform(counts, "flips by column offset")
  }

  @Test func cutoutCentresAreUniformOverTheImage() throws {
    var counts = [Int](repeating: 0, count: Self.size * Self.size)
    for transform in Self.transforms {
      let centre = try #require(transform.cutoutCentre)
      counts[centre.y * Self.size + centre.x] += 1
    }
    expectUniform(counts, "cutout centres")
  }

  @Test func basicDrawsTheCropsOfCutout() {
    let stream = RandomStream(seed: 4, purpose: .augmentation)
    for index in 0..<100 {
      let basic = ImageTransform(stream: stream, epoch: 1, index: index, size: Self.size, augmentation: .basic)
      #expect(basic.cutoutCentre == nil)
      let cutout = Self.transforms[index]
      #expect(basic.dx == cutout.dx && basic.dy == cutout.dy && basic.flip == cutout.flip)
    }
  }
}
