// A plan in words: settings, the tree of runs, and what is left. Pure functions; nothing is decided here.

import Datasets
import Foundation
import NeuralNetwork
import Training

enum PlanText {
  // MARK: Settings

  /// The settings of a request on one data set, values and all.
  /// - Parameter available: images that the data set has, before limits.
  /// - Throws: `ModelError`.
  static func settings(
    _ configuration: RunConfiguration, _ dataset: DatasetName, available: (train: Int, test: Int)
  ) throws -> String {
    let model = try dataset.model(depth: configuration.depth, width: configuration.width)
    let used = configuration.used(train: available.train, test: available.test)
    func images(_ used: Int, of all: Int, _ kind: String) -> String {
      configuration.dataSource == .synthetic ? "\(used) synthetic \(kind)" : "\(used) of \(all) \(kind)"
    }
    func number(_ value: Double) -> String { String(format: "%g", value) }
    let steps = configuration.postEpochs * configuration.steps(trainCount: used.train)
    func evaluations(_ interval: Int) -> String {
      interval == 1 ? "after every epoch" : "every \(interval) epochs and at the end"
    }
    let extra = configuration.trainingPart == .withoutExtra ? " (without extra)" : ""
    return """
      \(configuration.profile) on \(dataset.rawValue), \(configuration.augmentation.rawValue):
        WRN-\(configuration.depth)-\(configuration.width), \(model.parameterCount) parameters; batch \
      \(configuration.batchSize); \(images(used.train, of: available.train, "training images"))\(extra), \
      \(images(used.test, of: available.test, "test images"))
        pre-training: \(configuration.preEpochs) epochs, rate \(number(configuration.learningRate)), momentum \
      \(number(configuration.momentum)), weight decay \(number(configuration.weightDecay)), SAM's rho \
      \(number(configuration.rho)), evaluated \(evaluations(configuration.testInterval))
        post-training: \(configuration.postEpochs) epochs, rate \(number(configuration.postLearningRate)) x \(steps) \
      steps = \(String(format: "%.2g", configuration.postLearningRate * Double(steps))) (the paper's: \
      \(String(format: "%.2g", dataset.paperTravel))), evaluated \
      \(evaluations(configuration.postTesting == .everyEpoch ? 1 : configuration.testInterval))
        PoF: c \(number(configuration.perturbationRange)), \(configuration.perturbationGroups) groups, weak batch \
      \(configuration.weakBatchSize) (running statistics \(configuration.weakStatistics ? "follow it" : "do not")), \
      search limit \(number(configuration.searchLimit)) (\(configuration.atSearchLimit.rawValue))
      """
  }

  // MARK: Runs

  /// One line for each run, what rests on another below it.
  static func tree(_ plan: RunPlan, _ states: [RunState], _ estimate: PlanEstimate) -> String {
    var lines: [String] = []
    var heading = ""
    for (place, run) in plan.runs.enumerated() {
      let configuration = run.configuration
      let group =
        "\(run.dataset.rawValue) \(configuration.augmentation.rawValue) seed \(configuration.seed)"
      if group != heading {
        lines.append(group)
        heading = group
      }
      let name = String(repeating: "  ", count: plan.depth(of: place) + 1) + configuration.arm
      var state = states[place].text(epochs: configuration.epochs.count)
      if case .impossible(let without) = estimate.endings[place] {
        state += ", not without \(plan.runs[without].configuration.arm)"
      }
      let seconds = estimate.runs[place].seconds
      lines.append(
        seconds > 0 ? "\(name.padded(38)) \(state.padded(30)) \(duration(seconds))" : "\(name.padded(38)) \(state)"
      )
    }
    return lines.joined(separator: "\n")
  }

  /// Time, memory and disk of what is left.
  /// - Parameters:
  ///   - memory: bytes of this machine.
  ///   - free: bytes that are free where the results go; nil where that is not known.
  static func totals(_ plan: RunPlan, _ estimate: PlanEstimate, jobs: Int, threads: Int, memory: Int, free: Int?)
    -> String
  {
    guard estimate.count > 0 else { return "left: nothing, of \(plan.runs.count) runs" }
    let threadsText = threads == 1 ? "1 thread" : "\(threads) threads"
    let atATime =
      jobs == 1
      ? "one run at a time on \(threadsText)"
      : "\(jobs) runs at a time on \(threadsText) each, each as fast as if it were alone"
    return """
      left: \(estimate.count) of \(plan.runs.count) runs, \(duration(estimate.seconds)) (\
      \(String(format: "%.1f", estimate.seconds)) s) with \(atATime)
      memory: \(bytes(estimate.memory)) at the peak, of \(bytes(memory)) here
      disk: \(bytes(estimate.disk))\(free.map { ", of \(bytes($0)) free" } ?? "")
      """
  }

  /// What an estimate rests on.
  static func measured(_ facts: [String]) -> String {
    (["measured here, on synthetic images:"] + facts).joined(separator: "\n  ")
  }

  /// What is assumed about data sets that are planned though no run could use them: those that are not here, and those
  /// whose files are no use.
  static func assumed(_ missing: [AvailableData.LeftOut]) -> [String] {
    let speed = bytes(Int(CostMeasurement.assumedReadingSpeed))
    let assumption = "the published number of images is assumed, and \(speed) a second for reading them:"
    return [(false, "not here"), (true, "here, but of no use")].compactMap { isHere, words in
      let lines = missing.filter { $0.isHere == isHere }.map { "\($0.dataset.rawValue): \($0.reason)" }
      return lines.isEmpty ? nil : (["\(words); \(assumption)"] + lines).joined(separator: "\n  ")
    }
  }

  /// Data sets that would be left out.
  static func leftOut(_ missing: [AvailableData.LeftOut]) -> [String] {
    let lines = missing.map { "\($0.dataset.rawValue): \($0.reason)" }
    guard !lines.isEmpty else { return [] }
    let heading = "left out; planned where --datasets (make: DATASETS) names them:"
    return [([heading] + lines).joined(separator: "\n  ")]
  }

  // MARK: Budget

  /// What was looked at, what was chosen, and how to run it.
  static func budget(
    _ choice: BudgetChoice, budget: String, smallest: (candidate: BudgetCandidate, cost: BudgetCost)?,
    commands: [String]
  ) -> String {
    var lines = passedOver(choice).map { "  \($0)" }
    if !lines.isEmpty { lines.insert("more than \(budget):", at: 0) }
    if let chosen = choice.chosen, let cost = choice.tried.last?.cost {
      lines.append("within \(budget): \(describe(chosen)): \(describe(cost))")
      lines += commands.map { "  \($0)" }
    } else if let smallest {
      lines.append(
        "nothing fits into \(budget); the smallest is \(describe(smallest.candidate)): \(describe(smallest.cost))")
    }
    return lines.joined(separator: "\n")
  }

  /// One line for each profile, number of data sets and number of seeds that were looked at in vain; of several choices
  /// of data sets the cheapest.
  private static func passedOver(_ choice: BudgetChoice) -> [String] {
    struct Size: Hashable {
      var profile: Profile
      var datasets: Int
      var seeds: Int

      init(_ candidate: BudgetCandidate) {
        (profile, datasets, seeds) = (candidate.profile, candidate.datasets.count, candidate.seeds.count)
      }
    }
    var sizes: [Size] = []
    var costs: [Size: [(candidate: BudgetCandidate, cost: BudgetCost)]] = [:]
    for tried in choice.tried where tried.candidate != choice.chosen {
      let size = Size(tried.candidate)
      if costs[size] == nil { sizes.append(size) }
      costs[size, default: []].append(tried)
    }
    return sizes.compactMap { size in
      guard let alike = costs[size], let cheapest = alike.min(by: { $0.cost.seconds < $1.cost.seconds }) else {
        return nil
      }
      let others = alike.count == 1 ? "" : " (the cheapest of \(alike.count) such choices of data sets)"
      return "\(describe(cheapest.candidate)): \(describe(cheapest.cost))\(others)"
    }
  }

  static func describe(_ candidate: BudgetCandidate) -> String {
    "\(candidate.profile.rawValue), \(candidate.datasets.map(\.rawValue).joined(separator: " ")), "
      + (candidate.seeds.count == 1 ? "1 seed" : "\(candidate.seeds.count) seeds")
  }

  private static func describe(_ cost: BudgetCost) -> String {
    switch cost {
    case .seconds(let seconds): duration(seconds)
    case .atLeast(let seconds): "at least \(duration(seconds)), by the arithmetic of a smaller network"
    case .impossible(let reason): reason
    }
  }

  // MARK: Numbers

  /// 95 -> `1:35`, 200,000 -> `2 d 7:33:20`.
  static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds >= 86_400, seconds < 1e12 else { return TimeLeft.text(seconds) }
    let days = (seconds / 86_400).rounded(.down)
    return "\(Int(days)) d \(TimeLeft.text(seconds - days * 86_400))"
  }

  /// 123,456,789 -> `123 MB`.
  static func bytes(_ count: Int) -> String {
    switch Double(count) {
    case 1e10...: String(format: "%.0f GB", Double(count) / 1e9)
    case 1e9...: String(format: "%.1f GB", Double(count) / 1e9)
    case 1e6...: String(format: "%.0f MB", Double(count) / 1e6)
    default: String(format: "%.0f kB", Double(count) / 1e3)
    }
  }
}

extension String {
  /// Filled with blanks up to a width.
  func padded(_ width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
