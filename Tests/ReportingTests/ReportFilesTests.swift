// What a report leaves in its folder: its own files, nothing of an earlier one, and whatever was never a report's. And the
// command that makes the runs of a place again.

import Foundation
import Storage
import Testing
import Training

@testable import Reporting

@Suite struct ReportFilesTests {
  private static func report(_ results: FakeResults) -> Report {
    Report(
      results: results.folder, reference: "\(repository)/paper-tables/reference.csv", read: results.read,
      digest: { _ in "d" })
  }

  private static func files(_ folder: String) throws -> Set<String> {
    let all = try FileManager.default.subpathsOfDirectory(atPath: folder)
    var isFolder: ObjCBool = false
    return Set(
      all.filter {
        FileManager.default.fileExists(atPath: "\(folder)/\($0)", isDirectory: &isFolder) && !isFolder.boolValue
      })
  }

  /// Tables of other runs beside these pages would pass for theirs.
  @Test(.enabled(if: (try? Gnuplot()) != nil)) func whatAnEarlierReportLeftIsRemoved() throws {
    let everything = try FakeResults(fullSet() + ablationSet(.range) + ablationSet(.layers))
    let ablation = try FakeResults(
      ablationSet(.range).filter { Ablation.range.arms.map(\.name).contains($0.configuration.arm) })
    let output = FileManager.default.temporaryDirectory.appending(path: "pof-report-\(UUID().uuidString)").path
    defer {
      everything.remove()
      ablation.remove()
      try? FileManager.default.removeItem(atPath: output)
    }
    try Self.report(everything).write(to: output)
    let all = try Self.files(output)
    // Whatever a report writes, it knows for its own.
    #expect(Set(ReportNames.possible(in: output)) == all.subtracting(["index.html"]))
    #expect(all.contains("table1.tex") && all.contains("figures/quick/fashion-mnist/basic/curves.png"))

    let others = [
      "README.md", "reference.csv", "table1.txt", "figures/mine.png", "figures/a/b/c/curves.png", "claims-runs.csv",
      "figures/quick/fashion-mnist/basic/mine.png",
    ]
    for path in others { try AtomicFile.write([1], to: "\(output)/\(path)") }
    let written = try Self.report(ablation).write(to: output).map { String($0.dropFirst(output.count + 1)) }
    #expect(try Self.files(output) == Set(written + others))
    #expect(!written.contains("table1.tex"))
  }

  private static func lines(_ records: [RunRecord], profile: String = "quick", dataset: String = "svhn") -> [String] {
    RunCommand.lines(of: records, RowKey(profile: profile, dataset: dataset, augmentation: "basic"))
  }

  @Test func theCommandOfAPlaceHasItsSeedsAndImages() {
    let table = [0, 3, 4].flatMap { seed in
      [Arm.preTraining(.sgd), .sgd, .sgdPoF].map { arm in
        makeRecord(arm, seed: seed, dataset: "svhn") { $0.trainingPart = .withoutExtra }
      }
    }
    let command = "make reproduce-table1 PROFILE=quick DATASETS=svhn AUGMENT=basic SEEDS=\"0 3 4\" NO_EXTRA=1"
    #expect(Self.lines(table) == [command])
    // An ablation's runs rest on some of Table 1's, which are no table yet.
    let ablation = [Arm.preTraining(.sgd), .sgd, .sgdFrozen, Ablation.stepReference].map {
      makeRecord($0, seed: 1, dataset: "cifar10")
    }
    #expect(
      Self.lines(ablation, dataset: "cifar10") == [
        "make reproduce-ablations PROFILE=quick DATASETS=cifar10 AUGMENT=basic SEEDS=\"1\""
      ])
    let both = ablation + [makeRecord(.sam, seed: 2, dataset: "cifar10")]
    #expect(Self.lines(both, dataset: "cifar10").map { $0.contains("table1") } == [true, false])
    // Overrides have a folder of their own, and its name does not tell them.
    #expect(Self.lines(table, profile: "quick-0123abcd") == [])
  }

  /// Whoever reads the runs' CSV alone learns how far a run came, and is told no cost that is not known.
  @Test func unfinishedRunsSayHowFarTheyCame() throws {
    let table = makeTable([
      makeRecord(.sgd, seed: 0), makeRecord(.sgd, seed: 1, status: .partial, finished: 2),
      makeRecord(.sgd, seed: 2, status: .failed(epoch: 11, step: 3, reason: "diverged"), finished: 0),
    ])
    let lines = try CSV.parse(table.runsCSV, file: "runs")
    func row(_ seed: Int) -> [String: String] {
      Dictionary(uniqueKeysWithValues: zip(lines[0].fields, lines[1 + seed].fields))
    }
    #expect(
      row(1)["status"] == "partial" && row(1)["reason"] == "partial: epoch 12 of 14" && row(1)["last_epoch"] == "12")
    #expect(row(2)["reason"] == "failed in epoch 11, step 3: diverged" && row(2)["last_epoch"] == "")
    #expect(row(2)["seconds"] == "" && row(2)["gradient_evaluations"] == "" && row(1)["seconds"] == "3.0")
  }
}
