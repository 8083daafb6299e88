// The whole network for one batch size and one kind of pass: operations in order, activations in one workspace. Built
// once; running it allocates nothing of ours. It computes up to the pooled features; the classifier is
// ClassifierHead's.

import TensorCore

/// What a plan can do.
enum PlanKind: Hashable {
  /// Forward under batch statistics with everything kept for a backward pass.
  case training
  /// Forward under batch statistics alone: a weak batch.
  case features
  /// Forward under running statistics.
  case inference

  init(_ pass: ForwardPass) {
    switch pass {
    case .training: self = .training
    case .features: self = .features
    case .evaluation: self = .inference
    }
  }
}

/// Buffers that plans share but do not own.
struct PlanBuffers {
  let weights: ParameterVector
  let gradient: ParameterVector
  let statistics: ParameterVector
  /// [capacity, D], row-major.
  let features: UnsafeMutablePointer<Float>
  let featureGradient: UnsafeMutablePointer<Float>
}

final class NetworkPlan {
  let kind: PlanKind
  let batch: Int
  let workspaceBytes: Int
  let forward: [StagedOperation]
  let backward: [StagedOperation]
  private let input: TensorView
  private let runningUpdates: [RunningUpdate]
  private let bindings: [(TensorView, offset: Int)]
  /// Base of the workspace that the tensors are bound to.
  private var base: UnsafeMutableRawPointer?

  init(_ model: WideResNet, batch: Int, kind: PlanKind, context: OneDNNContext, buffers: PlanBuffers)
    throws(OneDNNError)
  {
    self.kind = kind
    self.batch = batch
    let builder = PlanBuilder(context: context, batch: batch, weights: buffers.weights, gradient: buffers.gradient)
    input = try TensorView(
      TensorDescriptor([batch, model.channels, model.imageSize, model.imageSize], .plain), context)
    let forward = try PlannedForward(model, builder, kind: kind, input: input, buffers: buffers)
    self.forward = builder.takeOperations()
    runningUpdates = forward.normalizations.compactMap { RunningUpdate($0, buffers.statistics) }
    if kind == .training { try forward.planBackward(model, builder, buffers: buffers) }
    backward = builder.takeOperations()
    bindings = builder.finish()
    workspaceBytes = builder.workspaceBytes
  }

  /// Gives every tensor its address. Cheap when nothing changed.
  func bind(workspace: UnsafeMutableRawPointer, images: UnsafePointer<Float>) {
    input.bind(to: UnsafeMutableRawPointer(mutating: images))
    guard workspace != base else { return }
    for (view, offset) in bindings { view.bind(to: workspace + offset) }
    base = workspace
  }

  /// Computes the features, from a stage on.
  ///
  /// In a training plan each block's input lies in a slot of its own, which neither higher blocks nor the backward
  /// operations write: the operations from a stage on can run again on what the last pass left below it.
  /// - Precondition: `stage` is the lowest, or the plan is for training and has run on the current batch.
  func runForward(from stage: ParameterStage, _ context: OneDNNContext, _ profile: OperationProfile?) {
    run(forward, context, profile) { $0.stage >= stage }
  }

  /// Computes the gradients of a selection's weights, except the classifier's, from the features' gradient.
  ///
  /// Batch norm's kernel leaves the gradients of its scale and shift wherever gradients flow.
  func runBackward(_ selection: ParameterSelection, _ context: OneDNNContext, _ profile: OperationProfile?) {
    guard let lowest = selection.lowest else { return }
    run(backward, context, profile) { $0.isNeeded(for: selection, lowest: lowest) }
  }

  private func run(
    _ operations: [StagedOperation], _ context: OneDNNContext, _ profile: OperationProfile?,
    where isNeeded: (StagedOperation) -> Bool
  ) {
    for staged in operations where isNeeded(staged) {
      let operation = staged.operation
      if let profile {
        profile.time(operation.label, implementation: operation.implementation) { operation.execute(context) }
      } else {
        operation.execute(context)
      }
    }
  }

  /// Moves the running statistics of some layers towards the batch statistics of the pass that ran last.
  func updateRunningStatistics(_ layers: ParameterSelection, workspace: UnsafeMutableRawPointer) {
    for update in runningUpdates where layers.contains(update.stage) { update.apply(workspace) }
  }
}

/// One batch-norm layer's running statistics and where a pass leaves the batch's.
private struct RunningUpdate {
  let stage: ParameterStage
  let channels: Int
  /// n / (n - 1): the running variance takes the unbiased estimate (PyTorch).
  let unbiased: Float
  let batch: (mean: WorkspaceSlot, variance: WorkspaceSlot)
  let runningMean: UnsafeMutablePointer<Float>
  let runningVariance: UnsafeMutablePointer<Float>

  /// nil for a layer that was planned under running statistics.
  init?(_ layer: PlannedNormalization, _ statistics: ParameterVector) {
    guard let batch = layer.batchStatistics else { return nil }
    self.batch = batch
    channels = layer.channels
    unbiased = Float(layer.population) / Float(max(layer.population - 1, 1))
    let mean = statistics.layout["\(layer.name).running_mean"]
    stage = mean.stage
    runningMean = statistics.pointer(of: mean)
    runningVariance = statistics.pointer(of: statistics.layout["\(layer.name).running_var"])
  }

  func apply(_ workspace: UnsafeMutableRawPointer) {
    let newest = Float(BatchNorm.momentum)
    let mean = (workspace + batch.mean.offset).assumingMemoryBound(to: Float.self)
    let variance = (workspace + batch.variance.offset).assumingMemoryBound(to: Float.self)
    for c in 0..<channels {
      runningMean[c] += newest * (mean[c] - runningMean[c])
      runningVariance[c] += newest * (variance[c] * unbiased - runningVariance[c])
    }
  }
}

/// The forward operations of a plan and the activations that the backward operations read.
private struct PlannedForward {
  /// A residual block as planned: x -> bn1 -> a1 -> conv1 -> c1 -> bn2 -> a2 -> conv2 -> sum with shortcut.
  struct Block {
    let bn1: PlannedNormalization
    let bn2: PlannedNormalization
    let conv1: PlannedConvolution
    let conv2: PlannedConvolution
    let projection: PlannedConvolution?
    let (x, a1, c1, a2): (TensorView, TensorView, TensorView, TensorView)
  }

  let stem: PlannedConvolution
  let input: TensorView
  private(set) var blocks: [Block] = []
  /// Three slots for the largest activation.
  let rotating: [WorkspaceSlot]
  let last: PlannedNormalization
  /// Input of the last batch norm.
  let lastInput: TensorView
  let pool: KernelDescriptor

  var normalizations: [PlannedNormalization] { blocks.flatMap { [$0.bn1, $0.bn2] } + [last] }

  init(_ model: WideResNet, _ builder: PlanBuilder, kind: PlanKind, input: TensorView, buffers: PlanBuffers)
    throws(OneDNNError)
  {
    self.input = input
    let training = kind == .training
    // Without a backward pass three activations are alive at any time; with one, three gradients are.
    let largest = largestActivation(model, builder)
    let rotating = (0..<3).map { _ in builder.reserve(largest) }
    self.rotating = rotating
    let sharedMask = kind == .features ? builder.reserve(largest) : nil
    /// What no backward operation reads.
    func passing(_ channels: Int, _ size: Int, _ slot: Int) throws(OneDNNError) -> TensorView {
      try builder.view(builder.activation(channels, size), in: rotating[slot])
    }
    func place(_ channels: Int, _ size: Int, _ slot: Int) throws(OneDNNError) -> TensorView {
      training ? try builder.view(builder.activation(channels, size)) : try passing(channels, size, slot)
    }
    func normalize(_ name: String, _ channels: Int, _ size: Int, _ source: TensorView, _ target: TensorView)
      throws(OneDNNError) -> PlannedNormalization
    {
      let statistics: PlanBuilder.Statistics =
        kind == .inference
        ? .running(
          mean: buffers.statistics.pointer(of: buffers.statistics.layout["\(name).running_mean"]),
          variance: buffers.statistics.pointer(of: buffers.statistics.layout["\(name).running_var"]))
        : .batch(mask: sharedMask)
      return try builder.normalization(
        name, channels: channels, size: size, from: source, to: target, statistics: statistics)
    }

    builder.stage = .group1
    var x = try place(WideResNet.stemChannels, model.imageSize, 0)
    stem = try builder.convolution(
      ConvolutionShape(
        weightName: "conv1.weight", inputChannels: model.channels, outputChannels: WideResNet.stemChannels,
        inputSize: model.imageSize, kernel: 3, stride: 1), from: input, to: x)
    var (current, other) = (0, 2)
    for block in model.blocks {
      builder.stage = block.stage
      let (name, middle, size) = (block.name, block.outputChannels, block.inputSize)
      let a1 = try place(block.inputChannels, size, 1)
      let bn1 = try normalize("\(name).bn1", block.inputChannels, size, x, a1)
      let c1 = try place(middle, size, other)
      let conv1 = try builder.convolution(
        ConvolutionShape(
          weightName: "\(name).conv1.weight", inputChannels: block.inputChannels, outputChannels: middle,
          inputSize: size, kernel: 3, stride: 1), from: a1, to: c1)
      let a2 = try place(middle, size, 1)
      let bn2 = try normalize("\(name).bn2", middle, size, c1, a2)
      let output = try place(middle, block.outputSize, other)
      let conv2 = try builder.convolution(
        ConvolutionShape(
          weightName: "\(name).conv2.weight", inputChannels: middle, outputChannels: middle, inputSize: size, kernel: 3,
          stride: block.stride), from: a2, to: output)
      var projection: PlannedConvolution?
      if block.hasProjection {
        let shortcut = try passing(middle, block.outputSize, 1)
        projection = try builder.convolution(
          ConvolutionShape(
            weightName: "\(name).shortcut.0.weight", inputChannels: block.inputChannels, outputChannels: middle,
            inputSize: size, kernel: 1, stride: block.stride), from: x, to: shortcut)
        try builder.add(shortcut, to: output, OperationLabel(.shortcutSum, name))
      } else {
        try builder.add(x, to: output, OperationLabel(.shortcutSum, name))
      }
      blocks.append(
        Block(bn1: bn1, bn2: bn2, conv1: conv1, conv2: conv2, projection: projection, x: x, a1: a1, c1: c1, a2: a2))
      x = output
      swap(&current, &other)
    }
    builder.stage = .group3
    lastInput = x
    let normalized = try passing(model.featureCount, model.pooledSize, 1)
    last = try normalize("bn_out", model.featureCount, model.pooledSize, x, normalized)
    let features = try TensorView(
      builder.activation(model.featureCount, 1), builder.context, at: UnsafeMutableRawPointer(buffers.features))
    pool = try builder.averagePool(from: normalized, size: model.pooledSize, to: features)
  }

  /// Appends the backward operations: the gradient flows from the features through three rotating buffers.
  func planBackward(_ model: WideResNet, _ builder: PlanBuilder, buffers: PlanBuffers) throws(OneDNNError) {
    builder.stage = .group3
    var (here, second, third) = (0, 1, 2)
    func gradient(_ channels: Int, _ size: Int, _ slot: Int) throws(OneDNNError) -> TensorView {
      try builder.view(builder.activation(channels, size), in: rotating[slot])
    }
    let featureGradient = try TensorView(
      builder.activation(model.featureCount, 1), builder.context, at: UnsafeMutableRawPointer(buffers.featureGradient))
    var flowing = try gradient(model.featureCount, model.pooledSize, here)
    try builder.averagePoolBackward(
      pool, size: model.pooledSize, destinationGradient: featureGradient, sourceGradient: flowing)
    try builder.normalizationBackward(
      last, source: lastInput, destinationGradient: flowing, sourceGradient: flowing)
    for (spec, block) in zip(model.blocks, blocks).reversed() {
      builder.stage = spec.stage
      let (middle, size) = (spec.outputChannels, spec.inputSize)
      let below: StagedOperation.Part = spec.isFirstOfStage ? .below : .flow
      let inner = try gradient(middle, size, second)
      try builder.convolutionBackward(
        block.conv2, source: block.a2, destinationGradient: flowing, sourceGradient: inner)
      try builder.normalizationBackward(
        block.bn2, source: block.c1, destinationGradient: inner, sourceGradient: inner)
      let outer = try gradient(spec.inputChannels, size, third)
      try builder.convolutionBackward(block.conv1, source: block.a1, destinationGradient: inner, sourceGradient: outer)
      try builder.normalizationBackward(
        block.bn1, source: block.x, destinationGradient: outer, sourceGradient: outer)
      if let projection = block.projection {
        let shortcut = try gradient(spec.inputChannels, size, second)
        try builder.convolutionBackward(
          projection, source: block.x, destinationGradient: flowing, sourceGradient: shortcut, part: below)
        try builder.add(shortcut, to: outer, OperationLabel(.shortcutGradientSum, spec.name), part: below)
      } else {
        try builder.add(flowing, to: outer, OperationLabel(.shortcutGradientSum, spec.name), part: below)
      }
      flowing = outer
      (here, second, third) = (third, here, second)
    }
    builder.stage = .group1
    try builder.convolutionBackward(stem, source: input, destinationGradient: flowing, sourceGradient: nil)
  }
}

/// Bytes of the largest activation of a pass.
private func largestActivation(_ model: WideResNet, _ builder: PlanBuilder) -> Int {
  model.blocks.map { builder.activation(max($0.inputChannels, $0.outputChannels), $0.inputSize).bytes }.max() ?? 0
}
