// Verification on toys: what is equal passes, the first difference is named, and nothing is written.

import Datasets
import Foundation
import Storage
import Testing
import Training

@testable import ExperimentKit

@Suite(.serialized) struct VerifierTests {
  let bench: Bench

  init() throws { bench = try Bench() }

  private func paths(_ configuration: RunConfiguration) -> RunPaths {
    RunPaths(results: bench.folder.path, configuration: configuration)
  }

  private func verify(
    _ configuration: RunConfiguration, lastEpoch: Bool = false, divergesIn: Int? = nil, stopsAfter: Int = .max
  ) throws -> Verdict {
    let path = paths(configuration).runFile
    var polls = 0
    let verifier = Verifier(
      path: path, record: try RunFile.read(path),
      model: try DatasetName.fashionMNIST.model(depth: 10, width: 1),
      data: try ExperimentData(
        configuration,
        of: SyntheticDataset.make(
          for: .fashionMNIST, trainCount: configuration.trainLimit, testCount: configuration.testLimit, seed: 0)),
      engine: TrainingEngine(versions: [:]) { configuration, _, _, state, _, fixedStep in
        ToyTrainer(configuration, from: state, divergesIn: divergesIn, fixedStep: fixedStep)
      },
      threads: 1, progress: ProgressReporter(style: .lines, table: nil, clock: { 0 }, write: { _ in }),
      isInterrupted: {
        polls += 1
        return polls > stopsAfter
      })
    return try lastEpoch ? verifier.verifyLastEpoch() : verifier.verify()
  }

  @Test(arguments: [
    Arm.sgdPoF, .preTraining(.sgd), Ablation.stepReference, Ablation.range.arms[8], Ablation.layers.arms[1],
  ]) func equalRunsAreReproducedAndNothingIsWritten(arm: Arm) throws {
    let configuration = toyConfiguration(arm)
    _ = try bench.run(configuration)
    let files = bench.folder.files
    let before = files.map { bench.folder.bytes($0) }
    let epochs = configuration.epochs
    #expect(
      try verify(configuration) == .reproduced(epochs: epochs.lowerBound...epochs.upperBound - 1, checkpoint: true))
    let last = epochs.upperBound - 1
    #expect(try verify(configuration, lastEpoch: true) == .reproduced(epochs: last...last, checkpoint: true))
    #expect(bench.folder.files == files && files.map { bench.folder.bytes($0) } == before)
    try FileManager.default.removeItem(atPath: paths(configuration).checkpoint)
    #expect(
      try verify(configuration) == .reproduced(epochs: epochs.lowerBound...epochs.upperBound - 1, checkpoint: false))
  }

  @Test func theFirstDifferenceIsNamed() throws {
    let configuration = toyConfiguration()
    _ = try bench.run(configuration)
    let path = paths(configuration).runFile
    let record = try RunFile.read(path)
    var other = record
    other.epochs[1].test?.loss = record.epochs[1].test.map { $0.loss.nextUp } ?? 0
    other.epochs[2].train.error = 0
    try RunFile.write(other, to: path)
    guard case .differs(path, let difference) = try verify(configuration) else {
      Issue.record("not different")
      return
    }
    #expect(difference.name == "/metrics/test/loss of epoch 6")
    #expect(difference.recorded == "\(other.epochs[1].test?.loss ?? 0)")
    #expect(difference.found == "\(record.epochs[1].test?.loss ?? 0)")
    // The last epoch alone has another first difference.
    guard case .differs(path, let later) = try verify(configuration, lastEpoch: true) else {
      Issue.record("not different")
      return
    }
    #expect(later.name == "/metrics/train/error of epoch 7" && later.recorded == "0.0" && later.found == "50.0")
  }

  @Test func differencesInPreTrainingAndCheckpointsAreFound() throws {
    let configuration = toyConfiguration()
    let model = try DatasetName.fashionMNIST.model(depth: 10, width: 1)
    _ = try bench.run(configuration)
    let path = paths(configuration).checkpoint
    var checkpoint = try CheckpointFile.read(path, expecting: (nil, model))
    checkpoint.state.momentum[0] = -checkpoint.state.momentum[0]
    try CheckpointFile.write(checkpoint, to: path)
    guard case .differs(path, let inWeights) = try verify(configuration) else {
      Issue.record("not different")
      return
    }
    #expect(inWeights.name == "/optimizer/momentum/conv1.weight, element 0")

    let shared = paths(configuration.sharedPreTraining)
    var record = try RunFile.read(shared.runFile)
    record.epochs[3].train.loss += 1
    try RunFile.write(record, to: shared.runFile)
    guard case .differs(shared.runFile, let inPreTraining) = try verify(configuration) else {
      Issue.record("not different")
      return
    }
    #expect(inPreTraining.name == "/metrics/train/loss of epoch 4")
  }

  @Test func failuresAreReproducedToo() throws {
    let configuration = toyConfiguration()
    _ = try bench.run(configuration, divergesIn: 6)
    #expect(try verify(configuration, divergesIn: 6) == .reproduced(epochs: 5...6, checkpoint: false))
    guard case .differs(_, let later) = try verify(configuration, divergesIn: 7) else {
      Issue.record("not different")
      return
    }
    #expect(later.name == "/@status" && later.found == "no failure")
  }

  /// Where nothing earlier is kept, an arm starts from its pre-training, and a pre-training cannot.
  @Test func lastEpochNeedsAnEarlierCheckpoint() throws {
    let configuration = toyConfiguration()
    _ = try bench.run(configuration)
    for run in [configuration, configuration.sharedPreTraining] {
      for epoch in paths(run).keptEpochs() {
        try FileManager.default.removeItem(atPath: paths(run).keptCheckpoint(epoch: epoch))
      }
    }
    #expect(try verify(configuration, lastEpoch: true) == .reproduced(epochs: 5...7, checkpoint: true))
    let error = #expect(throws: UsageError.self) { try verify(configuration.sharedPreTraining, lastEpoch: true) }
    #expect(error?.description.contains("no checkpoint before its epoch 4") == true)
    try FileManager.default.removeItem(atPath: paths(configuration.sharedPreTraining).checkpoint)
    #expect(throws: UsageError.self) { try verify(configuration, lastEpoch: true) }
  }

  /// A fixed step is the one of the reference's file, or there is no verdict.
  @Test func fixedStepsAreVerifiedByTheirReference() throws {
    let configuration = toyConfiguration(try rangeArm("fixed-1"))
    _ = try bench.run(configuration)
    let path = paths(try #require(configuration.stepReference)).runFile
    var reference = try RunFile.read(path)
    reference.epochs[0].perturbation?.etaStar = 6
    try RunFile.write(reference, to: path)
    for lastEpoch in [false, true] {
      guard
        case .differs(paths(configuration).runFile, let difference) = try verify(configuration, lastEpoch: lastEpoch)
      else {
        Issue.record("not different")
        return
      }
      #expect(difference.name == "/metrics/train/loss of epoch \(lastEpoch ? 7 : 5)")
    }
    try FileManager.default.removeItem(atPath: path)
    let error = #expect(throws: RunnerError.self) { try verify(configuration) }
    #expect(error?.description.hasPrefix("\(path): is missing") == true)
  }

  /// A record that says nothing about an epoch is no record that was reproduced.
  @Test func missingEpochsAreDifferences() throws {
    let configuration = toyConfiguration()
    _ = try bench.run(configuration)
    let path = paths(configuration).runFile
    let whole = try RunFile.read(path)
    var short = whole
    short.epochs.removeLast()
    try RunFile.write(short, to: path)
    for lastEpoch in [false, true] {
      guard case .differs(path, let difference) = try verify(configuration, lastEpoch: lastEpoch) else {
        Issue.record("not different")
        return
      }
      #expect(difference.name == "/metrics/train/epoch" && difference.recorded == "no epoch 7")
    }
    var untested = whole
    untested.epochs[1].test = nil
    try RunFile.write(untested, to: path)
    guard case .differs = try verify(configuration) else {
      Issue.record("not different")
      return
    }
  }

  @Test func verificationCanBeInterrupted() throws {
    let configuration = toyConfiguration()
    _ = try bench.run(configuration)
    for polls in [0, 3, 17, 25] { #expect(try verify(configuration, stopsAfter: polls) == .interrupted) }
  }

  @Test func differencesCompareBits() {
    var one = EpochRecord(
      epoch: 3, train: Score(loss: 0, error: .nan), learningRate: 1, gradientEvaluations: 1, seconds: 1,
      imagesPerSecond: 1)
    var other = one
    other.seconds = 2
    #expect(RunFile.difference(one, other) == nil)
    other.train.loss = -0.0
    #expect(RunFile.difference(one, other)?.name == "/metrics/train/loss of epoch 3")
    other.train.loss = 0
    one.test = Score(loss: 1, error: 1)
    #expect(
      RunFile.difference(one, other)
        == Difference(name: "/metrics/test of epoch 3", recorded: "present", found: "absent"))
  }
}
