// What training sees of crops, flips and squares, and how often: taken from batches' pixels for every data set, from every
// centre of a square, and from many draws. ImageTransformTests looks at the draws alone.
//
// Draws are pure functions of the seed, so a test that passes does so every time. Each bound leaves a right rule under
// another seed one chance in a million to fail: five standard deviations of a normal count (6e-7), or the quantile of
// chi-square that is given (1e-6).

import TensorCore
import Testing

@testable import Datasets

/// Pearson's statistic of counts that should be equal lies below a quantile of its distribution.
private func expectUniform(_ counts: [Int], below quantile: Double, _ what: String) {
  let expected = Double(counts.reduce(0, +)) / Double(counts.count)
  let statistic = counts.reduce(0.0) { $0 + (Double($1) - expected) * (Double($1) - expected) / expected }
  #expect(statistic <= quantile, "\(what): chi-square \(statistic)")
}

/// Rows or columns that a square covers, one axis, as the method is described.
private func covered(by centre: Int, size: Int) -> Range<Int> { max(centre - 8, 0)..<min(centre + 8, size) }

@Suite struct AugmentationDistributionTests {
  // MARK: In batches

  /// A crop and a flip, found in the pixels of a training image by trying all of them.
  private struct Found: Hashable {
    var dx: Int
    var dy: Int
    var flip: Bool
  }

  /// All that explain the middle of an image: 8 x 2 pixels of noise, which no crop but the right one shows.
  private func explanations(
    of image: UnsafeMutableBufferPointer<Float>.SubSequence, original: ArraySlice<UInt8>, size: Int,
    _ normalization: Normalization
  ) -> [Found] {
    let middle = size / 2
    var found: [Found] = []
    for flip in [false, true] {
      for dy in 0...8 {
        for dx in 0...8 {
          let fits = (middle - 1...middle).allSatisfy { y in
            (middle - 4..<middle + 4).allSatisfy { x in
              let column = (flip ? size - 1 - x : x) + dx - 4
              let byte = original[original.startIndex + (y + dy - 4) * size + column]
              let value = Double(image[image.startIndex + y * size + x])
              return abs((value * normalization.deviation[0] + normalization.mean[0]) * 255 - Double(byte)) < 0.1
            }
          }
          if fits { found.append(Found(dx: dx, dy: dy, flip: flip)) }
        }
      }
    }
    return found
  }

  /// Half of the images is flipped, SVHN's digits too, as in the authors' code; crops are uniform in both axes.
  @Test(arguments: DatasetName.allCases) func halfIsFlippedAndCropsAreUniform(name: DatasetName) throws {
    let specification = name.specification
    let (count, epochs, size) = (300, 3, specification.imageSize)
    let set = noiseSet(
      count: count, channels: specification.channels, size: size, classes: specification.classes)
    let source = BatchSource(set, normalization: specification.normalization, augmentation: .basic, seed: 8)
    let batch = ImageBatch(capacity: count, channels: set.channels, size: size)
    var flips = 0
    var columns = [Int](repeating: 0, count: 9)
    var rows = [Int](repeating: 0, count: 9)
    for epoch in 1...epochs {
      let order = source.order(epoch: epoch)
      source.fillTraining(batch, order: order, range: 0..<count, epoch: epoch)
      for place in 0..<count {
        let index = Int(order[place])
        let found = explanations(
          of: batch.images[(place * set.imageBytes)...], original: set.pixels[(index * set.imageBytes)...], size: size,
          specification.normalization)
        try #require(found.count == 1, "image \(index)")
        let transform = source.trainingTransform(index: index, epoch: epoch)
        #expect(found[0] == Found(dx: transform.dx, dy: transform.dy, flip: transform.flip))
        flips += found[0].flip ? 1 : 0
        columns[found[0].dx] += 1
        rows[found[0].dy] += 1
      }
    }
    let total = Double(count * epochs)
    #expect(abs(Double(flips) - total / 2) <= 5 * total.squareRoot() / 2, "\(flips) of \(total) flipped")
    // 8 degrees of freedom.
    expectUniform(columns, below: 42.7, "columns of crops")
    expectUniform(rows, below: 42.7, "rows of crops")
  }

  // MARK: Cutout's squares

  /// Every centre: exactly the square around it, clipped at the border, in every channel.
  @Test(arguments: [28, 32]) func areaByCentreIsExact(size: Int) {
    let white = [UInt8](repeating: 255, count: 3 * size * size)
    let augmenter = Augmenter(channels: 3, size: size, normalization: normalization3)
    let batch = ImageBatch(capacity: 1, channels: 3, size: size)
    var sum = 0
    for y in 0..<size {
      for x in 0..<size {
        let transform = ImageTransform(dx: 4, dy: 4, flip: false, cutoutCentre: .init(y: y, x: x))
        white.withUnsafeBufferPointer { augmenter.write($0.baseAddress!, to: batch.images.baseAddress!, transform) }
        let (inRows, inColumns) = (covered(by: y, size: size), covered(by: x, size: size))
        let wrong = batch.images.indices.first { place in
          let (row, column) = (place / size % size, place % size)
          return (batch.images[place] == 0) != (inRows.contains(row) && inColumns.contains(column))
        }
        #expect(wrong == nil, "centre \(y), \(x)")
        sum += batch.images.count { $0 == 0 } / 3
      }
    }
    // One axis over all centres: 16 each, less 8 + ... + 1 at the near border and 7 + ... + 1 at the far one.
    let axis = 16 * size - 36 - 28
    #expect(sum == axis * axis)
  }

  /// The mean over draws is (16 - 64 / size)^2: 196 of 1024 pixels, 188.1 of 784. Squares that are not clipped, or whose
  /// centres keep away from the border, have 256.
  @Test(arguments: [28, 32]) func meanAreaIsTheClosedForm(size: Int) throws {
    let stream = RandomStream(seed: 11, purpose: .augmentation)
    let lengths = (0..<size).map { Double(covered(by: $0, size: size).count) }
    let mean = (16 - 64 / Double(size)) * (16 - 64 / Double(size))
    let squares = lengths.reduce(0) { $0 + $1 * $1 } / Double(size)
    let variance = squares * squares - mean * mean
    let count = 20_000
    var sum = 0.0
    for index in 0..<count {
      let transform = ImageTransform(stream: stream, epoch: 1, index: index, size: size, augmentation: .cutout)
      let centre = try #require(transform.cutoutCentre)
      sum += lengths[centre.y] * lengths[centre.x]
    }
    let bound = 5 * (variance / Double(count)).squareRoot()
    #expect(bound < 3)
    #expect(abs(sum / Double(count) - mean) <= bound, "mean area \(sum / Double(count)) instead of \(mean)")
  }

  /// Both axes, and whatever the crop and the flip.
  @Test(arguments: [(28, 77.2), (32, 83.7)])
  func centresAreUniformWhateverTheCrop(size: Int, quantile: Double) throws {
    let stream = RandomStream(seed: 12, purpose: .augmentation)
    var columns = [Int](repeating: 0, count: size)
    var rows = [Int](repeating: 0, count: size)
    var columnsByCrop = [Int](repeating: 0, count: 36)
    var rowsByCrop = [Int](repeating: 0, count: 36)
    var columnsByFlip = [Int](repeating: 0, count: 8)
    for index in 0..<20_000 {
      let transform = ImageTransform(stream: stream, epoch: 2, index: index, size: size, augmentation: .cutout)
      let centre = try #require(transform.cutoutCentre)
      columns[centre.x] += 1
      rows[centre.y] += 1
      columnsByCrop[transform.dx * 4 + centre.x * 4 / size] += 1
      rowsByCrop[transform.dy * 4 + centre.y * 4 / size] += 1
      columnsByFlip[(transform.flip ? 4 : 0) + centre.x * 4 / size] += 1
    }
    // size - 1 degrees of freedom, then 35 and 7.
    expectUniform(columns, below: quantile, "columns of centres")
    expectUniform(rows, below: quantile, "rows of centres")
    expectUniform(columnsByCrop, below: 89.9, "columns of centres by crop")
    expectUniform(rowsByCrop, below: 89.9, "rows of centres by crop")
    expectUniform(columnsByFlip, below: 40.5, "columns of centres by flip")
  }
}
