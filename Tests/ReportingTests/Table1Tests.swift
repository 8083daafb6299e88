// Table 1 as a value, on hand-made run records.

import Datasets
import Storage
import Testing
import Training

@testable import Reporting

@Suite struct Table1Tests {
  @Test func cellsHoldTheLastEpoch() throws {
    let row = try #require(makeTable(fullSet()).firstRow)
    let cell = try #require(row.cell(.sgd))
    #expect(cell.runs.map(\.error) == [16.2, 16.41, 16.2 - 0.17])
    var worse = makeRecord(.sgd, seed: 0, error: 16)
    worse.epochs[worse.epochs.count - 1].test = Score(loss: 0.9, error: 20)
    let one = try #require(makeTable([worse]).firstRow?.cell(.sgd))
    #expect(one.error?.mean == 20)
    #expect(one.loss?.mean == 0.9)
    #expect(one.error?.deviation == nil)
    #expect(row.cells.map(\.arm) == Arm.table1)
    #expect(row.preTraining.map(\.arm.name) == ["sgd-pre", "sam-pre"])
  }

  @Test func costAddsTheSameSeedsPreTraining() throws {
    let row = try #require(makeTable(fullSet()).firstRow)
    let late = try #require(row.cell(.sgdSAM))
    #expect(late.seconds?.mean == 6)
    #expect(late.preSeconds?.mean == 15)
    #expect(late.gradientEvaluations?.mean == 64)
    #expect(late.preGradientEvaluations?.mean == 80)
    #expect(row.cell(.samPoF)?.preGradientEvaluations?.mean == 160)
    // One seed without its pre-training: the mean over the others would be a mean over other seeds.
    let records = fullSet().filter { !($0.configuration.arm == "sgd-pre" && $0.configuration.seed == 1) }
    let incomplete = try #require(makeTable(records).firstRow?.cell(.sgdSAM))
    #expect(incomplete.preSeconds == nil)
    #expect(incomplete.costText(own: incomplete.seconds, pre: incomplete.preSeconds) == "not known + 6")
  }

  @Test func everyKindOfMissingCell() throws {
    let unreadable = CollectedRun(
      path: "quick/fashion-mnist/basic/sam/seed0.h5",
      key: RowKey(profile: "quick", dataset: "fashion-mnist", augmentation: "basic"), arm: "sam", seed: 0,
      outcome: .unusable(reason: "is no HDF5 file"))
    let row = try #require(
      makeTable(
        [
          makeRecord(
            .preTraining(.sam), seed: 1, status: .failed(epoch: 3, step: 2, reason: "loss is not finite"), finished: 2),
          makeRecord(.sgd, seed: 0), makeRecord(.sgd, seed: 1, status: .partial, finished: 2),
          makeRecord(.sgdPoF, seed: 0, status: .failed(epoch: 12, step: 5, reason: "loss is not finite"), finished: 1),
          makeRecord(.sgdFrozen, seed: 0, status: .partial, finished: 0),
        ], also: [unreadable]
      ).firstRow)
    func gaps(_ arm: Arm) -> [ArmGroup.Gap.Reason] { row.cell(arm)?.gaps.map(\.reason) ?? [] }
    #expect(row.seeds == [0, 1])
    #expect(gaps(.sgd) == [.partial(epoch: 12, of: 14)])
    #expect(gaps(.sgdPoF) == [.failed(epoch: 12, step: 5, reason: "loss is not finite"), .notRun])
    #expect(gaps(.sam) == [.unusable(reason: "is no HDF5 file"), .preTrainingFailed(epoch: 3)])
    #expect(gaps(.sgdFrozen) == [.partial(epoch: 10, of: 14), .notRun])
    #expect(gaps(.sgdSAM) == [.notRun, .notRun])
    #expect(row.cell(.sgd)?.gapText == "seed 1 partial: epoch 12 of 14")
    #expect(row.cell(.sgdSAM)?.gapText == "not run")
    #expect(row.cell(.sgdPoF)?.gapText == "seed 0 failed in epoch 12; seed 1 not run")
    #expect(
      row.missing == [
        "quick/fashion-mnist/basic/sam-pre/seed1.h5: failed in epoch 3, step 2: loss is not finite",
        "quick/fashion-mnist/basic/sam/seed0.h5: is no HDF5 file",
        "quick/fashion-mnist/basic/sgd-frozen/seed0.h5: partial: epoch 10 of 14; under way, or resumed by the same command",
        "quick/fashion-mnist/basic/sgd-pof/seed0.h5: failed in epoch 12, step 5: loss is not finite",
        "quick/fashion-mnist/basic/sgd/seed1.h5: partial: epoch 12 of 14; under way, or resumed by the same command",
      ])
  }

  /// A seed that an arm lacks is named where other seeds were run; an arm without any has a row that says so.
  @Test func seedsThatWereNotRunAreNamed() throws {
    let row = try #require(
      makeTable([
        makeRecord(.preTraining(.sgd), seed: 1), makeRecord(.sgd, seed: 0), makeRecord(.sgd, seed: 1),
        makeRecord(.sgd, seed: 4), makeRecord(.sgdPoF, seed: 4),
      ]).firstRow)
    #expect(
      row.missing == [
        "seed 0 not run: SGD pre-training, SGD -> PoF", "seed 1 not run: SGD -> PoF",
        "seed 4 not run: SGD pre-training",
      ])
  }

  @Test func pairsOnlyCommonSeeds() throws {
    let records =
      [(0, 15.0), (1, 16.0), (3, 18.0)].map { makeRecord(.sgd, seed: $0.0, error: $0.1, loss: $0.1 / 30) }
      + [(1, 16.5), (2, 99.0), (3, 18.25)].map { makeRecord(.sgdPoF, seed: $0.0, error: $0.1, loss: $0.1 / 30) }
    let row = try #require(makeTable(records).firstRow)
    let comparison = try #require(row.comparisons.first { $0.treatment == .sgdPoF && $0.control == .sgd })
    #expect(comparison.seeds == [1, 3])
    #expect(comparison.error.differences == [0.5, 0.25])
    #expect(abs(comparison.loss.differences[0] - 0.5 / 30) <= 1e-12)
    let other = try #require(row.comparisons.first { $0.treatment == .samPoF })
    #expect(other.seeds.isEmpty)
    #expect(other.error.verdict == .noPairs)
  }

  @Test func comparisonsAreThoseThatWereAskedFor() throws {
    let titles = try #require(makeTable(fullSet()).firstRow).comparisons.map(\.title)
    #expect(
      titles == [
        "SGD -> PoF minus SGD", "SGD -> PoF minus SGD -> frozen", "SGD -> PoF minus SGD -> SAM", "SGD -> SAM minus SGD",
        "SGD -> frozen minus SGD", "SAM -> PoF minus SAM", "SAM -> PoF minus SAM -> frozen", "SAM -> frozen minus SAM",
      ])
  }

  @Test func profilesAreNeverMixed() throws {
    let table = makeTable([
      makeRecord(.sgd, seed: 0, error: 10), makeRecord(.sgd, seed: 1, error: 30, profile: "smoke"),
      makeRecord(.sgdPoF, seed: 1, error: 31),
    ])
    #expect(table.sections.map(\.profile) == ["quick", "smoke"])
    let quick = try #require(table.sections[0].measured.first)
    #expect(quick.cell(.sgd)?.runs.map(\.error) == [10])
    #expect(quick.comparisons.allSatisfy { $0.seeds.isEmpty })
    #expect(table.sections[1].measured.first?.cell(.sgd)?.runs.map(\.error) == [30])
  }

  @Test func otherSettingsAreSetAside() throws {
    let records =
      (0..<3).map { makeRecord(.sgd, seed: $0, error: 15) }
      + [makeRecord(.sgd, seed: 3, error: 90) { $0.batchSize = 64 }]
      + [makeRecord(.sgdPoF, seed: 0, error: 15), makeRecord(.samPoF, seed: 0) { $0.perturbationRange = 1 }]
      + [makeRecord(.sgdPoF, seed: 1, error: 15)]
    let row = try #require(makeTable(records).firstRow)
    #expect(row.cell(.sgd)?.runs.map(\.seed) == [0, 1, 2])
    guard case .unusable(let reason)? = row.cell(.sgd)?.gaps.first?.reason else {
      Issue.record("seed 3 should be set aside")
      return
    }
    #expect(reason.contains("batchSize 64, not 128"))
    #expect(row.cell(.samPoF)?.runs.isEmpty == true)
    #expect(row.settings?.perturbation?.range == 2)
    var otherImages = makeRecord(.sgdFrozen, seed: 0)
    otherImages.data.digest = "d2"
    let mixed = try #require(
      makeTable(fullSet().filter { $0.configuration.arm != "sgd-frozen" } + [otherImages]).firstRow)
    guard case .unusable(let images)? = mixed.cell(.sgdFrozen)?.gaps.first?.reason else {
      Issue.record("a run on other images should be set aside")
      return
    }
    #expect(images.contains("other images"))
  }

  @Test func absentRowsSayWhatToRun() {
    let table = Table1(RunCollection(runs: [collected(makeRecord(.sgd, seed: 0))]))
    #expect(table.sections.count == 1)
    func absent(_ dataset: DatasetName, _ augmentation: String, _ command: String) -> Table1.Row {
      .absent(
        dataset, augmentation: augmentation,
        advice: .run(command: "make reproduce-table1 DATASETS=" + command, data: "make data-\(dataset.rawValue)"))
    }
    #expect(
      Array(table.sections[0].rows.prefix(6)) == [
        absent(.cifar10, "basic", "cifar10"), absent(.cifar10, "cutout", "cifar10 AUGMENT=cutout"),
        absent(.cifar100, "basic", "cifar100"), absent(.cifar100, "cutout", "cifar100 AUGMENT=cutout"),
        absent(.svhn, "basic", "svhn"), absent(.svhn, "cutout", "svhn AUGMENT=cutout"),
      ])
    #expect(table.sections[0].rows.count == 8)
    #expect(
      table.sections[0].rows[7]
        == .absent(
          .fashionMNIST, augmentation: "cutout",
          advice: .run(command: "make reproduce-table1 DATASETS=fashion-mnist AUGMENT=cutout", data: nil)))
    // Profile smoke makes its images.
    #expect(
      Table1.Advice(.svhn, key: RowKey(profile: "smoke", dataset: "svhn", augmentation: "basic"))
        == .run(command: "make reproduce-table1 PROFILE=smoke DATASETS=svhn", data: nil))
    #expect(
      Table1.Advice(.cifar10, key: RowKey(profile: "quick-0123abcd", dataset: "cifar10", augmentation: "basic"))
        == .overridden)
    for text in [table.markdown(), table.latex] { #expect(!text.contains("not yet part")) }
  }

  @Test func settingsState() throws {
    let settings = try #require(makeTable(fullSet()).firstRow?.settings)
    #expect(settings.model == "WRN-10-2")
    #expect(settings.post?.steps == 32)
    #expect(abs(try #require(settings.post?.product) - 0.0512) <= 1e-12)
    #expect(settings.images == "1,000 training and 10,000 test images, the first of the published set")
    #expect(
      settings.postTraining
        == "rate 0.0016 x 32 steps = 0.05 (paper: 10 epochs as for CIFAR = 2,350 steps at 0.00016, product 0.38)")
    #expect(settings.rho == 0.05)
    var synthetic = makeRecord(.sgd, seed: 0) { $0.dataSource = .synthetic }
    synthetic.data.official = false
    let other = try #require(makeTable([synthetic]).firstRow?.settings)
    #expect(other.images == "1,000 training and 10,000 test images, synthetic (not Fashion-MNIST)")
    #expect(other.rho == nil)
    #expect(other.perturbation == nil)
  }
}
