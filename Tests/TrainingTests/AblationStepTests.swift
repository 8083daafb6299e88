import Datasets
import NeuralNetwork
import TensorCore
import Testing

@testable import Training

/// Single steps of the ablations' methods: what they compute, and what they leave alone, by name.
@Suite(.serialized) struct AblationStepTests {
  static let model = try! WideResNet(depth: 10, width: 1, classes: 10, channels: 3, imageSize: 8)
  static let (batchSize, weakSize) = (6, 10)
  static let lower = PerturbedLayers.allCases.filter { $0 != .classifier }

  static func batch(_ count: Int, seed: UInt64) -> ImageBatch {
    let stream = RandomStream(seed: seed, purpose: .syntheticData)
    let made = ImageBatch(capacity: count, channels: 3, size: 8)
    made.set(
      images: (0..<(count * made.imageElements)).map { Float(stream.normals(index: $0).0) },
      labels: (0..<count).map { UInt8(stream.integer(below: 10, epoch: 1, index: $0)) })
    return made
  }

  /// Weights whose batch norms and classifier do something.
  static var initial: NetworkState {
    var state = model.initialState(seed: 3)
    let stream = RandomStream(seed: 5, purpose: .perturbation)
    for tensor in model.parameterLayout.tensors where tensor.shape.count == 1 {
      for i in tensor.range { state.parameters[i] += Float(0.2 * stream.normals(index: i).0) }
    }
    return state
  }

  static var initialMomentum: [Float] {
    let stream = RandomStream(seed: 6, purpose: .perturbation)
    var momentum = [Float](repeating: 0, count: model.parameterLayout.count)
    for tensor in model.parameterLayout.tensors {
      for i in tensor.range { momentum[i] = Float(0.01 * stream.normals(index: i).0) }
    }
    return momentum
  }

  static func descent(_ layers: PerturbedLayers, range: Double) -> TrainingMethod {
    TrainingMethod(
      perturbation: .layerDescent(
        LayerDescent(
          layers.perturbed, range: range, search: LineSearch(limit: 100, atLimit: .keep, beginning: .halving),
          weakBatchSize: weakSize)), stepped: layers.trained)
  }

  static func classifier(
    range: Double = 2, groups: Int = 2, _ step: StepLength = .searched(LineSearch(limit: 100, atLimit: .keep)),
    direction: PerturbationDirection = .weakGradient
  ) -> TrainingMethod {
    TrainingMethod(
      perturbation: .classifierDescent(
        ClassifierDescent(
          range: range, groups: groups, step: step, direction: direction, weakBatchSize: weakSize, weakStatistics: true)
      ),
      stepped: .extractor)
  }

  struct Outcome: Equatable {
    var losses: [BatchLoss] = []
    var eta: [[Double]] = []
    var sums = PerturbationSums()
    let state: NetworkState
    let momentum: [Float]
  }

  /// Three steps, each on batches of its own.
  static func steps<E: Executor>(_ method: TrainingMethod, on executor: E, fixedStep: Double? = nil) -> Outcome {
    executor.state = initial
    executor.setValues(initialMomentum.map { E.Scalar($0) }, of: .momentum)
    let step = TrainingStep(
      method, executor: executor, momentum: 0.9, weightDecay: 5e-4, capacity: batchSize, fixedStep: fixedStep)
    var (losses, eta): ([BatchLoss], [[Double]]) = ([], [])
    let direction = RandomDirection(model, seed: 2)
    defer { withExtendedLifetime(direction) {} }
    for index in 0..<3 {
      let (images, weak) = (batch(batchSize, seed: UInt64(index)), batch(weakSize, seed: UInt64(100 + index)))
      losses.append(
        step(images, weak: weak, learningRate: 0.01, direction: direction.draw(epoch: 1, step: index)) {
          0.3 + 0.2 * Double($0 + index)
        })
      eta.append(step.lastGroupSteps)
    }
    return Outcome(
      losses: losses, eta: eta, sums: step.perturbations, state: executor.state,
      momentum: executor.values(of: .momentum).map { Float($0) })
  }

  static func steps(_ method: TrainingMethod, fixedStep: Double? = nil) throws -> Outcome {
    try ComputeThread.shared.perform {
      steps(method, on: try CPUExecutor(model: model, capacity: weakSize, threads: 2), fixedStep: fixedStep)
    }
  }

  // MARK: What may change

  /// Names of what each split trains, spelled out.
  static func trains(_ layers: PerturbedLayers, _ name: String) -> Bool {
    let (lowest, second) = (["conv1.", "layer1."], ["layer2."])
    let top = ["layer3.", "bn_out."]
    let prefixes =
      switch layers {
      case .classifier: lowest + second + top
      case .group3: lowest + second
      case .group2: lowest
      case .everything: [""]
      case .lowest: second + top + ["classifiers."]
      }
    return prefixes.contains { name.hasPrefix($0) }
  }

  @Test(arguments: PerturbedLayers.allCases) func stepsChangeWhatTheyTrainAlone(layers: PerturbedLayers) throws {
    let outcome = try Self.steps(
      layers == .classifier ? Self.classifier() : Self.descent(layers, range: 2))
    #expect(outcome.eta.allSatisfy { $0.allSatisfy { $0 > 0 } })
    for tensor in Self.model.parameterLayout.tensors {
      let trained = Self.trains(layers, tensor.name)
      let weights = outcome.state.parameters[tensor.range] == Self.initial.parameters[tensor.range]
      #expect(weights == !trained, "weights of \(tensor.name)")
      let momentum = outcome.momentum[tensor.range] == Self.initialMomentum[tensor.range]
      #expect(momentum == !trained, "momentum of \(tensor.name)")
    }
  }

  // MARK: Identities

  /// c = 0 is a plain SGD step on the trained part, bit for bit; with a perturbation it is not.
  @Test(arguments: lower) func rangeZeroIsSGDOnTheTrainedPart(layers: PerturbedLayers) throws {
    let plain = try Self.steps(TrainingMethod(perturbation: .none, stepped: layers.trained))
    let zero = try Self.steps(Self.descent(layers, range: 0))
    #expect(zero.state.parameters == plain.state.parameters)
    #expect(zero.momentum == plain.momentum)
    #expect(zero.losses == plain.losses)
    #expect(zero.sums.etaStar > 0 && zero.sums.eta == 0 && zero.sums.perturbationNorm == 0)
    let real = try Self.steps(Self.descent(layers, range: 2))
    #expect(real.state.parameters != plain.state.parameters)
    #expect(real.losses.allSatisfy { $0.loss != $0.unperturbedLoss })
    #expect(real.losses[0].unperturbedLoss == plain.losses[0].loss)
  }

  /// A search that rejects leaves the same step as c = 0.
  @Test func rejectedSearchIsNoPerturbation() throws {
    let rejecting = TrainingMethod(
      perturbation: .layerDescent(
        LayerDescent(
          .from(.group3), range: 2, search: LineSearch(limit: 1, atLimit: .reject, beginning: .halving),
          weakBatchSize: Self.weakSize)), stepped: .below(.group3))
    let rejected = try Self.steps(rejecting)
    let zero = try Self.steps(Self.descent(.group3, range: 0))
    #expect(rejected.sums.rejected == 3 && rejected.sums.reachedLimit == 3)
    #expect(rejected.state == zero.state)
    #expect(rejected.momentum == zero.momentum)
  }

  // MARK: Running statistics

  /// Of the first step: reached layers follow the weak batch alone, those below both batches, none the perturbed
  /// weights.
  @Test(arguments: lower) func statisticsFollowUnperturbedPasses(layers: PerturbedLayers) throws {
    let reached: (String) -> Bool = { name in
      switch layers {
      case .classifier: false
      case .group3: name.hasPrefix("layer3.") || name.hasPrefix("bn_out.")
      case .group2: !name.hasPrefix("layer1.")
      case .everything, .lowest: true
      }
    }
    let (found, afterWeak, afterBoth) = try ComputeThread.shared.perform {
      let executor = try CPUExecutor(model: Self.model, capacity: Self.weakSize, threads: 2)
      let (images, weak) = (Self.batch(Self.batchSize, seed: 0), Self.batch(Self.weakSize, seed: 100))
      executor.state = Self.initial
      let step = TrainingStep(
        Self.descent(layers, range: 2), executor: executor, momentum: 0.9, weightDecay: 5e-4,
        capacity: Self.batchSize)
      _ = step(images, weak: weak, learningRate: 0.01) { _ in 0.7 }
      let found = executor.state
      executor.state = Self.initial
      executor.load(weak)
      executor.extractFeatures(.features(updatingRunning: .everything))
      let afterWeak = executor.state
      executor.load(images)
      executor.extractFeatures(.features(updatingRunning: .everything))
      return (found, afterWeak, executor.state)
    }
    for tensor in Self.model.statisticsLayout.tensors {
      let expected = reached(tensor.name) ? afterWeak : afterBoth
      #expect(found.statistics[tensor.range] == expected.statistics[tensor.range], "\(tensor.name)")
      #expect(afterWeak.statistics[tensor.range] != afterBoth.statistics[tensor.range])
    }
    #expect(found.batchesTracked == Self.model.normalizations.map { reached($0.name + ".") ? 1 : 2 })
  }

  // MARK: Cost

  /// What a step counts is what the executor was asked for.
  @Test(arguments: lower) func costIsCountedByWhatAStepDid(layers: PerturbedLayers) {
    let executor = LoggedExecutor(Self.model)
    executor.state = Self.initial
    let step = TrainingStep(
      Self.descent(layers, range: 2), executor: executor, momentum: 0.9, weightDecay: 5e-4, capacity: Self.batchSize)
    let (images, weak) = (Self.batch(Self.batchSize, seed: 0), Self.batch(Self.weakSize, seed: 100))
    for u in [0.7, 0] {
      executor.calls = []
      _ = step(images, weak: weak, learningRate: 0.01) { _ in u }
      #expect(abs(step.imageGradients / executor.imageGradients - 1) <= 1e-12)
      let split: ParameterStage = layers == .group3 ? .group3 : layers == .group2 ? .group2 : .group1
      let passes = executor.calls.count { $0 == .recompute(split) }
      // The grid, and at least one step beyond it; then the unperturbed loss, where anything was perturbed.
      let least = u == 0 ? 16 : 17
      #expect(passes >= least && passes <= least + 6)
      let forwards = executor.calls.filter { if case .forward = $0 { true } else { false } }
      let expected: [LoggedExecutor.Call] = [
        .forward(.training(updatingRunning: .everything)), .forward(.training(updatingRunning: .below(split))),
      ]
      #expect(forwards == expected)
    }
    // The expectation in advance, within what searches differ.
    let expected = step.method.gradientEvaluations(
      images: Self.batchSize, batchSize: Self.batchSize, model: Self.model)
    let counted = step.imageGradients / Double(Self.batchSize)
    let ratio = expected / counted
    #expect(ratio >= 0.7 && ratio <= 1.4)
  }

  // MARK: Fixed steps and random directions

  /// eta = u c eta*, with one eta* for all; no loss along the line is asked for, but L0.
  @Test func fixedStepsSearchNothing() {
    let executor = LoggedExecutor(Self.model)
    let outcome = Self.steps(Self.classifier(.fixed), on: executor, fixedStep: 0.25)
    for (index, eta) in outcome.eta.enumerated() {
      let expected: [Double] = (0..<2).map { 0.5 * (0.3 + 0.2 * Double($0 + index)) }
      #expect(eta == expected)
    }
    #expect(outcome.sums.searches == 6 && outcome.sums.etaStar == 1.5 && outcome.sums.rejected == 0)
    let searched = LoggedExecutor(Self.model)
    let pof = Self.steps(Self.classifier(), on: searched)
    func losses(_ executor: LoggedExecutor) -> [LoggedExecutor.Call] {
      executor.calls.filter { if case .classifierLoss = $0 { true } else { false } }
    }
    let initialLosses = [LoggedExecutor.Call](repeating: .classifierLoss(t: 0), count: 6)
    #expect(losses(executor) == initialLosses)
    #expect(losses(searched).count > 6 * 16)
    // The weak batch's direction and statistics are PoF's.
    #expect(executor.calls.filter { $0 == .direct }.count == 3)
    #expect(outcome.state.batchesTracked == pof.state.batchesTracked)
  }

  /// A fixed eta* that a search would have found is that search's step.
  @Test func fixedStepEqualsTheSearchThatFoundIt() throws {
    func first(_ method: TrainingMethod, fixedStep: Double?) throws -> (PerturbationSums, NetworkState) {
      try ComputeThread.shared.perform {
        let executor = try CPUExecutor(model: Self.model, capacity: Self.weakSize, threads: 2)
        executor.state = Self.initial
        let step = TrainingStep(
          method, executor: executor, momentum: 0.9, weightDecay: 0, capacity: Self.batchSize, fixedStep: fixedStep)
        _ = step(Self.batch(Self.batchSize, seed: 0), weak: Self.batch(Self.weakSize, seed: 100), learningRate: 0.01) {
          _ in 0.7
        }
        return (step.perturbations, executor.state)
      }
    }
    let (sums, state) = try first(Self.classifier(groups: 1), fixedStep: nil)
    let (fixed, same) = try first(Self.classifier(groups: 1, .fixed), fixedStep: sums.etaStar)
    #expect(same == state)
    #expect(fixed == sums)
    #expect(try first(Self.classifier(groups: 1, .fixed), fixedStep: 2 * sums.etaStar).1 != state)
  }

  /// Searched as PoF, perturbed elsewhere, and by as much.
  @Test func randomDirectionsFollowPoFsSearches() throws {
    let random = try Self.steps(Self.classifier(direction: .random))
    let pof = try Self.steps(Self.classifier())
    #expect(random.eta[0] == pof.eta[0])
    #expect(random.losses[0].unperturbedLoss == pof.losses[0].unperturbedLoss)
    #expect(random.losses[0].loss != pof.losses[0].loss)
    #expect(random.state.parameters != pof.state.parameters)
    #expect(try Self.steps(Self.classifier(direction: .random)) == random)
  }

  /// The gradient itself, given as a direction of another length, is PoF but for rounding: so directions are scaled to
  /// the gradient's norm, and the perturbation has their sign.
  @Test func theGradientAsADirectionIsPoF() {
    let (images, weak) = (Self.batch(Self.batchSize, seed: 0), Self.batch(Self.weakSize, seed: 100))
    let executor = ReferenceExecutor(model: Self.model)
    func step(_ method: TrainingMethod, direction: [Double]) -> (BatchLoss, weights: [Double]) {
      executor.state = Self.initial
      executor.setValues(.init(repeating: 0, count: Self.model.parameterLayout.count), of: .momentum)
      let step = TrainingStep(method, executor: executor, momentum: 0.9, weightDecay: 0, capacity: Self.batchSize)
      let loss = direction.withUnsafeBufferPointer {
        step(images, weak: weak, learningRate: 0.01, direction: $0) { _ in 0.7 }
      }
      return (loss, executor.values(of: .weights))
    }
    executor.state = Self.initial
    executor.load(weak)
    executor.extractFeatures(.training(updatingRunning: .nothing))
    _ = executor.classify(alongDirection: nil)
    executor.backpropagate(.classifier)
    let gradient = executor.values(of: .gradient)
    let layout = Self.model.parameterLayout
    let g = Array(gradient[layout["classifiers.0.weight"].range] + gradient[layout["classifiers.0.bias"].range])

    let pof = step(Self.classifier(), direction: [])
    let along = step(Self.classifier(direction: .random), direction: g.map { 7 * $0 })
    #expect(abs(along.0.loss - pof.0.loss) <= 1e-12)
    #expect(zip(along.weights, pof.weights).allSatisfy { abs($0 - $1) <= 1e-12 })
    let against = step(Self.classifier(direction: .random), direction: g.map { -7 * $0 })
    #expect(abs(against.0.loss - pof.0.loss) > 1e-3)
  }

  @Test func directionsAreFunctionsOfSeedEpochAndStep() {
    func draw(_ seed: UInt64, _ epoch: Int, _ step: Int) -> [Double] {
      let direction = RandomDirection(Self.model, seed: seed)
      return withExtendedLifetime(direction) { Array(direction.draw(epoch: epoch, step: step)) }
    }
    let first = draw(1, 2, 3)
    #expect(first.count == 10 * 64 + 10)
    #expect(draw(1, 2, 3) == first)
    #expect([draw(1, 2, 4), draw(1, 3, 3), draw(2, 2, 3)].allSatisfy { $0 != first })
    // 650 draws of variance 1: five standard errors.
    let square = first.reduce(0) { $0 + $1 * $1 } / 650
    #expect(abs(square - 1) <= 5 * (2.0 / 650).squareRoot())
  }
}
