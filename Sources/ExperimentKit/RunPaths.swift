// Where a run's files lie. Names only; nothing is created here.

import Foundation
import Training

/// `RESULTS/<profile>/<dataset>/<augmentation>/<arm>/seed<k>.*`.
public struct RunPaths: Sendable, Hashable {
  /// Folder of the arm's runs.
  public let folder: String
  public let runFile: String
  /// Always the last.
  public let checkpoint: String
  /// The run file of a pre-training that is repeated for its checkpoint, until it is done.
  let repetition: String
  /// Held while a process trains this run.
  public let lock: String

  /// `RESULTS/<profile>`, or `RESULTS/<profile>-<8 hex>` where settings differ from the profile's.
  public let profileFolder: String

  /// What the names of the run's files begin with, before a dot.
  let stem: String

  /// Paths of a configuration below a results folder.
  public init(results: String, configuration: RunConfiguration) {
    // Configurations are checked before: a profile without a value here could only come from a run file of elsewhere.
    let profile = Profile(rawValue: configuration.profile)?.folder(for: configuration) ?? configuration.profile
    let root = results.count > 1 && results.hasSuffix("/") ? String(results.dropLast()) : results
    let profileFolder = "\(root)/\(profile)"
    self.init(
      folder: "\(profileFolder)/\(configuration.dataset)/\(configuration.augmentation.rawValue)/\(configuration.arm)",
      profileFolder: profileFolder, stem: "seed\(configuration.seed)")
  }

  /// Paths beside a run file, wherever it lies and whatever it is called.
  init(beside runFile: String, seed: Int) {
    let folder = (runFile as NSString).deletingLastPathComponent
    self.init(folder: folder.isEmpty ? "." : folder, profileFolder: folder, stem: "seed\(seed)")
  }

  private init(folder: String, profileFolder: String, stem: String) {
    (self.folder, self.profileFolder, self.stem) = (folder, profileFolder, stem)
    runFile = "\(folder)/\(stem).h5"
    checkpoint = "\(folder)/\(stem).ckpt.h5"
    repetition = "\(folder)/\(stem).again.h5"
    lock = "\(folder)/\(stem).lock"
  }

  /// An earlier checkpoint that is kept.
  public func keptCheckpoint(epoch: Int) -> String { "\(folder)/\(stem).epoch\(epoch).ckpt.h5" }

  /// Epochs of the earlier checkpoints that are there, in order.
  func keptEpochs() -> [Int] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    let (prefix, suffix) = ("\(stem).epoch", ".ckpt.h5")
    return names.filter { $0.hasPrefix(prefix) && $0.hasSuffix(suffix) }
      .compactMap { Int($0.dropFirst(prefix.count).dropLast(suffix.count)) }
      .filter { FileManager.default.fileExists(atPath: keptCheckpoint(epoch: $0)) }.sorted()
  }

  /// Which settings differ from the profile's and which folders they lead to; nil when none do.
  func note(on configuration: RunConfiguration) -> String? {
    guard let profile = Profile(rawValue: configuration.profile) else { return nil }
    let overrides = profile.overrides(in: configuration)
    guard !overrides.isEmpty else { return nil }
    let shared = profile.folder(for: configuration.sharedPreTraining)
    let elsewhere = shared == profile.folder(for: configuration) ? "" : "; pre-training in \(shared)"
    return "other settings than the profile's (\(overrides.joined(separator: ", "))): \(profileFolder)\(elsewhere)"
  }
}
