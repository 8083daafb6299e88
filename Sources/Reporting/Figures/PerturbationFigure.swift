// How far PoF perturbs, epoch by epoch of post-training: the line search's eta* and the L2 norm of the perturbation,
// mean over seeds with a band from the smallest to the largest. Only finished runs take part.

import Foundation
import Storage
import Training

enum PerturbationFigure {
  private static let name = "perturbation"
  private static let arms: [Arm] = [.sgdPoF, .samPoF]

  /// What the seeds of one arm have after one epoch; nothing that is not finite.
  private struct Point {
    var epoch: Int
    var etaStar: [Double]
    var norm: [Double]
  }

  private struct Series {
    var arm: Arm
    var points: [Point]

    var hasBand: Bool { points.contains { $0.etaStar.count > 1 } }
  }

  /// The two rows of panels; the column of its mean in the data, with smallest and largest behind it.
  private static let panels: [(label: String, column: Int, values: @Sendable (Point) -> [Double])] = [
    ("Mean eta* of an epoch", 4, { $0.etaStar }), ("Mean perturbation (L2 norm)", 7, { $0.norm }),
  ]

  /// After SGD and after SAM on equal axes, all of which start at zero; nil where no PoF arm of Table 1 has a finished
  /// run.
  static func make(_ group: ArmGroup, stamps: [PNGText]) -> Figure? {
    let series = arms.map { Series(arm: $0, points: points(of: $0, in: group)) }.filter { !$0.points.isEmpty }
    guard let settings = group.settings, let last = series.flatMap(\.points).map(\.epoch).max() else { return nil }
    let title = "Perturbation in post-training: \(group.title), profile \(group.key.profile)"
    return Figure(
      name: name, title: title, csv: csv(series),
      script: script(title, series, epochs: settings.configuration.preEpochs...last), stamps: stamps)
  }

  private static func points(of arm: Arm, in group: ArmGroup) -> [Point] {
    let epochs = group.runs.flatMap { run -> [EpochRecord] in
      if case .done(let record) = run.outcome, run.arm == arm.name { record.epochs } else { [] }
    }
    return Set(epochs.map(\.epoch)).sorted().compactMap { epoch in
      let found = epochs.filter { $0.epoch == epoch }.compactMap(\.perturbation)
        .filter { $0.etaStar.isFinite && $0.perturbationNorm.isFinite }
      guard !found.isEmpty else { return nil }
      return Point(epoch: epoch, etaStar: found.map(\.etaStar), norm: found.map(\.perturbationNorm))
    }
  }

  private static func csv(_ series: [Series]) -> String {
    func columns(_ quantity: String) -> [String] { ["mean", "min", "max"].map { "\(quantity)_\($0)" } }
    func numbers(_ values: [Double]) -> [String] {
      [Summary(of: values)?.mean, values.min(), values.max()].map(NumberText.exact)
    }
    var text = CSV.line(["arm", "epoch", "n"] + columns("eta_star") + columns("perturbation_norm"))
    for one in series {
      for point in one.points {
        text += CSV.line(
          [one.arm.name, "\(point.epoch)", "\(point.etaStar.count)"] + numbers(point.etaStar) + numbers(point.norm))
      }
    }
    return text
  }

  private static func script(_ title: String, _ series: [Series], epochs: ClosedRange<Int>) -> String {
    let width = series.count == 1 ? 720 : 900
    let left = series.count == 1 ? 0.1 : 0.08
    let band = series.contains(where: \.hasBand) ? ", band: smallest to largest" : ""
    let subtitle = "mean over seeds\(band); rejected searches count as 0; vertical axes from zero"
    var script = FigureStyle.preamble(name, width: width, height: 560)
    script += "at(arm) = strcol(1) eq arm ? column(2) : NaN\n"
    script += "set multiplot layout 2,\(series.count) margins \(left),0.98,0.09,0.85 spacing 0.08,0.12\n"
    script += "set label 1 \(FigureStyle.quoted(title)) at screen \(left),0.957 left font 'DejaVu Sans,12'\n"
    script += "set label 2 \(FigureStyle.quoted(subtitle)) at screen \(left),0.92 left font 'DejaVu Sans,9'\n"
    script += "set xrange [\(epochs.lowerBound):\(epochs.upperBound)]\n"
    script += "set xtics \(NumberText.short(max(1, FigureStyle.ticStep(Double(epochs.count - 1)))))\n"
    for (index, panel) in panels.enumerated() {
      let largest = series.flatMap(\.points).flatMap(panel.values).max() ?? 0
      let height = largest > 0 ? 1.08 * largest : 1
      script += "set yrange [0:\(NumberText.short(height))]\nset ytics \(FigureStyle.ticStep(height))\n"
      script += index == 0 ? "unset xlabel\n" : "set xlabel 'Epoch' offset 0,0.4\n"
      for one in series {
        let label = "\(panel.label), after \(one.arm.preTraining.title) pre-training"
        script += "set label 3 \(FigureStyle.quoted(label)) at graph 0,1.06 left\n"
        let color = "linecolor rgb '\(FigureStyle.color(one.arm))'"
        var lines: [String] = []
        if one.hasBand {
          lines.append(
            "  '\(name).csv' using (at('\(one.arm.name)')):\(panel.column + 1):\(panel.column + 2) with filledcurves "
              + "fillstyle transparent solid 0.14 noborder \(color)")
        }
        lines.append(
          "  '\(name).csv' using (at('\(one.arm.name)')):\(panel.column) with linespoints pointtype "
            + "\(FigureStyle.pointType(one.arm)) \(color) dashtype \(FigureStyle.dash(one.arm))")
        script += "plot \\\n" + lines.joined(separator: ", \\\n") + "\nunset label 1\nunset label 2\n"
      }
    }
    return script + "unset multiplot\n"
  }
}
