// Records, checkpoints, folders and tools that the tests of this room share.

import Datasets
import Foundation
import NeuralNetwork
import TensorCore
import Training

@testable import Storage

enum Sample {
  static var configuration: RunConfiguration {
    RunConfiguration(
      profile: "smoke", dataset: "fashion-mnist", dataSource: .synthetic, augmentation: .cutout, arm: .samPoF, seed: 3,
      depth: 10, width: 1, batchSize: 32, preEpochs: 2, postEpochs: 3, learningRate: 0.1,
      postLearningRate: 1.6e-4, rho: 0.05, trainLimit: 500)
  }

  /// Epochs 3, 4, 5; tested in 3 and 5, perturbed in 4 and 5.
  static var epochs: [EpochRecord] {
    (3...5).map { epoch in
      let x = Double(epoch)
      return EpochRecord(
        epoch: epoch, train: Score(loss: 1 / x, error: 30 / x), learningRate: 1.6e-4, gradientEvaluations: 16 + x / 3,
        test: epoch == 4 ? nil : Score(loss: 2 / x, error: 40 / x),
        perturbation: epoch == 3
          ? nil
          : PerturbationSummary(
            etaStar: x, eta: x / 7, perturbationNorm: x / 11, weakLoss: x / 13, perturbedLoss: x / 17,
            unperturbedLoss: x / 19, rejectedShare: x / 23, limitShare: x / 29), seconds: x * 1.1,
        imagesPerSecond: 500 / x)
    }
  }

  static var record: RunRecord {
    RunRecord(
      configuration: configuration,
      data: DataDescription(official: false, trainCount: 500, testCount: 1000, digest: SHA256.hex("images")),
      files: ImageCounts(train: 501, test: 1001), status: .partial, epochs: epochs, peakMemory: 123_456_789,
      provenance: Provenance(
        segments: [
          Segment(environment: environment(threads: 4), firstEpoch: 1, firstStep: 1),
          Segment(environment: environment(threads: 2), firstEpoch: 2, firstStep: 7, starts: 3),
        ], command: "fashion-mnist --profile smoke", started: "2024-02-29T12:00:00Z",
        duration: 12.5))
  }

  static func environment(threads: Int) -> Environment {
    Environment(
      commit: "0123abc", dirty: true, versions: ["oneDNN": "2.6.3", "hdf5": "1.10.8", "OpenBLAS": "0.3.21"],
      cpu: "Some CPU @ 2 GHz", threads: threads)
  }

  /// Three steps of epoch 3, all numbers different.
  static var partialEpoch: EpochProgress {
    var progress = EpochProgress(epoch: 3)
    progress.steps = 3
    progress.losses = BatchLoss(loss: 1.1, unperturbedLoss: 2.2, errors: 33)
    progress.gradientEvaluations = 4.4
    progress.seconds = 5.5
    progress.perturbations.searches = 6
    progress.perturbations.etaStar = 7.7
    progress.perturbations.eta = 8.8
    progress.perturbations.perturbationNorm = 9.9
    progress.perturbations.weakLoss = 10.1
    progress.perturbations.rejected = 11
    progress.perturbations.reachedLimit = 12
    return progress
  }

  static var model: WideResNet {
    get throws { try WideResNet(depth: 10, width: 1, classes: 10, channels: 1, imageSize: 28) }
  }

  /// Initial weights, and statistics, counters and momentum that are all different numbers; padding zero.
  static var checkpoint: Checkpoint {
    get throws {
      let model = try model
      var state = TrainingState(initial: model.initialState(seed: 1))
      for tensor in model.parameterLayout.tensors { for i in tensor.range { state.momentum[i] = 1 / Float(i + 1) } }
      for tensor in model.statisticsLayout.tensors {
        for i in tensor.range { state.network.statistics[i] = Float(i) + 0.5 }
      }
      for i in state.network.batchesTracked.indices { state.network.batchesTracked[i] = Int64(100 + i) }
      return Checkpoint(
        configuration: configuration, epoch: 2, model: model, state: state, environment: environment(threads: 2))
    }
  }
}

/// A folder of its own for a test; removed at the end.
final class Scratch {
  let folder: String

  init() throws {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("pof-storage-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    folder = url.path
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  func path(_ name: String) -> String { "\(folder)/\(name)" }

  /// All files, hidden ones too.
  var files: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted() }

  static func bytes(_ path: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(fileURLWithPath: path))) }

  /// Plain, not synchronised: for thousands of small files.
  static func put(_ bytes: [UInt8], _ path: String) throws { try Data(bytes).write(to: URL(fileURLWithPath: path)) }
}

/// A command-line tool of the HDF5 package.
struct Tool {
  let path: String

  static func exists(_ name: String) -> Bool { FileManager.default.isExecutableFile(atPath: "/usr/bin/\(name)") }

  static func run(_ name: String, _ arguments: [String]) throws -> (status: Int32, output: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/\(name)")
    process.arguments = arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: output, as: UTF8.self))
  }
}
