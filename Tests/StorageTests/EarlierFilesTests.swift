// Files of the format versions 1.0 to 1.2, written by the releases that had them: they stay readable, value by value. The
// numbers below were read off the files by h5py and h5dump. Nothing here is ever adapted to a newer writer.

import Foundation
import NeuralNetwork
import TensorCore
import Testing
import Training

@testable import Storage

private let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")
private let runPath = folder.appending(path: "run-1.0.h5").path
private let checkpointPath = folder.appending(path: "checkpoint-1.0.h5").path
private let configurationDigest = "8c80e1646190ebc8ca5f7ff76338509611ad921b7381c7666f54d7dd1b24c239"

/// The fixtures themselves must not be replaced by newer files.
@Test(arguments: [runPath, checkpointPath])
func firstVersionIsWhatTheFilesSay(path: String) throws {
  #expect(try HDF5File.open(path) { try $0.text("format_version") } == "1.0")
}

@Test func runsOfTheFirstVersionStayReadable() throws {
  let record = try RunFile.read(runPath)
  #expect(record.status == .done)

  let configuration = record.configuration
  #expect(configuration.digest == configurationDigest)
  #expect(configuration.profile == "smoke" && configuration.arm == "sgd-pof" && configuration.postTraining == .pof)
  #expect(configuration.depth == 10 && configuration.perturbationGroups == 4 && configuration.weakStatistics)
  #expect(configuration.postLearningRate == 0.025 && configuration.searchLimit == 10_000)

  #expect(!record.data.official && record.data.trainCount == 192 && record.data.testCount == 128)
  #expect(record.data.digest == "8655b0e6dc3a40f2163de7c819c123f16615234edf18903b7f0e5271908da5f0")

  try #require(record.epochs.map(\.epoch) == [3, 4])
  #expect(record.epochs.map(\.train.loss) == [0x1.42d749b2c77f9p+1, 0x1.2fb9c1f6e4320p+1])
  #expect(record.epochs.map(\.train.error) == [0x1.7915555555555p+6, 0x1.6eaaaaaaaaaabp+6])
  #expect(record.epochs.map(\.learningRate) == [0.025, 0.025])
  #expect(record.epochs.map(\.gradientEvaluations) == [0x1.3ffffffffffffp+3, 0x1.3ffffffffffffp+3])
  #expect(record.epochs.map(\.test?.loss) == [0x1.285cba6d7617ep+1, 0x1.2855f6b7dcddcp+1])
  #expect(record.epochs.map(\.test?.error) == [90.625, 92.96875])
  #expect(record.epochs.map(\.seconds) == [0x1.6635f2cd822e6p-3, 0x1.54c468a52dc31p-3])
  #expect(record.epochs.map(\.imagesPerSecond) == [0x1.35eb8893f7ef4p+10, 0x1.4d52f6fd8ec6ep+10])
  #expect(
    record.epochs[1].perturbation
      == PerturbationSummary(
        etaStar: 0.953125, eta: 0x1.fe4755d296c2bp-1, perturbationNorm: 0x1.6670a7465b9fdp-2,
        weakLoss: 0x1.254ad0f1df277p+1, perturbedLoss: 0x1.2fb9c1f6e4320p+1, unperturbedLoss: 0x1.2807b0359db15p+1,
        rejectedShare: 0, limitShare: 0))

  #expect(record.peakMemory == 89_948_160)
  let provenance = record.provenance
  #expect(provenance.environment.commit == "e398142a82a17d73f66074176e123b9936f38d05" && !provenance.dirty)
  #expect(provenance.environment.cpu == "AMD EPYC" && provenance.environment.threads == 2)
  #expect(provenance.environment.versions == ["HDF5": "1.10.8", "OpenBLAS": "0.3.21 (Cooperlake)", "oneDNN": "2.6.3"])
  // 1.0 knew no segments: what the run trained itself counts as one.
  try #require(provenance.segments.count == 1)
  #expect(provenance.segments[0].firstEpoch == 3 && provenance.segments[0].firstStep == 1)
  #expect(provenance.command == "fashion-mnist --profile smoke --method sgd-pof --results results")
  #expect(provenance.started == "2026-11-25T13:54:37Z" && provenance.duration == 0.3731158560003678)

  // What the results are digested to must not change: equal runs of then and now are recognised by it.
  #expect(
    RunFile.contentDigest(record) == "f82117f138ff3d1a5d577db8ee7aebb8d1cdeefb505e5bb759333ae43c65b32d")
}

@Test func checkpointsOfTheFirstVersionStayReadable() throws {
  let model = try WideResNet(depth: 10, width: 1, classes: 10, channels: 1, imageSize: 28)
  let checkpoint = try CheckpointFile.read(checkpointPath, expecting: (configurationDigest, model))
  #expect(checkpoint.epoch == 4 && checkpoint.partial == nil && checkpoint.environment == nil)
  #expect(checkpoint.configurationDigest == configurationDigest)
  #expect(checkpoint.configurationJSON == (try RunFile.read(runPath)).configuration.json)

  let (network, momentum) = (checkpoint.state.network, checkpoint.state.momentum)
  func sum(_ arena: [Float], _ layout: ParameterLayout, _ name: String) -> Double {
    arena[layout[name].range].reduce(0) { $0 + Double($1) }
  }
  // Sums in another order than theirs.
  let parameters = model.parameterLayout
  #expect(abs(sum(network.parameters, parameters, "conv1.weight") - 1.741012416779995) <= 1e-12)
  #expect(
    abs(sum(network.parameters, parameters, "layer2.num_0.shortcut.0.weight") + 4.638029310444836) <= 1e-12)
  #expect(abs(sum(network.parameters, parameters, "classifiers.0.weight") - 4.203436563606374) <= 1e-12)
  #expect(
    abs(sum(network.statistics, model.statisticsLayout, "bn_out.running_var") - 126.14451861381531) <= 1e-11)
  #expect(abs(sum(momentum, parameters, "layer3.num_0.conv2.weight") + 0.06361936290340964) <= 1e-12)
  #expect(network.parameters[parameters["conv1.weight"].range.lowerBound] == 0.10504408)
  #expect(network.batchesTracked == .init(repeating: 36, count: model.normalizations.count))
}

@Test func checkpointsOfTheFirstVersionBelongToTheirConfiguration() throws {
  let model = try WideResNet(depth: 10, width: 1, classes: 10, channels: 1, imageSize: 28)
  #expect(throws: StorageError.self) {
    try CheckpointFile.read(checkpointPath, expecting: (String(repeating: "0", count: 64), model))
  }
}

// MARK: 1.1, by the numbers that h5dump printed

/// A run that was stopped in its fourth epoch on one thread and ended on two.
@Test func runsOfVersion11StayReadable() throws {
  let record = try RunFile.read(folder.appending(path: "run-1.1.h5").path)
  #expect(record.status == .done && record.epochs.map(\.epoch) == Array(3...14))
  #expect(record.epochs.first?.test?.loss == 2.3150658800611943 && record.epochs.last?.test?.loss == 2.3076162118168955)
  let provenance = record.provenance
  try #require(provenance.segments.count == 2)
  #expect(!provenance.promisesEqualBytes && provenance.segments.map(\.environment.threads) == [1, 2])
  #expect(provenance.segments.map(\.firstEpoch) == [1, 4] && provenance.segments.map(\.firstStep) == [1, 2])
  #expect(provenance.segments.map(\.starts) == [2, 1])
  #expect(
    RunFile.contentDigest(record) == "45dfd85cc3aea17488058b5c56d2b3ba97a3857ddab93ebe3cda891a51e16af4")
}

/// What the stop left: one step of the fourth epoch.
@Test func partialCheckpointsOfVersion11StayReadable() throws {
  let model = try WideResNet(depth: 10, width: 1, classes: 10, channels: 1, imageSize: 28)
  let digest = "0b12ce60a986982c5fec7559e0718a53b5884f13823cc2d7608154b9f3ff1498"
  let path = folder.appending(path: "checkpoint-1.1.h5").path
  let checkpoint = try CheckpointFile.read(path, expecting: (digest, model))
  #expect(checkpoint.epoch == 3 && checkpoint.environment?.threads == 1)
  let partial = try #require(checkpoint.partial)
  #expect(partial.epoch == 4 && partial.steps == 1 && partial.losses.errors == 30)
  #expect(partial.losses.loss == 74.270486410462382 && partial.perturbations.eta == 5.9482425287175946)
  #expect(partial.perturbations.searches == 4 && partial.perturbations.weakLoss == 9.2031197831002327)
  #expect(partial.seconds == 0.046325063000000007)
}

// MARK: 1.2, by the numbers that h5py printed

/// Part of files that are not the official set; what they held beside it was not recorded then.
@Test func runsOfVersion12StayReadable() throws {
  let path = folder.appending(path: "run-1.2.h5").path
  #expect(try HDF5File.open(path) { try $0.text("format_version") } == "1.2")
  let record = try RunFile.read(path)
  #expect(record.status == .done && record.epochs.map(\.epoch) == Array(101...110))
  #expect(record.epochs.compactMap(\.test?.loss) == [1.3018538229129677])
  #expect(record.configuration.trainingPart == .withoutExtra && record.configuration.postTesting == .interval)
  #expect(record.configuration.digest == "08180c0a7ec5879f54614356e3c6c3ec9e90d93ac21adddcb021c8cebb913c9d")
  #expect(
    record.data
      == DataDescription(
        official: false, trainCount: 1000, testCount: 1999,
        digest: "e93bbc3ca4240ff775712ddfbccc724a5b013ed38b6363e0f99a4f3d31b5bec4"))
  #expect(record.files == nil)
  #expect(
    RunFile.contentDigest(record) == "3a440cb9f5f056f8ebc591b0abddb85b9266c7a8645fa40bc23e8e13c67f9bdf")
}
