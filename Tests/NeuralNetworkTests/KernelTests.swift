import COneDNN
import TensorCore
import Testing

@testable import NeuralNetwork

/// Every convolution shape of the networks in use, fast against naive: forward, backward data, backward weights.
@Suite(.serialized) struct KernelTests {
  struct Case: CustomTestStringConvertible {
    let (input, output, size, kernel, stride): (Int, Int, Int, Int, Int)
    let winograd: Bool
    var testDescription: String { "\(input)->\(output) \(size)x\(size) k\(kernel) s\(stride)" }
  }

  static let cases: [Case] = {
    var cases = [
      Case(input: 1, output: 16, size: 28, kernel: 3, stride: 1, winograd: false),
      Case(input: 3, output: 16, size: 32, kernel: 3, stride: 1, winograd: false),
    ]
    // WRN-10-1 and 10-2 on 28x28, WRN-16-4 on 32x32, the widest of WRN-28-10 at its smallest map.
    for (width, size) in [(1, 28), (2, 28), (4, 32), (10, 8)] {
      for group in 0..<3 {
        let output = (16 * width) << group
        let input = group == 0 ? 16 : output / 2
        let here = width == 10 ? 8 : size >> max(0, group - 1)
        let stride = group == 0 ? 1 : 2
        cases.append(Case(input: input, output: output, size: here, kernel: 3, stride: 1, winograd: true))
        cases.append(Case(input: output, output: output, size: here, kernel: 3, stride: stride, winograd: stride == 1))
        if input != output || stride != 1 {
          cases.append(Case(input: input, output: output, size: here, kernel: 1, stride: stride, winograd: false))
        }
      }
    }
    return cases
  }()

  /// Relative distances of fast from naive, and the kernels that were chosen.
  struct Outcome {
    var forward = Double.nan
    var weights = Double.nan
    /// nil for the stem, whose input needs no gradient.
    var data: Double?
    var implementations: [String] = []
  }

  @Test(arguments: cases) func convolution(_ test: Case) throws {
    let outcome = try ComputeThread.shared.perform { try Self.run(test) }
    #expect(outcome.forward <= 5e-6)
    #expect(outcome.weights <= 5e-6)
    if let data = outcome.data { #expect(data <= 5e-6) } else { #expect(test.input < 16) }
    if OneDNN.usesAVX512 {
      #expect(outcome.implementations.contains { $0.contains("wino") } == test.winograd)
    }
  }

  static func run(_ test: Case) throws -> Outcome {
    var outcome = Outcome()
    let batch = 1
    var layout = ParameterLayout()
    let weightShape = [test.output, test.input, test.kernel, test.kernel]
    layout.append("w", shape: weightShape, section: .extractor)
    let (weights, gradient) = (ParameterVector(layout: layout), ParameterVector(layout: layout))
    let stream = RandomStream(seed: 1, purpose: .initialization)
    func draw(_ count: Int, epoch: Int) -> [Double] {
      (0..<count).map { Double(Float(stream.normals(epoch: epoch, index: $0).0)) }
    }
    weights.values = draw(layout.count, epoch: 0).map { Float($0) }
    let x = Maps(
      count: batch, channels: test.input, size: test.size,
      values: draw(batch * test.input * test.size * test.size, epoch: 1))
    let outputSize = test.size / test.stride
    let dy = Maps(
      count: batch, channels: test.output, size: outputSize,
      values: draw(batch * test.output * outputSize * outputSize, epoch: 2))

    let context = try OneDNNContext()
    OneDNN.useThreads(2)
    let builder = PlanBuilder(context: context, batch: batch, weights: weights, gradient: gradient)
    let shape = ConvolutionShape(
      weightName: "w", inputChannels: test.input, outputChannels: test.output, inputSize: test.size,
      kernel: test.kernel, stride: test.stride)
    let plainX = try builder.view(TensorDescriptor([batch, test.input, test.size, test.size], dnnl_nchw))
    let plainY = try builder.view(TensorDescriptor([batch, test.output, outputSize, outputSize], dnnl_nchw))
    let plainDX = try builder.view(plainX.descriptor)
    let source = try builder.view(builder.activation(test.input, test.size))
    let target = try builder.view(builder.activation(test.output, outputSize))
    let sourceGradient = try builder.view(source.descriptor)
    let targetGradient = try builder.view(target.descriptor)
    func reorder(_ a: TensorView, _ b: TensorView) throws -> PlannedOperation {
      try PlannedOperation(
        KernelDescriptor(from: a.descriptor, to: b.descriptor, context), [(DNNL_ARG_FROM, a), (DNNL_ARG_TO, b)],
        label: "reorder")
    }
    let planned = try builder.convolution(shape, from: source, to: target)
    let forward = builder.takeOperations()
    try builder.convolutionBackward(
      planned, source: source, destinationGradient: targetGradient,
      sourceGradient: test.input >= 16 ? sourceGradient : nil)
    let backward = builder.takeOperations()
    outcome.implementations = (forward + backward).map(\.implementation)
    let bindings = builder.finish()
    let workspace = AlignedBuffer<UInt8>(count: builder.workspaceBytes)
    for (view, offset) in bindings { view.bind(to: UnsafeMutableRawPointer(workspace.pointer + offset)) }
    func memory(_ view: TensorView, _ count: Int) -> UnsafeMutableBufferPointer<Float> {
      let offset = bindings.first { $0.0 === view }!.offset
      return UnsafeMutableRawPointer(workspace.pointer + offset).assumingMemoryBound(to: Float.self).buffer(count)
    }
    _ = memory(plainX, x.values.count).update(fromContentsOf: x.values.map { Float($0) })
    try reorder(plainX, source).execute(context)
    for operation in forward { operation.execute(context) }
    try reorder(target, plainY).execute(context)
    let w = weights.values[..<layout.parameterCount].map(Double.init)
    let expected = Naive.convolution(x, w, output: test.output, kernel: test.kernel, stride: test.stride)
    let y = memory(plainY, expected.values.count)
    outcome.forward = relativeDistance(y.map(Double.init), expected.values)

    _ = y.update(fromContentsOf: dy.values.map { Float($0) })
    try reorder(plainY, targetGradient).execute(context)
    for operation in backward { operation.execute(context) }
    let expectedGradients = Naive.convolutionBackward(x, w, gradient: dy, kernel: test.kernel, stride: test.stride)
    let dw = gradient.values[..<layout.parameterCount].map(Double.init)
    outcome.weights = relativeDistance(dw, expectedGradients.weight)
    if test.input >= 16 {
      try reorder(sourceGradient, plainDX).execute(context)
      let dx = memory(plainDX, x.values.count).map(Double.init)
      outcome.data = relativeDistance(dx, expectedGradients.input.values)
    }
    return outcome
  }
}

extension UnsafeMutablePointer {
  fileprivate func buffer(_ count: Int) -> UnsafeMutableBufferPointer<Pointee> { .init(start: self, count: count) }
}
