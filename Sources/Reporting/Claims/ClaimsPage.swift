// The claims as a page: an overview of verdicts, then each claim with what it requires and what was measured. Claims,
// findings and verdicts are Claims.swift's; no sentence here says more than they do.

import Training

extension Claims: ReportPage {
  var name: String { "claims" }
  var isEmpty: Bool { rows.allSatisfy(\.findings.isEmpty) }

  private static let reading = """
    The abstract's claims, and what the run files here say of each. "Supported": every difference that the claim asks \
    for was run, over \(ClaimVerdict.Outcome.fewestPairs) seeds or more, and has a 95 % interval below zero. "Contradicted": one \
    of k measured differences, over as many seeds, has an interval above zero at the confidence 1 - 0.05 / k, and none has \
    one below. "Undecided": anything else, at this number of seeds and at this scale. Nothing is corrected for the number of \
    claims, places and metrics, and with few seeds an interval leans on differences being normal. A verdict holds for its \
    place alone: where settings are not the paper's, they are named with it, and neither "supported" nor "contradicted" \
    speaks of the paper's own experiment. Above the loss of uniform guessing a lower loss may be nothing but less certain \
    outputs.
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
      header: ["Claim", "Place", "Profile", "n", "Test error", "Test loss"],
      rows: rows.enumerated().flatMap { number, claim -> [[RichText]] in
        let title = RichText("\(number + 1). \(claim.name.title)")
        guard !claim.findings.isEmpty else {
          return [[title, "", "", "", "not run", "not run"]]
        }
        return claim.places.map { place in
          let findings = claim.findings.filter { $0.key == place }
          return [title, RichText(findings[0].place), .code(place.profile), RichText(findings[0].countText)]
            + DifferenceMetric.allCases.map { metric in
              let verdict = findings.first { $0.metric == metric }?.verdict ?? .notRun
              return .bold(verdict.description, if: verdict.isDecided)
            }
        }
      }, numeric: false)
  }

  /// A line for each comparison; what is said of a claim or a place stands in each of its lines.
  var data: [(path: String, content: String)] {
    let columns = [
      "claim", "sentence", "requirement", "profile", "dataset", "augmentation", "differences_from_paper", "metric",
      "verdict", "marks", "treatment", "control", "n", "mean", "interval_low", "interval_high", "corrected_low",
      "corrected_high", "reason",
    ]
    let lines = rows.flatMap { claim -> [String] in
      let head = [claim.name.rawValue, claim.sentence, claim.requirement]
      if let reason = claim.notRun {
        func empty(_ count: Int) -> [String] { Array(repeating: "", count: count) }
        return [CSV.line(head + empty(5) + [ClaimVerdict.Outcome.notRun.rawValue] + empty(9) + [reason])]
      }
      return claim.findings.flatMap { finding in
        finding.comparisons.map { comparison in
          let difference = finding.metric.of(comparison)
          let corrected = difference.interval(
            confidence: ClaimVerdict.Outcome.correctedConfidence(of: finding.measured.count))
          return CSV.line(
            head + [
              finding.key.profile, finding.key.dataset, finding.key.augmentation,
              finding.differencesFromPaper.joined(separator: "; "), finding.metric.column,
              finding.verdict.outcome.rawValue, finding.verdict.marks.joined(separator: "; "),
              comparison.treatment.name, comparison.control.name, "\(comparison.seeds.count)",
            ]
              + [
                difference.summary?.mean, difference.interval?.low, difference.interval?.high, corrected?.low,
                corrected?.high,
              ].map(NumberText.exact) + [""])
        }
      }
    }
    return [("\(name).csv", CSV.line(columns) + lines.joined())]
  }

  /// A table for each claim, so that none is pasted without what it requires and where its settings are not the paper's.
  var latex: String {
    LaTeX.head("Claims")
      + rows.enumerated().map { number, claim in
        let title = "Claim \(number + 1): \(claim.name.title). \"\(claim.sentence)\" Required: \(claim.requirement)"
        var notes = LaTeX.Notes()
        let lines = claim.findings.map { finding -> [String] in
          let mark =
            finding.differencesFromPaper.isEmpty
            ? "" : notes.mark("Not the paper's: \(finding.differencesFromPaper.joined(separator: ", "))")
          return [
            LaTeX.text("\(finding.place), \(finding.key.profile)") + mark, LaTeX.text(finding.metric.words),
            LaTeX.text(finding.measuredText),
            LaTeX.bold(LaTeX.text("\(finding.verdict)"), if: finding.verdict.isDecided),
          ]
        }
        return LaTeX.texts(
          caption: title + (claim.notRun.map { " Not run: \($0)" } ?? ""),
          widths: [0.2, 0.09, 0.5, 0.17], header: ["Place", "In", "Measured", "Verdict"],
          rows: lines.isEmpty ? [["", "", "", ClaimVerdict.Outcome.notRun.rawValue]] : lines,
          below: lines.isEmpty ? [] : notes.lines + [LaTeX.text(Self.reading)])
      }.joined()
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
  /// Pairs behind the comparisons that were run: "5", "3 to 5", or nothing.
  fileprivate var countText: String {
    let counts = measured.map(\.seeds.count)
    guard let fewest = counts.min(), let most = counts.max() else { return "" }
    return fewest == most ? "\(most)" : "\(fewest) to \(most)"
  }

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
