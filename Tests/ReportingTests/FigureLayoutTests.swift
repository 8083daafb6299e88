// Pictures of a column's width: nothing is cut off, no text is small, gnuplot is silent, whatever was measured.

import Foundation
import Storage
import Testing
import Training

@testable import Reporting

private let hasGnuplot = (try? Gnuplot()) != nil

@Suite struct FigureLayoutTests {
  /// What is hard to draw.
  enum Case: String, CaseIterable, CustomTestStringConvertible {
    case usual, longTitle, oneSeed, unequalSeeds, twentySeeds, oneArm, lateArm, nothingDiffers, lastTestOnly, everyTest
    case range, rangeWide, rangeOneSeed, rangeTwentySeeds, rangeOneArm, rangeOthers, rangeNothingDiffers, rangeLongTitle
    case layers, layersOneSeed, layersTwentySeeds, layersNothingDiffers, layersOneReference

    var testDescription: String { rawValue }

    private static let arms: [Arm] = [.preTraining(.sgd), .preTraining(.sam)] + Arm.table1

    private static func longTitle(_ records: [RunRecord]) -> [RunRecord] {
      records.map { record in
        var record = record
        record.configuration.dataset = "svhn"
        record.configuration.profile = "quick-1a2b3c4d"
        record.configuration.trainingPart = .withoutExtra
        record.data.official = false
        return record
      }
    }

    /// Scores that differ by arm and seed, the same in every test.
    private static func scattered(_ records: [RunRecord]) -> [RunRecord] {
      records.enumerated().map { index, record in
        var record = record
        let shift = sin(Double(index) * 7.3)
        for epoch in record.epochs.indices {
          guard let test = record.epochs[epoch].test else { continue }
          record.epochs[epoch].test = Score(loss: test.loss + 0.02 * shift, error: test.error + 0.4 * shift)
        }
        return record
      }
    }

    private static func set(_ arms: [Arm], seeds: Range<Int>) -> [RunRecord] {
      seeds.flatMap { seed in arms.map { makeRecord($0, seed: seed) } }
    }

    /// The range ablation, with large ranges and steps far away from the rest.
    private static func wide(_ seeds: Range<Int>) -> [RunRecord] {
      scattered(ablationSet(.range, seeds: Array(seeds))).map { record in
        var record = record
        guard ["c-3", "c-4", "fixed-1", "fixed-4"].contains(where: { record.configuration.arm.hasSuffix("/\($0)") }),
          let last = record.epochs.indices.last
        else { return record }
        record.epochs[last].test?.error += 30
        record.epochs[last].test?.loss += 3
        return record
      }
    }

    var figures: [Figure] {
      func table(_ records: [RunRecord]) -> [Figure] {
        let table = makeTable(records)
        return table.firstRow.map { table.figures(of: $0) } ?? []
      }
      func range(_ records: [RunRecord]) -> [Figure] { makeAblation(.range, records).firstFigures }
      func layers(_ records: [RunRecord]) -> [Figure] { makeAblation(.layers, records).firstFigures }
      switch self {
      case .usual: return table(fullSet())
      case .longTitle: return table(Self.longTitle(fullSet()))
      case .oneSeed: return table(fullSet().filter { $0.configuration.seed == 0 })
      case .unequalSeeds:
        return table(fullSet().filter { $0.configuration.seed == 0 || $0.configuration.arm.hasPrefix("sgd") })
      case .twentySeeds: return table(Self.scattered(Self.set(Self.arms, seeds: 0..<20)))
      case .oneArm: return table(Self.scattered(Self.set([.samPoF], seeds: 0..<3)))
      case .lateArm: return table(Self.set([.preTraining(.sgd), .sgdSAM], seeds: 0..<1))
      case .nothingDiffers: return table(Self.set(Self.arms, seeds: 0..<3))
      case .lastTestOnly:
        return table(
          fullSet().map { record in
            var record = record
            guard record.configuration.postTraining != .none else { return record }
            record.configuration.postTesting = .interval
            for epoch in record.epochs.indices.dropLast() { record.epochs[epoch].test = nil }
            return record
          })
      case .everyTest:
        return table(
          (0..<3).flatMap { seed in
            Self.arms.map { arm in
              makeRecord(arm, seed: seed, error: 16 + 0.2 * Double(seed)) { one in
                (one.preEpochs, one.postEpochs) = (150, arm.postTraining == .none ? one.postEpochs : 60)
              }
            }
          })
      case .range: return range(ablationSet(.range))
      case .rangeWide: return range(Self.wide(0..<3))
      case .rangeOneSeed: return range(Self.wide(0..<1))
      case .rangeTwentySeeds: return range(Self.wide(0..<20))
      case .rangeOneArm:
        let arms = ["sgd-frozen", "ablation-range/c-1"]
        return range(ablationSet(.range).filter { arms.contains($0.configuration.arm) })
      case .rangeOthers: return range(ablationSet(.range).filter { !$0.configuration.arm.contains("/c-") })
      case .rangeNothingDiffers: return range(Self.set([.sgdFrozen] + Ablation.range.arms, seeds: 0..<3))
      case .rangeLongTitle: return range(Self.longTitle(Self.wide(0..<3)))
      case .layers: return layers(ablationSet(.layers))
      case .layersOneSeed: return layers(ablationSet(.layers, seeds: [0]))
      case .layersTwentySeeds: return layers(Self.scattered(ablationSet(.layers, seeds: Array(0..<20))))
      case .layersNothingDiffers: return layers(Self.set([.sgdFrozen, .sgd] + Ablation.layers.arms, seeds: 0..<3))
      case .layersOneReference: return layers(ablationSet(.layers).filter { $0.configuration.arm != "sgd-frozen" })
      }
    }
  }

  /// gnuplot draws each without a word; what touches the edge of a picture is cut off there.
  @Test(.enabled(if: hasGnuplot), arguments: Case.allCases) func isDrawnWhole(_ one: Case) throws {
    let figures = one.figures
    #expect(!figures.isEmpty)
    for figure in figures {
      let (picture, message) = try Gnuplot().draw(figure)
      #expect(message == "", "\(figure.name)")
      let image = try PNGImage(decoding: picture)
      #expect(image.width == 2 * 480 && image.height <= 2 * 640, "\(figure.name): \(image.width) x \(image.height)")
      let white = [UInt8](repeating: 255, count: image.channels)
      let edge = 4
      var inked = 0
      for y in 0..<image.height {
        for x in 0..<image.width
        where y < edge || x < edge || y >= image.height - edge || x >= image.width - edge {
          let start = (y * image.width + x) * image.channels
          if image.pixels[start..<start + image.channels] != white[...] { inked += 1 }
        }
      }
      #expect(inked == 0, "\(figure.name): \(inked) pixels at the edge")
    }
  }

  /// In a column of 3.3 inches (of 480 pixels) a font of 9.1 points has 6.
  @Test(arguments: Case.allCases) func noTextIsSmall(_ one: Case) {
    for figure in one.figures {
      let sizes = figure.script.matches(of: /font 'DejaVu Sans,([0-9.]+)'/).compactMap { Double($0.output.1) }
      #expect(sizes.count > 2 && sizes.allSatisfy { $0 * 237.6 / 360 >= 6 })
      #expect(figure.script.contains("fontscale 2 "))
    }
  }

  /// How many seeds there are stands in every picture, and what one seed does not have in none.
  @Test func picturesSayHowManySeeds() {
    func texts(_ one: Case) -> [(name: String, text: String)] {
      one.figures.map { figure in
        // Labels alone, as one text: a subtitle has several lines.
        let labels = figure.script.matches(of: /set label '((?:[^']|'')*)' at/).map { String($0.output.1) }
        return (figure.name, labels.joined(separator: " "))
      }
    }
    for one in [Case.oneSeed, .rangeOneSeed, .layersOneSeed] {
      for (name, text) in texts(one) {
        #expect(text.contains("n = 1 seed") && !text.contains("n = 1 seeds"), "\(name)")
        for promise in ["band", "bars", "95 %", "deviation", "excludes", "mean over", "mean and"] {
          #expect(!text.contains(promise), "\(name): \(promise)")
        }
      }
    }
    for (one, count) in [
      (Case.usual, "n = 3 seeds"), (.twentySeeds, "n = 20 seeds"), (.unequalSeeds, "n = 1 to 3 seeds"),
      (.range, "n = 3 seeds"), (.layersTwentySeeds, "n = 20 seeds"),
    ] {
      for (name, text) in texts(one) { #expect(text.contains(count), "\(one), \(name)") }
    }
  }

  /// A long title breaks and is whole.
  @Test func longTitlesBreak() throws {
    for figure in Case.longTitle.figures + Case.rangeLongTitle.figures {
      let lines = figure.script.matches(of: /set label '([^']*)' at [^\n]*font 'DejaVu Sans,11'/).map(\.output.1)
      #expect(lines.count == 2)
      #expect(lines.joined(separator: " ") == figure.title)
      #expect(figure.title.hasSuffix("SVHN without extra (not the official set), basic, profile quick-1a2b3c4d"))
    }
  }

  @Test func textIsBrokenByWidth() {
    // 10 points are 13.33 pixels; "W" has 989 thousandths of them.
    #expect(abs(TextWidth.pixels("WW", points: 10) - 2 * 0.989 * 40 / 3) <= 1e-9)
    #expect(TextWidth.wrapped("", points: 10, width: 100).isEmpty)
    #expect(TextWidth.wrapped("one two three", points: 10, width: 60) == ["one two", "three"])
    #expect(TextWidth.wrapped("WWWWW a", points: 10, width: 40) == ["WWW", "WW a"])
    // The number stays with its name.
    #expect(TextWidth.wrapped("of n = 5 seeds, mean", points: 10, width: 90) == ["of", "n = 5 seeds,", "mean"])
    #expect(TextWidth.wrapped("aa bb cc dd", points: 10, width: 60) == ["aa bb cc", "dd"])
    #expect(TextWidth.balanced("aa bb cc dd", points: 10, width: 60) == ["aa bb", "cc dd"])
  }

  /// Three tics at least and no more than asked for, all on the axis, which holds the values.
  @Test(arguments: [4, 5, 6, 9]) func axesHaveTics(most: Int) {
    for index in 0..<4000 {
      let middle = 40 * sin(Double(index) * 1.7)
      let length = pow(10, 4 * sin(Double(index) * 0.37) - 2)
      let range = FigureStyle.padded(middle - length / 2, middle + length / 2)
      let axis = FigureAxis(range, most: most)
      #expect((3...most).contains(axis.tics.count), "\(range)")
      #expect(axis.low <= range.low && axis.high >= range.high)
      #expect(axis.high - axis.low <= 2.6 * (range.high - range.low), "\(range) became \(axis)")
      #expect(axis.tics.allSatisfy { (axis.low - 1e-9...axis.high + 1e-9).contains($0.position) }, "\(axis)")
      #expect(Set(axis.tics.map(\.label)).count == axis.tics.count, "\(axis)")
    }
    let rounding = FigureAxis(FigureStyle.padded(0.573, 0.573 + 1e-16), most: most)
    #expect(Set(rounding.tics.map(\.label)).count >= 3)
  }

  @Test func labelsThatWouldTouchAreLeftOut() {
    let places = [("0", 0.0), ("0.5", 0.5), ("1", 1), ("2", 2)].map { (label: $0.0, position: $0.1) }
    let narrow = FigureAxis(low: -0.3, high: 2.3, places: places, length: 90)
    #expect(narrow.tics.map(\.label) == ["0", "", "1", "2"] && narrow.tics.map(\.position) == [0, 0.5, 1, 2])
    #expect(FigureAxis(low: -0.3, high: 2.3, places: places, length: 200).tics.allSatisfy { !$0.label.isEmpty })
  }

  /// What large ranges squeeze flat is shown again; what then lies outside is marked at the edge.
  @Test func squeezedRangesAreEnlarged() throws {
    let script = try #require(Case.rangeWide.figures.first).script
    let scales = script.matches(of: /set yrange \[([-0-9.e]+):([-0-9.e]+)\]/).compactMap { match in
      Double(match.output.1).flatMap { low in Double(match.output.2).map { $0 - low } }
    }
    // Two panels in each row; rows of loss and error, each whole and enlarged.
    try #require(scales.count == 8)
    for row in stride(from: 0, to: 8, by: 2) { #expect(scales[row] == scales[row + 1]) }
    #expect(scales[2] < scales[0] / 5 && scales[6] < scales[4] / 5)
    for metric in ["Test loss, nats", "Test error, points"] {
      #expect(script.contains("set label '\(metric)' at"))
      #expect(script.contains("set label '\(metric), enlarged (\u{25b2}: mean above the panel)' at"))
    }
    #expect(script.matches(of: /with points pointtype 9 linecolor/).count == 4)
    #expect(!script.contains("pointtype 11"))
  }

  /// Every test has its point as long as there are few; then some have.
  @Test func pointsStandWhereTestsAre() throws {
    func elements(_ one: Case, _ name: String, _ arm: String) throws -> [Substring] {
      let script = try #require(one.figures.first { $0.name == name }).script
      return script.split(separator: "\n").filter { $0.contains("'\(name).csv' using") && $0.contains("('\(arm)',") }
    }
    let few = try elements(.usual, "curves", "sgd-pof")
    #expect(few.filter { $0.contains("(at('sgd-pof','test')):5 with points pointtype 7") }.count == 1)
    let many = try elements(.everyTest, "curves", "sgd-pof")
    #expect(many.filter { $0.contains("(every('sgd-pof','test',5)):5 with points pointtype 7") }.count == 1)
    #expect(many.filter { $0.contains("(at('sgd-pof','test')):5 with lines") }.count == 1)
    // Tested once: bars, each beside the others, and no band between tests that were not made.
    let bars = try elements(.lastTestOnly, "post-training", "sgd-pof")
    #expect(bars.contains { $0.contains("(own('sgd-pof',10,-0.07)):5:6 with yerrorbars pointtype 7") })
    #expect(!bars.contains { $0.contains("filledcurves") })
    #expect(try elements(.usual, "post-training", "sgd-pof").contains { $0.contains("filledcurves") })
  }
}
