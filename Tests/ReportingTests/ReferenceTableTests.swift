// The published values: the committed file, and files that must be refused.

import Testing

@testable import Reporting

@Suite struct ReferenceTableTests {
  @Test func committedFile() throws {
    let table = try ReferenceTable.read("\(repository)/paper-tables/reference.csv")
    #expect(table.values.count == 64)
    func value(_ data: String, _ augmentation: String, _ method: String, _ source: String) -> ReferenceValue? {
      table.values.first {
        $0.dataSet == data && $0.augmentation == augmentation && $0.method == method && $0.source.contains(source)
      }
    }
    #expect(value("CIFAR-100", "cutout", "SAM", "Foret")?.errorPercent == "14.9")
    #expect(value("CIFAR-100", "cutout", "SAM", "Foret")?.epochs == "200")
    #expect(value("CIFAR-10", "cutout", "ASAM", "davda54")?.errorPercent == "2.55")
    #expect(value("SVHN + extra", "cutout 20", "SGD", "DeVries")?.errorPercent == "1.30")
    #expect(value("CIFAR-10", "basic", "SGD", "gahaalt")?.seen == .secondary)
    // No number of the PoF paper may be here before somebody has read it.
    let own = table.values.filter { $0.source.hasPrefix("Sato") }
    #expect(own.count == 32)
    #expect(own.allSatisfy { $0.errorPercent == nil && $0.seen == nil })
    #expect(table.values.allSatisfy { $0.url.hasPrefix("https://") })
    #expect(value("CIFAR-10", "cutout", "ASAM", "davda54")?.url == "https://github.com/davda54/sam")
    #expect(Markdown.render([.table(table.table)]).contains("SGD \u{2192} PoF | not available here |"))
  }

  private static let header = ReferenceTable.columns.joined(separator: ",")

  @Test func quotedFields() throws {
    let table = try ReferenceTable(
      csv: Self.header + "\r\nA,B,C,,M,3.20,\"0.1, \"\"n\"\" = 5\",\"S, 1\",https://u,primary,\"two\nlines\"\r\n",
      file: "r.csv")
    #expect(table.values.map(\.spread) == ["0.1, \"n\" = 5"])
    #expect(table.values.map(\.source) == ["S, 1"])
    #expect(table.values.map(\.remark) == ["two\nlines"])
    #expect(table.values.map(\.errorPercent) == ["3.20"])
    #expect(table.values.map(\.epochs) == [nil])
    // As spreadsheets write it; and both phases of training.
    let marked = try ReferenceTable(
      csv: "\u{FEFF}\(Self.header)\nA,B,C,200 + 10,M,3,,S,https://u,primary,\n", file: "r.csv")
    #expect(marked.values.map(\.epochs) == ["200 + 10"])
  }

  @Test(arguments: [
    ("", 1, "header"), ("a,b\n", 1, "header"), ("HEADER\nA,B,C,200,M,3,,S,https://u,primary\n", 2, "10 fields"),
    ("HEADER\nA,B,C,200,M,3,,S,https://u,primary,r,x\n", 2, "12 fields"),
    ("HEADER\n\nA,B,C,,M,3,,S,https://u,primary,\n", 2, "blank line"),
    ("HEADER\nA,B,C,-1,M,3,,S,https://u,primary,\n", 2, "epochs is \"-1\""),
    ("HEADER\nA,B,C,+5,M,3,,S,https://u,primary,\n", 2, "epochs"),
    ("HEADER\nA,B,C,,M,nan,,S,https://u,primary,\n", 2, "error_percent"),
    ("HEADER\nA,B,C,,M,0x1p3,,S,https://u,primary,\n", 2, "error_percent"),
    ("HEADER\nA,B,C,,M,101,,S,https://u,primary,\n", 2, "error_percent"),
    ("HEADER\nA,B,C,,M,3,,S,https://u,hearsay,\n", 2, "seen"),
    ("HEADER\nA,B,C,,M,3,,S,https://u,,\n", 2, "seen"), ("HEADER\nA,B,C,,M,,,S,https://u,primary,\n", 2, "seen"),
    ("HEADER\nA,B,C,200 + 0,M,3,,S,https://u,primary,\n", 2, "epochs"),
    ("HEADER\nA,B,C,1 + 2 + 3,M,3,,S,https://u,primary,\n", 2, "epochs"),
    ("HEADER\nA,B,C,,M,3,,S,,primary,\n", 2, "url is empty"), ("HEADER\nA,B,C,,M,3,,S,here,primary,\n", 2, "url is"),
    ("HEADER\n,B,C,,M,3,,S,https://u,primary,\n", 2, "data_set is empty"),
    ("HEADER\nA,B,C,,M,3,,,https://u,primary,\n", 2, "source is empty"),
    ("HEADER\nA,B,C,,M,3,,S,https://u,primary,\"open\n", 2, "never closed"),
    ("HEADER\nA,B\"x\",C,,M,3,,S,https://u,primary,\n", 2, "quote inside"),
    ("HEADER\nA,\"B\"x,C,,M,3,,S,https://u,primary,\n", 2, "closing quote"),
    ("HEADER\nA,B,C,,M,3,,S,https://u,primary,\r", 2, "carriage"),
    ("HEADER\nA,B\u{0},C,,M,3,,S,https://u,primary,\n", 2, "control"),
    ("HEADER\nA,B,C,,M,3,,S,https://u,primary,\"a\nb\"\nA,B,C,,M,4,,S,https://u,primary,\n", 4, "line 2"),
  ])
  func hostileFiles(text: String, line: Int, word: String) {
    let error = #expect(throws: CSVError.self) {
      try ReferenceTable(csv: text.replacing("HEADER", with: Self.header), file: "r.csv")
    }
    #expect(error?.line == line)
    #expect(error?.description.hasPrefix("r.csv:\(line): ") == true)
    #expect(error?.reason.contains(word) == true, "\(error?.reason ?? "")")
  }

  @Test func missingFile() {
    let error = #expect(throws: CSVError.self) { try ReferenceTable.read("/no/such.csv") }
    #expect(error?.description.contains("/no/such.csv") == true)
  }
}
