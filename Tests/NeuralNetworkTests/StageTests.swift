import TensorCore
import Testing

@testable import NeuralNetwork

/// Stages as ranges of arenas and as parts of passes: what a pass over a part computes is what a pass over the whole
/// does, bit for bit, and it computes no more than that.
@Suite(.serialized) struct StageTests {
  static let selections: [ParameterSelection] =
    [.nothing] + ParameterStage.allCases.flatMap { [.from($0), .below($0)] }
  static let stages = ParameterStage.allCases
  /// Without and with a projection in group 1; with one block and two in a stage.
  static let models = [
    ExecutorTests.small, try! WideResNet(depth: 16, width: 2, classes: 7, channels: 1, imageSize: 12),
  ]

  /// A tensor's stage by its name alone.
  static func stage(of name: String) -> ParameterStage? {
    let prefixes: [(String, ParameterStage)] = [
      ("conv1.", .group1), ("layer1.", .group1), ("layer2.", .group2), ("layer3.", .group3), ("bn_out.", .group3),
      ("classifiers.", .classifier),
    ]
    return prefixes.first { name.hasPrefix($0.0) }?.1
  }

  // MARK: Ranges

  @Test func tensorsKnowTheirStage() {
    for model in Self.models {
      for tensor in model.parameterLayout.tensors + model.statisticsLayout.tensors {
        #expect(tensor.stage == Self.stage(of: tensor.name), "\(tensor.name)")
        #expect((tensor.section == .classifier) == tensor.name.hasPrefix("classifiers."))
      }
    }
  }

  @Test func rangesAreTheTensorsOfTheirStages() {
    for model in Self.models {
      let layout = model.parameterLayout
      for selection in Self.selections {
        let range = layout.range(of: selection)
        #expect(range.lowerBound % ParameterLayout.alignment == 0 && range.upperBound % ParameterLayout.alignment == 0)
        for tensor in layout.tensors {
          let inside = range.contains(tensor.range.lowerBound)
          #expect(inside == selection.contains(tensor.stage), "\(tensor.name)")
          #expect(inside ? range.upperBound >= tensor.range.upperBound : !range.overlaps(tensor.range))
        }
      }
      #expect(layout.range(of: .everything) == 0..<layout.count)
      #expect(layout.range(of: .nothing).isEmpty)
      for stage in Self.stages {
        #expect(layout.range(of: .below(stage)).upperBound == layout.range(of: .from(stage)).lowerBound)
      }
    }
    #expect(ParameterSelection.extractor == .below(.classifier))
    #expect(ParameterSelection.classifier == .from(.classifier))
    #expect(ParameterSelection.nothing.lowest == nil)
    #expect(ParameterSelection.from(.group3).lowest == .group3)
    #expect(ParameterSelection.below(.group3).lowest == .group1)
  }

  // MARK: Backward

  /// Gradients of every selection after the arena was filled with NaN: those of the whole, bit for bit.
  static func gradients<E: Executor>(_ executor: E, _ batch: SyntheticBatch) -> [(ParameterSelection, [E.Scalar])] {
    executor.state = variedState(executor.model)
    batch.load(into: executor)
    return selections.map { selection in
      let count = executor.values(of: .gradient).count
      executor.setValues(.init(repeating: .nan, count: count), of: .gradient)
      executor.extractFeatures(.training(updatingRunning: .nothing))
      _ = executor.classify(alongDirection: nil)
      executor.backpropagate(selection)
      return (selection, executor.values(of: .gradient))
    }
  }

  static func check<Scalar: BinaryFloatingPoint>(_ found: [(ParameterSelection, [Scalar])], _ model: WideResNet) throws
  {
    let whole = try #require(found.first { $0.0 == .everything }?.1)
    for (selection, gradient) in found {
      for tensor in model.parameterLayout.tensors where selection.contains(tensor.stage) {
        #expect(gradient[tensor.range] == whole[tensor.range], "\(tensor.name) of \(selection)")
        #expect(gradient[tensor.range].contains { $0 != 0 }, "\(tensor.name)")
      }
    }
  }

  @Test(arguments: [0, 1]) func gradientsOfAPartAreThoseOfTheWhole(index: Int) throws {
    let model = Self.models[index]
    let batch = SyntheticBatch(model, count: 5)
    let fast = try ComputeThread.shared.perform {
      Self.gradients(try CPUExecutor(model: model, capacity: 5, threads: 2), batch)
    }
    try Self.check(fast, model)
    try Self.check(Self.gradients(ReferenceExecutor(model: model), batch), model)
  }

  /// Kernels for the gradients of weights run in the selected stages alone, those of activations down to the lowest one
  /// and not out of it.
  @Test(arguments: selections) func noKernelRunsInVain(selection: ParameterSelection) throws {
    let model = Self.models[1]
    let labels = try ComputeThread.shared.perform {
      let executor = try CPUExecutor(model: model, capacity: 2, threads: 1)
      executor.state = variedState(model)
      SyntheticBatch(model, count: 2).load(into: executor)
      executor.extractFeatures(.training(updatingRunning: .nothing))
      _ = executor.classify(alongDirection: nil)
      let profile = OperationProfile()
      executor.profile = profile
      executor.backpropagate(selection)
      return profile.entries.map(\.label)
    }
    func layers(_ work: OperationLabel.Work) -> Set<String> { Set(labels.filter { $0.work == work }.map(\.layer)) }
    let convolutions = model.parameterLayout.tensors.filter { $0.shape.count == 4 }
    func names(_ isWanted: (ParameterTensor) -> Bool) -> Set<String> {
      Set(convolutions.filter(isWanted).map { String($0.name.dropLast(".weight".count)) })
    }
    #expect(layers(.convolutionWeightGradient) == names { selection.contains($0.stage) })
    guard let lowest = selection.lowest else { return #expect(labels.map(\.work) == [.classifier]) }
    let flows = names { tensor in
      let leaves = tensor.stage == lowest && lowest != .group1 && tensor.name.contains("num_0.shortcut")
      return tensor.stage >= lowest && tensor.name != "conv1.weight" && !leaves
    }
    #expect(layers(.convolutionInputGradient) == flows)
    let normalizations = model.normalizations.filter { $0.stage >= lowest }.map(\.name)
    #expect(layers(.normalizationGradient) == Set(normalizations))
  }

  // MARK: Forward

  /// Logits, losses and gradient of a pass.
  struct Result<Scalar: Equatable>: Equatable {
    let logits: [Double]
    let loss: BatchLoss
    let gradient: [Scalar]

    init<E: Executor>(_ executor: E) where E.Scalar == Scalar {
      logits = executor.logits
      loss = executor.classify(alongDirection: nil)
      executor.backpropagate(.everything)
      gradient = executor.values(of: .gradient)
    }
  }

  /// Recomputing from each stage on, with equal weights and with others from that stage on.
  static func recompute<E: Executor>(_ executor: E) {
    let model = executor.model
    let (first, second) = (variedState(model), variedState(model, seed: 11))
    executor.state = first
    let batch = SyntheticBatch(model, count: 4)
    func whole() -> Result<E.Scalar> {
      batch.load(into: executor)
      executor.extractFeatures(.training(updatingRunning: .nothing))
      return Result(executor)
    }
    let plain = whole()
    for stage in stages {
      // After a backward pass, twice in a row.
      for _ in 0..<2 {
        executor.recomputeFeatures(from: stage)
        #expect(Result(executor) == plain, "from \(stage)")
      }
      var mixed = first
      let range = model.parameterLayout.range(of: .from(stage))
      mixed.parameters.replaceSubrange(range, with: second.parameters[range])
      executor.state = mixed
      executor.recomputeFeatures(from: stage)
      let recomputed = Result(executor)
      #expect(executor.state.statistics == mixed.statistics)
      #expect(executor.state.batchesTracked == mixed.batchesTracked)
      #expect(recomputed == whole(), "from \(stage)")
      #expect(recomputed != plain)
      // And back, on what the pass before left.
      executor.state = first
      executor.recomputeFeatures(from: stage)
      #expect(Result(executor) == plain, "back from \(stage)")
    }
  }

  @Test(arguments: [0, 1]) func recomputingEqualsAWholePass(index: Int) throws {
    let model = Self.models[index]
    try ComputeThread.shared.perform { Self.recompute(try CPUExecutor(model: model, capacity: 4, threads: 2)) }
    if index == 0 { Self.recompute(ReferenceExecutor(model: model)) }
  }

  /// From a stage on means just that.
  @Test(arguments: stages) func recomputingRunsTheUpperPartAlone(stage: ParameterStage) throws {
    let model = Self.models[1]
    let (whole, part) = try ComputeThread.shared.perform {
      let executor = try CPUExecutor(model: model, capacity: 2, threads: 1)
      executor.state = variedState(model)
      SyntheticBatch(model, count: 2).load(into: executor)
      func labels(_ pass: () -> Void) -> [OperationLabel] {
        let profile = OperationProfile()
        executor.profile = profile
        pass()
        return profile.entries.map(\.label)
      }
      return (
        labels { executor.extractFeatures(.training(updatingRunning: .nothing)) },
        labels { executor.recomputeFeatures(from: stage) }
      )
    }
    // The average pool belongs to no named layer.
    let expected = whole.filter { label in
      label.work == .classifier || (label.work == .pool && stage != .classifier)
        || Self.stage(of: label.layer + ".").map { $0 >= stage } ?? false
    }
    #expect(part == expected)
  }

  // MARK: Running statistics

  static func statistics<E: Executor>(_ executor: E, _ read: (E) -> [Double]) {
    let model = executor.model
    let layout = model.statisticsLayout
    let batch = SyntheticBatch(model, count: 4)
    func after(_ pass: ForwardPass) -> (values: [Double], tracked: [Int64]) {
      executor.state = variedState(model)
      batch.load(into: executor)
      executor.extractFeatures(pass)
      return (read(executor), executor.state.batchesTracked)
    }
    let before = after(.evaluation).values
    for selection in selections {
      for pass in [ForwardPass.training(updatingRunning: selection), .features(updatingRunning: selection)] {
        let (found, all) = (after(pass), after(.training(updatingRunning: .everything)))
        for tensor in layout.tensors {
          let expected = selection.contains(tensor.stage) ? all.values : before
          #expect(found.values[tensor.range] == expected[tensor.range], "\(tensor.name) of \(pass)")
          #expect(all.values[tensor.range] != before[tensor.range])
        }
        #expect(found.tracked == model.normalizations.map { selection.contains($0.stage) ? 1 : 0 })
      }
    }
  }

  @Test func onlySelectedLayersUpdateTheirStatistics() throws {
    let model = Self.models[0]
    try ComputeThread.shared.perform {
      Self.statistics(try CPUExecutor(model: model, capacity: 4, threads: 2)) { $0.state.statistics.map(Double.init) }
    }
    Self.statistics(ReferenceExecutor(model: model)) { $0.statistics }
  }

  // MARK: Perturbing

  /// Perturbed twice from what was saved first, and restored: bit patterns, negative zeros among them.
  @Test(arguments: selections) func restoringIsBitwise(selection: ParameterSelection) throws {
    let model = Self.models[0]
    let layout = model.parameterLayout
    var weights = variedState(model).parameters
    for tensor in layout.tensors { weights[tensor.range.lowerBound] = -0.0 }
    let gradient = variedState(model, seed: 8).parameters
    let (once, twice, restored) = try ComputeThread.shared.perform {
      let executor = try CPUExecutor(model: model, capacity: 1, threads: 1)
      executor.setValues(weights, of: .weights)
      executor.setValues(gradient, of: .gradient)
      executor.perturb(selection, from: .weights, by: -0.5)
      let once = executor.values(of: .weights)
      executor.perturb(selection, from: .saved, by: 2)
      let twice = executor.values(of: .weights)
      executor.restore(selection)
      return (once, twice, executor.values(of: .weights))
    }
    #expect(restored.map(\.bitPattern) == weights.map(\.bitPattern))
    for tensor in layout.tensors {
      for i in tensor.range {
        let (first, second) =
          selection.contains(tensor.stage)
          ? (weights[i] - 0.5 * gradient[i], weights[i] + 2 * gradient[i]) : (weights[i], weights[i])
        guard once[i] == first, twice[i] == second else {
          Issue.record("\(tensor.name)[\(i)]")
          return
        }
      }
    }
  }

  /// A redirected line is the classifier minus t r ||g|| / ||r||, whatever the length of r.
  @Test func redirectedLineHasTheGradientsNorm() throws {
    let model = Self.models[0]
    let executor = ReferenceExecutor(model: model)
    executor.state = variedState(model)
    let batch = SyntheticBatch(model, count: 6)
    let layout = model.parameterLayout
    let (weight, bias) = (layout["classifiers.0.weight"], layout["classifiers.0.bias"])
    let stream = RandomStream(seed: 4, purpose: .randomDirection)
    let direction = (0..<(weight.range.count + bias.range.count)).map { 5 * stream.normals(index: $0).0 }
    let length = direction.reduce(0) { $0 + $1 * $1 }.squareRoot()

    func prepared(_ executor: some Executor) -> Double {
      executor.state = variedState(model)
      batch.load(into: executor)
      executor.extractFeatures(.features(updatingRunning: .nothing))
      return executor.directClassifier()
    }
    func redirected(_ executor: some Executor) -> [Double] {
      direction.withUnsafeBufferPointer { executor.redirectClassifier(along: $0) }
      let alone = executor.classifierLoss(at: 0.7, images: 0..<6)
      let together = [Double](repeating: 0.7, count: 6).withUnsafeBufferPointer {
        executor.classify(alongDirection: $0)
      }
      return [alone, together.loss / 6]
    }
    let norm = prepared(executor)
    let along = executor.classifierLoss(at: 0.7, images: 0..<6)
    let naive = redirected(executor)
    let fast = try ComputeThread.shared.perform {
      let executor = try CPUExecutor(model: model, capacity: 6, threads: 1)
      _ = prepared(executor)
      return redirected(executor)
    }
    var moved = executor.values(of: .weights)
    for (i, element) in (Array(weight.range) + Array(bias.range)).enumerated() {
      moved[element] -= 0.7 * norm / length * direction[i]
    }
    executor.setValues(moved, of: .weights)
    let explicit = executor.classify(alongDirection: nil).loss / 6
    #expect(naive.allSatisfy { abs($0 - explicit) <= 1e-12 })
    #expect(fast.allSatisfy { abs($0 - explicit) <= 1e-5 })
    #expect(abs(along - explicit) > 1e-3)
  }

  // MARK: Cost

  /// WRN-10-1 on 32 x 32 x 3, by hand: stem and group 1, group 2, group 3, classifier.
  @Test func multiplyAddsByStage() throws {
    let model = try WideResNet(depth: 10, width: 1, classes: 10, channels: 3, imageSize: 32)
    let counts = [
      27 * 16 * 1024 + 2 * 9 * 16 * 16 * 1024, 9 * 16 * 32 * 1024 + 9 * 32 * 32 * 256 + 16 * 32 * 256,
      9 * 32 * 64 * 256 + 9 * 64 * 64 * 64 + 32 * 64 * 64, 640,
    ]
    let total = counts.reduce(0, +)
    #expect(model.forwardMultiplyAdds == total)
    for (index, stage) in Self.stages.enumerated() {
      #expect(model.forwardMultiplyAdds(of: .below(stage)) == counts[..<index].reduce(0, +))
      #expect(model.forwardMultiplyAdds(of: .from(stage)) == counts[index...].reduce(0, +))
    }
    func share(_ range: Range<Int>) -> Double { Double(counts[range].reduce(0, +)) / Double(3 * total) }
    func expect(_ found: Double, _ expected: Double) { #expect(abs(found - expected) <= 1e-15) }
    expect(model.forwardCost(of: .everything), 1.0 / 3)
    expect(model.forwardCost(of: .from(.group3)), share(2..<4))
    expect(model.backwardCost(of: .everything), 2.0 / 3)
    // Down to the lowest stage, weights of the selection alone.
    expect(model.backwardCost(of: .from(.group3)), 2 * share(2..<4))
    expect(model.backwardCost(of: .below(.group3)), 1.0 / 3 + share(0..<2))
    #expect(model.backwardCost(of: .nothing) == 0)
  }
}
