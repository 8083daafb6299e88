// Test error and loss over the epochs of post-training, after SGD and beside it after SAM. The numbers are
// TrainingCurves'.

import Storage
import Training

extension TrainingCurves {
  /// Post-training alone, after SGD and after SAM on equal axes; nil where no arm post-trained.
  func postTraining() -> Figure? {
    let columns = PreTraining.allCases.map { start in
      arms.map(\.arm).filter { $0.preTraining == start && $0.postTraining != .none }
    }
    .filter { !$0.isEmpty }
    let shown = columns.flatMap { $0 }
    let points = shown.flatMap(joined)
    guard let last = points.map(\.epoch).max() else { return nil }
    // A band between so few tests would say more than was measured, and hide those below it.
    let areFew = shown.allSatisfy { joined($0).count <= Self.mostBars }
    let name = "post-training"
    let title = "Post-training: \(row.title), profile \(row.key.profile)"
    let axes = Self.quantities.map { quantity in
      let summaries = points.map(quantity.of)
      return FigureAxis(
        FigureStyle.padded(
          summaries.map { $0.mean - ($0.deviation ?? 0) }.min() ?? 0,
          summaries.map { $0.mean + ($0.deviation ?? 0) }.max() ?? 1), most: 7)
    }
    let grid = FigureGrid(
      columns: columns.count, rows: 2, labelWidth: axes.map(\.labelWidth).max() ?? 0, panelHeight: 150)
    let page = FigurePage(
      name, title: title,
      subtitle: "\(spread(shown, as: areFew ? "bars" : "band")); \(tested)vertical axes do not start at zero",
      content: grid.content, legend: Self.methods(shown))
    let epochs = FigureAxis(epochs: preEpochs...last, most: columns.count == 1 ? 9 : 5, padding: 0.08)
    var panels: [FigurePage.Panel] = []
    for (rowIndex, quantity) in Self.quantities.enumerated() {
      for (columnIndex, arms) in columns.enumerated() {
        panels.append(
          grid.panel(
            row: rowIndex, column: columnIndex,
            title: "Test \(quantity.name) (\(quantity.unit)) after \(arms[0].preTraining.title)",
            values: axes[rowIndex], epochs: epochs,
            elements: areFew
              ? bars(arms, "\(name).csv", column: quantity.column, length: last - preEpochs)
              : arms.flatMap { test($0, "\(name).csv", column: quantity.column) }))
      }
    }
    let starts = PreTraining.allCases.filter { start in shown.contains { $0.preTraining == start } }
    return Figure(
      name: name, title: title, csv: csv(shown.map { ($0, "test", joined($0)) }),
      script: page.script(functions: Self.selection + Self.ownSelection, panels: panels),
      // The curves begin at the end of pre-training.
      records: (starts.map(Arm.preTraining) + shown).flatMap(row.finished))
  }

  private static let mostBars = 3

  /// Epochs after some other, moved a little.
  private static let ownSelection =
    "own(arm,before,shift) = column(3) > before ? at(arm,'test') + shift : NaN\n"
    + "joined(arm,before,shift) = at(arm,'test') + (column(3) > before ? shift : 0)\n"

  /// Lines from the end of pre-training to each test, with bars beside each other.
  private func bars(_ arms: [Arm], _ file: String, column: Int, length: Int) -> [String] {
    func points(_ rows: String, _ arm: Arm, _ look: String) -> String {
      hasSpread(arm)
        ? "'\(file)' using (\(rows)):\(column):\(column + 1) with yerrorbars \(look)"
        : "'\(file)' using (\(rows)):\(column) with points \(look)"
    }
    var (lines, marks): ([String], [String]) = ([], [])
    for (index, arm) in arms.enumerated() {
      let shift = 0.035 * Double(length) * (Double(index) - Double(arms.count - 1) / 2)
      let place = "('\(arm.name)',\(preEpochs),\(NumberText.short(shift)))"
      let color = "linecolor rgb '\(FigureStyle.color(arm))'"
      if joined(arm).count > 1 {
        lines.append(
          "'\(file)' using (joined\(place)):\(column) with lines \(color) dashtype \(FigureStyle.dash(arm))")
      }
      marks.append(points("own\(place)", arm, "pointtype \(FigureStyle.pointType(arm)) pointsize 0.8 \(color)"))
    }
    // All begin at the same point, which is pre-training's.
    if let arm = arms.first(where: { joined($0).first?.epoch == preEpochs }) {
      let start = Arm.preTraining(arm.preTraining)
      marks.append(
        points(
          "column(3) == \(preEpochs) ? at('\(arm.name)','test') : NaN", arm,
          "pointtype \(FigureStyle.pointType(start)) linecolor rgb '\(FigureStyle.color(start))'"))
    }
    return lines + marks
  }

  /// What the picture cannot show: where post-training was not tested after every epoch.
  private var tested: String {
    guard let configuration = row.settings?.configuration, configuration.postTesting == .interval else { return "" }
    let interval = configuration.testInterval
    return interval < configuration.postEpochs
      ? "tested after every \(interval)th epoch and the last; " : "tested after the last epoch alone; "
  }

  /// Entries that stand for what follows pre-training, in either column.
  private static func methods(_ arms: [Arm]) -> [FigurePage.Entry] {
    let names: [(PostTraining, String)] = [
      (.sgd, "SGD"), (.sam, "SAM"), (.pof, "PoF"), (.frozen, "frozen, no perturbation"),
    ]
    return names.compactMap { method, name in
      guard let arm = arms.first(where: { $0.postTraining == method }) else { return nil }
      return FigurePage.Entry(
        title: name, color: FigureStyle.color(arm), pointType: FigureStyle.pointType(arm))
    }
  }
}
