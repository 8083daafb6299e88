// Measures where the time of one SGD step goes. Steps with and without a profile take turns, so that the profile's own
// cost shows.

import Datasets
import NeuralNetwork
import TensorCore
import Training

extension StepBenchmark {
  /// On the compute thread.
  func breakdown(rounds: Int) throws -> Breakdown {
    let clock = ContinuousClock()
    let executor = try CPUExecutor(model: model, capacity: batch, threads: threads)
    executor.state = model.initialState(seed: 1)
    let step = TrainingStep(
      TrainingMethod(perturbation: .none, stepped: .everything), executor: executor, momentum: 0.9, weightDecay: 5e-4,
      capacity: batch)
    let images = makeBatch(seed: 1)
    let profile = OperationProfile()
    var (plain, profiled): ([Double], [Double]) = ([], [])
    // Plans and warms up.
    _ = step(images, learningRate: 1e-6)
    for _ in 0..<rounds {
      executor.profile = nil
      plain.append(clock.measure { _ = step(images, learningRate: 1e-6) }.milliseconds)
      executor.profile = profile
      profile.beginStep()
      profiled.append(clock.measure { _ = step(images, learningRate: 1e-6) }.milliseconds)
    }
    let floor = try KernelFloor(model, batch: batch, threads: threads)
    return Breakdown(
      model: model, batch: batch, threads: threads,
      rows: profile.entries.map {
        BreakdownRow(
          label: $0.label, implementation: $0.implementation, median: Self.median($0.milliseconds),
          floor: floor.milliseconds[$0.label])
      }, step: Self.median(plain), profiledStep: Self.median(profiled))
  }
}
