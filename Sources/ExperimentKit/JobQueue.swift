// The runs of a plan as jobs: what may start next, what is left. Knows no processes.

/// A pre-training whose run file is gone is a job even where all arms after it are done: tables show its costs. One whose
/// checkpoint alone is gone is a job only where an arm has to start from it.
struct JobQueue: Sendable {
  enum State: Sendable, Hashable {
    case waiting, running, done, diverged
    /// It ended otherwise than it should, with that exit code.
    case failed(code: Int32)
    /// What it rests on, at that place, did not come to its end.
    case impossible(without: Int)
  }

  private let plan: RunPlan
  private(set) var states: [State]
  /// Runs to be started in all.
  let count: Int
  private(set) var started = 0

  /// - Parameter isDone: whether the run at a place needs no process.
  init(_ plan: RunPlan, isDone: [Bool]) {
    self.plan = plan
    states = isDone.map { $0 ? .done : .waiting }
    count = states.filter { $0 == .waiting }.count
  }

  var isFinished: Bool { !states.contains(.waiting) && !states.contains(.running) }

  /// Cost of the runs that have not been started.
  var waitingCost: Double {
    zip(plan.runs, states).reduce(0) { $1.1 == .waiting ? $0 + $1.0.cost : $0 }
  }

  /// The place of the next run that may start, marked as running; nil if there is none now.
  mutating func next() -> Int? {
    let ready = states.indices.first { place in
      states[place] == .waiting && (plan.runs[place].parent.map { states[$0] == .done } ?? true)
    }
    guard let place = ready else { return nil }
    states[place] = .running
    started += 1
    return place
  }

  /// Notes how a run ended; what rests on a run that is not done cannot run.
  mutating func finish(_ place: Int, _ state: State) {
    states[place] = state
    guard state != .done else { return }
    for dependent in plan.descendants(of: place) where states[dependent] == .waiting {
      states[dependent] = .impossible(without: place)
    }
  }
}
