// Works through a plan with a few processes at a time. What a run is, its own executable decides.

import Foundation
import Training

/// Makes the runs of a plan. A run that fails stops no others, but those that rest on it.
struct PlanRunner {
  let plan: RunPlan
  let folders: FolderOptions
  let profile: Profile
  let settings: SettingOptions
  let checkpoints: CheckpointOptions
  let jobs: Int
  /// Threads of each process.
  let threads: Int

  /// Checks that every executable of the plan is there.
  /// - Throws: `UsageError.file`.
  func checkExecutables() throws(UsageError) {
    for program in Set(plan.runs.map(\.program.name)).sorted() + [Reproduction.report] {
      let path = Self.path(of: program)
      guard FileManager.default.isExecutableFile(atPath: path) else {
        throw .file(path: path, problem: "is missing", remedy: "build it with: make build")
      }
    }
  }

  /// Path of another executable of the suite.
  static func path(of program: String) -> String { "\(Machine.executableFolder)/\(program)" }

  /// - Returns: `.done`; `.diverged` where runs diverged and nothing else went wrong; `.usage` where runs failed
  ///   otherwise; or how it was interrupted.
  func run(_ children: Children) -> ExitStatus {
    // Anything odd is left to the run's own process to report.
    var queue = JobQueue(plan, isDone: plan.states(results: folders.results).map(\.isDone))
    let skipped = plan.runs.count - queue.count
    Terminal.writeError(
      "\(plan.runs.count) runs" + (skipped > 0 ? ", \(skipped) of them done before" : "") + "\n")
    let notes = plan.runs.compactMap { run in
      RunPaths(results: folders.results, configuration: run.configuration).note(on: run.configuration)
    }
    for note in Set(notes).sorted() { Terminal.writeError(note + "\n") }
    var places: [pid_t: Int] = [:]
    var interruption: Int32?
    while true {
      while interruption == nil, places.count < jobs, let place = queue.next() {
        do {
          places[try start(place, queue, children)] = place
        } catch {
          Terminal.writeError("\(error)\n")
          queue.finish(place, .failed(code: ExitStatus.usage.rawValue))
        }
      }
      if places.isEmpty { break }
      switch children.wait() {
      case .signal(let number):
        interruption = interruption ?? number
        children.forward(number)
      case .ended(let pid, let code):
        guard let place = places.removeValue(forKey: pid) else { continue }
        switch ExitStatus(rawValue: code) {
        case .done: queue.finish(place, .done)
        case .diverged: queue.finish(place, .diverged)
        case .interrupted, .terminated:
          // Somebody may have interrupted the child alone.
          interruption = interruption ?? code - 128
        case .usage, .different, nil: queue.finish(place, .failed(code: code))
        }
      }
    }
    if let interruption { return interruption == SIGINT ? .interrupted : .terminated }
    let undone = Self.undone(plan, queue.states)
    if !undone.isEmpty { Terminal.writeError((["not done:"] + undone).joined(separator: "\n  ") + "\n") }
    return Self.status(queue.states)
  }

  /// How a plan ended that nobody interrupted.
  static func status(_ states: [JobQueue.State]) -> ExitStatus {
    let hasFailed = states.contains { if case .failed = $0 { true } else { false } }
    return hasFailed ? .usage : states.contains(.diverged) ? .diverged : .done
  }

  /// One line for each run that was not made, with the reason.
  static func undone(_ plan: RunPlan, _ states: [JobQueue.State]) -> [String] {
    plan.runs.indices.compactMap { place in
      let reason: String
      switch states[place] {
      case .waiting, .running, .done: return nil
      case .diverged: reason = "diverged"
      case .failed(code: ExitStatus.usage.rawValue): reason = "failed: see its message above"
      case .failed(let code): reason = "ended unexpectedly with code \(code)"
      case .impossible(let without): reason = "not run without \(plan.runs[without].configuration.arm)"
      }
      let run = plan.runs[place].configuration
      return "\(run.dataset) \(run.augmentation.rawValue) \(run.arm) seed \(run.seed): \(reason)"
    }
  }

  private func start(_ place: Int, _ queue: JobQueue, _ children: Children) throws -> pid_t {
    let run = plan.runs[place]
    let configuration = run.configuration
    var arguments = [
      "--profile", profile.rawValue, "--method", ExperimentProgram.method(of: configuration.arm), "--seed",
      "\(configuration.seed)", "--augment", configuration.augmentation.rawValue, "--data", folders.data, "--results",
      folders.results, "--threads", "\(threads)",
    ]
    if case .ablation = run.program { arguments += ["--dataset", run.dataset.rawValue] }
    if configuration.trainingPart == .withoutExtra { arguments.append("--no-extra") }
    arguments += settings.arguments + checkpoints.arguments
    arguments += [
      "--run-number", "\(queue.started)", "--run-count", "\(queue.count)", "--remaining-cost",
      "\(queue.waitingCost / Double(jobs))",
    ]
    // Two bars on one line would overwrite each other.
    if jobs > 1 { arguments.append("--plain-progress") }
    return try children.start(Self.path(of: run.program.name), arguments)
  }
}
