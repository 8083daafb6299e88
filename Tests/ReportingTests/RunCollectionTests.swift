// Finding run files and judging what they hold.

import Foundation
import Storage
import Testing
import Training

@testable import Reporting

@Suite struct RunCollectionTests {
  @Test func findsRunFilesAlone() throws {
    let results = try FakeResults(
      [
        makeRecord(.sgd, seed: 10), makeRecord(.sgd, seed: 2),
        makeRecord(.sgdPoF, seed: 0) { $0.arm = "ablation-range/c-1.5" },
      ],
      unreadable: [
        "quick/fashion-mnist/basic/sgd/seed2.ckpt.h5", "quick/fashion-mnist/basic/sgd/.seed3.h5.tmp-1",
        "quick/fashion-mnist/basic/sgd/.seed4.h5", "quick/fashion-mnist/basic/sgd/seed05.h5",
        "quick/fashion-mnist/basic/sgd/seed-1.txt", "quick/fashion-mnist/basic/seed1.h5", "seed1.h5", "notes.md",
      ])
    defer { results.remove() }
    let collection = try RunCollection(results: results.folder, read: results.read)
    #expect(
      collection.runs.map(\.path) == [
        "quick/fashion-mnist/basic/ablation-range/c-1.5/seed0.h5", "quick/fashion-mnist/basic/sgd/seed10.h5",
        "quick/fashion-mnist/basic/sgd/seed2.h5",
      ])
    #expect(collection.runs.map(\.arm) == ["ablation-range/c-1.5", "sgd", "sgd"])
    // An ablation's runs are collected, and stay out of Table 1.
    let row = try #require(Table1(collection).firstRow)
    #expect(row.runs.count == 2)
  }

  @Test func keepsUnreadableFilesWithAReasonFreeOfTheirPlace() throws {
    let results = try FakeResults([], unreadable: ["quick/fashion-mnist/basic/sgd/seed0.h5"])
    defer { results.remove() }
    let collection = try RunCollection(results: results.folder, read: results.read)
    #expect(
      collection.runs.map(\.outcome) == [
        .unusable(reason: "is no HDF5 file")
      ])
  }

  @Test func refusesRunsInAnotherPlace() throws {
    let place = try #require(RunPlace(path: "quick-0123abcd/fashion-mnist/basic/sgd/seed0.h5"))
    let record = makeRecord(.sgd, seed: 0)
    #expect(RunCollection.outcome(of: record, at: place) == .done(record))
    for (other, word) in [
      (makeRecord(.sgd, seed: 1), "seed 1"), (makeRecord(.sam, seed: 0), "arm sam"),
      (makeRecord(.sgd, seed: 0, profile: "smoke"), "profile smoke"),
      (makeRecord(.sgd, seed: 0, dataset: "svhn"), "dataset svhn"),
      (makeRecord(.sgd, seed: 0) { $0.augmentation = .cutout }, "augmentation cutout"),
    ] {
      guard case .unusable(let reason) = RunCollection.outcome(of: other, at: place) else {
        Issue.record("\(word) was accepted")
        continue
      }
      #expect(reason.contains(word))
    }
  }

  @Test func refusesDoneRunsThatAreNot() throws {
    let place = try #require(RunPlace(path: "quick/fashion-mnist/basic/sgd/seed0.h5"))
    func isUnusable(_ change: (inout RunRecord) -> Void) -> Bool {
      var record = makeRecord(.sgd, seed: 0)
      change(&record)
      if case .unusable = RunCollection.outcome(of: record, at: place) { return true }
      return false
    }
    #expect(!isUnusable { _ in })
    #expect(isUnusable { $0.epochs.removeLast() })
    #expect(isUnusable { $0.epochs[3].test = nil })
    #expect(isUnusable { $0.epochs[3].test = Score(loss: .nan, error: 10) })
    #expect(isUnusable { $0.epochs = [] })
  }

  @Test func missingDirectoriesAndEmptyOnes() throws {
    let reference = "\(repository)/paper-tables/reference.csv"
    func report(_ results: String) -> Report {
      Report(
        results: results, reference: reference, read: { _ in makeRecord(.sgd, seed: 0) },
        digest: { _ in "" })
    }
    #expect(throws: ReportError.resultsMissing("/no/such")) { try report("/no/such/").files() }
    let empty = FileManager.default.temporaryDirectory.appendingPathComponent("pof-empty-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: empty, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: empty) }
    #expect(throws: ReportError.noRuns(empty)) { try report(empty).files() }
  }
}
