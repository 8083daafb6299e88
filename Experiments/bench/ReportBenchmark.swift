// Measures what a report over many run files takes, on files that it makes itself: the arms of Table 1 on every data set
// and augmentation, at as many seeds as it needs. The values are drawn, not trained.

import Datasets
import ExperimentKit
import Foundation
import Reporting
import Storage
import Training

struct ReportBenchmark {
  /// At least so many run files; whole sets of arms are made.
  var files: Int

  struct Result {
    var files: Int
    var pictures: Int
    /// Seconds of reading run files and making tables, figures and the page, without writing them.
    var seconds: Double

    var text: String {
      "report of \(files) run files, \(pictures) figures: \(String(format: "%.2f", seconds)) s"
    }
    var object: [String: Any] { ["run_files": files, "figures": pictures, "report_s": seconds] }
  }

  func run() throws -> Result {
    let folder = NSTemporaryDirectory() + "pof-bench-report-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let made = try make(in: folder)
    let report = Report(
      results: folder, reference: Machine.referencePath, read: RunFile.read,
      digest: { String($0.digest.prefix(16)) })
    let clock = ContinuousClock()
    var pictures = 0
    let seconds =
      try clock.measure {
        pictures = try report.files().count { $0.path.hasSuffix(".png") }
      }.milliseconds / 1000
    return Result(files: made, pictures: pictures, seconds: seconds)
  }

  private func make(in folder: String) throws -> Int {
    let arms = PreTraining.allCases.map { Arm.preTraining($0) } + Arm.table1
    let groups = DatasetName.allCases.count * Augmentation.allCases.count
    let seeds = (files + groups * arms.count - 1) / (groups * arms.count)
    var count = 0
    for dataset in DatasetName.allCases {
      for augmentation in Augmentation.allCases {
        for arm in arms {
          for seed in 0..<seeds {
            let record = Self.record(dataset, augmentation, arm, seed: seed)
            let place = RunPaths(results: folder, configuration: record.configuration)
            try FileManager.default.createDirectory(atPath: place.folder, withIntermediateDirectories: true)
            try RunFile.write(record, to: place.runFile)
            count += 1
          }
        }
      }
    }
    return count
  }

  /// A finished run of as many epochs as profile quick has.
  private static func record(
    _ dataset: DatasetName, _ augmentation: Augmentation, _ arm: Arm, seed: Int
  ) -> RunRecord {
    var configuration = RunConfiguration(
      profile: Profile.quick.rawValue, dataset: dataset.rawValue, dataSource: .files, augmentation: augmentation,
      arm: arm, seed: seed, depth: 10, width: 1, batchSize: 32, preEpochs: 100, postEpochs: 20, learningRate: 0.1,
      postLearningRate: 0.004, rho: 0.05, trainLimit: 500)
    if arm.postTraining == .none { configuration = configuration.sharedPreTraining }
    var state = UInt64(seed + 1) &* 0x9E37_79B9_7F4A_7C15 &+ UInt64(arm.name.utf8.reduce(0) { $0 &+ Int($1) })
    /// In 0 ..< 1.
    func draw() -> Double {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Double(state >> 11) / Double(1 << 53)
    }
    func score() -> Score { Score(loss: 0.5 + 0.1 * draw(), error: 15 + draw()) }
    let epochs = configuration.epochs.map { epoch in
      EpochRecord(
        epoch: epoch, train: score(), learningRate: 0.004, gradientEvaluations: 16,
        test: epoch % 20 == 0 ? score() : nil,
        perturbation: arm.postTraining == .pof
          ? PerturbationSummary(
            etaStar: 1 + draw(), eta: draw(), perturbationNorm: draw(), weakLoss: draw(), perturbedLoss: draw(),
            unperturbedLoss: draw(), rejectedShare: 0, limitShare: 0) : nil,
        seconds: 1, imagesPerSecond: 500)
    }
    let environment = Environment(commit: "made", dirty: false, versions: [:], cpu: "none", threads: 1)
    return RunRecord(
      configuration: configuration,
      data: DataDescription(
        official: true, trainCount: 500, testCount: dataset.specification.testCount,
        digest: String(repeating: "0", count: 64)), status: .done, epochs: epochs, peakMemory: 1,
      provenance: Provenance(
        segments: [Segment(environment: environment, firstEpoch: 1, firstStep: 1)],
        command: "\(dataset.rawValue) --method \(arm.name) --seed \(seed)", started: "2026-01-01T00:00:00Z", duration: 1
      ))
  }
}
