// The range ablation as a picture: paired differences to the control without perturbation over c, and those of the
// other arms beside it on the same scale; test loss above, test error below.

import Training

enum RangeFigure {
  private static let name = "ablation-range"
  private static let (width, height) = (900, 650)
  /// Names of the series: those over c, those of the other arms.
  private static let (overRange, others) = ("range", "others")

  /// An arm that is no point of the axis c.
  private struct Other {
    var row: AblationTable.Row
    var kind: String
    var tic: String
    var position: Double
  }

  /// Nil where no arm has a pair with the control.
  static func make(_ group: ArmGroup, _ rows: [AblationTable.Row], stamps: [PNGText]) -> Figure? {
    let ranges = rows.filter { !$0.isRepeated }.compactMap { row -> (row: AblationTable.Row, c: Double)? in
      if case .range(let c) = row.cell.arm.variation { (row, c) } else { nil }
    }
    let others = others(rows, groups: group.settings?.perturbation?.groups ?? PaperSetting.groups)
    func mark(_ row: AblationTable.Row, _ position: Double, _ series: String) -> DifferenceMark? {
      guard let comparison = row.comparisons.first(where: { $0.control == .sgdFrozen }), !comparison.seeds.isEmpty
      else { return nil }
      return DifferenceMark(
        title: "\(row.title) minus \(comparison.control.title)", comparison: comparison, position: position,
        series: series)
    }
    let marks =
      ranges.compactMap { mark($0.row, $0.c, overRange) }
      + others.compactMap { mark($0.row, $0.position, Self.others) }
    guard !marks.isEmpty else { return nil }
    let title = "Perturbation range: \(group.title), profile \(group.key.profile)"
    return Figure(
      name: name, title: title, csv: DifferenceMarks.csv(marks),
      script: script(title: title, marks: marks, ranges: ranges.map(\.c), others: others), stamps: stamps)
  }

  /// From left to right with a gap between kinds.
  private static func others(_ rows: [AblationTable.Row], groups: Int) -> [Other] {
    var found: [Other] = []
    for row in rows {
      let (kind, tic): (String, String)
      switch row.cell.arm.variation {
      case .step(let step): (kind, tic) = ("fixed step, x mean eta*", step.factor.map(NumberText.short) ?? "")
      case .direction: (kind, tic) = ("direction", "random")
      case .groups(let m): (kind, tic) = ("groups m", "\(m)")
      case .range where row.isRepeated: (kind, tic) = ("groups m", "\(groups)")
      default: continue
      }
      let position = found.last.map { $0.position + ($0.kind == kind ? 1 : 1.6) } ?? 1
      found.append(Other(row: row, kind: kind, tic: tic, position: position))
    }
    return found
  }

  private static func script(
    title: String, marks: [DifferenceMark], ranges: [Double], others: [Other]
  ) -> String {
    func across(_ pixels: Int) -> String { NumberText.fixed(Double(pixels) / Double(width), 4) }
    func up(_ pixelsFromTop: Int) -> String { NumberText.fixed(1 - Double(pixelsFromTop) / Double(height), 4) }
    var script = FigureStyle.preamble(name, width: width, height: height)
    script += DifferenceMarks.selection
    script += """
      mean(metric) = (strcol(2) eq metric && strcol(3)[1:4] ne 'seed' && strcol(8) eq '\(overRange)') ? column(5) : NaN
      set datafile missing NaN
      set multiplot
      set label 1 \(FigureStyle.quoted(title)) at screen 0.02,\(up(22)) left font 'DejaVu Sans,12'
      set label 2 'minus SGD \u{2192} frozen, the control without perturbation; below zero: perturbing is better; paired \
      by seed, last epoch' at screen 0.02,\(up(44)) left font 'DejaVu Sans,9'
      set arrow 1 from graph 0, first 0 to graph 1, first 0 nohead linewidth 0.9 linecolor '#404040' back

      """
    for (metric, top) in [(DifferenceMetric.loss, 92), (.error, 360)] {
      let range = DifferenceMarks.range(marks, metric)
      script += "set tmargin at screen \(up(top))\nset bmargin at screen \(up(top + 185))\n"
      script += "set yrange [\(range.low):\(range.high)]\nset ytics \(FigureStyle.ticStep(range.high - range.low))\n"
      script += "set lmargin at screen \(across(70))\nset rmargin at screen \(across(430))\n"
      script += "set format y '%g'\nset border 3\n"
      script += "set label 3 '\(metric.label)' at graph 0,1.08 left\n"
      script += axis(
        low: (ranges.min() ?? 0) - 0.3, high: (ranges.max() ?? 4) + 0.3, ranges.map { (NumberText.short($0), $0) })
      script += groupLabels([("range c (2: the method's default)", ((ranges.min() ?? 0) + (ranges.max() ?? 4)) / 2)])
      script += "plot \\\n"
      script += "  '\(name).csv' using 4:(mean('\(metric)')) with lines linecolor rgb '\(FigureStyle.grey)', \\\n"
      script +=
        DifferenceMarks.plot(marks, "\(name).csv", metric, series: overRange, along: .vertical, seedOffset: 0.09)
        .joined(separator: ", \\\n") + "\n"
      if metric == .loss { script += "unset label 1\nunset label 2\n" }

      script += "set lmargin at screen \(across(460))\nset rmargin at screen \(across(885))\n"
      script += "set format y ''\nset border 1\nunset label 3\n"
      script += axis(low: 0.4, high: (others.last?.position ?? 1) + 0.6, others.map { ($0.tic, $0.position) })
      let kinds = others.reduce(into: [String]()) { if $0.last != $1.kind { $0.append($1.kind) } }
      script += groupLabels(
        kinds.map { kind in
          let places = others.filter { $0.kind == kind }.map(\.position)
          return (kind, places.reduce(0, +) / Double(places.count))
        })
      if metric == .error {
        script += FigureStyle.legend(
          DifferenceMarks.legend(marks, [(DifferenceMarks.meaning(marks), .circle)]), lines: 1, left: 170,
          columnWidths: [220, 210], bottom: 18, width: width, height: height)
      }
      script += "plot \\\n"
      script +=
        DifferenceMarks.plot(marks, "\(name).csv", metric, series: Self.others, along: .vertical, seedOffset: 0.24)
        .joined(separator: ", \\\n") + "\n"
    }
    return script + "unset multiplot\n"
  }

  private static func axis(low: Double, high: Double, _ tics: [(String, Double)]) -> String {
    let list = tics.map { "\(FigureStyle.quoted($0.0)) \(NumberText.short($0.1))" }.joined(separator: ", ")
    return "set xrange [\(NumberText.short(low)):\(NumberText.short(high))]\nset xtics (\(list))\n"
  }

  /// What the tics below an axis count, under them.
  private static func groupLabels(_ labels: [(String, Double)]) -> String {
    (11...19).map { "unset label \($0)\n" }.joined()
      + labels.enumerated().map { index, label in
        "set label \(11 + index) \(FigureStyle.quoted(label.0)) at first \(NumberText.short(label.1)), "
          + "graph -0.2 center\n"
      }.joined()
  }
}
