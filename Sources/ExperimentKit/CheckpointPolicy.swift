// After which epochs a run writes a checkpoint, and which of them outlive the next one. No part of a run's identity: it
// changes no number.

import Training

/// How often a run saves itself. A run that is told to stop always does.
public struct CheckpointPolicy: Sendable, Hashable {
  /// A checkpoint after every n-th epoch; 1 or more.
  public var every: Int
  /// Every n-th epoch's is kept; 0 keeps none of these.
  public var keepEvery: Int

  public init(every: Int = 1, keepEvery: Int = 0) {
    self.every = every
    self.keepEvery = keepEvery
  }

  /// The one before the end is kept as well: `verify --last-epoch` starts from it.
  func keeps(_ epoch: Int, of epochs: Range<Int>) -> Bool {
    epoch == epochs.upperBound - 2 || keepEvery > 0 && epoch % keepEvery == 0 && epoch < epochs.upperBound - 1
  }

  func saves(_ epoch: Int, of epochs: Range<Int>) -> Bool {
    epoch % every == 0 || epoch == epochs.upperBound - 1 || keeps(epoch, of: epochs)
  }
}
