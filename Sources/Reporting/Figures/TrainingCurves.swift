// Test error and loss over epochs, mean over seeds with a band of one sample deviation: the whole run, with the switch
// to post-training marked. Post-training alone is PostTrainingFigure.swift's. Only finished runs take part.

import Storage
import Training

/// The curves of one row of Table 1.
struct TrainingCurves {
  /// Mean and deviation of one arm's score over its seeds after each epoch that has one.
  struct Point: Equatable {
    var epoch: Int
    var error: Summary
    var loss: Summary
  }

  var row: ArmGroup
  /// Epochs of pre-training: where the switch is drawn.
  var preEpochs: Int
  /// Arms with at least one finished run, pre-training first.
  var arms: [(arm: Arm, test: [Point], train: [Point])]

  /// Nil where the row has no finished run.
  init?(_ row: ArmGroup) {
    guard let settings = row.settings else { return nil }
    self.row = row
    preEpochs = settings.configuration.preEpochs
    arms = (PreTraining.allCases.map(Arm.preTraining) + Arm.table1).compactMap { arm in
      let records = row.finished(arm)
      guard !records.isEmpty else { return nil }
      return (arm, Self.points(records) { $0.test }, Self.points(records) { $0.train })
    }
    guard !arms.isEmpty else { return nil }
  }

  private static func points(_ records: [RunRecord], _ score: (EpochRecord) -> Score?) -> [Point] {
    let epochs = Set(records.flatMap { $0.epochs.map(\.epoch) }).sorted()
    return epochs.compactMap { epoch in
      let scores = records.compactMap { record in record.epochs.first { $0.epoch == epoch }.flatMap(score) }
        .filter { $0.error.isFinite && $0.loss.isFinite }
      guard let error = Summary(of: scores.map(\.error)), let loss = Summary(of: scores.map(\.loss)) else { return nil }
      return Point(epoch: epoch, error: error, loss: loss)
    }
  }

  /// Test points of an arm, begun at the end of its pre-training where that is known.
  func joined(_ arm: Arm) -> [Point] {
    let own = arms.first { $0.arm == arm }?.test ?? []
    guard arm.postTraining != .none else { return own }
    let before = arms.first { $0.arm == .preTraining(arm.preTraining) }?.test.last
    return ([before].compactMap { $0 }.filter { $0.epoch == preEpochs }) + own
  }

  private static let columns = [
    "arm", "set", "epoch", "n", "error_percent_mean", "error_percent_sd", "loss_mean", "loss_sd",
  ]

  func csv(_ series: [(arm: Arm, set: String, points: [Point])]) -> String {
    var text = CSV.line(Self.columns)
    for one in series {
      for point in one.points {
        // A single seed has no deviation; the band's width is then nothing, in the file as in the picture.
        text += CSV.line(
          [one.arm.name, one.set, "\(point.epoch)", "\(point.error.count)"]
            + [point.error.mean, point.error.deviation, point.loss.mean, point.loss.deviation].map(NumberText.exact))
      }
    }
    return text
  }

  /// gnuplot's functions that select one arm's rows: the epoch where arm and set fit (and where it is a multiple of
  /// some step), nothing elsewhere.
  static let selection = """
    at(arm,kind) = (strcol(1) eq arm && strcol(2) eq kind) ? column(3) : NaN
    every(arm,kind,step) = (strcol(1) eq arm && strcol(2) eq kind) ? (int(column(3)) % step ? NaN : column(3)) : NaN

    """

  /// An arm with more tests than these has no point for each.
  private static let mostPoints = 25

  /// A band, a line and its points for an arm's test score, in that column of the data.
  func test(_ arm: Arm, _ file: String, column: Int) -> [String] {
    let points = joined(arm)
    guard let first = points.first?.epoch, let last = points.last?.epoch else { return [] }
    let rows = "at('\(arm.name)','test')"
    let color = "linecolor rgb '\(FigureStyle.color(arm))'"
    var elements: [String] = []
    if hasSpread(arm) {
      elements.append(
        "'\(file)' using (\(rows)):($\(column)-$\(column + 1)):($\(column)+$\(column + 1)) "
          + "with filledcurves fillstyle transparent solid 0.12 noborder \(color)")
    }
    if points.count > 1 {
      elements.append("'\(file)' using (\(rows)):\(column) with lines \(color) dashtype \(FigureStyle.dash(arm))")
    }
    let step = Int(FigureStyle.ticStep(Double(last - first), most: 20).rounded(.up))
    let marked = points.count <= Self.mostPoints ? rows : "every('\(arm.name)','test',\(step))"
    return elements + [
      "'\(file)' using (\(marked)):\(column) with points pointtype \(FigureStyle.pointType(arm)) pointsize 0.7 \(color)"
    ]
  }

  private func train(_ arm: Arm, _ file: String, column: Int) -> String {
    "'\(file)' using (at('\(arm.name)','train')):\(column) with lines linecolor rgb '\(FigureStyle.purple)' "
      + "dashtype \(FigureStyle.dash(arm))"
  }

  func hasSpread(_ arm: Arm) -> Bool {
    joined(arm).contains { $0.error.deviation != nil }
  }

  /// The quantities of a point, each a row of panels, and the column of its mean.
  static let quantities: [(name: String, unit: String, column: Int, of: @Sendable (Point) -> Summary)] = [
    ("error", "%", 5, { $0.error }), ("loss", "nats", 7, { $0.loss }),
  ]

  /// How many seeds are behind some arms' curves, and what is drawn of their spread.
  func spread(_ arms: [Arm], as drawn: String) -> String {
    let seeds = FigureStyle.seeds(arms.map { row.finished($0).count })
    return arms.contains(where: hasSpread) ? "mean over \(seeds), \(drawn): one sample deviation" : seeds
  }

  /// The whole run from the first evaluated epoch, both axes from zero.
  func whole() -> Figure {
    let name = "curves"
    let title = "Training curves: \(row.title), profile \(row.key.profile)"
    let trained = arms.filter { $0.arm.postTraining == .none && !$0.train.isEmpty }
    let points = arms.flatMap(\.test) + trained.flatMap(\.train)
    let last = points.map(\.epoch).max() ?? preEpochs
    let axes = Self.quantities.map { quantity in
      let tops = points.map { quantity.of($0).mean + (quantity.of($0).deviation ?? 0) }
      return FigureAxis(fromZeroTo: tops.max() ?? 1, most: 6)
    }
    let grid = FigureGrid(columns: 1, rows: 2, labelWidth: axes.map(\.labelWidth).max() ?? 0, panelHeight: 155)
    let page = FigurePage(
      name, title: title,
      subtitle: (trained.isEmpty ? "" : "on the test set, in pre-training also on the training set; ")
        + spread(arms.map(\.arm), as: "band"),
      content: grid.content, legend: wholeLegend)
    let epochs = FigureAxis(epochs: 0...last, most: 9)
    let panels = zip(Self.quantities, zip(axes, grid.rows)).map { quantity, place in
      let (axis, rows) = place
      let isLast = rows.bottom == grid.rows.last?.bottom
      var commands = axis.commands("y") + epochs.commands("x", labels: isLast)
      commands += isLast ? "set xlabel 'Epoch' offset 0,0.4\n" : "unset xlabel\n"
      if last > preEpochs { commands += switchMark(page, grid, rows, last: last, isNamed: !isLast) }
      return FigurePage.Panel(
        left: grid.columns[0].left, right: grid.columns[0].right, top: rows.top, bottom: rows.bottom,
        title: trained.isEmpty
          ? "Test \(quantity.name) (\(quantity.unit))" : "\(quantity.name.capitalized) (\(quantity.unit))",
        commands: commands,
        elements: trained.map { train($0.arm, "\(name).csv", column: quantity.column) }
          + arms.flatMap { test($0.arm, "\(name).csv", column: quantity.column) })
    }
    let series =
      arms.map { ($0.arm, "test", joined($0.arm)) }
      + arms.filter { $0.arm.postTraining == .none }.map { ($0.arm, "train", $0.train) }
    return Figure(
      name: name, title: title, csv: csv(series), script: page.script(functions: Self.selection, panels: panels),
      records: arms.flatMap { row.finished($0.arm) })
  }

  /// A line at the last epoch of pre-training, and its name beside the panel's title.
  private func switchMark(
    _ page: FigurePage, _ grid: FigureGrid, _ rows: (top: Int, bottom: Int), last: Int, isNamed: Bool
  ) -> String {
    let line = "set arrow from first \(preEpochs), graph 0 to first \(preEpochs), "
    let look = " nohead linewidth 0.8 dashtype solid linecolor '\(FigureStyle.frame)'\n"
    guard isNamed else { return line + "graph 1" + look }
    let (left, right) = grid.columns[0]
    let place = left + (right - left) * preEpochs / max(1, last)
    // Late in the run its name ends at the line; early it begins there, but not on the title.
    let isLate = 2 * preEpochs >= last
    let name =
      "set label 'switch to post-training' at screen \(page.across(isLate ? place : max(place, left + 110))),"
      + "\(page.down(rows.top - 11)) \(isLate ? "right" : "left") font \(FigureStyle.font(FigureStyle.smallPoints))\n"
    return line + "screen \(page.down(rows.top - 4))" + look + name
  }

  private var wholeLegend: [FigurePage.Entry] {
    // Each pre-training with what follows it.
    PreTraining.allCases.flatMap { start -> [FigurePage.Entry] in
      arms.filter { $0.arm.preTraining == start }.flatMap { one in
        let own = FigurePage.Entry(
          title: one.arm.title, color: FigureStyle.color(one.arm), dash: FigureStyle.dash(one.arm),
          pointType: FigureStyle.pointType(one.arm))
        guard one.arm.postTraining == .none && !one.train.isEmpty else { return [own] }
        return [
          own,
          FigurePage.Entry(
            title: "\(one.arm.title) (training)", color: FigureStyle.purple, dash: FigureStyle.dash(one.arm)),
        ]
      }
    }
  }
}
