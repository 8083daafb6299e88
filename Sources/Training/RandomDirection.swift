// A random direction of the classifier for each step, drawn into one buffer. A function of seed, epoch and step; its
// length is the executor's business.

import NeuralNetwork
import TensorCore

final class RandomDirection {
  private let stream: RandomStream
  private let values: AlignedBuffer<Double>

  init(_ model: WideResNet, seed: UInt64) {
    stream = RandomStream(seed: seed, purpose: .randomDirection)
    values = AlignedBuffer(count: model.classes * model.featureCount + model.classes)
  }

  /// Independent standard normal draws, weight [K, D] then bias [K]; valid until the next call, as long as this lives.
  func draw(epoch: Int, step: Int) -> UnsafeBufferPointer<Double> {
    stream.fillNormals(values.view, epoch: epoch, index: step)
    return UnsafeBufferPointer(values.view)
  }
}
