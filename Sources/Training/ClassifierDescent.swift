// PoF's perturbation: the classifier moves along a direction that a weak batch gives, group by group. The choices, and
// how a training step takes them (ALGORITHM, steps 1 to 5). psi_j is never formed; the executor classifies along the
// line.

import Datasets
import NeuralNetwork

/// Where a step's eta* comes from.
public enum StepLength: Sendable, Hashable {
  /// A line search along -g on every weak batch, for each group on its own.
  case searched(LineSearch)
  /// One constant for all steps and groups, which the training step is given.
  case fixed
}

/// The classifier moves by u c eta* in each of `groups` groups of the batch.
public struct ClassifierDescent: Sendable, Hashable {
  /// c.
  public let range: Double
  /// m.
  public let groups: Int
  public let step: StepLength
  /// Along -g, or along a random direction of g's norm by steps that were searched along -g.
  public let direction: PerturbationDirection
  public let weakBatchSize: Int
  /// Whether the weak batch's pass updates the running statistics.
  public let weakStatistics: Bool

  public init(
    range: Double, groups: Int, step: StepLength, direction: PerturbationDirection = .weakGradient, weakBatchSize: Int,
    weakStatistics: Bool
  ) {
    self.range = range
    self.groups = groups
    self.step = step
    self.direction = direction
    self.weakBatchSize = weakBatchSize
    self.weakStatistics = weakStatistics
  }

  /// Cost of a step on `images` images, in gradients of one image: its gradient and a forward pass of the weak batch.
  /// Search and direction are products of the classifier's size and count nothing.
  public func imageGradients(images: Int) -> Double { Double(images) + Double(weakBatchSize) / 3 }
}

extension TrainingStep {
  /// Gradient of the batch's loss where each group of its images sees a classifier of its own.
  /// - Parameters:
  ///   - direction: the random direction, where the method has one.
  ///   - uniform: u of each group.
  func descendClassifier(
    _ descent: ClassifierDescent, _ batch: ImageBatch, weak: ImageBatch, direction: UnsafeBufferPointer<Double>?,
    _ uniform: (_ group: Int) -> Double
  ) -> BatchLoss {
    executor.load(weak)
    executor.extractFeatures(.features(updatingRunning: descent.weakStatistics ? .everything : .nothing))
    let norm = executor.directClassifier()
    for group in groupSteps.indices {
      let images = Self.share(group, of: groupSteps.count, in: weak.count)
      let found: LineSearch.Result
      switch descent.step {
      case .searched(let search): found = search.minimise { executor.classifierLoss(at: $0, images: images) }
      case .fixed:
        found = LineSearch.Result(
          minimiser: fixedStep, initialLoss: executor.classifierLoss(at: 0, images: images), reachedLimit: false)
      }
      groupSteps[group] = uniform(group) * descent.range * found.minimiser
      perturbations.add(found, eta: groupSteps[group], directionNorm: norm)
    }
    if descent.direction == .random {
      guard let direction else { preconditionFailure("this method needs a random direction") }
      executor.redirectClassifier(along: direction)
    }
    for group in groupSteps.indices {
      for i in Self.share(group, of: groupSteps.count, in: batch.count) { imageSteps[i] = groupSteps[group] }
    }
    imageGradients = descent.imageGradients(images: batch.count)
    return imageSteps.withUnsafeBufferPointer {
      gradient(
        of: batch, updatingRunning: .everything, alongDirection: UnsafeBufferPointer(rebasing: $0[..<batch.count]))
    }
  }
}
