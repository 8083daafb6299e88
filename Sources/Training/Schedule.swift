// Learning rate as a function of the epoch; nothing else.

/// Step decay in pre-training, a constant rate in post-training (ALGORITHM: the rate falls by 0.2 at 30, 60, 80 and
/// 100 % of pre-training, whatever its length).
public struct LearningRateSchedule: Sendable, Hashable {
  /// Factor at each milestone.
  public static let decay = 0.2
  /// Milestones in percent of pre-training.
  public static let milestones = [30, 60, 80, 100]

  public let initial: Double
  public let preEpochs: Int
  public let postLearningRate: Double

  public init(initial: Double, preEpochs: Int, postLearningRate: Double) {
    self.initial = initial
    self.preEpochs = preEpochs
    self.postLearningRate = postLearningRate
  }

  /// Rate during an epoch, counted from 1.
  public func rate(epoch: Int) -> Double {
    guard epoch <= preEpochs else { return postLearningRate }
    let passed = Self.milestones.filter { (epoch - 1) * 100 >= $0 * preEpochs }.count
    return Self.rate(initial: initial, decays: passed)
  }

  /// The rate that pre-training's schedule arrives at: initial times 0.2^4.
  public static func final(initial: Double) -> Double { rate(initial: initial, decays: milestones.count) }

  private static func rate(initial: Double, decays: Int) -> Double {
    (0..<decays).reduce(initial) { rate, _ in rate * decay }
  }
}
