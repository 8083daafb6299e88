// Documents in both formats, the one page that holds them all, and our numbers beside published ones.

import Foundation
import Storage
import Testing
import Training

@testable import Reporting

private let document: [Block] = [
  .heading(level: 1, "A -> B <&>"),
  .paragraph("Plain " + .bold("bold") + " " + .italic("slanted") + " " + .code("a->b")),
  .list(["one", "two"]),
  .table(DocumentTable(header: ["Arm", "n"], rows: [["SGD", "1.5 +- 0.1"], [.bold("PoF"), ""]])),
  .figure(
    FigureLink(
      row: RowKey(profile: "quick", dataset: "cifar10", augmentation: "basic"), title: "It's \"curves\"",
      path: "a b.png")
  ), .lines(title: "Commands", ["x --y '1'", "z"]),
]

@Test func aDocumentAsMarkdown() {
  #expect(
    Markdown.render(document) == """
      # A → B \\<&amp;>

      Plain **bold** *slanted* `a->b`

      - one
      - two

      | Arm | n |
      | --- | ---: |
      | SGD | 1.5 ± 0.1 |
      | **PoF** |  |

      ![It's "curves"](a%20b.png)

      Commands

          x --y '1'
          z

      """)
}

/// A reason for missing numbers stretches over their columns in HTML; in Markdown these are empty.
@Test func aWideCellStretches() {
  let table = DocumentTable(
    header: ["Arm", "n", "Error", "Loss"], rows: [.init(cells: ["SGD", "0", .italic("not run"), ""], wide: 2..<4)])
  var anchors = HTML.Anchors()
  let html = HTML.render([.table(table)], depth: 0, anchors: &anchors) { _ in nil }
  #expect(
    html.contains(
      "<tr><th scope=\"row\">SGD</th><td class=\"number\">0</td><td colspan=\"2\"><em>not run</em></td></tr>"))
  #expect(Markdown.render([.table(table)]).hasSuffix("| SGD | 0 | *not run* |  |\n"))
}

@Test func aDocumentAsHTML() throws {
  var anchors = HTML.Anchors()
  let picture = Data([1, 2, 3])
  let text = HTML.render(document, depth: 1, anchors: &anchors) { $0 == "a b.png" ? picture : nil }
  #expect(
    text == """
      <h2 id="a-b">A → B &lt;&amp;&gt;</h2>
      <p>Plain <strong>bold</strong> <em>slanted</em> <code>a-&gt;b</code></p>
      <ul>
      <li>one</li>
      <li>two</li>
      </ul>
      <div class="scroll" tabindex="0"><table>
      <thead><tr><th scope="col">Arm</th><th scope="col" class="number">n</th></tr></thead>
      <tbody>
      <tr><th scope="row">SGD</th><td class="number">1.5 ± 0.1</td></tr>
      <tr><th scope="row"><strong>PoF</strong></th><td class="number"></td></tr>
      </tbody>
      </table></div>
      <figure><img src="data:image/png;base64,AQID" alt="It&#39;s &quot;curves&quot;">
      <figcaption>It&#39;s &quot;curves&quot; (<code>a b.png</code>, its data and script beside it)</figcaption></figure>
      <p>Commands</p>
      <pre tabindex="0">x --y &#39;1&#39;
      z</pre>

      """)
  #expect(anchors.entries == [.init(level: 2, identifier: "a-b", title: "A -> B <&>")])
  #expect(anchors.add("A, b", level: 2) == "a-b-2" && anchors.add("A b!", level: 3) == "a-b-3")
  #expect(anchors.add("\u{e9}", level: 2) == "section")
  // A picture that is not there leaves no broken one.
  #expect(!HTML.render(document, depth: 0, anchors: &anchors) { _ in nil }.contains("<img"))
}

/// Whatever a name holds stays text, in elements and in attributes.
@Test func hostileTextStaysText() {
  let hostile = "</pre><script>alert('1')</script>\" onload=\"x\u{0}\u{9f}"
  #expect(HTML.escaped(hostile) == "&lt;/pre&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&quot; onload=&quot;x  ")
  var anchors = HTML.Anchors()
  let link = FigureLink(
    row: RowKey(profile: hostile, dataset: hostile, augmentation: hostile), title: hostile, path: hostile)
  let text = HTML.render(
    [
      .heading(level: 1, RichText(hostile)), .paragraph(.code(hostile)), .figure(link),
      .lines(title: hostile, [hostile]),
    ],
    depth: 0, anchors: &anchors
  ) { _ in Data() }
  #expect(!text.contains("<script") && !text.contains("\" onload"))
}

@Suite struct IndexPageTests {
  private static let records =
    fullSet() + [
      makeRecord(.sgd, seed: 7, status: .partial, finished: 1),
      makeRecord(.sam, seed: 7, status: .failed(epoch: 12, step: 3, reason: "loss is <not> finite"), finished: 1),
    ]

  private func page(_ records: [RunRecord]) -> String {
    let collection = RunCollection(runs: records.map(collected))
    let table = Table1(collection)
    let link = FigureLink(row: collected(records[0]).key, title: "Curves", path: "figures/c.png")
    return IndexPage(
      documents: [table.document(figures: [link])], collection: collection,
      pictures: ["figures/c.png": Data([1, 2, 3])]
    ).html
  }

  /// Nothing is fetched from anywhere, and nothing runs.
  @Test func thePageStandsAlone() throws {
    let html = page(Self.records)
    #expect(html.hasPrefix("<!DOCTYPE html>\n<html lang=\"en\">") && html.hasSuffix("</html>\n"))
    for forbidden in ["<script", "<link", "@import", "http:", "https:", "url(", "src=\"figures"] {
      #expect(!html.contains(forbidden), "\(forbidden)")
    }
    #expect(html.contains("<img src=\"data:image/png;base64,AQID\""))
    #expect(html.contains("width=device-width") && html.contains("prefers-color-scheme: dark"))
    #expect(html.contains("@media print"))
    // Every entry of the contents leads to a heading, and no identifier stands twice.
    let identifiers = html.matches(of: /<h[1-6] id="([^"]*)"/).map { String($0.1) }
    #expect(Set(identifiers).count == identifiers.count)
    let targets = html.matches(of: /href="#([^"]*)"/).map { String($0.1) }
    #expect(!targets.isEmpty && targets.allSatisfy(identifiers.contains))
    #expect(page(Self.records) == html)
  }

  /// Elements that are opened are closed, in order.
  @Test func elementsAreNested() {
    var open: [String] = []
    let empty: Set = ["meta", "img", "!DOCTYPE"]
    let html = page(Self.records).replacing(/<style>[^<]*<\/style>/, with: "")
    for match in html.matches(of: /<(\/?)([!A-Za-z0-9]+)[^>]*>/) {
      let name = String(match.2)
      if empty.contains(name) { continue }
      if match.1.isEmpty { open.append(name) } else { #expect(open.popLast() == name) }
    }
    #expect(open.isEmpty)
  }

  @Test func runsAreCountedAndCommandsListed() {
    let html = page(Self.records)
    #expect(html.contains("Made from run files alone: 27 finished, 1 partial, 1 failed."))
    #expect(html.contains("failed in epoch 12, step 3: loss is &lt;not&gt; finite"))
    #expect(html.contains("fashion-mnist --profile quick --method sgd-pof --seed 1\n"))
    #expect(html.contains("Commit <code>0123abc</code>"))
  }
}

@Suite struct PublishedComparisonTests {
  private static let published = """
    CIFAR-10,WRN-28-10,basic,200,SGD,3.5,0.1 (5 runs),"F, Table 1",https://f,primary,cosine schedule
    CIFAR-10,WRN-28-10,cutout 16,200,SGD,3.08,,D,https://d,secondary,
    CIFAR-10,WRN-28-10,basic,,SGD -> PoF,,,Sato,https://s,,
    CIFAR-10,WRN-10-2,basic,14,SAM,4,,G,https://g,primary,
    CIFAR-100,WRN-28-10,basic,200,SGD,18.8,,F,https://f,primary,

    """

  private func comparison(_ records: [RunRecord]) throws -> PublishedComparison {
    let published = try ReferenceTable(
      csv: ReferenceTable.columns.joined(separator: ",") + "\n" + Self.published, file: "r.csv")
    return PublishedComparison(makeTable(records, published: published))
  }

  /// A published number stands beside ours of the same data set, method and augmentation alone, with what differs.
  @Test func everyRowSaysWhereItDiffers() throws {
    let one = try comparison([
      makeRecord(.sgd, seed: 0, error: 15, dataset: "cifar10"),
      makeRecord(.sgd, seed: 1, error: 16, dataset: "cifar10"),
      makeRecord(.sgdPoF, seed: 0, error: 14, dataset: "cifar10"),
    ])
    #expect(one.rows.map(\.cell.arm) == [.sgd, .sam, .sgdPoF])
    #expect(one.rows[0].oursText == "15.50 +- 0.71 (2)" && one.rows[1].oursText == "not run")
    #expect(
      one.rows[0].differences == [
        "network WRN-10-2, published WRN-28-10", "epochs 10 + 4, published 200",
        "training images 1,000, published 50,000",
      ])
    let text = one.markdown()
    #expect(text.contains("| 3.5 ± 0.1 (5 runs) | F, Table 1 | network WRN-10-2, published WRN-28-10; epochs 10 + 4"))
    #expect(text.contains("| SGD → PoF | 14.00 (1; seed 1 not run) | not available here | Sato |"))
    #expect(!text.contains("18.8") && !text.contains("3.08"))
    let fields = one.data[0].content.split(separator: "\n").map(String.init)
    #expect(fields.count == 4 && fields[1].hasPrefix("quick,cifar10,basic,SGD,2,15.5,0.7071"))
    checkLaTeX(one.latex)
  }

  @Test func cutoutIsComparedWhateverItsSize() throws {
    let cutout = try comparison([makeRecord(.sgd, seed: 0, dataset: "cifar10") { $0.augmentation = .cutout }])
    #expect(cutout.rows.map(\.published.source) == ["D"])
    #expect(cutout.rows[0].differences.contains("augmentation cutout, published cutout 16"))
    #expect(cutout.markdown().contains("seen in a secondary source"))
  }

  /// Nothing was published for synthetic images; without rows there is no page.
  @Test func syntheticImagesAreComparedWithNothing() throws {
    let synthetic = try comparison([makeRecord(.sgd, seed: 0, dataset: "cifar10") { $0.dataSource = .synthetic }])
    #expect(synthetic.rows.isEmpty && synthetic.isEmpty)
    #expect(try comparison([makeRecord(.sgd, seed: 0)]).isEmpty)
  }
}
