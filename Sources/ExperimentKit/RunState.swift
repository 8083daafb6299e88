// What the files say of a planned run, before anything is started. It reads, and judges nothing: a run's own process is
// the judge of its files.

import Foundation
import Storage
import Training

/// How far a run is.
enum RunState: Sendable, Hashable {
  /// No run file, or one without a checkpoint to go on from.
  case absent
  /// Begun; so many of its own epochs lie behind a checkpoint.
  case partial(epochs: Int)
  case done
  /// Done, but the checkpoint that others start from is gone: it is trained again.
  case repeated
  case failed(epoch: Int, step: Int)
  /// A file of other settings, or one that cannot be read; the reason names it.
  case unusable(reason: String)

  /// What is read of a run file.
  enum Reading: Sendable, Hashable {
    /// All, so that what is done can be trusted.
    case whole
    /// As little as possible (`RunOutline`), for showing many.
    case outline
  }

  /// - Parameter needsCheckpoint: whether others have to start from its last checkpoint.
  init(of configuration: RunConfiguration, results: String, needsCheckpoint: Bool, reading: Reading = .whole) {
    let paths = RunPaths(results: results, configuration: configuration)
    guard FileManager.default.fileExists(atPath: paths.runFile) else {
      self = .absent
      return
    }
    let outline: RunOutline
    do {
      switch reading {
      case .whole: outline = RunOutline(try RunFile.read(paths.runFile))
      case .outline: outline = try RunFile.readOutline(paths.runFile)
      }
    } catch {
      self = .unusable(reason: "\(error)")
      return
    }
    guard outline.digest == configuration.digest else {
      self = .unusable(reason: "\(paths.runFile): holds a run of other settings")
      return
    }
    let hasCheckpoint = FileManager.default.fileExists(atPath: paths.checkpoint)
    switch outline.status {
    case .failed(let epoch, let step, _): self = .failed(epoch: epoch, step: step)
    case .partial: self = hasCheckpoint ? .partial(epochs: outline.epochs.count) : .absent
    case .done:
      // A repetition that was stopped has a checkpoint, but not of the last epoch.
      let isWhole = hasCheckpoint && !FileManager.default.fileExists(atPath: paths.repetition)
      self = needsCheckpoint && !isWhole ? .repeated : .done
    }
  }

  /// Whether nothing is left to do.
  var isDone: Bool { self == .done }

  /// Whether starting it again makes nothing.
  var isHopeless: Bool {
    switch self {
    case .failed, .unusable: true
    case .absent, .partial, .done, .repeated: false
    }
  }

  /// The epochs that are left to train.
  func remainingEpochs(of configuration: RunConfiguration) -> Range<Int> {
    let all = configuration.epochs
    switch self {
    case .absent, .repeated: return all
    case .partial(let epochs): return min(all.lowerBound + epochs, all.upperBound)..<all.upperBound
    case .done, .failed, .unusable: return all.upperBound..<all.upperBound
    }
  }

  /// In words, of a run with so many epochs.
  func text(epochs: Int) -> String {
    switch self {
    case .absent: "absent"
    case .partial(let done): "partial, \(done) of \(epochs) epochs"
    case .done: "done"
    case .repeated: "done, again for its checkpoint"
    case .failed(let epoch, let step): "failed in epoch \(epoch), step \(step)"
    case .unusable(let reason): "unusable (\(reason))"
    }
  }
}

/// The states of runs below a results folder, each read once: a budget looks at the same runs many times.
final class RunStates {
  private struct Key: Hashable {
    var configuration: RunConfiguration
    var needsCheckpoint: Bool
  }

  private let results: String
  private let reading: RunState.Reading
  private var known: [Key: RunState] = [:]

  init(results: String, reading: RunState.Reading = .whole) { (self.results, self.reading) = (results, reading) }

  func state(of configuration: RunConfiguration, needsCheckpoint: Bool) -> RunState {
    let key = Key(configuration: configuration, needsCheckpoint: needsCheckpoint)
    if let state = known[key] { return state }
    let state = RunState(
      of: configuration, results: results, needsCheckpoint: needsCheckpoint, reading: reading)
    known[key] = state
    return state
  }
}

extension RunPlan {
  func states(results: String) -> [RunState] { states(RunStates(results: results)) }

  /// How far each run is: a pre-training needs its checkpoint where a run that rests on it is left to do.
  func states(_ files: RunStates) -> [RunState] {
    var states = runs.map { files.state(of: $0.configuration, needsCheckpoint: false) }
    for (place, run) in runs.enumerated() where run.parent == nil {
      let isNeeded = descendants(of: place).contains { !states[$0].isDone && !states[$0].isHopeless }
      if isNeeded {
        states[place] = files.state(of: run.configuration, needsCheckpoint: true)
      }
    }
    return states
  }

  /// Places of the runs that are left to train: not done, and neither failed nor resting on a run that has failed.
  func remaining(_ states: [RunState]) -> [Int] {
    var isOut = states.map(\.isHopeless)
    for (place, run) in runs.enumerated() where run.parent.map({ isOut[$0] }) == true { isOut[place] = true }
    return runs.indices.filter { !states[$0].isDone && !isOut[$0] }
  }
}
