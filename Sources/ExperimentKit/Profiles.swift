// The values of the profiles, and why they are what they are.
//
// Post-training moves by its rate times its steps. The paper's 10 epochs on CIFAR are 1,960 steps at 1.6e-4: 0.31.
// Smaller profiles choose their own rate such that this product stays near it.

import Datasets
import Training

extension Profile {
  /// Rate times steps of post-training in the paper: 10 epochs of 196 batches at 0.1 * 0.2^4.
  static let paperTravel = 0.31

  /// One line for help and tables.
  var summary: String {
    switch self {
    case .smoke: "synthetic images, no data needed; seconds"
    case .quick: "a small network on few images, where training loss ends far below test loss; minutes on two cores"
    case .reduced: "a mid-sized network on the full data; hours"
    case .paper: "the paper's network, batch and budget; for large machines"
    }
  }

  /// Every setting, those included that pre-training does not use.
  func settings(for dataset: DatasetName, augmentation: Augmentation, arm: Arm, seed: Int) -> RunConfiguration {
    let paper = dataset.paperSettings
    var settings = RunConfiguration(
      profile: rawValue, dataset: dataset.rawValue, dataSource: .files, augmentation: augmentation, arm: arm,
      seed: seed, depth: 28, width: 10, batchSize: 256, preEpochs: 200, postEpochs: paper.postEpochs,
      learningRate: paper.learningRate, postLearningRate: LearningRateSchedule.final(initial: paper.learningRate),
      rho: paper.rho)
    switch self {
    case .paper: break
    case .reduced:
      settings.depth = 16
      settings.width = 4
      settings.batchSize = 128
      settings.preEpochs = 40
      // 10 epochs of 469 batches at 6.6e-5: 0.31.
      settings.postLearningRate = 6.6e-5
    case .quick:
      // Measured: after 100 epochs on 500 images the training loss is 0.23 and the test loss 0.6, the gap that PoF acts
      // on; 10,000 images leave none. Batches of 32 give post-training enough steps in few epochs, which keeps the share
      // of test passes down; weak batch and groups are the paper's, 16 images to a search.
      settings.depth = 10
      settings.width = 1
      settings.batchSize = 32
      settings.preEpochs = 100
      settings.postEpochs = 5
      settings.trainLimit = 500
      // 5 epochs of 16 batches at 4e-3: 0.32.
      settings.postLearningRate = 4e-3
    case .smoke:
      settings.dataSource = .synthetic
      settings.depth = 10
      settings.width = 1
      settings.batchSize = 32
      settings.preEpochs = 2
      settings.postEpochs = 2
      settings.weakBatchSize = 64
      settings.perturbationGroups = 4
      settings.trainLimit = 192
      settings.testLimit = 128
      // 2 epochs of 6 batches at 0.025: 0.3.
      settings.postLearningRate = 0.025
      settings.testInterval = 1
    }
    arm.variation.apply(to: &settings)
    return settings
  }
}
