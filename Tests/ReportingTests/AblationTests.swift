// The ablations' tables as values and in every format, on hand-made run records.

import Storage
import Testing
import Training

@testable import Reporting

@Suite struct AblationTests {
  private static func isArm(_ record: RunRecord, _ name: String) -> Bool { record.configuration.arm == name }

  @Test func nothingOfTable1Changes() {
    let table1 = fullSet()
    let plain = makeTable(table1)
    let failed = makeRecord(
      Ablation.stepReference, seed: 9, status: .failed(epoch: 11, step: 1, reason: "loss is not finite"), finished: 0)
    let ablations = Ablation.allCases.flatMap { ablation in
      // Their references are Table 1's own runs, and stay what they are.
      ablationSet(ablation).filter { $0.configuration.arm.hasPrefix(ablation.rawValue) }
    }
    let both = makeTable(table1 + ablations + [failed])
    #expect(both == plain)
    #expect(both.markdown() == plain.markdown())
    #expect(both.latex == plain.latex)
    #expect(both.cellsCSV + both.runsCSV + both.differencesCSV == plain.cellsCSV + plain.runsCSV + plain.differencesCSV)
  }

  @Test func rangeRowsAreInOrder() throws {
    let table = makeAblation(.range, ablationSet(.range))
    let group = try #require(table.groups.first)
    #expect(
      table.rows(of: group).map(\.title) == [
        "c = 0", "c = 0.5", "c = 1", "c = 1.5", "c = 2 (default)", "c = 3", "c = 4", "fixed step, 0.25 x mean eta*",
        "fixed step, 1 x mean eta*", "fixed step, 4 x mean eta*", "random direction", "m = 1", "m = 4",
        "m = 16 (the row c = 2)",
      ])
    let rows = table.rows(of: group)
    #expect(rows[13].cell == rows[4].cell)
    #expect(rows[13].comparisons == rows[4].comparisons)
    #expect(rows.map(\.isRepeated) == Array(repeating: false, count: 13) + [true])
    #expect(rows.allSatisfy { $0.comparisons.map(\.control) == [.sgdFrozen, .sgd] })
    #expect(table.referenceRows(of: group).map(\.title) == ["SGD -> frozen", "SGD"])
    #expect(rows[0].leading == ["c = 0", "nothing", "extractor"])
    #expect(rows[1].leading == ["c = 0.5", "classifier", "extractor"])
    // A profile with four groups by default: the repeated row stands beside the arm with as many.
    let small = makeAblation(
      .range,
      ablationSet(.range) { one in
        if one.postTraining == .pof && one.perturbationGroups == 16 { one.perturbationGroups = 4 }
      })
    #expect(
      small.firstRows.suffix(3).map(\.title) == [
        "m = 1", "m = 4", "m = 4 (the row c = 2)",
      ])
  }

  @Test func layerRowsAreInOrder() throws {
    let table = makeAblation(.layers, ablationSet(.layers))
    let group = try #require(table.groups.first)
    #expect(
      table.rows(of: group).map(\.leading) == [
        ["classifier", "classifier", "extractor"],
        ["group 3 and above", "group 3 and classifier", "stem, groups 1 and 2"],
        ["group 2 and above", "groups 2 and 3, classifier", "stem and group 1"],
        ["everything", "all parameters", "all, from unperturbed values"],
        ["lowest", "stem and group 1", "groups 2 and 3, classifier"],
      ])
    #expect(table.referenceRows(of: group).map(\.leading[1]) == ["nothing", "nothing"])
  }

  @Test func pairsBySeedWithBothReferences() throws {
    var records = ablationSet(.layers).filter {
      !(Self.isArm($0, "ablation-layers/lowest") && $0.configuration.seed == 0)
        && !(Self.isArm($0, "sgd") && $0.configuration.seed == 1) && !Self.isArm($0, "ablation-layers/everything")
    }
    records.append(
      makeRecord(
        try #require(Ablation.layers.arms.first { $0.name == "ablation-layers/everything" }), seed: 2,
        status: .failed(epoch: 12, step: 3, reason: "loss is not finite"), finished: 1))
    let table = makeAblation(.layers, records)
    let rows = table.firstRows
    // The second row lies 0.01 above the control, and 0.21 / 40 - 0.21 / 50 more in seed 1.
    let group3 = rows[1].comparisons[0]
    #expect(group3.seeds == [0, 1, 2])
    for (found, expected) in zip(group3.loss.differences, [0.01, 0.01105, 0.00915]) {
      #expect(abs(found - expected) <= 1e-12)
    }
    // Computed with scipy 1.17.1 (stats.t.interval).
    let interval = try #require(group3.loss.interval)
    #expect(abs(interval.low - 0.00770238172) <= 1e-10)
    #expect(abs(interval.high - 0.0124309516) <= 1e-10)
    #expect(group3.loss.verdict == .higher)
    #expect(rows[1].comparisons[1].seeds == [0, 2])
    #expect(rows[4].comparisons[0].seeds == [1, 2])
    #expect(rows[4].comparisons[1].seeds == [2])
    #expect(rows[4].comparisons[1].loss.verdict == .onePair)
    #expect(rows[4].cell.gapText == "seed 0 not run")
    #expect(rows[3].cell.gapText == "seeds 0, 1 not run; seed 2 failed in epoch 12")
    #expect(rows[3].comparisons.allSatisfy { $0.loss.verdict == .noPairs })
  }

  @Test func onlyTheAblationsOwnSeeds() throws {
    // Table 1 has five seeds here, the ablation two: its references count for these two alone.
    let records =
      ablationSet(.layers, seeds: [0, 1, 2, 3, 4]).filter {
        $0.configuration.seed < 2 || !$0.configuration.arm.hasPrefix("ablation")
      } + [makeRecord(.sgdPoF, seed: 0), makeRecord(.sgd, seed: 0, profile: "reduced")]
    let table = makeAblation(.layers, records)
    #expect(table.groups.map(\.key.profile) == ["quick"])
    #expect(table.groups.first?.seeds == [0, 1])
    #expect(table.groups.first?.cell(.sgd)?.runs.map(\.seed) == [0, 1])
    #expect(table.groups.first?.runs.contains { $0.arm == "sgd-pof" } == false)
    #expect(makeAblation(.range, records).groups.isEmpty)
  }

  @Test func preTrainingOfOverridesIsFound() throws {
    let arm = makeRecord(Ablation.stepReference, seed: 0) { $0.postLearningRate = 0.5 }
    var moved = collected(arm)
    moved.key.profile = "quick-0123abcd"
    let table = makeAblation(.range, [makeRecord(.preTraining(.sgd), seed: 0)], also: [moved])
    let group = try #require(table.groups.first)
    #expect(group.key.profile == "quick-0123abcd")
    #expect(group.cell(Ablation.stepReference)?.preSeconds?.mean == 15)
    #expect(group.preTraining.map(\.runs.count) == [1])
  }

  @Test func runsThatAreNotWhatTheirArmSays() throws {
    let arms = Ablation.range.arms
    let c3 = try #require(arms.first { $0.name == "ablation-range/c-3" })
    let c4 = try #require(arms.first { $0.name == "ablation-range/c-4" })
    let records =
      ablationSet(.range, seeds: [0]) + [
        makeRecord(c3, seed: 1) { $0.perturbationRange = 2 }, makeRecord(c4, seed: 1) { $0.perturbationGroups = 8 },
        makeRecord(arms[0], seed: 1),
      ]
    let group = try #require(makeAblation(.range, records).groups.first)
    #expect(
      group.missing == [
        "quick/fashion-mnist/basic/ablation-range/c-3/seed1.h5: holds perturbation_range 2.0, "
          + "its arm says 3.0; run it again",
        "quick/fashion-mnist/basic/ablation-range/c-4/seed1.h5: differs from most runs of its row "
          + "(perturbation_groups 8, not 16); keep other settings in a profile folder of their own",
        "seed 1 not run: SGD pre-training, SGD -> frozen, SGD, c = 0.5, c = 1, c = 1.5, c = 2 (default), "
          + "fixed step, 0.25 x mean eta*, fixed step, 1 x mean eta*, fixed step, 4 x mean eta*, random direction, m = 1, m = 4",
      ])
    #expect(group.cell(c3)?.runs.map(\.seed) == [0])
    #expect(group.cell(arms[0])?.runs.map(\.seed) == [0, 1])
    // What the arms vary on purpose sets nothing aside.
    #expect(makeAblation(.range, ablationSet(.range)).groups.first?.missing == [])
    #expect(makeAblation(.layers, ablationSet(.layers)).groups.first?.missing == [])
  }

  @Test func oddFolders() throws {
    let place = "quick/fashion-mnist/basic/"
    let results = try FakeResults(
      ablationSet(.range, seeds: [0]),
      unreadable: [
        place + "ablation-range/seed0.h5", place + "ablation-range/c-9/seed0.h5",
        place + "ablation-range/c-1.5/deeper/seed0.h5", place + "ablation-range/c-1.5/seed1.h5",
        place + "ablation-range/c-1.5/seed0.ckpt.h5", place + "ablation-layers/notes/seed0.h5",
        "ablation-range/c-1/seed0.h5", "quick/ablation-range/c-1/seed0.h5", place + "ablation-rangers/c-1/seed0.h5",
      ])
    defer { results.remove() }
    let collection = try RunCollection(results: results.folder, read: results.read)
    let table = AblationTable(.range, collection)
    #expect(table.groups.map(\.key.dataset) == ["fashion-mnist"])
    #expect(
      table.groups.first?.missing == [
        place + "ablation-range/c-1.5/seed1.h5: is no HDF5 file",
        place + "ablation-range/c-1.5/deeper/seed0.h5: is in the folder of no arm of this ablation",
        place + "ablation-range/c-9/seed0.h5: is in the folder of no arm of this ablation",
        "seed 1 not run: SGD pre-training, SGD -> frozen, SGD, c = 0, c = 0.5, c = 1, c = 2 (default), c = 3, c = 4, "
          + "fixed step, 0.25 x mean eta*, fixed step, 1 x mean eta*, fixed step, 4 x mean eta*, random direction, m = 1, m = 4",
      ])
    #expect(table.groups.first?.seeds == [0, 1])
    // A folder below an ablation's that is no arm makes no table.
    #expect(AblationTable(.layers, collection).groups.isEmpty)
  }

  @Test func headings() throws {
    let range = try #require(makeAblation(.range, ablationSet(.range)).groups.first)
    #expect(
      range.heading.contains(
        "PoF, where a row says nothing else: 16 perturbation groups, range c = 2, weak batches of 256, search limit "
          + "10,000 (reject)."))
    let layers = try #require(makeAblation(.layers, ablationSet(.layers)).groups.first)
    #expect(
      layers.heading.contains(
        "PoF, where a row says nothing else: 1 perturbation group, range c = 2, weak batches of 256, search limit 100 "
          + "(keep)."))
    // One group, and the limit that goes with it, are that ablation's own; in the other they would not be.
    for group in [layers, range] {
      let differences = try #require(group.heading.last)
      #expect(differences.contains("model (") && !differences.contains("perturbation groups"))
      #expect(!differences.contains("search limit"))
      #expect(!group.heading.contains { $0.hasPrefix("SAM:") })
    }
    let fewer = ablationSet(.range).map { record in
      var record = record
      record.configuration.setGroups(1)
      return record
    }
    #expect(
      RowSettings(fewer.filter { $0.configuration.arm.contains("/c-") }, arms: Ablation.range.arms)?
        .differencesFromPaper.contains("perturbation groups (1, paper 16)") == true)
    // Of arms that all vary it, only what they agree on is said.
    let some = ablationSet(.range).filter { $0.configuration.arm.contains("/c-") }
    #expect(makeAblation(.range, some).groups.first?.settings?.perturbation?.range == nil)
    #expect(makeAblation(.range, some).groups.first?.settings?.perturbation?.groups == 16)
    #expect(makeAblation(.range, some).groups.first?.heading.contains { $0.contains("range c") } == false)
  }
}
