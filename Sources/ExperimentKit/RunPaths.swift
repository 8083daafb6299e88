// Where a run's files lie. Names only; nothing is created here.

import Training

/// `RESULTS/<profile>/<dataset>/<augmentation>/<arm>/seed<k>.*`.
public struct RunPaths: Sendable, Hashable {
  /// Folder of the arm's runs.
  public let folder: String
  public let runFile: String
  public let checkpoint: String
  /// The run file of a pre-training that is repeated for its checkpoint, until it is done.
  let repetition: String
  /// Held while a process trains this run.
  public let lock: String

  /// `RESULTS/<profile>`, or `RESULTS/<profile>-<8 hex>` where settings differ from the profile's.
  public let profileFolder: String

  /// Paths of a configuration below a results folder.
  public init(results: String, configuration: RunConfiguration) {
    // Configurations are checked before: a profile without a value here could only come from a run file of elsewhere.
    let profile = Profile(rawValue: configuration.profile)?.folder(for: configuration) ?? configuration.profile
    let root = results.count > 1 && results.hasSuffix("/") ? String(results.dropLast()) : results
    profileFolder = "\(root)/\(profile)"
    folder = "\(profileFolder)/\(configuration.dataset)/\(configuration.augmentation.rawValue)/\(configuration.arm)"
    runFile = "\(folder)/seed\(configuration.seed).h5"
    checkpoint = "\(folder)/seed\(configuration.seed).ckpt.h5"
    repetition = "\(folder)/seed\(configuration.seed).again.h5"
    lock = "\(folder)/seed\(configuration.seed).lock"
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
