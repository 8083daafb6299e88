// Sets aside runs whose settings or images differ from those of most runs of their group, and runs that are not what
// their arm says: no cell mixes settings.

import Storage
import Training

enum SettingsCheck {
  /// The same runs; the odd ones out become unusable, with the settings that differ.
  /// - Parameter arms: what the table's arms vary on purpose.
  static func settingAside(_ runs: [CollectedRun], arms: [Arm]) -> [CollectedRun] {
    var runs = runs
    excludeUntrue(from: &runs, arms: arms)
    // Images first, then what all runs share, then what only post-training, PoF, SAM and one arm share.
    exclude(from: &runs) { $0.data }
    exclude(from: &runs) { shared($0.configuration) }
    exclude(from: &runs) { $0.configuration.postTraining == .none ? nil : afterwards($0.configuration) }
    let varied = arms.reduce(into: Set<PerturbationSetting>()) { $0.formUnion($1.variation.settings) }
    let always = PerturbationSetting.allCases.filter { !varied.contains($0) }
    exclude(from: &runs) { $0.configuration.postTraining == .pof ? texts(always, $0.configuration) : nil }
    // A setting that some arms vary is shared by the others.
    for setting in PerturbationSetting.allCases where varied.contains(setting) {
      let others = Set(arms.filter { !$0.variation.settings.contains(setting) }.map(\.name))
      exclude(from: &runs) {
        $0.configuration.postTraining == .pof && others.contains($0.configuration.arm)
          ? texts([setting], $0.configuration) : nil
      }
    }
    exclude(from: &runs) { usesSAM($0.configuration) ? ["rho": "\($0.configuration.rho)"] : nil }
    for arm in Set(runs.map(\.arm)).sorted() {
      exclude(from: &runs) { $0.configuration.arm == arm ? seedless($0.configuration) : nil }
    }
    return runs
  }

  /// An arm's name states its settings; a run that holds others is not a run of it. The search limit is no part of
  /// that: it goes with the groups but can be overridden.
  private static func excludeUntrue(from runs: inout [CollectedRun], arms: [Arm]) {
    for index in runs.indices {
      guard let found = runs[index].outcome.record?.configuration,
        let arm = arms.first(where: { $0.name == runs[index].arm })
      else { continue }
      var stated = found
      arm.variation.apply(to: &stated)
      let settings = arm.variation.settings.subtracting([.searchLimit, .atSearchLimit])
      let wrong = settings.filter { $0.text(found) != $0.text(stated) }.map {
        "\($0.rawValue) \($0.text(found)), its arm says \($0.text(stated))"
      }
      if !wrong.isEmpty {
        runs[index].outcome = .unusable(reason: "holds \(wrong.sorted().joined(separator: "; ")); run it again")
      }
    }
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

  private static func texts(_ settings: [PerturbationSetting], _ one: RunConfiguration) -> [String: String] {
    Dictionary(uniqueKeysWithValues: settings.map { ($0.rawValue, $0.text(one)) })
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
