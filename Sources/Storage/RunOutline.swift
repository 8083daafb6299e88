// How far a run is, without its results: a tenth of what a run file holds, for whoever looks at a thousand of them.

import Training

/// Whose a run file is, its status, and the times of its epochs.
public struct RunOutline: Sendable, Equatable {
  public struct Epoch: Sendable, Equatable {
    /// As in `EpochRecord`.
    public var epoch: Int
    public var seconds: Double
  }

  /// Of the run's configuration (`RunConfiguration.digest`).
  public var digest: String
  public var status: RunStatus
  /// Finished epochs in order; none of a run that has ended.
  public var epochs: [Epoch]

  public init(_ record: RunRecord) {
    digest = record.configuration.digest
    status = record.status
    epochs = record.status == .partial ? record.epochs.map { Epoch(epoch: $0.epoch, seconds: $0.seconds) } : []
  }

  init(digest: String, status: RunStatus, epochs: [Epoch]) {
    (self.digest, self.status, self.epochs) = (digest, status, epochs)
  }
}

extension RunFile {
  /// Reads how far a run is. Structure and configuration are checked, results are neither read nor held against their
  /// digest: `read` may refuse a file that is called done here.
  /// - Throws: `StorageError`.
  public static func readOutline(_ path: String) throws -> RunOutline {
    try HDF5File.open(path) { root in
      try FileFormat.run.check(root)
      var outline = RunOutline(
        digest: try root.group("config").configurationJSON("json", digest: "digest").digest,
        status: try status(root), epochs: [])
      let timing = try root.group("timing")
      guard outline.status == .partial, try timing.contains("epoch") else { return outline }
      let seconds = Column<Double>("seconds", "s", "", \.self)
      outline.epochs = try rows(timing, [seconds], 0).map { RunOutline.Epoch(epoch: $0.epoch, seconds: $0.row) }
      return outline
    }
  }
}
