import TensorCore
import Testing

@testable import NeuralNetwork

/// The naive twin against finite differences, the fast executor against the naive twin, for whole networks.
@Suite(.serialized) struct ExecutorTests {
  static let small = try! WideResNet(depth: 10, width: 1, classes: 10, channels: 3, imageSize: 8)

  /// Central differences of the mean loss in Double; every tensor is probed at two places.
  @Test func naiveGradientsAreFiniteDifferences() throws {
    let model = Self.small
    let executor = ReferenceExecutor(model: model)
    executor.state = variedState(model)
    let batch = SyntheticBatch(model, count: 3)
    batch.load(into: executor)
    func loss() -> Double {
      executor.extractFeatures(.training(updatingRunning: .nothing))
      return executor.classify(alongDirection: nil).loss / 3
    }
    _ = loss()
    executor.backpropagate(.everything)
    let gradient = executor.values(of: .gradient)
    let weights = executor.values(of: .weights)
    let h = 1e-6
    for tensor in model.parameterLayout.tensors {
      for i in [tensor.range.lowerBound, tensor.range.upperBound - 1] {
        var moved = weights
        moved[i] = weights[i] + h
        executor.setValues(moved, of: .weights)
        let above = loss()
        moved[i] = weights[i] - h
        executor.setValues(moved, of: .weights)
        let difference = (above - loss()) / (2 * h)
        #expect(abs(difference - gradient[i]) <= 1e-6 * max(1, abs(gradient[i])), "\(tensor.name)[\(i)]")
      }
    }
  }

  /// Loss, gradient, running statistics, evaluation and the classifier's line of the fast executor; with a batch of
  /// another size before, as a training run has them.
  @Test(arguments: [(10, 1, 3, 8, 4), (10, 2, 1, 28, 2), (16, 1, 3, 16, 3), (10, 4, 3, 16, 2)])
  func fastEqualsNaive(depth: Int, width: Int, channels: Int, size: Int, count: Int) throws {
    let model = try WideResNet(depth: depth, width: width, classes: 10, channels: channels, imageSize: size)
    let naive = Probe(ReferenceExecutor(model: model), count: count) { $0.statistics }
    let fast = try ComputeThread.shared.perform {
      let executor = try CPUExecutor(model: model, capacity: count + 1, threads: 2)
      SyntheticBatch(model, count: count + 1, seed: 9).load(into: executor)
      executor.extractFeatures(.evaluation)
      return Probe(executor, count: count) { $0.state.statistics.map(Double.init) }
    }
    #expect(fast.errors == naive.errors)
    for (found, expected) in zip(fast.losses, naive.losses) {
      #expect(abs(found - expected) <= 1e-5 * abs(expected))
    }
    // A ReLU whose input is within rounding of 0 may open in one and close in the other.
    #expect(relativeDistance(fast.gradient, naive.gradient) <= 5e-3)
    #expect(relativeDistance(fast.statistics, naive.statistics) <= 1e-6)
    #expect(fast.batchesTracked == [Int64](repeating: 1, count: model.normalizations.count))
    #expect(fast.batchesTracked == naive.batchesTracked)
  }

  /// What an executor computes for one batch, by every operation of a pass.
  struct Probe {
    var losses: [Double] = []
    let errors: Int
    let gradient: [Double]
    let statistics: [Double]
    let batchesTracked: [Int64]

    init<E: Executor>(_ executor: E, count: Int, statistics read: (E) -> [Double]) {
      executor.state = variedState(executor.model)
      let batch = SyntheticBatch(executor.model, count: count)
      batch.load(into: executor)
      executor.extractFeatures(.training(updatingRunning: .everything))
      let training = executor.classify(alongDirection: nil)
      executor.backpropagate(.everything)
      gradient = executor.values(of: .gradient).map { Double($0) }
      statistics = read(executor)
      batchesTracked = executor.state.batchesTracked
      losses = [training.loss, executor.directClassifier()]
      losses += [0, 0.25, 1, 16].map { executor.classifierLoss(at: $0, images: 0..<count) }
      let steps = (0..<count).map { 0.3 * Double($0 + 1) }
      let perturbed = steps.withUnsafeBufferPointer { executor.classify(alongDirection: $0) }
      losses += [perturbed.loss, perturbed.unperturbedLoss]
      batch.load(into: executor)
      executor.extractFeatures(.evaluation)
      let evaluation = executor.classify(alongDirection: nil)
      losses.append(evaluation.loss)
      errors = training.errors + 100 * perturbed.errors + 10_000 * evaluation.errors
    }
  }

  /// A weak batch's pass leaves the same features and statistics as a training pass over it, bit for bit.
  @Test func featurePassEqualsTrainingPass() throws {
    let model = Self.small
    func run(_ pass: ForwardPass) throws -> (loss: BatchLoss, state: NetworkState) {
      try ComputeThread.shared.perform {
        let executor = try CPUExecutor(model: model, capacity: 5, threads: 2)
        executor.state = variedState(model)
        let batch = SyntheticBatch(model, count: 5)
        batch.load(into: executor)
        executor.extractFeatures(pass)
        return (executor.classify(alongDirection: nil), executor.state)
      }
    }
    let training = try run(.training(updatingRunning: .everything))
    let features = try run(.features(updatingRunning: .everything))
    #expect(training.loss == features.loss)
    #expect(training.state == features.state)
    #expect(training.state != variedState(model))
    #expect(try run(.features(updatingRunning: .nothing)).state == variedState(model))
  }

  /// Equal bytes twice in a row, whatever was planned in between.
  @Test func passesRepeatBitForBit() throws {
    let model = try WideResNet(depth: 10, width: 2, classes: 10, channels: 1, imageSize: 28)
    let gradients = try ComputeThread.shared.perform {
      let executor = try CPUExecutor(model: model, capacity: 16, threads: 2)
      executor.state = variedState(model)
      return [8, 16, 8].map { count in
        let batch = SyntheticBatch(model, count: count)
        batch.load(into: executor)
        executor.extractFeatures(.training(updatingRunning: .nothing))
        _ = executor.classify(alongDirection: nil)
        executor.backpropagate(.everything)
        return executor.values(of: .gradient)
      }
    }
    #expect(gradients[0] == gradients[2])
    #expect(gradients[0] != gradients[1])
  }
}
