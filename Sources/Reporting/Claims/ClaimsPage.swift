// The claims as a page: an overview of verdicts, then each claim with what it requires and what was measured. Claims,
// findings and verdicts are Claims.swift's; no sentence here says more than they do.

import Training

extension Claims: ReportPage {
  var name: String { "claims" }
  var isEmpty: Bool { rows.allSatisfy(\.findings.isEmpty) }

  private static let reading = """
    The abstract's claims, and what the run files here say of each. "Supported": every difference that was run has a 95 % \
    interval below zero. "Contradicted": one lies above zero and none below. "Undecided": anything else, at this number of \
    seeds and at this scale. A verdict holds for its place alone: where settings are not the paper's, they stand beside \
    it, and neither "supported" nor "contradicted" speaks of the paper's own experiment. Where the test loss lies above that of \
    uniform guessing (the tables say where), a lower loss may be nothing but less certain outputs.
    """

  func document(figures: [FigureLink]) -> [Block] {
    var blocks: [Block] = [
      .heading(level: 1, "Claims"), .paragraph(RichText(Self.reading)), .table(overview),
    ]
    for (number, claim) in rows.enumerated() {
      blocks += [
        .heading(level: 2, RichText("Claim \(number + 1): \(claim.name.title)")), .paragraph(RichText(claim.sentence)),
        .paragraph(.bold("Required:") + " " + RichText(claim.requirement)),
      ]
      if let reason = claim.notRun { blocks.append(.paragraph(.bold("Not run:") + " " + RichText(reason))) }
      guard !claim.findings.isEmpty else { continue }
      blocks.append(
        .table(
          DocumentTable(
            header: ["Place", "Profile", "In", "Measured", "Verdict"],
            rows: claim.findings.map { finding in
              [
                RichText(finding.place), .code(finding.key.profile), RichText(finding.metric.words),
                RichText(finding.measuredText), .bold(finding.verdict.description, if: finding.verdict.isDecided),
              ]
            }, numeric: false)))
      let scales = claim.scales
      if !scales.isEmpty {
        blocks += [.paragraph("Not the paper's setting:"), .list(scales.map { RichText($0) })]
      }
    }
    return blocks
  }

  /// One row for each claim and place.
  private var overview: DocumentTable {
    DocumentTable(
      header: ["Claim", "Place", "Profile", "Test error", "Test loss"],
      rows: rows.enumerated().flatMap { number, claim -> [[RichText]] in
        let title = RichText("\(number + 1). \(claim.name.title)")
        guard !claim.findings.isEmpty else {
          return [[title, "", "", "not run", "not run"]]
        }
        return claim.places.map { place in
          let findings = claim.findings.filter { $0.key == place }
          return [title, RichText(findings[0].place), .code(place.profile)]
            + DifferenceMetric.allCases.map { metric in
              let verdict = findings.first { $0.metric == metric }?.verdict ?? .notRun
              return .bold(verdict.description, if: verdict.isDecided)
            }
        }
      }, numeric: false)
  }

  var data: [(path: String, content: String)] {
    let columns = [
      "claim", "profile", "dataset", "augmentation", "metric", "verdict", "images_mark", "treatment", "control", "n",
      "mean", "interval_low", "interval_high", "reason",
    ]
    let lines = rows.flatMap { claim -> [String] in
      if let reason = claim.notRun {
        let empty = Array(repeating: "", count: columns.count - 3)
        return [CSV.line([claim.name.rawValue] + empty[0..<4] + ["not run"] + empty[4...] + [reason])]
      }
      return claim.findings.flatMap { finding in
        finding.comparisons.map { comparison in
          let difference = finding.metric.of(comparison)
          return CSV.line(
            [
              claim.name.rawValue, finding.key.profile, finding.key.dataset, finding.key.augmentation,
              finding.metric.column, finding.verdict.outcome.rawValue, finding.imagesMark ?? "",
              comparison.treatment.name, comparison.control.name, "\(comparison.seeds.count)",
            ] + [difference.summary?.mean, difference.interval?.low, difference.interval?.high].map(NumberText.exact)
              + [""])
        }
      }
    }
    return [("\(name).csv", CSV.line(columns) + lines.joined())]
  }

  var latex: String {
    let lines = rows.flatMap { claim -> [[String]] in
      guard !claim.findings.isEmpty else { return [[claim.sentence, "", "", claim.notRun ?? "", "not run"]] }
      return claim.findings.enumerated().map { index, finding in
        [
          index == 0 ? claim.sentence : "", "\(finding.place), \(finding.key.profile)", finding.metric.words,
          finding.measuredText, finding.verdict.description,
        ]
      }
    }
    return LaTeX.head("Claims; needs longtable as well")
      + LaTeX.texts(
        caption: "Claims. " + Self.reading, widths: [0.26, 0.14, 0.08, 0.34, 0.1],
        header: ["Claim", "Place", "In", "Measured", "Verdict"], rows: lines)
  }
}

extension Claim {
  /// Each place once, in order.
  fileprivate var places: [RowKey] {
    findings.reduce(into: [RowKey]()) { if !$0.contains($1.key) { $0.append($1.key) } }
  }

  /// "CIFAR-10, basic, profile quick: model (...), ..." of each place.
  fileprivate var scales: [String] {
    places.compactMap { place in
      guard let finding = findings.first(where: { $0.key == place }), !finding.differencesFromPaper.isEmpty else {
        return nil
      }
      return "\(finding.place), profile \(place.profile): \(finding.differencesFromPaper.joined(separator: ", "))"
    }
  }
}

extension Claim.Name {
  var title: String {
    switch self {
    case .improvementCIFAR10: "improvement on CIFAR-10"
    case .improvementCIFAR100: "improvement on CIFAR-100"
    case .improvementSVHN: "improvement on SVHN"
    case .perturbationEffect: "the perturbation's effect"
    case .higherLayers: "higher layers"
    case .dataDrivenRange: "data-driven range"
    case .flatterMinimum: "a flatter minimum"
    case .hessianComponents: "Hessian components"
    }
  }
}

extension Claim.Finding {
  /// "SGD -> PoF minus SGD -0.0709 [-0.0901, -0.0517] (n = 5); ...".
  fileprivate var measuredText: String {
    comparisons.map { comparison in
      guard !comparison.seeds.isEmpty else { return "\(comparison.title) not run" }
      let difference = metric.of(comparison)
      let digits = metric == .error ? 2 : 4
      let interval = difference.intervalText(digits: digits)
      return "\(comparison.title) \(difference.meanText(digits: digits)) "
        + (interval.isEmpty ? "(\(difference.verdict.text))" : "\(interval) (n = \(comparison.seeds.count))")
    }.joined(separator: "; ")
  }
}

extension ClaimVerdict {
  fileprivate var isDecided: Bool { outcome == .supported || outcome == .contradicted }
}

extension DifferenceMetric {
  /// In the middle of a sentence.
  fileprivate var words: String { self == .error ? "test error" : "test loss" }
  /// As in the tables of differences.
  fileprivate var column: String { self == .error ? "test_error_points" : "test_loss_nats" }
}
