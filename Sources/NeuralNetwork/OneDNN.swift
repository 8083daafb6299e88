// oneDNN's C API in Swift: handles with owners, errors with names. Which kernels there are is OneDNNOperations' business;
// no other file calls the library. It knows nothing of networks.

import COneDNN

/// A call that oneDNN refused.
public struct OneDNNError: Error, CustomStringConvertible {
  public let operation: String
  public let status: UInt32

  static func outOfMemory(_ operation: String) -> OneDNNError {
    OneDNNError(operation: operation, status: dnnl_out_of_memory.rawValue)
  }

  /// Whether the library has no kernel for the operation.
  var isUnimplemented: Bool { status == dnnl_unimplemented.rawValue }

  public var description: String {
    let reason =
      switch status {
      case dnnl_out_of_memory.rawValue: "out of memory; choose a smaller batch or network"
      case dnnl_unimplemented.rawValue: "no kernel for this shape on this processor"
      default: "status \(status)"
      }
    return "oneDNN cannot set up \(operation): \(reason)"
  }
}

/// Version and threads of the library.
public enum OneDNN {
  /// Such as `2.6.3`.
  public static var version: String {
    guard let version = dnnl_version()?.pointee else { return "unknown" }
    return "\(version.major).\(version.minor).\(version.patch)"
  }

  /// The vector instructions that kernels may use here, as oneDNN's bits: they choose the kernels, and so the bits of
  /// results. A virtual machine may hide some under the same processor's name.
  public static var instructions: String {
    "0x" + String(dnnl_get_effective_cpu_isa().rawValue, radix: 16)
  }

  /// Sets the size of the calling thread's OpenMP team. Call it on the training thread before any primitive executes;
  /// other threads are not affected.
  public static func useThreads(_ count: Int) { omp_set_num_threads(Int32(count)) }

  /// The widest vector instructions that kernels use here, for the fixed choices that depend on them.
  static var usesAVX512: Bool {
    let isa = dnnl_get_effective_cpu_isa().rawValue
    return isa & dnnl_cpu_isa_avx512_core.rawValue == dnnl_cpu_isa_avx512_core.rawValue
  }

  static func check(_ status: dnnl_status_t, _ operation: @autoclosure () -> String) throws(OneDNNError) {
    guard status == dnnl_success else { throw OneDNNError(operation: operation(), status: status.rawValue) }
  }
}

/// The CPU engine and its in-order stream.
final class OneDNNContext {
  let engine: dnnl_engine_t
  let stream: dnnl_stream_t

  init() throws(OneDNNError) {
    var engine: dnnl_engine_t?
    try OneDNN.check(dnnl_engine_create(&engine, dnnl_cpu, 0), "the CPU engine")
    guard let engine else { throw OneDNNError(operation: "the CPU engine", status: dnnl_runtime_error.rawValue) }
    var stream: dnnl_stream_t?
    try OneDNN.check(dnnl_stream_create(&stream, engine, UInt32(dnnl_stream_default_flags.rawValue)), "a stream")
    guard let stream else { throw OneDNNError(operation: "a stream", status: dnnl_runtime_error.rawValue) }
    self.engine = engine
    self.stream = stream
  }

  deinit {
    dnnl_stream_destroy(stream)
    dnnl_engine_destroy(engine)
  }
}

/// How a tensor lies in memory.
enum TensorFormat {
  /// For oneDNN to choose.
  case any
  /// Row-major.
  case plain
  /// [n, c, h, w] with channels in blocks of a vector register: 16 with AVX-512, otherwise 8.
  case channelBlocked
}

/// Shape and memory format of a float tensor.
struct TensorDescriptor: Equatable {
  var raw: dnnl_memory_desc_t

  init(_ raw: dnnl_memory_desc_t) { self.raw = raw }

  /// - Parameter shape: of one, two or four dimensions; four where channels are blocked.
  init(_ shape: [Int], _ format: TensorFormat) {
    raw = dnnl_memory_desc_t()
    let tag =
      switch format {
      case .any: dnnl_format_tag_any
      case .plain: shape.count == 1 ? dnnl_a : shape.count == 2 ? dnnl_ab : dnnl_abcd
      case .channelBlocked: OneDNN.usesAVX512 ? dnnl_nChw16c : dnnl_nChw8c
      }
    let status = dnnl_memory_desc_init_by_tag(&raw, Int32(shape.count), shape.map(Int64.init), dnnl_f32, tag)
    precondition(status == dnnl_success, "memory format does not fit shape \(shape)")
  }

  var bytes: Int {
    withUnsafePointer(to: raw) { dnnl_memory_desc_get_size($0) }
  }

  static func == (left: Self, right: Self) -> Bool {
    withUnsafePointer(to: left.raw) { l in withUnsafePointer(to: right.raw) { r in dnnl_memory_desc_equal(l, r) != 0 } }
  }
}

/// A descriptor with an address, which may change between executions (`bind`).
final class TensorView {
  let descriptor: TensorDescriptor
  let handle: dnnl_memory_t
  /// The engine outlives what was made with it.
  private let context: OneDNNContext

  init(_ descriptor: TensorDescriptor, _ context: OneDNNContext, at address: UnsafeMutableRawPointer? = nil)
    throws(OneDNNError)
  {
    self.descriptor = descriptor
    self.context = context
    var raw = descriptor.raw
    var handle: dnnl_memory_t?
    try OneDNN.check(dnnl_memory_create(&handle, &raw, context.engine, address), "a memory object")
    guard let handle else { throw OneDNNError(operation: "a memory object", status: dnnl_runtime_error.rawValue) }
    self.handle = handle
  }

  deinit { dnnl_memory_destroy(handle) }

  func bind(to address: UnsafeMutableRawPointer) {
    let status = dnnl_memory_set_data_handle(handle, address)
    precondition(status == dnnl_success, "a memory object refuses its address")
  }
}

/// A primitive descriptor: the kernel that oneDNN chose for an operation.
final class KernelDescriptor {
  let raw: dnnl_primitive_desc_t
  private let context: OneDNNContext

  /// - Parameters:
  ///   - operation: an initialised operation descriptor, such as `dnnl_convolution_desc_t`.
  ///   - forward: the forward kernel that a backward kernel belongs to.
  init(
    _ operation: UnsafeRawPointer, _ context: OneDNNContext, forward: KernelDescriptor? = nil,
    label: @autoclosure () -> String
  ) throws(OneDNNError) {
    self.context = context
    var attributes: dnnl_primitive_attr_t?
    try OneDNN.check(dnnl_primitive_attr_create(&attributes), label())
    defer { dnnl_primitive_attr_destroy(attributes) }
    // One scratchpad serves all primitives, which never run at the same time.
    try OneDNN.check(dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user), label())
    var descriptor: dnnl_primitive_desc_t?
    try OneDNN.check(
      dnnl_primitive_desc_create(&descriptor, operation, attributes, context.engine, forward?.raw), label())
    guard let descriptor else { throw OneDNNError(operation: label(), status: dnnl_runtime_error.rawValue) }
    raw = descriptor
  }

  /// A copy between formats.
  init(from source: TensorDescriptor, to target: TensorDescriptor, _ context: OneDNNContext) throws(OneDNNError) {
    self.context = context
    var attributes: dnnl_primitive_attr_t?
    try OneDNN.check(dnnl_primitive_attr_create(&attributes), "a reorder")
    defer { dnnl_primitive_attr_destroy(attributes) }
    try OneDNN.check(dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user), "a reorder")
    var (source, target) = (source.raw, target.raw)
    var descriptor: dnnl_primitive_desc_t?
    try OneDNN.check(
      dnnl_reorder_primitive_desc_create(&descriptor, &source, context.engine, &target, context.engine, attributes),
      "a reorder")
    guard let descriptor else { throw OneDNNError(operation: "a reorder", status: dnnl_runtime_error.rawValue) }
    raw = descriptor
  }

  deinit { dnnl_primitive_desc_destroy(raw) }

  func tensor(_ query: dnnl_query_t) -> TensorDescriptor {
    guard let raw = dnnl_primitive_desc_query_md(raw, query, 0) else { return TensorDescriptor(dnnl_memory_desc_t()) }
    return TensorDescriptor(raw.pointee)
  }

  /// oneDNN's name of the kernel, such as `jit_wino_4x3:avx512_core`.
  var implementation: String {
    var name: UnsafePointer<CChar>?
    guard dnnl_primitive_desc_query(raw, dnnl_query_impl_info_str, 0, &name) == dnnl_success, let name else {
      return "unknown"
    }
    return String(cString: name)
  }
}

/// A primitive with its arguments: one entry of a plan. Executing it allocates nothing of ours.
final class PlannedOperation {
  let label: OperationLabel
  let implementation: String
  private let primitive: dnnl_primitive_t
  private let arguments: UnsafeMutableBufferPointer<dnnl_exec_arg_t>
  /// Keeps kernel and memory objects alive.
  private let kernel: KernelDescriptor
  private let views: [TensorView]

  init(_ kernel: KernelDescriptor, _ arguments: [(KernelArgument, TensorView)], label: OperationLabel)
    throws(OneDNNError)
  {
    var primitive: dnnl_primitive_t?
    try OneDNN.check(dnnl_primitive_create(&primitive, kernel.raw), "\(label)")
    guard let primitive else { throw OneDNNError(operation: "\(label)", status: dnnl_runtime_error.rawValue) }
    self.primitive = primitive
    self.label = label
    self.kernel = kernel
    implementation = kernel.implementation
    views = arguments.map(\.1)
    self.arguments = .allocate(capacity: arguments.count)
    _ = self.arguments.initialize(
      from: arguments.map { dnnl_exec_arg_t(arg: $0.0.raw, memory: $0.1.handle) })
  }

  deinit {
    dnnl_primitive_destroy(primitive)
    arguments.deallocate()
  }

  func execute(_ context: OneDNNContext) {
    let status = dnnl_primitive_execute(primitive, context.stream, Int32(arguments.count), arguments.baseAddress)
    precondition(status == dnnl_success, "oneDNN failed while executing \(label): status \(status.rawValue)")
  }
}
