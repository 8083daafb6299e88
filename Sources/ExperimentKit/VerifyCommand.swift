// `verify RUN.h5`: whether this machine makes a recorded run again, bit for bit. Options in, a verdict, an exit code;
// Verifier does the work.

import ArgumentParser
import Datasets
import Foundation
import Storage
import TensorCore
import Training

/// The main program of `verify`.
public enum Verification {
  /// Exits: 0 reproduced, 1 different, 2 bad usage or missing input, 130 or 143 interrupted.
  public static func main(engine: TrainingEngine = .standard) -> Never {
    let command: VerifyCommand
    do {
      command = try VerifyCommand.parse()
    } catch {
      exit(CommandExit.status(of: error, as: VerifyCommand.self))
    }
    do {
      exit(try command.verify(engine).rawValue)
    } catch {
      Terminal.writeError("verify: \(error)\n")
      exit(ExitStatus.usage.rawValue)
    }
  }
}

struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Computes a recorded run again and compares bits.",
    discussion: """
      The configuration in the run file is run anew, its pre-training included, on the recorded number of threads: \
      every metric of every epoch has to be equal, and the checkpoint beside the file, where there is one. Nothing is \
      written. Equal bits are promised for equal threads, processor, libraries and code; what is different here is \
      told first. The verdict goes to stdout: "reproduced", or the first difference by name. Exit codes: 0 reproduced, \
      1 different, 2 bad usage or missing input, 130 or 143 interrupted.
      """)

  @Argument(help: .init("A finished run's file.", valueName: "RUN.h5"))
  var run: String

  @Flag(help: "Only from the latest checkpoint before the run's end on: a kept one, or its pre-training's.")
  var lastEpoch = false

  @Option(
    help: .init("Folder of the data sets; Fashion-MNIST falls back to the Debian package's.", valueName: "DIR"),
    transform: FolderPath.parse)
  var data = "data"

  @Option(
    parsing: .unconditional,
    help: .init("Threads of the numeric kernels. (default: as recorded)", valueName: "N"))
  var threads: Int?

  func verify(_ engine: TrainingEngine) throws -> ExitStatus {
    if let threads, !(1...1024).contains(threads) {
      throw UsageError.value(option: "--threads", found: "\(threads)", rule: "1 to 1024")
    }
    let record = try RunFile.read(run)
    let configuration = record.configuration
    if record.status == .partial {
      throw UsageError.file(
        path: run, problem: "is not finished", remedy: "start the run again to finish it, then verify it")
    }
    guard let dataset = DatasetName(rawValue: configuration.dataset) else {
      throw UsageError.file(
        path: run, problem: "is of the unknown data set \"\(configuration.dataset)\"",
        remedy: "verify it with the version that made it")
    }
    try configuration.check(full: configuration.postTraining != .none)
    let model = try dataset.model(depth: configuration.depth, width: configuration.width)
    try configuration.check(model, memory: Machine.memory)

    Interruption.install()
    let threads = threads ?? record.provenance.environment.threads
    noteEnvironment(record.provenance, Machine.environment(threads: threads, versions: engine.versions))
    let (run, folder, lastEpoch) = (self.run, data, lastEpoch)
    let verdict = try ComputeThread.shared.perform {
      let data = try ExperimentData.load(configuration, name: dataset, folder: folder)
      guard data.description == record.data else {
        throw UsageError.data(
          "\(run): made on other images than those of \(dataset.rawValue) here: point --data to the same files")
      }
      let verifier = Verifier(
        path: run, record: record, model: model, data: data, engine: engine, threads: threads,
        progress: .standard(table: nil, plain: false), isInterrupted: { Interruption.received != nil })
      return try lastEpoch ? verifier.verifyLastEpoch() : verifier.verify()
    }
    return report(verdict)
  }

  private func noteEnvironment(_ recorded: Provenance, _ here: Environment) {
    if !recorded.promisesEqualBytes {
      Terminal.writeError(
        "\(run): made under \(recorded.segments.count) environments, one after the other: equal bits are not promised\n"
      )
    } else if recorded.environment != here {
      Terminal.writeError(
        "\(run): made elsewhere (\(here.differences(from: recorded.environment))): equal bits are not promised here\n")
    }
  }

  private func report(_ verdict: Verdict) -> ExitStatus {
    switch verdict {
    case .reproduced(let epochs, let checkpoint):
      let range =
        epochs.count == 1 ? "epoch \(epochs.lowerBound)" : "epochs \(epochs.lowerBound) to \(epochs.upperBound)"
      Terminal.writeResult(
        "reproduced: \(run), \(range)\(checkpoint ? " and the last checkpoint" : ""), bit for bit\n")
      return .done
    case .differs(let path, let difference):
      Terminal.writeResult("different: \(path): \(difference)\n")
      return .different
    case .interrupted:
      Terminal.writeError("interrupted before a verdict\n")
      return Interruption.received == SIGTERM ? .terminated : .interrupted
    }
  }
}
