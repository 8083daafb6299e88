// Times whole training steps on made-up images: SGD, SAM and PoF take turns, so that a slow moment of the machine hits
// all of them.

import Datasets
import ExperimentKit
import NeuralNetwork
import TensorCore
import Training

struct StepBenchmark {
  let model: WideResNet
  let batch: Int
  let threads: Int
  /// As the paper ran PoF, or one per image where the batch is smaller.
  var groups: Int { min(16, batch) }

  init(_ model: WideResNet, batch: Int, threads: Int) {
    self.model = model
    self.batch = batch
    self.threads = threads
  }

  /// On the compute thread.
  func run(rounds: Int, soakSteps: Int) throws -> StepReport {
    let clock = ContinuousClock()
    let begin = clock.now
    let executor = try CPUExecutor(model: model, capacity: batch, threads: threads)
    executor.state = model.initialState(seed: 1)
    let pof = Perturbation.classifierDescent(
      range: 2, groups: groups, search: LineSearch(limit: 10_000, atLimit: .reject), weakBatchSize: batch,
      weakStatistics: true)
    func step(_ perturbation: Perturbation, _ stepped: ParameterSelection) -> TrainingStep<CPUExecutor> {
      TrainingStep(
        TrainingMethod(perturbation: perturbation, stepped: stepped), executor: executor, momentum: 0.9,
        weightDecay: 5e-4, capacity: batch)
    }
    let steps = [step(.none, .everything), step(.ascent(rho: 0.05), .everything), step(pof, .extractor)]
    let images = makeBatch(seed: 1)
    let weak = makeBatch(seed: 2)
    let uniform = RandomStream(seed: 1, purpose: .perturbation)
    var times = [[Double]](repeating: [], count: steps.count)
    var firstStep = 0.0
    for round in 0...rounds {
      for (index, step) in steps.enumerated() {
        let time = clock.measure {
          // A rate this small leaves the network where it is, so that every round times the same numbers.
          _ = step(images, weak: weak, learningRate: 1e-6) { uniform.uniform(index: $0) }
        }
        // Round 0 plans and warms up.
        if round > 0 { times[index].append(time.milliseconds) }
        if round == 0 && index == 0 { firstStep = (clock.now - begin).milliseconds }
      }
    }
    var evaluations: [Double] = []
    for round in 0...rounds {
      let time = clock.measure {
        executor.load(images)
        executor.extractFeatures(.evaluation)
        _ = executor.classify(alongDirection: nil)
      }
      if round > 0 { evaluations.append(time.milliseconds) }
    }
    // After the rounds everything is planned: from here on memory should not grow.
    let residentBefore = Machine.residentMemory
    for index in 0..<soakSteps {
      for step in steps { _ = step(images, weak: weak, learningRate: 1e-6) { uniform.uniform(index: index + $0) } }
    }
    let growth = Machine.residentMemory - residentBefore
    let winograd = try executor.kernels(batch: batch).filter { $0.implementation.contains("wino") }.count
    let floor = try KernelFloor(model, batch: batch, threads: threads).total
    return StepReport(
      model: model, batch: batch, threads: threads, groups: groups, rounds: rounds, sgd: Self.median(times[0]),
      sam: Self.median(times[1]), pof: Self.median(times[2]), evaluation: Self.median(evaluations), floor: floor,
      firstStep: firstStep, soakSteps: soakSteps, soakGrowthBytes: growth, winogradKernels: winograd,
      workspaceBytes: executor.workspaceBytes,
      peakMemoryBytes: Machine.peakMemory)
  }

  func makeBatch(seed: UInt64) -> ImageBatch {
    let stream = RandomStream(seed: seed, purpose: .syntheticData)
    let made = ImageBatch(capacity: batch, channels: model.channels, size: model.imageSize)
    made.set(
      images: (0..<(batch * made.imageElements)).map { Float(stream.normals(index: $0).0) },
      labels: (0..<batch).map { UInt8(stream.integer(below: model.classes, epoch: 1, index: $0)) })
    return made
  }

  static func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  }
}

extension Duration {
  var milliseconds: Double { Double(components.seconds) * 1e3 + Double(components.attoseconds) * 1e-15 }
}
