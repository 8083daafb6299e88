// The command lines of the experiments' executables: options and help texts. Nothing is run here.

import ArgumentParser
import Datasets
import Foundation
import Synchronization
import Training

/// What the command lines have in common.
enum ExperimentCommand {
  /// The executable that this is; set once, before parsing, and used by the help texts.
  static let program = Mutex(ExperimentProgram.dataset(DatasetName.allCases[0]))

  /// - Parameters:
  ///   - abstract: what it does, in a line.
  ///   - dataset: in the place of the run file's path.
  static func configuration(abstract: String, dataset: String) -> CommandConfiguration {
    let program = program.withLock { $0 }
    let arm = program.arms[0]
    let profiles = Profile.allCases.map { profile in
      let settings = profile.settings(for: program.defaultDataset, augmentation: .basic, arm: arm, seed: 0)
      let images =
        settings.dataSource == .synthetic
        ? "\(settings.trainLimit) synthetic" : settings.trainLimit > 0 ? "the first \(settings.trainLimit)" : "all"
      return """
          \(profile.rawValue): \(profile.summary).
            WRN-\(settings.depth)-\(settings.width), \(images) training images, batch \(settings.batchSize), \
        \(settings.preEpochs) + \(settings.postEpochs) epochs, rates \(String(format: "%g", settings.learningRate)) \
        and \(String(format: "%g", settings.postLearningRate)), rho \(settings.rho), \(settings.perturbationGroups) groups, weak batch \
        \(settings.weakBatchSize)
        """
    }
    let folder = if case .ablation(let ablation) = program { "\(ablation.rawValue)/" } else { "" }
    return CommandConfiguration(
      commandName: program.name, abstract: abstract,
      discussion: """
        A run file goes to RESULTS/<profile>/\(dataset)/<augmentation>/\(folder)<method>/seed<K>.h5, a checkpoint \
        beside it. A run that is there already is skipped, an interrupted one goes on. Results go to stdout, progress to \
        stderr. Exit codes: 0 done, 2 bad usage or missing input, 3 diverged, 130 or 143 interrupted.

        Profiles\(folder.isEmpty ? "" : " (on \(program.defaultDataset.rawValue), for \(arm.name))"):
        \(profiles.joined(separator: "\n"))
        """)
  }
}

/// Of a data set's executable.
struct RunCommand: ParsableCommand {
  static var configuration: CommandConfiguration {
    let name = ExperimentCommand.program.withLock { $0 }.defaultDataset
    return ExperimentCommand.configuration(
      abstract: "Trains one run on \(name.specification.title): pre-training, then what --method says.",
      dataset: name.rawValue)
  }

  @OptionGroup var options: RunOptions
}

/// Of an ablation's executable.
struct AblationCommand: ParsableCommand {
  static var configuration: CommandConfiguration {
    ExperimentCommand.configuration(
      abstract: "Trains one run of an ablation of PoF: SGD pre-training, then what --method says.", dataset: "<dataset>"
    )
  }

  @Option(
    help: .init(
      "Data set. (default: cifar10, or the file's with --config)",
      valueName: DatasetName.allCases.map(\.rawValue).joined(separator: "|")))
  var dataset: DatasetName?

  @OptionGroup var options: RunOptions
}
