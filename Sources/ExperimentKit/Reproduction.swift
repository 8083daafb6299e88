// `reproduce table1`: makes all runs of a table through the experiments' executables, then the table. It trains nothing
// itself, so that one run's end, good or bad, never takes others with it.

import ArgumentParser
import Datasets
import Foundation
import Storage
import Training

/// The main program of `reproduce`.
public enum Reproduction {
  /// Exits: 0 done, 2 bad usage or missing input, 3 if a run diverged (the table is made all the same), 130 or 143
  /// interrupted.
  public static func main() -> Never {
    let command: any ParsableCommand
    do {
      command = try ReproduceCommand.parseAsRoot()
    } catch {
      exit(CommandExit.status(of: error, as: ReproduceCommand.self))
    }
    do {
      guard let table = command as? Table1Command else {
        Terminal.writeResult(ReproduceCommand.helpMessage() + "\n")
        exit(ExitStatus.done.rawValue)
      }
      exit(try table.reproduce().rawValue)
    } catch {
      Terminal.writeError("reproduce: \(error)\n")
      exit(ExitStatus.usage.rawValue)
    }
  }
}

struct ReproduceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reproduce", abstract: "Makes the runs of a table, then the table.", subcommands: [Table1Command.self])
}

struct Table1Command: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "table1",
    abstract: "SGD, SAM, PoF after each, and their controls, at equal budgets.",
    discussion: """
      Runs that are done are skipped, interrupted ones go on, a run that diverges does not stop the others. Progress \
      goes to stderr, the place of the table to stdout. Exit codes: 0 done, 2 bad usage or missing input, 3 if a run \
      diverged, 130 or 143 interrupted.
      """)

  @Option(help: .init("Defaults of all settings.", valueName: "P"))
  var profile = Profile.quick

  @Option(help: .init("Data sets, separated by blanks.", valueName: "NAMES"))
  var datasets = "fashion-mnist"

  @Option(parsing: .unconditional, help: .init("Seeds, separated by blanks.", valueName: "SEEDS"))
  var seeds = "0 1 2"

  @Option(help: .init("Augmentations, separated by blanks: basic, cutout.", valueName: "NAMES"))
  var augment = "basic"

  @OptionGroup var folders: FolderOptions

  @Option(help: .init("Folder of tables and figures.", valueName: "DIR"), transform: FolderPath.parse)
  var tables = "paper-tables"

  @Option(parsing: .unconditional, help: .init("Runs at a time; they share the cores.", valueName: "N"))
  var jobs = 1

  @OptionGroup var checkpoints: CheckpointOptions

  @OptionGroup(title: "Overrides of the profile") var settings: SettingOptions

  /// The request behind the lists of names.
  func request() throws(UsageError) -> TableRequest {
    TableRequest(
      profile: profile,
      datasets: try Self.list("--datasets", datasets, "one of \(Self.names(DatasetName.allCases.map(\.rawValue)))") {
        DatasetName(rawValue: $0)
      },
      augmentations: try Self.list("--augment", augment, "basic or cutout") { Augmentation(rawValue: $0) },
      seeds: try Self.list("--seeds", seeds, "whole numbers of at least 0") { Int($0).flatMap { $0 >= 0 ? $0 : nil } })
  }

  func reproduce() throws -> ExitStatus {
    var request = try request()
    let cores = Machine.cores
    guard (1...cores).contains(jobs) else {
      throw UsageError.value(option: "--jobs", found: "\(jobs)", rule: "1 to \(cores), the cores of this machine")
    }
    try checkpoints.check()
    // Settings first, with the published counts: nonsense is told before any data is read.
    _ = try TablePlan(request, settings: settings) { ($0.specification.trainCount, $0.specification.testCount) }

    var counts: [DatasetName: (train: Int, test: Int)] = [:]
    var missing = false
    for dataset in request.datasets where isRead(dataset) {
      do {
        let images = try dataset.load(dataFolder: folders.data)
        counts[dataset] = (images.train.count, images.test.count)
      } catch {
        missing = true
        Terminal.writeError("\(dataset.rawValue) is left out: \(error)\n")
      }
    }
    request.datasets.removeAll { isRead($0) && counts[$0] == nil }
    guard !request.datasets.isEmpty else { throw UsageError.data("no data set is there: nothing to do") }

    let plan = try TablePlan(request, settings: settings) { counts[$0] ?? (0, 0) }
    let children = Children()
    let status = try TableRunner(
      plan: plan, folders: folders, profile: profile, settings: settings, checkpoints: checkpoints, jobs: jobs,
      threads: max(1, cores / jobs)
    ).run(children)
    guard status == .done || status == .diverged else { return status }
    if let interrupted = try Self.report(results: folders.results, tables: tables, children) { return interrupted }
    Terminal.writeResult("tables and figures: \(tables)\n")
    return missing ? .usage : status
  }

  /// Whether a data set's files are used under this profile.
  private func isRead(_ dataset: DatasetName) -> Bool {
    profile.settings(for: dataset, augmentation: .basic, arm: .sgd, seed: 0).dataSource == .files
  }

  /// Makes tables and figures; returns how that was interrupted, if it was.
  private static func report(results: String, tables: String, _ children: Children) throws -> ExitStatus? {
    var interruption: ExitStatus?
    _ = try children.start(Machine.executableFolder + "/report", ["--results", results, "--output", tables])
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

  /// Values of a list of names, each once, in the order given.
  private static func list<Value: Hashable>(
    _ option: String, _ text: String, _ rule: String, _ value: (String) -> Value?
  ) throws(UsageError) -> [Value] {
    var values: [Value] = []
    for word in text.split(whereSeparator: { $0.isWhitespace || $0 == "," }) {
      guard let value = value(String(word)) else { throw .value(option: option, found: String(word), rule: rule) }
      if !values.contains(value) { values.append(value) }
    }
    guard !values.isEmpty else { throw .value(option: option, found: "empty", rule: rule) }
    return values
  }

  private static func names(_ names: [String]) -> String { names.joined(separator: ", ") }
}
