// What every table of a report is: groups of arms, their pictures, and the same set of files. Each table decides what
// is in them; Report draws and writes.

/// A table made from collected runs.
protocol ResultTable {
  /// Name of its files without extension.
  var name: String { get }
  /// What was measured, in the order of the page; a table without any is not written.
  var groups: [ArmGroup] { get }
  /// The pictures of one group, in the order in which the page shows them.
  func figures(of group: ArmGroup, stamps: [PNGText]) -> [Figure]
  var latex: String { get }
  func markdown(figures: [FigureLink]) -> String
}

extension ResultTable {
  /// The texts beside the pictures. The page that shows the pictures comes last, so that a report cut short has no page
  /// without pictures.
  func texts(figures: [FigureLink]) -> [(path: String, content: String)] {
    [
      ("\(name).csv", cellsCSV), ("\(name)-runs.csv", runsCSV), ("\(name)-differences.csv", differencesCSV),
      ("\(name).tex", latex), ("\(name).md", markdown(figures: figures)),
    ]
  }
}

extension Table1: ResultTable {
  var name: String { "table1" }
  var groups: [ArmGroup] { sections.flatMap(\.measured) }

  func figures(of group: ArmGroup, stamps: [PNGText]) -> [Figure] {
    let curves = TrainingCurves(group)
    return [
      DifferencesFigure.table1(group, stamps: stamps), curves?.postTraining(stamps: stamps),
      PerturbationFigure.make(group, stamps: stamps), curves?.whole(stamps: stamps),
    ].compactMap { $0 }
  }
}

extension AblationTable: ResultTable {
  var name: String { ablation.rawValue }

  func figures(of group: ArmGroup, stamps: [PNGText]) -> [Figure] {
    let figure =
      switch ablation {
      case .range: RangeFigure.make(group, rows(of: group), stamps: stamps)
      case .layers: DifferencesFigure.layers(group, rows(of: group), stamps: stamps)
      }
    return [figure].compactMap { $0 }
  }
}
