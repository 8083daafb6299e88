// What a pass through the network costs, in multiply-adds of its convolutions and classifier: arithmetic on shapes, for
// estimates and for counting what a training step did. Nothing is measured.

import TensorCore

extension WideResNet {
  /// Multiply-adds of one forward pass of one image: convolutions and the classifier.
  public var forwardMultiplyAdds: Int { forwardMultiplyAdds(of: .everything) }

  /// Those of a selection's layers.
  public func forwardMultiplyAdds(of selection: ParameterSelection) -> Int {
    var sum = selection.contains(.group1) ? 9 * channels * Self.stemChannels * imageSize * imageSize : 0
    for block in blocks where selection.contains(block.stage) {
      let input = block.inputSize * block.inputSize
      let output = block.outputSize * block.outputSize
      sum += 9 * block.inputChannels * block.outputChannels * input
      sum += 9 * block.outputChannels * block.outputChannels * output
      if block.hasProjection { sum += block.inputChannels * block.outputChannels * output }
    }
    return sum + (selection.contains(.classifier) ? featureCount * classes : 0)
  }

  /// Cost of a forward pass through a selection's layers, in gradients of an image: a whole one is a third of a
  /// gradient.
  public func forwardCost(of selection: ParameterSelection) -> Double {
    Double(forwardMultiplyAdds(of: selection)) / Double(3 * forwardMultiplyAdds)
  }

  /// Cost of a backward pass for the gradients of a selection's weights, in gradients of an image: the gradients of
  /// activations flow down to the selection's lowest stage, those of weights are computed within it. For everything it
  /// is two thirds.
  public func backwardCost(of selection: ParameterSelection) -> Double {
    guard let lowest = selection.lowest else { return 0 }
    return forwardCost(of: .from(lowest)) + forwardCost(of: selection)
  }
}
