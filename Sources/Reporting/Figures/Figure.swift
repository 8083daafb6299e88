// A figure as a value: its data, the script that draws it, and the runs whose numbers it shows, which are stamped into
// it. Gnuplot draws it.

import Foundation
import Storage
import Training

/// A picture before it is drawn.
public struct Figure: Sendable, Equatable {
  /// File name without extension; data, script and picture lie beside each other under it.
  public var name: String
  public var title: String
  public var csv: String
  public var script: String
  /// The runs whose numbers it shows; one may stand there more than once.
  public var records: [RunRecord]

  /// What its picture says of its origin: commits behind its runs (the shared pre-training's included), identities and
  /// commands of the runs.
  func stamps(digest: (RunConfiguration) -> String) -> [PNGText] {
    func distinct(_ values: [String]) -> String { Set(values).sorted().joined(separator: "\n") }
    let environments = records.flatMap { $0.provenance.segments.map(\.environment) }
    return [
      PNGText(
        keyword: "Source-Commit",
        text: distinct(environments.map { $0.commit + ($0.dirty ? " (uncommitted changes)" : "") })),
      PNGText(keyword: "Run-Digests", text: distinct(records.map { digest($0.configuration) })),
      PNGText(keyword: "Run-Commands", text: distinct(records.map(\.provenance.command))),
    ].filter { !$0.text.isEmpty }
  }
}

extension ArmGroup {
  /// An arm's finished runs, in the order of `runs`.
  func finished(_ arm: Arm) -> [RunRecord] {
    runs.compactMap { run in
      if case .done(let record) = run.outcome, run.arm == arm.name { record } else { nil }
    }
  }

  /// The pairs of runs behind some comparisons.
  func finished(_ comparisons: [Comparison]) -> [RunRecord] {
    comparisons.flatMap { comparison in
      [comparison.treatment, comparison.control].flatMap(finished)
        .filter { comparison.seeds.contains($0.configuration.seed) }
    }
  }
}
