// The operations a network needs, as oneDNN kernels: one function for each, from shapes to a kernel. Together with
// OneDNN.swift this is all that calls the library; another version of it would change COneDNN alone.

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

/// Stride and padding of a square window.
struct Window {
  let stride: Int
  let padding: Int
}

/// What a tensor is to a kernel.
enum KernelArgument {
  case source, sourceGradient, destination, destinationGradient, weights, weightGradient
  case mean, variance, scale, scaleGradient, shift, shiftGradient, workspace, scratchpad
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
    case .scale: DNNL_ARG_SCALE
    case .scaleGradient: DNNL_ARG_DIFF_SCALE
    case .shift: DNNL_ARG_SHIFT
    case .shiftGradient: DNNL_ARG_DIFF_SHIFT
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
    try KernelDescriptor(context, label: label) {
      pof_convolution(
        &$0, context.engine, algorithm.raw, source.raw, weights.raw, destination.raw, Int64(window.stride),
        Int64(window.padding), $1)
    }
  }

  /// - Parameter forward: a forward kernel of the same algorithm.
  static func convolutionWeightGradient(
    _ algorithm: ConvolutionAlgorithm, source: TensorDescriptor, weights: TensorDescriptor,
    destination: TensorDescriptor, _ window: Window, forward: KernelDescriptor, _ context: OneDNNContext, label: String
  ) throws(OneDNNError) -> KernelDescriptor {
    try KernelDescriptor(context, label: label) {
      pof_convolution_weight_gradient(
        &$0, context.engine, algorithm.raw, source.raw, weights.raw, destination.raw, Int64(window.stride),
        Int64(window.padding), forward.raw, $1)
    }
  }

  /// - Parameter forward: a forward kernel of the same algorithm.
  static func convolutionSourceGradient(
    _ algorithm: ConvolutionAlgorithm, source: TensorDescriptor, weights: TensorDescriptor,
    destination: TensorDescriptor, _ window: Window, forward: KernelDescriptor, _ context: OneDNNContext, label: String
  ) throws(OneDNNError) -> KernelDescriptor {
    try KernelDescriptor(context, label: label) {
      pof_convolution_source_gradient(
        &$0, context.engine, algorithm.raw, source.raw, weights.raw, destination.raw, Int64(window.stride),
        Int64(window.padding), forward.raw, $1)
    }
  }

  /// Batch norm with scale, shift and ReLU.
  /// - Parameter given: whether mean and variance are inputs instead of the batch's.
  static func normalization(
    _ source: TensorDescriptor, givenStatistics given: Bool, epsilon: Double, _ context: OneDNNContext, label: String
  ) throws(OneDNNError) -> KernelDescriptor {
    try KernelDescriptor(context, label: label) {
      pof_normalization(&$0, context.engine, source.raw, given, Float(epsilon), $1)
    }
  }

  /// Whether the kernel of `normalizationGradient` has the shift among its arguments.
  static var normalizationGradientTakesShift: Bool { pof_normalization_gradient_takes_shift() }

  static func normalizationGradient(
    _ source: TensorDescriptor, gradient: TensorDescriptor, epsilon: Double, forward: KernelDescriptor,
    _ context: OneDNNContext, label: String
  ) throws(OneDNNError) -> KernelDescriptor {
    try KernelDescriptor(context, label: label) {
      pof_normalization_gradient(&$0, context.engine, source.raw, gradient.raw, Float(epsilon), forward.raw, $1)
    }
  }

  /// first + second, of equal shape and format.
  static func sum(_ tensor: TensorDescriptor, _ context: OneDNNContext, label: String) throws(OneDNNError)
    -> KernelDescriptor
  {
    try KernelDescriptor(context, label: label) {
      pof_sum(&$0, context.engine, tensor.raw, tensor.raw, tensor.raw, $1)
    }
  }

  /// Mean over whole maps of `size` x `size`.
  static func averagePool(
    _ source: TensorDescriptor, destination: TensorDescriptor, size: Int, _ context: OneDNNContext, label: String
  ) throws(OneDNNError) -> KernelDescriptor {
    try KernelDescriptor(context, label: label) {
      pof_average_pool(&$0, context.engine, source.raw, destination.raw, Int64(size), $1)
    }
  }

  static func averagePoolGradient(
    _ source: TensorDescriptor, destination: TensorDescriptor, size: Int, forward: KernelDescriptor,
    _ context: OneDNNContext, label: String
  ) throws(OneDNNError) -> KernelDescriptor {
    try KernelDescriptor(context, label: label) {
      pof_average_pool_gradient(&$0, context.engine, source.raw, destination.raw, Int64(size), forward.raw, $1)
    }
  }
}
