// What a run would do, in words: where its files would lie, what would be run before it, in what time. It starts no run
// and leaves no file.

import Datasets
import Foundation
import NeuralNetwork
import Training

enum DryRun {
  /// Everything: paths and cost, then the run and what it rests on, how far they are, and what is left in time, memory
  /// and disk by measured steps. Used on the compute thread.
  /// - Throws: `UsageError` where there are fewer images than asked for or a network that does not fit, `ModelError`,
  ///   what planning throws.
  static func text(
    _ configuration: RunConfiguration, _ dataset: DatasetName, _ options: RunOptions, _ engine: TrainingEngine
  ) throws -> String {
    let specification = dataset.specification
    let published = (train: specification.trainCount(of: configuration.trainingPart), test: specification.testCount)
    // Nonsense is told before any data is read.
    _ = try RunPlan(configuration, dataset, available: published)
    let data = AvailableData(
      configuration.dataSource == .files ? [(dataset, configuration.trainingPart)] : [], folder: options.folders.data)
    let images = data.images[dataset].map { ($0.train, $0.test) } ?? published
    let plan = try RunPlan(configuration, dataset, available: images)
    let states = plan.states(results: options.folders.results)
    let measurement = try CostMeasurement(threads: options.threadCount, engine: engine) {
      Terminal.writeError($0 + "\n")
    }
    try measurement.measure(plan, states, data)
    let estimate = try PlanEstimate(plan, states, measurement.costs, options.checkpoints.policy, jobs: 1)
    var sections = [
      try paths(configuration, dataset, results: options.folders.results, available: images),
      PlanText.tree(plan, states, estimate),
      PlanText.totals(
        plan, estimate, jobs: 1, threads: options.threadCount, memory: Machine.memory,
        free: Machine.freeDisk(options.folders.results)),
    ]
    if estimate.count > 0 { sections.append(PlanText.measured(measurement.facts)) }
    sections += PlanText.assumed(data.missing)
    return sections.joined(separator: "\n\n") + "\n"
  }

  /// Paths, cost and how far post-training moves.
  /// - Parameter available: images that the data set has, before limits.
  /// - Throws: `UsageError` where there are fewer images than asked for, or `ModelError`.
  static func paths(
    _ configuration: RunConfiguration, _ dataset: DatasetName, results: String, available: (train: Int, test: Int)
  ) throws -> String {
    let model = try dataset.model(depth: configuration.depth, width: configuration.width)
    try configuration.check(available: available)
    let counts = configuration.used(train: available.train, test: available.test)
    let paths = RunPaths(results: results, configuration: configuration)
    var lines = ["network: WRN-\(configuration.depth)-\(configuration.width), \(model.parameterCount) parameters"]
    if configuration.postTraining != .none {
      let shared = configuration.sharedPreTraining
      let sharedPaths = RunPaths(results: results, configuration: shared)
      let steps = configuration.postEpochs * configuration.steps(trainCount: counts.train)
      let travel = configuration.postLearningRate * Double(steps)
      lines += [
        "pre-training, where absent: \(sharedPaths.runFile), \(sharedPaths.checkpoint)",
        "  cost: \(cost(shared, model, counts))",
        "post-training: rate \(String(format: "%g", configuration.postLearningRate)) x \(steps) steps = \(String(format: "%.2g", travel))"
          + " (the paper's: \(String(format: "%.2g", dataset.paperTravel)))",
      ]
    }
    if let reference = configuration.stepReference {
      let referencePaths = RunPaths(results: results, configuration: reference)
      lines += [
        "eta* is \(configuration.perturbationStep.factor ?? 1) times the mean of the first epoch of, where absent: "
          + "\(referencePaths.runFile), \(referencePaths.checkpoint)",
        "  cost: \(cost(reference, model, counts))",
      ]
    }
    lines += [
      "run file: \(paths.runFile)", "checkpoint: \(paths.checkpoint)", "  cost: \(cost(configuration, model, counts))",
    ]
    return lines.joined(separator: "\n")
  }

  private static func cost(
    _ configuration: RunConfiguration, _ model: WideResNet, _ counts: (train: Int, test: Int)
  ) -> String {
    let cost = RunCost(configuration, model: model, trainCount: counts.train, testCount: counts.test)
    let epochs = configuration.epochs.count
    let passes = configuration.epochs.filter { configuration.evaluates(epoch: $0) }.count
    let gradients = String(format: "%.0f", cost.gradientsPerEpoch * Double(epochs))
    // A gradient is three forward passes, a multiply-add two operations.
    let operations = String(format: "%.3g", cost.remaining(after: nil) * 6e-6)
    return "\(epochs) epochs, \(gradients) gradient evaluations of \(configuration.batchSize) images, "
      + "\(passes) test passes of \(counts.test) images, \(operations) TFLOP"
  }
}
