// The executor on oneDNN and OpenBLAS: plans networks per batch size, owns arenas and workspace. It knows no method, no
// schedule and no data set. Create and use it on one thread (each thread that executes primitives would get a team of
// OpenMP threads of its own).

import Foundation
import TensorCore

public final class CPUExecutor: Executor {
  public typealias Scalar = Float

  public let model: WideResNet
  private let context: OneDNNContext
  private let weights: ParameterVector
  private let gradient: ParameterVector
  private let momentum: ParameterVector
  /// Made when something is first saved: SGD and PoF of the classifier need none.
  private lazy var saved = ParameterVector(layout: weights.layout)
  private let statistics: ParameterVector
  private var batchesTracked: [Int64]
  /// Of each of them.
  private let normalizationStages: [ParameterStage]
  private let head: ClassifierHead
  private let capacity: Int
  private let features: AlignedBuffer<Float>
  private let featureGradient: AlignedBuffer<Float>
  private let classifier: (weight: ParameterTensor, bias: ParameterTensor)

  /// Takes the time of each operation while it is set; nothing else changes.
  public var profile: OperationProfile?

  private var plans: [PlanKey: NetworkPlan] = [:]
  private var workspace = Workspace(bytes: 0)
  private var batch: Batch?
  private var current: NetworkPlan?

  private struct PlanKey: Hashable {
    let kind: PlanKind
    let batch: Int
  }

  /// The current batch: memory of the caller's.
  private struct Batch {
    let images: UnsafePointer<Float>
    let labels: UnsafePointer<UInt8>
    let count: Int
  }

  /// The memory of activations and scratchpads; replaced by a larger one when a larger plan is made.
  private final class Workspace {
    let buffer: AlignedBuffer<UInt8>
    init(bytes: Int) { buffer = AlignedBuffer(count: bytes, zeroed: false) }
    var base: UnsafeMutableRawPointer { UnsafeMutableRawPointer(buffer.pointer) }
  }

  /// - Parameters:
  ///   - capacity: images of the largest batch that will be loaded.
  ///   - threads: size of the calling thread's OpenMP team; this thread must make all further calls.
  /// - Throws: `OneDNNError`.
  public init(model: WideResNet, capacity: Int, threads: Int) throws(OneDNNError) {
    self.model = model
    self.capacity = capacity
    OneDNN.useThreads(threads)
    BLASThreads.use(1)
    context = try OneDNNContext()
    let layout = model.parameterLayout
    let bytes = 3 * layout.count * MemoryLayout<Float>.stride
    guard bytes < ProcessInfo.processInfo.physicalMemory else {
      throw .outOfMemory("weights, gradient and momentum of WRN-\(model.depth)-\(model.width), \(bytes >> 20) MB")
    }
    weights = ParameterVector(layout: layout)
    gradient = ParameterVector(layout: layout)
    momentum = ParameterVector(layout: layout)
    statistics = ParameterVector(layout: model.statisticsLayout)
    normalizationStages = model.normalizations.map(\.stage)
    batchesTracked = .init(repeating: 0, count: normalizationStages.count)
    head = ClassifierHead(classes: model.classes, features: model.featureCount, capacity: capacity)
    features = AlignedBuffer(count: capacity * model.featureCount)
    featureGradient = AlignedBuffer(count: capacity * model.featureCount)
    classifier = (layout["classifiers.0.weight"], layout["classifiers.0.bias"])
  }

  // MARK: Host boundary

  public var state: NetworkState {
    get {
      NetworkState(parameters: weights.values, statistics: statistics.values, batchesTracked: batchesTracked)
    }
    set {
      weights.values = newValue.parameters
      statistics.values = newValue.statistics
      batchesTracked = newValue.batchesTracked
    }
  }

  public func values(of role: ArenaRole) -> [Float] { arena(role).values }
  public func setValues(_ values: [Float], of role: ArenaRole) { arena(role).values = values }

  /// Bytes of the activations' workspace as planned so far.
  public var workspaceBytes: Int { workspace.buffer.count }

  /// The kernels of a training step at a batch size, in order of execution: label and oneDNN's name of each.
  public func kernels(batch: Int) throws(OneDNNError) -> [(label: OperationLabel, implementation: String)] {
    let plan = try plan(.training, batch)
    return (plan.forward + plan.backward).map { ($0.operation.label, $0.operation.implementation) }
  }

  // MARK: Planning

  public func prepare(_ pass: ForwardPass, count: Int) throws(OneDNNError) { _ = try plan(PlanKind(pass), count) }

  private func plan(_ kind: PlanKind, _ count: Int) throws(OneDNNError) -> NetworkPlan {
    let key = PlanKey(kind: kind, batch: count)
    if let plan = plans[key] { return plan }
    precondition(count <= capacity, "batch exceeds the executor's capacity")
    let plan = try NetworkPlan(
      model, batch: count, kind: kind, context: context,
      buffers: PlanBuffers(
        weights: weights, gradient: gradient, statistics: statistics, features: features.pointer,
        featureGradient: featureGradient.pointer))
    guard plan.workspaceBytes < ProcessInfo.processInfo.physicalMemory else {
      throw OneDNNError.outOfMemory("a pass over \(count) images, which needs \(plan.workspaceBytes >> 20) MB")
    }
    plans[key] = plan
    if plan.workspaceBytes > workspace.buffer.count {
      // Activations of the pass before are gone with the smaller workspace.
      workspace = Workspace(bytes: plan.workspaceBytes)
      current = nil
    }
    return plan
  }

  // MARK: Passes

  public func load(images: UnsafePointer<Float>, labels: UnsafePointer<UInt8>, count: Int) {
    precondition(count > 0 && count <= capacity, "batch is empty or exceeds the executor's capacity")
    batch = Batch(images: images, labels: labels, count: count)
    current = nil
  }

  public func extractFeatures(_ pass: ForwardPass) {
    guard let batch else { preconditionFailure("load a batch first") }
    let plan: NetworkPlan
    do { plan = try self.plan(PlanKind(pass), batch.count) } catch {
      preconditionFailure("\(error)")
    }
    plan.bind(workspace: workspace.base, images: batch.images)
    plan.runForward(from: .group1, context, profile)
    let updated = pass.updatedLayers
    if updated != .nothing {
      profile.time(OperationLabel(.runningStatistics)) {
        plan.updateRunningStatistics(updated, workspace: workspace.base)
      }
      for i in batchesTracked.indices where updated.contains(normalizationStages[i]) { batchesTracked[i] += 1 }
    }
    loadHead(batch)
    current = plan
  }

  public func recomputeFeatures(from stage: ParameterStage) {
    guard let batch, let current, current.kind == .training else {
      preconditionFailure("features are recomputed after a pass that kept its activations")
    }
    current.runForward(from: stage, context, profile)
    loadHead(batch)
  }

  /// Hands features, labels and classifier over to the head.
  private func loadHead(_ batch: Batch) {
    profile.time(OperationLabel(.classifier)) {
      head.load(
        features: features.pointer, labels: batch.labels, count: batch.count,
        weight: weights.pointer(of: classifier.weight), bias: weights.pointer(of: classifier.bias))
    }
  }

  public var logits: [Double] { head.currentLogits }

  public func classify(alongDirection steps: UnsafeBufferPointer<Double>?) -> BatchLoss {
    var loss = BatchLoss(loss: 0, unperturbedLoss: 0, errors: 0)
    profile.time(OperationLabel(.classifier)) { loss = head.classify(steps) }
    return loss
  }

  public func backpropagate(_ selection: ParameterSelection) {
    guard let current, current.kind == .training else {
      preconditionFailure("backpropagate follows a pass that kept its activations")
    }
    profile.time(OperationLabel(.classifier)) {
      if selection.contains(.classifier) {
        head.backpropagateToClassifier(
          weight: gradient.pointer(of: classifier.weight), bias: gradient.pointer(of: classifier.bias))
      }
      if selection.lowest != .classifier { head.backpropagateToFeatures(featureGradient.pointer) }
    }
    current.runBackward(selection, context, profile)
  }

  // MARK: The classifier's line

  public func directClassifier() -> Double { head.direct() }
  public func redirectClassifier(along direction: UnsafeBufferPointer<Double>) { head.redirect(along: direction) }
  public func classifierLoss(at t: Double, images range: Range<Int>) -> Double { head.loss(at: t, images: range) }

  // MARK: Vector operations

  public func perturb(_ selection: ParameterSelection, from base: ArenaRole, by scale: Double) {
    profile.time(OperationLabel(.vectors)) {
      if base == .saved {
        weights.move(from: saved, by: scale, times: gradient, selection)
      } else {
        weights.add(scale, times: gradient, savingIn: saved, selection)
      }
    }
  }

  public func restore(_ selection: ParameterSelection) {
    profile.time(OperationLabel(.vectors)) { weights.copy(from: saved, selection) }
  }

  public func norm(of role: ArenaRole, _ selection: ParameterSelection) -> Double {
    var norm = 0.0
    profile.time(OperationLabel(.vectors)) { norm = arena(role).norm(selection) }
    return norm
  }

  public func stepSGD(
    _ selection: ParameterSelection, from base: ArenaRole, learningRate: Double, momentum: Double, weightDecay: Double
  ) {
    profile.time(OperationLabel(.vectors)) {
      weights.stepSGD(
        from: arena(base), gradient: gradient, momentum: arena(.momentum), selection, learningRate: learningRate,
        momentumFactor: momentum, weightDecay: weightDecay)
    }
  }

  private func arena(_ role: ArenaRole) -> ParameterVector {
    switch role {
    case .weights: weights
    case .gradient: gradient
    case .momentum: momentum
    case .saved: saved
    }
  }
}
