// The page of a figure: as wide as a column, with a heading, panels and a legend below each other. Sizes are CSS
// pixels, of which gnuplot draws two by two; places are counted from the upper left. What panels show is the figures'
// affair.

import Foundation

struct FigurePage {
  /// Of every picture. In a column of 3.3 inches its text of ten points has 6.6.
  static let width = 480
  /// Between the edges and what is drawn.
  static let margin = 12
  private static let inner = Double(width - 2 * margin)

  /// One entry of a legend.
  struct Entry: Equatable {
    var title: String
    var color: String
    /// Dash type of its line; nil for a point alone.
    var dash: String? = "solid"
    var pointType: Int? = nil
  }

  /// A plot with its own axes.
  struct Panel {
    /// Left and right end of its axes.
    var left: Int
    var right: Int
    /// Upper and lower end, from the heading's lower edge.
    var top: Int
    var bottom: Int
    /// Above its upper left corner.
    var title: String = ""
    /// gnuplot's commands before it is plotted. Labels and arrows hold for this panel alone.
    var commands: String
    /// What it plots; gnuplot draws no panel without any.
    var elements: [String]
  }

  private let name: String
  private let legend: [Entry]
  /// Heights of all between heading and legend.
  private let content: Int
  private let titleLines: [String]
  private let subtitleLines: [String]
  private let legendColumns: [Double]
  private let legendLines: Int

  private static let (titlePitch, subtitlePitch, legendPitch) = (18, 16, 17)
  /// A legend's sample of a line, with the gap to its text; between columns.
  private static let (sample, sampleGap, columnGap) = (26.0, 6.0, 14.0)

  /// - Parameter content: height of the panels with their tics and labels.
  init(_ name: String, title: String, subtitle: String, content: Int, legend: [Entry]) {
    self.name = name
    self.content = content
    self.legend = legend
    titleLines = TextWidth.balanced(
      FigureStyle.printable(title), points: FigureStyle.titlePoints, width: Self.inner)
    subtitleLines = TextWidth.wrapped(
      FigureStyle.printable(subtitle), points: FigureStyle.smallPoints, width: Self.inner)
    (legendColumns, legendLines) = Self.columns(legend)
  }

  /// As many columns as fit, filled from above; their widths, and how many entries they hold.
  private static func columns(_ entries: [Entry]) -> ([Double], lines: Int) {
    let widths = entries.map {
      sample + sampleGap + TextWidth.pixels(FigureStyle.printable($0.title), points: FigureStyle.points)
    }
    for lines in 1...max(1, entries.count) {
      let columns = stride(from: 0, to: widths.count, by: lines).map { start in
        widths[start..<min(start + lines, widths.count)].max() ?? 0
      }
      let total = columns.reduce(0, +) + columnGap * Double(columns.count - 1)
      if total <= inner || columns.count == 1 { return (columns, lines) }
    }
    return ([], 0)
  }

  private var top: Int { 8 + titleLines.count * Self.titlePitch + subtitleLines.count * Self.subtitlePitch + 6 }

  /// Of the picture.
  var height: Int { top + content + (legend.isEmpty ? 6 : 10 + legendLines * Self.legendPitch + 6) }

  /// The script that draws it. It names no encoding: pngcairo takes UTF-8 as it is, and gnuplot warns of one that is
  /// not the locale's.
  /// - Parameter functions: gnuplot's, that the panels' elements use.
  func script(functions: String, panels: [Panel]) -> String {
    var script = """
      # Draws \(name).png from \(name).csv; run gnuplot in this folder.
      set terminal pngcairo noenhanced size \(2 * Self.width),\(2 * height) \
      font \(FigureStyle.font(FigureStyle.points)) fontscale 2 linewidth 2 pointscale 1.6 background '#ffffff'
      set output '\(name).png'
      set datafile separator comma
      unset key
      set border 3 linewidth 0.5 linecolor '\(FigureStyle.frame)'
      set tics nomirror out scale 0.5
      set grid ytics linewidth 0.8 linecolor '#e0e0e0' dashtype solid
      \(functions)set multiplot
      \(heading)\(legendCommands)
      """
    for panel in panels where !panel.elements.isEmpty {
      script += "set lmargin at screen \(across(panel.left))\nset rmargin at screen \(across(panel.right))\n"
      script += "set tmargin at screen \(down(panel.top))\nset bmargin at screen \(down(panel.bottom))\n"
      if !panel.title.isEmpty { script += label(panel.title, left: panel.left, down: panel.top - 11) }
      script += panel.commands
      script += "plot \\\n" + panel.elements.map { "  " + $0 }.joined(separator: ", \\\n") + "\n"
      script += "unset label\nunset arrow\n"
    }
    return script + "unset multiplot\n"
  }

  /// A label of its own, its middle `down` below the heading.
  func label(_ text: String, left: Int, down: Int) -> String {
    "set label \(FigureStyle.quoted(text)) at screen \(across(left)),\(self.down(down)) left\n"
  }

  /// As a part of the picture's width.
  func across(_ pixels: Int) -> String { across(Double(pixels)) }

  private func across(_ pixels: Double) -> String { NumberText.fixed(pixels / Double(Self.width), 4) }

  /// As a part of the picture's height, from below.
  func down(_ pixels: Int) -> String { up(height - top - pixels) }

  private func up(_ pixels: Int) -> String { NumberText.fixed(Double(pixels) / Double(height), 4) }

  private var heading: String {
    var text = ""
    var edge = 8
    for (lines, points, pitch) in [
      (titleLines, FigureStyle.titlePoints, Self.titlePitch),
      (subtitleLines, FigureStyle.smallPoints, Self.subtitlePitch),
    ] {
      for line in lines {
        text +=
          "set label \(FigureStyle.quoted(line)) at screen \(across(Self.margin)),\(up(height - edge - pitch / 2)) "
        text += "left font \(FigureStyle.font(points))\n"
        edge += pitch
      }
    }
    return text
  }

  private var legendCommands: String {
    var text = ""
    for (index, entry) in legend.enumerated() {
      let before = legendColumns.prefix(index / legendLines)
      let x = Double(Self.margin) + before.reduce(0, +) + Self.columnGap * Double(before.count)
      let y = up(6 + Self.legendPitch * (legendLines - 1 - index % legendLines) + Self.legendPitch / 2)
      if let dash = entry.dash {
        text += "set arrow from screen \(across(x)),\(y) to screen \(across(x + Self.sample)),\(y) nohead "
        text += "linecolor rgb '\(entry.color)' dashtype \(dash)\n"
      }
      if let pointType = entry.pointType {
        text += "set label '' at screen \(across(x + Self.sample / 2)),\(y) point pointtype \(pointType) "
        text += "linecolor rgb '\(entry.color)'\n"
      }
      text += "set label \(FigureStyle.quoted(entry.title)) at screen "
      text += "\(across(x + Self.sample + Self.sampleGap)),\(y) left\n"
    }
    return text
  }
}

/// Panels in rows and columns that share their axes: labels stand at the first column and below the last row.
struct FigureGrid {
  var columns: [(left: Int, right: Int)]
  /// From the heading's lower edge.
  var rows: [(top: Int, bottom: Int)]
  /// Height with titles and labels.
  var content: Int

  /// Of a panel's title; between a title and the panel above it; of labels below the last panel.
  private static let (title, gap, labels) = (20, 12, 42)

  /// - Parameter labelWidth: of the widest label of a vertical axis.
  init(columns: Int, rows: Int, labelWidth: Double, panelHeight: Int) {
    let left = FigurePage.margin + Int(labelWidth.rounded(.up)) + 8
    // Half a label hangs over an axis's end.
    let (between, right) = (26, 20)
    let width = (FigurePage.width - right - left - between * (columns - 1)) / columns
    self.columns = (0..<columns).map { column in
      let start = left + column * (width + between)
      return (start, start + width)
    }
    self.rows = (0..<rows).map { row in
      let top = Self.title + row * (panelHeight + Self.gap + Self.title)
      return (top, top + panelHeight)
    }
    content = rows * (Self.title + panelHeight) + (rows - 1) * Self.gap + Self.labels
  }
  /// A panel over epochs: values have their labels in the first column, epochs in the last row.
  func panel(
    row: Int, column: Int, title: String, values: FigureAxis, epochs: FigureAxis, elements: [String]
  ) -> FigurePage.Panel {
    let isLast = row == rows.count - 1
    return FigurePage.Panel(
      left: columns[column].left, right: columns[column].right, top: rows[row].top, bottom: rows[row].bottom,
      title: title,
      commands: values.commands("y", labels: column == 0) + epochs.commands("x", labels: isLast)
        + (isLast ? "set xlabel 'Epoch' offset 0,0.4\n" : "unset xlabel\n"),
      elements: elements)
  }
}
