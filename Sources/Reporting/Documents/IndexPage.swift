// The report on one page, `index.html`: every page's document one after the other, pictures inlined, nothing fetched, no
// script. It adds what was run and by which commands; numbers are the pages' own.

import Foundation
import Storage

struct IndexPage {
  /// Of every page of the report, in their order.
  var documents: [[Block]]
  var collection: RunCollection
  /// PNG by path.
  var pictures: [String: Data]

  /// The page. Equal runs give equal bytes: it holds no date and no place.
  var html: String {
    var anchors = HTML.Anchors()
    func render(_ document: [Block], depth: Int) -> String {
      HTML.render(document, depth: depth, anchors: &anchors) { pictures[$0] }
    }
    let head = render(summary, depth: 0)
    let sections = (documents + [provenance]).map { document in
      "<section>\n\(render(document, depth: 1))</section>\n"
    }
    return """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <title>PoF in Swift: results</title>
      <style>
      \(Self.style)
      </style>
      </head>
      <body>
      <header>
      \(head)</header>
      <nav aria-label="Contents">
      \(Self.contents(anchors.entries))</nav>
      <main>
      \(sections.joined())</main>
      </body>
      </html>

      """
  }

  private static func contents(_ entries: [HTML.Anchors.Entry]) -> String {
    "<ul>\n"
      + entries.filter { (2...4).contains($0.level) }.map { entry in
        "<li class=\"level\(entry.level)\"><a href=\"#\(entry.identifier)\">\(HTML.text(entry.title))</a></li>\n"
      }.joined() + "</ul>\n"
  }

  /// What the page is, and how many runs are behind it.
  private var summary: [Block] {
    let outcomes = collection.runs.map(\.outcome)
    func count(_ isCounted: (RunOutcome) -> Bool) -> Int { outcomes.filter(isCounted).count }
    let counts = [
      (count { if case .done = $0 { true } else { false } }, "finished"),
      (count { if case .partial = $0 { true } else { false } }, "partial"),
      (count { if case .failed = $0 { true } else { false } }, "failed"),
      (count { if case .unusable = $0 { true } else { false } }, "unusable"),
    ].filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
    return [
      .heading(level: 1, "PoF in Swift: results"),
      .paragraph(
        RichText(
          "Post-training of the feature extractor (Sato et al., ICML 2022) beside SGD, SAM and the controls, after "
            + "equal epochs; the tables have what each costs. Made from run files alone: \(counts.joined(separator: ", ")). A partial, failed or unusable "
            + "run counts in no table; each is named with its reason.")),
    ]
  }

  /// Commits, machines and commands of all readable runs.
  private var provenance: [Block] {
    let keys = Set(collection.runs.map(\.key)).sorted()
    return [
      .heading(level: 1, "Provenance and commands"),
      .paragraph(
        """
        The suite's command that makes the runs of a place again, where no settings override its profile (it skips what is \
        done, and ends in tables and figures; JOBS shares the cores), then each run's own command, as its file holds it, with \
        the folders of the machine that ran it.
        """),
    ]
      + keys.flatMap { key -> [Block] in
        let records = collection.runs.filter { $0.key == key }.compactMap(\.outcome.record)
        guard !records.isEmpty else { return [] }
        let environments = records.flatMap { $0.provenance.segments.map(\.environment) }
        func distinct(_ values: [String]) -> [String] { Set(values).sorted() }
        let commits = distinct(environments.map { $0.commit + ($0.dirty ? " with uncommitted changes" : "") })
        let machines = distinct(
          environments.map { "\($0.cpu), \($0.threads) thread\($0.threads == 1 ? "" : "s")" })
        let libraries = distinct(environments.flatMap { $0.versions.map { "\($0.key) \($0.value)" } })
        let spans = records.map(\.provenance.started).sorted()
        let started = spans.first.map { first in
          "Started between \(first) and \(spans.last ?? first); \(records.count) run files."
        }
        return [
          .heading(level: 2, RichText("\(key.dataset), \(key.augmentation), profile ") + .code(key.profile)),
          .list(
            RunCommand.lines(of: records, key).map { "Made again by " + .code($0) }
              + [
                "Commit " + .code(commits.joined(separator: ", ")), RichText(machines.joined(separator: "; ")),
                RichText(libraries.joined(separator: "; ")), RichText(started ?? ""),
              ].filter { !$0.plain.isEmpty }),
          .lines(title: "The commands of these runs", distinct(records.map(\.provenance.command))),
        ]
      }
  }
}
