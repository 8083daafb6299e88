// Works through a plan with a few processes at a time. What a run is, its own executable decides.

import Foundation
import Storage
import Training

/// Makes the runs of a plan.
struct TableRunner {
  let plan: TablePlan
  let folders: FolderOptions
  let profile: Profile
  let settings: SettingOptions
  let checkpoints: CheckpointOptions
  let jobs: Int
  /// Threads of each process.
  let threads: Int

  /// - Returns: `.done`, `.diverged`, or how it was interrupted.
  /// - Throws: `UsageError` when a run ends for a reason that others would share, after waiting for those under way.
  func run(_ children: Children) throws -> ExitStatus {
    var queue = JobQueue(plan, isDone: isDone)
    let skipped = plan.runs.count - queue.count
    Terminal.writeError(
      "\(plan.runs.count) runs" + (skipped > 0 ? ", \(skipped) of them done before" : "") + "\n")
    let notes = plan.runs.compactMap { run in
      RunPaths(results: folders.results, configuration: run.configuration).note(on: run.configuration)
    }
    for note in Set(notes).sorted() { Terminal.writeError(note + "\n") }
    var places: [pid_t: Int] = [:]
    var interruption: Int32?
    var failure: Int32?
    while true {
      while interruption == nil, failure == nil, places.count < jobs, let place = queue.next() {
        do {
          places[try start(place, queue, children)] = place
        } catch {
          children.stop()
          throw error
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
        case .diverged:
          queue.finish(place, .diverged)
          noteImpossible(after: place, queue)
        case .interrupted, .terminated:
          // Somebody may have interrupted the child alone.
          interruption = interruption ?? code - 128
        case .usage, .different, nil: failure = failure ?? code
        }
      }
    }
    if let interruption { return interruption == SIGINT ? .interrupted : .terminated }
    if let failure {
      throw UsageError.data(
        failure == ExitStatus.usage.rawValue
          ? "stopped: see the message above" : "stopped: a run ended unexpectedly with code \(failure)")
    }
    return queue.states.contains(.diverged) ? .diverged : .done
  }

  private func start(_ place: Int, _ queue: JobQueue, _ children: Children) throws -> pid_t {
    let run = plan.runs[place]
    let configuration = run.configuration
    var arguments = [
      "--profile", profile.rawValue, "--method", configuration.arm, "--seed", "\(configuration.seed)", "--augment",
      configuration.augmentation.rawValue, "--data", folders.data, "--results", folders.results, "--threads",
      "\(threads)",
    ]
    arguments += settings.arguments + checkpoints.arguments
    arguments += [
      "--run-number", "\(queue.started)", "--run-count", "\(queue.count)", "--remaining-cost",
      "\(queue.waitingCost / Double(jobs))",
    ]
    // Two bars on one line would overwrite each other.
    if jobs > 1 { arguments.append("--plain-progress") }
    return try children.start("\(Machine.executableFolder)/\(run.dataset.rawValue)", arguments)
  }

  /// Whether the run file says that these very settings are done. Anything odd is left to the run's own process to
  /// report.
  private func isDone(_ configuration: RunConfiguration, needsCheckpoint: Bool) -> Bool {
    let paths = RunPaths(results: folders.results, configuration: configuration)
    guard let record = try? RunFile.read(paths.runFile), record.configuration == configuration,
      record.status == .done
    else { return false }
    // A repetition that was stopped has a checkpoint, but not of the last epoch.
    return !needsCheckpoint
      || FileManager.default.fileExists(atPath: paths.checkpoint)
        && !FileManager.default.fileExists(atPath: paths.repetition)
  }

  private func noteImpossible(after place: Int, _ queue: JobQueue) {
    let arms = plan.runs.indices.filter { plan.runs[$0].prerequisite == place && queue.states[$0] == .impossible }
      .map { plan.runs[$0].configuration.arm }
    guard !arms.isEmpty else { return }
    let run = plan.runs[place].configuration
    Terminal.writeError("not run without \(run.arm) seed \(run.seed): \(arms.joined(separator: ", "))\n")
  }
}
