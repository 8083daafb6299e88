import Storage
import Testing
import Training

@testable import Reporting

/// Overrides that act only in post-training leave pre-training in the profile's own folder, where rows find it.
struct SharedPreTrainingTests {
  static func moved(_ record: RunRecord, to profile: String) -> CollectedRun {
    var run = collected(record)
    run.key.profile = profile
    run.path = "\(profile)/" + run.path.split(separator: "/").dropFirst().joined(separator: "/")
    return run
  }

  @Test func rowsWithOverridesFindIt() throws {
    let pre = makeRecord(.preTraining(.sgd), seed: 0)
    let arm = makeRecord(.sgdPoF, seed: 0) { $0.perturbationRange = 1 }
    let table = Table1(
      RunCollection(runs: [collected(pre), Self.moved(arm, to: "quick-0123abcd")]))
    // The profile's own folder has no arm, so it is no row.
    #expect(table.sections.map(\.profile) == ["quick-0123abcd"])
    let row = try #require(table.sections[0].measured.first)
    #expect(row.preTraining.first?.runs.count == 1)
    #expect(row.cells.first { $0.arm == .sgdPoF }?.runs.first?.preCost != nil)
  }

  @Test func ofOtherSettingsItIsNotTheirs() throws {
    let pre = makeRecord(.preTraining(.sgd), seed: 0) { $0.depth = 16 }
    let arm = makeRecord(.sgdPoF, seed: 0)
    let table = Table1(
      RunCollection(runs: [collected(pre), Self.moved(arm, to: "quick-0123abcd")]))
    #expect(table.sections.map(\.profile) == ["quick", "quick-0123abcd"])
    let row = try #require(table.sections[1].measured.first)
    #expect(row.preTraining.allSatisfy { $0.runs.isEmpty })
  }
}
