// Finds and reads run files. A run that cannot be used is kept with its reason; whether it matters is a table's affair.

import Foundation
import Storage
import Training

/// What runs of one table row share: they are never compared across profile folders.
public struct RowKey: Sendable, Hashable, Comparable {
  /// Folder name, so that a profile with overrides (`quick-1a2b3c4d`) is one of its own.
  public var profile: String
  public var dataset: String
  public var augmentation: String

  public init(profile: String, dataset: String, augmentation: String) {
    self.profile = profile
    self.dataset = dataset
    self.augmentation = augmentation
  }

  public static func < (a: RowKey, b: RowKey) -> Bool {
    (a.profile, a.dataset, a.augmentation) < (b.profile, b.dataset, b.augmentation)
  }
}

/// What came of reading a run file.
public enum RunOutcome: Sendable, Equatable {
  /// Finished, with a finite test score in its last epoch.
  case done(RunRecord)
  case partial(RunRecord)
  case failed(RunRecord, epoch: Int, step: Int, reason: String)
  /// The file cannot be read, or is not the run that its place says.
  case unusable(reason: String)

  public var record: RunRecord? {
    switch self {
    case .done(let record), .partial(let record), .failed(let record, _, _, _): record
    case .unusable: nil
    }
  }
}

/// A run file and what came of reading it.
public struct CollectedRun: Sendable, Equatable {
  /// Relative to the results directory.
  public var path: String
  public var key: RowKey
  /// Name of the arm, such as `sgd-pof` or `ablation-range/c-1.5`.
  public var arm: String
  public var seed: Int
  public var outcome: RunOutcome

  public init(path: String, key: RowKey, arm: String, seed: Int, outcome: RunOutcome) {
    self.path = path
    self.key = key
    self.arm = arm
    self.seed = seed
    self.outcome = outcome
  }
}

/// All runs of a results directory, sorted by path.
public struct RunCollection: Sendable, Equatable {
  public var runs: [CollectedRun]

  public init(runs: [CollectedRun]) { self.runs = runs.sorted { $0.path < $1.path } }

  /// Reads every `<profile>/<dataset>/<augmentation>/<arm>/seed<k>.h5` below `results`, where an arm may be several
  /// folders deep. Checkpoints, temporary and other files are passed over.
  /// - Throws: `ReportError` if a directory cannot be listed.
  public init(results: String, read: (String) throws -> RunRecord) throws {
    let paths = try Self.files(below: results)
    self.init(
      runs: paths.compactMap { path in
        guard let place = RunPlace(path: path) else { return nil }
        let full = results + "/" + path
        let outcome: RunOutcome
        do {
          outcome = Self.outcome(of: try read(full), at: place)
        } catch {
          // The reason names the file relative to RESULTS: tables are the same wherever that lies.
          let reason = "\(error)".replacing(full + ": ", with: "").replacing(results + "/", with: "")
          outcome = .unusable(reason: reason)
        }
        return CollectedRun(path: path, key: place.key, arm: place.arm, seed: place.seed, outcome: outcome)
      })
  }

  /// Decides what a record found at a place is worth.
  static func outcome(of record: RunRecord, at place: RunPlace) -> RunOutcome {
    let configuration = record.configuration
    let profiles =
      configuration.profile == place.key.profile || place.key.profile.hasPrefix(configuration.profile + "-")
    for (name, found, expected) in [
      ("profile", configuration.profile, profiles ? configuration.profile : place.key.profile),
      ("dataset", configuration.dataset, place.key.dataset),
      ("augmentation", configuration.augmentation.rawValue, place.key.augmentation),
      ("arm", configuration.arm, place.arm),
      ("seed", "\(configuration.seed)", "\(place.seed)"),
    ] where found != expected {
      return .unusable(reason: "holds \(name) \(found), its place says \(expected); move it back")
    }
    switch record.status {
    case .partial: return .partial(record)
    case .failed(let epoch, let step, let reason): return .failed(record, epoch: epoch, step: step, reason: reason)
    case .done: break
    }
    let expected = Array(configuration.epochs)
    guard record.epochs.map(\.epoch) == expected else {
      return .unusable(reason: "is marked done with \(record.epochs.count) of \(expected.count) epochs; run it again")
    }
    guard let last = record.epochs.last, let test = last.test else {
      return .unusable(reason: "holds no test score for its last epoch; run it again")
    }
    guard [test.error, test.loss, last.train.loss].allSatisfy(\.isFinite) else {
      return .unusable(reason: "holds a score that is not finite in its last epoch; run it again")
    }
    return .done(record)
  }

  /// All files below a folder, relative to it, sorted; folders behind symbolic links are left out.
  /// - Throws: `ReportError.unlistable`.
  static func files(below root: String) throws -> [String] {
    var found: [String] = []
    var pending = [""]
    while let folder = pending.popLast() {
      let names: [String]
      do {
        names = try FileManager.default.contentsOfDirectory(atPath: root + "/" + folder)
      } catch {
        throw ReportError.unlistable(folder.isEmpty ? root : root + "/" + folder)
      }
      for name in names where !name.hasPrefix(".") {
        let path = folder.isEmpty ? name : folder + "/" + name
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: root + "/" + path, isDirectory: &isFolder) else { continue }
        if !isFolder.boolValue {
          found.append(path)
        } else if (try? FileManager.default.destinationOfSymbolicLink(atPath: root + "/" + path)) == nil {
          pending.append(path)
        }
      }
    }
    return found.sorted()
  }
}

/// What the path of a run file says.
struct RunPlace: Equatable {
  var key: RowKey
  var arm: String
  var seed: Int

  /// Nil for anything but `<profile>/<dataset>/<augmentation>/<arm>/seed<k>.h5`.
  init?(path: String) {
    let parts = path.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard parts.count >= 5, let name = parts.last, name.hasPrefix("seed"), name.hasSuffix(".h5"),
      let seed = Int(name.dropFirst(4).dropLast(3)), name == "seed\(seed).h5"
    else { return nil }
    key = RowKey(profile: parts[0], dataset: parts[1], augmentation: parts[2])
    arm = parts[3..<parts.count - 1].joined(separator: "/")
    self.seed = seed
  }
}
