// What the parts of runs take on a machine, and for which runs the same figures hold. Values only: CostMeasurement
// measures them, tests make them up.

import Datasets
import Training

/// Runs whose steps take the same time: everything that decides it, and nothing else.
struct StepKey: Sendable, Hashable {
  /// A configuration of such a run, its other settings neutral. Steps at so small a rate leave the network where it is.
  let configuration: RunConfiguration
  let dataset: DatasetName

  private static let rate = 1e-6

  init(_ run: RunConfiguration, dataset: DatasetName) {
    // Data sets of one shape train alike.
    let shape = dataset.specification
    let representative =
      DatasetName.allCases.first {
        let other = $0.specification
        return (other.classes, other.channels, other.imageSize) == (shape.classes, shape.channels, shape.imageSize)
      } ?? dataset
    var post = run.postTraining
    if post == .none { post = run.preTraining == .sam ? .sam : .sgd }
    var key = RunConfiguration(
      profile: Profile.smoke.rawValue, dataset: representative.rawValue, dataSource: .synthetic, augmentation: .basic,
      arm: Arm(name: "", preTraining: .sgd, postTraining: post), seed: 0, depth: run.depth, width: run.width,
      batchSize: run.batchSize, preEpochs: 1, postEpochs: 1, learningRate: Self.rate, postLearningRate: Self.rate,
      rho: 0.05, perturbationGroups: 1, weakBatchSize: 1, trainLimit: 1, testLimit: 1)
    if post == .pof {
      key.perturbationGroups = run.perturbationGroups
      key.weakBatchSize = run.weakBatchSize
      key.weakStatistics = run.weakStatistics
      key.searchLimit = run.searchLimit
      key.atSearchLimit = run.atSearchLimit
      key.perturbedLayers = run.perturbedLayers
      key.perturbationDirection = run.perturbationDirection
      key.perturbationStep = run.perturbationStep.factor == nil ? .lineSearch : .fixedMean
    }
    configuration = key
    self.dataset = representative
  }

  /// The same network and batch under SGD, which the others are measured beside.
  var base: StepKey {
    var plain = configuration
    plain.postTraining = .sgd
    return StepKey(plain, dataset: dataset)
  }
}

/// What a run's own work takes.
struct StepCosts: Sendable, Hashable {
  /// Seconds of planning the network, and what its first step takes beyond a later one.
  var setUp: Double
  /// Seconds of a step on a full training batch, augmentation included.
  var step: Double
  /// Seconds of evaluating one test image.
  var evaluation: Double
  /// Seconds of writing a checkpoint, and the run file beside it.
  var checkpoint: Double
  var runFile: Double
  /// Bytes that training takes at its peak, without images and program.
  var memory: Int
  /// Bytes of a checkpoint.
  var checkpointBytes: Int
}

/// Runs that load the same images.
struct DataKey: Sendable, Hashable {
  let dataset: DatasetName
  let source: DataSource
  let part: TrainingPart
  let trainLimit: Int
  let testLimit: Int

  init(_ run: RunConfiguration, dataset: DatasetName) {
    self.dataset = dataset
    (source, part, trainLimit, testLimit) = (run.dataSource, run.trainingPart, run.trainLimit, run.testLimit)
  }
}

/// What loading images takes.
struct DataCosts: Sendable, Hashable {
  var seconds: Double
  /// Bytes of the images that are used.
  var bytes: Int
  /// Bytes for a moment, while they are loaded.
  var peak: Int
}

/// All that an estimate rests on.
struct UnitCosts: Sendable {
  /// Seconds of starting and ending a process.
  var process: Double
  /// Bytes of a process before it does anything.
  var program: Int
  var steps: [StepKey: StepCosts]
  var data: [DataKey: DataCosts]
}
