import NeuralNetwork
import TensorCore

/// The naive executor, with a log of the passes that were asked of it.
final class LoggedExecutor: Executor {
  enum Call: Equatable {
    case load(Int)
    case forward(ForwardPass)
    case recompute(ParameterStage)
    case backward(ParameterSelection)
    case classifierLoss(t: Double)
    case direct, redirect
  }

  typealias Scalar = Double
  private let executor: ReferenceExecutor
  var calls: [Call] = []

  init(_ model: WideResNet) { executor = ReferenceExecutor(model: model) }

  /// Cost of the passes so far, in gradients of an image, from the multiply-adds of single stages.
  var imageGradients: Double {
    var (cost, images) = (0.0, 0.0)
    let total = Double(model.forwardMultiplyAdds)
    func share(_ isCounted: (ParameterStage) -> Bool) -> Double {
      ParameterStage.allCases.filter(isCounted).reduce(0) { sum, stage in
        let upTo = ParameterStage(rawValue: stage.rawValue + 1).map { model.forwardMultiplyAdds(of: .below($0)) }
        return sum + Double((upTo ?? model.forwardMultiplyAdds) - model.forwardMultiplyAdds(of: .below(stage))) / total
      }
    }
    for call in calls {
      switch call {
      case .load(let count): images = Double(count)
      case .forward: cost += images / 3
      case .recompute(let stage): cost += images / 3 * share { $0 >= stage }
      case .backward(let selection):
        let lowest = ParameterStage.allCases.first { selection.contains($0) }
        cost += images / 3 * share { stage in lowest.map { stage >= $0 } ?? false }
        cost += images / 3 * share { selection.contains($0) }
      case .classifierLoss, .direct, .redirect: break
      }
    }
    return cost
  }

  var model: WideResNet { executor.model }
  var state: NetworkState {
    get { executor.state }
    set { executor.state = newValue }
  }
  func values(of role: ArenaRole) -> [Double] { executor.values(of: role) }
  func setValues(_ values: [Double], of role: ArenaRole) { executor.setValues(values, of: role) }
  func prepare(_ pass: ForwardPass, count: Int) {}

  func load(images: UnsafePointer<Float>, labels: UnsafePointer<UInt8>, count: Int) {
    calls.append(.load(count))
    executor.load(images: images, labels: labels, count: count)
  }
  func extractFeatures(_ pass: ForwardPass) {
    calls.append(.forward(pass))
    executor.extractFeatures(pass)
  }
  func recomputeFeatures(from stage: ParameterStage) {
    calls.append(.recompute(stage))
    executor.recomputeFeatures(from: stage)
  }
  var logits: [Double] { executor.logits }
  func classify(alongDirection steps: UnsafeBufferPointer<Double>?) -> BatchLoss {
    executor.classify(alongDirection: steps)
  }
  func backpropagate(_ selection: ParameterSelection) {
    calls.append(.backward(selection))
    executor.backpropagate(selection)
  }
  func directClassifier() -> Double {
    calls.append(.direct)
    return executor.directClassifier()
  }
  func redirectClassifier(along direction: UnsafeBufferPointer<Double>) {
    calls.append(.redirect)
    executor.redirectClassifier(along: direction)
  }
  func classifierLoss(at t: Double, images range: Range<Int>) -> Double {
    calls.append(.classifierLoss(t: t))
    return executor.classifierLoss(at: t, images: range)
  }
  func perturb(_ selection: ParameterSelection, from base: ArenaRole, by scale: Double) {
    executor.perturb(selection, from: base, by: scale)
  }
  func restore(_ selection: ParameterSelection) { executor.restore(selection) }
  func norm(of role: ArenaRole, _ selection: ParameterSelection) -> Double { executor.norm(of: role, selection) }
  func stepSGD(
    _ selection: ParameterSelection, from base: ArenaRole, learningRate: Double, momentum: Double, weightDecay: Double
  ) {
    executor.stepSGD(
      selection, from: base, learningRate: learningRate, momentum: momentum, weightDecay: weightDecay)
  }
}
