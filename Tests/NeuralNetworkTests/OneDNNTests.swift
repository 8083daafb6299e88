// What the rest rests on in every version of oneDNN: descriptors that own themselves, refusals that are told apart, and
// kernels of the instructions that are allowed. `make test` runs this a second time without AVX-512, `make test-onednn`
// over other versions.

import COneDNN
import Foundation
import TensorCore
import Testing

@testable import NeuralNetwork

@Suite(.serialized) struct OneDNNTests {
  @Test func versionIsOneThatCOneDNNKnows() throws {
    let numbers = OneDNN.version.split(separator: ".").compactMap { Int($0) }
    #expect(numbers.count == 3)
    let major = try #require(numbers.first)
    #expect([2, 3].contains(major))
    #expect(pof_has_winograd() == (major == 2))
    #expect(OneDNN.instructions.wholeMatch(of: /0x[0-9a-f]+/) != nil)
  }

  @Test func descriptorsCompareByShapeAndFormat() {
    let plain = TensorDescriptor([2, 32, 5, 5], .plain)
    #expect(plain == TensorDescriptor([2, 32, 5, 5], .plain))
    #expect(plain != TensorDescriptor([2, 32, 5, 4], .plain))
    #expect(plain != TensorDescriptor([2, 32, 5, 5], .channelBlocked))
    #expect(plain.bytes == 2 * 32 * 5 * 5 * 4)
    // Channels are padded to whole blocks.
    #expect(TensorDescriptor([1, 3, 5, 5], .channelBlocked).bytes == (OneDNN.usesAVX512 ? 16 : 8) * 5 * 5 * 4)
  }

  /// What a kernel says of its tensors stays true when the kernel is gone, and a tensor that it has not has no bytes.
  @Test func kernelTensorsOutliveTheKernel() throws {
    let weights = try {
      let kernel = try convolution(.direct, stride: 1)
      #expect(kernel.workspace.bytes == 0)
      return kernel.weights
    }()
    _ = try convolution(.direct, stride: 2)
    #expect(weights.bytes >= 32 * 32 * 3 * 3 * 4)
    #expect(weights == (try convolution(.direct, stride: 1)).weights)
  }

  /// A kernel that the library does not have is no fault, and the only refusal that planning answers with another
  /// kernel.
  @Test func missingKernelsAreToldFromFaults() throws {
    #expect { try convolution(.winograd, stride: 2) } throws: { ($0 as? OneDNNError)?.isUnimplemented == true }
    if OneDNN.hasWinograd {
      #expect(try convolution(.winograd, stride: 1).implementation.contains("wino"))
    } else {
      #expect { try convolution(.winograd, stride: 1) } throws: { ($0 as? OneDNNError)?.isUnimplemented == true }
    }

    var layout = ParameterLayout()
    layout.append("w", shape: [32, 16, 3, 3], stage: .group1)
    let builder = PlanBuilder(
      context: try OneDNNContext(), batch: 2, weights: ParameterVector(layout: layout),
      gradient: ParameterVector(layout: layout))
    // The weights are for 16 channels, the source has 32.
    let (source, target) = (try builder.view(builder.activation(32, 8)), try builder.view(builder.activation(32, 8)))
    let shape = ConvolutionShape(
      weightName: "w", inputChannels: 16, outputChannels: 32, inputSize: 8, kernel: 3, stride: 1)
    #expect(shape.prefersWinograd)
    #expect {
      _ = try builder.convolution(shape, from: source, to: target)
    } throws: { error in
      (error as? OneDNNError)?.status == dnnl_invalid_arguments.rawValue
    }
  }

  /// Vectorised kernels of the widest instructions that are allowed, and of none that are not. One operation has only a
  /// reference kernel without AVX-512: the weight gradient of a stem with one channel.
  @Test(arguments: [(10, 2, 1, 28), (16, 1, 3, 16)])
  func kernelsUseTheInstructionsAllowed(depth: Int, width: Int, channels: Int, size: Int) throws {
    let model = try WideResNet(depth: depth, width: width, classes: 10, channels: channels, imageSize: size)
    let kernels = try ComputeThread.shared.perform {
      try CPUExecutor(model: model, capacity: 4, threads: 1).kernels(batch: 4)
    }
    let names = kernels.map(\.implementation)
    let slow = kernels.filter { !$0.implementation.contains("jit") && !$0.implementation.contains("brg") }
    let known = OperationLabel(.convolutionWeightGradient, "conv1")
    #expect(slow.map(\.label) == (channels == 1 && !OneDNN.usesAVX512 ? [known] : []), "\(slow)")
    #expect(names.contains { $0.contains("avx512") } == OneDNN.usesAVX512, "\(Set(names))")
    #expect(names.contains { $0.contains("wino") } == OneDNN.hasWinograd, "\(Set(names))")
    if ProcessInfo.processInfo.environment["ONEDNN_MAX_CPU_ISA"] == "AVX2" { #expect(!OneDNN.usesAVX512) }
  }

  /// 3x3, 32 to 32 channels.
  private func convolution(_ algorithm: ConvolutionAlgorithm, stride: Int) throws -> KernelDescriptor {
    try .convolution(
      algorithm, source: TensorDescriptor([2, 32, 8, 8], .channelBlocked),
      weights: TensorDescriptor([32, 32, 3, 3], .any),
      destination: TensorDescriptor([2, 32, 8 / stride, 8 / stride], .channelBlocked),
      Window(stride: stride, padding: 1), OneDNNContext(), label: "test")
  }
}
