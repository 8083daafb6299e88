// Paired differences as a dot plot with a line for each thing compared: its name, and below it its seeds, its mean and
// its interval, in test error and beside it in test loss. Table 1's comparisons and the layer ablation are drawn so.

import Storage
import Training

enum DifferencesFigure {
  /// A line of the plot: one comparison, or one to each of several references.
  private struct Line {
    var label: String
    var comparisons: [ArmGroup.Comparison]
  }

  /// How the comparisons of a line are told apart.
  private struct Series {
    var name: String
    /// Nil: what a mark is.
    var legend: String?
    var shape: DifferenceMarks.Shape
    /// Above or below the middle of its line.
    var offset: Double
  }

  /// Where things stand in a line, in CSS pixels from its upper edge; the middle of the marks is a whole number of the
  /// axis.
  private struct Pitch {
    var height: Double
    var middle: Double
    /// Of the name.
    static let label = 9.0
    /// Seeds below their mean.
    static let seeds = 9.0
  }

  /// Nil where no comparison has a pair.
  static func table1(_ group: ArmGroup) -> Figure? {
    make(
      "differences", title: "Paired differences: \(group.title), profile \(group.key.profile)",
      subtitle: "below zero: the first arm is better; paired by seed, last epoch", group: group,
      lines: group.comparisons.filter { !$0.seeds.isEmpty }.map { Line(label: $0.title, comparisons: [$0]) },
      series: [Series(name: "difference", legend: nil, shape: .circle, offset: 0)],
      pitch: Pitch(height: 47, middle: 26))
  }

  /// The layer ablation: each split to both references. Nil where no split has a pair.
  static func layers(_ group: ArmGroup, _ rows: [AblationTable.Row]) -> Figure? {
    make(
      "ablation-layers", title: "Perturbed layers: \(group.title), profile \(group.key.profile)",
      subtitle: "below zero: the split is better than the run without perturbation; paired by seed, last epoch",
      group: group,
      lines: rows.filter { $0.comparisons.contains { !$0.seeds.isEmpty } }
        .map { Line(label: $0.title, comparisons: $0.comparisons) },
      series: zip(AblationTable.references, [(DifferenceMarks.Shape.circle, 0.2), (.square, -0.2)])
        .map { reference, look in
          Series(name: reference.name, legend: "minus \(reference.title)", shape: look.0, offset: look.1)
        },
      pitch: Pitch(height: 71, middle: 39))
  }

  private static func make(
    _ name: String, title: String, subtitle: String, group: ArmGroup, lines: [Line], series: [Series], pitch: Pitch
  ) -> Figure? {
    guard !lines.isEmpty else { return nil }
    var marks: [DifferenceMark] = []
    for (index, line) in lines.enumerated() {
      for (comparison, one) in zip(line.comparisons, series) where !comparison.seeds.isEmpty {
        marks.append(
          DifferenceMark(
            title: comparison.title, comparison: comparison, position: Double(lines.count - index) + one.offset,
            series: one.name))
      }
    }
    let shown = series.filter { one in marks.contains { $0.series == one.name } }
    let height = Int(pitch.height) * lines.count
    let page = FigurePage(
      name, title: title, subtitle: "\(DifferenceMarks.meaning(marks)); \(subtitle)", content: height + 46,
      legend: DifferenceMarks.legend(marks, shown.map { ($0.legend, $0.shape) }))

    let low = NumberText.short(1 - (pitch.height - pitch.middle) / pitch.height)
    let high = NumberText.short(Double(lines.count) + pitch.middle / pitch.height)
    var names = "set style textbox opaque noborder fillcolor rgb '#ffffff' margins 0.2,0.1\n"
    for (index, line) in lines.enumerated() {
      let middle = NumberText.short(Double(lines.count - index) + (pitch.middle - Pitch.label) / pitch.height)
      names += "set label \(FigureStyle.quoted(line.label)) at screen \(page.across(FigurePage.margin)),"
      names += " first \(middle) left front boxed\n"
    }
    let panels = zip(DifferenceMetric.allCases, [24, 262]).map { metric, left in
      let axis = FigureAxis(DifferenceMarks.range(marks, metric), most: 5)
      let commands = """
        set yrange [\(low):\(high)]
        \(axis.commands("x"))unset ytics
        set grid noytics xtics linewidth 0.8 linecolor '#e0e0e0' dashtype solid
        set border 1
        set xlabel '\(metric.label)' offset 0,0.4
        set arrow from 0, graph 0 to 0, graph 1 nohead linewidth 0.9 linecolor '\(FigureStyle.frame)' back

        """
      return FigurePage.Panel(
        left: left, right: left + 194, top: 0, bottom: height,
        commands: commands + (metric == .error ? names : ""),
        elements: shown.flatMap { one in
          DifferenceMarks.plot(
            marks, "\(name).csv", metric, series: one.name, shape: one.shape, along: .horizontal,
            seedOffset: -Pitch.seeds / pitch.height)
        })
    }
    return Figure(
      name: name, title: title, csv: DifferenceMarks.csv(marks),
      script: page.script(functions: DifferenceMarks.selection, panels: panels),
      records: group.finished(marks.map(\.comparison)))
  }
}
