// What several suites need: temporary folders, a toy in the trainer's place, a runner on both.

import Datasets
import Foundation
import NeuralNetwork
import Storage
import Training

@testable import ExperimentKit

/// A folder that is removed with its owner.
final class TemporaryFolder {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "experiment-kit-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// All files below, relative, sorted.
  var files: [String] {
    (FileManager.default.enumerator(atPath: path)?.compactMap { $0 as? String } ?? [])
      .filter { !isFolder($0) }.sorted()
  }

  func bytes(_ file: String) -> Data? { FileManager.default.contents(atPath: path + "/" + file) }

  func remove(_ file: String) throws { try FileManager.default.removeItem(atPath: path + "/" + file) }

  private func isFolder(_ name: String) -> Bool {
    var result: ObjCBool = false
    return FileManager.default.fileExists(atPath: path + "/" + name, isDirectory: &result) && result.boolValue
  }
}

/// Numbers that depend on every step before them through weights and momentum, as real training does.
final class ToyTrainer: EpochTrainer {
  static let stepCount = 3

  private let configuration: RunConfiguration
  private let divergesIn: Int?
  private let fixedStep: Double?
  private(set) var state: TrainingState

  init(_ configuration: RunConfiguration, from state: TrainingState, divergesIn: Int?, fixedStep: Double? = nil) {
    self.configuration = configuration
    self.state = state
    self.divergesIn = divergesIn
    self.fixedStep = fixedStep
  }

  func train(_ progress: inout EpochProgress, onStep: (StepProgress) -> Bool) throws(TrainingError) -> EpochRecord? {
    let epoch = progress.epoch
    while progress.steps < Self.stepCount {
      let step = progress.steps + 1
      if epoch == divergesIn, step == 2 {
        throw TrainingError.diverged(epoch: epoch, step: step, quantity: "training loss")
      }
      for tensor in configuration.postTraining == .pof ? 0..<1 : 0..<2 {
        state.momentum[tensor] = 0.9 * state.momentum[tensor] + Float(epoch * step) / 64
        state.network.parameters[tensor] -= 0.1 * state.momentum[tensor]
      }
      progress.steps = step
      progress.losses.loss += Double(abs(state.network.parameters[0]))
      progress.gradientEvaluations += 1
      progress.perturbations.etaStar += fixedStep ?? Double(step + epoch)
      if configuration.postTraining == .pof { progress.perturbations.searches += configuration.perturbationGroups }
      let shown = StepProgress(
        step: step, stepCount: Self.stepCount, mean: Score(loss: 1, error: 50), imagesPerSecond: 100)
      if !onStep(shown) { return nil }
    }
    return EpochRecord(
      epoch: epoch, train: Score(loss: progress.losses.loss + progress.perturbations.etaStar, error: 50),
      learningRate: 0.1, gradientEvaluations: progress.gradientEvaluations,
      perturbation: configuration.postTraining == .pof ? Self.summary(progress.perturbations) : nil, seconds: 0.5,
      imagesPerSecond: 100)
  }

  /// eta* alone is no constant.
  private static func summary(_ sums: PerturbationSums) -> PerturbationSummary {
    PerturbationSummary(
      etaStar: sums.etaStar / Double(stepCount), eta: 1, perturbationNorm: 1, weakLoss: 1, perturbedLoss: 1,
      unperturbedLoss: 1, rejectedShare: 0, limitShare: 0)
  }

  /// Polls twice, as for two batches.
  func evaluate(shouldContinue: () -> Bool) -> Score? {
    guard shouldContinue(), shouldContinue() else { return nil }
    return Score(loss: Double(abs(state.network.parameters[1])) + 1, error: 12.5)
  }
}

/// Runs toys below a temporary folder and remembers what was asked of them.
final class Bench {
  let folder: TemporaryFolder
  /// Arms for which a trainer was made, in order.
  private(set) var trained: [String] = []
  /// eta* that the trainers of arms with a fixed step were given last.
  private(set) var fixedSteps: [String: Double] = [:]
  private(set) var notes: [String] = []

  init() throws { folder = try TemporaryFolder() }

  /// - Parameters:
  ///   - stopsAfter: number of polls after which the run is asked to stop.
  ///   - onPoll: called with the number of each poll.
  ///   - divergesIn: epoch in which a toy diverges.
  func run(
    _ configuration: RunConfiguration, stopsAfter: Int? = nil, divergesIn: Int? = nil, threads: Int = 1,
    images: UInt64 = 0, policy: CheckpointPolicy = CheckpointPolicy(),
    onPoll: @escaping (Int) -> Void = { _ in }
  ) throws -> RunEnding {
    var polls = 0
    let log = Log()
    let runner = Runner(
      dataset: .fashionMNIST, results: folder.path,
      engine: TrainingEngine(versions: ["toy": "1"]) { configuration, _, _, state, _, fixedStep in
        log.append(configuration.arm, fixedStep)
        return ToyTrainer(configuration, from: state, divergesIn: divergesIn, fixedStep: fixedStep)
      },
      environment: Environment(
        commit: "c0ffee", dirty: false, versions: ["toy": "1"], cpu: "none", threads: threads),
      command: "test", policy: policy,
      progress: ProgressReporter(style: .lines, table: nil, clock: { 0 }, write: { self.notes.append($0) }),
      isInterrupted: {
        polls += 1
        onPoll(polls)
        return stopsAfter.map { polls > $0 } ?? false
      },
      data: {
        try ExperimentData(
          $0,
          of: SyntheticDataset.make(
            for: .fashionMNIST, trainCount: $0.trainLimit, testCount: $0.testLimit, seed: images))
      })
    defer {
      trained += log.entries
      fixedSteps.merge(log.fixedSteps) { $1 }
    }
    return try runner.run(configuration)
  }

  private final class Log: @unchecked Sendable {
    private(set) var entries: [String] = []
    private(set) var fixedSteps: [String: Double] = [:]
    func append(_ arm: String, _ fixedStep: Double?) {
      entries.append(arm)
      fixedSteps[arm] = fixedStep
    }
  }
}

/// A smoke configuration with a few more epochs, so that there is something to interrupt.
func toyConfiguration(_ arm: Arm = .sgdPoF, seed: Int = 0) -> RunConfiguration {
  var configuration = Profile.smoke.settings(for: .fashionMNIST, augmentation: .basic, arm: arm, seed: seed)
  configuration.preEpochs = 4
  configuration.postEpochs = 3
  configuration.testInterval = 3
  configuration.trainLimit = 32 * ToyTrainer.stepCount
  configuration.testLimit = 8
  return arm.postTraining == .none ? configuration.sharedPreTraining : configuration
}
