// The ablations' Markdown, CSV and LaTeX, their pictures' data, and the files that a report makes of them.

import Foundation
import Storage
import Testing
import Training

@testable import Reporting

@Suite struct AblationFormatTests {
  @Test func markdown() throws {
    let table = makeAblation(
      .layers, ablationSet(.layers).filter { $0.configuration.arm != "ablation-layers/lowest" })
    let link = FigureLink(row: try #require(table.groups.first).key, title: "Layers", path: "figures/a.png")
    let lines = table.markdown(figures: [link]).split(separator: "\n")
    #expect(lines[0] == "# Ablation: perturbed layers")
    #expect(lines.contains("## Fashion-MNIST, basic augmentation, profile `quick`"))
    #expect(
      lines.contains(
        "| Arm | Perturbed | Trained | n | Test error (%) | Test loss | eta\\* | Norm | Rejected (%) | "
          + "Seconds (pre + own) | Gradient evaluations (pre + own) |"))
    #expect(lines.contains("| --- | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"))
    #expect(
      lines.contains(
        "| SGD → frozen | nothing | extractor | 3 | 16.21 ± 0.19 | 0.5723 ± 0.0038 |  |  |  | 15 + 6 | 80 + 32 |"
      ))
    #expect(
      lines.contains(
        "| group 3 and above | group 3 and classifier | stem, groups 1 and 2 | 3 | 16.31 ± 0.21 | 0.5823 ± 0.0048 | 2 | "
          + "0.5 | 0.0 | 15 + 6 | 80 + 32 |"))
    #expect(
      lines.contains("| lowest | stem and group 1 | groups 2 and 3, classifier | 0 | *not run* |  |  |  |  |  |  |"))
    #expect(
      lines.contains(
        "| group 3 and above | 3 | **+0.10** | **\\[+0.05, +0.15\\]** | +5.32 | higher | **+0.0101** | "
          + "**\\[+0.0077, +0.0124\\]** | +10.58 | higher |"))
    let titles = lines.filter { $0.hasPrefix("Paired differences") }
    #expect(
      titles == [
        "Paired differences, last epoch, minus SGD → frozen (the control)",
        "Paired differences, last epoch, minus SGD (the continued baseline)",
      ])
    #expect(lines.contains("![Layers](figures/a.png)"))
  }

  @Test func csv() throws {
    for ablation in Ablation.allCases {
      let table = makeAblation(ablation, ablationSet(ablation))
      let count = ablation.arms.count
      for (text, columns, rows) in [
        (table.cellsCSV, TableCSV.cellColumns, 1 + 2 + count), (table.runsCSV, TableCSV.runColumns, 3 * (3 + count)),
        (table.differencesCSV, TableCSV.differenceColumns, 2 * 2 * count),
      ] {
        let records = try CSV.parse(text, file: "table")
        #expect(records.first?.fields == columns)
        #expect(records.allSatisfy { $0.fields.count == columns.count })
        #expect(records.count == 1 + rows)
      }
    }
    let lines = makeAblation(.range, ablationSet(.range)).runsCSV.split(separator: "\n")
    #expect(
      lines.contains {
        $0.hasPrefix("quick,fashion-mnist,basic,files,all,true,ablation-range/c-1.5,2,done,,14,")
          && $0.hasSuffix(",2.0,0.5,0.0,0123abc,false,quick/fashion-mnist/basic/ablation-range/c-1.5/seed2.h5")
      })
  }

  @Test func quantitiesThatAreNotKnown() throws {
    var records = ablationSet(.layers, seeds: [0, 1])
    for index in records.indices where records[index].configuration.arm == "ablation-layers/lowest" {
      if records[index].configuration.seed == 1 { records[index].epochs[3].perturbation?.etaStar = .nan }
    }
    let table = makeAblation(.layers, records)
    let cell = try #require(table.firstRows.last).cell
    #expect(cell.runs.count == 2)
    #expect(cell.etaStar == nil)
    #expect(cell.perturbationNorm?.mean == 0.5)
    #expect(!table.markdown().contains("nan"))
  }

  @Test func latexIsWellFormed() {
    for ablation in Ablation.allCases {
      checkLaTeX(makeAblation(ablation, ablationSet(ablation)).latex)
      checkLaTeX(makeAblation(ablation, [makeRecord(ablation.arms[1], seed: 0, dataset: "[x]_\\&%$#{~^\"")]).latex)
    }
    let text = makeAblation(.range, ablationSet(.range)).latex
    #expect(
      text.contains("c = 1.5 & classifier & extractor & 3 & 16.51 $\\pm$ 0.21 & 0.6023 $\\pm$ 0.0048 \\\\"))
    #expect(text.components(separatedBy: "\\begin{table*}").count == 1 + 4)
  }

  @Test func rangeFigureHoldsEveryArm() throws {
    let table = makeAblation(.range, ablationSet(.range))
    let group = try #require(table.groups.first)
    let figure = try #require(table.figures(of: group).first)
    let records = try CSV.parse(figure.csv, file: "figure").dropFirst().map(\.fields)
    let means = records.filter { $0[1] == "loss" && !$0[2].hasPrefix("seed") }
    #expect(means.filter { $0[7] == "range" }.map { $0[3] } == ["0", "0.5", "1", "1.5", "2", "3", "4"])
    #expect(
      means.filter { $0[7] == "others" }.map { $0[3] } == ["1", "2", "3", "4.6", "6.2", "7.2", "8.2"])
    #expect(means.last?[0] == "m = 16 (the row c = 2) minus SGD -> frozen")
    #expect(means.last?[4] == means[4][4])
    #expect(records.filter { $0[2] == "seed 1" }.count == 2 * 14)
    // The control is the reference, never the baseline.
    #expect(records.allSatisfy { $0[0].hasSuffix(" minus SGD -> frozen") })
    #expect(figure.script.contains("set xtics ('0' 0, '' 0.5, '1' 1, '' 1.5, '2' 2, '3' 3, '4' 4)"))
    #expect(figure.script.contains("set xtics ('0.25' 1, '1' 2, '4' 3, 'random' 4.6, '1' 6.2, '4' 7.2, '16' 8.2)"))
    // Both panels of a row have one scale; what is not squeezed flat is not enlarged.
    let scales = figure.script.split(separator: "\n").filter { $0.hasPrefix("set yrange") }
    try #require(scales.count == 4)
    #expect(scales[0] == scales[1] && scales[2] == scales[3] && scales[0] != scales[2])
    #expect(!figure.script.contains("enlarged"))
    let alone = makeAblation(.range, ablationSet(.range).filter { $0.configuration.arm != "sgd-frozen" })
    #expect(alone.firstFigures.isEmpty)
  }

  @Test func layersFigureHoldsBothReferences() throws {
    let table = makeAblation(.layers, ablationSet(.layers))
    let figure = try #require(table.firstFigures.first)
    let records = try CSV.parse(figure.csv, file: "figure").dropFirst().map(\.fields)
    let means = records.filter { $0[1] == "error" && !$0[2].hasPrefix("seed") }
    #expect(means.prefix(4).map { $0[3] } == ["5.2", "4.8", "4.2", "3.8"])
    #expect(means.prefix(4).map { $0[7] } == ["sgd-frozen", "sgd", "sgd-frozen", "sgd"])
    // Apart by shape, not by colour alone: circles and squares.
    #expect(figure.script.contains("of('error','undecided','sgd-frozen')):4:6:7 with xerrorbars pointtype 6"))
    #expect(figure.script.contains("of('error','undecided','sgd')):4:6:7 with xerrorbars pointtype 4"))
    let one = makeAblation(.layers, ablationSet(.layers).filter { $0.configuration.arm != "sgd-frozen" })
    let rest = try #require(one.firstFigures.first)
    #expect(!rest.csv.contains("sgd-frozen"))
    let none = makeAblation(.layers, ablationSet(.layers).filter { $0.configuration.arm.hasPrefix("ablation") })
    #expect(none.firstFigures.isEmpty)
  }

  @Test(
    .enabled(if: (try? Gnuplot()) != nil), arguments: [[true, false], [false, true], [true, true], [false, false]])
  func reportWritesTheTablesThatHaveRuns(which: [Bool]) throws {
    let arms = Ablation.range.arms.map { makeRecord($0, seed: 0) }
    let results = try FakeResults((which[0] ? fullSet() : []) + (which[1] ? arms : []))
    defer { results.remove() }
    // Without any run the folder is not there either.
    try FileManager.default.createDirectory(atPath: results.folder, withIntermediateDirectories: true)
    let report = Report(
      results: results.folder, reference: "\(repository)/paper-tables/reference.csv", read: results.read,
      digest: { _ in "d" })
    guard which.contains(true) else {
      #expect(throws: ReportError.noRuns(results.folder)) { try report.files() }
      return
    }
    let paths = try report.files().map(\.path)
    func texts(_ name: String) -> [String] {
      ["\(name).csv", "\(name)-runs.csv", "\(name)-differences.csv", "\(name).tex", "\(name).md"]
    }
    #expect(
      paths.filter { !$0.hasPrefix("figures/") } == (which[0] ? texts("table1") : [])
        + (which[1] ? texts("ablation-range") : [])
        + ["claims.csv", "claims.tex", "claims.md"]
        + (which[0] ? ["comparison.csv", "comparison.tex", "comparison.md"] : []) + ["index.html"])
    // Without references there is nothing to draw; with Table 1 its runs are the references.
    let folder = "figures/quick/fashion-mnist/basic/"
    #expect(paths.contains(folder + "ablation-range.png") == (which[0] && which[1]))
    #expect(paths.contains(folder + "curves.png") == which[0])
  }
}
