// The executable `report`: options and exit codes. Tables and figures are Reporting's, reading run files is Storage's.

import ArgumentParser
import ExperimentKit
import Foundation
import Reporting
import Storage

struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Writes tables (Markdown, CSV, LaTeX), figures, claims and one page with all of it from run files.",
    discussion: """
      Reads RESULTS/<profile>/<dataset>/<augmentation>/<arm>/seed<k>.h5 and writes below the output directory, for each \
      of table1, ablation-range and ablation-layers that has runs: NAME.md, NAME.csv (cells), NAME-runs.csv, \
      NAME-differences.csv, NAME.tex, and figures/; claims (the paper's, each with a verdict) and comparison (beside \
      published numbers) as .md, .csv and .tex; and index.html, all of it on one page. What an earlier report left there \
      under these names is removed. The same run files give the same bytes. Needs gnuplot (make setup). \
      With --watch it goes on until SIGINT or SIGTERM: one line on stderr for each report, also for one that failed. \
      Exit codes: 0 done, 2 bad usage, missing input or an output that cannot be written, 130 and 143 interrupted.
      """)

  @Option(help: ArgumentHelp("Directory of the run files.", valueName: "dir"), transform: FolderPath.parse)
  var results: String

  @Option(
    help: ArgumentHelp("Directory that tables and figures are written to; made if absent.", valueName: "dir"),
    transform: FolderPath.parse)
  var output: String

  @Option(
    help: ArgumentHelp(
      "Published values to quote, as CSV. Default: paper-tables/reference.csv here, or else in the source tree of this executable.",
      valueName: "file"))
  var reference: String?

  @Flag(help: "Make the report again whenever run files have changed, until stopped (Ctrl-C).")
  var watch = false

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("With --watch, between two looks at the run files. (default: 2)", valueName: "seconds"))
  var interval: Double?

  func validate() throws {
    guard let interval else { return }
    guard watch else { throw ValidationError("--interval is \(interval), but only --watch has a use for it") }
    // As a positive condition: NaN meets none.
    guard interval >= 0.1, interval <= 86_400 else {
      throw ValidationError("--interval is \(interval): it must be 0.1 to 86400 seconds")
    }
  }

  func run() throws {
    let report = Report(
      results: results, reference: reference ?? Machine.referencePath, read: RunFile.read,
      digest: { String($0.digest.prefix(16)) })
    guard watch else {
      for path in try report.write(to: output) { print(path) }
      return
    }
    Foundation.exit(Watch(interval: interval ?? 2).run(report, output: output))
  }
}

@main enum Main {
  static func main() {
    do {
      let command = try ReportCommand.parse()
      try command.run()
    } catch {
      exit(CommandExit.status(of: error, as: ReportCommand.self))
    }
  }
}
