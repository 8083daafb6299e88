// The naive twin of CPUExecutor: the same operations in Double, written for reading. It is the oracle of the tests and
// shows what another executor has to provide; nothing in the suite runs on it. Where the fast executor uses a closed
// form (the classifier's line), this one forms psi - t g and runs the classifier again.

import TensorCore

public final class ReferenceExecutor: Executor {
  public typealias Scalar = Double

  public let model: WideResNet
  private let layout: ParameterLayout
  private let statisticsLayout: ParameterLayout
  private var arenas: [ArenaRole: [Double]] = [:]
  /// Running statistics in the arena of the model's statistics layout, in Double.
  public private(set) var statistics: [Double]
  private var batchesTracked: [Int64]

  private var input = Maps(count: 0, channels: 0, size: 0)
  private var labels: [Int] = []
  private var pass: Pass?
  private var features: [Double] = []
  /// (softmax - onehot) / n of the batch as classified last, [n, K], and the classifier weight that each image saw.
  private var residual: [Double] = []
  private var weightSeen: [[Double]] = []
  private var direction: (weight: [Double], bias: [Double]) = ([], [])

  /// What a training pass keeps.
  private struct Pass {
    struct Block {
      let bn1: Naive.NormalizationContext
      let bn2: Naive.NormalizationContext
    }
    var blocks: [Block] = []
    var last: Naive.NormalizationContext?
  }

  public init(model: WideResNet) {
    self.model = model
    layout = model.parameterLayout
    statisticsLayout = model.statisticsLayout
    statistics = .init(repeating: 0, count: statisticsLayout.count)
    batchesTracked = .init(repeating: 0, count: model.normalizations.count)
    for role in ArenaRole.allCases { arenas[role] = .init(repeating: 0, count: layout.count) }
  }

  // MARK: Host boundary

  public var state: NetworkState {
    get {
      NetworkState(
        parameters: values(of: .weights).map(Float.init), statistics: statistics.map(Float.init),
        batchesTracked: batchesTracked)
    }
    set {
      setValues(newValue.parameters.map(Double.init), of: .weights)
      statistics = newValue.statistics.map(Double.init)
      batchesTracked = newValue.batchesTracked
    }
  }

  public func values(of role: ArenaRole) -> [Double] { arenas[role, default: []] }

  public func setValues(_ values: [Double], of role: ArenaRole) {
    precondition(values.count == layout.count, "values do not fit the layout")
    arenas[role] = values
  }

  // MARK: Passes

  /// Nothing needs preparing.
  public func prepare(_ pass: ForwardPass, count: Int) {}

  public func load(images: UnsafePointer<Float>, labels: UnsafePointer<UInt8>, count: Int) {
    let elements = count * model.channels * model.imageSize * model.imageSize
    input = Maps(
      count: count, channels: model.channels, size: model.imageSize,
      values: UnsafeBufferPointer(start: images, count: elements).map(Double.init))
    self.labels = UnsafeBufferPointer(start: labels, count: count).map(Int.init)
    pass = nil
  }

  public func extractFeatures(_ kind: ForwardPass) {
    let computed = forward(kind, from: .group1)
    for (i, layer) in model.normalizations.enumerated() where kind.updatedLayers.contains(layer.stage) {
      batchesTracked[i] += 1
    }
    if case .training = kind { pass = computed } else { pass = nil }
  }

  public func recomputeFeatures(from stage: ParameterStage) {
    precondition(pass != nil, "features are recomputed after a training pass")
    guard stage != .classifier else { return }
    pass = forward(.training(updatingRunning: .nothing), from: stage)
  }

  /// The features, computed from a stage on; below it the layers of `pass` stay as they are.
  private func forward(_ kind: ForwardPass, from stage: ParameterStage) -> Pass {
    func normalize(_ name: String, _ x: Maps, _ layers: ParameterStage) -> Naive.NormalizationContext {
      let running =
        kind == .evaluation
        ? (mean: statistic("\(name).running_mean"), variance: statistic("\(name).running_var")) : nil
      let context = Naive.normalization(
        x, scale: weight("\(name).weight"), shift: weight("\(name).bias"), running: running)
      if kind.updatedLayers.contains(layers) { update(name, context) }
      return context
    }
    var computed = Pass()
    var x = input
    if stage == .group1 {
      x = Naive.convolution(input, weight("conv1.weight"), output: WideResNet.stemChannels, kernel: 3, stride: 1)
    } else if let pass {
      let first = model.blocks.firstIndex { $0.stage == stage } ?? model.blocks.count
      computed.blocks = Array(pass.blocks[..<first])
      x = pass.blocks[first].bn1.input
    }
    for block in model.blocks where block.stage >= stage {
      let bn1 = normalize("\(block.name).bn1", x, block.stage)
      let c1 = Naive.convolution(
        bn1.output, weight("\(block.name).conv1.weight"), output: block.outputChannels, kernel: 3, stride: 1)
      let bn2 = normalize("\(block.name).bn2", c1, block.stage)
      let c2 = Naive.convolution(
        bn2.output, weight("\(block.name).conv2.weight"), output: block.outputChannels, kernel: 3, stride: block.stride)
      let shortcut =
        block.hasProjection
        ? Naive.convolution(
          x, weight("\(block.name).shortcut.0.weight"), output: block.outputChannels, kernel: 1, stride: block.stride)
        : x
      computed.blocks.append(Pass.Block(bn1: bn1, bn2: bn2))
      x = c2 + shortcut
    }
    let last = normalize("bn_out", x, .group3)
    computed.last = last
    features = Naive.averagePool(last.output)
    return computed
  }

  private func update(_ name: String, _ context: Naive.NormalizationContext) {
    let population = Double(context.input.count * context.input.size * context.input.size)
    let mean = statisticsLayout["\(name).running_mean"].range.lowerBound
    let variance = statisticsLayout["\(name).running_var"].range.lowerBound
    for c in context.mean.indices {
      let unbiased = context.variance[c] * population / max(population - 1, 1)
      statistics[mean + c] += BatchNorm.momentum * (context.mean[c] - statistics[mean + c])
      statistics[variance + c] += BatchNorm.momentum * (unbiased - statistics[variance + c])
    }
  }

  public var logits: [Double] {
    Naive.linear(features, weight("classifiers.0.weight"), weight("classifiers.0.bias"))
  }

  public func classify(alongDirection steps: UnsafeBufferPointer<Double>?) -> BatchLoss {
    var sums = BatchLoss(loss: 0, unperturbedLoss: 0, errors: 0)
    residual = []
    weightSeen = []
    for n in labels.indices {
      let psi = classifier(at: steps?[n] ?? 0)
      let logits = Naive.linear(feature(n), psi.weight, psi.bias)
      let (probabilities, loss) = Naive.softmax(logits[...], label: labels[n])
      sums.loss += loss
      let plain = Naive.linear(feature(n), classifier(at: 0).weight, classifier(at: 0).bias)
      sums.unperturbedLoss += Naive.softmax(plain[...], label: labels[n]).loss
      if logits.indices.max(by: { logits[$0] < logits[$1] }) != labels[n] { sums.errors += 1 }
      residual += probabilities.indices.map {
        (probabilities[$0] - ($0 == labels[n] ? 1 : 0)) / Double(labels.count)
      }
      weightSeen.append(psi.weight)
    }
    return sums
  }

  public func backpropagate(_ selection: ParameterSelection) {
    guard let pass, let last = pass.last else { preconditionFailure("backpropagate follows a training pass") }
    if selection.contains(.classifier) { setClassifierGradient() }
    let (classes, width) = (model.classes, model.featureCount)
    var featureGradient = [Double](repeating: 0, count: labels.count * width)
    for n in labels.indices {
      for k in 0..<classes {
        for d in 0..<width {
          featureGradient[n * width + d] += residual[n * classes + k] * weightSeen[n][k * width + d]
        }
      }
    }
    func normalizeBackward(_ name: String, _ context: Naive.NormalizationContext, _ gradient: Maps) -> Maps {
      let result = Naive.normalizationBackward(context, scale: weight("\(name).weight"), gradient: gradient)
      setGradient("\(name).weight", result.scale)
      setGradient("\(name).bias", result.shift)
      return result.input
    }
    func convolveBackward(_ name: String, _ x: Maps, _ gradient: Maps, kernel: Int, stride: Int) -> Maps {
      let result = Naive.convolutionBackward(x, weight(name), gradient: gradient, kernel: kernel, stride: stride)
      setGradient(name, result.weight)
      return result.input
    }
    var flowing = normalizeBackward(
      "bn_out", last,
      Naive.averagePoolBackward(
        featureGradient, count: labels.count, channels: width, size: model.pooledSize))
    for (spec, block) in zip(model.blocks, pass.blocks).reversed() {
      var inner = convolveBackward(
        "\(spec.name).conv2.weight", block.bn2.output, flowing, kernel: 3, stride: spec.stride)
      inner = normalizeBackward("\(spec.name).bn2", block.bn2, inner)
      inner = convolveBackward("\(spec.name).conv1.weight", block.bn1.output, inner, kernel: 3, stride: 1)
      inner = normalizeBackward("\(spec.name).bn1", block.bn1, inner)
      let shortcut =
        spec.hasProjection
        ? convolveBackward(
          "\(spec.name).shortcut.0.weight", block.bn1.input, flowing, kernel: 1, stride: spec.stride)
        : flowing
      flowing = inner + shortcut
    }
    _ = convolveBackward("conv1.weight", input, flowing, kernel: 3, stride: 1)
    // Nobody may rely on what was not asked for.
    for tensor in layout.tensors where !selection.contains(tensor.stage) {
      setGradient(tensor.name, .init(repeating: .nan, count: tensor.range.count))
    }
  }

  // MARK: The classifier's line

  public func directClassifier() -> Double {
    _ = classify(alongDirection: nil)
    let kept = arenas[.gradient]
    setClassifierGradient()
    direction = (
      gradientValues("classifiers.0.weight"), gradientValues("classifiers.0.bias")
    )
    arenas[.gradient] = kept
    return (direction.weight + direction.bias).reduce(0) { $0 + $1 * $1 }.squareRoot()
  }

  public func redirectClassifier(along other: UnsafeBufferPointer<Double>) {
    func norm(_ values: [Double]) -> Double { values.reduce(0) { $0 + $1 * $1 }.squareRoot() }
    let scale = norm(direction.weight + direction.bias) / norm(Array(other))
    direction = (
      other.prefix(direction.weight.count).map { scale * $0 },
      other.dropFirst(direction.weight.count).map { scale * $0 }
    )
  }

  public func classifierLoss(at t: Double, images range: Range<Int>) -> Double {
    let psi = classifier(at: t)
    let losses = range.map { n in
      Naive.softmax(Naive.linear(feature(n), psi.weight, psi.bias)[...], label: labels[n]).loss
    }
    return losses.reduce(0, +) / Double(range.count)
  }

  private func feature(_ n: Int) -> [Double] {
    Array(features[(n * model.featureCount)..<((n + 1) * model.featureCount)])
  }

  /// psi - t g.
  private func classifier(at t: Double) -> (weight: [Double], bias: [Double]) {
    let (w, b) = (weight("classifiers.0.weight"), weight("classifiers.0.bias"))
    guard t != 0 else { return (w, b) }
    return (zip(w, direction.weight).map { $0 - t * $1 }, zip(b, direction.bias).map { $0 - t * $1 })
  }

  /// residual^T z and the residual's column sums.
  private func setClassifierGradient() {
    let (classes, width) = (model.classes, model.featureCount)
    var (weightGradient, biasGradient) = (
      [Double](repeating: 0, count: classes * width), [Double](repeating: 0, count: classes)
    )
    for n in labels.indices {
      for k in 0..<classes {
        let r = residual[n * classes + k]
        biasGradient[k] += r
        for d in 0..<width { weightGradient[k * width + d] += r * features[n * width + d] }
      }
    }
    setGradient("classifiers.0.weight", weightGradient)
    setGradient("classifiers.0.bias", biasGradient)
  }

  // MARK: Vector operations

  public func perturb(_ selection: ParameterSelection, from base: ArenaRole, by scale: Double) {
    let range = layout.range(of: selection)
    let bases = values(of: base)
    arenas[.saved]?.replaceSubrange(range, with: bases[range])
    let gradients = values(of: .gradient)
    for i in range { arenas[.weights]?[i] = bases[i] + scale * gradients[i] }
  }

  public func restore(_ selection: ParameterSelection) {
    let range = layout.range(of: selection)
    let saved = values(of: .saved)
    arenas[.weights]?.replaceSubrange(range, with: saved[range])
  }

  public func norm(of role: ArenaRole, _ selection: ParameterSelection) -> Double {
    values(of: role)[layout.range(of: selection)].reduce(0) { $0 + $1 * $1 }.squareRoot()
  }

  public func stepSGD(
    _ selection: ParameterSelection, from base: ArenaRole, learningRate: Double, momentum: Double, weightDecay: Double
  ) {
    let bases = values(of: base)
    var (weights, velocities) = (values(of: .weights), values(of: .momentum))
    let gradients = values(of: .gradient)
    for i in layout.range(of: selection) {
      let decayed = gradients[i] + weightDecay * bases[i]
      velocities[i] = momentum * velocities[i] + decayed
      weights[i] = bases[i] - learningRate * (decayed + momentum * velocities[i])
    }
    setValues(weights, of: .weights)
    setValues(velocities, of: .momentum)
  }

  // MARK: Named tensors

  private func weight(_ name: String) -> [Double] { Array(values(of: .weights)[layout[name].range]) }
  private func gradientValues(_ name: String) -> [Double] { Array(values(of: .gradient)[layout[name].range]) }
  private func setGradient(_ name: String, _ values: [Double]) {
    arenas[.gradient]?.replaceSubrange(layout[name].range, with: values)
  }
  private func statistic(_ name: String) -> [Double] { Array(statistics[statisticsLayout[name].range]) }
}
