// What a run would do, in words. It reads and writes nothing.

import Datasets
import Foundation
import NeuralNetwork
import Training

enum DryRun {
  /// Paths, cost and how far post-training moves. The published number of images is assumed.
  /// - Throws: `UsageError` where there are fewer images than asked for, or `ModelError`.
  static func text(_ configuration: RunConfiguration, _ dataset: DatasetName, results: String) throws -> String {
    let model = try dataset.model(depth: configuration.depth, width: configuration.width)
    let published = dataset.specification
    let trainCount = published.trainCount(of: configuration.trainingPart)
    try configuration.check(available: (trainCount, published.testCount))
    let counts = configuration.used(train: trainCount, test: published.testCount)
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
        "post-training: rate \(configuration.postLearningRate) x \(steps) steps = \(String(format: "%.2g", travel))"
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
    return lines.joined(separator: "\n") + "\n"
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
