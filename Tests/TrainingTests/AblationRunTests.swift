import NeuralNetwork
import Testing

@testable import Training

/// The ablations' arms through a real trainer, on the fast executor and synthetic images.
@Suite(.serialized) struct AblationRunTests {
  typealias Runs = TrainingPropertyTests

  static func configuration(_ arm: Arm, _ change: (inout RunConfiguration) -> Void = { _ in }) -> RunConfiguration {
    TrainingPropertyTests.configuration(arm, change)
  }

  static let layers = Ablation.layers.arms
  /// Beside the layers, an arm of each further kind.
  static let others = Ablation.range.arms.filter { arm in
    switch arm.variation {
    case .direction, .step(.fixedMean), .groups(4), .range(0.5): true
    default: false
    }
  }

  @Test func theKindsAreThere() {
    #expect(Self.layers.map(\.variation) == PerturbedLayers.allCases.map { .layers($0) })
    #expect(Self.others.count == 4)
  }

  /// Stopped after any step of an epoch, and gone on with: equal bits in weights, momentum, statistics and record.
  @Test(arguments: layers + others) func goingOnWithinAnEpochIsExact(arm: Arm) throws {
    let configuration = Self.configuration(arm)
    let whole = try Runs.run(configuration)
    for steps in 1...2 {
      let (state, progress) = try Runs.stop(configuration, after: steps)
      let rest = try Runs.run(configuration, from: state, progress: progress)
      #expect(rest == whole, "after \(steps) steps")
    }
    let plain = try Runs.run(Self.configuration(.sgdPoF))
    #expect(whole.state.network.parameters != plain.state.network.parameters)
  }

  /// The layer ablation's classifier split is PoF with one group.
  @Test func splitAtTheClassifierIsPoF() throws {
    let split = try Runs.run(Self.configuration(Self.layers[0]))
    let pof = try Runs.run(Self.configuration(.sgdPoF) { $0.setGroups(1) })
    #expect(split == pof)
    let more = try Runs.run(Self.configuration(.sgdPoF) { $0.setGroups(8) })
    #expect(split.state != more.state)
  }

  /// The control that perturbs everything and freezes nothing, without its perturbation, is continued SGD but for
  /// running statistics, which follow the weak batches.
  @Test func everythingWithRangeZeroIsSGD() throws {
    let arm = try #require(Self.layers.first { $0.variation == .layers(.everything) })
    let zero = try Runs.run(Self.configuration(arm) { $0.perturbationRange = 0 })
    let sgd = try Runs.run(Self.configuration(.sgd))
    #expect(zero.state.network.parameters == sgd.state.network.parameters)
    #expect(zero.state.momentum == sgd.state.momentum)
    #expect(zero.records.map(\.train) == sgd.records.map(\.train))
    #expect(zero.state.network.statistics != sgd.state.network.statistics)
    #expect(zero.state.network.batchesTracked == sgd.state.network.batchesTracked)
    #expect(zero.records.allSatisfy { $0.perturbation?.perturbedLoss == $0.perturbation?.unperturbedLoss })
  }

  @Test(arguments: layers.dropFirst()) func layersAreRecorded(arm: Arm) throws {
    let record = try #require(try Runs.run(Self.configuration(arm)).records.first)
    let summary = try #require(record.perturbation)
    #expect(summary.etaStar > 0 && summary.eta > 0 && summary.perturbationNorm > 0)
    #expect(summary.perturbedLoss == record.train.loss)
    #expect(summary.perturbedLoss != summary.unperturbedLoss)
    #expect(summary.weakLoss > 0 && summary.weakLoss.isFinite && summary.unperturbedLoss.isFinite)
    // More than PoF's epoch of 70 image gradients and three weak passes of 48, in batches of 32.
    let pof = 118.0 / 32
    #expect(record.gradientEvaluations > pof)
  }

  /// The run's constant is every step's eta*; costs are PoF's.
  @Test func fixedStepsAreRecorded() throws {
    let arm = try #require(Self.others.first { $0.variation == .step(.fixedMean) })
    let record = try #require(try Runs.run(Self.configuration(arm), fixedStep: 0.375).records.first)
    let summary = try #require(record.perturbation)
    #expect(summary.etaStar == 0.375 && summary.rejectedShare == 0 && summary.limitShare == 0)
    #expect(summary.eta > 0 && summary.eta < 2 * 0.375)
    let pof = try #require(try Runs.run(Self.configuration(.sgdPoF)).records.first)
    #expect(record.gradientEvaluations == pof.gradientEvaluations)
    #expect(record.train != pof.train)
  }
}
