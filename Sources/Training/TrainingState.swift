// Everything that training needs to go on: what a checkpoint holds beside the configuration's hash and the epoch.

import NeuralNetwork

/// Network and optimiser after some epoch. Random draws need no state (TensorCore, RandomStream).
public struct TrainingState: Sendable, Equatable {
  public var network: NetworkState
  /// Momentum buffers in the arena of the model's parameter layout, padding zero.
  public var momentum: [Float]

  public init(network: NetworkState, momentum: [Float]) {
    self.network = network
    self.momentum = momentum
  }

  /// Before the first step: zero momentum.
  public init(initial network: NetworkState) {
    self.init(network: network, momentum: .init(repeating: 0, count: network.parameters.count))
  }
}
