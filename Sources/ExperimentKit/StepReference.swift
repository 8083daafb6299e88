// Where the constant of a fixed step comes from: the first epoch of the same seed's run with line search. It reads run
// files and trains nothing.

import Foundation
import Storage
import Training

extension RunConfiguration {
  /// The run whose first epoch gives this one's eta*; nil where every step is searched.
  var stepReference: RunConfiguration? {
    guard postTraining == .pof, perturbationStep.factor != nil else { return nil }
    let arm = Ablation.stepReference
    var reference = self
    (reference.arm, reference.preTraining, reference.postTraining) = (arm.name, arm.preTraining, arm.postTraining)
    reference.perturbedLayers = .unstated
    reference.perturbationDirection = .unstated
    reference.perturbationStep = .unstated
    arm.variation.apply(to: &reference)
    return reference
  }
}

/// A finished reference run and the step that comes of it.
struct StepReference {
  let record: RunRecord
  /// eta* of every search: the factor times the reference's mean.
  let step: Double

  /// Reads the reference of a run.
  /// - Parameters:
  ///   - results: the folder above the profiles'.
  ///   - data: the images that the run uses.
  /// - Returns: nil where the run's steps are searched.
  /// - Throws: `RunnerError` where the reference is missing, of other settings or images, unfinished, failed, or without
  ///   a finite mean; Storage's errors for a damaged file.
  init?(of configuration: RunConfiguration, results: String, data: DataDescription) throws {
    guard let factor = configuration.perturbationStep.factor, let reference = configuration.stepReference else {
      return nil
    }
    let paths = RunPaths(results: results, configuration: reference)
    let remedy =
      "run ablation-range --method \(ExperimentProgram.method(of: reference.arm)) with the same settings and seed first"
    func refuse(_ problem: String, _ remedy: String) -> RunnerError {
      .noStep(runFile: paths.runFile, problem: problem, remedy: remedy)
    }
    guard FileManager.default.fileExists(atPath: paths.runFile) else { throw refuse("is missing", remedy) }
    let record = try RunFile.read(paths.runFile)
    guard record.configuration == reference else {
      throw RunnerError.otherConfiguration(
        path: paths.runFile,
        differences: SettingText.differences(found: record.configuration, wanted: reference))
    }
    guard record.data == data else {
      throw RunnerError.otherData(runFile: paths.runFile, checkpoint: paths.checkpoint)
    }
    switch record.status {
    case .partial: throw refuse("is not finished", remedy)
    case .failed(let epoch, let step, let reason):
      throw refuse(
        "failed in epoch \(epoch), step \(step): \(reason)", "choose settings under which it does not, or remove it")
    case .done: break
    }
    let first = record.epochs.first { $0.epoch == reference.epochs.lowerBound }
    guard let mean = first?.perturbation?.etaStar, mean >= 0, (mean * factor).isFinite else {
      throw refuse("has no finite mean of eta* in its first epoch", "remove it to train it again")
    }
    self.record = record
    step = mean * factor
  }

  /// The environments that the reference's first epoch rests on.
  var segments: [Segment] {
    record.provenance.segments.filter { $0.firstEpoch <= record.configuration.epochs.lowerBound }
  }
}
