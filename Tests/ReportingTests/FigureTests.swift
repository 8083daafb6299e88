// Pictures: stamped and read back, drawn twice with equal bytes, data that says what was measured. Damaged PNGs.

import Foundation
import Storage
import Testing
import Training

@testable import Reporting

private let hasGnuplot = (try? Gnuplot()) != nil

@Suite struct FigureTests {
  /// 2 x 1 pixels of 8-bit grey.
  private static let smallPNG = Data(
    base64Encoded: "iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCAAAAADRSSBWAAAAC0lEQVR4nGMQ+AAAARMBAXVbZvwAAAAASUVORK5CYII=")

  @Test func textsAreReadBack() throws {
    let png = try #require(Self.smallPNG)
    let texts = [
      PNGText(keyword: "Source-Commit", text: "0123abc"), PNGText(keyword: "Run-Commands", text: "one\ntwo"),
      PNGText(keyword: "Place", text: "caf\u{e9} \u{2192}"),
    ]
    let stamped = try PNGText.adding(texts, to: png)
    #expect(try PNGText.read(from: stamped) == texts)
    #expect(try PNGText.read(from: png).isEmpty)
    #expect(try PNGText.adding(texts, to: png) == stamped)
    // Chunk by chunk: every checksum is right, the texts precede the pixels.
    let names = try chunks(of: stamped).map(\.name)
    #expect(names == ["IHDR", "tEXt", "tEXt", "iTXt", "IDAT", "IEND"])
    #expect(try chunks(of: stamped).allSatisfy(\.isSound))
  }

  @Test func damagedPicturesAreRefused() throws {
    let png = try PNGText.adding([PNGText(keyword: "A", text: "b")], to: try #require(Self.smallPNG))
    #expect(throws: ReportError.self) { try PNGText.read(from: Data()) }
    #expect(throws: ReportError.self) { try PNGText.read(from: Data("no picture at all".utf8)) }
    for length in stride(from: 0, to: png.count - 12, by: 1) {
      #expect(throws: ReportError.self) { try PNGText.read(from: png.prefix(length)) }
      #expect(throws: ReportError.self) { try PNGText.adding([], to: png.prefix(length)) }
    }
    // Any damage either is refused or does no harm.
    for index in png.indices {
      var damaged = png
      damaged[index] ^= 0x55
      _ = try? PNGText.read(from: damaged)
      _ = try? PNGText.adding([PNGText(keyword: "A", text: "b")], to: damaged)
    }
    for keyword in ["", String(repeating: "k", count: 80), "k\u{e9}"] {
      #expect(throws: ReportError.self) { try PNGText.adding([PNGText(keyword: keyword, text: "")], to: png) }
    }
  }

  @Test func missingGnuplotNamesItsCure() {
    #expect(throws: ReportError.gnuplotMissing) { try Gnuplot(path: "/no/such:") }
    #expect(ReportError.gnuplotMissing.description.contains("make setup"))
  }

  @Test func curvesHoldMeansOverSeeds() throws {
    let row = try #require(makeTable(fullSet()).firstRow)
    let curves = try #require(TrainingCurves(row))
    let figure = try #require(curves.postTraining())
    let lines = figure.csv.split(separator: "\n").map { $0.split(separator: ",").map(String.init) }
    // Begun at the end of pre-training, then every epoch of post-training.
    let frozen = lines.filter { $0[0] == "sgd-frozen" }
    #expect(frozen.map { $0[2] } == ["10", "11", "12", "13", "14"])
    #expect(frozen.allSatisfy { $0[3] == "3" })
    let last = try #require(frozen.last.flatMap { Double($0[4]) })
    #expect(abs(last - (16.2 + 16.41 + 16.03) / 3) <= 1e-9)
    let whole = curves.whole().csv.split(separator: "\n")
    #expect(whole.filter { $0.hasPrefix("sgd-pre,test,") }.count == 2)
    #expect(whole.filter { $0.hasPrefix("sgd-pre,train,") }.count == 10)
    #expect(curves.whole().script.contains("set arrow from first 10, graph 0"))
  }

  /// A picture is stamped with the runs whose numbers it shows and no others, with every commit behind them.
  @Test func stampsNameWhatIsShown() throws {
    var records = fullSet()
    // Finished in one arm alone: a curve's, no difference's.
    records.append(makeRecord(.sgd, seed: 5))
    for index in records.indices where records[index].configuration.arm == "sam-pof" {
      let first = records[index].provenance.segments[0]
      var second = Segment(environment: first.environment, firstEpoch: 12, firstStep: 1)
      second.environment.commit = "4567def"
      second.environment.dirty = true
      var third = second
      third.environment.commit = "89abcde"
      third.environment.dirty = false
      records[index].provenance = Provenance(
        segments: [first, second, third], command: "sam-pof", started: "", duration: 1)
    }
    let table = makeTable(records)
    let figures = table.figures(of: try #require(table.firstRow))
    func stamp(_ name: String, _ keyword: String) throws -> [String] {
      let figure = try #require(figures.first { $0.name == name })
      let texts = figure.stamps { "\($0.arm)-\($0.seed)" }
      return try #require(texts.first { $0.keyword == keyword }).text.split(separator: "\n").map(String.init)
    }
    let pof = ["sam-pof", "sgd-pof"].flatMap { arm in (0...2).map { "\(arm)-\($0)" } }
    #expect(try stamp("perturbation", "Run-Digests") == pof)
    let paired = Set(Arm.table1.flatMap { arm in (0...2).map { "\(arm.name)-\($0)" } })
    #expect(try Set(stamp("differences", "Run-Digests")) == paired)
    let all = paired.union(["sgd-5"]).union(["sgd-pre", "sam-pre"].flatMap { arm in (0...2).map { "\(arm)-\($0)" } })
    #expect(try Set(stamp("curves", "Run-Digests")) == all)
    #expect(try Set(stamp("post-training", "Run-Digests")) == all)
    for name in ["perturbation", "curves"] {
      #expect(try stamp(name, "Source-Commit") == ["0123abc", "4567def (uncommitted changes)", "89abcde"])
    }

    // An ablation's picture shows what it compares, not the baseline or pre-training beside it.
    let range = makeAblation(.range, ablationSet(.range))
    let shown = Set(try #require(range.firstFigures.first).records.map(\.configuration.arm))
    #expect(shown == Set(Ablation.range.arms.map(\.name) + ["sgd-frozen"]))
  }

  @Test func differencesHoldIntervals() throws {
    let row = try #require(makeTable(fullSet()).firstRow)
    let figure = try #require(DifferencesFigure.table1(row))
    let line = try #require(figure.csv.split(separator: "\n").dropFirst().first)
    let fields = line.split(separator: ",").map(String.init)
    #expect(fields[0] == "SGD -> PoF minus SGD")
    #expect(fields[2] == "undecided")
    #expect(abs(try #require(Double(fields[5])) - -0.7243025712779368) <= 1e-6)
    #expect(DifferencesFigure.table1(try #require(makeTable([makeRecord(.sgd, seed: 0)]).firstRow)) == nil)
  }

  /// Of one seed there is no interval, and no legend speaks of one; what has no data is not asked of gnuplot, which would
  /// warn. Where nothing differs the axis has a width that means something.
  @Test func oneSeedDrawsNoInterval() throws {
    func script(_ seeds: Range<Int>) throws -> String {
      let records = seeds.flatMap { seed in
        [Arm.sgd, .sgdPoF].map { makeRecord($0, seed: seed, error: 16 + 0.01 * Double(seed)) }
      }
      let row = try #require(makeTable(records).firstRow)
      return try #require(DifferencesFigure.table1(row)).script
    }
    let one = try script(0..<1)
    #expect(one.contains("n = 1 seed, so no interval") && !one.contains("95 %"))
    #expect(one.contains("'difference'") && !one.contains("and interval") && !one.contains("excludes zero"))
    #expect(one.contains("'no interval'") && !one.contains("xerrorbars"))
    #expect(one.contains("set xrange [-1:1]\n") && one.contains("set xrange [-0.1:0.1]\n"))
    let two = try script(0..<2)
    #expect(two.contains("n = 2 seeds, mean and 95 % interval") && two.contains("interval excludes zero"))
    #expect(two.contains("'mean and interval'"))
    #expect(two.contains("'undecided'") && !two.contains("'supported'") && !two.contains("'no interval'"))
  }

  /// Mean and sample deviation of the seeds by epoch; what is no number of a finished PoF run counts for nothing.
  @Test func perturbationOverEpochs() throws {
    var records = fullSet()
    for index in records.indices where records[index].configuration.arm == "sgd-pof" {
      let seed = Double(records[index].configuration.seed)
      for epoch in records[index].epochs.indices {
        records[index].epochs[epoch].perturbation?.etaStar = 2 + seed - 0.25 * Double(epoch)
        records[index].epochs[epoch].perturbation?.perturbationNorm = 0.5 + 0.125 * seed
      }
    }
    records.append(makeRecord(.sgdPoF, seed: 3, status: .partial, finished: 2))
    let row = try #require(makeTable(records).firstRow)
    let figure = try #require(PerturbationFigure.make(row))
    #expect(figure.name == "perturbation")
    let lines = figure.csv.split(separator: "\n").map(String.init)
    #expect(
      lines == [
        "arm,epoch,n,eta_star_mean,eta_star_sd,perturbation_norm_mean,perturbation_norm_sd",
        "sgd-pof,11,3,3.0,1.0,0.625,0.125", "sgd-pof,12,3,2.75,1.0,0.625,0.125",
        "sgd-pof,13,3,2.5,1.0,0.625,0.125", "sgd-pof,14,3,2.25,1.0,0.625,0.125",
      ] + (11...14).map { "sam-pof,\($0),3,2.0,0.0,0.5,0.0" })
    // From zero to beyond the highest band, alike on both sides.
    #expect(figure.script.components(separatedBy: "set yrange [0:4.32]").count == 1 + 2)
    #expect(figure.script.contains(":($4-$5):($4+$5) with filledcurves"))
    #expect(figure.script.contains("mean over n = 3 seeds, band: one sample deviation"))

    // One seed of one arm: no band. None of PoF: no picture.
    let one = try #require(makeTable([makeRecord(.sgd, seed: 0), makeRecord(.samPoF, seed: 0)]).firstRow)
    let alone = try #require(PerturbationFigure.make(one))
    #expect(alone.csv.split(separator: "\n").count == 5)
    #expect(!alone.script.contains("filledcurves") && !alone.script.contains("sgd-pof"))
    #expect(alone.script.contains("n = 1 seed;") && !alone.script.contains("band"))
    for records in [[makeRecord(.sgd, seed: 0)], [makeRecord(.sgdPoF, seed: 0, status: .partial, finished: 2)]] {
      let none = try #require(makeTable(records).firstRow)
      #expect(PerturbationFigure.make(none) == nil)
    }
  }

  /// Searches that found nothing leave both at zero, which is no height of an axis.
  @Test(.enabled(if: hasGnuplot)) func perturbationOfNothing() throws {
    var record = makeRecord(.sgdPoF, seed: 0)
    for epoch in record.epochs.indices {
      record.epochs[epoch].perturbation?.etaStar = 0
      record.epochs[epoch].perturbation?.perturbationNorm = 0
    }
    record.epochs[1].perturbation?.etaStar = .nan
    let row = try #require(makeTable([record]).firstRow)
    let figure = try #require(PerturbationFigure.make(row))
    #expect(figure.csv.split(separator: "\n").dropFirst().map { $0.split(separator: ",")[1] } == ["11", "13", "14"])
    #expect(try Gnuplot().render(figure).isEmpty == false)
  }

  /// One seed has a mean, and no interval of any width.
  @Test func oneSeedHasNoInterval() throws {
    let runs = [makeRecord(.sgd, seed: 0), makeRecord(.sgdPoF, seed: 0, error: 15, loss: 0.5)]
    let row = try #require(makeTable(runs).firstRow)
    let figure = try #require(DifferencesFigure.table1(row))
    let lines = figure.csv.split(separator: "\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
    #expect(lines[1][2] == "no interval" && lines[1][4] == "-1.0" && lines[1][5...6] == ["", ""])
    #expect(lines[2][2] == "seed 0" && lines[2][4] == "-1.0")
  }

  @Test(.enabled(if: hasGnuplot)) func reportTwiceChangesNoByte() throws {
    let strange = "quick-it's \"50%\" {x}"
    let results = try FakeResults(
      fullSet() + [.preTraining(.sgd), .sgd, .sgdPoF].map { makeRecord($0, seed: 7, profile: "smoke") }
        + [
          makeRecord(.samPoF, seed: 0, profile: "reduced"),
          makeRecord(.sgd, seed: 0, status: .partial, finished: 0, profile: "paper"),
        ],
      unreadable: ["\(strange)/fashion-mnist/basic/sgd/seed0.h5", "quick/fashion-mnist/basic/sgd/seed9.h5"])
    defer { results.remove() }
    let output = results.folder + "-tables"
    defer { try? FileManager.default.removeItem(atPath: output) }
    let report = Report(
      results: results.folder + "/", reference: "\(repository)/paper-tables/reference.csv", read: results.read,
      digest: { "digest-of-\($0.arm)-\($0.seed)" })
    let paths = try report.write(to: output)
    func contents() -> [Data?] { paths.map { FileManager.default.contents(atPath: $0) } }
    let first = contents()
    #expect(first.allSatisfy { $0?.isEmpty == false })
    try FileManager.default.removeItem(atPath: output)
    #expect(try report.write(to: output) == paths)
    #expect(contents() == first)
    #expect(
      paths.filter { !$0.contains("/figures/") }.map { $0.dropFirst(output.count + 1) } == [
        "table1.csv", "table1-runs.csv", "table1-differences.csv", "table1.tex", "table1.md", "claims.csv",
        "claims.tex", "claims.md", "comparison.csv",
        "comparison.tex", "comparison.md", "index.html",
      ])

    let folder = "\(output)/figures/quick/fashion-mnist/basic"
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder).count == 12)
    let png = try #require(FileManager.default.contents(atPath: "\(folder)/post-training.png"))
    let texts = try PNGText.read(from: png)
    #expect(texts.map(\.keyword) == ["Source-Commit", "Run-Digests", "Run-Commands"])
    #expect(texts[0].text == "0123abc")
    #expect(texts[1].text.contains("digest-of-sam-pof-2"))
    #expect(texts[2].text.split(separator: "\n").count == 27)
    #expect(texts[2].text.contains("fashion-mnist --profile quick --method sgd-pof --seed 1"))
    #expect(try chunks(of: png).allSatisfy(\.isSound))
    // No text names this machine's folders.
    for (path, content) in zip(paths, first) where !path.hasSuffix(".png") {
      #expect(!String(decoding: content ?? Data(), as: UTF8.self).contains(results.folder), "\(path)")
    }
    func text(_ name: String) -> String {
      String(decoding: FileManager.default.contents(atPath: "\(output)/\(name)") ?? Data(), as: UTF8.self)
    }
    #expect(text("table1.md").contains("](figures/quick/fashion-mnist/basic/curves.png)"))
    // Every picture is in the page itself.
    let pictures = paths.filter { $0.hasSuffix(".png") }.count
    #expect(text("index.html").matches(of: /<img src="data:image\/png;base64,/).count == pictures)
  }

  @Test(.enabled(if: hasGnuplot)) func brokenScriptsAreReported() throws {
    let figure = Figure(name: "broken", title: "", csv: "", script: "plot nonsense(\n", records: [])
    let error = #expect(throws: ReportError.self) { try Gnuplot().render(figure) }
    #expect(error?.description.contains("broken") == true)
  }

  @Test(.enabled(if: hasGnuplot)) func unwritableOutput() throws {
    let results = try FakeResults([makeRecord(.sgd, seed: 0)])
    defer { results.remove() }
    let report = Report(
      results: results.folder, reference: "\(repository)/paper-tables/reference.csv", read: results.read,
      digest: { _ in "d" })
    // A file stands where the folder should be.
    let file = "\(results.folder)/quick/fashion-mnist/basic/sgd/seed0.h5"
    let error = #expect(throws: StorageError.self) { try report.write(to: file) }
    #expect(error?.description.contains(file) == true)
  }

  private struct Chunk {
    var name: String
    var isSound: Bool
  }

  private struct NotAPicture: Error {}

  /// Walks the chunks and checks each one's CRC-32, as pngcheck does.
  private func chunks(of png: Data) throws -> [Chunk] {
    let bytes = Array(png)
    guard bytes.starts(with: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]) else { throw NotAPicture() }
    var position = 8
    var found: [Chunk] = []
    func number(_ at: Int) -> Int { bytes[at..<at + 4].reduce(0) { $0 << 8 | Int($1) } }
    while position < bytes.count {
      guard position + 12 <= bytes.count, position + 12 + number(position) <= bytes.count else { throw NotAPicture() }
      let length = number(position)
      let body = bytes[position + 4..<position + 8 + length]
      var crc: UInt32 = 0xffff_ffff
      for byte in body {
        crc ^= UInt32(byte)
        for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xedb8_8320 : crc >> 1 }
      }
      found.append(
        Chunk(
          name: String(decoding: body.prefix(4), as: UTF8.self), isSound: Int(~crc) == number(position + 8 + length)))
      position += 12 + length
    }
    return found
  }
}
