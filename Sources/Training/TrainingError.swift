/// Why training stopped before its end.
public enum TrainingError: Error, Equatable, CustomStringConvertible {
  /// A loss, a gradient norm or a weight is not finite. Epoch and step count from 1.
  case diverged(epoch: Int, step: Int, quantity: String)

  public var description: String {
    switch self {
    case .diverged(let epoch, let step, let quantity):
      "diverged in epoch \(epoch), step \(step): \(quantity) is not finite; try a smaller learning rate"
    }
  }
}
