// Sentences, cells and columns that Markdown and LaTeX share: plain text with "->" and "+-" for each format to set its
// own way.

import Datasets
import Foundation
import Storage
import Training

extension ArmGroup.Cell {
  /// Why seeds are missing: "not run", or "seeds 1, 2 failed in epoch 3" beside finished ones. Nil if none is.
  var gapText: String? {
    guard !gaps.isEmpty else { return nil }
    var groups: [(reason: String, seeds: [Int])] = []
    for gap in gaps {
      let reason = gap.reason.description
      if let index = groups.firstIndex(where: { $0.reason == reason }) {
        groups[index].seeds.append(gap.seed)
      } else {
        groups.append((reason, [gap.seed]))
      }
    }
    if runs.isEmpty, groups.count == 1, let only = groups.first { return only.reason }
    return groups.map { group in
      let seeds = group.seeds.map(String.init).joined(separator: ", ")
      return "seed\(group.seeds.count == 1 ? "" : "s") \(seeds) \(group.reason)"
    }.joined(separator: "; ")
  }

  /// "15.50 +- 0.12 (3)", with what is missing behind n; only what is missing where nothing was measured.
  func text(_ summary: Summary?, digits: Int) -> (number: String?, note: String) {
    guard let summary else { return (nil, gapText ?? "no seeds") }
    var number = NumberText.fixed(summary.mean, digits)
    if let deviation = summary.deviation { number += " +- " + NumberText.fixed(deviation, digits) }
    return (number, "(\(summary.count)\(gapText.map { "; \($0)" } ?? ""))")
  }

  /// "61 + 21": shared pre-training, then this arm's own epochs; "not known + 21" where the pre-training of a seed has no
  /// finished run here.
  func costText(own: Summary?, pre: Summary?) -> String {
    guard let own else { return "" }
    guard arm.postTraining != .none else { return NumberText.rounded(own.mean) }
    return "\(pre.map { NumberText.rounded($0.mean) } ?? "not known") + \(NumberText.rounded(own.mean))"
  }
}

/// A column of a table whose rows are arms.
struct CellColumn: Sendable {
  var title: String
  /// What a caption says where there is one.
  var remark = ""
  /// Empty where a quantity is not known, or an arm has none.
  var text: @Sendable (ArmGroup.Cell) -> String

  static let count = CellColumn(title: "n") { "\($0.runs.count)" }
  static let error = CellColumn(title: "Test error (%)") { $0.text($0.error, digits: 2).number ?? "" }
  static let loss = CellColumn(title: "Test loss") { $0.text($0.loss, digits: 4).number ?? "" }
  /// Under the classifier trained against, and under psi0.
  static let trainLoss = CellColumn(title: "Training loss") { cell in
    let plain = cell.unperturbedTrainLoss.map { " (psi0: \(NumberText.fixed($0.mean, 4)))" } ?? ""
    return (cell.text(cell.trainLoss, digits: 4).number ?? "") + plain
  }
  static let etaStar = CellColumn(title: "eta*") { $0.etaStar.map { NumberText.short($0.mean) } ?? "" }
  static let norm = CellColumn(title: "Norm") { $0.perturbationNorm.map { NumberText.short($0.mean) } ?? "" }
  static let rejected = CellColumn(title: "Rejected (%)") {
    $0.rejectedShare.map { NumberText.fixed(100 * $0.mean, 1) } ?? ""
  }
  static let seconds = CellColumn(title: "Seconds", remark: " (pre + own)") {
    $0.costText(own: $0.seconds, pre: $0.preSeconds)
  }
  static let gradientEvaluations = CellColumn(title: "Gradient evaluations", remark: " (pre + own)") {
    $0.costText(own: $0.gradientEvaluations, pre: $0.preGradientEvaluations)
  }
}

extension Verdict {
  var text: String {
    switch self {
    case .lower: "lower"
    case .higher: "higher"
    case .undecided: "undecided"
    case .identical: "equal in every pair"
    case .noSpread: "undecided: no spread"
    case .onePair: "one pair: no interval"
    case .noPairs: "no pairs"
    }
  }

  /// Whether the interval excludes zero: only then may anything be bold.
  var isSupported: Bool { self == .lower || self == .higher }
}

extension PairedDifference {
  func meanText(digits: Int) -> String { summary.map { NumberText.fixed($0.mean, digits, sign: true) } ?? "" }

  func intervalText(digits: Int) -> String {
    // Pairs without spread have an interval of no width, which means nothing.
    guard let interval, verdict != .identical, verdict != .noSpread else { return "" }
    // An interval must read as what it is: neither touching a zero that it excludes, nor beginning at one that it holds.
    let nearest = min(abs(interval.low), abs(interval.high))
    let digits = nearest > 0 && nearest < 0.5 * pow(10, -Double(digits)) ? digits + 2 : digits
    return
      "[\(NumberText.fixed(interval.low, digits, sign: true)), \(NumberText.fixed(interval.high, digits, sign: true))]"
  }
}

extension PairedDifference {
  /// Cohen's d_z in two digits.
  var effectText: String { effectSize.map { NumberText.fixed($0, 2, sign: true) } ?? "" }
}

extension ArmGroup.Comparison {
  /// "SGD -> PoF minus SGD".
  var title: String { "\(treatment.title) minus \(control.title)" }
}

extension ArmGroup {
  /// "SVHN without extra (not the official set), basic".
  var title: String {
    "\(dataTitle)\(settings?.imagesMark.map { " (\($0))" } ?? ""), \(key.augmentation)"
  }

  /// The title where the mark of the images stands elsewhere.
  var unmarkedTitle: String { "\(dataTitle), \(key.augmentation)" }

  private var dataTitle: String {
    DatasetName.title(ofFolder: key.dataset)
      + (settings?.configuration.trainingPart == .withoutExtra ? " without extra" : "")
  }

  /// What the group's runs share, one statement a line.
  var heading: [String] {
    guard let settings else { return ["No run of this row can be read."] }
    let one = settings.configuration
    var lines = [
      "Profile \(key.profile), \(settings.model), batch \(one.batchSize); \(settings.images).",
      "Epochs: \(settings.epochs) (shared pre-training + each arm's own); pre-training rate "
        + "\(NumberText.short(one.learningRate)).",
    ]
    if let text = settings.postTraining { lines.append("Post-training: \(text).") }
    if let text = settings.perturbation?.text { lines.append("\(text).") }
    if let rho = settings.rho { lines.append("SAM: rho \(NumberText.short(rho)).") }
    lines.append(
      "n = \(seeds.count) seed\(seeds.count == 1 ? "" : "s") (\(seeds.map(String.init).joined(separator: ", "))).")
    for cell in preTraining {
      guard let train = cell.trainLoss, let test = cell.loss else { continue }
      lines.append(
        "Before post-training, after \(cell.arm.title): training loss \(NumberText.fixed(train.mean, 3)), test loss "
          + "\(NumberText.fixed(test.mean, 3)), gap \(NumberText.fixed(test.mean - train.mean, 3, sign: true)).")
    }
    let above = (preTraining + cells).filter(isAboveGuessing).map(\.arm.title)
    if !above.isEmpty, let guessing {
      lines.append(
        "Test losses above that of uniform guessing, \(guessing.text): \(above.joined(separator: ", ")). There a lower "
          + "loss may be nothing but less certain outputs, and the test error tells whether predictions are better.")
    }
    let differences = settings.differencesFromPaper
    if !differences.isEmpty { lines.append("Not the paper's setting: \(differences.joined(separator: ", ")).") }
    return lines
  }

  /// The loss of uniform guessing, in nats and as "ln 100 = 4.605"; nil for a data set that is not known.
  private var guessing: (loss: Double, text: String)? {
    DatasetName(rawValue: key.dataset).map { dataset in
      let classes = dataset.specification.classes
      let loss = log(Double(classes))
      return (loss, "ln \(classes) = \(NumberText.fixed(loss, 3))")
    }
  }

  /// Whether an arm is so sure of wrong answers that guessing would have a lower test loss.
  func isAboveGuessing(_ cell: Cell) -> Bool {
    guard let guessing, let loss = cell.loss?.mean else { return false }
    return loss > guessing.loss
  }

  /// What the tables lack: files that exist and count for nothing, each with its reason, and seeds that were not run of
  /// arms that others were run of.
  var missing: [String] {
    let unfinished = runs.compactMap { run -> String? in
      switch run.outcome {
      case .done: nil
      case .partial(let record):
        "\(run.path): \(ArmGroup.Gap.Reason(partial: record)); under way, or resumed by the same command"
      case .failed(_, let epoch, let step, let reason): "\(run.path): failed in epoch \(epoch), step \(step): \(reason)"
      case .unusable(let reason): "\(run.path): \(reason)"
      }
    }
    let begun = (preTraining + cells).filter { !$0.runs.isEmpty }
    let notRun = seeds.compactMap { seed -> String? in
      let arms = begun.filter { $0.gaps.contains { $0.seed == seed && $0.reason == .notRun } }.map(\.arm.title)
      return arms.isEmpty ? nil : "seed \(seed) not run: \(arms.joined(separator: ", "))"
    }
    return unfinished + notRun
  }

  /// Commits, machines and libraries that made the group's readable runs; distinct and sorted.
  var provenanceText: String {
    let all = runs.flatMap { $0.outcome.record?.provenance.segments.map(\.environment) ?? [] }
    func distinct(_ values: [String]) -> String { Set(values).sorted().joined(separator: "; ") }
    let commits = distinct(all.map { $0.commit + ($0.dirty ? " with uncommitted changes" : "") })
    let versions = distinct(all.flatMap { $0.versions.map { "\($0.key) \($0.value)" } })
    let machines = distinct(all.map { "\($0.cpu), \($0.threads) thread\($0.threads == 1 ? "" : "s")" })
    return "commit \(commits); \(machines)" + (versions.isEmpty ? "" : "; \(versions)")
  }
}
