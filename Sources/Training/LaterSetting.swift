// Settings that came after the first runs: a configuration's text leaves them out at their default, so that runs made
// before a setting existed keep their identity.

import Datasets

/// A setting that came after the first runs: left out of a configuration's text at its default.
public protocol LaterSetting: Codable, RawRepresentable, Equatable where RawValue == String {
  static var unstated: Self { get }
}

extension TrainingPart: LaterSetting { public static var unstated: Self { .all } }
extension PerturbedLayers: LaterSetting { public static var unstated: Self { .classifier } }
extension PerturbationDirection: LaterSetting { public static var unstated: Self { .weakGradient } }
extension PerturbationStep: LaterSetting { public static var unstated: Self { .lineSearch } }
extension PostTesting: LaterSetting { public static var unstated: Self { .everyEpoch } }

extension LaterSetting {
  /// Whether a configuration's text leaves it out.
  public var isUnstated: Bool { self == Self.unstated }
}

extension KeyedDecodingContainer {
  /// What RunConfiguration's synthesised decoding calls for these settings: an absent key is the default.
  func decode<Setting: LaterSetting>(_ type: Setting.Type, forKey key: Key) throws -> Setting {
    try decodeIfPresent(type, forKey: key) ?? Setting.unstated
  }
}
