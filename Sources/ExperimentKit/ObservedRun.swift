// What files and locks say of planned runs at this moment. It waits for no run, takes no lock, and writes nothing.

import Datasets
import Storage
import Training

/// How far a run is that a process trains now.
struct RunningProgress: Sendable, Hashable {
  /// The epoch under way, counted as in run files.
  var epoch: Int
  /// To the end of the run, by its recorded epochs; nil before the first of them.
  var secondsLeft: Double?

  init(epoch: Int, secondsLeft: Double?) { (self.epoch, self.secondsLeft) = (epoch, secondsLeft) }

  /// - Parameter finished: epochs in order.
  init(_ configuration: RunConfiguration, finished: [RunOutline.Epoch]) {
    let all = configuration.epochs
    let next = finished.last.map { $0.epoch + 1 } ?? all.lowerBound
    epoch = min(next, all.upperBound - 1)
    guard !finished.isEmpty else { return }
    let mean = finished.reduce(0) { $0 + $1.seconds } / Double(finished.count)
    secondsLeft = mean * Double(max(0, all.upperBound - next))
  }
}

/// A planned run as it was found.
struct ObservedRun: Sendable, Hashable {
  var dataset: DatasetName
  var augmentation: Augmentation
  var arm: String
  var seed: Int
  /// Of this run alone.
  var epochs: Range<Int>
  var state: RunState
  /// Nil where no process trains it.
  var running: RunningProgress?

  /// Whether there is anything of it.
  var exists: Bool { state != .absent || running != nil }
}

extension RunPlan {
  /// Every run of the plan, in its order, as it is now.
  func observe(results: String) -> [ObservedRun] {
    let paths = runs.map { RunPaths(results: results, configuration: $0.configuration) }
    // Locks first: a run that ends in between is then found done, not stopped.
    let isHeld = paths.map { RunLock.isHeld($0.lock) }
    let files = RunStates(results: results, reading: .outline)
    let states = states(files)
    return runs.indices.map { place in
      let configuration = runs[place].configuration
      var observed = ObservedRun(
        dataset: runs[place].dataset, augmentation: configuration.augmentation, arm: configuration.arm,
        seed: configuration.seed, epochs: configuration.epochs, state: states[place])
      guard isHeld[place] else { return observed }
      // Who holds a pre-training that is done trains it again, for a run that need not be of this plan.
      if runs[place].parent == nil { observed.state = files.state(of: configuration, needsCheckpoint: true) }
      switch observed.state {
      case .absent, .partial, .repeated:
        let file = observed.state == .repeated ? paths[place].repetition : paths[place].runFile
        observed.running = RunningProgress(
          configuration, finished: (try? RunFile.readOutline(file).epochs) ?? [])
      // Its process has not looked at the file yet, or is about to end.
      case .done, .failed, .unusable: break
      }
      return observed
    }
  }
}
