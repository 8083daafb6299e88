// Times whole training steps on made-up images: SGD, SAM and PoF take turns, so that a slow moment of the machine hits
// all of them.

import Datasets
import ExperimentKit
import NeuralNetwork

struct StepBenchmark {
  let model: WideResNet
  let batch: Int
  let threads: Int

  init(_ model: WideResNet, batch: Int, threads: Int) {
    self.model = model
    self.batch = batch
    self.threads = threads
  }

  /// On the compute thread.
  func run(rounds: Int, soakSteps: Int) throws -> StepReport {
    let clock = ContinuousClock()
    let begin = clock.now
    let network = try PreparedNetwork(model, batch: batch, threads: threads)
    let executor = network.executor
    try executor.prepare(.training(updatingRunning: .everything), count: batch)
    let setUp = (clock.now - begin).milliseconds
    let steps: [TimedOperation] = [.sgd, .sam, .pof]
    var times = [[Double]](repeating: [], count: steps.count)
    let firstStep = clock.measure { network.perform(.sgd) }.milliseconds
    for round in 0...rounds {
      for (index, step) in steps.enumerated() {
        let time = clock.measure { network.perform(step) }
        // Round 0 plans and warms up.
        if round > 0 { times[index].append(time.milliseconds) }
      }
    }
    var evaluations: [Double] = []
    for round in 0...rounds {
      let time = clock.measure { network.perform(.evaluation) }
      if round > 0 { evaluations.append(time.milliseconds) }
    }
    let growth = growth(over: soakSteps) { index in
      for step in steps { network.perform(step, index: index) }
    }
    let kernels = try executor.kernels(batch: batch).reduce(into: [:]) { $0[$1.implementation, default: 0] += 1 }
    let floor = try KernelFloor(model, batch: batch, threads: threads)
    return StepReport(
      model: model, batch: batch, threads: threads, groups: network.groups, rounds: rounds, sgd: Self.median(times[0]),
      sam: Self.median(times[1]), pof: Self.median(times[2]), evaluation: Self.median(evaluations), floor: floor.total,
      setUp: setUp, firstStep: firstStep, augmentation: augmentation(), soakSteps: soakSteps,
      soakGrowthBytes: growth, kernels: kernels,
      workspaceBytes: executor.workspaceBytes,
      peakMemoryBytes: Machine.peakMemory)
  }

  /// Parts of a soak whose growth is looked at on its own.
  private static let soakParts = 10

  /// Bytes by which resident memory grows over `count` steps, once everything is planned: the median part's growth, for
  /// all parts. A leak grows in every part; the system's own jumps (it merges pages of 4 KiB into pages of 2 MiB when it
  /// finds time) fall into one or two and would hide it or look like it.
  private func growth(over count: Int, _ step: (Int) -> Void) -> Int {
    var resident = [Double(Machine.residentMemory)]
    for part in 0..<Self.soakParts {
      for index in (part * count / Self.soakParts)..<((part + 1) * count / Self.soakParts) { step(index) }
      resident.append(Double(Machine.residentMemory))
    }
    return Int(Self.median(zip(resident.dropFirst(), resident).map(-))) * Self.soakParts
  }

  /// Milliseconds of filling a batch, the median of several.
  private func augmentation() -> Double {
    let count = max(batch, 1000)
    let pixels = (0..<(count * model.channels * model.imageSize * model.imageSize)).map {
      UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 7)
    }
    let set = ImageSet(
      pixels: pixels, labels: .init(repeating: 0, count: count), channels: model.channels, size: model.imageSize,
      classes: model.classes)
    let source = BatchSource(
      set,
      normalization: Normalization(
        mean: .init(repeating: 0.5, count: model.channels), deviation: .init(repeating: 0.25, count: model.channels)),
      augmentation: .basic, seed: 1)
    let target = ImageBatch(capacity: batch, channels: model.channels, size: model.imageSize)
    let order = source.order(epoch: 1)
    let clock = ContinuousClock()
    return Self.median(
      (1...9).map { epoch in
        clock.measure { source.fillTraining(target, order: order, range: 0..<batch, epoch: epoch) }.milliseconds
      })
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
