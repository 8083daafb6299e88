// `reproduce`: makes all runs of a target through the experiments' executables, then tables and figures. It trains
// nothing itself, so that one run's end, good or bad, never takes others with it.

import ArgumentParser
import Datasets
import Foundation

/// The main program of `reproduce`.
public enum Reproduction {
  /// Name of the executable that makes tables and figures.
  static let report = "report"

  /// Exits: 0 done, 2 bad usage, missing input or a run that failed, 3 if a run diverged, 130 or 143 interrupted.
  public static func main() -> Never {
    let target: any ReproductionCommand
    do {
      var command = try ReproduceCommand.parseAsRoot()
      guard let found = command as? any ReproductionCommand else {
        // The parser's own command: it throws the help that was asked for.
        try command.run()
        exit(ExitStatus.done.rawValue)
      }
      target = found
    } catch {
      exit(CommandExit.status(of: error, as: ReproduceCommand.self))
    }
    do {
      exit(try target.perform().rawValue)
    } catch {
      Terminal.writeError("reproduce: \(error)\n")
      exit(ExitStatus.usage.rawValue)
    }
  }

  /// Makes the runs of a target that the data here allow, then tables and figures.
  static func make(_ target: PlanTarget, _ options: PlanOptions, tables: String) throws -> ExitStatus {
    let request = try options.request([target])
    try options.check()
    // Settings first, with the published counts: nonsense is told before any data is read.
    _ = try RunPlan(request, settings: options.settings) { PlanOptions.published(request, $0) }

    var data = AvailableData(request, folder: options.folders.data)
    try data.leaveOutTooSmall(request, settings: options.settings)
    data.report()
    let available = data.restrict(request)
    guard !available.datasets.isEmpty else { throw UsageError.data("no data set is there: nothing to do") }
    let plan = try RunPlan(available, settings: options.settings) { dataset in
      data.images[dataset].map { ($0.train, $0.test) } ?? (0, 0)
    }
    let runner = PlanRunner(
      plan: plan, folders: options.folders, profile: options.profile, settings: options.settings,
      checkpoints: options.checkpoints, jobs: options.jobs, threads: options.threads)
    try runner.checkExecutables()
    data.warn(available)
    let children = Children()
    let status = runner.run(children)
    guard status != .interrupted, status != .terminated else { return status }
    if let interrupted = try report(results: options.folders.results, tables: tables, children) { return interrupted }
    Terminal.writeResult("tables and figures: \(tables)\n")
    // Once more: the first time lies far above.
    data.report()
    let isIncomplete = options.datasets != nil && !data.missing.isEmpty
    return isIncomplete ? .usage : status
  }

  /// Makes tables and figures; returns how that was interrupted, if it was.
  private static func report(results: String, tables: String, _ children: Children) throws -> ExitStatus? {
    var interruption: ExitStatus?
    _ = try children.start(PlanRunner.path(of: report), ["--results", results, "--output", tables])
    while true {
      switch children.wait() {
      case .signal(let number):
        interruption = number == SIGINT ? .interrupted : .terminated
        children.forward(number)
      case .ended(_, let code):
        guard code == 0 || interruption != nil else {
          throw UsageError.data("report ended with code \(code): see above")
        }
        return interruption
      }
    }
  }
}

/// A command of `reproduce`.
protocol ReproductionCommand: ParsableCommand {
  func perform() throws -> ExitStatus
}

struct ReproduceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reproduce", abstract: "Makes the runs of a table, then the table.",
    subcommands: [Table1Command.self, AblationsCommand.self, PlanCommand.self, StatusCommand.self])
}

/// What follows from how the runs end, for the help texts.
private let endings = """
  Runs that are done are skipped, interrupted ones go on; a run that fails stops none but those that rest on it. Data \
  sets that are not there are left out, with the way to get them; that is an error only where --datasets names them. \
  Progress goes to stderr, the place of the tables to stdout. Exit codes: 0 done, 2 bad usage, missing input or a run \
  that failed, 3 if a run diverged, 130 or 143 interrupted.
  """

/// Options of a target's own command.
struct TargetOptions: ParsableArguments {
  @OptionGroup var plan: PlanOptions

  @Option(help: .init("Folder of tables and figures.", valueName: "DIR"), transform: FolderPath.parse)
  var tables = "paper-tables"

  @Flag(help: "Print settings, runs, and what they would take in time, memory and disk; run and write nothing.")
  var dryRun = false

  func perform(_ target: PlanTarget) throws -> ExitStatus {
    dryRun ? try PlanReport.print([target], plan, budget: nil) : try Reproduction.make(target, plan, tables: tables)
  }
}

struct Table1Command: ReproductionCommand {
  static let configuration = CommandConfiguration(
    commandName: PlanTarget.table1.rawValue,
    abstract: "SGD, SAM, PoF after each, and their controls, after equal epochs.", discussion: endings)

  @OptionGroup var options: TargetOptions

  func perform() throws -> ExitStatus { try options.perform(.table1) }
}

struct AblationsCommand: ReproductionCommand {
  static let configuration = CommandConfiguration(
    commandName: PlanTarget.ablations.rawValue,
    abstract: "Range, step, direction and groups of PoF's perturbation, and the layers that it perturbs.",
    discussion: endings)

  @OptionGroup var options: TargetOptions

  func perform() throws -> ExitStatus { try options.perform(.ablations) }
}
