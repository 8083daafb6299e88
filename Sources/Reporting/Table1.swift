// Table 1 as a value: what was measured, what is missing and why, and what the differences support. It has no format.

import Storage
import Training

/// Table 1: one section per profile folder.
public struct Table1: Sendable, Equatable {
  public var sections: [Section]

  /// The rows of one profile folder, measured or not, in the paper's order; other data sets follow.
  public struct Section: Sendable, Equatable {
    public var profile: String
    public var rows: [Row]
  }

  public enum Row: Sendable, Equatable {
    case measured(MeasuredRow)
    /// A row of the paper's table without any run.
    case absent(dataset: String, augmentation: String, advice: Advice)
  }

  /// How to get a row that is absent.
  public enum Advice: Sendable, Equatable {
    case run(command: String)
    case notPartOfSuite
    /// The profile folder belongs to overrides that a command cannot be guessed from.
    case overridden
  }

  public struct MeasuredRow: Sendable, Equatable {
    public var key: RowKey
    /// Nil where no run of the row can be read.
    public var settings: RowSettings?
    /// Seeds of any run of the row, ascending.
    public var seeds: [Int]
    /// The shared pre-training after SGD and SAM: `sgd-pre`, `sam-pre`.
    public var preTraining: [Cell]
    /// The columns, in the order of `Arm.table1`.
    public var cells: [Cell]
    public var comparisons: [Comparison]
    /// All its run files, with what came of each once runs of other settings were set aside.
    public var runs: [CollectedRun]
  }

  /// One arm of a row over its seeds.
  public struct Cell: Sendable, Equatable {
    public var arm: Arm
    /// Finished runs, by ascending seed.
    public var runs: [FinishedRun]
    /// Seeds of the row that have no finished run in this arm.
    public var gaps: [Gap]

    /// Test error in percent after the last epoch.
    public var error: Summary? { Summary(of: runs.map(\.error)) }
    /// Test loss in nats after the last epoch.
    public var loss: Summary? { Summary(of: runs.map(\.loss)) }
    /// Running training loss of the last epoch in nats, under the classifier trained against.
    public var trainLoss: Summary? { Summary(of: runs.map(\.trainLoss)) }
    /// The same under psi0; nil for arms without perturbation.
    public var unperturbedTrainLoss: Summary? { Summary(of: runs.compactMap(\.unperturbedTrainLoss)) }
    /// Wall-clock seconds of this arm's own epochs, tests included.
    public var seconds: Summary? { Summary(of: runs.map { $0.cost.seconds }) }
    public var gradientEvaluations: Summary? { Summary(of: runs.map { $0.cost.gradientEvaluations }) }
    /// The same of the shared pre-training; nil unless it is known for every run.
    public var preSeconds: Summary? { complete(runs.compactMap { $0.preCost?.seconds }) }
    public var preGradientEvaluations: Summary? { complete(runs.compactMap { $0.preCost?.gradientEvaluations }) }

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
    public var unperturbedTrainLoss: Double?
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

/// What the runs of a row have in common.
public struct RowSettings: Sendable, Equatable {
  /// A run's configuration; arm, seed and rho are that run's alone.
  public var configuration: RunConfiguration
  public var data: DataDescription
  /// Epochs and rate after pre-training; nil where only pre-training was run.
  public var post: Post?
  /// Of the PoF arms, nil without one.
  public var perturbation: Perturbation?
  /// SAM's radius, nil without an arm that uses SAM.
  public var rho: Double?

  public struct Post: Sendable, Equatable {
    public var epochs: Int
    public var learningRate: Double
    /// Of all post-training epochs; the last, partial batch counts.
    public var steps: Int
    /// How far post-training can move.
    public var product: Double { learningRate * Double(steps) }
  }

  public struct Perturbation: Sendable, Equatable {
    public var range: Double
    public var groups: Int
    public var weakBatchSize: Int
    public var searchLimit: Double
    public var atSearchLimit: AtSearchLimit
  }
}

extension Table1.MeasuredRow {
  func cell(_ arm: Arm) -> Table1.Cell? { cells.first { $0.arm == arm } }

  /// What the difference to the baseline after the same pre-training supports; nil for a baseline.
  func againstBaseline(_ arm: Arm) -> Table1.Comparison? {
    comparisons.first { $0.treatment == arm && $0.isAgainstBaseline }
  }
}
