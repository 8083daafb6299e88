// Times whole training steps on made-up images: SGD, SAM and PoF take turns, so that a slow moment of the machine hits
// all of them.

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
    let steps: [TimedOperation] = [.sgd, .sam, .pof]
    var times = [[Double]](repeating: [], count: steps.count)
    var firstStep = 0.0
    for round in 0...rounds {
      for (index, step) in steps.enumerated() {
        let time = clock.measure { network.perform(step) }
        // Round 0 plans and warms up.
        if round > 0 { times[index].append(time.milliseconds) }
        if round == 0 && index == 0 { firstStep = (clock.now - begin).milliseconds }
      }
    }
    var evaluations: [Double] = []
    for round in 0...rounds {
      let time = clock.measure { network.perform(.evaluation) }
      if round > 0 { evaluations.append(time.milliseconds) }
    }
    // After the rounds everything is planned: from here on memory should not grow.
    let residentBefore = Machine.residentMemory
    for index in 0..<soakSteps {
      for step in steps { network.perform(step, index: index) }
    }
    let growth = Machine.residentMemory - residentBefore
    let winograd = try executor.kernels(batch: batch).filter { $0.implementation.contains("wino") }.count
    let floor = try KernelFloor.measure(model, batch: batch, threads: threads)
    return StepReport(
      model: model, batch: batch, threads: threads, groups: network.groups, rounds: rounds, sgd: Self.median(times[0]),
      sam: Self.median(times[1]), pof: Self.median(times[2]), evaluation: Self.median(evaluations), floor: floor,
      firstStep: firstStep, soakSteps: soakSteps, soakGrowthBytes: growth, winogradKernels: winograd,
      workspaceBytes: executor.workspaceBytes,
      peakMemoryBytes: Machine.peakMemory)
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
