// Table 1 as a document: a compact table in the paper's shape, then one block per row.

import Training

extension Table1 {
  /// Figures are shown in the order given.
  func document(figures: [FigureLink]) -> [Block] {
    var blocks: [Block] = [
      .heading(level: 1, "Table 1"), .paragraph(RichText(TableSentences.reading)),
      .paragraph(RichText(TableSentences.limits)),
    ]
    for section in sections {
      blocks += [
        .heading(level: 2, "Profile " + .code(section.profile)),
        .paragraph("Test error in percent"), .table(overview(section.rows, digits: 2, \.error, \.error)),
        .paragraph("Test loss in nats"),
        .table(overview(section.measured.map(Row.measured), digits: 4, \.loss, \.loss)),
        .paragraph(RichText(TableSentences.overviewBold + section.guessingCaveat)),
      ]
      if section.measured.contains(where: { $0.settings?.isUnofficial == true }) {
        blocks.append(.paragraph(RichText(TableSentences.unofficial)))
      }
      for group in section.measured { blocks += detail(group, figures: figures) }
    }
    return blocks + [
      .heading(level: 2, "Published values"),
      .paragraph(
        RichText(
          "Test errors in percent as published, each with its source; none was measured here, and their settings are "
            + "not those of the tables above. What stands after \u{B1} is each source's own.")),
      .table(published.table),
    ]
  }

  private func overview(
    _ rows: [Row], digits: Int, _ quantity: (ArmGroup.Cell) -> Summary?,
    _ difference: (ArmGroup.Comparison) -> PairedDifference
  ) -> DocumentTable {
    func ours(_ row: Row) -> [RichText] {
      switch row {
      case .measured(let group):
        return group.cells.map { cell in
          let (number, note) = cell.text(quantity(cell), digits: digits)
          guard let number else { return .italic(note) }
          let better = group.againstBaseline(cell.arm).map { difference($0).verdict == .lower } ?? false
          return .bold(number, if: better) + RichText(" " + note)
        }
      case .absent(_, _, let advice):
        return [advice.text] + Array(repeating: "", count: Arm.table1.count - 1)
      }
    }
    return DocumentTable(
      header: (["Data, augmentation"] + Arm.table1.map(\.title)).map { RichText($0) },
      rows: rows.map { row in
        let isAbsent = if case .absent = row { true } else { false }
        return DocumentTable.Row(
          cells: [RichText(row.title)] + ours(row), wide: isAbsent ? 1..<Arm.table1.count + 1 : nil)
      })
  }

  private func detail(_ group: ArmGroup, figures: [FigureLink]) -> [Block] {
    var blocks: [Block] = [
      .heading(level: 3, group.place), group.settingsBlock,
      .table(
        .arms(
          leading: ["Arm"], rows: (group.preTraining + group.cells).map { ([$0.arm.title], $0) },
          columns: [.count, .error, .loss, .trainLoss, .seconds, .gradientEvaluations])),
      .paragraph("Paired differences, last epoch (test error in points, test loss in nats)"),
    ]
    blocks += .differences(group.comparisons.map { ($0.title, $0) })
    if group.comparisons.contains(where: { !$0.seeds.isEmpty }) {
      blocks += [
        .paragraph("The same by seed (test error in points / test loss in nats)"), .table(bySeed(group)),
      ]
    }
    return blocks + group.closing(figures)
  }

  private func bySeed(_ group: ArmGroup) -> DocumentTable {
    DocumentTable(
      header: ["Difference"] + group.seeds.map { "seed \($0)" },
      rows: group.comparisons.filter { !$0.seeds.isEmpty }.map { comparison in
        [RichText(comparison.title)]
          + group.seeds.map { seed in
            guard let index = comparison.seeds.firstIndex(of: seed) else { return "" }
            let error = NumberText.fixed(comparison.error.differences[index], 2, sign: true)
            return "\(error) / \(NumberText.fixed(comparison.loss.differences[index], 4, sign: true))"
          }
      })
  }
}
