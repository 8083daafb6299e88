// The augmentations by name. Augmenter applies them.

/// How images are augmented (paper section 5.1).
public enum Augmentation: String, Codable, Sendable, Hashable, CaseIterable {
  /// Zero padding of 4, random crop, horizontal flip with probability 1/2, normalisation.
  case basic
  /// `basic`, then one 16x16 square set to 0.
  case cutout
}
