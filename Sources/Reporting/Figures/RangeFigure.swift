// The range ablation as a picture: paired differences to the control without perturbation over c, and those of the
// other arms beside it on the same scale; test loss above, test error below. What large ranges and fixed steps squeeze
// flat is shown a second time, enlarged.

import Storage
import Training

enum RangeFigure {
  private static let name = "ablation-range"
  /// Names of the series: those over c, those of the other arms.
  private static let (overRange, others) = ("range", "others")

  /// An arm that is no point of the axis c.
  private struct Other {
    var row: AblationTable.Row
    /// Below its tic, in lines.
    var kind: [String]
    var tic: String
    var position: Double
  }

  /// Nil where no arm has a pair with the control.
  static func make(_ group: ArmGroup, _ rows: [AblationTable.Row]) -> Figure? {
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
    let layout = Layout(marks)
    let page = FigurePage(
      name, title: title,
      subtitle: "minus \(Arm.sgdFrozen.title) (no perturbation) by seed, last epoch; "
        + "\(DifferenceMarks.meaning(marks)); below zero: perturbing is better",
      content: layout.content, legend: DifferenceMarks.legend(marks, [(nil, .circle)]))
    var panels: [FigurePage.Panel] = []
    for row in layout.rows {
      for frame in layout.frames {
        let series = frame.series
        let axis =
          series == overRange
          ? FigureAxis(
            low: (ranges.first?.c ?? 0) - 0.3, high: (ranges.last?.c ?? 0) + 0.3,
            places: ranges.map { (NumberText.short($0.c), $0.c) }, length: Double(frame.right - frame.left))
          : FigureAxis(
            low: 0.4, high: (others.last?.position ?? 1) + 0.6, places: others.map { ($0.tic, $0.position) },
            length: Double(frame.right - frame.left))
        var commands = row.axis.commands("y", labels: frame.isFirst)
        commands += "set border \(frame.isFirst ? 3 : 1)\n" + axis.commands("x", labels: row.hasLabels)
        commands += "set arrow from graph 0, first 0 to graph 1, first 0 nohead linewidth 0.9 "
        commands += "linecolor '\(FigureStyle.frame)' back\n"
        if row.isLast {
          let labels =
            series == overRange ? [(["range c", "(2: default)"], (axis.low + axis.high) / 2)] : kinds(others)
          commands += groupLabels(labels, page, below: row.bottom + 36)
        }
        panels.append(
          FigurePage.Panel(
            left: frame.left, right: frame.right, top: row.top, bottom: row.bottom,
            title: frame.isFirst ? row.title : "", commands: commands, elements: elements(marks, row, series: series)))
      }
    }
    return Figure(
      name: name, title: title, csv: DifferenceMarks.csv(marks),
      script: page.script(functions: functions, panels: panels),
      records: group.finished(marks.map(\.comparison)))
  }

  /// From left to right with a gap between kinds.
  private static func others(_ rows: [AblationTable.Row], groups: Int) -> [Other] {
    var found: [Other] = []
    for row in rows {
      let (kind, tic): ([String], String)
      switch row.cell.arm.variation {
      case .step(let step):
        (kind, tic) = (["fixed step,", "\u{d7} mean eta*"], step.factor.map(NumberText.short) ?? "")
      case .direction: (kind, tic) = (["direction"], "random")
      case .groups(let m): (kind, tic) = (["groups m"], "\(m)")
      case .range where row.isRepeated: (kind, tic) = (["groups m"], "\(groups)")
      default: continue
      }
      let position = found.last.map { $0.position + ($0.kind == kind ? 1 : 1.6) } ?? 1
      found.append(Other(row: row, kind: kind, tic: tic, position: position))
    }
    return found
  }

  /// The kinds in order, each with its middle.
  private static func kinds(_ others: [Other]) -> [([String], Double)] {
    others.reduce(into: [[String]]()) { if $0.last != $1.kind { $0.append($1.kind) } }.map { kind in
      let places = others.filter { $0.kind == kind }.map(\.position)
      return (kind, places.reduce(0, +) / Double(places.count))
    }
  }

  private static let functions =
    DifferenceMarks.selection
      + """
      mean(metric,series) = (strcol(2) eq metric && strcol(3)[1:4] ne 'seed' && strcol(8) eq series) ? column(5) : NaN
      set datafile missing NaN

      """

  private static func elements(_ marks: [DifferenceMark], _ row: Row, series: String) -> [String] {
    let own = marks.filter { $0.series == series }
    let mean = "mean('\(row.metric)','\(series)')"
    var elements: [String] = []
    if series == overRange && own.count > 1 {
      elements.append("'\(name).csv' using 4:(\(mean)) with lines linecolor rgb '\(FigureStyle.grey)'")
    }
    elements += DifferenceMarks.plot(
      marks, "\(name).csv", row.metric, series: series, along: .vertical, seedOffset: series == overRange ? 0.12 : 0.26)
    // What lies outside stands at the edge.
    let inset = 0.05 * (row.axis.high - row.axis.low)
    func edge(_ condition: String, _ place: Double, _ pointType: Int) -> String {
      "'\(name).csv' using 4:(\(mean) \(condition) ? \(place) : NaN) with points pointtype \(pointType) "
        + "linecolor rgb '\(FigureStyle.frame)'"
    }
    let means = own.compactMap { row.metric.of($0.comparison).summary?.mean }
    if means.contains(where: { $0 > row.axis.high }) {
      elements.append(edge("> \(row.axis.high)", row.axis.high - inset, 9))
    }
    if means.contains(where: { $0 < row.axis.low }) {
      elements.append(edge("< \(row.axis.low)", row.axis.low + inset, 11))
    }
    return elements
  }

  /// What the tics below an axis count, under them.
  private static func groupLabels(_ labels: [([String], Double)], _ page: FigurePage, below: Int) -> String {
    labels.map { lines, position in
      lines.enumerated().map { index, line in
        "set label \(FigureStyle.quoted(line)) at first \(NumberText.short(position)), "
          + "screen \(page.down(below + 16 * index)) center\n"
      }.joined()
    }.joined()
  }

  /// Panels of one metric beside each other.
  private struct Row {
    var metric: DifferenceMetric
    var axis: FigureAxis
    var title: String
    var top: Int
    var bottom: Int
    /// Whether the tics below it have their labels.
    var hasLabels: Bool
    var isLast: Bool
  }

  /// Where everything stands.
  private struct Layout {
    var rows: [Row] = []
    /// One for each series that has marks.
    var frames: [(series: String, left: Int, right: Int, isFirst: Bool)] = []
    var content = 0

    init(_ marks: [DifferenceMark]) {
      let moderate = marks.filter { isModerate($0.comparison.treatment.variation) }
      func length(_ marks: [DifferenceMark], _ metric: DifferenceMetric) -> Double {
        let range = DifferenceMarks.range(marks, metric)
        return range.high - range.low
      }
      // Not where it would show the same again.
      let isEnlarged =
        !moderate.isEmpty && moderate.count < marks.count
        && DifferenceMetric.allCases.contains { length(moderate, $0) < 0.6 * length(marks, $0) }
      let ranges: [[DifferenceMark]] = isEnlarged ? [marks, moderate] : [marks]
      let height = isEnlarged ? 85 : 150
      for metric in [DifferenceMetric.loss, .error] {
        for (index, shown) in ranges.enumerated() {
          let axis = FigureAxis(DifferenceMarks.range(shown, metric), most: 5)
          let hasLabels = index == ranges.count - 1
          let top = content + 22
          rows.append(
            Row(
              metric: metric, axis: axis,
              title: index == 0 ? metric.label : "\(metric.label), enlarged\(Self.remark(marks, metric, axis))",
              top: top,
              bottom: top + height, hasLabels: hasLabels, isLast: hasLabels && metric == .error))
          content = top + height + (hasLabels ? 26 : 0)
        }
      }
      content += 38

      let series = [overRange, others].filter { one in marks.contains { $0.series == one } }
      let left = FigurePage.margin + Int((rows.map(\.axis.labelWidth).max() ?? 0).rounded(.up)) + 8
      let right = FigurePage.width - FigurePage.margin
      let middle = left + (right - left) * 42 / 100
      frames =
        series.count == 1
        ? [(series[0], left, right, true)] : [(overRange, left, middle, true), (others, middle + 14, right, false)]
    }

    private static func remark(_ marks: [DifferenceMark], _ metric: DifferenceMetric, _ axis: FigureAxis) -> String {
      let means = marks.compactMap { metric.of($0.comparison).summary?.mean }
      let remarks =
        (means.contains { $0 > axis.high } ? ["\u{25b2}: mean above the panel"] : [])
        + (means.contains { $0 < axis.low } ? ["\u{25bc}: mean below the panel"] : [])
      return remarks.isEmpty ? "" : " (\(remarks.joined(separator: ", ")))"
    }
  }

  /// Whether an arm perturbs no further than the method does by default: these are enlarged.
  private static func isModerate(_ variation: Variation) -> Bool {
    switch variation {
    case .range(let c): c <= PaperSetting.range
    case .step(let step): (step.factor ?? 1) < 1
    case .groups, .direction, .layers, .none: true
    }
  }
}
