// Paired differences as a dot plot: one line per comparison, its seeds, its mean and its interval.

import Training

enum DifferencesFigure {
  private static let columns = ["comparison", "metric", "kind", "position", "value", "low", "high"]

  /// Nil where no comparison has a pair.
  static func make(_ row: Table1.MeasuredRow, stamps: [PNGText]) -> Figure? {
    let shown = row.comparisons.filter { !$0.seeds.isEmpty }
    guard !shown.isEmpty else { return nil }
    var text = CSV.line(columns)
    for (index, comparison) in shown.enumerated() {
      let position = "\(shown.count - index)"
      for (metric, difference) in [("error", comparison.error), ("loss", comparison.loss)] {
        let kind = difference.verdict.isSupported ? "supported" : "undecided"
        let mean = NumberText.exact(difference.summary?.mean)
        // Without an interval the mean stands alone: low = high = mean draws no bar.
        let low = difference.interval.map { "\($0.low)" } ?? mean
        let high = difference.interval.map { "\($0.high)" } ?? mean
        text += CSV.line([comparison.title, metric, kind, position, mean, low, high])
        for (seed, value) in zip(comparison.seeds, difference.differences) {
          text += CSV.line([comparison.title, metric, "seed \(seed)", position, "\(value)", "", ""])
        }
      }
    }
    let title = "Paired differences: \(row.title), profile \(row.key.profile)"
    return Figure(
      name: "differences", title: title, csv: text, script: script(row, shown, title: title), stamps: stamps)
  }

  private static func script(_ row: Table1.MeasuredRow, _ shown: [Table1.Comparison], title: String) -> String {
    let height = 190 + 36 * shown.count
    func screen(_ pixelsFromTop: Int) -> String { NumberText.fixed(1 - Double(pixelsFromTop) / Double(height), 4) }
    let bottom = NumberText.fixed(95 / Double(height), 4)
    var script = FigureStyle.preamble("differences", width: 900, height: height)
    script += """
      of(metric,kind) = (strcol(2) eq metric && strcol(3) eq kind) ? column(5) : NaN
      seed(metric) = (strcol(2) eq metric && strcol(3)[1:4] eq 'seed') ? column(5) : NaN
      set multiplot layout 1,2 margins 0.25,0.985,\(bottom),\(screen(80)) spacing 0.04
      set label 1 \(FigureStyle.quoted(title)) at screen 0.02,\(screen(22)) left font 'DejaVu Sans,12'
      set label 2 'below zero: the first arm is better; paired by seed, last epoch' at screen 0.02,\(screen(44)) \
      left font 'DejaVu Sans,9'
      set yrange [0.4:\(shown.count).6]
      set grid noytics xtics linewidth 0.8 linecolor '#e0e0e0' dashtype solid
      set border 1
      set arrow 1 from 0, graph 0 to 0, graph 1 nohead linewidth 0.9 linecolor '#404040' back

      """
    let names = shown.enumerated().map { "\(FigureStyle.quoted($0.element.title)) \(shown.count - $0.offset)" }
    for (metric, label) in [("error", "Test error, points"), ("loss", "Test loss, nats")] {
      let differences = shown.map { metric == "error" ? $0.error : $0.loss }
      let values = differences.flatMap { one in
        one.differences + [one.interval?.low, one.interval?.high].compactMap { $0 }
      }
      // Zero is always in view.
      let range = FigureStyle.padded(min(0, values.min() ?? 0), max(0, values.max() ?? 0))
      script += "set xrange [\(range.low):\(range.high)]\n"
      script += "set xtics \(FigureStyle.ticStep(range.high - range.low))\n"
      script += "set xlabel '\(label)' offset 0,0.4\n"
      if metric == "error" {
        script += "set ytics scale 0 (\(names.joined(separator: ", ")))\n"
      } else {
        script += "unset label 1\nunset label 2\nunset ytics\n"
        script += FigureStyle.legend(
          [
            FigureStyle.Entry(title: "mean and 95 % interval", color: FigureStyle.black, pointType: 6),
            FigureStyle.Entry(title: "interval excludes zero", color: FigureStyle.vermilion, pointType: 7),
            FigureStyle.Entry(title: "one seed", color: FigureStyle.blue, dash: nil, pointType: 2),
          ], lines: 1, left: 230, columnWidths: [220, 210], bottom: 18, width: 900, height: height)
      }
      let file = "differences.csv"
      var lines = [
        "  '\(file)' using (of('\(metric)','undecided')):4:6:7 with xerrorbars pointtype 6 linecolor rgb "
          + "'\(FigureStyle.black)'",
        "  '\(file)' using (of('\(metric)','supported')):4:6:7 with xerrorbars pointtype 7 linecolor rgb "
          + "'\(FigureStyle.vermilion)'",
      ]
      lines.append(
        "  '\(file)' using (seed('\(metric)')):($4-0.28) with points pointtype 2 pointsize 0.6 linecolor rgb "
          + "'\(FigureStyle.blue)'")
      script += "plot \\\n" + lines.joined(separator: ", \\\n") + "\n"
    }
    return script + "unset multiplot\n"
  }
}
