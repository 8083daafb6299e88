// An ablation's table as a document and as LaTeX: per group its arms, its costs, and its differences to each reference.

import Training

extension AblationTable {
  /// Figures are shown in the order given.
  func document(figures: [FigureLink]) -> [Block] {
    var blocks: [Block] = [.heading(level: 1, RichText("Ablation: \(ablation.title.lowercased())"))]
    blocks += [
      TableSentences.reading(ablation), TableSentences.references, TableSentences.reading, TableSentences.limits,
    ].map { .paragraph(RichText($0)) }
    if groups.contains(where: { $0.settings?.isUnofficial == true }) {
      blocks.append(.paragraph(RichText(TableSentences.unofficial)))
    }
    for group in groups {
      let rows = rows(of: group)
      blocks += [
        .heading(level: 2, group.place), group.settingsBlock,
        .table(
          .arms(
            leading: Self.leading, rows: (referenceRows(of: group) + rows).map { ($0.leading, $0.cell) },
            columns: [.count, .error, .loss, .etaStar, .norm, .rejected, .seconds, .gradientEvaluations])),
      ]
      for (index, reference) in Self.references.enumerated() {
        blocks.append(.paragraph(RichText(Self.differencesTitle(reference))))
        blocks += .differences(Self.differences(rows, index))
      }
      blocks += group.closing(figures)
    }
    return blocks
  }

  /// `<ablation>.tex`.
  var latex: String {
    var text = LaTeX.head("Ablation: \(ablation.title.lowercased())")
    for group in groups {
      let rows = rows(of: group)
      let place = "\(group.title) augmentation, profile \(group.key.profile)"
      let all = (referenceRows(of: group) + rows).map { (leading: $0.leading, cell: $0.cell) }
      let mark = group.settings?.isUnofficial == true ? [TableSentences.unofficial] : []
      text += LaTeX.arms(
        caption:
          "\(ablation.title): \(place). Test error and test loss after the last epoch, mean +- sample deviation.",
        leading: Self.leading, rows: all, columns: [.count, .error, .loss],
        below: [LaTeX.text((mark + group.heading).joined(separator: " "))])
      text += LaTeX.costs(group, rows: all)
      for (index, reference) in Self.references.enumerated() {
        text += LaTeX.differences(
          caption: "\(ablation.title): \(place). \(Self.differencesTitle(reference)), 95 % t intervals.",
          rows: Self.differences(rows, index))
        text += LaTeX.resampling(place: "\(ablation.title): \(place)", rows: Self.differences(rows, index))
      }
    }
    return text
  }

  private static let leading = ["Arm", "Perturbed", "Trained"]

  private static func differencesTitle(_ reference: Arm) -> String {
    "Paired differences, last epoch, minus \(reference.title)"
      + (reference.postTraining == .frozen ? " (the control)" : " (the continued baseline)")
  }

  private static func differences(
    _ rows: [Row], _ reference: Int
  ) -> [(title: String, comparison: ArmGroup.Comparison)] {
    rows.compactMap { row in
      row.comparisons.indices.contains(reference) ? (row.title, row.comparisons[reference]) : nil
    }
  }
}
