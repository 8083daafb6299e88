// Paired differences as a dot plot with a line for each thing compared: its seeds, its mean and its interval, in test
// error and in test loss. Table 1's comparisons and the layer ablation are drawn so.

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

  /// Nil where no comparison has a pair.
  static func table1(_ group: ArmGroup, stamps: [PNGText]) -> Figure? {
    make(
      "differences", title: "Paired differences: \(group.title), profile \(group.key.profile)",
      subtitle: { _ in "below zero: the first arm is better; paired by seed, last epoch" },
      lines: group.comparisons.filter { !$0.seeds.isEmpty }.map { Line(label: $0.title, comparisons: [$0]) },
      series: [Series(name: "difference", legend: nil, shape: .circle, offset: 0)],
      lineHeight: 36, legendWidths: [220, 210], stamps: stamps)
  }

  /// The layer ablation: each split to both references. Nil where no split has a pair.
  static func layers(_ group: ArmGroup, _ rows: [AblationTable.Row], stamps: [PNGText]) -> Figure? {
    make(
      "ablation-layers", title: "Perturbed layers: \(group.title), profile \(group.key.profile)",
      subtitle: {
        "\($0); below zero: the split is better than the run without perturbation; paired by seed, last epoch"
      },
      lines: rows.filter { $0.comparisons.contains { !$0.seeds.isEmpty } }
        .map { Line(label: $0.title, comparisons: $0.comparisons) },
      series: zip(AblationTable.references, [(DifferenceMarks.Shape.circle, 0.2), (.square, -0.2)])
        .map { reference, look in
          Series(name: reference.name, legend: "minus \(reference.title)", shape: look.0, offset: look.1)
        },
      lineHeight: 64, legendWidths: [192, 130, 230], stamps: stamps)
  }

  private static func make(
    _ name: String, title: String, subtitle: (_ meaning: String) -> String, lines: [Line], series: [Series],
    lineHeight: Int, legendWidths: [Int], stamps: [PNGText]
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
    let meaning = DifferenceMarks.meaning(marks)
    let subtitle = subtitle(meaning)
    let height = 190 + lineHeight * lines.count
    func screen(_ pixelsFromTop: Int) -> String { NumberText.fixed(1 - Double(pixelsFromTop) / Double(height), 4) }
    let bottom = NumberText.fixed(95 / Double(height), 4)
    var script = FigureStyle.preamble(name, width: 900, height: height)
    script += DifferenceMarks.selection
    script += """
      set multiplot layout 1,2 margins 0.25,0.975,\(bottom),\(screen(80)) spacing 0.04
      set label 1 \(FigureStyle.quoted(title)) at screen 0.02,\(screen(22)) left font 'DejaVu Sans,12'
      set label 2 \(FigureStyle.quoted(subtitle)) at screen 0.02,\(screen(44)) left font 'DejaVu Sans,9'
      set yrange [0.4:\(lines.count).6]
      set grid noytics xtics linewidth 0.8 linecolor '#e0e0e0' dashtype solid
      set border 1
      set arrow 1 from 0, graph 0 to 0, graph 1 nohead linewidth 0.9 linecolor '#404040' back

      """
    let names = lines.enumerated().map { "\(FigureStyle.quoted($0.element.label)) \(lines.count - $0.offset)" }
    for metric in DifferenceMetric.allCases {
      let range = DifferenceMarks.range(marks, metric)
      script += "set xrange [\(range.low):\(range.high)]\n"
      script += "set xtics \(FigureStyle.ticStep(range.high - range.low))\n"
      script += "set xlabel '\(metric.label)' offset 0,0.4\n"
      if metric == .error {
        script += "set ytics scale 0 (\(names.joined(separator: ", ")))\n"
      } else {
        script += "unset label 1\nunset label 2\nunset ytics\n"
        script += FigureStyle.legend(
          DifferenceMarks.legend(marks, series.map { ($0.legend ?? meaning, $0.shape) }), lines: 1, left: 230,
          columnWidths: legendWidths, bottom: 18, width: 900, height: height)
      }
      let elements = series.flatMap { one in
        DifferenceMarks.plot(
          marks, "\(name).csv", metric, series: one.name, shape: one.shape, along: .horizontal,
          seedOffset: series.count == 1 ? -0.28 : -0.14)
      }
      script += "plot \\\n" + elements.joined(separator: ", \\\n") + "\n"
    }
    return Figure(
      name: name, title: title, csv: DifferenceMarks.csv(marks), script: script + "unset multiplot\n", stamps: stamps)
  }
}
