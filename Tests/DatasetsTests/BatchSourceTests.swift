// Batches against a naive per-pixel twin, what augmentation means, and purity of the draws.

import TensorCore
import Testing

@testable import Datasets

/// One output pixel, written as the method is described: pad, crop, flip, normalise, cut.
private func naivePixel(
  _ set: ImageSet, _ normalization: Normalization, image: Int, channel: Int, y: Int, x: Int, _ transform: ImageTransform
) -> Float {
  if let centre = transform.cutoutCentre, y >= centre.y - 8, y < centre.y + 8, x >= centre.x - 8, x < centre.x + 8 {
    return 0
  }
  let cropX = transform.flip ? set.size - 1 - x : x
  let sourceY = y + transform.dy - 4
  let sourceX = cropX + transform.dx - 4
  var value = 0.0
  if sourceY >= 0, sourceY < set.size, sourceX >= 0, sourceX < set.size {
    value = Double(set.pixels[((image * set.channels + channel) * set.size + sourceY) * set.size + sourceX]) / 255
  }
  return Float((value - normalization.mean[channel]) / normalization.deviation[channel])
}

private func naiveBatch(
  _ set: ImageSet, _ normalization: Normalization, _ chosen: [(index: Int, transform: ImageTransform)]
) -> [Float] {
  var values: [Float] = []
  for (index, transform) in chosen {
    for channel in 0..<set.channels {
      for y in 0..<set.size {
        for x in 0..<set.size {
          values.append(naivePixel(set, normalization, image: index, channel: channel, y: y, x: x, transform))
        }
      }
    }
  }
  return values
}

/// The valid part of a batch.
private func images(_ batch: ImageBatch) -> [Float] { Array(batch.images[..<(batch.count * batch.imageElements)]) }
private func labels(_ batch: ImageBatch) -> [UInt8] { Array(batch.labels[..<batch.count]) }

/// Bitwise equality, reported by the first difference: a failing comparison of whole arrays takes a minute to print.
private func expectSame(_ found: [Float], _ expected: [Float], sourceLocation: SourceLocation = #_sourceLocation) {
  #expect(found.count == expected.count, sourceLocation: sourceLocation)
  let difference = zip(found, expected).enumerated().first { $1.0.bitPattern != $1.1.bitPattern }
  #expect(difference == nil, sourceLocation: sourceLocation)
}

private let seed: UInt64 = 21

@Suite struct BatchSourceTests {
  // MARK: Against the naive twin

  @Test(arguments: [(1, 28), (3, 32), (1, 8)], Augmentation.allCases)
  func trainingFillEqualsItsNaiveTwin(shape: (channels: Int, size: Int), augmentation: Augmentation) {
    let set = noiseSet(count: 60, channels: shape.channels, size: shape.size)
    let normalization = shape.channels == 1 ? normalization1 : normalization3
    let source = BatchSource(set, normalization: normalization, augmentation: augmentation, seed: seed)
    let order = source.order(epoch: 3)
    let batch = ImageBatch(capacity: 64, channels: shape.channels, size: shape.size)
    source.fillTraining(batch, order: order, range: 5..<55, epoch: 3)
    let stream = RandomStream(seed: seed, purpose: .augmentation)
    let chosen = order[5..<55].map { index in
      (
        index: Int(index),
        transform: ImageTransform(
          stream: stream, epoch: 3, index: Int(index), size: set.size, augmentation: augmentation)
      )
    }
    #expect(batch.count == 50)
    expectSame(images(batch), naiveBatch(set, normalization, chosen))
    #expect(labels(batch) == chosen.map { set.labels[$0.index] })
  }

  @Test(arguments: Augmentation.allCases)
  func weakFillEqualsItsNaiveTwin(augmentation: Augmentation) {
    let set = noiseSet(count: 40, channels: 1, size: 28)
    let source = BatchSource(set, normalization: normalization1, augmentation: augmentation, seed: seed)
    let batch = ImageBatch(capacity: 64, channels: 1, size: 28)
    source.fillWeak(batch, step: 7, count: 48, epoch: 2)
    let choice = RandomStream(seed: seed, purpose: .weakBatch)
    let stream = RandomStream(seed: seed, purpose: .weakAugmentation)
    let chosen = (7 * 48..<8 * 48).map { draw in
      (
        index: choice.integer(below: 40, epoch: 2, index: draw),
        transform: ImageTransform(stream: stream, epoch: 2, index: draw, size: 28, augmentation: augmentation)
      )
    }
    #expect(batch.count == 48)
    expectSame(images(batch), naiveBatch(set, normalization1, chosen))
    #expect(labels(batch) == chosen.map { set.labels[$0.index] })
  }

  @Test func testFillIsNormalisationInOrder() {
    let set = noiseSet(count: 20, channels: 3, size: 32)
    let source = BatchSource(set, normalization: normalization3, augmentation: .cutout, seed: seed)
    let batch = ImageBatch(capacity: 16, channels: 3, size: 32)
    source.fillTest(batch, range: 16..<20)
    let expected = (16 * set.imageBytes..<20 * set.imageBytes).map { element in
      let channel = element / 1024 % 3
      return Float(
        (Double(set.pixels[element]) / 255 - normalization3.mean[channel]) / normalization3.deviation[channel])
    }
    #expect(batch.count == 4)
    expectSame(images(batch), expected)
    #expect(labels(batch) == Array(set.labels[16..<20]))
  }

  /// Every crop, flipped or not: the fast path's row and column ranges against single pixels.
  @Test func everyCropEqualsItsNaiveTwin() {
    let set = noiseSet(count: 1, channels: 1, size: 12)
    let augmenter = Augmenter(channels: 1, size: 12, normalization: normalization1)
    let batch = ImageBatch(capacity: 1, channels: 1, size: 12)
    for offset in 0..<162 {
      let transform = ImageTransform(
        dx: offset % 9, dy: offset / 9 % 9, flip: offset >= 81,
        cutoutCentre: offset % 2 == 0 ? nil : .init(y: offset % 12, x: offset / 12 % 12))
      set.pixels.withUnsafeBufferPointer { pixels in
        augmenter.write(pixels.baseAddress!, to: batch.images.baseAddress!, transform)
      }
      expectSame(Array(batch.images), naiveBatch(set, normalization1, [(0, transform)]))
    }
  }

  // MARK: Meaning

  @Test func paddingIsBlackBeforeNormalisation() {
    let white = ImageSet(
      pixels: [UInt8](repeating: 255, count: 784), labels: [0], channels: 1, size: 28, classes: 1)
    let source = BatchSource(white, normalization: normalization1, augmentation: .basic, seed: seed)
    let batch = ImageBatch(capacity: 1, channels: 1, size: 28)
    let black = Float(-0.2859 / 0.3530)
    for epoch in 0..<20 {
      source.fillTraining(batch, order: [0], range: 0..<1, epoch: epoch)
      let transform = ImageTransform(
        stream: RandomStream(seed: seed, purpose: .augmentation), epoch: epoch, index: 0, size: 28, augmentation: .basic
      )
      let visible = (28 - abs(transform.dx - 4)) * (28 - abs(transform.dy - 4))
      #expect(batch.images.count { $0 == black } == 784 - visible)
      #expect(batch.images.count { $0 == Float((1 - 0.2859) / 0.3530) } == visible)
    }
  }

  @Test func cutoutSquaresAreClippedAtTheBorder() throws {
    let set = noiseSet(count: 300, channels: 3, size: 32)
    let source = BatchSource(set, normalization: normalization3, augmentation: .cutout, seed: seed)
    let basic = BatchSource(set, normalization: normalization3, augmentation: .basic, seed: seed)
    let order = source.order(epoch: 0)
    let batch = ImageBatch(capacity: 300, channels: 3, size: 32)
    let uncut = ImageBatch(capacity: 300, channels: 3, size: 32)
    source.fillTraining(batch, order: order, range: 0..<300, epoch: 0)
    basic.fillTraining(uncut, order: order, range: 0..<300, epoch: 0)
    var areas: Set<Int> = []
    for place in 0..<300 {
      let transform = ImageTransform(
        stream: RandomStream(seed: seed, purpose: .augmentation), epoch: 0, index: Int(order[place]), size: 32,
        augmentation: .cutout)
      let centre = try #require(transform.cutoutCentre)
      let height = min(32, centre.y + 8) - max(0, centre.y - 8)
      let width = min(32, centre.x + 8) - max(0, centre.x - 8)
      let range = place * 3072..<(place + 1) * 3072
      // No byte is normalised to exactly 0 under this normalisation.
      #expect(batch.images[range].count { $0 == 0 } == 3 * height * width)
      #expect(range.allSatisfy { batch.images[$0] == 0 || batch.images[$0] == uncut.images[$0] })
      areas.insert(height * width)
    }
    #expect(areas.max() == 256 && areas.contains { $0 < 128 })
  }

  // MARK: Purity

  @Test func sameArgumentsGiveSameBytesWhateverCameBefore() {
    let set = noiseSet(count: 30, channels: 1, size: 28)
    let source = BatchSource(set, normalization: normalization1, augmentation: .cutout, seed: seed)
    let first = ImageBatch(capacity: 30, channels: 1, size: 28)
    let second = ImageBatch(capacity: 30, channels: 1, size: 28)
    let order = source.order(epoch: 1)
    source.fillTraining(first, order: order, range: 10..<20, epoch: 1)
    let expected = images(first)
    source.fillWeak(second, step: 3, count: 30, epoch: 9)
    source.fillTraining(second, order: source.order(epoch: 1), range: 10..<20, epoch: 1)
    expectSame(images(second), expected)
    // An image's draws do not depend on its place in the batch.
    source.fillTraining(second, order: order, range: 0..<30, epoch: 1)
    expectSame(Array(images(second)[10 * 784..<20 * 784]), expected)
    // Other epochs, seeds, steps and purposes differ.
    source.fillTraining(second, order: order, range: 10..<20, epoch: 2)
    #expect(images(second) != expected)
    let other = BatchSource(set, normalization: normalization1, augmentation: .cutout, seed: seed + 1)
    other.fillTraining(second, order: order, range: 10..<20, epoch: 1)
    #expect(images(second) != expected)
    #expect(source.order(epoch: 2) != order && other.order(epoch: 1) != order)
    #expect(order.sorted() == (0..<30).map(Int32.init))
    source.fillWeak(first, step: 0, count: 10, epoch: 1)
    source.fillWeak(second, step: 1, count: 10, epoch: 1)
    #expect(images(first) != images(second))
    source.fillWeak(second, step: 0, count: 10, epoch: 2)
    #expect(images(first) != images(second))
    source.fillWeak(second, step: 0, count: 10, epoch: 1)
    expectSame(images(first), images(second))
  }

  @Test func weakDrawsAreUniformWithReplacement() {
    // Image i has the grey value i everywhere, so its centre tells which one was drawn.
    let set = ImageSet(
      pixels: (0..<100).flatMap { [UInt8](repeating: UInt8($0), count: 144) },
      labels: [UInt8](repeating: 0, count: 100),
      channels: 1, size: 12, classes: 1)
    let source = BatchSource(set, normalization: normalization1, augmentation: .basic, seed: seed)
    let batch = ImageBatch(capacity: 50, channels: 1, size: 12)
    var counts = [Int](repeating: 0, count: 100)
    var batchesWithRepetition = 0
    for step in 0..<400 {
      source.fillWeak(batch, step: step, count: 50, epoch: 1)
      let drawn = (0..<50).map { Int(((batch.images[$0 * 144 + 6 * 12 + 6] * 0.3530 + 0.2859) * 255).rounded()) }
      for index in drawn { counts[index] += 1 }
      if Set(drawn).count < 50 { batchesWithRepetition += 1 }
    }
    #expect(batchesWithRepetition == 400)
    let statistic = counts.reduce(0.0) { $0 + (Double($1) - 200) * (Double($1) - 200) / 200 }
    // 99 degrees of freedom: mean 99, standard deviation 14.1. Far below would be draws without replacement.
    #expect(statistic > 99 - 5 * 14.1 && statistic < 99 + 5 * 14.1, "chi-square \(statistic)")
  }
}
