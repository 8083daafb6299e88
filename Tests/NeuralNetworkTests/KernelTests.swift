// The fast convolutions against the naive ones for every shape of the networks in use, and Winograd against direct at a
// training batch.

import TensorCore
import Testing

@testable import NeuralNetwork

@Suite(.serialized) struct KernelTests {
  struct Case: Hashable, CustomTestStringConvertible {
    let input: Int
    let output: Int
    let size: Int
    let kernel: Int
    let stride: Int
    var winograd: Bool { kernel == 3 && stride == 1 && input >= 16 }
    var testDescription: String { "\(input)->\(output) \(size)x\(size) k\(kernel) s\(stride)" }

    var shape: ConvolutionShape {
      ConvolutionShape(
        weightName: "w", inputChannels: input, outputChannels: output, inputSize: size, kernel: kernel, stride: stride)
    }
  }

  /// All convolutions of the named networks, each shape once.
  static func cases(_ networks: [(depth: Int, width: Int, channels: Int, size: Int)]) -> [Case] {
    var cases: [Case] = []
    for network in networks {
      let model = try! WideResNet(
        depth: network.depth, width: network.width, classes: 10, channels: network.channels, imageSize: network.size)
      cases.append(Case(input: model.channels, output: 16, size: model.imageSize, kernel: 3, stride: 1))
      for block in model.blocks {
        let (input, output, size) = (block.inputChannels, block.outputChannels, block.inputSize)
        cases.append(Case(input: input, output: output, size: size, kernel: 3, stride: 1))
        cases.append(Case(input: output, output: output, size: size, kernel: 3, stride: block.stride))
        if block.hasProjection {
          cases.append(Case(input: input, output: output, size: size, kernel: 1, stride: block.stride))
        }
      }
    }
    var seen: Set<Case> = []
    return cases.filter { seen.insert($0).inserted }
  }

  /// What the profiles and the bench run.
  static let used = cases([(10, 1, 1, 28), (10, 2, 1, 28), (16, 2, 3, 32), (16, 4, 3, 32), (28, 10, 3, 32)])

  @Test(arguments: used) func fastEqualsNaive(_ test: Case) throws {
    let fast = try ComputeThread.shared.perform { try Convolution(test, batch: 1, forced: nil) }
    let draws = Draws(test, batch: 1)
    let x = Maps(count: 1, channels: test.input, size: test.size, values: draws.source)
    let expected = Naive.convolution(
      x, draws.weights, output: test.output, kernel: test.kernel, stride: test.stride)
    #expect(relativeDistance(fast.destination, expected.values) <= 5e-6)
    let gradient = Maps(
      count: 1, channels: test.output, size: test.size / test.stride, values: draws.destinationGradient)
    let backward = Naive.convolutionBackward(
      x, draws.weights, gradient: gradient, kernel: test.kernel, stride: test.stride)
    #expect(relativeDistance(fast.weightGradient, backward.weight) <= 5e-6)
    // The stem's input needs no gradient.
    if test.input >= 16 { #expect(relativeDistance(fast.sourceGradient, backward.input.values) <= 5e-6) }
    #expect(fast.implementations.contains { $0.contains("wino") } == (test.winograd && OneDNN.hasWinograd))
  }

  /// oneDNN may divide its work otherwise for a larger batch.
  @Test(.enabled(if: OneDNN.hasWinograd), arguments: cases([(16, 2, 3, 32)]).filter(\.winograd))
  func winogradEqualsDirect(_ test: Case) throws {
    let (winograd, direct) = try ComputeThread.shared.perform {
      (try Convolution(test, batch: 32, forced: nil), try Convolution(test, batch: 32, forced: .direct))
    }
    #expect(relativeDistance(winograd.destination, direct.destination) <= 5e-6)
    #expect(relativeDistance(winograd.weightGradient, direct.weightGradient) <= 5e-6)
    #expect(relativeDistance(winograd.sourceGradient, direct.sourceGradient) <= 5e-6)
    #expect(!direct.implementations.contains { $0.contains("wino") })
  }

  /// Inputs of a case, representable in Float.
  struct Draws {
    let weights: [Double]
    let source: [Double]
    let destinationGradient: [Double]

    init(_ test: Case, batch: Int) {
      let stream = RandomStream(seed: 1, purpose: .initialization)
      func draw(_ count: Int, epoch: Int) -> [Double] {
        (0..<count).map { Double(Float(stream.normals(epoch: epoch, index: $0).0)) }
      }
      let outputSize = test.size / test.stride
      weights = draw(test.output * test.input * test.kernel * test.kernel, epoch: 0)
      source = draw(batch * test.input * test.size * test.size, epoch: 1)
      destinationGradient = draw(batch * test.output * outputSize * outputSize, epoch: 2)
    }
  }

  /// One convolution as PlanBuilder plans it, run forward and backward.
  struct Convolution {
    let destination: [Double]
    let weightGradient: [Double]
    /// Empty for the stem.
    let sourceGradient: [Double]
    let implementations: [String]

    init(_ test: Case, batch: Int, forced: ConvolutionAlgorithm?) throws {
      let draws = Draws(test, batch: batch)
      var layout = ParameterLayout()
      layout.append("w", shape: [test.output, test.input, test.kernel, test.kernel], stage: .group1)
      let (weights, gradient) = (ParameterVector(layout: layout), ParameterVector(layout: layout))
      weights.values = draws.weights.map { Float($0) } + .init(repeating: 0, count: layout.count - draws.weights.count)
      let outputSize = test.size / test.stride
      let context = try OneDNNContext()
      OneDNN.useThreads(2)
      let builder = PlanBuilder(
        context: context, batch: batch, weights: weights, gradient: gradient, forcedAlgorithm: forced)
      let plainX = try builder.view(TensorDescriptor([batch, test.input, test.size, test.size], .plain))
      let plainY = try builder.view(TensorDescriptor([batch, test.output, outputSize, outputSize], .plain))
      let source = try builder.view(builder.activation(test.input, test.size))
      let target = try builder.view(builder.activation(test.output, outputSize))
      let sourceGradient = try builder.view(source.descriptor)
      let targetGradient = try builder.view(target.descriptor)
      func reorder(_ a: TensorView, _ b: TensorView) throws -> PlannedOperation {
        try PlannedOperation(
          KernelDescriptor(from: a.descriptor, to: b.descriptor, context), [(.source, a), (.destination, b)],
          label: OperationLabel(.weightReorder))
      }
      let planned = try builder.convolution(test.shape, from: source, to: target)
      let forward = builder.takeOperations().map(\.operation)
      try builder.convolutionBackward(
        planned, source: source, destinationGradient: targetGradient,
        sourceGradient: test.input >= 16 ? sourceGradient : nil)
      let backward = builder.takeOperations().map(\.operation)
      implementations = (forward + backward).map(\.implementation)

      let bindings = builder.finish()
      let workspace = UnsafeMutableRawPointer.allocate(byteCount: builder.workspaceBytes, alignment: 64)
      defer { workspace.deallocate() }
      for (view, offset) in bindings { view.bind(to: workspace + offset) }
      func memory(_ view: TensorView, _ count: Int) -> UnsafeMutableBufferPointer<Float> {
        let offset = bindings.first { $0.0 === view }!.offset
        return .init(start: (workspace + offset).assumingMemoryBound(to: Float.self), count: count)
      }
      let (x, y) = (memory(plainX, draws.source.count), memory(plainY, draws.destinationGradient.count))
      _ = x.update(fromContentsOf: draws.source.map { Float($0) })
      try reorder(plainX, source).execute(context)
      for operation in forward { operation.execute(context) }
      try reorder(target, plainY).execute(context)
      destination = y.map(Double.init)

      _ = y.update(fromContentsOf: draws.destinationGradient.map { Float($0) })
      try reorder(plainY, targetGradient).execute(context)
      for operation in backward { operation.execute(context) }
      weightGradient = gradient.values[..<draws.weights.count].map(Double.init)
      if test.input >= 16 {
        try reorder(sourceGradient, plainX).execute(context)
        self.sourceGradient = x.map(Double.init)
      } else {
        self.sourceGradient = []
      }
      withExtendedLifetime(builder) {}
    }
  }
}
