// Which images form a batch, and how each is augmented: pure functions of (seed, epoch, place). It keeps no state, so
// there is nothing to save on resuming, and it loads nothing.

import TensorCore

/// The batches of one image set under one seed. The fill functions allocate nothing.
public struct BatchSource: Sendable {
  public let set: ImageSet
  public let augmentation: Augmentation
  private let augmenter: Augmenter
  private let shuffleStream: RandomStream
  private let augmentationStream: RandomStream
  private let weakStream: RandomStream
  private let weakAugmentationStream: RandomStream

  /// - Precondition: `set` is not empty, and `normalization` has a mean and a deviation per channel.
  public init(_ set: ImageSet, normalization: Normalization, augmentation: Augmentation, seed: UInt64) {
    precondition(set.count > 0, "an image set to draw from is not empty")
    self.set = set
    self.augmentation = augmentation
    augmenter = Augmenter(channels: set.channels, size: set.size, normalization: normalization)
    shuffleStream = RandomStream(seed: seed, purpose: .shuffle)
    augmentationStream = RandomStream(seed: seed, purpose: .augmentation)
    weakStream = RandomStream(seed: seed, purpose: .weakBatch)
    weakAugmentationStream = RandomStream(seed: seed, purpose: .weakAugmentation)
  }

  /// The order in which an epoch trains on the set: indices into it, [set.count]. Linear time; allocates its result.
  public func order(epoch: Int) -> [Int32] { shuffleStream.permutation(count: set.count, epoch: epoch) }

  /// A training batch: images `order[range]`, augmented. An image's draws depend on its index in the set and on the
  /// epoch, not on its place in a batch.
  /// - Precondition: `range` lies in `order`, and the batch has room for it.
  public func fillTraining(_ batch: ImageBatch, order: [Int32], range: Range<Int>, epoch: Int) {
    fill(batch, count: range.count) { place in
      let index = Int(order[range.lowerBound + place])
      return (index, trainingTransform(index: index, epoch: epoch))
    }
  }

  /// What `fillTraining` does to image `index` of the set in an epoch.
  public func trainingTransform(index: Int, epoch: Int) -> ImageTransform {
    transform(augmentationStream, epoch: epoch, index: index)
  }

  /// The weak batch of one step of an epoch: `count` images drawn uniformly with replacement from the whole set,
  /// augmented by draws of their own.
  /// - Parameter step: place of the step in its epoch, from 0.
  public func fillWeak(_ batch: ImageBatch, step: Int, count: Int, epoch: Int) {
    fill(batch, count: count) { place in
      let draw = step * count + place
      let index = weakStream.integer(below: set.count, epoch: epoch, index: draw)
      return (index, transform(weakAugmentationStream, epoch: epoch, index: draw))
    }
  }

  /// Images `range` of the set in their order, normalised only.
  public func fillTest(_ batch: ImageBatch, range: Range<Int>) {
    fill(batch, count: range.count) { place in (range.lowerBound + place, .identity) }
  }

  private func transform(_ stream: RandomStream, epoch: Int, index: Int) -> ImageTransform {
    ImageTransform(stream: stream, epoch: epoch, index: index, size: set.size, augmentation: augmentation)
  }

  private func fill(_ batch: ImageBatch, count: Int, choose: (_ place: Int) -> (index: Int, ImageTransform)) {
    precondition(batch.channels == set.channels && batch.size == set.size, "a batch of the images' shape")
    precondition(count <= batch.capacity, "the batch has no room for \(count) images")
    guard let images = batch.images.baseAddress else { return }
    set.pixels.withUnsafeBufferPointer { pixels in
      guard let pixels = pixels.baseAddress else { return }
      for place in 0..<count {
        let (index, transform) = choose(place)
        // The label's access checks the index.
        batch.labels[place] = set.labels[index]
        augmenter.write(pixels + index * set.imageBytes, to: images + place * batch.imageElements, transform)
      }
    }
    batch.count = count
  }
}
