// Profiles, overrides and the folders that they lead to; what runs cost.

import Datasets
import NeuralNetwork
import Storage
import Testing
import Training

@testable import ExperimentKit

@Test(arguments: Profile.allCases, DatasetName.allCases)
func profilesAreCompleteAndValid(profile: Profile, dataset: DatasetName) throws {
  for augmentation in Augmentation.allCases {
    for arm in Arm.all {
      let configuration = profile.configuration(for: dataset, augmentation: augmentation, arm: arm, seed: 3)
      try configuration.check(full: arm.postTraining != .none)
      if configuration.dataSource == .files {
        let published = dataset.specification
        try configuration.check(trainImages: published.trainCount, testImages: published.testCount)
      }
      #expect(configuration.arm == arm.name && configuration.preTraining == arm.preTraining)
      #expect(configuration.postTraining == arm.postTraining && configuration.seed == 3)
      #expect(profile.folder(for: configuration) == profile.rawValue)
    }
  }
}

/// Rate times steps of post-training: the paper's own by its numbers, profile `reduced` near it, `smoke` far enough to move.
@Test(arguments: [(DatasetName.cifar10, 0.3136), (.cifar100, 0.3136), (.svhn, 1.8888), (.fashionMNIST, 0.376)])
func postTrainingMovesAsFarAsThePapers(dataset: DatasetName, published: Double) {
  #expect(abs(dataset.paperTravel - published) <= 1e-9)
  func travel(_ profile: Profile) -> Double {
    let settings = profile.settings(for: dataset, augmentation: .basic, arm: .sgdPoF, seed: 0)
    let images = settings.used(train: dataset.specification.trainCount, test: dataset.specification.testCount).train
    return settings.postLearningRate * Double(settings.postEpochs * settings.steps(trainCount: images))
  }
  #expect(abs(travel(.paper) - dataset.paperTravel) <= 1e-9)
  #expect(abs(travel(.reduced) / dataset.paperTravel - 1) <= 0.01)
  #expect(abs(travel(.smoke) - 0.3) <= 0.01)
}

/// Every property of a configuration is either part of a run's name or compared with the profile's.
@Test func noSettingIsForgotten() {
  let names = (SettingText.identity + SettingText.tunable).map(\.name)
  #expect(names.sorted() == toyConfiguration().settings.map(\.name).sorted())
  #expect(Set(names).count == names.count)
}

@Test func everyTunableSettingChangesTheFolder() throws {
  let base = Profile.quick.settings(for: .fashionMNIST, augmentation: .basic, arm: .sgdPoF, seed: 0)
  let changes: [String: (inout RunConfiguration) -> Void] = [
    "data_source": { $0.dataSource = .synthetic }, "depth": { $0.depth = 16 }, "width": { $0.width = 2 },
    "batch_size": { $0.batchSize = 64 }, "pre_epochs": { $0.preEpochs = 7 }, "post_epochs": { $0.postEpochs = 7 },
    "learning_rate": { $0.learningRate = 0.07 }, "post_learning_rate": { $0.postLearningRate = 0.07 },
    "momentum": { $0.momentum = 0.8 }, "weight_decay": { $0.weightDecay = 0 }, "rho": { $0.rho = 0.3 },
    "perturbation_range": { $0.perturbationRange = 1 }, "perturbation_groups": { $0.perturbationGroups = 4 },
    "weak_batch_size": { $0.weakBatchSize += 1 }, "weak_statistics": { $0.weakStatistics = false },
    "search_limit": { $0.searchLimit = 100 }, "at_search_limit": { $0.atSearchLimit = .keep },
    "train_limit": { $0.trainLimit += 1 }, "test_limit": { $0.testLimit += 1 },
    "test_interval": { $0.testInterval = 9 }, "training_part": { $0.trainingPart = .withoutExtra },
    "perturbed_layers": { $0.perturbedLayers = .group3 },
    "perturbation_direction": { $0.perturbationDirection = .random },
    "perturbation_step": { $0.perturbationStep = .fixedMean }, "post_testing": { $0.postTesting = .everyEpoch },
  ]
  #expect(Set(changes.keys) == Set(SettingText.tunable.map(\.name)))
  var folders: Set<String> = ["quick"]
  for setting in SettingText.tunable {
    var changed = base
    let change = try #require(changes[setting.name])
    change(&changed)
    #expect(Profile.quick.overrides(in: changed) == ["\(setting.name)=\(setting.text(changed))"])
    folders.insert(Profile.quick.folder(for: changed))
  }
  #expect(folders.count == changes.count + 1)

  for change: (inout RunConfiguration) -> Void in [
    { $0.seed = 9 }, { $0.augmentation = .cutout },
    { ($0.arm, $0.preTraining, $0.postTraining) = ("sam-frozen", .sam, .frozen) },
  ] {
    var renamed = base
    change(&renamed)
    #expect(Profile.quick.folder(for: renamed) == "quick")
  }
}

/// What an arm varies is no override; the same value in another arm is one.
@Test func armsOwnSettingsAreNoOverrides() throws {
  for profile in Profile.allCases {
    for arm in Ablation.allCases.flatMap(\.arms) {
      var run = profile.settings(for: .cifar10, augmentation: .basic, arm: arm, seed: 0)
      #expect(profile.overrides(in: run).isEmpty, "\(arm.name)")
      let shared = profile.configuration(for: .cifar10, augmentation: .basic, arm: .preTraining(.sgd), seed: 0)
      #expect(run.sharedPreTraining == shared)
      run.searchLimit = 50
      #expect(profile.overrides(in: run) == ["search_limit=50.0"])
    }
  }
  var run = Profile.quick.settings(for: .cifar10, augmentation: .basic, arm: try rangeArm("c-1.5"), seed: 0)
  (run.arm, run.postLearningRate) = (Arm.sgdPoF.name, 0.5)
  #expect(Profile.quick.overrides(in: run) == ["perturbation_range=1.5", "post_learning_rate=0.5"])
}

@Test func ablationsLieBesideTheArmsOfTable1() throws {
  let configuration = Profile.quick.configuration(
    for: .cifar10, augmentation: .basic, arm: try rangeArm("c-1.5"), seed: 0)
  #expect(
    RunPaths(results: "r", configuration: configuration).runFile
      == "r/quick/cifar10/basic/ablation-range/c-1.5/seed0.h5")
}

@Test func hashOfOverridesIsStableAndWithoutOrder() {
  #expect(Profile.hash(of: ["rho=0.1", "depth=16"]) == Profile.hash(of: ["depth=16", "rho=0.1"]))
  // First 8 digits of: printf 'depth=16\nrho=0.1' | sha256sum
  #expect(Profile.hash(of: ["rho=0.1", "depth=16"]) == "e86b4bfc")
}

@Test func pathsAreLaidOutAsDocumented() {
  let quick = Profile.quick.configuration(for: .fashionMNIST, augmentation: .cutout, arm: .samPoF, seed: 12)
  let paths = RunPaths(results: "results/local/", configuration: quick)
  #expect(paths.folder == "results/local/quick/fashion-mnist/cutout/sam-pof")
  #expect(paths.runFile == paths.folder + "/seed12.h5")
  #expect(paths.checkpoint == paths.folder + "/seed12.ckpt.h5")
  let shared = RunPaths(results: "/r", configuration: quick.sharedPreTraining)
  #expect(shared.runFile == "/r/quick/fashion-mnist/cutout/sam-pre/seed12.h5")
}

/// What only post-training uses leaves pre-training, and so its folder, as it is.
@Test func preTrainingIsSharedAcrossPostTrainingOverrides() {
  var changed = Profile.quick.settings(for: .fashionMNIST, augmentation: .basic, arm: .sgdPoF, seed: 0)
  changed.perturbationRange = 1
  #expect(Profile.quick.folder(for: changed) != "quick")
  #expect(Profile.quick.folder(for: changed.sharedPreTraining) == "quick")
  changed.preEpochs = 3
  #expect(Profile.quick.folder(for: changed.sharedPreTraining) != "quick")
}

/// ALGORITHM's figures for 32x32 images, three channels.
@Test(arguments: [(28, 10, 5.951e9), (16, 8, 2.00e9), (16, 4, 0.506e9)])
func multiplyAddsOfAForwardPass(depth: Int, width: Int, expected: Double) throws {
  let model = try WideResNet(depth: depth, width: width, classes: 10, channels: 3, imageSize: 32)
  #expect(abs(Double(model.forwardMultiplyAdds) / expected - 1) <= 0.002)
}

@Test func costsOfTheMethods() throws {
  let model = try DatasetName.fashionMNIST.model(depth: 10, width: 1)
  let unit = Double(model.forwardMultiplyAdds) / 1e6
  var base = Profile.quick.configuration(for: .fashionMNIST, augmentation: .basic, arm: .sgd, seed: 0)
  (base.batchSize, base.weakBatchSize, base.preEpochs, base.postEpochs, base.testInterval) = (128, 256, 9, 4, 5)
  base.postTesting = .everyEpoch
  func cost(_ arm: Arm) -> RunCost {
    var configuration = base
    (configuration.preTraining, configuration.postTraining) = (arm.preTraining, arm.postTraining)
    return RunCost(configuration, model: model, trainCount: 1000, testCount: 10_000)
  }
  // 1,000 images are 7.8125 batches of 128, the partial one by its share.
  #expect(cost(.sgd).gradientsPerEpoch == 7.8125 && cost(.sgdFrozen).gradientsPerEpoch == 7.8125)
  #expect(cost(.sam).gradientsPerEpoch == 15.625 && cost(.preTraining(.sam)).gradientsPerEpoch == 15.625)
  // Eight weak batches of 256, a third of a gradient each.
  #expect(abs(cost(.sgdPoF).gradientsPerEpoch - (7.8125 + 8 * 256.0 / 128 / 3)) <= 1e-9)
  let evaluation = 10_000.0 / 3 * unit
  let whole = 4 * (1000 * unit + evaluation)
  #expect(abs(cost(.sgd).remaining(after: nil) - whole) <= 1e-6 * whole)
  #expect(cost(.sgd).remaining(after: 13) == 0)
  #expect(abs(cost(.sgd).remaining(after: 11) - whole / 2) <= 1e-6 * whole)
  #expect(abs(cost(.preTraining(.sgd)).remaining(after: 8) - (1000 * unit + evaluation)) <= 1e-6 * whole)
}

@Test func theLastEpochOfPreTrainingIsEvaluated() {
  let configuration = toyConfiguration().sharedPreTraining
  #expect((1...4).filter { configuration.evaluates(epoch: $0) } == [3, 4])
  #expect((5...7).allSatisfy { toyConfiguration().evaluates(epoch: $0) })

  var sparse = toyConfiguration()
  sparse.postTesting = .interval
  sparse.testInterval = 2
  #expect((5...7).filter { sparse.evaluates(epoch: $0) } == [6, 7])
}
