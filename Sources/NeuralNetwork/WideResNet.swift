// The architecture WRN-d-k as a value: which layers there are, their shapes, names and initial values.
// It computes nothing; executors read it and plan their kernels from it.
//
// Zagoruyko and Komodakis, "Wide Residual Networks", 2016, in the variant of the PoF authors' code: the first 3x3
// convolution of a block has stride 1, the second carries the block's stride, and the shortcut takes the raw input.

import TensorCore

/// Why a network cannot be built.
public enum ModelError: Error, Equatable, CustomStringConvertible {
  case depth(Int)
  case notPositive(name: String, value: Int)
  case imageSize(Int)

  public var description: String {
    switch self {
    case .depth(let depth): "depth \(depth) is not 6n + 4 (10, 16, 22, 28, 40, ...): choose one of these"
    case .notPositive(let name, let value): "\(name) is \(value): it must be at least 1"
    case .imageSize(let size): "image size \(size) is not a multiple of 4: two stages halve it"
    }
  }
}

/// WRN-d-k for square images.
public struct WideResNet: Sendable, Hashable {
  /// d = 6n + 4.
  public let depth: Int
  /// k, the widening factor.
  public let width: Int
  public let classes: Int
  /// Channels of the input images.
  public let channels: Int
  /// Height and width of the input images, in pixels.
  public let imageSize: Int

  /// - Throws: `ModelError` when depth is not 6n + 4, the image size no multiple of 4, or a size not positive.
  public init(depth: Int, width: Int, classes: Int, channels: Int, imageSize: Int) throws(ModelError) {
    guard depth >= 10, (depth - 4) % 6 == 0 else { throw .depth(depth) }
    for (name, value) in [("width", width), ("classes", classes), ("channels", channels)] where value < 1 {
      throw .notPositive(name: name, value: value)
    }
    guard imageSize >= 4, imageSize % 4 == 0 else { throw .imageSize(imageSize) }
    self.depth = depth
    self.width = width
    self.classes = classes
    self.channels = channels
    self.imageSize = imageSize
  }

  /// A residual block: BN-ReLU-conv1(3x3, stride 1)-BN-ReLU-conv2(3x3, stride s), plus the raw input or its projection.
  public struct Block: Sendable, Hashable {
    /// Prefix of its tensors' names, `layerG.num_B`.
    public let name: String
    public let stage: ParameterStage
    /// Whether its input comes from a lower stage; the stem and group 1 are one.
    public let isFirstOfStage: Bool
    public let inputChannels: Int
    public let outputChannels: Int
    public let stride: Int
    /// Height and width of the block's input; its output has `inputSize / stride`.
    public let inputSize: Int
    /// Whether the shortcut is a 1x1 convolution: where stride or width changes.
    public var hasProjection: Bool { stride != 1 || inputChannels != outputChannels }
    public var outputSize: Int { inputSize / stride }
  }

  /// Channels after the stem.
  public static let stemChannels = 16

  public var blocksPerGroup: Int { (depth - 4) / 6 }
  /// D: width of the pooled features.
  public var featureCount: Int { 64 * width }
  /// Height and width of the last feature map, which the average pool covers whole.
  public var pooledSize: Int { imageSize / 4 }

  /// All residual blocks, from the input upwards.
  public var blocks: [Block] {
    var blocks: [Block] = []
    var channels = Self.stemChannels
    var size = imageSize
    for (group, stage) in [(1, ParameterStage.group1), (2, .group2), (3, .group3)] {
      for index in 0..<blocksPerGroup {
        let block = Block(
          name: "layer\(group).num_\(index)", stage: stage, isFirstOfStage: group > 1 && index == 0,
          inputChannels: channels,
          outputChannels: (Self.stemChannels * width) << (group - 1), stride: group > 1 && index == 0 ? 2 : 1,
          inputSize: size)
        blocks.append(block)
        channels = block.outputChannels
        size = block.outputSize
      }
    }
    return blocks
  }

  /// Names and shapes of all trained parameters, in the order in which a forward pass meets them.
  public var parameterLayout: ParameterLayout {
    var layout = ParameterLayout()
    var stage = ParameterStage.group1
    func normalization(_ name: String, _ channels: Int) {
      layout.append("\(name).weight", shape: [channels], stage: stage)
      layout.append("\(name).bias", shape: [channels], stage: stage)
    }
    func convolution(_ name: String, _ output: Int, _ input: Int, kernel: Int) {
      layout.append("\(name).weight", shape: [output, input, kernel, kernel], stage: stage)
    }
    convolution("conv1", Self.stemChannels, channels, kernel: 3)
    for block in blocks {
      stage = block.stage
      normalization("\(block.name).bn1", block.inputChannels)
      convolution("\(block.name).conv1", block.outputChannels, block.inputChannels, kernel: 3)
      normalization("\(block.name).bn2", block.outputChannels)
      convolution("\(block.name).conv2", block.outputChannels, block.outputChannels, kernel: 3)
      if block.hasProjection {
        convolution("\(block.name).shortcut.0", block.outputChannels, block.inputChannels, kernel: 1)
      }
    }
    normalization("bn_out", featureCount)
    layout.append("classifiers.0.weight", shape: [classes, featureCount], stage: .classifier)
    layout.append("classifiers.0.bias", shape: [classes], stage: .classifier)
    return layout
  }

  /// Batch-norm layers, from the input upwards.
  public var normalizations: [(name: String, channels: Int, stage: ParameterStage)] {
    blocks.flatMap {
      [("\($0.name).bn1", $0.inputChannels, $0.stage), ("\($0.name).bn2", $0.outputChannels, $0.stage)]
    } + [("bn_out", featureCount, .group3)]
  }

  /// Names and shapes of the running statistics: `running_mean` and `running_var` of each batch-norm layer.
  public var statisticsLayout: ParameterLayout {
    var layout = ParameterLayout()
    for (name, channels, stage) in normalizations {
      layout.append("\(name).running_mean", shape: [channels], stage: stage)
      layout.append("\(name).running_var", shape: [channels], stage: stage)
    }
    return layout
  }

  public var parameterCount: Int { parameterLayout.parameterCount }
}

/// Everything that defines a network's function: what a checkpoint holds and what executors exchange with the host.
public struct NetworkState: Sendable, Equatable {
  /// Weights in the arena of `WideResNet.parameterLayout`, padding zero.
  public var parameters: [Float]
  /// Running means and variances in the arena of `WideResNet.statisticsLayout`, padding zero.
  public var statistics: [Float]
  /// `num_batches_tracked` of each batch-norm layer, in the order of `WideResNet.normalizations`.
  public var batchesTracked: [Int64]

  public init(parameters: [Float], statistics: [Float], batchesTracked: [Int64]) {
    self.parameters = parameters
    self.statistics = statistics
    self.batchesTracked = batchesTracked
  }
}

extension WideResNet {
  /// Draws initial values: convolutions N(0, 2 / (out_channels kh kw)) (kaiming-normal, fan_out), batch norm 1 and 0,
  /// classifier weight N(0, 0.1^2), bias 0. A pure function of model and seed.
  public func initialState(seed: UInt64) -> NetworkState {
    let layout = parameterLayout
    let stream = RandomStream(seed: seed, purpose: .initialization)
    var parameters = [Float](repeating: 0, count: layout.count)
    for tensor in layout.tensors {
      let deviation: Double
      switch tensor.shape.count {
      case 4: deviation = (2 / Double(tensor.shape[0] * tensor.shape[2] * tensor.shape[3])).squareRoot()
      case 2: deviation = 0.1
      default:
        let isScale = tensor.section == .extractor && tensor.name.hasSuffix(".weight")
        for i in tensor.range { parameters[i] = isScale ? 1 : 0 }
        continue
      }
      parameters.withUnsafeMutableBufferPointer {
        stream.fillNormals(
          UnsafeMutableBufferPointer(rebasing: $0[tensor.range]), deviation: deviation, from: tensor.range.lowerBound)
      }
    }
    let statistics = statisticsLayout
    var running = [Float](repeating: 0, count: statistics.count)
    for tensor in statistics.tensors where tensor.name.hasSuffix("running_var") {
      for i in tensor.range { running[i] = 1 }
    }
    return NetworkState(
      parameters: parameters, statistics: running, batchesTracked: .init(repeating: 0, count: normalizations.count))
  }
}
