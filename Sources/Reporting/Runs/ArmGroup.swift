// What was measured in one place, arm by arm over its seeds, as values: cells, gaps, paired differences. It has no
// format and belongs to no table: Table 1 and the ablations choose arms and pairs.

import Storage
import Training

/// Runs of one profile folder, data set and augmentation: a row of Table 1, a section of an ablation.
public struct ArmGroup: Sendable, Equatable {
  public var key: RowKey
  /// Nil where no run of the group can be read.
  public var settings: RowSettings?
  /// Seeds of any run of the group, ascending.
  public var seeds: [Int]
  /// The shared pre-training behind the arms: `sgd-pre`, `sam-pre`.
  public var preTraining: [Cell]
  /// The arms, in the table's order.
  public var cells: [Cell]
  public var comparisons: [Comparison]
  /// All its run files, with what came of each once runs of other settings were set aside.
  public var runs: [CollectedRun]

  /// One arm over its seeds.
  public struct Cell: Sendable, Equatable {
    public var arm: Arm
    /// Finished runs, by ascending seed.
    public var runs: [FinishedRun]
    /// Seeds of the group that have no finished run in this arm.
    public var gaps: [Gap]

    /// Test error in percent after the last epoch.
    public var error: Summary? { Summary(of: runs.map(\.error)) }
    /// Test loss in nats after the last epoch.
    public var loss: Summary? { Summary(of: runs.map(\.loss)) }
    /// Running training loss of the last epoch in nats, under the classifier trained against.
    public var trainLoss: Summary? { Summary(of: runs.map(\.trainLoss)) }
    /// The same under psi0; nil for arms without perturbation.
    public var unperturbedTrainLoss: Summary? { perturbation(\.unperturbedLoss) }
    /// Mean eta* of the last epoch's searches, a step along -g; nil for arms without perturbation.
    public var etaStar: Summary? { perturbation(\.etaStar) }
    /// Mean L2 norm of the last epoch's perturbations; nil for arms without any.
    public var perturbationNorm: Summary? { perturbation(\.perturbationNorm) }
    /// Share of the last epoch's searches that left eta* = 0, in 0...1; nil for arms without perturbation.
    public var rejectedShare: Summary? { perturbation(\.rejectedShare) }
    /// Wall-clock seconds of this arm's own epochs, tests included.
    public var seconds: Summary? { Summary(of: runs.map { $0.cost.seconds }) }
    public var gradientEvaluations: Summary? { Summary(of: runs.map { $0.cost.gradientEvaluations }) }
    /// The same of the shared pre-training; nil unless it is known for every run.
    public var preSeconds: Summary? { complete(runs.compactMap { $0.preCost?.seconds }) }
    public var preGradientEvaluations: Summary? { complete(runs.compactMap { $0.preCost?.gradientEvaluations }) }

    private func perturbation(_ quantity: (PerturbationSummary) -> Double) -> Summary? {
      complete(runs.compactMap { $0.perturbation.map(quantity) }.filter(\.isFinite))
    }

    /// Nil unless every run has a value: a mean over some of the seeds would stand beside means over all.
    private func complete(_ values: [Double]) -> Summary? { values.count == runs.count ? Summary(of: values) : nil }
  }

  /// What a run cost.
  public struct Cost: Sendable, Equatable {
    public var seconds: Double
    public var gradientEvaluations: Double
  }

  public struct FinishedRun: Sendable, Equatable {
    public var seed: Int
    public var error: Double
    public var loss: Double
    public var trainLoss: Double
    /// Of the last epoch; nil for arms without perturbation.
    public var perturbation: PerturbationSummary?
    public var cost: Cost
    /// Of the same seed's shared pre-training; nil if that run is missing, and for pre-training itself.
    public var preCost: Cost?
  }

  /// A seed without a finished run.
  public struct Gap: Sendable, Equatable {
    public var seed: Int
    public var reason: Reason

    public enum Reason: Sendable, Hashable, CustomStringConvertible {
      case notRun
      /// Not run, because the shared pre-training diverged.
      case preTrainingFailed(epoch: Int)
      case failed(epoch: Int, step: Int, reason: String)
      /// `epoch` is the last finished one, 0 before the first.
      case partial(epoch: Int, of: Int)
      case unusable(reason: String)

      /// In a few words, for a cell.
      public var description: String {
        switch self {
        case .notRun: "not run"
        case .preTrainingFailed(let epoch): "not run: pre-training failed in epoch \(epoch)"
        case .failed(let epoch, _, _): "failed in epoch \(epoch)"
        case .partial(let epoch, let last): "partial: epoch \(epoch) of \(last)"
        case .unusable: "file unusable"
        }
      }
    }
  }

  /// Treatment - control, paired by seed.
  public struct Comparison: Sendable, Equatable {
    public var treatment: Arm
    public var control: Arm
    /// Seeds finished in both arms, ascending; one difference each.
    public var seeds: [Int]
    /// In points of test error.
    public var error: PairedDifference
    /// In nats of test loss.
    public var loss: PairedDifference

    /// Whether the control is the arm that continues pre-training's own optimiser.
    var isAgainstBaseline: Bool { control.postTraining.rawValue == control.preTraining.rawValue }
  }
}

extension ArmGroup {
  func cell(_ arm: Arm) -> Cell? { cells.first { $0.arm == arm } }

  func comparison(_ treatment: Arm, minus control: Arm) -> Comparison? {
    comparisons.first { $0.treatment == treatment && $0.control == control }
  }

  /// What the difference to the baseline after the same pre-training supports; nil for a baseline.
  func againstBaseline(_ arm: Arm) -> Comparison? {
    comparisons.first { $0.treatment == arm && $0.isAgainstBaseline }
  }
}
