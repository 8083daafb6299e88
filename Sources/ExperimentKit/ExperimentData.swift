// The images that a run uses: loaded or made, limited, described. Formats are the readers' matter.

import Datasets
import Storage
import Training

/// Images after limits, and what the run file says about them.
struct ExperimentData: Sendable {
  let dataset: Dataset
  let description: DataDescription

  /// Seed of the synthetic images: one set for all runs, so that only training differs between seeds.
  private static let syntheticSeed: UInt64 = 0

  /// - Throws: the readers' errors, or `UsageError` where there are fewer images than asked for.
  static func load(_ configuration: RunConfiguration, name: DatasetName, folder: String) throws -> ExperimentData {
    let all =
      switch configuration.dataSource {
      case .files: try name.load(dataFolder: folder, part: configuration.trainingPart)
      case .synthetic:
        SyntheticDataset.make(
          for: name, trainCount: configuration.trainLimit, testCount: configuration.testLimit, seed: syntheticSeed)
      }
    return try ExperimentData(configuration, of: all)
  }

  init(_ configuration: RunConfiguration, of all: Dataset) throws(UsageError) {
    try configuration.check(trainImages: all.train.count, testImages: all.test.count)
    dataset = Dataset(
      train: all.train.limited(to: configuration.trainLimit), test: all.test.limited(to: configuration.testLimit),
      normalization: all.normalization, official: all.official)
    var hash = SHA256()
    for bytes in [dataset.train.pixels, dataset.train.labels, dataset.test.pixels, dataset.test.labels] {
      hash.update(bytes)
    }
    description = DataDescription(
      official: all.official, trainCount: dataset.train.count, testCount: dataset.test.count,
      digest: SHA256.hex(hash.finish()))
  }
}
