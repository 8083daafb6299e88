// What the paper's settings and the suite's plans say about each data set beyond its images.

import Datasets
import NeuralNetwork

extension DatasetName {
  /// Initial learning rate, epochs of post-training and radius of SAM at the paper's scale.
  var paperSettings: (learningRate: Double, postEpochs: Int, rho: Double) {
    switch self {
    case .cifar10: (0.1, 10, 0.05)
    case .cifar100: (0.1, 10, 0.1)
    case .svhn: (0.01, 50, 0.01)
    // The paper has no Fashion-MNIST: its CIFAR-10 settings.
    case .fashionMNIST: (0.1, 10, 0.05)
    }
  }

  /// The network of a configuration on this data set.
  func model(depth: Int, width: Int) throws(ModelError) -> WideResNet {
    try WideResNet(
      depth: depth, width: width, classes: specification.classes, channels: specification.channels,
      imageSize: specification.imageSize)
  }
}
