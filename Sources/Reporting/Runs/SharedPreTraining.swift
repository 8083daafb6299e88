// Finds the pre-training that arms continued, wherever it lies: no table looks for it on its own.

import Training

extension RunCollection {
  /// Runs of these arms, each place with the pre-training that its arms continued, as if it lay there. Overrides that
  /// act only in post-training leave it in the profile's own folder; where that has no arm of these, it is no place of
  /// its own.
  func runs(of arms: [Arm]) -> [CollectedRun] {
    let preTraining = Set(PreTraining.allCases.map { Arm.preTraining($0).name })
    let names = preTraining.union(arms.map(\.name))
    let own = runs.filter { names.contains($0.arm) }
    let shared = own.filter { preTraining.contains($0.arm) }
    var result = own
    var lent: Set<RowKey> = []
    for run in own where !preTraining.contains(run.arm) {
      guard let wanted = run.outcome.record?.configuration.sharedPreTraining,
        var found = shared.first(where: { $0.outcome.record?.configuration == wanted }), found.key != run.key
      else { continue }
      lent.insert(found.key)
      found.key = run.key
      if !result.contains(where: { $0.key == found.key && $0.arm == found.arm && $0.seed == found.seed }) {
        result.append(found)
      }
    }
    return result.filter { run in
      !lent.contains(run.key) || own.contains { $0.key == run.key && !preTraining.contains($0.arm) }
    }
  }
}
