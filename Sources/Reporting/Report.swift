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
  /// Reads one run file.
  public var read: (String) throws -> RunRecord
  /// Short identity of a run, stamped into its pictures.
  public var digest: (RunConfiguration) -> String

  public init(
    results: String, reference: String, read: @escaping (String) throws -> RunRecord,
    digest: @escaping (RunConfiguration) -> String
  ) {
    var results = results
    while results.count > 1 && results.hasSuffix("/") { results.removeLast() }
    self.results = results
    self.reference = reference
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
    let collection = try RunCollection(results: results, read: read)
    let pages = try pages(of: collection)
    let gnuplot = try Gnuplot()
    let drawings: [[Drawing]] = pages.map { page in
      if let table = page as? any ResultTable { self.drawings(of: table) } else { [] }
    }
    var pictures = try gnuplot.render(drawings.flatMap { $0.map(\.figure) }).makeIterator()
    var files: [File] = []
    var index = IndexPage(documents: [], collection: collection, pictures: [:])
    for (page, drawings) in zip(pages, drawings) {
      for drawing in drawings {
        guard let drawn = pictures.next() else { continue }
        let picture = try PNGText.adding(drawing.figure.stamps(digest: digest), to: drawn)
        index.pictures[drawing.link.path] = picture
        files.append(File(path: drawing.path + ".csv", content: Data(drawing.figure.csv.utf8)))
        files.append(File(path: drawing.path + ".gp", content: Data(drawing.figure.script.utf8)))
        files.append(File(path: drawing.link.path, content: picture))
      }
      let links = drawings.map(\.link)
      files += page.texts(figures: links).map { File(path: $0.path, content: Data($0.content.utf8)) }
      index.documents.append(page.document(figures: links))
    }
    return files + [File(path: "index.html", content: Data(index.html.utf8))]
  }

  /// The pages that have something to show, in the order of the index.
  /// - Throws: `ReportError.noRuns` where no table has any, `CSVError`.
  func pages(of collection: RunCollection) throws -> [any ReportPage] {
    let table1 = Table1(collection, published: try ReferenceTable.read(reference))
    let ablations = Ablation.allCases.map { AblationTable($0, collection) }
    let all: [any ReportPage] = [table1] + ablations + [Claims(table1, ablations), PublishedComparison(table1)]
    let pages = all.filter { !$0.isEmpty }
    guard pages.contains(where: { $0 is any ResultTable }) else { throw ReportError.noRuns(results) }
    return pages
  }

  /// A picture to be drawn, and where it goes.
  private struct Drawing {
    var row: RowKey
    var figure: Figure
    /// Without extension.
    var path: String

    var link: FigureLink { FigureLink(row: row, title: figure.title, path: path + ".png") }
  }

  private func drawings(of table: any ResultTable) -> [Drawing] {
    table.groups.flatMap { group in
      let folder = "figures/\(group.key.profile)/\(group.key.dataset)/\(group.key.augmentation)"
      return table.figures(of: group).map {
        Drawing(row: group.key, figure: $0, path: "\(folder)/\($0.name)")
      }
    }
  }

  /// Makes the report and writes it below `output`. A file that holds the same bytes already is left alone; others
  /// appear by rename, so that a reader never sees half of one. What an earlier report of other runs left is removed at
  /// the end: beside these pages it would pass for theirs.
  /// - Returns: paths of all files of the report, in order.
  /// - Throws: `ReportError`, `CSVError`, `StorageError` where a file cannot be written.
  @discardableResult
  public func write(to output: String) throws -> [String] {
    let files = try files()
    for file in files {
      let path = output + "/" + file.path
      if FileManager.default.contents(atPath: path) != file.content {
        try AtomicFile.write([UInt8](file.content), to: path)
      }
    }
    let current = Set(files.map(\.path))
    for path in ReportNames.possible(in: output) where !current.contains(path) {
      try? FileManager.default.removeItem(atPath: output + "/" + path)
      // And the folders that held nothing else.
      for depth in stride(from: path.split(separator: "/").count - 1, to: 1, by: -1) {
        rmdir(output + "/" + path.split(separator: "/").prefix(depth).joined(separator: "/"))
      }
    }
    return files.map { output + "/" + $0.path }
  }
}
