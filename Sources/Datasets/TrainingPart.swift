// Which part of a data set's training images is used, by name. Readers act on it.

/// The part of a data set that is trained on.
public enum TrainingPart: String, Codable, Sendable, Hashable, CaseIterable {
  /// All of it; SVHN's `train` and `extra`, as in the paper.
  case all
  /// SVHN's `train` alone; the other data sets have no extra images.
  case withoutExtra = "without-extra"
}
