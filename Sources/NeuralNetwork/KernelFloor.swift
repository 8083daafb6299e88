// The floor under a training step: the sum of the fastest oneDNN kernels for its convolutions and batch norms, measured
// here and now. For the bench; training never chooses a kernel by timing.

import TensorCore

/// Milliseconds of the fastest kernels, by operation.
public struct KernelFloor: Sendable {
  /// Of each convolution (the faster of direct and Winograd, in each direction) and batch norm of a training step.
  public let milliseconds: [OperationLabel: Double]
  /// One training step, if it consisted of nothing else.
  public var total: Double { milliseconds.values.reduce(0, +) }

  /// Measures the kernels of `model` at `batch` images.
  ///
  /// Call it on the compute thread with nothing else running; takes a few steps' time.
  public init(_ model: WideResNet, batch: Int, threads: Int) throws(OneDNNError) {
    OneDNN.useThreads(threads)
    let context = try OneDNNContext()
    var milliseconds: [OperationLabel: Double] = [:]
    var known: [Shape: [OperationLabel.Work: Double]] = [:]
    for (layer, shape) in Self.layers(model) {
      var times = known[shape]
      if times == nil { times = try shape.milliseconds(batch: batch, context) }
      known[shape] = times
      for (work, time) in times ?? [:] { milliseconds[OperationLabel(work, layer)] = time }
    }
    self.milliseconds = milliseconds
  }

  /// The layers of a training step by the prefix of their tensors' names.
  private static func layers(_ model: WideResNet) -> [(String, Shape)] {
    var layers = [
      (
        "conv1",
        Shape.convolution(
          input: model.channels, output: WideResNet.stemChannels, size: model.imageSize, kernel: 3, stride: 1)
      )
    ]
    for block in model.blocks {
      let (name, input, output, size) = (block.name, block.inputChannels, block.outputChannels, block.inputSize)
      layers += [
        ("\(name).bn1", .normalization(channels: input, size: size)),
        ("\(name).conv1", .convolution(input: input, output: output, size: size, kernel: 3, stride: 1)),
        ("\(name).bn2", .normalization(channels: output, size: size)),
        ("\(name).conv2", .convolution(input: output, output: output, size: size, kernel: 3, stride: block.stride)),
      ]
      if block.hasProjection {
        layers.append(
          (
            "\(name).shortcut.0",
            .convolution(input: input, output: output, size: size, kernel: 1, stride: block.stride)
          ))
      }
    }
    return layers + [("bn_out", .normalization(channels: model.featureCount, size: model.pooledSize))]
  }

  private enum Shape: Hashable {
    case convolution(input: Int, output: Int, size: Int, kernel: Int, stride: Int)
    case normalization(channels: Int, size: Int)

    func milliseconds(batch: Int, _ context: OneDNNContext) throws(OneDNNError) -> [OperationLabel.Work: Double] {
      switch self {
      case .normalization(let channels, let size):
        return try time(batch, context, algorithm: nil) { builder throws(OneDNNError) in
          let source = try builder.view(builder.activation(channels, size))
          let target = try builder.view(source.descriptor)
          let planned = try builder.normalization(
            "bn", channels: channels, size: size, from: source, to: target, statistics: .batch(mask: nil))
          try builder.normalizationBackward(
            planned, source: source, destinationGradient: target, sourceGradient: target)
        }
      case .convolution(let input, let output, let size, let kernel, let stride):
        var best: [OperationLabel.Work: Double] = [:]
        for algorithm in [ConvolutionAlgorithm.direct, .winograd] {
          let times: [OperationLabel.Work: Double]
          do {
            times = try time(batch, context, algorithm: algorithm) { builder throws(OneDNNError) in
              let shape = ConvolutionShape(
                weightName: "w.weight", inputChannels: input, outputChannels: output, inputSize: size, kernel: kernel,
                stride: stride)
              let source = try builder.view(builder.activation(input, size))
              let target = try builder.view(builder.activation(output, shape.outputSize))
              let planned = try builder.convolution(shape, from: source, to: target)
              // The network's input needs no gradient.
              let sourceGradient = input < 16 ? nil : try builder.view(source.descriptor)
              try builder.convolutionBackward(
                planned, source: source, destinationGradient: target, sourceGradient: sourceGradient)
            }
          } catch  where error.isUnimplemented { continue }
          best.merge(times) { min($0, $1) }
        }
        return best
      }
    }

    private var layout: ParameterLayout {
      var layout = ParameterLayout()
      switch self {
      case .normalization(let channels, _):
        layout.append("bn.weight", shape: [channels], stage: .group1)
        layout.append("bn.bias", shape: [channels], stage: .group1)
      case .convolution(let input, let output, _, let kernel, _):
        layout.append("w.weight", shape: [output, input, kernel, kernel], stage: .group1)
      }
      return layout
    }

    /// Fastest of three executions of each operation that `plan` adds, reorders excepted.
    private func time(
      _ batch: Int, _ context: OneDNNContext, algorithm: ConvolutionAlgorithm?,
      _ plan: (PlanBuilder) throws(OneDNNError) -> Void
    ) throws(OneDNNError) -> [OperationLabel.Work: Double] {
      let weights = ParameterVector(layout: layout)
      weights.values = (0..<layout.count).map { Float($0 % 1000) / 1000 - 0.5 }
      let builder = PlanBuilder(
        context: context, batch: batch, weights: weights, gradient: ParameterVector(layout: layout),
        forcedAlgorithm: algorithm)
      try plan(builder)
      let operations = builder.takeOperations().map(\.operation)
      let bindings = builder.finish()
      let workspace = AlignedBuffer<Float>(count: (builder.workspaceBytes + 3) / 4, zeroed: false)
      // Ordinary numbers: zeros or denormals would not take ordinary time.
      for i in 0..<workspace.count { workspace.pointer[i] = Float(i % 1000) / 1000 - 0.5 }
      for (view, offset) in bindings { view.bind(to: UnsafeMutableRawPointer(workspace.pointer) + offset) }
      let clock = ContinuousClock()
      var times: [OperationLabel.Work: Double] = [:]
      for operation in operations {
        operation.execute(context)
        if [.weightReorder, .gradientReorder].contains(operation.label.work) { continue }
        let best = (0..<3).map { _ in clock.measure { operation.execute(context) } }.min() ?? .zero
        times[operation.label.work] =
          Double(best.components.attoseconds) * 1e-15 + Double(best.components.seconds) * 1e3
      }
      // The operations read and write the builder's arenas and the workspace by address.
      withExtendedLifetime(builder) {}
      withExtendedLifetime(workspace) {}
      return times
    }
  }
}
