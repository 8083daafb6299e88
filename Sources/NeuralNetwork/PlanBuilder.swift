// Turns layers into planned oneDNN operations with places in a workspace. It decides formats and kernels by fixed rules
// (never by timing, which would break equal bytes); which layers there are is NetworkPlan's business.

import TensorCore

/// Collects the operations of one plan and the workspace they need.
final class PlanBuilder {
  let context: OneDNNContext
  let batch: Int
  private let weights: ParameterVector
  private let gradient: ParameterVector
  /// Overrides the rule that chooses between Winograd and direct, for measurements only.
  private let forcedAlgorithm: ConvolutionAlgorithm?
  /// The stage that the operations appended next belong to.
  var stage = ParameterStage.group1
  private(set) var operations: [StagedOperation] = []
  private(set) var workspaceBytes = 0
  private var bindings: [(TensorView, offset: Int)] = []
  private var scratchpads: [TensorView] = []
  /// Weights and their gradients in a kernel's format, each alive between a reorder and the kernel beside it: one slot
  /// serves all, and stays in the processor's cache.
  private var blockedWeights: [TensorView] = []

  init(
    context: OneDNNContext, batch: Int, weights: ParameterVector, gradient: ParameterVector,
    forcedAlgorithm: ConvolutionAlgorithm? = nil
  ) {
    self.forcedAlgorithm = forcedAlgorithm
    self.context = context
    self.batch = batch
    self.weights = weights
    self.gradient = gradient
  }

  // MARK: Memory

  /// Activations between layers: blocked by a vector register's channels, so that convolutions, batch norm and sums
  /// share one format and no reorder stands between them. Images (few channels) stay plain.
  func activation(_ channels: Int, _ size: Int) -> TensorDescriptor {
    TensorDescriptor([batch, channels, size, size], channels % 16 == 0 ? .channelBlocked : .plain)
  }

  /// Reserves workspace at a page boundary.
  func reserve(_ bytes: Int) -> WorkspaceSlot {
    let slot = WorkspaceSlot(offset: workspaceBytes, bytes: bytes)
    workspaceBytes += (bytes + 4095) / 4096 * 4096
    return slot
  }

  /// A tensor that lies in a slot; it has an address after `bind`.
  func view(_ descriptor: TensorDescriptor, in slot: WorkspaceSlot) throws(OneDNNError) -> TensorView {
    precondition(descriptor.bytes <= slot.bytes, "a tensor exceeds its slot")
    let view = try TensorView(descriptor, context)
    bindings.append((view, slot.offset))
    return view
  }

  /// A tensor in a slot of its own.
  func view(_ descriptor: TensorDescriptor) throws(OneDNNError) -> TensorView {
    try view(descriptor, in: reserve(descriptor.bytes))
  }

  /// Ends the list: returns the operations so far and starts the next list (backward after forward).
  func takeOperations() -> [StagedOperation] {
    defer { operations = [] }
    return operations
  }

  /// Reserves what operations share (scratchpad and blocked weights), and returns every tensor's place. Called once,
  /// after the last operation.
  func finish() -> [(TensorView, offset: Int)] {
    func share(_ views: [TensorView]) -> [(TensorView, offset: Int)] {
      let slot = reserve(views.map(\.descriptor.bytes).max() ?? 0)
      return views.map { ($0, slot.offset) }
    }
    return bindings + share(scratchpads) + share(blockedWeights)
  }

  private func append(
    _ kernel: KernelDescriptor, _ arguments: [(KernelArgument, TensorView)], _ label: OperationLabel,
    _ part: StagedOperation.Part = .flow
  ) throws(OneDNNError) {
    var arguments = arguments
    let scratchpad = kernel.scratchpad
    if scratchpad.bytes > 0 {
      let view = try TensorView(scratchpad, context)
      scratchpads.append(view)
      arguments.append((.scratchpad, view))
    }
    operations.append(
      StagedOperation(operation: try PlannedOperation(kernel, arguments, label: label), stage: stage, part: part))
  }

  // MARK: Convolution

  private func weightDescriptor(_ shape: ConvolutionShape, _ format: TensorFormat) -> TensorDescriptor {
    TensorDescriptor([shape.outputChannels, shape.inputChannels, shape.kernel, shape.kernel], format)
  }

  private func blockedView(_ wanted: TensorDescriptor) throws(OneDNNError) -> TensorView {
    let view = try TensorView(wanted, context)
    blockedWeights.append(view)
    return view
  }

  /// The convolution's weights in the format that a kernel wants: the arena itself where it wants OIHW, otherwise a
  /// copy that is made anew before each use.
  private func kernelWeights(
    _ shape: ConvolutionShape, _ wanted: TensorDescriptor, _ part: StagedOperation.Part = .flow
  ) throws(OneDNNError) -> TensorView {
    let plain = weightDescriptor(shape, .plain)
    let arena = try TensorView(plain, context, at: weights.pointer(of: weights.layout[shape.weightName]))
    guard wanted != plain else { return arena }
    let blocked = try blockedView(wanted)
    try append(
      KernelDescriptor(from: plain, to: wanted, context), [(.source, arena), (.destination, blocked)],
      OperationLabel(.weightReorder, shape.layer), part)
    return blocked
  }

  /// Every pass uses the kernels of a training pass: equal images then give equal features whatever the pass is for,
  /// and the kernels for inference would transform all weights anew each time (WRN-28-10: 1.2 s instead of 0.7 s a
  /// batch).
  func convolution(
    _ shape: ConvolutionShape, from source: TensorView, to destination: TensorView
  ) throws(OneDNNError) -> PlannedConvolution {
    func kernel(_ algorithm: ConvolutionAlgorithm) throws(OneDNNError) -> KernelDescriptor {
      try forwardKernel(shape, algorithm, source.descriptor, destination.descriptor)
    }
    let (forward, algorithm) = try preferred(shape, kernel)
    let blocked = try kernelWeights(shape, forward.weights)
    try append(
      forward, [(.source, source), (.weights, blocked), (.destination, destination)],
      OperationLabel(.convolution, shape.layer))
    return PlannedConvolution(shape: shape, forward: forward, algorithm: algorithm)
  }

  /// Gradient of the weights into the gradient arena and, where `sourceGradient` is given, of the input.
  /// - Parameter part: of the input's gradient.
  func convolutionBackward(
    _ planned: PlannedConvolution, source: TensorView, destinationGradient: TensorView, sourceGradient: TensorView?,
    part: StagedOperation.Part = .flow
  ) throws(OneDNNError) {
    let shape = planned.shape
    let anyWeights = weightDescriptor(shape, .any)

    func weightsKernel(_ algorithm: ConvolutionAlgorithm) throws(OneDNNError) -> KernelDescriptor {
      try .convolutionWeightGradient(
        algorithm, source: source.descriptor, weights: anyWeights, destination: destinationGradient.descriptor,
        shape.window, forward: try forwardKernel(planned, algorithm, source.descriptor, destinationGradient.descriptor),
        context, label: "gradient of \(shape.weightName)")
    }
    let (byWeights, _) = try preferred(shape, weightsKernel)
    let plain = weightDescriptor(shape, .plain)
    let wanted = byWeights.weightGradient
    let arena = try TensorView(plain, context, at: gradient.pointer(of: gradient.layout[shape.weightName]))
    let blocked = wanted == plain ? arena : try blockedView(wanted)
    try append(
      byWeights,
      [(.source, source), (.destinationGradient, destinationGradient), (.weightGradient, blocked)],
      OperationLabel(.convolutionWeightGradient, shape.layer), .weights)
    if wanted != plain {
      try append(
        KernelDescriptor(from: wanted, to: plain, context), [(.source, blocked), (.destination, arena)],
        OperationLabel(.gradientReorder, shape.layer), .weights)
    }

    guard let sourceGradient else { return }
    func dataKernel(_ algorithm: ConvolutionAlgorithm) throws(OneDNNError) -> KernelDescriptor {
      try .convolutionSourceGradient(
        algorithm, source: sourceGradient.descriptor, weights: anyWeights,
        destination: destinationGradient.descriptor, shape.window,
        forward: try forwardKernel(planned, algorithm, source.descriptor, destinationGradient.descriptor), context,
        label: "input gradient of \(shape.weightName)")
    }
    let (byData, _) = try preferred(shape, dataKernel)
    let dataWeights = try kernelWeights(shape, byData.weights, part)
    try append(
      byData,
      [(.destinationGradient, destinationGradient), (.weights, dataWeights), (.sourceGradient, sourceGradient)],
      OperationLabel(.convolutionInputGradient, shape.layer), part)
  }

  /// Winograd where the rule prefers it and the processor has it, otherwise direct.
  private func preferred(
    _ shape: ConvolutionShape, _ kernel: (ConvolutionAlgorithm) throws(OneDNNError) -> KernelDescriptor
  ) throws(OneDNNError) -> (KernelDescriptor, ConvolutionAlgorithm) {
    if let forcedAlgorithm { return (try kernel(forcedAlgorithm), forcedAlgorithm) }
    if shape.prefersWinograd {
      do { return (try kernel(.winograd), .winograd) } catch {
        guard error.isUnimplemented else { throw error }
      }
    }
    return (try kernel(.direct), .direct)
  }

  private func forwardKernel(
    _ shape: ConvolutionShape, _ algorithm: ConvolutionAlgorithm, _ source: TensorDescriptor,
    _ destination: TensorDescriptor
  ) throws(OneDNNError) -> KernelDescriptor {
    try .convolution(
      algorithm, source: source, weights: weightDescriptor(shape, .any), destination: destination, shape.window,
      context,
      label: shape.weightName)
  }

  /// A backward kernel must be given a forward kernel of its own algorithm.
  private func forwardKernel(
    _ planned: PlannedConvolution, _ algorithm: ConvolutionAlgorithm, _ source: TensorDescriptor,
    _ destination: TensorDescriptor
  ) throws(OneDNNError) -> KernelDescriptor {
    guard planned.algorithm != algorithm else { return planned.forward }
    return try forwardKernel(planned.shape, algorithm, source, destination)
  }

  // MARK: Batch norm with ReLU

  /// Where a batch norm's mean and variance come from.
  enum Statistics {
    /// Computed from the batch; `mask` is the slot of the ReLU mask.
    case batch(mask: WorkspaceSlot?)
    /// Given: running mean and variance.
    case running(mean: UnsafeMutablePointer<Float>, variance: UnsafeMutablePointer<Float>)
  }

  func normalization(
    _ name: String, channels: Int, size: Int, from source: TensorView, to destination: TensorView,
    statistics: Statistics
  ) throws(OneDNNError) -> PlannedNormalization {
    let given = if case .running = statistics { true } else { false }
    let kernel = try KernelDescriptor.normalization(
      source.descriptor, givenStatistics: given, epsilon: BatchNorm.epsilon, context, label: name)
    let perChannel = TensorDescriptor([channels], .plain)
    var arguments: [(KernelArgument, TensorView)] = [
      (.source, source), (.destination, destination),
      (.scale, try vector("\(name).weight", in: weights)), (.shift, try vector("\(name).bias", in: weights)),
    ]
    let mean: TensorView
    let variance: TensorView
    var batchStatistics: (mean: WorkspaceSlot, variance: WorkspaceSlot)?
    var mask: TensorView?
    switch statistics {
    case .batch(let slot):
      let slots = (mean: reserve(perChannel.bytes), variance: reserve(perChannel.bytes))
      mean = try view(perChannel, in: slots.mean)
      variance = try view(perChannel, in: slots.variance)
      batchStatistics = slots
      let wanted = kernel.workspace
      let maskView = if let slot { try view(wanted, in: slot) } else { try view(wanted) }
      arguments.append((.workspace, maskView))
      mask = maskView
    case .running(let runningMean, let runningVariance):
      mean = try TensorView(perChannel, context, at: runningMean)
      variance = try TensorView(perChannel, context, at: runningVariance)
    }
    arguments += [(.mean, mean), (.variance, variance)]
    try append(kernel, arguments, OperationLabel(.normalization, name))
    return PlannedNormalization(
      name: name, channels: channels, population: batch * size * size, forward: kernel, mean: mean, variance: variance,
      batchStatistics: batchStatistics, mask: mask)
  }

  /// Gradient of scale and shift into the gradient arena, and of the input (which may be `destinationGradient` itself).
  func normalizationBackward(
    _ planned: PlannedNormalization, source: TensorView, destinationGradient: TensorView, sourceGradient: TensorView
  ) throws(OneDNNError) {
    let kernel = try KernelDescriptor.normalizationGradient(
      source.descriptor, gradient: sourceGradient.descriptor, epsilon: BatchNorm.epsilon, forward: planned.forward,
      context, label: "gradient of \(planned.name)")
    var arguments: [(KernelArgument, TensorView)] = [
      (.source, source), (.destinationGradient, destinationGradient), (.sourceGradient, sourceGradient),
      (.mean, planned.mean), (.variance, planned.variance),
      (.scale, try vector("\(planned.name).weight", in: weights)),
      (.scaleGradient, try vector("\(planned.name).weight", in: gradient)),
      (.shiftGradient, try vector("\(planned.name).bias", in: gradient)),
    ]
    if KernelDescriptor.normalizationGradientTakesShift {
      arguments.append((.shift, try vector("\(planned.name).bias", in: weights)))
    }
    if let mask = planned.mask { arguments.append((.workspace, mask)) }
    try append(kernel, arguments, OperationLabel(.normalizationGradient, planned.name))
  }

  /// A vector of the arena, such as a scale.
  private func vector(_ name: String, in arena: ParameterVector) throws(OneDNNError) -> TensorView {
    let tensor = arena.layout[name]
    return try TensorView(TensorDescriptor(tensor.shape, .plain), context, at: arena.pointer(of: tensor))
  }

  // MARK: Sum and pool

  /// target += addend.
  func add(
    _ addend: TensorView, to target: TensorView, _ label: OperationLabel, part: StagedOperation.Part = .flow
  ) throws(OneDNNError) {
    try append(
      .sum(target.descriptor, context, label: "\(label)"),
      [(.first, target), (.second, addend), (.destination, target)], label, part)
  }

  /// Average over the whole map: [batch, C, size, size] to [batch, C, 1, 1].
  func averagePool(from source: TensorView, size: Int, to destination: TensorView) throws(OneDNNError)
    -> KernelDescriptor
  {
    let kernel = try KernelDescriptor.averagePool(
      source.descriptor, destination: destination.descriptor, size: size, context, label: "average pool")
    try append(kernel, [(.source, source), (.destination, destination)], OperationLabel(.pool))
    return kernel
  }

  func averagePoolBackward(
    _ forward: KernelDescriptor, size: Int, destinationGradient: TensorView, sourceGradient: TensorView
  ) throws(OneDNNError) {
    try append(
      .averagePoolGradient(
        sourceGradient.descriptor, destination: destinationGradient.descriptor, size: size, forward: forward, context,
        label: "gradient of average pool"),
      [(.destinationGradient, destinationGradient), (.sourceGradient, sourceGradient)], OperationLabel(.poolGradient))
  }
}
