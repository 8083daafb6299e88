// Turns layers into planned oneDNN operations with places in a workspace. It decides formats and kernels by fixed rules
// (never by timing, which would break equal bytes); which layers there are is NetworkPlan's business.

import COneDNN
import TensorCore

/// A place in the workspace, in bytes from its start.
struct WorkspaceSlot {
  let offset: Int
  let bytes: Int
}

/// What the builder needs to know of a convolution.
struct ConvolutionShape {
  /// Name of its weight in the parameter layout.
  let weightName: String
  let inputChannels: Int
  let outputChannels: Int
  /// Height and width of the input.
  let inputSize: Int
  let kernel: Int
  let stride: Int

  var outputSize: Int { inputSize / stride }
  var padding: Int { kernel / 2 }

  /// Winograd needs stride 1 and a 3x3 kernel; from 16 input channels on it is faster than direct convolution in every
  /// direction and shape that was measured (docs/performance.md). Where the processor has no such kernel, planning
  /// falls back to direct.
  var prefersWinograd: Bool { kernel == 3 && stride == 1 && inputChannels >= 16 }
}

/// A convolution that was planned for a forward pass, with what its backward pass needs.
struct PlannedConvolution {
  let shape: ConvolutionShape
  let forward: KernelDescriptor
  let algorithm: dnnl_alg_kind_t
}

/// A batch norm with ReLU that was planned for a forward pass, with what its backward pass needs.
struct PlannedNormalization {
  let name: String
  let channels: Int
  /// Elements that each channel's statistics average over.
  let population: Int
  let forward: KernelDescriptor
  let mean: TensorView
  let variance: TensorView
  /// Where a pass under batch statistics leaves them; nil under running statistics.
  let batchStatistics: (mean: WorkspaceSlot, variance: WorkspaceSlot)?
  let mask: TensorView?
}

/// Collects the operations of one plan and the workspace they need.
final class PlanBuilder {
  let context: OneDNNContext
  let batch: Int
  private let weights: ParameterVector
  private let gradient: ParameterVector
  /// Overrides the rule that chooses between Winograd and direct, for measurements only.
  private let forcedAlgorithm: dnnl_alg_kind_t?
  private(set) var operations: [PlannedOperation] = []
  private(set) var workspaceBytes = 0
  private var bindings: [(TensorView, offset: Int)] = []
  private var scratchpads: [TensorView] = []

  init(
    context: OneDNNContext, batch: Int, weights: ParameterVector, gradient: ParameterVector,
    forcedAlgorithm: dnnl_alg_kind_t? = nil
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
    let tag = channels % 16 != 0 ? dnnl_nchw : OneDNN.usesAVX512 ? dnnl_nChw16c : dnnl_nChw8c
    return TensorDescriptor([batch, channels, size, size], tag)
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
  func takeOperations() -> [PlannedOperation] {
    defer { operations = [] }
    return operations
  }

  /// Reserves the shared scratchpad, and returns every tensor's place. Called once, after the last operation.
  func finish() -> [(TensorView, offset: Int)] {
    let scratchpad = reserve(scratchpads.map(\.descriptor.bytes).max() ?? 0)
    return bindings + scratchpads.map { ($0, scratchpad.offset) }
  }

  private func append(_ kernel: KernelDescriptor, _ arguments: [(Int32, TensorView)], label: String)
    throws(OneDNNError)
  {
    var arguments = arguments
    let scratchpad = kernel.tensor(dnnl_query_scratchpad_md)
    if scratchpad.bytes > 0 {
      let view = try TensorView(scratchpad, context)
      scratchpads.append(view)
      arguments.append((DNNL_ARG_SCRATCHPAD, view))
    }
    operations.append(try PlannedOperation(kernel, arguments, label: label))
  }

  // MARK: Convolution

  private func weightDescriptor(_ shape: ConvolutionShape, _ tag: dnnl_format_tag_t) -> TensorDescriptor {
    TensorDescriptor([shape.outputChannels, shape.inputChannels, shape.kernel, shape.kernel], tag)
  }

  /// The convolution's weights in the format that a kernel wants: the arena itself where it wants OIHW, otherwise a copy
  /// that is made anew before each use.
  private func kernelWeights(_ shape: ConvolutionShape, _ wanted: TensorDescriptor) throws(OneDNNError) -> TensorView {
    let plain = weightDescriptor(shape, dnnl_oihw)
    let arena = try TensorView(plain, context, at: weights.pointer(of: weights.layout[shape.weightName]))
    guard wanted != plain else { return arena }
    let blocked = try view(wanted)
    try append(
      KernelDescriptor(from: plain, to: wanted, context), [(DNNL_ARG_FROM, arena), (DNNL_ARG_TO, blocked)],
      label: "reorder \(shape.weightName)")
    return blocked
  }

  /// Every pass uses the kernels of a training pass: equal images then give equal features whatever the pass is for, and
  /// the kernels for inference would transform all weights anew each time (WRN-28-10: 1.2 s instead of 0.7 s a batch).
  func convolution(
    _ shape: ConvolutionShape, from source: TensorView, to destination: TensorView
  ) throws(OneDNNError) -> PlannedConvolution {
    func kernel(_ algorithm: dnnl_alg_kind_t) throws(OneDNNError) -> KernelDescriptor {
      var descriptor = dnnl_convolution_desc_t()
      var (x, w, y) = (
        source.descriptor.raw, weightDescriptor(shape, dnnl_format_tag_any).raw, destination.descriptor.raw
      )
      let (stride, padding) = (pair(shape.stride), pair(shape.padding))
      try OneDNN.check(
        dnnl_convolution_forward_desc_init(
          &descriptor, dnnl_forward_training, algorithm, &x, &w, nil, &y, stride,
          padding, padding), shape.weightName)
      return try KernelDescriptor(&descriptor, context, label: shape.weightName)
    }
    let (forward, algorithm) = try preferred(shape, kernel)
    let blocked = try kernelWeights(shape, forward.tensor(dnnl_query_weights_md))
    try append(
      forward, [(DNNL_ARG_SRC, source), (DNNL_ARG_WEIGHTS, blocked), (DNNL_ARG_DST, destination)],
      label: "forward \(shape.weightName)")
    return PlannedConvolution(shape: shape, forward: forward, algorithm: algorithm)
  }

  /// Gradient of the weights into the gradient arena and, where `sourceGradient` is given, of the input.
  func convolutionBackward(
    _ planned: PlannedConvolution, source: TensorView, destinationGradient: TensorView, sourceGradient: TensorView?
  ) throws(OneDNNError) {
    let shape = planned.shape
    let (stride, padding) = (pair(shape.stride), pair(shape.padding))

    func weightsKernel(_ algorithm: dnnl_alg_kind_t) throws(OneDNNError) -> KernelDescriptor {
      let forward = try forwardHint(planned, algorithm, source.descriptor, destinationGradient.descriptor)
      var descriptor = dnnl_convolution_desc_t()
      var (x, w) = (source.descriptor.raw, weightDescriptor(shape, dnnl_format_tag_any).raw)
      var dy = destinationGradient.descriptor.raw
      try OneDNN.check(
        dnnl_convolution_backward_weights_desc_init(&descriptor, algorithm, &x, &w, nil, &dy, stride, padding, padding),
        shape.weightName)
      return try KernelDescriptor(&descriptor, context, forward: forward, label: "gradient of \(shape.weightName)")
    }
    let (byWeights, _) = try preferred(shape, weightsKernel)
    let plain = weightDescriptor(shape, dnnl_oihw)
    let wanted = byWeights.tensor(dnnl_query_diff_weights_md)
    let arena = try TensorView(plain, context, at: gradient.pointer(of: gradient.layout[shape.weightName]))
    let blocked = wanted == plain ? arena : try view(wanted)
    try append(
      byWeights,
      [(DNNL_ARG_SRC, source), (DNNL_ARG_DIFF_DST, destinationGradient), (DNNL_ARG_DIFF_WEIGHTS, blocked)],
      label: "backward weights \(shape.weightName)")
    if wanted != plain {
      try append(
        KernelDescriptor(from: wanted, to: plain, context), [(DNNL_ARG_FROM, blocked), (DNNL_ARG_TO, arena)],
        label: "reorder gradient \(shape.weightName)")
    }

    guard let sourceGradient else { return }
    func dataKernel(_ algorithm: dnnl_alg_kind_t) throws(OneDNNError) -> KernelDescriptor {
      let forward = try forwardHint(planned, algorithm, source.descriptor, destinationGradient.descriptor)
      var descriptor = dnnl_convolution_desc_t()
      var (dx, w) = (sourceGradient.descriptor.raw, weightDescriptor(shape, dnnl_format_tag_any).raw)
      var dy = destinationGradient.descriptor.raw
      try OneDNN.check(
        dnnl_convolution_backward_data_desc_init(&descriptor, algorithm, &dx, &w, &dy, stride, padding, padding),
        shape.weightName)
      return try KernelDescriptor(
        &descriptor, context, forward: forward, label: "input gradient of \(shape.weightName)")
    }
    let (byData, _) = try preferred(shape, dataKernel)
    let dataWeights = try kernelWeights(shape, byData.tensor(dnnl_query_weights_md))
    try append(
      byData,
      [(DNNL_ARG_DIFF_DST, destinationGradient), (DNNL_ARG_WEIGHTS, dataWeights), (DNNL_ARG_DIFF_SRC, sourceGradient)],
      label: "backward data \(shape.weightName)")
  }

  /// Winograd where the rule prefers it and the processor has it, otherwise direct.
  private func preferred(
    _ shape: ConvolutionShape, _ kernel: (dnnl_alg_kind_t) throws(OneDNNError) -> KernelDescriptor
  ) throws(OneDNNError) -> (KernelDescriptor, dnnl_alg_kind_t) {
    if let forcedAlgorithm { return (try kernel(forcedAlgorithm), forcedAlgorithm) }
    if shape.prefersWinograd {
      do { return (try kernel(dnnl_convolution_winograd), dnnl_convolution_winograd) } catch {
        guard error.status == dnnl_unimplemented.rawValue else { throw error }
      }
    }
    return (try kernel(dnnl_convolution_direct), dnnl_convolution_direct)
  }

  /// A backward kernel must be given a forward kernel of its own algorithm.
  private func forwardHint(
    _ planned: PlannedConvolution, _ algorithm: dnnl_alg_kind_t, _ source: TensorDescriptor,
    _ destination: TensorDescriptor
  ) throws(OneDNNError) -> KernelDescriptor {
    guard planned.algorithm != algorithm else { return planned.forward }
    let shape = planned.shape
    var descriptor = dnnl_convolution_desc_t()
    var (x, w, y) = (source.raw, weightDescriptor(shape, dnnl_format_tag_any).raw, destination.raw)
    try OneDNN.check(
      dnnl_convolution_forward_desc_init(
        &descriptor, dnnl_forward_training, algorithm, &x, &w, nil, &y, pair(shape.stride), pair(shape.padding),
        pair(shape.padding)), shape.weightName)
    return try KernelDescriptor(&descriptor, context, label: shape.weightName)
  }

  private func pair(_ value: Int) -> [dnnl_dim_t] { [dnnl_dim_t(value), dnnl_dim_t(value)] }

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
    var flags = dnnl_use_scaleshift.rawValue | dnnl_fuse_norm_relu.rawValue
    var kind = dnnl_forward_training
    if case .running = statistics {
      flags |= dnnl_use_global_stats.rawValue
      kind = dnnl_forward_inference
    }
    var descriptor = dnnl_batch_normalization_desc_t()
    var x = source.descriptor.raw
    try OneDNN.check(
      dnnl_batch_normalization_forward_desc_init(&descriptor, kind, &x, Float(BatchNorm.epsilon), flags), name)
    let kernel = try KernelDescriptor(&descriptor, context, label: name)
    let perChannel = TensorDescriptor([channels], dnnl_x)
    var arguments: [(Int32, TensorView)] = [
      (DNNL_ARG_SRC, source), (DNNL_ARG_DST, destination),
      (DNNL_ARG_SCALE_SHIFT, try scaleShift(name, channels, in: weights)),
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
      let wanted = kernel.tensor(dnnl_query_workspace_md)
      let maskView = if let slot { try view(wanted, in: slot) } else { try view(wanted) }
      arguments.append((DNNL_ARG_WORKSPACE, maskView))
      mask = maskView
    case .running(let runningMean, let runningVariance):
      mean = try TensorView(perChannel, context, at: runningMean)
      variance = try TensorView(perChannel, context, at: runningVariance)
    }
    arguments += [(DNNL_ARG_MEAN, mean), (DNNL_ARG_VARIANCE, variance)]
    try append(kernel, arguments, label: "forward \(name)")
    return PlannedNormalization(
      name: name, channels: channels, population: batch * size * size, forward: kernel, mean: mean, variance: variance,
      batchStatistics: batchStatistics, mask: mask)
  }

  /// Gradient of scale and shift into the gradient arena, and of the input (which may be `destinationGradient` itself).
  func normalizationBackward(
    _ planned: PlannedNormalization, source: TensorView, destinationGradient: TensorView, sourceGradient: TensorView
  ) throws(OneDNNError) {
    var descriptor = dnnl_batch_normalization_desc_t()
    var (x, dx) = (source.descriptor.raw, sourceGradient.descriptor.raw)
    try OneDNN.check(
      dnnl_batch_normalization_backward_desc_init(
        &descriptor, dnnl_backward, &dx, &x, Float(BatchNorm.epsilon),
        dnnl_use_scaleshift.rawValue | dnnl_fuse_norm_relu.rawValue), planned.name)
    let kernel = try KernelDescriptor(
      &descriptor, context, forward: planned.forward, label: "gradient of \(planned.name)")
    var arguments: [(Int32, TensorView)] = [
      (DNNL_ARG_SRC, source), (DNNL_ARG_DIFF_DST, destinationGradient), (DNNL_ARG_DIFF_SRC, sourceGradient),
      (DNNL_ARG_MEAN, planned.mean), (DNNL_ARG_VARIANCE, planned.variance),
      (DNNL_ARG_SCALE_SHIFT, try scaleShift(planned.name, planned.channels, in: weights)),
      (DNNL_ARG_DIFF_SCALE_SHIFT, try scaleShift(planned.name, planned.channels, in: gradient)),
    ]
    if let mask = planned.mask { arguments.append((DNNL_ARG_WORKSPACE, mask)) }
    try append(kernel, arguments, label: "backward \(planned.name)")
  }

  /// Scale and shift as oneDNN's [2, C]: neighbours in the arena.
  private func scaleShift(_ name: String, _ channels: Int, in arena: ParameterVector) throws(OneDNNError) -> TensorView
  {
    let scale = arena.layout["\(name).weight"]
    precondition(arena.layout["\(name).bias"].range.lowerBound == scale.range.upperBound, "scale and shift are apart")
    return try TensorView(TensorDescriptor([2, channels], dnnl_ab), context, at: arena.pointer(of: scale))
  }

  // MARK: Sum and pool

  /// target += addend.
  func add(_ addend: TensorView, to target: TensorView, label: String) throws(OneDNNError) {
    var descriptor = dnnl_binary_desc_t()
    var (a, b, sum) = (target.descriptor.raw, addend.descriptor.raw, target.descriptor.raw)
    try OneDNN.check(dnnl_binary_desc_init(&descriptor, dnnl_binary_add, &a, &b, &sum), label)
    try append(
      KernelDescriptor(&descriptor, context, label: label),
      [(DNNL_ARG_SRC_0, target), (DNNL_ARG_SRC_1, addend), (DNNL_ARG_DST, target)], label: label)
  }

  /// Average over the whole map: [batch, C, size, size] to [batch, C, 1, 1].
  func averagePool(from source: TensorView, size: Int, to destination: TensorView) throws(OneDNNError)
    -> KernelDescriptor
  {
    var descriptor = dnnl_pooling_desc_t()
    var (x, y) = (source.descriptor.raw, destination.descriptor.raw)
    try OneDNN.check(
      dnnl_pooling_forward_desc_init(
        &descriptor, dnnl_forward_training, dnnl_pooling_avg_exclude_padding, &x, &y, pair(size), pair(size), pair(0),
        pair(0)), "average pool")
    let kernel = try KernelDescriptor(&descriptor, context, label: "average pool")
    try append(kernel, [(DNNL_ARG_SRC, source), (DNNL_ARG_DST, destination)], label: "forward average pool")
    return kernel
  }

  func averagePoolBackward(
    _ forward: KernelDescriptor, size: Int, destinationGradient: TensorView, sourceGradient: TensorView
  ) throws(OneDNNError) {
    var descriptor = dnnl_pooling_desc_t()
    var (dx, dy) = (sourceGradient.descriptor.raw, destinationGradient.descriptor.raw)
    try OneDNN.check(
      dnnl_pooling_backward_desc_init(
        &descriptor, dnnl_pooling_avg_exclude_padding, &dx, &dy, pair(size), pair(size), pair(0), pair(0)),
      "average pool")
    try append(
      KernelDescriptor(&descriptor, context, forward: forward, label: "gradient of average pool"),
      [(DNNL_ARG_DIFF_DST, destinationGradient), (DNNL_ARG_DIFF_SRC, sourceGradient)], label: "backward average pool")
  }
}
