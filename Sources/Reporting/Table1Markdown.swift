// Table 1 as Markdown: a compact table in the paper's shape, then one block per row. Pure text from values.

import Training

extension Table1 {
  /// `table1.md`. Figures are shown in the order given.
  func markdown(figures: [FigureLink] = []) -> String {
    var blocks = ["# Table 1", Markdown.text(TableSentences.reading), Markdown.text(TableSentences.limits)]
    for section in sections {
      blocks.append("## Profile \(Markdown.code(section.profile))")
      blocks.append(
        "Test error in percent; published values, of other settings, stand in the last columns\n\n"
          + overview(section.rows, digits: 2, \.error, \.error, isQuoting: true))
      blocks.append("Test loss in nats\n\n" + overview(section.measured.map(Row.measured), digits: 4, \.loss, \.loss))
      blocks.append(Markdown.text(TableSentences.overviewBold))
      if section.measured.contains(where: { $0.settings?.isUnofficial == true }) {
        blocks.append(Markdown.text(TableSentences.unofficial))
      }
      for group in section.measured { blocks += detail(group, figures: figures) }
    }
    blocks.append("## Published values")
    blocks.append(
      Markdown.text(
        "Test errors in percent as published, each with its source; none was measured here, and their settings are not "
          + "those of the tables above."))
    blocks.append(published.markdown)
    return blocks.joined(separator: "\n\n") + "\n"
  }

  private func overview(
    _ rows: [Row], digits: Int, _ quantity: (ArmGroup.Cell) -> Summary?,
    _ difference: (ArmGroup.Comparison) -> PairedDifference, isQuoting: Bool = false
  ) -> String {
    let quoted = PublishedCells.methods.map { "published \($0)" } + ["source of the published"]
    let header = (["Data, augmentation"] + Arm.table1.map(\.title) + (isQuoting ? quoted : [])).map(Markdown.text)
    func ours(_ row: Row) -> [String] {
      switch row {
      case .measured(let group):
        return group.cells.map { cell in
          let (number, note) = cell.text(quantity(cell), digits: digits)
          guard let number else { return "*\(Markdown.text(note))*" }
          let better = group.againstBaseline(cell.arm).map { difference($0).verdict == .lower } ?? false
          return Markdown.bold(Markdown.text(number), if: better) + " " + Markdown.text(note)
        }
      case .absent(_, _, let advice):
        return [Markdown.advice(advice)] + Array(repeating: "", count: Arm.table1.count - 1)
      }
    }
    return Markdown.table(
      header: header,
      rows: rows.map { row in
        let cells = PublishedCells(published, row: row)
        return [Markdown.text(row.title)] + ours(row)
          + (isQuoting ? (cells.texts + [cells.source]).map(Markdown.text) : [])
      })
  }

  private func detail(_ group: ArmGroup, figures: [FigureLink]) -> [String] {
    var blocks = ["### \(Markdown.text(group.title)) augmentation, profile \(Markdown.code(group.key.profile))"]
    blocks.append(group.settingsMarkdown)
    blocks.append(
      Markdown.arms(
        leading: ["Arm"], rows: (group.preTraining + group.cells).map { ([$0.arm.title], $0) },
        columns: [.count, .error, .loss, .trainLoss, .seconds, .gradientEvaluations]))
    blocks.append(
      "Paired differences, last epoch (test error in points, test loss in nats)\n\n"
        + Markdown.differences(group.comparisons.map { ($0.title, $0) }))
    if group.comparisons.contains(where: { !$0.seeds.isEmpty }) {
      blocks.append("The same by seed (test error in points / test loss in nats)\n\n" + bySeed(group))
    }
    return blocks + group.closingMarkdown(figures)
  }

  private func bySeed(_ group: ArmGroup) -> String {
    Markdown.table(
      header: ["Difference"] + group.seeds.map { "seed \($0)" },
      rows: group.comparisons.filter { !$0.seeds.isEmpty }.map { comparison in
        [Markdown.text(comparison.title)]
          + group.seeds.map { seed in
            guard let index = comparison.seeds.firstIndex(of: seed) else { return "" }
            let error = NumberText.fixed(comparison.error.differences[index], 2, sign: true)
            return "\(error) / \(NumberText.fixed(comparison.loss.differences[index], 4, sign: true))"
          }
      })
  }
}
