// Which of the data sets that are asked for are here, and what is said about the others. It reads their files and keeps
// only their counts.

import Datasets
import Training

/// Which of a request's data sets are there, with how many images; found by reading their files.
struct AvailableData {
  /// What was read.
  struct Images {
    var train: Int
    var test: Int
    /// Seconds that reading took.
    var seconds: Double
    /// What to say where these are not the official images.
    var warning: String? = nil
  }

  /// A data set that no run can use.
  struct LeftOut {
    var dataset: DatasetName
    var reason: String
    /// Whether files are there, damaged or too few images in them.
    var isHere: Bool
  }

  private(set) var images: [DatasetName: Images] = [:]
  /// In the request's order.
  private(set) var missing: [LeftOut] = []

  /// - Parameter folder: of the data sets.
  init(_ request: PlanRequest, folder: String) {
    let datasets = request.datasets.filter { request.usesFiles(of: $0) }
    self.init(datasets.map { ($0, request.trainingPart(of: $0)) }, folder: folder)
  }

  /// - Parameter parts: data sets with the part of their training images that is used.
  init(_ parts: [(dataset: DatasetName, part: TrainingPart)], folder: String) {
    for (dataset, part) in parts {
      let begun = Terminal.seconds()
      do {
        let found = try dataset.load(dataFolder: folder, part: part)
        images[dataset] = Images(
          train: found.train.count, test: found.test.count, seconds: Terminal.seconds() - begun,
          warning: ExperimentData.warning(dataset, found, part))
      } catch {
        let isHere = if case .missing = error { false } else { true }
        missing.append(LeftOut(dataset: dataset, reason: Self.reason(error), isHere: isHere))
      }
    }
  }

  /// As if it had been found so, for tests.
  init(images: [DatasetName: Images], missing: [LeftOut] = []) { (self.images, self.missing) = (images, missing) }

  /// Counts those that have fewer images than the runs need as missing, so that they do not stop the others.
  /// - Throws: `ModelError`.
  mutating func leaveOutTooSmall(_ request: PlanRequest, settings: SettingOptions) throws {
    for (dataset, found) in images {
      var alone = request
      alone.datasets = [dataset]
      do {
        _ = try RunPlan(alone, settings: settings) { _ in (found.train, found.test) }
      } catch let error as UsageError {
        images[dataset] = nil
        missing.append(LeftOut(dataset: dataset, reason: "\(error)", isHere: true))
      }
    }
    let order = request.datasets
    missing.sort { (order.firstIndex(of: $0.dataset) ?? 0) < (order.firstIndex(of: $1.dataset) ?? 0) }
  }

  /// Adds what is known of other data sets.
  mutating func add(_ other: AvailableData) {
    images.merge(other.images) { $1 }
    missing += other.missing
  }

  /// What to do about a missing part is named as make takes it, too.
  private static func reason(_ error: DatasetError) -> String {
    guard case .missing(let path, _) = error, path.hasSuffix("extra_32x32.mat") else { return "\(error)" }
    return "\(error) (make: NO_EXTRA=1)"
  }

  /// Which of the request can be run.
  func restrict(_ request: PlanRequest) -> PlanRequest {
    var request = request
    let absent = Set(missing.map(\.dataset))
    request.datasets.removeAll { absent.contains($0) }
    return request
  }

  /// Tells what is left out.
  func report() {
    for one in missing { Terminal.writeError("left out: \(one.dataset.rawValue): \(one.reason)\n") }
  }

  /// Tells what is not the official set, once for all runs.
  func warn(_ request: PlanRequest) {
    for warning in request.datasets.compactMap({ images[$0]?.warning }) { Terminal.writeError(warning + "\n") }
  }
}

/// What is here, read once for each data set and part of it: profiles use different parts of SVHN's files.
final class DataAtHand {
  private struct Key: Hashable {
    var dataset: DatasetName
    var part: TrainingPart
  }

  private let folder: String
  private var known: [Key: AvailableData] = [:]

  init(folder: String) { self.folder = folder }

  /// What a request finds here; data sets with too few images for it count as missing.
  /// - Throws: `ModelError`.
  func available(_ request: PlanRequest, _ settings: SettingOptions) throws -> AvailableData {
    var all = AvailableData(images: [:])
    for dataset in request.datasets where request.usesFiles(of: dataset) {
      let key = Key(dataset: dataset, part: request.trainingPart(of: dataset))
      let one = known[key] ?? AvailableData([(dataset, key.part)], folder: folder)
      known[key] = one
      all.add(one)
    }
    try all.leaveOutTooSmall(request, settings: settings)
    return all
  }
}
