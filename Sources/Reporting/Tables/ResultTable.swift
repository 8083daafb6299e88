// What every page of a report is: a document, its numbers as CSV, a LaTeX fragment. Result tables are the pages that
// have groups of arms and pictures of them. Each page decides what is in it; Report draws and writes.

/// A page made from collected runs.
protocol ReportPage {
  /// Name of its files without extension.
  var name: String { get }
  /// Whether nothing is on it; then it is not written.
  var isEmpty: Bool { get }
  /// Figures are shown in the order given.
  func document(figures: [FigureLink]) -> [Block]
  /// Full precision; in the order in which they are written.
  var data: [(path: String, content: String)] { get }
  var latex: String { get }
}

extension ReportPage {
  func markdown(figures: [FigureLink] = []) -> String { Markdown.render(document(figures: figures)) }

  /// The texts beside the pictures. The page that shows the pictures comes last, so that a report cut short has no page
  /// without pictures.
  func texts(figures: [FigureLink]) -> [(path: String, content: String)] {
    data + [("\(name).tex", latex), ("\(name).md", markdown(figures: figures))]
  }
}

/// A page whose rows are arms.
protocol ResultTable: ReportPage {
  /// What was measured, in the order of the page.
  var groups: [ArmGroup] { get }
  /// The pictures of one group, in the order in which the page shows them.
  func figures(of group: ArmGroup) -> [Figure]
}

extension ResultTable {
  var isEmpty: Bool { groups.isEmpty }

  var data: [(path: String, content: String)] {
    [
      ("\(name).csv", cellsCSV), ("\(name)-runs.csv", runsCSV), ("\(name)-differences.csv", differencesCSV),
    ]
  }
}

extension Table1: ResultTable {
  var name: String { "table1" }
  var groups: [ArmGroup] { sections.flatMap(\.measured) }

  func figures(of group: ArmGroup) -> [Figure] {
    let curves = TrainingCurves(group)
    return [
      DifferencesFigure.table1(group), curves?.postTraining(),
      PerturbationFigure.make(group), curves?.whole(),
    ].compactMap { $0 }
  }
}

extension AblationTable: ResultTable {
  var name: String { ablation.rawValue }

  func figures(of group: ArmGroup) -> [Figure] {
    let figure =
      switch ablation {
      case .range: RangeFigure.make(group, rows(of: group))
      case .layers: DifferencesFigure.layers(group, rows(of: group))
      }
    return [figure].compactMap { $0 }
  }
}
