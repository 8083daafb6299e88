import TensorCore
import Testing

@testable import NeuralNetwork

/// What `bench --breakdown` rests on: a profile sees every operation and changes none.
@Suite(.serialized) struct ProfileTests {
  static let model = ExecutorTests.small

  /// Forward and backward passes, and the gradient they leave.
  private static func passes(_ count: Int, profile: OperationProfile?) throws -> [Float] {
    try ComputeThread.shared.perform {
      let executor = try CPUExecutor(model: model, capacity: 4, threads: 1)
      executor.state = variedState(model)
      executor.profile = profile
      let batch = SyntheticBatch(model, count: 4)
      for _ in 0..<count {
        profile?.beginStep()
        batch.load(into: executor)
        executor.extractFeatures(.training(updatingRunning: .everything))
        _ = executor.classify(alongDirection: nil)
        executor.backpropagate(.everything)
      }
      return executor.values(of: .gradient)
    }
  }

  @Test func aProfileChangesNoBit() throws {
    #expect(try Self.passes(2, profile: OperationProfile()) == Self.passes(2, profile: nil))
  }

  @Test func everyKernelIsTimedInEveryStep() throws {
    let profile = OperationProfile()
    _ = try Self.passes(3, profile: profile)
    let kernels = try ComputeThread.shared.perform {
      try CPUExecutor(model: Self.model, capacity: 4, threads: 1).kernels(batch: 4)
    }
    let timed = profile.entries.filter { $0.implementation != nil }
    #expect(timed.map(\.label) == kernels.map(\.label))
    #expect(timed.map(\.implementation) == kernels.map(\.implementation))
    #expect(profile.entries.allSatisfy { $0.milliseconds.count == 3 && $0.milliseconds.allSatisfy { $0 > 0 } })
  }

  /// A floor for each convolution and batch norm, in each direction, and for nothing else.
  @Test func theFloorCoversConvolutionsAndBatchNorms() throws {
    let (floor, kernels) = try ComputeThread.shared.perform {
      (
        try KernelFloor(Self.model, batch: 4, threads: 1),
        try CPUExecutor(model: Self.model, capacity: 4, threads: 1).kernels(batch: 4)
      )
    }
    let covered: Set<OperationLabel.Work> = [
      .convolution, .convolutionWeightGradient, .convolutionInputGradient, .normalization, .normalizationGradient,
    ]
    #expect(Set(floor.milliseconds.keys) == Set(kernels.map(\.label).filter { covered.contains($0.work) }))
    #expect(floor.milliseconds.values.allSatisfy { $0 > 0 })
  }

  /// The fast executor's vector operations against the naive ones: SAM's ascent, and a step from what it saved.
  @Test func perturbedWeightsAreTakenBackByTheStep() throws {
    let model = Self.model
    let layout = model.parameterLayout
    let stream = RandomStream(seed: 2, purpose: .perturbation)
    func values(_ epoch: Int) -> [Float] {
      var values = [Float](repeating: 0, count: layout.count)
      for tensor in layout.tensors {
        for i in tensor.range { values[i] = Float(stream.normals(epoch: epoch, index: i).0) }
      }
      return values
    }
    func run<E: Executor>(_ executor: E) -> (perturbed: [Double], stepped: [Double], momentum: [Double]) {
      for (epoch, role) in [ArenaRole.weights, .gradient, .momentum].enumerated() {
        executor.setValues(values(epoch).map { E.Scalar($0) }, of: role)
      }
      executor.perturb(.extractor, from: .weights, by: 0.25)
      let perturbed = executor.values(of: .weights).map { Double($0) }
      executor.stepSGD(.extractor, from: .saved, learningRate: 0.1, momentum: 0.9, weightDecay: 0.01)
      return (
        perturbed, executor.values(of: .weights).map { Double($0) }, executor.values(of: .momentum).map { Double($0) }
      )
    }
    let fast = try ComputeThread.shared.perform { run(try CPUExecutor(model: model, capacity: 1, threads: 1)) }
    let naive = run(ReferenceExecutor(model: model))
    #expect(relativeDistance(fast.perturbed, naive.perturbed) <= 1e-6)
    #expect(relativeDistance(fast.stepped, naive.stepped) <= 1e-6)
    #expect(relativeDistance(fast.momentum, naive.momentum) <= 1e-6)
    // In closed form, at one extractor weight and one of the classifier, which neither operation touches.
    let (i, k) = (layout["conv1.weight"].range.lowerBound, layout["classifiers.0.weight"].range.lowerBound)
    let (w, g, v) = (Double(values(0)[i]), Double(values(1)[i]), Double(values(2)[i]))
    let velocity = 0.9 * v + g + 0.01 * w
    #expect(abs(naive.perturbed[i] - (w + 0.25 * g)) <= 1e-12)
    #expect(abs(naive.stepped[i] - (w - 0.1 * (g + 0.01 * w + 0.9 * velocity))) <= 1e-12)
    #expect(fast.stepped[k] == Double(values(0)[k]))
    #expect(fast.momentum[k] == Double(values(2)[k]))
  }
}
