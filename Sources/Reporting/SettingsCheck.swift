// Sets aside runs whose settings or images differ from those of most runs of their row: no cell mixes settings.

import Storage
import Training

enum SettingsCheck {
  /// The same runs; the odd ones out become unusable, with the settings that differ.
  static func settingAside(_ runs: [CollectedRun]) -> [CollectedRun] {
    var runs = runs
    // Images first, then what all runs share, then what only post-training, SAM, PoF and one arm share.
    exclude(from: &runs) { $0.data }
    exclude(from: &runs) { shared($0.configuration) }
    exclude(from: &runs) { $0.configuration.postTraining == .none ? nil : afterwards($0.configuration) }
    exclude(from: &runs) { $0.configuration.postTraining == .pof ? perturbed($0.configuration) : nil }
    exclude(from: &runs) { usesSAM($0.configuration) ? ["rho": "\($0.configuration.rho)"] : nil }
    for arm in Set(runs.map(\.arm)).sorted() {
      exclude(from: &runs) { $0.configuration.arm == arm ? seedless($0.configuration) : nil }
    }
    return runs
  }

  /// Runs whose value differs from the most frequent one; a tie goes to the run that comes first.
  private static func exclude<Value: Equatable>(from runs: inout [CollectedRun], by value: (RunRecord) -> Value?) {
    var values: [(value: Value, count: Int)] = []
    let found = runs.map { $0.outcome.record.flatMap(value) }
    for case let one? in found {
      if let index = values.firstIndex(where: { $0.value == one }) {
        values[index].count += 1
      } else {
        values.append((one, 1))
      }
    }
    guard values.count > 1, let most = values.map(\.count).max(),
      let usual = values.first(where: { $0.count == most })?.value
    else { return }
    for index in runs.indices {
      guard let one = found[index], one != usual else { continue }
      let names = differences(one, usual).joined(separator: ", ")
      runs[index].outcome = .unusable(
        reason: "differs from most runs of its row (\(names)); keep other settings in a profile folder of their own")
    }
  }

  private static func shared(_ configuration: RunConfiguration) -> RunConfiguration {
    var shared = configuration.sharedPreTraining
    shared.arm = ""
    shared.preTraining = .sgd
    shared.seed = 0
    shared.rho = 0
    return shared
  }

  private static func seedless(_ configuration: RunConfiguration) -> RunConfiguration {
    var one = configuration
    one.seed = 0
    return one
  }

  private static func afterwards(_ one: RunConfiguration) -> [String: String] {
    ["post_epochs": "\(one.postEpochs)", "post_learning_rate": "\(one.postLearningRate)"]
  }

  private static func perturbed(_ one: RunConfiguration) -> [String: String] {
    [
      "perturbation_range": "\(one.perturbationRange)", "perturbation_groups": "\(one.perturbationGroups)",
      "weak_batch_size": "\(one.weakBatchSize)", "weak_statistics": "\(one.weakStatistics)",
      "search_limit": "\(one.searchLimit)", "at_search_limit": one.atSearchLimit.rawValue,
    ]
  }

  private static func usesSAM(_ one: RunConfiguration) -> Bool { one.preTraining == .sam || one.postTraining == .sam }

  /// Names and values of what differs, such as `batchSize 64, not 128`; sorted.
  private static func differences<Value>(_ one: Value, _ usual: Value) -> [String] {
    func children(_ value: Value) -> [(String, String)] {
      if let entries = value as? [String: String] {
        return entries.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
      }
      return Mirror(reflecting: value).children.map { ($0.label ?? "", "\($0.value)") }
    }
    return zip(children(one), children(usual)).compactMap { found, expected in
      guard found.1 != expected.1 else { return nil }
      return found.0 == "digest" ? "other images" : "\(found.0) \(found.1), not \(expected.1)"
    }.sorted()
  }
}
