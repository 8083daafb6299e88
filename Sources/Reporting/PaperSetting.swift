// What the paper's Table 1 covers and how it was run (ALGORITHM: "Settings of the paper"). No number of its results.

import Training

/// The data sets of the paper's Table 1, by folder name.
public enum PaperDataset: String, Sendable, Hashable, CaseIterable {
  case cifar10
  case cifar100
  case svhn
  case fashionMNIST = "fashion-mnist"

  public var title: String {
    switch self {
    case .cifar10: "CIFAR-10"
    case .cifar100: "CIFAR-100"
    case .svhn: "SVHN"
    case .fashionMNIST: "Fashion-MNIST"
    }
  }

  /// The title of a data set's folder; the folder's name itself where the paper has no such data set.
  static func title(of folder: String) -> String { PaperDataset(rawValue: folder)?.title ?? folder }
}

enum PaperSetting {
  static let depth = 28
  static let width = 10
  static let batchSize = 256
  static let preEpochs = 200
  static let weakBatchSize = 256
  /// One per process of the authors' 16.
  static let groups = 16
  /// 10 epochs of CIFAR at batch 256, and the rate to which 0.1 has fallen by then.
  static let postSteps = 1960
  static let postLearningRate = 1.6e-4
}

extension Arm {
  /// Column title: `SGD`, `SAM -> PoF`, `SGD -> frozen`; for the shared pre-training `SGD pre-training`.
  var title: String {
    let start = preTraining.title
    switch postTraining {
    case .none: return "\(start) pre-training"
    case .sgd: return preTraining == .sgd ? start : "\(start) -> SGD"
    case .sam: return preTraining == .sam ? start : "\(start) -> SAM"
    case .frozen: return "\(start) -> frozen"
    case .pof: return "\(start) -> PoF"
    }
  }
}

extension PreTraining {
  var title: String {
    switch self {
    case .sgd: "SGD"
    case .sam: "SAM"
    }
  }
}
