// The operations of a training step, each timed a few times on a network too large to time every method, and the steps
// that are made of them.

import Datasets
import NeuralNetwork
import TensorCore
import Training

/// Seconds of one network's operations at one batch size.
struct OperationCosts: Sendable, Hashable {
  let model: WideResNet
  let batch: Int
  /// Planning, and what the first step took beyond the measured one.
  var setUp = 0.0
  /// Of one image: reading and augmenting it.
  var augmentation = 0.0
  /// Of a full training batch.
  var forward = 0.0
  var backward = 0.0
  var classifier = 0.0
  /// A step of SGD over all weights, once the gradient is there.
  var update = 0.0
  /// Of one image: features of a weak batch, and evaluation.
  var features = 0.0
  var evaluation = 0.0
  /// Direction and line searches of one weak batch.
  var search = 0.0

  /// Seconds of an SGD step.
  var sgd: Double { Double(batch) * augmentation + forward + classifier + backward + update }

  /// Seconds of a method's step on a full batch. Passes through a part of the network take its share of the
  /// multiply-adds.
  func step(_ method: TrainingMethod) -> Double {
    /// A gradient is three forward passes by the counts; here each direction has its measured time.
    func forward(_ selection: ParameterSelection) -> Double { self.forward * 3 * model.forwardCost(of: selection) }
    func backward(_ selection: ParameterSelection) -> Double { self.backward * 1.5 * model.backwardCost(of: selection) }
    let images = Double(batch + (method.perturbation.weakBatchSize ?? 0))
    let own = images * augmentation + self.forward + classifier + backward(method.stepped) + update
    switch method.perturbation {
    case .none: return own
    // The perturbation and the norm before it are passes over the weights, as the update is.
    case .ascent: return own + self.forward + classifier + backward(.everything) + update
    case .classifierDescent(let descent):
      return own + Double(descent.weakBatchSize) * features + (descent.step == .fixed ? 0 : search)
    case .layerDescent(let descent):
      let above = forward(.from(descent.split))
      let weak = Double(descent.weakBatchSize) / Double(batch)
      return own + above
        + weak * (self.forward + backward(descent.perturbed) + Double(LayerDescent.expectedEvaluations) * above)
    }
  }
}

extension OperationCosts {
  /// So often is an operation timed; the shortest time counts, since other programs only ever add to it.
  private static let rounds = 3

  /// Times steps after a first one; on the compute thread.
  /// - Parameters:
  ///   - key: of SGD's steps.
  ///   - weakBatchSize: of PoF, where it will be asked for.
  ///   - executor: with room for both batches.
  ///   - isSmall: told SGD's seconds a step; true leaves out what only large networks need.
  /// - Throws: what planning throws.
  init(
    measuring key: StepKey, on executor: CPUExecutor, weakBatchSize: Int, isSmall: (Double) -> Bool
  ) throws {
    let configuration = key.configuration
    self.init(model: executor.model, batch: configuration.batchSize)
    func time(_ body: () throws -> Void) rethrows -> Double {
      let begun = Terminal.seconds()
      try body()
      return Terminal.seconds() - begun
    }
    func shortest(_ body: () throws -> Void) rethrows -> Double {
      var least = Double.infinity
      for _ in 0..<Self.rounds { least = min(least, try time(body)) }
      return least
    }
    let largest = max(batch, weakBatchSize)
    let data = SyntheticDataset.make(for: key.dataset, trainCount: largest, testCount: 1, seed: 0)
    let source = BatchSource(data.train, normalization: data.normalization, augmentation: .basic, seed: 0)
    let images = ImageBatch(capacity: largest, channels: model.channels, size: model.imageSize)
    let order = source.order(epoch: 1)
    augmentation =
      shortest { source.fillTraining(images, order: order, range: 0..<largest, epoch: 1) } / Double(largest)
    source.fillTraining(images, order: order, range: 0..<batch, epoch: 1)

    executor.state = model.initialState(seed: 0)
    setUp = try time { try executor.prepare(.training(updatingRunning: .everything), count: batch) }
    func timeStep(_ keep: (Double, Double) -> Double) {
      forward = keep(
        forward,
        time {
          executor.load(images)
          executor.extractFeatures(.training(updatingRunning: .everything))
        })
      classifier = keep(classifier, time { _ = executor.classify(alongDirection: nil) })
      backward = keep(backward, time { executor.backpropagate(.everything) })
      update = keep(
        update,
        time {
          executor.stepSGD(
            .everything, from: .weights, learningRate: configuration.learningRate, momentum: 0.9, weightDecay: 0)
        })
    }
    timeStep { $1 }
    let first = sgd
    timeStep { $1 }
    for _ in 1..<Self.rounds { timeStep(min) }
    setUp += max(0, first - sgd)
    guard !isSmall(sgd) else { return }

    try executor.prepare(.evaluation, count: batch)
    evaluation =
      shortest {
        executor.load(images)
        executor.extractFeatures(.evaluation)
        _ = executor.classify(alongDirection: nil)
      } / Double(batch)
    guard weakBatchSize > 0 else { return }
    source.fillTraining(images, order: order, range: 0..<weakBatchSize, epoch: 1)
    try executor.prepare(.features(updatingRunning: .everything), count: weakBatchSize)
    features =
      shortest {
        executor.load(images)
        executor.extractFeatures(.features(updatingRunning: .everything))
      } / Double(weakBatchSize)
    search = shortest {
      _ = executor.directClassifier()
      // One group: the classifier's work is the same, however the images are divided.
      let search = LineSearch(limit: 100, atLimit: .keep)
      _ = search.minimise { executor.classifierLoss(at: $0, images: 0..<weakBatchSize) }
    }
  }

  private init(model: WideResNet, batch: Int) {
    self.model = model
    self.batch = batch
  }
}
