// An experiment's executable: options in, one run, an exit code. The rest of this room does the work.

import ArgumentParser
import Datasets
import Foundation
import Storage
import TensorCore
import Training

/// The main program of an experiment's executable.
public enum Experiment {
  /// Parses the command line, runs one configuration, exits: 0 done, 2 bad usage or missing input, 3 diverged, 130 or
  /// 143 interrupted.
  public static func main(_ program: ExperimentProgram, engine: TrainingEngine = .standard) -> Never {
    ExperimentCommand.program.withLock { $0 = program }
    switch program {
    case .dataset: main(program, RunCommand.self, engine) { ($0.options, nil) }
    case .ablation: main(program, AblationCommand.self, engine) { ($0.options, $0.dataset) }
    }
  }

  /// Of one data set.
  public static func main(_ dataset: DatasetName, engine: TrainingEngine = .standard) -> Never {
    main(.dataset(dataset), engine: engine)
  }

  /// Of an ablation, on any data set.
  public static func main(_ ablation: Ablation, engine: TrainingEngine = .standard) -> Never {
    main(.ablation(ablation), engine: engine)
  }

  private static func main<Command: ParsableCommand>(
    _ program: ExperimentProgram, _ type: Command.Type, _ engine: TrainingEngine,
    options: (Command) -> (RunOptions, DatasetName?)
  ) -> Never {
    let command: Command
    do {
      command = try Command.parse()
    } catch {
      exit(CommandExit.status(of: error, as: Command.self))
    }
    do {
      let (options, dataset) = options(command)
      let configuration = try options.configuration(for: program, dataset: dataset)
      exit(try run(configuration, options, engine).rawValue)
    } catch {
      Terminal.writeError("\(program.name): \(error)\n")
      exit(ExitStatus.usage.rawValue)
    }
  }

  private static func run(
    _ configuration: RunConfiguration, _ options: RunOptions, _ engine: TrainingEngine
  ) throws -> ExitStatus {
    guard let dataset = DatasetName(rawValue: configuration.dataset) else {
      throw UsageError.data("unknown data set \"\(configuration.dataset)\"")
    }
    let paths = RunPaths(results: options.folders.results, configuration: configuration)
    // `reproduce` says it once for all.
    if options.table == nil, let note = paths.note(on: configuration) { Terminal.writeError(note + "\n") }
    if options.dryRun {
      let text = try ComputeThread.shared.perform { try DryRun.text(configuration, dataset, options, engine) }
      Terminal.writeResult(configuration.json + "\n")
      Terminal.writeError(text)
      return .done
    }

    Interruption.install()
    let threads = options.threadCount
    if threads > Machine.cores {
      Terminal.writeError("--threads \(threads): more than the \(Machine.cores) cores here, which is slow\n")
    }
    let (results, folder, table) = (options.folders.results, options.folders.data, options.table)
    let policy = options.checkpoints.policy
    let plain = options.plainProgress
    let outcome = try ComputeThread.shared.perform {
      try Runner(
        dataset: dataset, results: results, engine: engine,
        environment: Machine.environment(threads: threads, versions: engine.versions),
        command: Machine.command(CommandLine.arguments), policy: policy,
        progress: .standard(table: table, plain: plain), isInterrupted: { Interruption.received != nil },
        data: { try ExperimentData.load($0, name: dataset, folder: folder, warns: table == nil) }
      ).run(configuration)
    }
    return report(outcome)
  }

  /// Says how it ended: the result on stdout, everything else on stderr.
  private static func report(_ outcome: RunEnding) -> ExitStatus {
    switch outcome {
    case .done(let record, let path, _):
      let configuration = record.configuration
      if let test = record.epochs.last?.test {
        Terminal.writeResult(
          "\(configuration.arm) seed \(configuration.seed): test error \(String(format: "%.2f", test.error)) %, "
            + "test loss \(String(format: "%.4f", test.loss)), \(path)\n")
      }
      return .done
    case .failed(let configuration, let path, let epoch, let step, let reason, let fresh):
      Terminal.writeError(
        "\(configuration.arm) seed \(configuration.seed): diverged\(fresh ? "" : " before") in epoch \(epoch), step "
          + "\(step): \(reason); try a smaller learning rate\nremove \(path) to try the same settings again\n")
      return .diverged
    case .interrupted(let configuration, let kept):
      let remains =
        kept.map { $0.steps > 0 ? "step \($0.steps) of epoch \($0.epoch + 1) is kept" : "epoch \($0.epoch) is kept" }
        ?? "before its first step"
      Terminal.writeError(
        "\(configuration.arm) seed \(configuration.seed): interrupted, \(remains); start it again to go on\n")
      return Interruption.received == SIGTERM ? .terminated : .interrupted
    }
  }
}

/// ArgumentParser's errors in this suite's manner: help to stdout, problems as one line and exit code 2.
public enum CommandExit {
  /// Prints help to stdout or the problem to stderr.
  /// - Returns: the exit code.
  public static func status<Command: ParsableCommand>(of error: any Error, as command: Command.Type) -> Int32 {
    if command.exitCode(for: error).isSuccess {
      Terminal.writeResult(command.fullMessage(for: error) + "\n")
      return ExitStatus.done.rawValue
    }
    let message = command.message(for: error).split(separator: "\n").joined(separator: " ")
    Terminal.writeError("\(command._commandName): \(message)\n")
    return ExitStatus.usage.rawValue
  }
}
