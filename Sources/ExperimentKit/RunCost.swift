// What a run costs, in arithmetic rather than seconds: for estimates before it starts and for the time left.

import Datasets
import NeuralNetwork
import Training

/// The cost of one run. Units: the gradient of one image times a million multiply-adds of its forward pass.
struct RunCost: Sendable, Hashable {
  /// Gradients of a full training batch in one epoch, as `EpochRecord.gradientEvaluations` counts them.
  let gradientsPerEpoch: Double
  /// Units of one epoch's training.
  let training: Double
  /// Units of one pass over the test set: a forward pass is a third of a gradient.
  let evaluation: Double
  private let configuration: RunConfiguration

  /// - Parameters:
  ///   - trainCount: training images used, after limits.
  ///   - testCount: test images used.
  init(_ configuration: RunConfiguration, model: WideResNet, trainCount: Int, testCount: Int) {
    let method = TrainingMethod(configuration)
    let batch = configuration.batchSize
    let unit = Double(model.forwardMultiplyAdds) / 1e6
    gradientsPerEpoch = stride(from: 0, to: trainCount, by: batch).reduce(0) {
      $0 + method.gradientEvaluations(images: min(batch, trainCount - $1), batchSize: batch, model: model)
    }
    training = gradientsPerEpoch * Double(batch) * unit
    evaluation = Double(testCount) / 3 * unit
    self.configuration = configuration
  }

  /// Units of the epochs after `epoch`; of the whole run where it is nil.
  func remaining(after epoch: Int?) -> Double {
    configuration.epochs.filter { $0 > (epoch ?? 0) }.reduce(0) { sum, epoch in
      sum + training + (configuration.evaluates(epoch: epoch) ? evaluation : 0)
    }
  }
}

extension RunConfiguration {
  /// Whether the test set is evaluated after an epoch: every `testInterval`-th and the last of a phase, in
  /// post-training all of them where it is tested in every epoch.
  func evaluates(epoch: Int) -> Bool {
    guard postTraining != .none else { return epoch % testInterval == 0 || epoch == preEpochs }
    let own = epoch - preEpochs
    return postTesting == .everyEpoch || own % testInterval == 0 || own == postEpochs
  }

  /// Training steps of an epoch, the last, partial batch included.
  func steps(trainCount: Int) -> Int { (trainCount + batchSize - 1) / batchSize }

  /// Images used of as many as there are.
  func used(train: Int, test: Int) -> (train: Int, test: Int) {
    (trainLimit > 0 ? trainLimit : train, testLimit > 0 ? testLimit : test)
  }
}
