// The whole configuration of a run as one value: it is the run's identity (Storage hashes its JSON), what every run
// file records, and what `--config` reads back. Threads, machine and library versions are provenance, not identity.

import Datasets

/// Where the images come from.
public enum DataSource: String, Codable, Sendable, Hashable, CaseIterable {
  /// The published files.
  case files
  /// The built-in synthetic set in the shape of the data set.
  case synthetic
}

/// The optimiser that trains all parameters during pre-training.
public enum PreTraining: String, Codable, Sendable, Hashable, CaseIterable {
  case sgd, sam
}

/// What follows pre-training, from the same checkpoint at an equal number of epochs.
public enum PostTraining: String, Codable, Sendable, Hashable, CaseIterable {
  /// Nothing: the run is the shared pre-training itself.
  case none
  /// All parameters by SGD.
  case sgd
  /// All parameters by SAM.
  case sam
  /// The feature extractor alone by SGD under the unperturbed classifier: PoF without its perturbation (control).
  case frozen
  /// PoF: the feature extractor alone, under classifiers perturbed along weak-batch gradients.
  case pof
}

/// What a line search that reaches its limit leaves.
public enum AtSearchLimit: String, Codable, Sendable, Hashable, CaseIterable {
  /// eta* = 0: the group goes unperturbed (the authors' distributed code).
  case reject
  /// The best grid point of the last bracket (the authors' single-process code).
  case keep
}

/// When post-training is tested.
public enum PostTesting: String, Codable, Sendable, Hashable, CaseIterable {
  case everyEpoch = "every-epoch"
  /// In every `testInterval`-th epoch of post-training and in its last: where a test costs more than an epoch.
  case interval
}

/// Every setting of a run. JSON keys are the properties' names in snake_case.
public struct RunConfiguration: Codable, Sendable, Hashable {
  /// Name of the profile whose defaults were taken.
  public var profile: String
  /// Folder name of the data set, such as `fashion-mnist`.
  public var dataset: String
  public var dataSource: DataSource
  public var augmentation: Augmentation
  /// Folder name of the arm, such as `sgd-pof`.
  public var arm: String
  public var preTraining: PreTraining
  public var postTraining: PostTraining
  public var seed: Int

  /// WRN-d-k.
  public var depth: Int
  public var width: Int

  /// Images per training batch.
  public var batchSize: Int
  public var preEpochs: Int
  /// Epochs after pre-training; 0 in the pre-training run itself.
  public var postEpochs: Int
  /// Initial learning rate of pre-training.
  public var learningRate: Double
  /// Constant learning rate of post-training; 0 in the pre-training run itself.
  public var postLearningRate: Double
  /// Nesterov momentum.
  public var momentum: Double
  public var weightDecay: Double
  /// Radius of SAM's ascent step.
  public var rho: Double

  /// c: u is scaled by c eta*. 1 reaches the minimum along the line, 2 the point across the valley.
  public var perturbationRange: Double
  /// m: groups of the batch that are searched and perturbed on their own.
  public var perturbationGroups: Int
  /// Images per weak batch.
  public var weakBatchSize: Int
  /// Whether the weak batch's pass updates the running statistics of batch norm.
  public var weakStatistics: Bool
  /// The first t of the doubling at or above which a line search counts as having reached its limit.
  public var searchLimit: Double
  public var atSearchLimit: AtSearchLimit

  /// Training images used, the first of the file; 0 = all.
  public var trainLimit: Int
  /// Test images used, the first of the file; 0 = all.
  public var testLimit: Int
  /// The test set is evaluated in every n-th pre-training epoch and in the last; in post-training by `postTesting`.
  public var testInterval: Int

  /// Part of the data set's training images that `trainLimit` counts in.
  public var trainingPart: TrainingPart
  public var perturbedLayers: PerturbedLayers
  public var perturbationDirection: PerturbationDirection
  public var perturbationStep: PerturbationStep
  public var postTesting: PostTesting

  public init(
    profile: String, dataset: String, dataSource: DataSource, augmentation: Augmentation, arm: Arm, seed: Int,
    depth: Int, width: Int, batchSize: Int, preEpochs: Int, postEpochs: Int, learningRate: Double,
    postLearningRate: Double, momentum: Double = 0.9, weightDecay: Double = 5e-4, rho: Double,
    perturbationRange: Double = 2, perturbationGroups: Int = 16, weakBatchSize: Int = 256, weakStatistics: Bool = true,
    searchLimit: Double = 10_000, atSearchLimit: AtSearchLimit = .reject, trainLimit: Int = 0, testLimit: Int = 0,
    testInterval: Int = 5, trainingPart: TrainingPart = .all, perturbedLayers: PerturbedLayers = .classifier,
    perturbationDirection: PerturbationDirection = .weakGradient, perturbationStep: PerturbationStep = .lineSearch,
    postTesting: PostTesting = .everyEpoch
  ) {
    self.profile = profile
    self.dataset = dataset
    self.dataSource = dataSource
    self.augmentation = augmentation
    self.arm = arm.name
    self.preTraining = arm.preTraining
    self.postTraining = arm.postTraining
    self.seed = seed
    self.depth = depth
    self.width = width
    self.batchSize = batchSize
    self.preEpochs = preEpochs
    self.postEpochs = postEpochs
    self.learningRate = learningRate
    self.postLearningRate = postLearningRate
    self.momentum = momentum
    self.weightDecay = weightDecay
    self.rho = rho
    self.perturbationRange = perturbationRange
    self.perturbationGroups = perturbationGroups
    self.weakBatchSize = weakBatchSize
    self.weakStatistics = weakStatistics
    self.searchLimit = searchLimit
    self.atSearchLimit = atSearchLimit
    self.trainLimit = trainLimit
    self.testLimit = testLimit
    self.testInterval = testInterval
    self.trainingPart = trainingPart
    self.perturbedLayers = perturbedLayers
    self.perturbationDirection = perturbationDirection
    self.perturbationStep = perturbationStep
    self.postTesting = postTesting
    arm.variation.apply(to: &self)
  }

  /// Epochs of this run alone: pre-training's or post-training's.
  public var epochs: Range<Int> {
    postTraining == .none ? 1..<preEpochs + 1 : preEpochs + 1..<preEpochs + postEpochs + 1
  }

  /// The shared pre-training that this run continues: the same settings without those that act only afterwards, so
  /// that all arms of one profile, seed and data set have equal pre-training.
  public var sharedPreTraining: RunConfiguration {
    var shared = self
    let arm = Arm.preTraining(preTraining)
    shared.arm = arm.name
    shared.postTraining = arm.postTraining
    if preTraining == .sgd { shared.rho = 0 }
    shared.postEpochs = 0
    shared.postLearningRate = 0
    shared.perturbationRange = 0
    shared.perturbationGroups = 0
    shared.weakBatchSize = 0
    shared.weakStatistics = true
    shared.searchLimit = 0
    shared.atSearchLimit = .reject
    shared.perturbedLayers = .unstated
    shared.perturbationDirection = .unstated
    shared.perturbationStep = .unstated
    shared.postTesting = .unstated
    return shared
  }
}
