// Which files of a folder can be a report's: what a later report may remove there. It removes nothing itself.

import Datasets
import Foundation
import Training

/// The names that a report's files can have, so that nothing else is ever removed.
enum ReportNames {
  static let tables = ["table1", Ablation.range.rawValue, Ablation.layers.rawValue]
  static let pages = ["claims", "comparison"]
  static let figures = [
    "differences", "post-training", "perturbation", "curves", Ablation.range.rawValue, Ablation.layers.rawValue,
  ]

  /// Those that exist below a folder, relative to it.
  static func possible(in folder: String) -> [String] {
    let manager = FileManager.default
    let texts =
      (tables + pages).flatMap { page in [".md", ".tex", ".csv"].map { page + $0 } }
      + tables.flatMap { table in ["-runs.csv", "-differences.csv"].map { table + $0 } }
    let names = Set(figures.flatMap { name in ["png", "csv", "gp"].map { "\(name).\($0)" } })
    let augmentations = Set(Augmentation.allCases.map(\.rawValue))
    // figures/<profile>/<dataset>/<augmentation>/<name>
    let drawn = ((try? manager.subpathsOfDirectory(atPath: folder + "/figures")) ?? []).filter { path in
      let parts = path.split(separator: "/").map(String.init)
      return parts.count == 4 && augmentations.contains(parts[2]) && names.contains(parts[3])
    }
    return texts.filter { manager.fileExists(atPath: folder + "/" + $0) } + drawn.map { "figures/" + $0 }
  }
}
