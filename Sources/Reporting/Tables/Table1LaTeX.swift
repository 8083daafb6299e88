// Table 1 as LaTeX: per profile a table in the paper's shape, per row its paired differences and its costs, and the
// published values beside which ours stand.

import Training

extension Table1 {
  /// `table1.tex`.
  var latex: String {
    var text = LaTeX.head("Table 1")
    for section in sections {
      text += overview(section)
      for group in section.measured {
        text += LaTeX.differences(
          caption: "Differences paired by seed with 95 % t intervals: \(group.title) augmentation, profile "
            + "\(group.key.profile).",
          rows: group.comparisons.map { ($0.title, $0) }, below: [LaTeX.text(group.heading.joined(separator: " "))])
        text += LaTeX.resampling(
          place: "\(group.title) augmentation, profile \(group.key.profile)",
          rows: group.comparisons.map { ($0.title, $0) })
        text += LaTeX.costs(group, rows: (group.preTraining + group.cells).map { ([$0.arm.title], $0) })
      }
    }
    return text + quotations
  }

  private func overview(_ section: Section) -> String {
    let isMarked = section.measured.contains { $0.settings?.isUnofficial == true }
    let caption =
      "Test error (%) and test loss after the last epoch, profile \(section.profile): mean +- sample deviation (n). "
      + TableSentences.overviewBold + section.guessingCaveat + (isMarked ? " " + TableSentences.unofficial : "")
    var notes = LaTeX.Notes()
    var rows: [String] = []
    for row in section.rows {
      switch row {
      case .measured(let group):
        // The mark of the images has the title's second line: beside it the table would be wider than a page.
        let mark = group.settings?.imagesMark.map { "\\quad (\(LaTeX.text($0)))" } ?? ""
        let quantities:
          [(String, String, (ArmGroup.Cell) -> Summary?, (ArmGroup.Comparison) -> PairedDifference, Int)] = [
            (LaTeX.text(group.unmarkedTitle), mark, \.error, \.error, 2),
            ("\\quad test loss", "", \.loss, \.loss, 4),
          ]
        for (title, second, quantity, difference, digits) in quantities {
          rows.append(
            ([title]
              + group.cells.map { cell in
                let better = group.againstBaseline(cell.arm).map { difference($0).verdict == .lower } ?? false
                return mean(cell, quantity(cell), digits, isBold: better, &notes)
              }).joined(separator: " & "))
          rows.append(([second] + group.cells.map { spread($0, quantity($0), digits) }).joined(separator: " & "))
        }
      case .absent(_, _, let advice):
        rows.append("\(LaTeX.text(row.title)) & \\multicolumn{\(Arm.table1.count)}{l}{\(LaTeX.advice(advice, &notes))}")
      }
    }
    return LaTeX.table(
      caption: caption, columns: String(repeating: "l", count: 1 + Arm.table1.count),
      header: ["Data, augmentation"] + Arm.table1.map(\.title), rows: rows, below: notes.lines)
  }

  /// First of a cell's two lines: the mean, with a mark where seeds are missing.
  private func mean(
    _ cell: ArmGroup.Cell, _ summary: Summary?, _ digits: Int, isBold: Bool, _ notes: inout LaTeX.Notes
  ) -> String {
    let mark = cell.gapText.map { notes.mark($0) } ?? ""
    return (summary.map { LaTeX.bold(NumberText.fixed($0.mean, digits), if: isBold) } ?? "--") + mark
  }

  /// Second line: deviation and n.
  private func spread(_ cell: ArmGroup.Cell, _ summary: Summary?, _ digits: Int) -> String {
    guard let summary else { return "" }
    let deviation = summary.deviation.map { "$\\pm$ \(NumberText.fixed($0, digits)) " } ?? ""
    return "\(deviation)(\(summary.count))"
  }

  /// All published values, a table for each data set.
  private var quotations: String {
    let names = published.values.map(\.dataSet).reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
    return names.map { name in
      LaTeX.texts(
        caption:
          "Published test errors (%): \(name). None was measured here, and their settings are not ours; what stands "
          + "after +- is each source's own.",
        widths: [0.12, 0.13, 0.09, 0.12, 0.14, 0.34],
        header: ["Network", "Augmentation", "Epochs", "Method", "Test error (%)", "Source"],
        rows: published.values.filter { $0.dataSet == name }.map { value in
          [
            value.network, value.augmentation, value.epochs ?? "not stated", value.method,
            value.text ?? ReferenceValue.unavailable, value.sourceText,
          ].map(LaTeX.text)
        })
    }.joined()
  }
}
