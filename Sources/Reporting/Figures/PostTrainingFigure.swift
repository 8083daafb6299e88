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
      name, title: title, subtitle: "\(spread(shown)); \(tested)vertical axes do not start at zero",
      content: grid.content, legend: Self.methods(shown))
    let epochs = FigureAxis(epochs: preEpochs...last, most: columns.count == 1 ? 9 : 5, padding: 0.03)
    var panels: [FigurePage.Panel] = []
    for (rowIndex, quantity) in Self.quantities.enumerated() {
      for (columnIndex, arms) in columns.enumerated() {
        let isLast = rowIndex == Self.quantities.count - 1
        panels.append(
          FigurePage.Panel(
            left: grid.columns[columnIndex].left, right: grid.columns[columnIndex].right,
            top: grid.rows[rowIndex].top, bottom: grid.rows[rowIndex].bottom,
            title: "Test \(quantity.name) (\(quantity.unit)) after \(arms[0].preTraining.title)",
            commands: axes[rowIndex].commands("y", labels: columnIndex == 0) + epochs.commands("x", labels: isLast)
              + (isLast ? "set xlabel 'Epoch' offset 0,0.4\n" : "unset xlabel\n"),
            elements: arms.flatMap { test($0, "\(name).csv", column: quantity.column) }))
      }
    }
    let starts = PreTraining.allCases.filter { start in shown.contains { $0.preTraining == start } }
    return Figure(
      name: name, title: title, csv: csv(shown.map { ($0, "test", joined($0)) }),
      script: page.script(functions: Self.selection, panels: panels),
      // The curves begin at the end of pre-training.
      records: (starts.map(Arm.preTraining) + shown).flatMap(row.finished))
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
