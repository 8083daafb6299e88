// What is left of a plan would take in time, memory and disk: arithmetic on its states and on unit costs. A pure function;
// it measures nothing.

import Datasets
import Training

/// What is left of one run.
struct RunEstimate: Sendable, Hashable {
  /// Wall-clock seconds of its process.
  var seconds: Double
  /// Bytes at its peak.
  var memory: Int
  /// Bytes that its files will take beyond those that are there.
  var disk: Int

  /// Bytes of a run file, to a good approximation.
  private static func runFileBytes(epochs: Int) -> Int { 24_000 + 100 * epochs }

  /// - Throws: `UsageError` or `ModelError` for a network that cannot be.
  init(_ run: PlannedRun, _ state: RunState, _ units: UnitCosts, _ policy: CheckpointPolicy) throws {
    let configuration = run.configuration
    let epochs = state.remainingEpochs(of: configuration)
    guard !epochs.isEmpty, let costs = units.steps[StepKey(configuration, dataset: run.dataset)],
      let data = units.data[DataKey(configuration, dataset: run.dataset)]
    else {
      self.init(seconds: 0, memory: 0, disk: 0)
      return
    }
    let model = try run.dataset.model(depth: configuration.depth, width: configuration.width)
    let cost = RunCost(configuration, model: model, trainCount: run.images.train, testCount: run.images.test)
    let batch = configuration.batchSize
    let stepCost = TrainingMethod(configuration).gradientEvaluations(images: batch, batchSize: batch, model: model)
    // A partial batch by its share.
    let training = cost.gradientsPerEpoch / stepCost * costs.step
    let evaluation = Double(run.images.test) * costs.evaluation
    let all = configuration.epochs
    let kept = all.filter { policy.keeps($0, of: all) }.count
    var seconds = units.process + data.seconds + costs.setUp
    for epoch in epochs {
      seconds += training + costs.runFile + (configuration.evaluates(epoch: epoch) ? evaluation : 0)
      if policy.saves(epoch, of: all) { seconds += costs.checkpoint }
      if policy.keeps(epoch, of: all) { seconds += costs.checkpoint }
    }
    let checkpoints = if case .partial = state { kept } else { kept + 1 }
    self.init(
      seconds: seconds, memory: units.program + max(data.peak, data.bytes + costs.memory),
      disk: checkpoints * costs.checkpointBytes + Self.runFileBytes(epochs: all.count))
  }

  init(seconds: Double, memory: Int, disk: Int) {
    (self.seconds, self.memory, self.disk) = (seconds, memory, disk)
  }
}

/// What is left of a plan.
struct PlanEstimate: Sendable {
  let runs: [RunEstimate]
  /// How each would end, were nothing to go wrong from here on: done, or not without a run that has failed before.
  let endings: [JobQueue.State]
  /// Runs that would be started and trained.
  let count: Int
  /// Wall-clock seconds with so many runs at a time.
  let seconds: Double
  /// Bytes at the peak: the largest runs, as many as there are at a time.
  let memory: Int
  /// Bytes that the files will take in the end, and the largest file in the making.
  let disk: Int

  /// - Throws: `UsageError` or `ModelError` for a network that cannot be.
  init(_ plan: RunPlan, _ states: [RunState], _ units: UnitCosts, _ policy: CheckpointPolicy, jobs: Int) throws {
    let estimates = try zip(plan.runs, states).map { try RunEstimate($0, $1, units, policy) }
    var queue = JobQueue(plan, isDone: states.map(\.isDone))
    var running: [(place: Int, end: Double)] = []
    var now = 0.0
    while true {
      while running.count < jobs, let place = queue.next() {
        running.append((place, now + estimates[place].seconds))
      }
      guard let first = running.indices.min(by: { running[$0].end < running[$1].end }) else { break }
      let ended = running.remove(at: first)
      now = ended.end
      queue.finish(ended.place, states[ended.place].isHopeless ? .diverged : .done)
    }
    let trained = plan.remaining(states)
    runs = plan.runs.indices.map {
      trained.contains($0) ? estimates[$0] : RunEstimate(seconds: 0, memory: 0, disk: 0)
    }
    endings = queue.states
    count = trained.count
    seconds = now
    memory = runs.map(\.memory).sorted(by: >).prefix(jobs).reduce(0, +)
    let largest = trained.compactMap {
      units.steps[StepKey(plan.runs[$0].configuration, dataset: plan.runs[$0].dataset)]?.checkpointBytes
    }
    disk = runs.reduce(0) { $0 + $1.disk } + jobs * (largest.max() ?? 0)
  }
}
