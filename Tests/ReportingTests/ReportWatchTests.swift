// When a report is made again, by scripted listings on a made-up clock, and what a listing sees of a folder.

import Foundation
import Testing
import Training

@testable import Reporting

/// A listing that differs from those of other versions.
private func listing(_ version: Int, count: Int = 1) -> RunListing {
  RunListing(
    entries: (0..<count).map { .init(path: "a/b/c/d/seed\($0).h5", size: version, seconds: 0, nanoseconds: 0) })
}

/// One watch whose looks see `versions` in turn, two seconds apart, and which is stopped after the last.
private final class Script {
  private var versions: [Int]
  private var now = 1000.0
  private let failures: Set<Int>
  private let secondsTaken: Double
  /// Seconds after the beginning, and version, of each report.
  private(set) var made: [[Double]] = []
  private(set) var said: [String] = []

  init(_ versions: [Int], failing failures: Set<Int> = [], secondsTaken: Double = 0.5) {
    (self.versions, self.failures, self.secondsTaken) = (versions, failures, secondsTaken)
    var version = versions[0]
    ReportWatch(
      list: {
        version = self.versions.removeFirst()
        return listing(version, count: max(1, version))
      },
      make: {
        self.made.append([self.now - 1000, Double(version)])
        self.now += self.secondsTaken
        if self.failures.contains(version) { throw ReportError.resultsMissing("version \(version)") }
      },
      clock: { self.now }, isStopped: { self.versions.isEmpty }, pause: { self.now += 2 },
      say: { self.said.append($0) }
    ).run()
  }
}

@Suite struct ReportWatchTests {
  @Test func theFirstLookMakesAReportAndNoChangeNone() {
    let script = Script([1, 1, 1, 1, 1, 1, 1, 1, 1])
    #expect(script.made == [[0, 1]])
    #expect(script.said == ["tables and figures from 1 run file in 0.5 s"])
  }

  @Test func changesWaitForOneQuietLook() {
    let script = Script([1, 2, 3, 3, 3, 4, 4, 4])
    #expect(script.made == [[0, 1], [6.5, 3], [13, 4]])
    #expect(script.said[1] == "tables and figures from 3 run files in 0.5 s")
  }

  /// Where something changes at every look, ten seconds after the end of the last report.
  @Test func changesDoNotWaitForever() {
    let script = Script(Array(1...14))
    #expect(script.made == [[0, 1], [10.5, 6], [21, 11]])
    // Ten seconds lie between two, however long one takes.
    #expect(Script(Array(1...14), secondsTaken: 30).made == [[0, 1], [40, 6], [80, 11]])
  }

  /// What changes while a report is made is seen.
  @Test func theListingBeforeAReportCounts() {
    var rule = RefreshRule()
    let first = rule.isDue(listing(1), at: 0)
    rule.finish(listing(1), succeeded: true, at: 5)
    let later = [7.0, 9].map { rule.isDue(listing(2), at: $0) }
    #expect(first && later == [false, true])
  }

  /// It goes on after a failure: at once when files have changed, else after ten seconds; the same reason is told once.
  @Test func aReportThatFailsIsTriedAgain() {
    let script = Script([0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0], failing: [0])
    #expect(script.made.map { $0[1] } == [0, 0, 1, 0])
    #expect(script.made.map { $0[0] } == [0, 10.5, 21, 27.5])
    let problem = ReportError.resultsMissing("version 0").description
    #expect(script.said == [problem, "tables and figures from 1 run file in 0.5 s", problem])
  }

  /// Nothing is said of a report that fails because everything is stopped.
  @Test func stoppedIsNoFailure() {
    #expect(Script([0], failing: [0]).said.isEmpty)
    #expect(Script([1]).said.count == 1)
  }

  @Test func listingsSeeRunFilesAlone() throws {
    let results = try FakeResults([makeRecord(.sgd, seed: 0)], unreadable: ["quick/svhn/basic/sgd/seed3.h5"])
    defer { results.remove() }
    let folder = "\(results.folder)/quick/fashion-mnist/basic/sgd"
    let first = RunListing(results: results.folder)
    #expect(first.count == 2)
    for name in ["seed0.ckpt.h5", "seed0.epoch3.ckpt.h5", "seed0.again.h5", "seed0.lock", ".seed1.h5.4711-1.tmp"] {
      try Data([1]).write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
    }
    #expect(RunListing(results: results.folder) == first)

    let file = "\(folder)/seed0.h5"
    try FileManager.default.setAttributes([.modificationDate: Date(timeIntervalSince1970: 1e9)], ofItemAtPath: file)
    let touched = RunListing(results: results.folder)
    #expect(touched != first && touched.count == 2 && touched.entries.map(\.path) == first.entries.map(\.path))
    try Data([1, 2]).write(to: URL(fileURLWithPath: file))
    try FileManager.default.setAttributes([.modificationDate: Date(timeIntervalSince1970: 1e9)], ofItemAtPath: file)
    #expect(RunListing(results: results.folder) != touched)
    try FileManager.default.removeItem(atPath: file)
    #expect(RunListing(results: results.folder).count == 1)
    #expect(RunListing(results: results.folder + "/absent").count == 0)
  }
}
