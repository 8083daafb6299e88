// The file behind --config: a configuration in JSON, believed only after every setting made sense.

import Datasets
import Foundation
import Storage
import Training

package enum ConfigurationFile {
  /// More than any configuration takes, in bytes.
  private static let limit = 1 << 16

  /// Reads and checks a configuration for a data set.
  /// - Throws: `UsageError.file`, which names the file.
  package static func read(_ path: String, for dataset: DatasetName) throws(UsageError) -> RunConfiguration {
    let remedy = "give the JSON from a run file's attribute config/json"
    func refuse(_ problem: String, _ remedy: String = remedy) -> UsageError {
      .file(path: path, problem: problem, remedy: remedy)
    }
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
    guard configuration.dataset == dataset.rawValue else {
      throw refuse(
        "is for \(configuration.dataset), and this is \(dataset.rawValue)", "run it with the executable of its data set"
      )
    }
    guard Profile(rawValue: configuration.profile) != nil else {
      throw refuse(
        "unknown profile \"\(configuration.profile)\"",
        "use one of \(Profile.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    let arm = Arm(
      name: configuration.arm, preTraining: configuration.preTraining, postTraining: configuration.postTraining)
    guard Arm.known.contains(arm) else {
      throw refuse(
        "arm \"\(arm.name)\" with \(arm.preTraining.rawValue) then \(arm.postTraining.rawValue) is not known")
    }
    do {
      try configuration.check(full: configuration.postTraining != .none)
    } catch {
      throw refuse("\(error)", "correct the value")
    }
    return configuration
  }
}
