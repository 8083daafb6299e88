// Table 1 as Markdown: a compact table in the paper's shape, then one block per row. Pure text from values.

import Storage
import Training

/// A picture that a row shows.
public struct FigureLink: Sendable, Equatable {
  public var row: RowKey
  public var title: String
  /// Relative to the table's folder.
  public var path: String
}

extension Table1 {
  /// `table1.md`. Figures are shown in the order given.
  public func markdown(reference: ReferenceTable, figures: [FigureLink] = []) -> String {
    var blocks = ["# Table 1", Markdown.text(TableSentences.reading), Markdown.text(TableSentences.limits)]
    for section in sections {
      blocks.append("## Profile \(Markdown.code(section.profile))")
      blocks.append(
        "Test error in percent; published values, of other settings, stand in the last columns\n\n"
          + overview(section.rows, digits: 2, \.error, \.error, published: reference))
      blocks.append("Test loss in nats\n\n" + overview(section.measured.map(Row.measured), digits: 4, \.loss, \.loss))
      blocks.append(Markdown.text(TableSentences.overviewBold))
      for row in section.measured { blocks += detail(row, figures: figures.filter { $0.row == row.key }) }
    }
    blocks.append("## Published values")
    blocks.append(
      Markdown.text(
        "Test errors in percent as published, each with its source; none was measured here, and their settings are not "
          + "those of the tables above."))
    blocks.append(reference.markdown)
    return blocks.joined(separator: "\n\n") + "\n"
  }

  private func overview(
    _ rows: [Row], digits: Int, _ quantity: (Cell) -> Summary?, _ difference: (Comparison) -> PairedDifference,
    published: ReferenceTable? = nil
  ) -> String {
    let quoted = published == nil ? [] : PublishedCells.methods
    let header =
      ["Data, augmentation"] + Arm.table1.map { Markdown.text($0.title) }
      + quoted.map { Markdown.text("published \($0)") } + (published == nil ? [] : ["source of the published"])
    let lines = rows.map { row -> [String] in
      // Nothing was published for synthetic images.
      let cells = PublishedCells(
        row.isSynthetic ? published.map { _ in ReferenceTable(values: []) } : published, dataset: row.dataset,
        augmentation: row.augmentation
      ).texts
      return ours(row) + cells.map { Markdown.text($0) }
    }
    func ours(_ row: Row) -> [String] {
      switch row {
      case .measured(let row):
        return [Markdown.text(row.title)]
          + row.cells.map { cell in
            let (number, note) = cell.text(quantity(cell), digits: digits)
            guard let number else { return "*\(Markdown.text(note))*" }
            let better = row.againstBaseline(cell.arm).map { difference($0).verdict == .lower } ?? false
            return Markdown.bold(Markdown.text(number), if: better) + " " + Markdown.text(note)
          }
      case .absent(let dataset, let augmentation, let advice):
        return [Markdown.text("\(PaperDataset.title(of: dataset)), \(augmentation)"), Markdown.advice(advice)]
          + Array(repeating: "", count: Arm.table1.count - 1)
      }
    }
    return Markdown.table(header: header, rows: lines)
  }

  private func detail(_ row: MeasuredRow, figures: [FigureLink]) -> [String] {
    var blocks = ["### \(Markdown.text(row.title)) augmentation, profile \(Markdown.code(row.key.profile))"]
    blocks.append(row.heading.map { "- " + Markdown.text($0) }.joined(separator: "\n"))
    blocks.append(arms(row))
    blocks.append("Paired differences, last epoch (test error in points, test loss in nats)\n\n" + differences(row))
    if row.comparisons.contains(where: { !$0.seeds.isEmpty }) {
      blocks.append("The same by seed (test error in points / test loss in nats)\n\n" + bySeed(row))
    }
    blocks += figures.map { "![\(Markdown.text($0.title))](\(Markdown.link($0.path)))" }
    let missing = row.missing
    if !missing.isEmpty {
      blocks.append(
        "Runs that are not in these tables\n\n" + missing.map { "- " + Markdown.text($0) }.joined(separator: "\n"))
    }
    blocks.append(Markdown.text("Made by " + row.provenanceText + "."))
    return blocks
  }

  private func arms(_ row: MeasuredRow) -> String {
    Markdown.table(
      header: [
        "Arm", "n", "Test error (%)", "Test loss", "Training loss", "Seconds (pre + own)",
        "Gradient evaluations (pre + own)",
      ],
      rows: (row.preTraining + row.cells).map { cell in
        guard !cell.runs.isEmpty else {
          return [Markdown.text(cell.arm.title), "0", "*\(Markdown.text(cell.gapText ?? "not run"))*", "", "", "", ""]
        }
        func number(_ summary: Summary?, _ digits: Int) -> String {
          Markdown.text(cell.text(summary, digits: digits).number ?? "")
        }
        var train = number(cell.trainLoss, 4)
        if let plain = cell.unperturbedTrainLoss { train += " (psi0: \(NumberText.fixed(plain.mean, 4)))" }
        return [
          Markdown.text(cell.arm.title), "\(cell.runs.count)", number(cell.error, 2), number(cell.loss, 4), train,
          cell.costText(own: cell.seconds, pre: cell.preSeconds),
          cell.costText(own: cell.gradientEvaluations, pre: cell.preGradientEvaluations),
        ]
      })
  }

  private func differences(_ row: MeasuredRow) -> String {
    Markdown.table(
      header: ["Difference", "n", "Test error", "95 % interval", "Says", "Test loss", "95 % interval", "Says"],
      rows: row.comparisons.map { comparison in
        let parts = [(comparison.error, 2), (comparison.loss, 4)].flatMap { difference, digits in
          let supported = difference.verdict.isSupported
          return [
            Markdown.bold(difference.meanText(digits: digits), if: supported),
            Markdown.bold(Markdown.text(difference.intervalText(digits: digits)), if: supported),
            difference.verdict.text,
          ]
        }
        return [Markdown.text(comparison.title), "\(comparison.seeds.count)"] + parts
      })
  }

  private func bySeed(_ row: MeasuredRow) -> String {
    Markdown.table(
      header: ["Difference"] + row.seeds.map { "seed \($0)" },
      rows: row.comparisons.filter { !$0.seeds.isEmpty }.map { comparison in
        [Markdown.text(comparison.title)]
          + row.seeds.map { seed in
            guard let index = comparison.seeds.firstIndex(of: seed) else { return "" }
            let error = NumberText.fixed(comparison.error.differences[index], 2, sign: true)
            return "\(error) / \(NumberText.fixed(comparison.loss.differences[index], 4, sign: true))"
          }
      })
  }
}

extension Table1.Comparison {
  /// "SGD -> PoF minus SGD".
  var title: String { "\(treatment.title) minus \(control.title)" }
}

extension Table1.MeasuredRow {
  /// What the row's runs share, one statement a line.
  var heading: [String] {
    guard let settings else { return ["No run of this row can be read."] }
    let one = settings.configuration
    var lines = [
      "Profile \(key.profile), \(settings.model), batch \(one.batchSize); \(settings.images).",
      "Epochs: \(settings.epochs) (shared pre-training + each arm's own); pre-training rate "
        + "\(NumberText.short(one.learningRate)).",
    ]
    if let text = settings.postTraining { lines.append("Post-training: \(text).") }
    if let text = settings.perturbationText { lines.append("PoF: \(text).") }
    if let rho = settings.rho { lines.append("SAM: rho \(NumberText.short(rho)).") }
    lines.append(
      "n = \(seeds.count) seed\(seeds.count == 1 ? "" : "s") (\(seeds.map(String.init).joined(separator: ", "))).")
    for cell in preTraining {
      guard let train = cell.trainLoss, let test = cell.loss else { continue }
      lines.append(
        "Before post-training, after \(cell.arm.title): training loss \(NumberText.fixed(train.mean, 3)), test loss "
          + "\(NumberText.fixed(test.mean, 3)), gap \(NumberText.fixed(test.mean - train.mean, 3, sign: true)).")
    }
    let differences = settings.differencesFromPaper
    if !differences.isEmpty { lines.append("Not the paper's setting: \(differences.joined(separator: ", ")).") }
    return lines
  }

  /// Files that exist and count for nothing, each with its reason.
  var missing: [String] {
    runs.compactMap { run in
      switch run.outcome {
      case .done: nil
      case .partial(let record):
        "\(run.path): partial, \(record.epochs.count) of \(record.configuration.epochs.count) epochs; the same command "
          + "resumes it"
      case .failed(_, let epoch, let step, let reason): "\(run.path): failed in epoch \(epoch), step \(step): \(reason)"
      case .unusable(let reason): "\(run.path): \(reason)"
      }
    }
  }
}

extension ReferenceTable {
  var markdown: String {
    Markdown.table(
      header: ["Data", "Network", "Augmentation", "Epochs", "Method", "Test error (%)", "Source", "Remark"],
      rows: values.map { value in
        let spread = value.spread.isEmpty ? "" : (value.spread.first?.isNumber == true ? " +- " : ", ") + value.spread
        let remark = [value.seen == .secondary ? "seen in a secondary source" : "", value.remark]
        return [
          value.dataSet, value.network, value.augmentation, value.epochs.map(String.init) ?? "not stated", value.method,
          value.errorPercent.map { $0 + spread } ?? "not available here", value.source,
          remark.filter { !$0.isEmpty }.joined(separator: "; "),
        ].map(Markdown.text)
      }, numeric: false)
  }
}

/// The little Markdown that tables need.
enum Markdown {
  /// Escapes what Markdown or HTML would take as markup, and sets arrows and plus-minus signs.
  static func text(_ plain: String) -> String {
    var escaped = ""
    for scalar in plain.replacing("->", with: "\u{2192}").replacing("+-", with: "\u{B1}").unicodeScalars {
      switch scalar {
      case "\\", "|", "*", "_", "`", "[", "]", "<", "#", "~": escaped += "\\\(scalar)"
      case "&": escaped += "&amp;"
      case "\n", "\r", "\t": escaped += " "
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }

  static func bold(_ markup: String, if condition: Bool) -> String {
    condition && !markup.isEmpty ? "**\(markup)**" : markup
  }

  static func code(_ plain: String) -> String {
    "`" + plain.replacing("`", with: "'").replacing("|", with: "/").replacing("\n", with: " ") + "`"
  }

  /// A relative path as a link target.
  static func link(_ path: String) -> String {
    path.utf8.map { byte in
      let plain = (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
      if plain || byte == 45 || byte == 46 || byte == 47 || byte == 95 { return String(UnicodeScalar(byte)) }
      let digits = String(byte, radix: 16, uppercase: true)
      return "%" + (digits.count == 1 ? "0" : "") + digits
    }.joined()
  }

  static func advice(_ advice: Table1.Advice) -> String {
    switch advice {
    case .run(let command): "*not run:* \(code(command))"
    case .notPartOfSuite: "*not yet part of this suite*"
    case .overridden: "*not run with these overrides*"
    }
  }

  /// - Parameter numeric: whether all columns but the first hold numbers, which stand to the right.
  static func table(header: [String], rows: [[String]], numeric: Bool = true) -> String {
    let separator = header.enumerated().map { $0.offset == 0 || !numeric ? "---" : "---:" }
    return ([header, separator] + rows).map { "| " + $0.joined(separator: " | ") + " |" }.joined(separator: "\n")
  }
}
