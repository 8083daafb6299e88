// Sentences and cells that Markdown and LaTeX share: plain text with "->" and "+-" for each format to set its own way.

import Storage
import Training

extension Table1.Cell {
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

  /// "61 + 21": shared pre-training, then this arm's own epochs; "? +" where pre-training's run is missing.
  func costText(own: Summary?, pre: Summary?) -> String {
    guard let own else { return "" }
    guard arm.postTraining != .none else { return NumberText.rounded(own.mean) }
    return "\(pre.map { NumberText.rounded($0.mean) } ?? "?") + \(NumberText.rounded(own.mean))"
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
    return
      "[\(NumberText.fixed(interval.low, digits, sign: true)), \(NumberText.fixed(interval.high, digits, sign: true))]"
  }
}

extension RowSettings {
  var model: String { "WRN-\(configuration.depth)-\(configuration.width)" }

  var images: String {
    let train = NumberText.grouped(data.trainCount)
    let test = NumberText.grouped(data.testCount)
    let counts = "\(train) training and \(test) test images"
    let title = PaperDataset.title(of: configuration.dataset)
    if configuration.dataSource == .synthetic { return "\(counts), synthetic (not \(title))" }
    guard data.official else { return "\(counts), not the official set" }
    guard configuration.trainLimit > 0 || configuration.testLimit > 0 else { return "\(counts), the published set" }
    return "\(counts), the first of the published set"
  }

  /// "150 + 20": shared pre-training and what follows it.
  var epochs: String { "\(configuration.preEpochs) + \(post?.epochs ?? 0)" }

  var postTraining: String? {
    post.map {
      "rate \(NumberText.short($0.learningRate)) x \(NumberText.grouped($0.steps)) steps = "
        + "\(NumberText.fixed($0.product, 2)) (paper: 10 epochs = \(NumberText.grouped(PaperSetting.postSteps)) steps at "
        + "\(NumberText.short(PaperSetting.postLearningRate)), product "
        + "\(NumberText.fixed(PaperSetting.postLearningRate * Double(PaperSetting.postSteps), 2)))"
    }
  }

  var perturbationText: String? {
    perturbation.map {
      "\($0.groups) perturbation group\($0.groups == 1 ? "" : "s"), range c = \(NumberText.short($0.range)), "
        + "weak batches of \($0.weakBatchSize), search limit \(NumberText.rounded($0.searchLimit)) "
        + "(\($0.atSearchLimit.rawValue))"
    }
  }

  /// Where the row's setting is not the paper's: "model (WRN-10-2, paper WRN-28-10)".
  var differencesFromPaper: [String] {
    var list: [String] = []
    if configuration.depth != PaperSetting.depth || configuration.width != PaperSetting.width {
      list.append("model (\(model), paper WRN-\(PaperSetting.depth)-\(PaperSetting.width))")
    }
    if configuration.batchSize != PaperSetting.batchSize {
      list.append("batch (\(configuration.batchSize), paper \(PaperSetting.batchSize))")
    }
    if configuration.preEpochs != PaperSetting.preEpochs {
      list.append("pre-training (\(configuration.preEpochs) epochs, paper \(PaperSetting.preEpochs))")
    }
    if let perturbation, perturbation.weakBatchSize != PaperSetting.weakBatchSize {
      list.append("weak batch (\(perturbation.weakBatchSize), paper \(PaperSetting.weakBatchSize))")
    }
    if let perturbation, perturbation.groups != PaperSetting.groups {
      list.append("perturbation groups (\(perturbation.groups), paper \(PaperSetting.groups))")
    }
    if configuration.dataSource == .synthetic {
      list.append("images (synthetic)")
    } else if !data.official {
      list.append("images (not the official set)")
    } else if configuration.trainLimit > 0 || configuration.testLimit > 0 {
      list.append("images (a part of the set)")
    }
    return list
  }
}

extension Table1.MeasuredRow {
  /// Synthetic images stand in for a data set but are none: no table may show them under its name alone.
  var isSynthetic: Bool { settings?.configuration.dataSource == .synthetic }

  var title: String {
    "\(PaperDataset.title(of: key.dataset))\(isSynthetic ? " (synthetic images)" : ""), \(key.augmentation)"
  }

  /// Commits, machines and libraries that made the row's readable runs; distinct and sorted.
  var provenanceText: String {
    let all = runs.flatMap { $0.outcome.record?.provenance.segments.map(\.environment) ?? [] }
    func distinct(_ values: [String]) -> String { Set(values).sorted().joined(separator: "; ") }
    let commits = distinct(all.map { $0.commit + ($0.dirty ? " with uncommitted changes" : "") })
    let versions = distinct(all.flatMap { $0.versions.map { "\($0.key) \($0.value)" } })
    let machines = distinct(all.map { "\($0.cpu), \($0.threads) thread\($0.threads == 1 ? "" : "s")" })
    return "commit \(commits); \(machines)" + (versions.isEmpty ? "" : "; \(versions)")
  }
}

enum TableSentences {
  static let reading = """
    Every number is of the last epoch, never of the best one on the test set. A cell is mean +- sample deviation over \
    seeds, n in brackets. All arms of a row continue the same pre-training of their seed for the same number of epochs; \
    "frozen" is the control that trains the feature extractor under the unperturbed classifier. Differences are paired \
    by seed, with a two-sided 95 % t interval; an interval that contains zero leaves the question undecided. Intervals \
    are not corrected for their number.
    """
  static let limits = """
    What such a run can tell: for its data set, at its scale and with its seeds, which way the difference goes where the interval \
    excludes zero, in test loss sooner than in test error. What it cannot tell: anything about other data sets, models \
    or lengths of training, or whether the paper's result holds at the paper's scale. With few seeds the interval leans \
    on differences being normal: read directions, not verdicts.
    """
  static let overviewBold = """
    Bold: the paired difference to the arm that continues pre-training's own optimiser has an interval below zero.
    """
}
