// How far into an epoch training is: what the epoch's record needs of the steps done so far, so that a run that is
// stopped between two steps goes on with the next one. Network and momentum are TrainingState's.

import NeuralNetwork

/// Sums over the steps done of one epoch. Continued in the same order, they end in the same bits as without a stop.
public struct EpochProgress: Sendable, Equatable {
  /// The epoch under way, counted from 1 with pre-training included.
  public let epoch: Int
  /// Steps done of it; all of them where only the evaluation is left.
  public var steps = 0
  /// Sums over the images of these steps.
  public var losses = BatchLoss(loss: 0, unperturbedLoss: 0, errors: 0)
  public var gradientEvaluations = 0.0
  /// Sums over the line searches of these steps (PoF).
  public var perturbations = PerturbationSums()
  /// Wall-clock seconds of these steps.
  public var seconds = 0.0

  /// Before the epoch's first step.
  public init(epoch: Int) { self.epoch = epoch }
}
