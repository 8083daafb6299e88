// Test error and loss over epochs, mean over seeds with a band of one sample deviation: the whole run, and
// post-training alone. Only finished runs take part.

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
      let records = row.runs.compactMap { run -> RunRecord? in
        if case .done(let record) = run.outcome, run.arm == arm.name { record } else { nil }
      }
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
  private func joined(_ arm: Arm) -> [Point] {
    let own = arms.first { $0.arm == arm }?.test ?? []
    guard arm.postTraining != .none else { return own }
    let before = arms.first { $0.arm == .preTraining(arm.preTraining) }?.test.last
    return ([before].compactMap { $0 }.filter { $0.epoch == preEpochs }) + own
  }

  private static let columns = [
    "arm", "set", "epoch", "n", "error_percent_mean", "error_percent_sd", "loss_mean", "loss_sd",
  ]

  private func csv(_ series: [(arm: Arm, set: String, points: [Point])]) -> String {
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

  /// Selects one arm's rows in gnuplot: the epoch where arm and set fit, nothing elsewhere.
  private static let selection = "at(arm,kind) = (strcol(1) eq arm && strcol(2) eq kind) ? column(3) : NaN\n"

  private func line(_ arm: Arm, _ file: String, set: String = "test", column: Int, points: Bool) -> String {
    let style = points ? "linespoints pointtype \(FigureStyle.pointType(arm))" : "lines"
    let dash = set == "train" ? Self.trainDash(arm) : FigureStyle.dash(arm)
    return "  '\(file)' using (at('\(arm.name)','\(set)')):\(column) with \(style) "
      + "linecolor rgb '\(FigureStyle.color(arm))' dashtype \(dash)"
  }

  private static func trainDash(_ arm: Arm) -> String { arm.preTraining == .sgd ? "(2,3)" : "(8,3,2,3)" }

  private func band(_ arm: Arm, _ file: String, column: Int) -> String {
    "  '\(file)' using (at('\(arm.name)','test')):($\(column)-$\(column + 1)):($\(column)+$\(column + 1)) "
      + "with filledcurves fillstyle transparent solid 0.14 noborder linecolor rgb '\(FigureStyle.color(arm))'"
  }

  private func hasBand(_ arm: Arm) -> Bool {
    joined(arm).contains { $0.error.deviation != nil }
  }

  /// Titles of panels that show the test set alone, or the training set too.
  private static let panels: [(test: String, both: String, column: Int)] = [
    ("Test error (%)", "Error (%)", 5), ("Test loss (nats)", "Loss (nats)", 7),
  ]

  private var spread: String {
    "mean over seeds\(arms.contains { hasBand($0.arm) } ? ", band: one sample deviation" : "")"
  }

  /// What the picture cannot show: where post-training was not tested after every epoch.
  private var tested: String {
    guard let configuration = row.settings?.configuration, configuration.postTesting == .interval else { return "" }
    let interval = configuration.testInterval
    return interval < configuration.postEpochs
      ? "tested after every \(interval)th epoch and the last; " : "tested after the last epoch alone; "
  }

  /// The whole run from the first evaluated epoch, both axes from zero.
  func whole(stamps: [PNGText]) -> Figure {
    let title = "\(row.title), profile \(row.key.profile)"
    let last = arms.flatMap { $0.test + $0.train }.map(\.epoch).max() ?? preEpochs
    var script = FigureStyle.preamble("curves", width: 900, height: 440)
    script += Self.selection
    script += "set multiplot layout 1,2 margins 0.07,0.985,0.30,0.84 spacing 0.09\n"
    script += "set label 1 \(FigureStyle.quoted(title)) at screen 0.07,0.945 left font 'DejaVu Sans,12'\n"
    script += "set label 2 \(FigureStyle.quoted(spread)) at screen 0.985,0.945 right font 'DejaVu Sans,9'\n"
    script += "set xlabel 'Epoch' offset 0,0.4\nset xrange [0:\(last)]\nset yrange [0:*]\n"
    script += "set arrow 1 from first \(preEpochs), graph 0 to first \(preEpochs), graph 1 nohead linewidth 0.8 "
    script += "dashtype (3,3) linecolor '#404040'\n"
    for (index, panel) in Self.panels.enumerated() {
      script += "set label 3 '\(panel.both)' at graph 0,1.06 left\n"
      if index == 1 { script += "unset label 1\nunset label 2\n" + wholeLegend }
      var lines = arms.filter { hasBand($0.arm) }.map { band($0.arm, "curves.csv", column: panel.column) }
      lines += arms.map { one in
        let single = joined(one.arm).count == 1
        return line(one.arm, "curves.csv", column: panel.column, points: single)
      }
      for one in arms where one.arm.postTraining == .none && !one.train.isEmpty {
        lines.append(line(one.arm, "curves.csv", set: "train", column: panel.column, points: false))
      }
      script += "plot \\\n" + lines.joined(separator: ", \\\n") + "\n"
    }
    script += "unset multiplot\n"
    let series =
      arms.map { ($0.arm, "test", joined($0.arm)) }
      + arms.filter { $0.arm.postTraining == .none }.map { ($0.arm, "train", $0.train) }
    return Figure(name: "curves", title: "Training curves: \(title)", csv: csv(series), script: script, stamps: stamps)
  }

  /// Post-training alone, after SGD and after SAM on equal axes; nil where no arm post-trained.
  func postTraining(stamps: [PNGText]) -> Figure? {
    let columns = PreTraining.allCases.map { start in
      arms.map(\.arm).filter { $0.preTraining == start && $0.postTraining != .none }
    }
    .filter { !$0.isEmpty }
    guard !columns.isEmpty else { return nil }
    let shown = columns.flatMap { $0 }
    let points = shown.flatMap(joined)
    guard let last = points.map(\.epoch).max() else { return nil }
    let title = "Post-training: \(row.title), profile \(row.key.profile)"
    let width = columns.count == 1 ? 720 : 900
    let left = columns.count == 1 ? 0.1 : 0.08
    var script = FigureStyle.preamble("post-training", width: width, height: 720)
    script += Self.selection
    script += "set multiplot layout 2,\(columns.count) margins \(left),0.98,0.13,0.88 spacing 0.08,0.12\n"
    script += "set label 1 \(FigureStyle.quoted(title)) at screen \(left),0.965 left font 'DejaVu Sans,12'\n"
    script += "set label 2 \(FigureStyle.quoted("\(spread); \(tested)vertical axes do not start at zero")) "
    script += "at screen \(left),0.935 left font 'DejaVu Sans,9'\n"
    let step = NumberText.short(max(1, FigureStyle.ticStep(Double(last - preEpochs))))
    script += "set xrange [\(preEpochs):\(last)]\nset xtics \(preEpochs),\(step)\n"
    for (rowIndex, panel) in Self.panels.enumerated() {
      let summaries = points.map { rowIndex == 0 ? $0.error : $0.loss }
      let range = FigureStyle.padded(
        summaries.map { $0.mean - ($0.deviation ?? 0) }.min() ?? 0,
        summaries.map { $0.mean + ($0.deviation ?? 0) }.max() ?? 1)
      script += "set yrange [\(range.low):\(range.high)]\n"
      script += rowIndex == 0 ? "unset xlabel\n" : "set xlabel 'Epoch' offset 0,0.4\n"
      for (columnIndex, arms) in columns.enumerated() {
        let start = arms[0].preTraining.title
        script +=
          "set label 3 \(FigureStyle.quoted("\(panel.test), after \(start) pre-training")) at graph 0,1.06 left\n"
        let isLast = rowIndex == 1 && columnIndex == columns.count - 1
        var lines = arms.filter(hasBand).map { band($0, "post-training.csv", column: panel.column) }
        lines += arms.map { line($0, "post-training.csv", column: panel.column, points: true) }
        if isLast {
          script += FigureStyle.legend(
            Self.methods(shown), lines: 1, left: 50, columnWidths: [80, 80, 80], bottom: 18, width: width, height: 720)
        }
        script += "plot \\\n" + lines.joined(separator: ", \\\n") + "\n"
        script += "unset label 1\nunset label 2\n"
      }
    }
    script += "unset multiplot\n"
    return Figure(
      name: "post-training", title: title, csv: csv(shown.map { ($0, "test", joined($0)) }), script: script,
      stamps: stamps)
  }

  /// Entries of the key that stand for what follows pre-training, in either column.
  private static func methods(_ arms: [Arm]) -> [FigureStyle.Entry] {
    let names: [(PostTraining, String)] = [
      (.sgd, "SGD"), (.sam, "SAM"), (.pof, "PoF"), (.frozen, "frozen classifier, no perturbation"),
    ]
    return names.compactMap { method, name in
      guard let arm = arms.first(where: { $0.postTraining == method }) else { return nil }
      return FigureStyle.Entry(
        title: name, color: FigureStyle.color(arm), pointType: FigureStyle.pointType(arm))
    }
  }

  private var wholeLegend: String {
    var entries = arms.map {
      FigureStyle.Entry(title: $0.arm.title, color: FigureStyle.color($0.arm), dash: FigureStyle.dash($0.arm))
    }
    for one in arms where one.arm.postTraining == .none && !one.train.isEmpty {
      entries.append(
        FigureStyle.Entry(
          title: "\(one.arm.title), training set", color: FigureStyle.color(one.arm), dash: Self.trainDash(one.arm)))
    }
    entries.append(FigureStyle.Entry(title: "switch to post-training", color: "#404040", dash: "(3,3)"))
    return FigureStyle.legend(
      entries, lines: 3, left: 63, columnWidths: [190, 160, 160], bottom: 18, width: 900, height: 440)
  }
}
