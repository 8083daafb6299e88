import Datasets
import NeuralNetwork
import TensorCore
import Testing

@testable import Training

/// Identities between methods, on the fast executor and a real trainer with synthetic images.
@Suite(.serialized) struct TrainingPropertyTests {
  static let data = SyntheticDataset.make(for: .fashionMNIST, trainCount: 70, testCount: 50, seed: 1)

  /// Batch 32 on 70 images: every epoch ends in a partial batch of 6, smaller than the number of groups.
  static func configuration(_ arm: Arm, _ change: (inout RunConfiguration) -> Void = { _ in }) -> RunConfiguration {
    var configuration = RunConfiguration(
      profile: "test", dataset: "fashion-mnist", dataSource: .synthetic, augmentation: .basic, arm: arm, seed: 3,
      depth: 10, width: 1, batchSize: 32, preEpochs: 2, postEpochs: 2, learningRate: 0.05, postLearningRate: 0.02,
      rho: 0.05, perturbationGroups: 8, weakBatchSize: 48)
    change(&configuration)
    return configuration
  }

  struct Outcome: Equatable {
    let records: [EpochRecord]
    let state: TrainingState
    let score: Score
  }

  /// Runs the configuration's epochs on the compute thread; seconds are removed from the records.
  /// - Parameter fixedStep: eta* where the configuration has a fixed one.
  static func run(
    _ configuration: RunConfiguration, from state: TrainingState? = nil, epochs: Range<Int>? = nil,
    data: Dataset = data, progress start: EpochProgress? = nil, fixedStep: Double = 0.8
  ) throws -> Outcome {
    try ComputeThread.shared.perform {
      let model = try WideResNet(depth: 10, width: 1, classes: 10, channels: 1, imageSize: 28)
      let executor = try CPUExecutor(
        model: model, capacity: Trainer<CPUExecutor>.capacity(configuration), threads: 1)
      let trainer = try Trainer(
        configuration: configuration, data: data, executor: executor,
        state: state ?? TrainingState(initial: model.initialState(seed: 7)), fixedStep: fixedStep)
      var records: [EpochRecord] = []
      for epoch in epochs ?? configuration.epochs {
        var progress = start.flatMap { $0.epoch == epoch ? $0 : nil } ?? EpochProgress(epoch: epoch)
        guard var record = try trainer.train(&progress, onStep: { _ in true }) else { continue }
        record.seconds = 0
        record.imagesPerSecond = 0
        records.append(record)
      }
      let score = try #require(trainer.evaluate(shouldContinue: { true }))
      return Outcome(records: records, state: trainer.state, score: score)
    }
  }

  @Test func samWithRadiusZeroIsSGD() throws {
    let sgd = try Self.run(Self.configuration(.preTraining(.sgd)))
    let sam = try Self.run(Self.configuration(.preTraining(.sam)) { $0.rho = 0 })
    #expect(sam.state == sgd.state)
    #expect(sam.score == sgd.score)
    #expect(sam.records.map(\.train) == sgd.records.map(\.train))
    #expect(sam.records[0].gradientEvaluations == 2 * sgd.records[0].gradientEvaluations)
    let real = try Self.run(Self.configuration(.preTraining(.sam)))
    #expect(real.state != sgd.state)
  }

  @Test func pofWithRangeZeroIsTheFrozenControl() throws {
    let start = try Self.run(Self.configuration(.preTraining(.sgd)))
    let frozen = try Self.run(Self.configuration(.sgdFrozen), from: start.state)
    let pof = try Self.run(
      Self.configuration(.sgdPoF) {
        $0.perturbationRange = 0
        $0.weakStatistics = false
      }, from: start.state)
    #expect(pof.state == frozen.state)
    #expect(pof.score == frozen.score)

    // With the weak pass's statistics, weights and momentum are still equal, bit for bit.
    let following = try Self.run(Self.configuration(.sgdPoF) { $0.perturbationRange = 0 }, from: start.state)
    #expect(following.state.network.parameters == frozen.state.network.parameters)
    #expect(following.state.momentum == frozen.state.momentum)
    #expect(following.state.network.statistics != frozen.state.network.statistics)
    #expect(following.state.network.batchesTracked[0] == frozen.state.network.batchesTracked[0] + 6)

    let real = try Self.run(Self.configuration(.sgdPoF), from: start.state)
    #expect(real.state.network.parameters != frozen.state.network.parameters)
  }

  /// Neither PoF nor its control touches psi or psi's momentum; both move phi.
  @Test(arguments: [Arm.sgdFrozen, .sgdPoF]) func classifierStaysAsItWas(arm: Arm) throws {
    let start = try Self.run(Self.configuration(.preTraining(.sgd)))
    let end = try Self.run(Self.configuration(arm), from: start.state)
    let layout = try WideResNet(depth: 10, width: 1, classes: 10, channels: 1, imageSize: 28).parameterLayout
    let (phi, psi) = (layout.range(of: .extractor), layout.range(of: .classifier))
    #expect(end.state.network.parameters[psi] == start.state.network.parameters[psi])
    #expect(end.state.momentum[psi] == start.state.momentum[psi])
    #expect(start.state.momentum[psi].contains { $0 != 0 })
    #expect(end.state.network.parameters[phi] != start.state.network.parameters[phi])
    let moved = try Self.run(Self.configuration(.sgd), from: start.state)
    #expect(moved.state.network.parameters[psi] != start.state.network.parameters[psi])
  }

  /// Training on epochs 1...4 in one go, and in two with the state carried over, ends in equal bytes.
  @Test(arguments: [Arm.sgdPoF, .sam]) func continuationIsExact(arm: Arm) throws {
    let configuration = Self.configuration(arm) { $0.postEpochs = 4 }
    let start = try Self.run(Self.configuration(.preTraining(arm.preTraining))).state
    let whole = try Self.run(configuration, from: start)
    let half = try Self.run(configuration, from: start, epochs: 3..<5)
    let rest = try Self.run(configuration, from: half.state, epochs: 5..<7)
    #expect(rest.state == whole.state)
    #expect(half.records + rest.records == whole.records)
    #expect(try Self.run(configuration, from: start) == whole)
  }

  /// Stopped after any step of an epoch, and gone on with by a trainer that knows only state and progress: equal bits
  /// in weights, momentum, statistics and the epoch's record, for every method.
  @Test(arguments: [Arm.preTraining(.sgd), .preTraining(.sam), .sgdPoF, .sgdSAM, .sgdFrozen])
  func goingOnWithinAnEpochIsExact(arm: Arm) throws {
    let configuration = Self.configuration(arm)
    let epochs = configuration.epochs
    let whole = try Self.run(configuration)
    // 70 images in batches of 32: three steps an epoch. After the third, only the record is left to make.
    for steps in 1...3 {
      let (state, progress) = try Self.stop(configuration, after: steps)
      #expect(progress.steps == steps && progress.epoch == epochs.lowerBound)
      let rest = try Self.run(configuration, from: state, progress: progress)
      #expect(rest == whole, "after \(steps) steps")
    }
  }

  /// Trains the first epoch's first steps and stops there.
  static func stop(
    _ configuration: RunConfiguration, after steps: Int
  ) throws -> (TrainingState, EpochProgress) {
    try ComputeThread.shared.perform {
      let model = try WideResNet(depth: 10, width: 1, classes: 10, channels: 1, imageSize: 28)
      let executor = try CPUExecutor(
        model: model, capacity: Trainer<CPUExecutor>.capacity(configuration), threads: 1)
      let trainer = try Trainer(
        configuration: configuration, data: data, executor: executor,
        state: TrainingState(initial: model.initialState(seed: 7)), fixedStep: 0.8)
      var progress = EpochProgress(epoch: configuration.epochs.lowerBound)
      let record = try trainer.train(&progress) { $0.step < steps }
      try #require(record == nil)
      return (trainer.state, progress)
    }
  }

  /// Four textures that neither crop nor flip changes (bright, dark, horizontal and vertical stripes, with noise): both
  /// methods learn them in 80 steps.
  @Test(arguments: [PreTraining.sgd, .sam]) func learnsTextures(method: PreTraining) throws {
    let stream = RandomStream(seed: 1, purpose: .syntheticData)
    func textures(_ count: Int, epoch: Int) -> ImageSet {
      let pixels = (0..<(count * 784)).map { i in
        let (image, y, x) = (i / 784, i / 28 % 28, i % 28)
        let bright = [true, false, y % 4 < 2, x % 4 < 2][image % 4]
        return UInt8(Double(bright ? 150 : 50) + 50 * stream.uniform(epoch: epoch, index: i))
      }
      let labels = (0..<count).map { UInt8($0 % 4) }
      return ImageSet(pixels: pixels, labels: labels, channels: 1, size: 28, classes: 10)
    }
    let outcome = try Self.run(
      Self.configuration(.preTraining(method)) {
        $0.preEpochs = 10
        $0.batchSize = 8
      },
      data: Dataset(
        train: textures(64, epoch: 0), test: textures(40, epoch: 1), normalization: Self.data.normalization,
        official: false))
    #expect(outcome.score.error <= 10)
    #expect(outcome.records[9].train.loss < 0.5 * outcome.records[0].train.loss)
  }

  @Test func perturbationsAreRecorded() throws {
    let start = try Self.run(Self.configuration(.preTraining(.sgd)) { $0.preEpochs = 6 })
    let record = try #require(try Self.run(Self.configuration(.sgdPoF), from: start.state).records.first)
    let summary = try #require(record.perturbation)
    #expect(summary.etaStar > 0 && summary.eta > 0 && summary.perturbationNorm > 0)
    #expect(summary.perturbedLoss == record.train.loss)
    #expect(summary.perturbedLoss != summary.unperturbedLoss)
    #expect(summary.weakLoss > 0 && summary.weakLoss.isFinite)
    // 70 image gradients and three weak passes of 48, in batches of 32.
    #expect(abs(record.gradientEvaluations - (70 + 3 * 48.0 / 3) / 32) < 1e-12)
  }

  /// A rate that blows the network up is reported with epoch and step, not trained on.
  @Test func divergenceIsReported() throws {
    #expect(throws: TrainingError.self) {
      try Self.run(Self.configuration(.preTraining(.sgd)) { $0.learningRate = 1e20 })
    }
  }

  @Test func evaluationCountsEveryImageOnce() throws {
    // 50 images in batches of 32 and in one of 50.
    let state = try Self.run(Self.configuration(.preTraining(.sgd)))
    let whole = try Self.run(
      Self.configuration(.preTraining(.sgd)) { $0.batchSize = 50 }, from: state.state, epochs: 1..<1)
    #expect(whole.score.error == state.score.error)
    #expect(abs(whole.score.loss - state.score.loss) <= 1e-5 * state.score.loss)
  }

  @Test func groupsShareABatchEvenly() {
    for (count, groups) in [(256, 16), (6, 8), (70, 16), (4, 1)] {
      let shares = (0..<groups).map { TrainingStep<CPUExecutor>.share($0, of: groups, in: count) }
      #expect(shares.flatMap { Array($0) } == Array(0..<count))
      let sizes = shares.map(\.count)
      #expect(sizes.max()! - sizes.min()! <= 1)
    }
  }
}
