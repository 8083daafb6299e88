import TensorCore

@testable import NeuralNetwork

/// A batch of made-up images with labels, from a stream of its own, in memory that stays where it is.
final class SyntheticBatch {
  let images: UnsafeMutableBufferPointer<Float>
  let labels: UnsafeMutableBufferPointer<UInt8>

  init(_ model: WideResNet, count: Int, seed: UInt64 = 1) {
    let stream = RandomStream(seed: seed, purpose: .syntheticData)
    images = .allocate(capacity: count * model.channels * model.imageSize * model.imageSize)
    labels = .allocate(capacity: count)
    for i in images.indices { images[i] = Float(stream.normals(index: i).0) }
    for i in labels.indices { labels[i] = UInt8(stream.integer(below: model.classes, epoch: 1, index: i)) }
  }

  deinit {
    images.deallocate()
    labels.deallocate()
  }

  func load(into executor: some Executor) {
    executor.load(images: images.baseAddress!, labels: labels.baseAddress!, count: labels.count)
  }
}

/// Initial weights with batch norms that do something, so that no gradient is trivial.
func variedState(_ model: WideResNet, seed: UInt64 = 3) -> NetworkState {
  var state = model.initialState(seed: seed)
  let stream = RandomStream(seed: seed, purpose: .perturbation)
  for tensor in model.parameterLayout.tensors where tensor.shape.count == 1 {
    for i in tensor.range { state.parameters[i] += Float(0.3 * stream.normals(index: i).0) }
  }
  for tensor in model.statisticsLayout.tensors {
    for i in tensor.range { state.statistics[i] += Float(0.2 * stream.uniform(epoch: 1, index: i)) }
  }
  return state
}

/// ||a - b|| / ||b||; NaN where either holds one, so that comparisons fail.
func relativeDistance(_ a: [Double], _ b: [Double]) -> Double {
  precondition(a.count == b.count)
  let difference = zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
  return (difference / b.reduce(0) { $0 + $1 * $1 }).squareRoot()
}
