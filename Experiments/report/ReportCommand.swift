// The executable `report`: options and exit codes. Tables and figures are Reporting's, reading run files is Storage's.

import ArgumentParser
import Foundation
import Reporting
import Storage

struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Writes Table 1 (Markdown, CSV, LaTeX) and its figures from run files.",
    discussion: """
      Reads RESULTS/<profile>/<dataset>/<augmentation>/<arm>/seed<k>.h5 and writes table1.md, table1.csv, \
      table1-runs.csv, table1.tex and figures/ below the output directory. The same run files give the same bytes. \
      Needs gnuplot (make setup). Exit codes: 0 done, 2 bad usage, missing input or an output that cannot be written.
      """)

  @Option(help: ArgumentHelp("Directory of the run files.", valueName: "dir"))
  var results: String

  @Option(help: ArgumentHelp("Directory that tables and figures are written to; made if absent.", valueName: "dir"))
  var output: String

  @Option(help: ArgumentHelp("Published values that the table quotes, as CSV.", valueName: "file"))
  var reference = "paper-tables/reference.csv"

  func run() throws {
    let report = Report(
      results: results, reference: reference, available: [.fashionMNIST], read: RunFile.read,
      digest: { String($0.digest.prefix(16)) })
    for path in try report.write(to: output) { print(path) }
  }
}

@main
enum Main {
  static func main() {
    do {
      var command = try ReportCommand.parseAsRoot()
      try command.run()
    } catch {
      if ReportCommand.exitCode(for: error).isSuccess {
        print(ReportCommand.fullMessage(for: error))
        exit(0)
      }
      let isOurs = error is ReportError || error is CSVError
      let message = isOurs ? "\(error)" : ReportCommand.message(for: error)
      FileHandle.standardError.write(Data("report: \(message)\n".utf8))
      exit(2)
    }
  }
}
