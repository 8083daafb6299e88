// oneDNN's C API in Swift: handles with owners, errors with names. Which kernels there are is OneDNNOperations' business;
// no other file calls the library. It knows nothing of networks, nor of the library's version, which is COneDNN's business.

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

  /// Whether there are Winograd convolutions here.
  static var hasWinograd: Bool { pof_has_winograd() && usesAVX512 }

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
final class TensorDescriptor: Equatable {
  let raw: pof_tensor_t

  /// - Parameter raw: a handle to own.
  init(owning raw: pof_tensor_t) { self.raw = raw }

  /// - Parameter shape: of one, two or four dimensions; four where channels are blocked.
  init(_ shape: [Int], _ format: TensorFormat) {
    let tag =
      switch format {
      case .any: dnnl_format_tag_any
      case .plain: shape.count == 1 ? dnnl_a : shape.count == 2 ? dnnl_ab : dnnl_abcd
      case .channelBlocked: OneDNN.usesAVX512 ? dnnl_nChw16c : dnnl_nChw8c
      }
    var raw: pof_tensor_t?
    let status = pof_tensor_create(&raw, Int32(shape.count), shape.map(Int64.init), tag)
    guard status == dnnl_success, let raw else { preconditionFailure("memory format does not fit shape \(shape)") }
    self.raw = raw
  }

  deinit { pof_tensor_destroy(raw) }

  var bytes: Int { pof_tensor_bytes(raw) }

  static func == (left: TensorDescriptor, right: TensorDescriptor) -> Bool { pof_tensor_equal(left.raw, right.raw) }
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
    var handle: dnnl_memory_t?
    try OneDNN.check(pof_memory_create(&handle, descriptor.raw, context.engine, address), "a memory object")
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

  /// - Parameter create: one of COneDNN's functions, which leaves a kernel with the given attributes in its first
  ///   argument.
  init(
    _ context: OneDNNContext, label: @autoclosure () -> String,
    _ create: (inout dnnl_primitive_desc_t?, dnnl_primitive_attr_t) -> dnnl_status_t
  ) throws(OneDNNError) {
    self.context = context
    var attributes: dnnl_primitive_attr_t?
    try OneDNN.check(dnnl_primitive_attr_create(&attributes), label())
    guard let attributes else { throw OneDNNError(operation: label(), status: dnnl_runtime_error.rawValue) }
    defer { dnnl_primitive_attr_destroy(attributes) }
    // One scratchpad serves all primitives, which never run at the same time.
    try OneDNN.check(dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user), label())
    var descriptor: dnnl_primitive_desc_t?
    try OneDNN.check(create(&descriptor, attributes), label())
    guard let descriptor else { throw OneDNNError(operation: label(), status: dnnl_runtime_error.rawValue) }
    raw = descriptor
  }

  /// A copy between formats.
  convenience init(from source: TensorDescriptor, to target: TensorDescriptor, _ context: OneDNNContext)
    throws(OneDNNError)
  {
    try self.init(context, label: "a reorder") { pof_reorder(&$0, context.engine, source.raw, target.raw, $1) }
  }

  deinit { dnnl_primitive_desc_destroy(raw) }

  /// A tensor as the kernel wants it; of no bytes where it has none of the kind.
  func tensor(_ query: dnnl_query_t) -> TensorDescriptor {
    var tensor: pof_tensor_t?
    let status = pof_kernel_tensor(raw, query, &tensor)
    guard status == dnnl_success, let tensor else { preconditionFailure("a kernel does not know its own tensors") }
    return TensorDescriptor(owning: tensor)
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
