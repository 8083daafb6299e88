// How the paper's Table 1 was run, data set by data set (ALGORITHM: "Settings of the paper"). No number of its results.

import Datasets
import Training

/// The paper's settings for one data set.
struct PaperSetting {
  static let depth = 28
  static let width = 10
  static let batchSize = 256
  static let preEpochs = 200
  static let momentum = 0.9
  static let weightDecay = 5e-4
  static let weakBatchSize = 256
  /// One per process of the authors' 16.
  static let groups = 16
  /// c by default in the authors' code.
  static let range = 2.0
  /// Of the authors' distributed code, where a search that reaches it is rejected.
  static let searchLimit = 10_000.0

  /// Initial rate of pre-training.
  let learningRate: Double
  /// SAM's radius.
  let rho: Double
  let postEpochs: Int
  /// Whose number of epochs that is, where the paper gives none for the data set.
  let postEpochsRemark: String
  /// All training images, SVHN's extra ones included.
  let trainCount: Int

  init(_ dataset: DatasetName) {
    let values: (Double, Double, Int, String) =
      switch dataset {
      case .cifar10: (0.1, 0.05, 10, "")
      case .cifar100: (0.1, 0.1, 10, "")
      case .svhn: (0.01, 0.01, 50, "")
      case .fashionMNIST: (0.1, 0.05, 10, " as for CIFAR")
      }
    (learningRate, rho, postEpochs, postEpochsRemark) = values
    trainCount = dataset.specification.trainCount
  }

  /// The rate to which the initial one has fallen at the end of pre-training.
  var postLearningRate: Double { LearningRateSchedule.final(initial: learningRate) }

  /// Of all post-training epochs; the last, partial batch counts.
  var postSteps: Int { (trainCount + Self.batchSize - 1) / Self.batchSize * postEpochs }
}

extension DatasetName {
  /// The title of a data set's folder; the folder's name itself where there is no such data set.
  static func title(ofFolder folder: String) -> String { DatasetName(rawValue: folder)?.specification.title ?? folder }
}
