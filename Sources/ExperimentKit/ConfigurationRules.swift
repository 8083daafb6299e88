// Which configurations make sense. Checked before a file is touched or a network built.

import Datasets
import NeuralNetwork
import Training

extension Arm {
  /// Every arm that a data set's experiment can run by name: Table 1's, and the shared pre-training behind them.
  public static let known: [Arm] = table1 + [preTraining(.sgd), preTraining(.sam)]
  /// Those and the ablations'.
  public static let all: [Arm] = known + Ablation.allCases.flatMap(\.arms)

  static func named(_ name: String) -> Arm? { all.first { $0.name == name } }
}

extension RunConfiguration {
  /// Checks every setting on its own and against the others.
  /// - Parameter full: also what only post-training uses; false for the configuration of a pre-training run, in which
  ///   these are zero.
  /// - Throws: `UsageError` for the first setting that makes no sense.
  func check(full: Bool) throws(UsageError) {
    try require("--seed", seed, 0...Int.max)
    guard depth >= 10, depth <= 1000, (depth - 4) % 6 == 0 else {
      throw .value(option: "--depth", found: "\(depth)", rule: "6n + 4: 10, 16, 22, 28, 40, ..., at most 1000")
    }
    try require("--width", width, 1...64)
    try require("--batch-size", batchSize, 1...65_536)
    try require("--pre-epochs", preEpochs, 1...1_000_000)
    try require("--learning-rate", learningRate, "above 0") { $0 > 0 }
    try require("momentum", momentum, "at least 0 and below 1") { $0 >= 0 && $0 < 1 }
    try require("weight_decay", weightDecay, "at least 0") { $0 >= 0 }
    try require("--rho", rho, "at least 0") { $0 >= 0 }
    try require("--train-limit", trainLimit, 0...Int.max)
    try require("--test-limit", testLimit, 0...Int.max)
    try require("test_interval", testInterval, 1...Int.max)
    if trainingPart != .all, DatasetName(rawValue: dataset)?.specification.extraCount == 0 {
      throw .value(option: "--no-extra", found: "given for \(dataset)", rule: "left out: only svhn has extra images")
    }
    if dataSource == .synthetic {
      for (option, limit) in [("--train-limit", trainLimit), ("--test-limit", testLimit)]
      where !(1...1_000_000).contains(limit) {
        throw .value(option: option, found: "\(limit)", rule: "1 to 1000000: synthetic images are made as asked for")
      }
    }
    guard full else { return }
    try require("--post-epochs", postEpochs, 1...1_000_000)
    try require("--post-learning-rate", postLearningRate, "above 0") { $0 > 0 }
    try require("--perturbation-range", perturbationRange, "at least 0") { $0 >= 0 }
    try require("--weak-batch-size", weakBatchSize, 1...65_536)
    try require("--perturbation-groups", perturbationGroups, 1...Int.max)
    for (name, size) in [("--batch-size", batchSize), ("--weak-batch-size", weakBatchSize)]
    where perturbationGroups > size {
      throw .value(
        option: "--perturbation-groups", found: "\(perturbationGroups)",
        rule: "at most \(name), which is \(size): every group needs an image")
    }
    try require("--search-limit", searchLimit, "from 1 to 1e9") { $0 >= 1 && $0 <= 1e9 }
    try checkLayers()
  }

  /// Checks what goes together with perturbed layers below the classifier.
  private func checkLayers() throws(UsageError) {
    guard perturbedLayers != .classifier else { return }
    let layers = "with perturbed_layers \(perturbedLayers.rawValue)"
    let rules: [(option: String, found: String, holds: Bool, rule: String)] = [
      (
        "--perturbation-groups", "\(perturbationGroups)", perturbationGroups == 1,
        "1 \(layers): each further group would be a set of weights of its own"
      ),
      (
        "weak_statistics", "\(weakStatistics)", weakStatistics,
        "true \(layers): no other pass gives running statistics to the layers that are reached"
      ),
      (
        "perturbation_direction", perturbationDirection.rawValue, perturbationDirection == .weakGradient,
        "\(PerturbationDirection.weakGradient.rawValue) \(layers)"
      ),
      (
        "perturbation_step", perturbationStep.rawValue, perturbationStep == .lineSearch,
        "\(PerturbationStep.lineSearch.rawValue) \(layers)"
      ),
    ]
    for rule in rules where !rule.holds { throw .value(option: rule.option, found: rule.found, rule: rule.rule) }
  }

  /// Checks network and batch against a machine's memory, so that what cannot be is refused before it is tried.
  /// - Parameter memory: bytes.
  /// - Throws: `UsageError.tooLarge` where weights, gradients, momentum and the inputs of a batch's convolutions, which
  ///   is less than training takes, are more than that.
  func check(_ model: WideResNet, memory: Int) throws(UsageError) {
    let batch = max(batchSize, weakBatchSize)
    let inputs = model.blocks.reduce(0) {
      $0 + ($1.inputChannels + $1.outputChannels) * $1.inputSize * $1.inputSize
    }
    let needed = (3 * model.parameterCount + batch * inputs) * MemoryLayout<Float>.stride
    guard needed <= memory else {
      throw .tooLarge(network: "WRN-\(depth)-\(width)", batch: batch, needed: needed, available: memory)
    }
  }

  /// Checks limits and batches against the images of a data set; synthetic ones are as many as asked for.
  /// - Throws: `UsageError` that names both counts.
  func check(available: (train: Int, test: Int)) throws(UsageError) {
    let isRead = dataSource == .files
    try check(trainImages: isRead ? available.train : trainLimit, testImages: isRead ? available.test : testLimit)
  }

  /// Checks limits and batches against the images that there are.
  /// - Throws: `UsageError` that names both counts.
  func check(trainImages: Int, testImages: Int) throws(UsageError) {
    for (option, limit, count) in [("--train-limit", trainLimit, trainImages), ("--test-limit", testLimit, testImages)]
    where limit > count {
      throw .tooFewImages(option: option, asked: limit, available: count, dataset: dataset)
    }
    let used = trainLimit > 0 ? trainLimit : trainImages
    guard batchSize <= used else {
      throw .value(option: "--batch-size", found: "\(batchSize)", rule: "at most the \(used) training images used")
    }
  }

  private func require(_ option: String, _ value: Int, _ range: ClosedRange<Int>) throws(UsageError) {
    guard range.contains(value) else {
      let rule =
        range.upperBound == Int.max ? "at least \(range.lowerBound)" : "\(range.lowerBound) to \(range.upperBound)"
      throw .value(option: option, found: "\(value)", rule: rule)
    }
  }

  private func require(
    _ option: String, _ value: Double, _ rule: String, _ holds: (Double) -> Bool
  ) throws(UsageError) {
    guard value.isFinite, holds(value) else {
      throw .value(option: option, found: "\(value)", rule: "a finite number \(rule)")
    }
  }
}
