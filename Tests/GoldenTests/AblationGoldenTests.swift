import Datasets
import NeuralNetwork
import Storage
import TensorCore
import Testing
import Training

/// Five steps of each of the ablations' methods against PyTorch in float64, which runs the whole network for every loss
/// of a search: the naive twin to 1e-9, the fast executor in fp32 to 1e-5. Large tensors are compared at samples and by
/// their norms.
@Suite(.serialized) struct AblationGoldenTests {
  static let model = GoldenFile.model
  static let path = GoldenFile.ablationPath
  /// Elements kept of a larger tensor.
  static let samples = 509

  enum Method: String, CaseIterable {
    case fixed = "pof_fixed"
    case random = "pof_random"
    case group3, group2, everything, lowest

    var layers: PerturbedLayers {
      switch self {
      case .fixed, .random: .classifier
      case .group3: .group3
      case .group2: .group2
      case .everything: .everything
      case .lowest: .lowest
      }
    }

    func make() throws -> TrainingMethod {
      let range = try GoldenFile.attribute(rawValue, "perturbation_range", in: path)
      let perturbation: Perturbation
      switch self {
      case .fixed, .random:
        perturbation = .classifierDescent(
          ClassifierDescent(
            range: range, groups: 2,
            step: self == .fixed ? .fixed : .searched(LineSearch(limit: 10_000, atLimit: .reject)),
            direction: self == .fixed ? .weakGradient : .random, weakBatchSize: 8, weakStatistics: true))
      case .group3, .group2, .everything, .lowest:
        perturbation = .layerDescent(
          LayerDescent(
            layers.perturbed, range: range, search: LineSearch(limit: 100, atLimit: .keep, beginning: .halving),
            weakBatchSize: 8))
      }
      return TrainingMethod(perturbation: perturbation, stepped: layers.trained)
    }

    /// The golden's initial state, with the scale that this method's has.
    func initialState() throws -> NetworkState {
      var state = try GoldenFile.initialState()
      guard layers != .classifier else { return state }
      let scale = Float(try GoldenFile.attribute(rawValue, "perturbed_scale", in: path))
      for tensor in model.parameterLayout.tensors
      where tensor.shape.count == 4 && layers.perturbed.contains(tensor.stage) {
        for i in tensor.range { state.parameters[i] *= scale }
      }
      return state
    }
  }

  struct Outcome {
    var losses: [Double] = []
    var unperturbedLosses: [Double] = []
    var eta: [Double] = []
    var sums = PerturbationSums()
    var weights: [Double] = []
    var momentum: [Double] = []
    var statistics: [Double] = []
    var batchesTracked: [Int64] = []
  }

  static func fiveSteps<E: Executor>(_ method: Method, _ executor: E, statistics: (E) -> [Double]) throws -> Outcome {
    executor.state = try method.initialState()
    let group = method.rawValue
    let step = TrainingStep(
      try method.make(), executor: executor, momentum: try GoldenFile.attribute(group, "momentum", in: path),
      weightDecay: try GoldenFile.attribute(group, "weight_decay", in: path), capacity: 4,
      fixedStep: method == .fixed ? try GoldenFile.attribute(group, "fixed_step", in: path) : nil)
    let rate = try GoldenFile.attribute(group, "learning_rate", in: path)
    let u: [Double] = try GoldenFile.values(group, "u", in: path)
    let directions: [Float] = method == .random ? try GoldenFile.values(group, "direction", in: path) : []
    var outcome = Outcome()
    for index in 0..<5 {
      let batch = try GoldenTests.batch(group, "images", "labels", count: 4, step: index, in: path)
      let weak = try GoldenTests.batch(group, "weak_images", "weak_labels", count: 8, step: index, in: path)
      let length = directions.count / 5
      let direction = directions[(index * length)..<((index + 1) * length)].map(Double.init)
      let loss = direction.withUnsafeBufferPointer {
        step(batch, weak: weak, learningRate: rate, direction: $0) { u[index * u.count / 5 + $0] }
      }
      outcome.losses.append(loss.loss / 4)
      outcome.unperturbedLosses.append(loss.unperturbedLoss / 4)
      outcome.eta += step.lastGroupSteps
    }
    outcome.sums = step.perturbations
    outcome.weights = executor.values(of: .weights).map { Double($0) }
    outcome.momentum = executor.values(of: .momentum).map { Double($0) }
    outcome.statistics = statistics(executor)
    outcome.batchesTracked = executor.state.batchesTracked
    return outcome
  }

  static func check(_ method: Method, _ found: Outcome, tolerance: Double) throws {
    let group = method.rawValue
    func values(_ name: String) throws -> [Double] { try GoldenFile.values(group, name, in: path) }
    #expect(largestDifference(found.losses, try values("loss")) <= tolerance)
    #expect(largestDifference(found.unperturbedLosses, try values("unperturbed_loss")) <= tolerance)
    // The grid makes eta* exact wherever the search takes the same point.
    let eta = try values("eta")
    #expect(largestDifference(found.eta, eta) <= 1e-12)
    let (etaStar, weakLoss, norms) = (try values("eta_star"), try values("weak_loss"), try values("direction_norm"))
    #expect(found.sums.searches == etaStar.count)
    #expect(abs(found.sums.etaStar - etaStar.reduce(0, +)) <= 1e-12)
    #expect(abs(found.sums.weakLoss - weakLoss.reduce(0, +)) <= tolerance * Double(weakLoss.count))
    let distance = eta.indices.reduce(0) { $0 + eta[$1] * norms[$1 * norms.count / eta.count] }
    #expect(abs(found.sums.perturbationNorm - distance) <= tolerance * distance)

    let initial = try method.initialState().parameters.map(Double.init)
    for tensor in model.parameterLayout.tensors {
      let (weights, before) = (Array(found.weights[tensor.range]), Array(initial[tensor.range]))
      let momentum = Array(found.momentum[tensor.range])
      guard method.layers.trained.contains(tensor.stage) else {
        #expect(weights == before, "weights of \(tensor.name)")
        #expect(momentum.allSatisfy { $0 == 0 }, "momentum of \(tensor.name)")
        continue
      }
      try compare(group, "state", tensor, weights, change: zip(weights, before).map { $0 - $1 }, tolerance)
      // Momentum sums gradients ten times as large as the weights' steps.
      try compare(group, "momentum", tensor, momentum, change: momentum, 10 * tolerance)
    }
    for tensor in model.statisticsLayout.tensors {
      let expected: [Double] = try GoldenFile.values("\(group)/statistics", tensor.name, in: path)
      #expect(largestDifference(Array(found.statistics[tensor.range]), expected) <= tolerance, "\(tensor.name)")
    }
    let tracked = try model.normalizations.map {
      try GoldenFile.values("\(group)/statistics", "\($0.name).num_batches_tracked", as: Int64.self, in: path)[0]
    }
    #expect(found.batchesTracked == tracked)
  }

  /// A tensor at its samples, and the norm of what it should have changed by.
  private static func compare(
    _ group: String, _ role: String, _ tensor: ParameterTensor, _ values: [Double], change: [Double],
    _ tolerance: Double
  ) throws {
    let count = min(values.count, samples)
    let sampled = (0..<count).map { values[$0 * values.count / count] }
    let expected: [Double] = try GoldenFile.values("\(group)/\(role)", tensor.name, in: path)
    #expect(largestDifference(sampled, expected) <= tolerance, "\(role) of \(tensor.name)")
    let norm: [Double] = try GoldenFile.values("\(group)/\(role)_norm", tensor.name, in: path)
    let found = change.reduce(0) { $0 + $1 * $1 }.squareRoot()
    #expect(
      abs(found - norm[0]) <= tolerance * Double(values.count).squareRoot(), "norm of \(role) of \(tensor.name)")
  }

  @Test(arguments: Method.allCases) func naiveSteps(_ method: Method) throws {
    let found = try Self.fiveSteps(method, ReferenceExecutor(model: Self.model)) { $0.statistics }
    try Self.check(method, found, tolerance: 1e-9)
  }

  @Test(arguments: Method.allCases) func fastSteps(_ method: Method) throws {
    let found = try ComputeThread.shared.perform {
      let executor = try CPUExecutor(model: Self.model, capacity: 8, threads: 2)
      return try Self.fiveSteps(method, executor) { $0.state.statistics.map(Double.init) }
    }
    try Self.check(method, found, tolerance: 1e-5)
  }
}
