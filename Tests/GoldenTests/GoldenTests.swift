import Datasets
import NeuralNetwork
import Storage
import TensorCore
import Testing
import Training

/// One gradient, and five steps of each method, against PyTorch in float64: the naive twin to 1e-9, the fast executor
/// in fp32 to 1e-5. The data were chosen so that no ReLU is within 1e-5 of its kink in any pass.
@Suite(.serialized) struct GoldenTests {
  static let model = GoldenFile.model

  // MARK: First step

  struct FirstStep {
    let logits: [Double]
    let evaluationLogits: [Double]
    let loss: Double
    let gradient: [Double]
  }

  static func firstStep<E: Executor>(_ executor: E) throws -> FirstStep {
    executor.state = try GoldenFile.initialState()
    let batch = try Self.batch("first_step", "images", "labels", count: 4)
    defer { withExtendedLifetime(batch) {} }
    executor.load(batch)
    executor.extractFeatures(.training(updatingRunning: .nothing))
    let logits = executor.logits
    let loss = executor.classify(alongDirection: nil).loss / 4
    executor.backpropagate(.everything)
    let gradient = executor.values(of: .gradient).map { Double($0) }
    executor.extractFeatures(.evaluation)
    return FirstStep(
      logits: logits, evaluationLogits: executor.logits, loss: loss, gradient: gradient)
  }

  static func check(_ found: FirstStep, tolerance: Double) throws {
    #expect(largestDifference(found.logits, try GoldenFile.values("first_step", "training_logits")) <= tolerance)
    let evaluation: [Double] = try GoldenFile.values("first_step", "evaluation_logits")
    #expect(largestDifference(found.evaluationLogits, evaluation) <= tolerance)
    let loss: [Double] = try GoldenFile.values("first_step", "loss")
    #expect(abs(found.loss - loss[0]) <= tolerance)
    let gradient: [Double] = try GoldenFile.arena("first_step/gradient", model.parameterLayout)
    let norm = gradient.reduce(0) { $0 + $1 * $1 }.squareRoot()
    for tensor in model.parameterLayout.tensors {
      let difference = largestDifference(Array(found.gradient[tensor.range]), Array(gradient[tensor.range]))
      #expect(difference <= tolerance * norm, "\(tensor.name)")
    }
  }

  @Test func naiveGradient() throws {
    try Self.check(try Self.firstStep(ReferenceExecutor(model: Self.model)), tolerance: 1e-9)
  }

  @Test func fastGradient() throws {
    let found = try ComputeThread.shared.perform {
      try Self.firstStep(try CPUExecutor(model: Self.model, capacity: 8, threads: 2))
    }
    try Self.check(found, tolerance: 1e-5)
  }

  // MARK: Five steps

  enum Method: String, CaseIterable {
    case sgd, sam
    case oneGroup = "pof_1_group"
    case twoGroups = "pof_2_groups"

    func make() throws -> TrainingMethod {
      func pof(_ groups: Int, _ search: LineSearch) throws -> TrainingMethod {
        TrainingMethod(
          perturbation: .classifierDescent(
            ClassifierDescent(
              range: try GoldenFile.attribute(rawValue, "perturbation_range"), groups: groups, step: .searched(search),
              weakBatchSize: 8, weakStatistics: true)), stepped: .extractor)
      }
      switch self {
      case .sgd: return TrainingMethod(perturbation: .none, stepped: .everything)
      case .sam:
        let rho = try GoldenFile.attribute(rawValue, "rho")
        return TrainingMethod(perturbation: .ascent(rho: rho), stepped: .everything)
      case .oneGroup: return try pof(1, LineSearch(limit: 100, atLimit: .keep))
      case .twoGroups: return try pof(2, LineSearch(limit: 10_000, atLimit: .reject))
      }
    }
  }

  struct Outcome {
    var losses: [Double] = []
    var unperturbedLosses: [Double] = []
    /// eta of each step and group.
    var eta: [Double] = []
    var weights: [Double] = []
    var momentum: [Double] = []
    var statistics: [Double] = []
    var batchesTracked: [Int64] = []
  }

  static func fiveSteps<E: Executor>(_ method: Method, _ executor: E, statistics: (E) -> [Double]) throws -> Outcome {
    executor.state = try GoldenFile.initialState()
    let group = method.rawValue
    let step = TrainingStep(
      try method.make(), executor: executor, momentum: try GoldenFile.attribute(group, "momentum"),
      weightDecay: try GoldenFile.attribute(group, "weight_decay"), capacity: 4)
    let rate = try GoldenFile.attribute(group, "learning_rate")
    let perturbs = method == .oneGroup || method == .twoGroups
    let u: [Double] = perturbs ? try GoldenFile.values(group, "u") : []
    var outcome = Outcome()
    for index in 0..<5 {
      let batch = try batch(group, "images", "labels", count: 4, step: index)
      let weak = perturbs ? try Self.batch(group, "weak_images", "weak_labels", count: 8, step: index) : nil
      let loss = step(batch, weak: weak, learningRate: rate) { u[index * u.count / 5 + $0] }
      outcome.losses.append(loss.loss / 4)
      outcome.unperturbedLosses.append(loss.unperturbedLoss / 4)
      outcome.eta += step.lastGroupSteps
    }
    outcome.weights = executor.values(of: .weights).map { Double($0) }
    outcome.momentum = executor.values(of: .momentum).map { Double($0) }
    outcome.statistics = statistics(executor)
    outcome.batchesTracked = executor.state.batchesTracked
    return outcome
  }

  static func check(_ method: Method, _ found: Outcome, tolerance: Double) throws {
    let group = method.rawValue
    #expect(largestDifference(found.losses, try GoldenFile.values(group, "loss")) <= tolerance)
    if method == .oneGroup || method == .twoGroups {
      #expect(largestDifference(found.unperturbedLosses, try GoldenFile.values(group, "unperturbed_loss")) <= tolerance)
      // The grid makes eta* exact wherever the search takes the same point.
      #expect(largestDifference(found.eta, try GoldenFile.values(group, "eta")) <= 1e-12)
    }
    let weights: [Double] = try GoldenFile.arena("\(group)/state", model.parameterLayout)
    let momentum: [Double] = try GoldenFile.arena("\(group)/momentum", model.parameterLayout)
    for tensor in model.parameterLayout.tensors {
      func difference(_ a: [Double], _ b: [Double]) -> Double {
        largestDifference(Array(a[tensor.range]), Array(b[tensor.range]))
      }
      #expect(difference(found.weights, weights) <= tolerance, "weights of \(tensor.name)")
      // Momentum sums gradients ten times as large as the weights' steps.
      #expect(difference(found.momentum, momentum) <= 10 * tolerance, "momentum of \(tensor.name)")
    }
    let statistics: [Double] = try GoldenFile.arena("\(group)/state", model.statisticsLayout)
    #expect(largestDifference(found.statistics, statistics) <= tolerance)
    let tracked = try model.normalizations.map {
      try GoldenFile.values("\(group)/state", "\($0.name).num_batches_tracked", as: Int64.self)[0]
    }
    #expect(found.batchesTracked == tracked)
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

  // MARK: Batches

  /// Step `step` of images [steps, count, 3, 8, 8] and labels [steps, count].
  static func batch(
    _ group: String, _ images: String, _ labels: String, count: Int, step: Int = 0, in path: String = GoldenFile.path
  ) throws -> ImageBatch {
    let pixels: [Float] = try GoldenFile.values(group, images, in: path)
    let classes: [Int64] = try GoldenFile.values(group, labels, in: path)
    let elements = count * 3 * 8 * 8
    let batch = ImageBatch(capacity: count, channels: 3, size: 8)
    batch.set(
      images: Array(pixels[(step * elements)..<((step + 1) * elements)]),
      labels: classes[(step * count)..<((step + 1) * count)].map { UInt8($0) })
    return batch
  }
}
