// The images that a run uses: loaded or made, limited, described. Formats are the readers' matter.

import Datasets
import Storage
import Synchronization
import Training

/// Images after limits, and what the run file says about them.
struct ExperimentData: Sendable {
  let dataset: Dataset
  let description: DataDescription
  /// What the files hold, before limits; nil for synthetic images.
  let files: ImageCounts?

  /// Seed of the synthetic images: one set for all runs, so that only training differs between seeds.
  private static let syntheticSeed: UInt64 = 0
  /// Whether this process has said that its images are not the official ones.
  private static let hasWarned = Mutex(false)

  /// Says once per process where the files are not the official set.
  /// - Parameter warns: false where `reproduce` has said it for all runs.
  /// - Throws: the readers' errors, or `UsageError` where there are fewer images than asked for.
  static func load(
    _ configuration: RunConfiguration, name: DatasetName, folder: String, warns: Bool = true
  ) throws -> ExperimentData {
    let all: Dataset
    switch configuration.dataSource {
    case .files:
      all = try name.load(dataFolder: folder, part: configuration.trainingPart)
      if warns, let warning = warning(name, all, configuration.trainingPart) {
        hasWarned.withLock { hasWarned in
          if !hasWarned { Terminal.writeError(warning + "\n") }
          hasWarned = true
        }
      }
    case .synthetic:
      all = SyntheticDataset.make(
        for: name, trainCount: configuration.trainLimit, testCount: configuration.testLimit, seed: syntheticSeed)
    }
    return try ExperimentData(configuration, of: consume all)
  }

  /// Takes the images over: SVHN's fill two gigabytes, and lie in memory once.
  init(_ configuration: RunConfiguration, of all: consuming Dataset) throws(UsageError) {
    try configuration.check(trainImages: all.train.count, testImages: all.test.count)
    files =
      switch configuration.dataSource {
      case .files: ImageCounts(train: all.train.count, test: all.test.count)
      case .synthetic: nil
      }
    all.limit(train: configuration.trainLimit, test: configuration.testLimit)
    dataset = all
    var hash = SHA256()
    for bytes in [dataset.train.pixels, dataset.train.labels, dataset.test.pixels, dataset.test.labels] {
      hash.update(bytes)
    }
    description = DataDescription(
      official: dataset.official, trainCount: dataset.train.count, testCount: dataset.test.count,
      digest: SHA256.hex(hash.finish()))
  }

  /// What to say about images that are not as many as published; nil for the official set.
  static func warning(_ name: DatasetName, _ found: Dataset, _ part: TrainingPart) -> String? {
    let published = name.specification
    let counts = [
      ("training", found.train.count, published.trainCount(of: part)),
      ("test", found.test.count, published.testCount),
    ]
    let differences = counts.filter { $0.1 != $0.2 }
      .map { "\(grouped($0.1)) \($0.0) images instead of \(grouped($0.2))" }
    guard !differences.isEmpty else { return nil }
    return "\(name.rawValue): \(differences.joined(separator: ", ")): not the official set; tables will say so"
  }

  /// 49999 -> `49,999`.
  private static func grouped(_ count: Int) -> String {
    let digits = Array("\(count)")
    return digits.indices.map { (digits.count - $0) % 3 == 0 && $0 > 0 ? ",\(digits[$0])" : "\(digits[$0])" }.joined()
  }
}
