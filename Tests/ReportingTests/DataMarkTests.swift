// What a table says of its images and of the paper's settings: unofficial files, SVHN without extra, synthetic sets,
// and the paper's own profile as the check of its settings.

import Datasets
import ExperimentKit
import Storage
import Testing
import Training

@testable import Reporting

@Suite struct DataMarkTests {
  private static func unofficial(_ records: [RunRecord]) -> [RunRecord] {
    records.map { record in
      var record = record
      record.data.official = false
      return record
    }
  }

  @Test func unofficialFilesAreMarkedEverywhere() throws {
    let records = Self.unofficial([
      makeRecord(.sgd, seed: 0, dataset: "cifar10"), makeRecord(Ablation.stepReference, seed: 0, dataset: "cifar10"),
    ])
    let table1 = makeTable(records)
    let row = try #require(table1.firstRow)
    #expect(row.title == "CIFAR-10 (not the official set), basic")
    #expect(
      row.settings?.images
        == "1,000 training and 10,000 test images, the first of files that are not the official set of 50,000 and 10,000"
    )
    // What the files hold in all is said where the runs recorded it, older ones beside newer, and agree.
    func images(_ train: Int?...) -> String? {
      var runs = Self.unofficial(train.indices.map { makeRecord(.sgd, seed: $0, dataset: "svhn") })
      for (index, count) in train.enumerated() {
        runs[index].configuration.trainingPart = .withoutExtra
        runs[index].files = count.map { ImageCounts(train: $0, test: 10_000) }
      }
      #expect(makeTable(runs).firstRow?.cell(.sgd)?.runs.count == train.count)
      return makeTable(runs).firstRow?.settings?.images
    }
    let used = "1,000 training and 10,000 test images, the first of files"
    let published = "that are not the official set of 73,257 and 26,032 without extra"
    #expect(images(nil, 8001) == "\(used) with 8,001 and 10,000 \(published)")
    #expect(images(8001, 8002) == "\(used) \(published)")
    for table in [table1, makeAblation(.range, records)] as [any ResultTable] {
      #expect(table.markdown(figures: []).contains("# CIFAR-10 (not the official set), basic augmentation"))
      #expect(table.markdown(figures: []).contains(Markdown.text(TableSentences.unofficial)))
      // In captions beside the name, in Table 1's first column below it.
      #expect(table.latex.contains("CIFAR-10 (not the official set), basic augmentation, profile quick"))
      #expect(table.latex.contains(LaTeX.text(TableSentences.unofficial)))
      #expect(
        table.cellsCSV.split(separator: "\n").dropFirst().allSatisfy {
          $0.hasPrefix("quick,cifar10,basic,files,all,false,")
        })
      #expect(table.runsCSV.split(separator: "\n").dropFirst().allSatisfy { $0.contains(",files,all,false,") })
    }
    #expect(table1.markdown().contains("| CIFAR-10 (not the official set), basic | 16.00 (1) |"))
    #expect(table1.latex.contains("    CIFAR-10, basic & 16.00 &"))
    #expect(table1.latex.contains("    \\quad (not the official set) & (1) &"))
    #expect(row.heading.last?.hasSuffix("images (not the official set, a part of the set).") == true)
    // Synthetic sets are never official, and have a mark of their own; official ones have none.
    let synthetic = makeTable(
      Self.unofficial([makeRecord(.sgd, seed: 0, dataset: "cifar10") { $0.dataSource = .synthetic }]))
    #expect(synthetic.firstRow?.title == "CIFAR-10 (synthetic images), basic")
    for plain in [synthetic, makeTable(fullSet())] {
      #expect(!plain.markdown().contains("not the official set"))
      #expect(!plain.latex.contains("not the official set"))
    }
    // All images of files with other counts.
    var all = makeRecord(.sgd, seed: 0, dataset: "cifar100") { $0.trainLimit = 0 }
    all.data = DataDescription(official: false, trainCount: 49_000, testCount: 10_000, digest: "d")
    #expect(
      makeTable([all]).firstRow?.settings?.images
        == "49,000 training and 10,000 test images, not the official set of 50,000 "
        + "and 10,000")
  }

  @Test func svhnWithoutExtraIsARowOfItsOwn() throws {
    var without = collected(
      makeRecord(.sgd, seed: 0, error: 5, dataset: "svhn") {
        $0.trainingPart = .withoutExtra
        $0.trainLimit = 0
      })
    without.key.profile = "quick-0123abcd"
    let table = makeTable(
      [makeRecord(.sgd, seed: 0, error: 3, dataset: "svhn") { $0.trainLimit = 0 }], also: [without],
      published: try ReferenceTable.read("\(repository)/paper-tables/reference.csv"))
    #expect(table.sections.map(\.profile) == ["quick", "quick-0123abcd"])
    let rows = table.sections.compactMap { $0.measured.first }
    #expect(rows.map(\.title) == ["SVHN, basic", "SVHN without extra, basic"])
    #expect(rows.map { $0.cell(.sgd)?.error?.mean } == [3, 5])
    #expect(rows[1].settings?.images == "1,000 training and 10,000 test images, the published set without extra")
    #expect(rows[1].heading.last?.contains("images (without extra)") == true)
    let lines = table.markdown().split(separator: "\n")
    #expect(lines.contains { $0.hasPrefix("| SVHN, basic | 3.00 (1) |") })
    #expect(lines.contains { $0.hasPrefix("| SVHN without extra, basic | 5.00 (1) |") })
    // What is published for train and extra together is quoted beside that alone.
    let quoted = PublishedComparison(table).rows.filter { $0.published.dataSet == "SVHN + extra" }
    #expect(!quoted.isEmpty && quoted.allSatisfy { $0.title == "SVHN, basic" })
    #expect(table.cellsCSV.contains("quick-0123abcd,svhn,basic,files,without-extra,true,sgd,"))
    #expect(table.cellsCSV.contains("quick,svhn,basic,files,all,true,sgd,"))
  }

  /// The suite's own profile of the paper's settings is what the report takes for them, data set by data set.
  @Test(arguments: DatasetName.allCases) func paperProfileDiffersInNothing(dataset: DatasetName) throws {
    let specification = dataset.specification
    let records = [Arm.preTraining(.sgd), .sgd, .sgdPoF, .samPoF].map { arm in
      var record = makeRecord(arm, seed: 0)
      record.configuration = Profile.paper.configuration(for: dataset, augmentation: .basic, arm: arm, seed: 0)
      record.data.trainCount = specification.trainCount
      return record
    }
    let settings = try #require(RowSettings(records, arms: Arm.table1))
    #expect(settings.differencesFromPaper == [])
    #expect(settings.post?.steps == PaperSetting(dataset).postSteps)
    // And any other value of what the paper states is named.
    func names(_ change: (inout RunConfiguration) -> Void) -> [String] {
      let changed = records.map { record in
        var record = record
        change(&record.configuration)
        return record
      }
      return RowSettings(changed, arms: Arm.table1)?.differencesFromPaper ?? []
    }
    #expect(names { $0.learningRate = 0.3 } == ["pre-training rate (0.3, paper \(dataset == .svhn ? 0.01 : 0.1))"])
    #expect(names { $0.rho *= 2 }.first?.hasPrefix("SAM's rho (") == true)
    #expect(
      names { $0.postEpochs = 20 } == [
        "post-training (20 epochs, paper "
          + [.cifar10: "10", .cifar100: "10", .svhn: "50", .fashionMNIST: "10 as for CIFAR"][dataset]! + ")"
      ])
    #expect(names { $0.postLearningRate = 0.5 }.first?.hasPrefix("post-training rate (0.5, paper ") == true)
    #expect(names { $0.perturbationRange = 1 } == ["range c (1, paper 2)"])
    #expect(names { $0.weakStatistics = false } == ["running statistics (of training batches, paper of both batches)"])
    #expect(names { $0.momentum = 0 } == ["momentum (0, paper 0.9)"])
  }

  @Test func paperSettingsOfEachDataSet() {
    let settings = DatasetName.allCases.map(PaperSetting.init)
    #expect(settings.map(\.learningRate) == [0.1, 0.1, 0.01, 0.1])
    #expect(settings.map(\.rho) == [0.05, 0.1, 0.01, 0.05])
    #expect(settings.map(\.postEpochs) == [10, 10, 50, 10])
    // 196, 196, 2,361 and 235 batches of 256.
    #expect(settings.map(\.postSteps) == [1960, 1960, 118_050, 2350])
    for (found, expected) in zip(settings.map(\.postLearningRate), [1.6e-4, 1.6e-4, 1.6e-5, 1.6e-4]) {
      #expect(abs(found / expected - 1) <= 1e-12)
    }
    let svhn = makeTable([makeRecord(.sgd, seed: 0, dataset: "svhn")]).firstRow?.settings
    #expect(
      svhn?.postTraining
        == "rate 0.0016 x 32 steps = 0.05 (paper: 50 epochs = 118,050 steps at 1.6e-05, product 1.89)")
    // A data set that the paper does not have: nothing of its settings is claimed.
    let other = makeTable([makeRecord(.sgd, seed: 0, dataset: "mine")]).firstRow?.settings
    #expect(other?.postTraining == "rate 0.0016 x 32 steps = 0.05")
    #expect(other?.differencesFromPaper.contains { $0.contains("rate") } == false)
  }

  /// A loss above that of guessing falls with every output that is less certain: the group says so.
  @Test func aLossAboveGuessingIsSaid() throws {
    func heading(_ loss: Double, _ dataset: String) throws -> String {
      let runs = [
        makeRecord(.preTraining(.sgd), seed: 0, loss: loss, dataset: dataset),
        makeRecord(.sgd, seed: 0, dataset: dataset),
      ]
      return try #require(makeTable(runs).firstRow).heading.joined(separator: "\n")
    }
    #expect(try heading(4.61, "cifar100").contains("above that of uniform guessing, ln 100 = 4.605: "))
    #expect(try heading(2.31, "cifar10").contains("ln 10 = 2.303"))
    #expect(try !heading(4.6, "cifar100").contains("guessing") && !heading(2.3, "cifar10").contains("guessing"))
  }
}
