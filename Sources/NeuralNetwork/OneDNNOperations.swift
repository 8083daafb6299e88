// The operations a network needs, as oneDNN 2.x kernels: one function for each, from shapes to a kernel. Together with
// OneDNN.swift this is all that calls the library; another version of it would change these two files alone.

import COneDNN

/// How a convolution is computed.
enum ConvolutionAlgorithm: Hashable {
  case direct, winograd

  var raw: dnnl_alg_kind_t {
    switch self {
    case .direct: dnnl_convolution_direct
    case .winograd: dnnl_convolution_winograd
    }
  }
}

/// Kernel, stride and padding of a square window.
struct Window {
  let stride: Int
  let padding: Int

  var strides: [dnnl_dim_t] { [dnnl_dim_t(stride), dnnl_dim_t(stride)] }
  var paddings: [dnnl_dim_t] { [dnnl_dim_t(padding), dnnl_dim_t(padding)] }
}

/// What a tensor is to a kernel.
enum KernelArgument {
  case source, sourceGradient, destination, destinationGradient, weights, weightGradient
  case mean, variance, scaleShift, scaleShiftGradient, workspace, scratchpad
  /// Of a sum.
  case first, second

  var raw: Int32 {
    switch self {
    case .source: DNNL_ARG_SRC
    case .sourceGradient: DNNL_ARG_DIFF_SRC
    case .destination: DNNL_ARG_DST
    case .destinationGradient: DNNL_ARG_DIFF_DST
    case .weights: DNNL_ARG_WEIGHTS
    case .weightGradient: DNNL_ARG_DIFF_WEIGHTS
    case .mean: DNNL_ARG_MEAN
    case .variance: DNNL_ARG_VARIANCE
    case .scaleShift: DNNL_ARG_SCALE_SHIFT
    case .scaleShiftGradient: DNNL_ARG_DIFF_SCALE_SHIFT
    case .workspace: DNNL_ARG_WORKSPACE
    case .scratchpad: DNNL_ARG_SCRATCHPAD
    case .first: DNNL_ARG_SRC_0
    case .second: DNNL_ARG_SRC_1
    }
  }
}

extension KernelDescriptor {
  /// Format of the weights that a convolution wants.
  var weights: TensorDescriptor { tensor(dnnl_query_weights_md) }
  /// Format in which a convolution leaves the gradient of its weights.
  var weightGradient: TensorDescriptor { tensor(dnnl_query_diff_weights_md) }
  /// What a forward batch norm keeps for its backward kernel: the mask of the ReLU.
  var workspace: TensorDescriptor { tensor(dnnl_query_workspace_md) }
  var scratchpad: TensorDescriptor { tensor(dnnl_query_scratchpad_md) }

  /// Weights in a format of the kernel's choice, [out, in, k, k].
  static func convolution(
    _ algorithm: ConvolutionAlgorithm, source: TensorDescriptor, weights: TensorDescriptor,
    destination: TensorDescriptor, _ window: Window, _ context: OneDNNContext, label: String
  ) throws(OneDNNError) -> KernelDescriptor {
    var descriptor = dnnl_convolution_desc_t()
    var (x, w, y) = (source.raw, weights.raw, destination.raw)
    try OneDNN.check(
      dnnl_convolution_forward_desc_init(
        &descriptor, dnnl_forward_training, algorithm.raw, &x, &w, nil, &y, window.strides, window.paddings,
        window.paddings), label)
    return try KernelDescriptor(&descriptor, context, label: label)
  }

  /// - Parameter forward: a forward kernel of the same algorithm.
  static func convolutionWeightGradient(
    _ algorithm: ConvolutionAlgorithm, source: TensorDescriptor, weights: TensorDescriptor,
    destination: TensorDescriptor, _ window: Window, forward: KernelDescriptor, _ context: OneDNNContext, label: String
  ) throws(OneDNNError) -> KernelDescriptor {
    var descriptor = dnnl_convolution_desc_t()
    var (x, w, dy) = (source.raw, weights.raw, destination.raw)
    try OneDNN.check(
      dnnl_convolution_backward_weights_desc_init(
        &descriptor, algorithm.raw, &x, &w, nil, &dy, window.strides, window.paddings, window.paddings), label)
    return try KernelDescriptor(&descriptor, context, forward: forward, label: label)
  }

  /// - Parameter forward: a forward kernel of the same algorithm.
  static func convolutionSourceGradient(
    _ algorithm: ConvolutionAlgorithm, source: TensorDescriptor, weights: TensorDescriptor,
    destination: TensorDescriptor, _ window: Window, forward: KernelDescriptor, _ context: OneDNNContext, label: String
  ) throws(OneDNNError) -> KernelDescriptor {
    var descriptor = dnnl_convolution_desc_t()
    var (dx, w, dy) = (source.raw, weights.raw, destination.raw)
    try OneDNN.check(
      dnnl_convolution_backward_data_desc_init(
        &descriptor, algorithm.raw, &dx, &w, &dy, window.strides, window.paddings, window.paddings), label)
    return try KernelDescriptor(&descriptor, context, forward: forward, label: label)
  }

  /// Batch norm with ReLU, scale and shift as one [2, C].
  /// - Parameter given: whether mean and variance are inputs instead of the batch's.
  static func normalization(
    _ source: TensorDescriptor, givenStatistics given: Bool, epsilon: Double, _ context: OneDNNContext, label: String
  ) throws(OneDNNError) -> KernelDescriptor {
    var descriptor = dnnl_batch_normalization_desc_t()
    var x = source.raw
    var flags = dnnl_use_scaleshift.rawValue | dnnl_fuse_norm_relu.rawValue
    if given { flags |= dnnl_use_global_stats.rawValue }
    try OneDNN.check(
      dnnl_batch_normalization_forward_desc_init(
        &descriptor, given ? dnnl_forward_inference : dnnl_forward_training, &x, Float(epsilon), flags), label)
    return try KernelDescriptor(&descriptor, context, label: label)
  }

  static func normalizationGradient(
    _ source: TensorDescriptor, gradient: TensorDescriptor, epsilon: Double, forward: KernelDescriptor,
    _ context: OneDNNContext, label: String
  ) throws(OneDNNError) -> KernelDescriptor {
    var descriptor = dnnl_batch_normalization_desc_t()
    var (x, dx) = (source.raw, gradient.raw)
    try OneDNN.check(
      dnnl_batch_normalization_backward_desc_init(
        &descriptor, dnnl_backward, &dx, &x, Float(epsilon),
        dnnl_use_scaleshift.rawValue | dnnl_fuse_norm_relu.rawValue), label)
    return try KernelDescriptor(&descriptor, context, forward: forward, label: label)
  }

  /// first + second, of equal shape and format.
  static func sum(_ tensor: TensorDescriptor, _ context: OneDNNContext, label: String) throws(OneDNNError)
    -> KernelDescriptor
  {
    var descriptor = dnnl_binary_desc_t()
    var (a, b, sum) = (tensor.raw, tensor.raw, tensor.raw)
    try OneDNN.check(dnnl_binary_desc_init(&descriptor, dnnl_binary_add, &a, &b, &sum), label)
    return try KernelDescriptor(&descriptor, context, label: label)
  }

  /// Mean over whole maps of `size` x `size`.
  static func averagePool(
    _ source: TensorDescriptor, destination: TensorDescriptor, size: Int, _ context: OneDNNContext, label: String
  ) throws(OneDNNError) -> KernelDescriptor {
    var descriptor = dnnl_pooling_desc_t()
    var (x, y) = (source.raw, destination.raw)
    let (window, zero) = (Window(stride: size, padding: 0), Window(stride: size, padding: 0).paddings)
    try OneDNN.check(
      dnnl_pooling_forward_desc_init(
        &descriptor, dnnl_forward_training, dnnl_pooling_avg_exclude_padding, &x, &y, window.strides, window.strides,
        zero, zero), label)
    return try KernelDescriptor(&descriptor, context, label: label)
  }

  static func averagePoolGradient(
    _ source: TensorDescriptor, destination: TensorDescriptor, size: Int, forward: KernelDescriptor,
    _ context: OneDNNContext, label: String
  ) throws(OneDNNError) -> KernelDescriptor {
    var descriptor = dnnl_pooling_desc_t()
    var (dx, dy) = (source.raw, destination.raw)
    let window = Window(stride: size, padding: 0)
    try OneDNN.check(
      dnnl_pooling_backward_desc_init(
        &descriptor, dnnl_pooling_avg_exclude_padding, &dx, &dy, window.strides, window.strides, window.paddings,
        window.paddings), label)
    return try KernelDescriptor(&descriptor, context, forward: forward, label: label)
  }
}
