// How far PoF perturbs, epoch by epoch of post-training: the line search's eta* and the L2 norm of the perturbation,
// mean over seeds with a band of one sample deviation. Only finished runs take part.

import Storage
import Training

enum PerturbationFigure {
  private static let name = "perturbation"
  private static let arms: [Arm] = [.sgdPoF, .samPoF]

  /// What the seeds of one arm have after one epoch; nothing that is not finite.
  private struct Point {
    var epoch: Int
    var etaStar: Summary
    var norm: Summary
  }

  private struct Series {
    var arm: Arm
    var records: [RunRecord]
    var points: [Point]

    var hasBand: Bool { points.contains { $0.etaStar.deviation != nil } }

    init?(_ arm: Arm, in group: ArmGroup) {
      self.arm = arm
      records = group.finished(arm)
      let epochs = records.flatMap(\.epochs)
      points = Set(epochs.map(\.epoch)).sorted().compactMap { epoch in
        let found = epochs.filter { $0.epoch == epoch }.compactMap(\.perturbation)
          .filter { $0.etaStar.isFinite && $0.perturbationNorm.isFinite }
        guard let etaStar = Summary(of: found.map(\.etaStar)),
          let norm = Summary(of: found.map(\.perturbationNorm))
        else { return nil }
        return Point(epoch: epoch, etaStar: etaStar, norm: norm)
      }
      if points.isEmpty { return nil }
    }
  }

  /// The two rows of panels; the column of its mean in the data, with the deviation behind it.
  private static let quantities: [(label: String, column: Int, of: @Sendable (Point) -> Summary)] = [
    ("Mean eta*", 4, { $0.etaStar }), ("Mean L2 norm", 6, { $0.norm }),
  ]

  /// After SGD and after SAM on equal axes, all of which start at zero; nil where no PoF arm of Table 1 has a finished
  /// run.
  static func make(_ group: ArmGroup) -> Figure? {
    let series = arms.compactMap { Series($0, in: group) }
    guard let settings = group.settings, let last = series.flatMap(\.points).map(\.epoch).max() else { return nil }
    let title = "Perturbation in post-training: \(group.title), profile \(group.key.profile)"
    return Figure(
      name: name, title: title, csv: csv(series),
      script: script(title, series, epochs: settings.configuration.preEpochs...last),
      records: series.flatMap(\.records))
  }

  private static func csv(_ series: [Series]) -> String {
    var text = CSV.line([
      "arm", "epoch", "n", "eta_star_mean", "eta_star_sd", "perturbation_norm_mean", "perturbation_norm_sd",
    ])
    for one in series {
      for point in one.points {
        text += CSV.line(
          [one.arm.name, "\(point.epoch)", "\(point.etaStar.count)"]
            + [point.etaStar.mean, point.etaStar.deviation, point.norm.mean, point.norm.deviation]
            .map(NumberText.exact))
      }
    }
    return text
  }

  private static func script(_ title: String, _ series: [Series], epochs: ClosedRange<Int>) -> String {
    let seeds = FigureStyle.seeds(series.map(\.records.count))
    let spread =
      series.contains(where: \.hasBand) ? "mean over \(seeds), band: one sample deviation" : seeds
    let axes = quantities.map { quantity in
      let summaries = series.flatMap(\.points).map(quantity.of)
      return FigureAxis(fromZeroTo: summaries.map { $0.mean + ($0.deviation ?? 0) }.max() ?? 0, most: 6)
    }
    let grid = FigureGrid(
      columns: series.count, rows: 2, labelWidth: axes.map(\.labelWidth).max() ?? 0, panelHeight: 135)
    let page = FigurePage(
      name, title: title,
      subtitle: "\(spread); rejected searches count as 0; vertical axes from zero",
      content: grid.content, legend: [])
    let time = FigureAxis(epochs: epochs, most: series.count == 1 ? 9 : 5, padding: 0.03)
    var panels: [FigurePage.Panel] = []
    for (row, quantity) in quantities.enumerated() {
      for (column, one) in series.enumerated() {
        let color = "linecolor rgb '\(FigureStyle.color(one.arm))'"
        let rows = "'\(name).csv' using (at('\(one.arm.name)'))"
        let (mean, deviation) = ("$\(quantity.column)", "$\(quantity.column + 1)")
        var elements: [String] = []
        if one.hasBand {
          elements.append(
            "\(rows):(\(mean)-\(deviation)):(\(mean)+\(deviation)) with filledcurves fillstyle transparent solid 0.12 "
              + "noborder \(color)")
        }
        elements.append(
          "\(rows):\(quantity.column) with linespoints pointtype \(FigureStyle.pointType(one.arm)) pointsize 0.7 "
            + "\(color) dashtype \(FigureStyle.dash(one.arm))")
        panels.append(
          grid.panel(
            row: row, column: column, title: "\(quantity.label) after \(one.arm.preTraining.title)", values: axes[row],
            epochs: time, elements: elements))
      }
    }
    return page.script(functions: "at(arm) = strcol(1) eq arm ? column(2) : NaN\n", panels: panels)
  }
}
