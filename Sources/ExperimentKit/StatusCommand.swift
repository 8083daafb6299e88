// `reproduce status`: how far the runs of a target are. It reads run files and asks locks; it reads no images, measures
// nothing and writes nothing.

import ArgumentParser
import Training

struct StatusCommand: ReproductionCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Which runs of a target are done, running, failed, begun and missing.",
    discussion: """
      Takes the options of plan, of which data, jobs and checkpoints change nothing here. Running are those whose lock \
      a process holds; the time left of one is the mean of its recorded epochs times those to come. Partial are those \
      that go on from a checkpoint when they are started again. Without --datasets, one that has no runs is one line. \
      Results in run files are not looked at: a file that is damaged there is told by plan, report and verify. \
      Exit codes: 0, 2 for bad usage.
      """)

  @Option(help: .init("What is to be made, separated by blanks: table1, ablations.", valueName: "NAMES"))
  var targets = PlanTarget.table1.rawValue

  @OptionGroup var plan: PlanOptions

  func perform() throws -> ExitStatus {
    Terminal.writeResult(try text() + "\n")
    return .done
  }

  /// - Throws: `UsageError`, `ModelError`.
  func text() throws -> String {
    let targets = try PlanOptions.list("--targets", targets, "table1 or ablations") { PlanTarget(rawValue: $0) }
    let request = try plan.request(targets)
    try plan.check()
    let results = plan.folders.results
    let runs = try RunPlan(request, settings: plan.settings) { PlanOptions.published(request, $0) }
    let notes = runs.runs.compactMap { run in
      RunPaths(results: results, configuration: run.configuration).note(on: run.configuration)
    }
    let heading = ["\(results), profile \(request.profile.rawValue)"] + Set(notes).sorted()
    let text = StatusText.text(runs.observe(results: results), isBrief: plan.datasets == nil)
    return (heading + [text]).joined(separator: "\n")
  }
}
