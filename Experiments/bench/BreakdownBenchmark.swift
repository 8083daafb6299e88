// Measures where the time of one SGD step goes. Steps with and without a profile take turns, so that the profile's own
// cost shows.

import NeuralNetwork

extension StepBenchmark {
  /// On the compute thread.
  func breakdown(rounds: Int) throws -> Breakdown {
    let clock = ContinuousClock()
    let network = try PreparedNetwork(model, batch: batch, threads: threads)
    let executor = network.executor
    let profile = OperationProfile()
    var (plain, profiled): ([Double], [Double]) = ([], [])
    // Plans and warms up.
    network.perform(.sgd)
    for _ in 0..<rounds {
      executor.profile = nil
      plain.append(clock.measure { network.perform(.sgd) }.milliseconds)
      executor.profile = profile
      profile.beginStep()
      profiled.append(clock.measure { network.perform(.sgd) }.milliseconds)
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
