// The executable `bench`: what to measure, and how the figures are printed. Measuring is StepBenchmark's.

import ArgumentParser
import ExperimentKit
import Foundation
import NeuralNetwork
import TensorCore

struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Times training steps of SGD, SAM and PoF beside the floor of their oneDNN kernels.",
    discussion: """
      Without a network it measures WRN-10-2 (batch 128, 28x28x1), WRN-16-2 and WRN-16-4 (batch 128, 32x32x3) and \
      WRN-28-10 (batch 32, 32x32x3), about three minutes on two cores. Nothing else should run meanwhile: a third busy thread on two \
      cores ruins every figure. Times are medians over rounds in which the methods take turns; PoF has a weak batch as \
      large as the training batch and 16 groups. The floor is the sum of the fastest oneDNN kernels for the \
      convolutions and batch norms of one step, measured in the same process.
      """)

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Depth d of WRN-d-k, 6n + 4. Default: the networks above.", valueName: "d"))
  var depth: Int?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Widening factor k. Default: 4 where a network is given.", valueName: "k")
  )
  var width: Int?
  @Option(parsing: .unconditional, help: ArgumentHelp("Images per training batch. Default: 128.", valueName: "images"))
  var batchSize: Int?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Height and width of the images in pixels, a multiple of 4. Default: 32.", valueName: "pixels"))
  var imageSize: Int?
  @Option(parsing: .unconditional, help: ArgumentHelp("Channels of the images. Default: 3.", valueName: "n"))
  var channels: Int?
  @Option(parsing: .unconditional, help: ArgumentHelp("Threads, all cores unless given.", valueName: "n"))
  var threads = ProcessInfo.processInfo.activeProcessorCount
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Rounds to take the median of. Default: 5; 2 in the smoke profile.", valueName: "n"))
  var rounds: Int?
  @Option(
    help: ArgumentHelp(
      "Steps of each method to take afterwards while watching resident memory, which should stay flat. Default: 0; 1000 in the smoke profile.",
      valueName: "steps"))
  var soak: Int?
  @Option(
    help: ArgumentHelp(
      "`smoke`: a tiny network on 8x8x3 images, two rounds and a soak, in seconds.", valueName: "profile"))
  var profile: BenchProfile?
  @Flag(help: "Print one JSON object instead of the table.")
  var json = false
  @Flag(help: "Print where the time of an SGD step goes, by operation and layer, beside the fastest kernel for each.")
  var breakdown = false
  @Flag(help: "Measure how step time and memory grow with batch, width, depth, threads, and epochs with data; minutes.")
  var growth = false
  @Flag(
    help: ArgumentHelp(
      "Prepare the one network of --depth, then time what lines on stdin ask for, each answered by a line of JSON.",
      discussion: "Lines: `sgd N`, `sam N`, `pof N`, `evaluation N`, `network`, `memory`."))
  var turns = false

  @Flag(help: "Time a report over 1,000 run files that are made for it (in the smoke profile over 144).")
  var report = false

  enum BenchProfile: String, ExpressibleByArgument { case smoke }

  /// What one line of the table measures.
  struct Subject {
    let model: WideResNet
    let batch: Int
  }

  func subjects() throws -> [Subject] {
    func subject(_ depth: Int, _ width: Int, _ batch: Int, size: Int, channels: Int) throws -> Subject {
      Subject(
        model: try WideResNet(depth: depth, width: width, classes: 10, channels: channels, imageSize: size),
        batch: batch)
    }
    if profile == .smoke {
      return [try subject(depth ?? 10, width ?? 1, batchSize ?? 16, size: imageSize ?? 8, channels: channels ?? 3)]
    }
    if !namesNetwork {
      return [
        try subject(10, 2, 128, size: 28, channels: 1), try subject(16, 2, 128, size: 32, channels: 3),
        try subject(16, 4, 128, size: 32, channels: 3), try subject(28, 10, 32, size: 32, channels: 3),
      ]
    }
    return [try subject(depth ?? 16, width ?? 4, batchSize ?? 128, size: imageSize ?? 32, channels: channels ?? 3)]
  }

  private var namesNetwork: Bool {
    [depth, width, batchSize, imageSize, channels].contains { $0 != nil }
  }

  func validate() throws {
    for (option, value, range) in [
      ("--depth", depth ?? 10, 1...1000), ("--width", width ?? 1, 1...64), ("--batch-size", batchSize ?? 1, 1...65_536),
      ("--image-size", imageSize ?? 32, 1...1024), ("--channels", channels ?? 3, 1...15),
      ("--threads", threads, 1...1024),
      ("--rounds", rounds ?? 5, 1...1_000_000), ("--soak", soak ?? 0, 0...1_000_000_000),
    ] where !range.contains(value) {
      throw ValidationError("\(option) is \(value): it must be from \(range.lowerBound) to \(range.upperBound)")
    }
    guard [breakdown, growth, turns, report].count(where: { $0 }) <= 1 else {
      throw ValidationError("--breakdown, --growth, --turns and --report are measurements of their own: choose one")
    }
    guard !report || (!namesNetwork && soak == nil && rounds == nil) else {
      throw ValidationError("--report trains nothing: leave out networks, --rounds and --soak")
    }
    guard !growth || !namesNetwork else {
      throw ValidationError(
        "--growth has networks of its own: leave out --depth, --width, --batch-size, --image-size and --channels")
    }
    guard soak == nil || !(breakdown || growth || turns) else {
      throw ValidationError(
        "--soak watches the steps of the table: leave it out with --breakdown, --growth and --turns")
    }
    guard !turns || (rounds == nil && !json) else {
      throw ValidationError("--turns counts by its input and answers in JSON: leave out --rounds and --json")
    }
    do {
      let count = try subjects().count
      if turns && count != 1 {
        throw ValidationError("--turns times one network: give its --depth, --width and --batch-size")
      }
    } catch let error as ModelError { throw ValidationError("\(error)") }
  }

  func run() throws {
    let rounds = rounds ?? (profile == .smoke ? 2 : 5)
    if report {
      let result = try ReportBenchmark(files: profile == .smoke ? 144 : 1000).run()
      print(json ? try Self.text(result.object) : result.text)
    } else if turns {
      try takeTurns()
    } else if growth {
      let result = try GrowthBenchmark(threads: threads, rounds: rounds, smoke: profile == .smoke).run {
        if !json { print($0) }
      }
      if json { print(try Self.text(result)) }
    } else if breakdown {
      try printBreakdowns(rounds: rounds)
    } else {
      try printSteps(rounds: rounds)
    }
  }

  private func takeTurns() throws {
    let subject = try subjects()[0]
    try ComputeThread.shared.perform {
      var turns = BenchTurns(try PreparedNetwork(subject.model, batch: subject.batch, threads: threads))
      try turns.run()
    }
  }

  private func printBreakdowns(rounds: Int) throws {
    var breakdowns: [Breakdown] = []
    for subject in try subjects() {
      let breakdown = try ComputeThread.shared.perform {
        try StepBenchmark(subject.model, batch: subject.batch, threads: threads).breakdown(rounds: rounds)
      }
      breakdowns.append(breakdown)
      if !json { print((breakdowns.count > 1 ? "\n" : "") + breakdown.text) }
    }
    if json { print(try Self.text(["networks": breakdowns.map(\.object)])) }
  }

  private func printSteps(rounds: Int) throws {
    var reports: [StepReport] = []
    for subject in try subjects() {
      let report = try ComputeThread.shared.perform {
        try StepBenchmark(subject.model, batch: subject.batch, threads: threads).run(
          rounds: rounds, soakSteps: soak ?? (profile == .smoke ? 1000 : 0))
      }
      reports.append(report)
      if !json {
        if reports.count == 1 { print(StepReport.header) }
        print(report.row)
      }
    }
    if json { print(try Self.text(StepReport.object(reports))) } else { print(StepReport.legend(reports)) }
  }

  private static func text(_ object: [String: Any]) throws -> String {
    let data = try JSONSerialization.data(withJSONObject: object, options: [.sortedKeys, .prettyPrinted])
    return String(decoding: data, as: UTF8.self)
  }
}

@main enum Bench {
  static func main() {
    do {
      let command = try BenchCommand.parse()
      try command.run()
    } catch {
      exit(CommandExit.status(of: error, as: BenchCommand.self))
    }
  }
}
