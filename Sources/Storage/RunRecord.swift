// A run as a value: what its run file holds. Reporting is a pure function of these; RunFile reads and writes them.

import Training

/// How far a run got.
public enum RunStatus: Sendable, Equatable {
  /// Begun, not finished; a later start resumes it.
  case partial
  case done
  /// Diverged in that epoch and step (both from 1).
  case failed(epoch: Int, step: Int, reason: String)
}

/// The images that a run really used.
public struct DataDescription: Sendable, Equatable {
  /// Whether the files are the published ones, by their counts, whatever limits are used. False for synthetic images
  /// and for files that hold fewer or more.
  public var official: Bool
  /// Training and test images used, after limits.
  public var trainCount: Int
  public var testCount: Int
  /// SHA-256 of the pixels and labels used, in hexadecimal.
  public var digest: String

  public init(official: Bool, trainCount: Int, testCount: Int, digest: String) {
    self.official = official
    self.trainCount = trainCount
    self.testCount = testCount
    self.digest = digest
  }
}

/// How many images the files of a data set hold, whatever a run uses of them.
public struct ImageCounts: Sendable, Equatable {
  public var train: Int
  public var test: Int

  public init(train: Int, test: Int) {
    self.train = train
    self.test = test
  }
}

/// Everything that a run file holds.
public struct RunRecord: Sendable, Equatable {
  public var configuration: RunConfiguration
  public var data: DataDescription
  /// What the files hold that the images came from. Nil for synthetic images, and for runs of format versions before
  /// 1.3. No part of `data`: runs that used the same images are equal, however many more lay beside them.
  public var files: ImageCounts?
  public var status: RunStatus
  /// Finished epochs in order.
  public var epochs: [EpochRecord]
  /// Peak resident memory of the process, in bytes.
  public var peakMemory: Int
  public var provenance: Provenance

  public init(
    configuration: RunConfiguration, data: DataDescription, files: ImageCounts? = nil, status: RunStatus,
    epochs: [EpochRecord], peakMemory: Int, provenance: Provenance
  ) {
    self.configuration = configuration
    self.data = data
    self.files = files
    self.status = status
    self.epochs = epochs
    self.peakMemory = peakMemory
    self.provenance = provenance
  }
}
