// The suite's command that makes the runs of a place, put together from what the runs say of themselves. Each run's own
// command is in its file; this is the one to type.

import Storage
import Training

enum RunCommand {
  /// "make reproduce-table1 PROFILE=quick DATASETS=svhn SEEDS="0 1 2" NO_EXTRA=1", one line for each target that the runs
  /// belong to. None for a profile with overrides, whose variables its name does not tell.
  static func lines(of records: [RunRecord], _ key: RowKey) -> [String] {
    // Pre-training alone may be that of runs with overrides, which lie in a folder of their own.
    guard Table1.Advice.isPlain(profile: key.profile),
      records.contains(where: { $0.configuration.postTraining != .none })
    else { return [] }
    let ablations = Set(Ablation.allCases.flatMap(\.arms).map(\.name))
    let ofAblations = records.filter { ablations.contains($0.configuration.arm) }
    // The ablations' runs rest on Table 1's SGD, frozen and pre-training; the other arms are that table's alone.
    let ofTable1 = records.filter { !ablations.contains($0.configuration.arm) }
    let shared: Set<String> = [Arm.preTraining(.sgd).name, Arm.sgd.name, Arm.sgdFrozen.name]
    let isTable1 = ofAblations.isEmpty || ofTable1.contains { !shared.contains($0.configuration.arm) }
    return [("reproduce-table1", isTable1 ? ofTable1 : []), ("reproduce-ablations", ofAblations)]
      .filter { !$0.1.isEmpty }.map { line($0.0, $0.1, key) }
  }

  private static func line(_ target: String, _ records: [RunRecord], _ key: RowKey) -> String {
    let seeds = Set(records.map(\.configuration.seed)).sorted().map(String.init).joined(separator: " ")
    let hasExtra = records.allSatisfy { $0.configuration.trainingPart != .withoutExtra }
    return
      "make \(target) PROFILE=\(key.profile) DATASETS=\(key.dataset) AUGMENT=\(key.augmentation) SEEDS=\"\(seeds)\""
      + (hasExtra ? "" : " NO_EXTRA=1")
  }
}
