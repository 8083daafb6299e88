// The file behind --config: a configuration in JSON, believed only after every setting made sense.

import Datasets
import Foundation
import Storage
import Training

package enum ConfigurationFile {
  /// More than any configuration takes, in bytes.
  private static let limit = 1 << 16

  /// Reads and checks a configuration for an executable.
  /// - Parameter dataset: the data set that it has to be of, beside what the executable asks for; nil for any.
  /// - Throws: `UsageError.file`, which names the file.
  package static func read(
    _ path: String, for program: ExperimentProgram, dataset: DatasetName? = nil
  ) throws(UsageError) -> RunConfiguration {
    let remedy = "give the JSON from a run file's attribute config/json"
    func refuse(_ problem: String, _ remedy: String = remedy) -> UsageError {
      .file(path: path, problem: problem, remedy: remedy)
    }
    guard FileManager.default.fileExists(atPath: path) else { throw refuse("no such file") }
    guard let handle = FileHandle(forReadingAtPath: path), let data = try? handle.read(upToCount: limit + 1) ?? Data()
    else {
      throw refuse("cannot be read")
    }
    guard data.count <= limit else { throw refuse("no run configuration (it is larger than \(limit) bytes)") }
    guard let text = String(validating: data, as: UTF8.self) else { throw refuse("is not UTF-8 text") }
    let configuration: RunConfiguration
    do {
      configuration = try RunConfiguration(json: text)
    } catch {
      throw refuse("no run configuration (\(error))")
    }
    guard let found = DatasetName(rawValue: configuration.dataset) else {
      throw refuse(
        "unknown data set \"\(configuration.dataset)\"",
        "use one of \(DatasetName.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    if let dataset, dataset != found {
      throw refuse("is for \(found.rawValue), and --dataset is \(dataset.rawValue)", "leave --dataset out")
    }
    if case .dataset(let own) = program, own != found {
      throw refuse(
        "is for \(found.rawValue), and this is \(own.rawValue)", "run it with the executable of its data set")
    }
    guard Profile(rawValue: configuration.profile) != nil else {
      throw refuse(
        "unknown profile \"\(configuration.profile)\"",
        "use one of \(Profile.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    guard let arm = Arm.named(configuration.arm),
      (arm.preTraining, arm.postTraining) == (configuration.preTraining, configuration.postTraining)
    else {
      throw refuse(
        "arm \"\(configuration.arm)\" with \(configuration.preTraining.rawValue) then "
          + "\(configuration.postTraining.rawValue) is not known")
    }
    let contradictions = arm.contradictions(in: configuration)
    guard contradictions.isEmpty else {
      throw refuse("contradicts its arm \"\(arm.name)\" (\(contradictions.joined(separator: "; ")))", "correct it")
    }
    guard program.arms.contains(arm) else {
      throw refuse(
        "is of arm \"\(arm.name)\", which this is not for",
        "run it with \(ExperimentProgram(running: arm.name, on: found).name)")
    }
    do {
      try configuration.check(full: configuration.postTraining != .none)
    } catch {
      throw refuse("\(error)", "correct the value")
    }
    return configuration
  }
}
