// Hand-made run records for the tests of this room.

import Datasets
import Foundation
import Storage
import Training

@testable import Reporting

/// A run of the arm: WRN-10-2, 1,000 images, batch 128, 10 + 4 epochs. Epochs fall linearly to `error` and `loss`.
func makeRecord(
  _ arm: Arm, seed: Int, error: Double = 16, loss: Double = 0.57, train: Double = 0.06, status: RunStatus = .done,
  finished: Int? = nil, profile: String = "quick", dataset: String = "fashion-mnist",
  change: (inout RunConfiguration) -> Void = { _ in }
) -> RunRecord {
  let isPre = arm.postTraining == .none
  var configuration = RunConfiguration(
    profile: profile, dataset: dataset, dataSource: .files, augmentation: .basic, arm: arm, seed: seed, depth: 10,
    width: 2, batchSize: 128, preEpochs: 10, postEpochs: 4, learningRate: 0.1, postLearningRate: 0.0016, rho: 0.05,
    trainLimit: 1000)
  if isPre { configuration = configuration.sharedPreTraining }
  change(&configuration)
  let range = configuration.epochs
  let epochs = Array(range).prefix(finished ?? range.count).map { epoch in
    let left = Double(range.upperBound - 1 - epoch)
    let evaluated = !isPre || epoch % 5 == 0 || epoch == configuration.preEpochs
    let step = isPre ? 4.0 : 0.1
    return EpochRecord(
      epoch: epoch, train: Score(loss: train + left * step * 0.05, error: 2 + left), learningRate: 0.1,
      gradientEvaluations: arm.postTraining == .sam || arm == .preTraining(.sam) ? 16 : 8,
      test: evaluated ? Score(loss: loss + left * step * 0.02, error: error + left * step) : nil,
      perturbation: arm.postTraining == .pof
        ? PerturbationSummary(
          etaStar: 2, eta: 2, perturbationNorm: 0.5, weakLoss: 0.06, perturbedLoss: train,
          unperturbedLoss: train - 0.01,
          rejectedShare: 0, limitShare: 0) : nil,
      seconds: 1.5, imagesPerSecond: 700)
  }
  return RunRecord(
    configuration: configuration,
    data: DataDescription(official: true, trainCount: 1000, testCount: 10_000, digest: "d1"), status: status,
    epochs: epochs, peakMemory: 1_000_000,
    provenance: Provenance(
      segments: [
        Segment(
          environment: Environment(
            commit: "0123abc", dirty: false, versions: ["oneDNN": "2.6.3", "OpenBLAS": "0.3.21"], cpu: "A CPU",
            threads: 2), firstEpoch: 1, firstStep: 1)
      ],
      command: "fashion-mnist --profile quick --method \(arm.name) --seed \(seed)", started: "2026-01-01T00:00:00Z",
      duration: 20))
}

/// The record as found in its place.
func collected(_ record: RunRecord) -> CollectedRun {
  let one = record.configuration
  let outcome: RunOutcome =
    switch record.status {
    case .done: .done(record)
    case .partial: .partial(record)
    case .failed(let epoch, let step, let reason): .failed(record, epoch: epoch, step: step, reason: reason)
    }
  return CollectedRun(
    path: "\(one.profile)/\(one.dataset)/\(one.augmentation.rawValue)/\(one.arm)/seed\(one.seed).h5",
    key: RowKey(profile: one.profile, dataset: one.dataset, augmentation: one.augmentation.rawValue), arm: one.arm,
    seed: one.seed, outcome: outcome)
}

func makeTable(
  _ records: [RunRecord], also runs: [CollectedRun] = [], published: ReferenceTable = ReferenceTable(values: [])
) -> Table1 {
  Table1(RunCollection(runs: records.map(collected) + runs), published: published)
}

extension Table1 {
  /// The first measured row.
  var firstRow: ArmGroup? {
    for section in sections {
      for case .measured(let row) in section.rows { return row }
    }
    return nil
  }
}

/// Three seeds of all arms, with differences like those that were measured at this scale.
func fullSet(profile: String = "quick") -> [RunRecord] {
  var records: [RunRecord] = []
  for (seed, offset) in [(0, 0.0), (1, 0.21), (2, -0.17)] {
    let lossOffset = offset / 20
    records.append(
      makeRecord(
        .preTraining(.sgd), seed: seed, error: 16.5 + offset, loss: 0.576 + lossOffset, train: 0.056, profile: profile))
    records.append(
      makeRecord(
        .preTraining(.sam), seed: seed, error: 15.9 + offset, loss: 0.531 + lossOffset, train: 0.12, profile: profile))
    let table: [(Arm, Double, Double)] = [
      (.sgd, 16.2, 0.573), (.sam, 15.8, 0.529),
      (.sgdPoF, 16.35 + [0, 0.17, 0.94][seed], 0.586 + [0, 0.022, 0.045][seed]),
      (.samPoF, 15.9 + [0.1, -0.1, 0.05][seed], 0.535 + [0, 0.001, 0.002][seed]), (.sgdFrozen, 16.2, 0.572),
      (.samFrozen, 15.82, 0.529), (.sgdSAM, 16.0 + [-0.14, 0.2, 0][seed], 0.562 + [0, -0.002, 0.001][seed]),
    ]
    for (arm, error, loss) in table {
      records.append(
        makeRecord(arm, seed: seed, error: error + offset, loss: loss + lossOffset, train: 0.05, profile: profile))
    }
  }
  return records
}

/// Writes an empty file for every record below a new folder, and hands out a reader that knows what each stands for.
struct FakeResults {
  let folder: String
  let read: (String) throws -> RunRecord

  struct Unreadable: Error, CustomStringConvertible {
    let description: String
  }

  init(_ records: [RunRecord], unreadable: [String] = []) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("pof-report-\(UUID().uuidString)").path
    self.folder = folder
    var known: [String: RunRecord] = [:]
    for record in records { known["\(folder)/\(collected(record).path)"] = record }
    for path in known.keys.sorted() + unreadable.map({ "\(folder)/\($0)" }) {
      let url = URL(fileURLWithPath: path)
      try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data().write(to: url)
    }
    let records = known
    read = { path in
      guard let record = records[path] else { throw Unreadable(description: "\(path): is no HDF5 file") }
      return record
    }
  }

  func remove() { try? FileManager.default.removeItem(atPath: folder) }
}

let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent().path

/// The sgd arms that an ablation is compared with, their pre-training, and the ablation's arms, over the seeds; each
/// arm's loss lies above the control's by 0.01 times its place, give or take a little by seed.
func ablationSet(
  _ ablation: Ablation, seeds: [Int] = [0, 1, 2], change: (inout RunConfiguration) -> Void = { _ in }
) -> [RunRecord] {
  seeds.flatMap { seed -> [RunRecord] in
    let offset = [0, 0.21, -0.17][seed % 3]
    return [
      makeRecord(.preTraining(.sgd), seed: seed, error: 16.5 + offset, loss: 0.576, change: change),
      makeRecord(.sgd, seed: seed, error: 16.3 + offset, loss: 0.575 + offset / 50, change: change),
      makeRecord(.sgdFrozen, seed: seed, error: 16.2 + offset, loss: 0.572 + offset / 50, change: change),
    ]
      + ablation.arms.enumerated().map { place, arm in
        makeRecord(
          arm, seed: seed, error: 16.2 + offset * 1.1 + 0.1 * Double(place),
          loss: 0.572 + offset / 40 + 0.01 * Double(place), change: change)
      }
  }
}

func makeAblation(_ ablation: Ablation, _ records: [RunRecord], also runs: [CollectedRun] = []) -> AblationTable {
  AblationTable(ablation, RunCollection(runs: records.map(collected) + runs))
}

extension AblationTable {
  /// Rows of the first group.
  var firstRows: [Row] { groups.first.map { rows(of: $0) } ?? [] }
  /// Pictures of the first group.
  var firstFigures: [Figure] { groups.first.map { figures(of: $0) } ?? [] }
}
