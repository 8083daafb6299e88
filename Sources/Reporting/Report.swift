// From a results directory to tables and figures: reads run files and the published values, writes text and pictures.
// Everything is made in memory before the first file is written.

import Foundation
import Storage
import Training

/// What a report is made from. How a run file is read, and what identifies a run, are handed in.
public struct Report {
  /// Directory of run files.
  public var results: String
  /// Path of the published values.
  public var reference: String
  /// Data sets that this suite can run.
  public var available: [PaperDataset]
  /// Reads one run file.
  public var read: (String) throws -> RunRecord
  /// Short identity of a run, stamped into its pictures.
  public var digest: (RunConfiguration) -> String

  public init(
    results: String, reference: String, available: [PaperDataset], read: @escaping (String) throws -> RunRecord,
    digest: @escaping (RunConfiguration) -> String
  ) {
    var results = results
    while results.count > 1 && results.hasSuffix("/") { results.removeLast() }
    self.results = results
    self.reference = reference
    self.available = available
    self.read = read
    self.digest = digest
  }

  /// A file to be written.
  public struct File: Sendable, Equatable {
    /// Relative to the output directory.
    public var path: String
    public var content: Data
  }

  /// Makes tables and figures without writing any: the same run files give the same bytes (figures on one machine).
  /// - Throws: `ReportError`, `CSVError`.
  public func files() throws -> [File] {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: results, isDirectory: &isFolder), isFolder.boolValue else {
      throw ReportError.resultsMissing(results)
    }
    let reference = try ReferenceTable.read(reference)
    let table = Table1(try RunCollection(results: results, read: read), available: available)
    guard !table.sections.isEmpty else { throw ReportError.noRuns(results) }
    let gnuplot = try Gnuplot()
    var links: [FigureLink] = []
    var figureFiles: [File] = []
    for row in table.sections.flatMap(\.measured) {
      let folder = "figures/\(row.key.profile)/\(row.key.dataset)/\(row.key.augmentation)"
      for figure in Self.figures(of: row, digest: digest) {
        let path = "\(folder)/\(figure.name)"
        figureFiles.append(File(path: path + ".csv", content: Data(figure.csv.utf8)))
        figureFiles.append(File(path: path + ".gp", content: Data(figure.script.utf8)))
        figureFiles.append(File(path: path + ".png", content: try gnuplot.render(figure)))
        links.append(FigureLink(row: row.key, title: figure.title, path: path + ".png"))
      }
    }
    let texts = [
      ("table1.csv", table.cellsCSV), ("table1-runs.csv", table.runsCSV),
      ("table1-differences.csv", table.differencesCSV), ("table1.tex", table.latex),
      ("table1.md", table.markdown(reference: reference, figures: links)),
    ]
    // The page that shows the figures comes last, so that a report cut short has no page without pictures.
    return figureFiles + texts.map { File(path: $0.0, content: Data($0.1.utf8)) }
  }

  /// The figures of one row, in the order in which the table shows them.
  static func figures(of row: Table1.MeasuredRow, digest: (RunConfiguration) -> String) -> [Figure] {
    let stamps = row.stamps(digest: digest)
    let curves = TrainingCurves(row)
    return [
      DifferencesFigure.make(row, stamps: stamps), curves?.postTraining(stamps: stamps), curves?.whole(stamps: stamps),
    ].compactMap { $0 }
  }

  /// Makes the report and writes it below `output`. A file that holds the same bytes already is left alone; others
  /// appear by rename, so that a reader never sees half of one.
  /// - Returns: paths of all files of the report, in order.
  /// - Throws: `ReportError`, `CSVError`, `StorageError` where a file cannot be written.
  @discardableResult
  public func write(to output: String) throws -> [String] {
    try files().map { file in
      let path = output + "/" + file.path
      if FileManager.default.contents(atPath: path) != file.content {
        try AtomicFile.write([UInt8](file.content), to: path)
      }
      return path
    }
  }
}
