// `reproduce plan` and `--dry-run`: what a target would take here, and what of it fits into a budget. It starts no run and
// leaves no file.

import ArgumentParser
import Datasets
import Foundation
import TensorCore
import Training

struct PlanCommand: ReproductionCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract: "What the runs of a target would take: settings, runs and their state, time, memory, disk.",
    discussion: """
      Times come from a few real steps on synthetic images on this machine; what was measured, derived or assumed is \
      said; tables and figures at the end are not counted. No run is started and no file is left. With --budget: the largest profile that fits, then fewer seeds (down \
      to three), fewer data sets, one seed, and the command that runs it.
      """)

  @Option(help: .init("What is to be made, separated by blanks: table1, ablations.", valueName: "NAMES"))
  var targets = PlanTarget.table1.rawValue

  @Option(help: .init("Time that there is: 30s, 90m, 8h, 2d. Any profile but smoke is considered.", valueName: "TIME"))
  var budget: String?

  @OptionGroup var plan: PlanOptions

  func perform() throws -> ExitStatus {
    let targets = try PlanOptions.list("--targets", targets, "table1 or ablations") { PlanTarget(rawValue: $0) }
    return try PlanReport.print(targets, plan, budget: budget)
  }
}

/// Makes the report of a plan.
struct PlanReport {
  let options: PlanOptions
  let targets: [PlanTarget]
  let data: DataAtHand
  let measurement: CostMeasurement
  let files: RunStates

  /// A network's time per unit of `RunCost` may be so many times below a smaller one's.
  private static let rateMargin = 4.0

  /// Prints it to stdout.
  /// - Parameter budget: as the option has it.
  /// - Throws: `UsageError`, `ModelError`, what planning a network throws.
  static func print(_ targets: [PlanTarget], _ options: PlanOptions, budget: String?) throws -> ExitStatus {
    var seconds: Double?
    if let budget {
      guard let found = Budget.seconds(budget) else {
        throw UsageError.value(option: "--budget", found: budget, rule: "a time above 0, such as 30s, 90m, 8h or 2d")
      }
      seconds = found
    }
    let request = try options.request(targets)
    try options.check()
    _ = try RunPlan(request, settings: options.settings) { PlanOptions.published(request, $0) }
    let text = try ComputeThread.shared.perform {
      let data = DataAtHand(folder: options.folders.data)
      let available = try data.available(request, options.settings)
      let report = PlanReport(
        options: options, targets: targets, data: data,
        measurement: try CostMeasurement(threads: options.threads) { Terminal.writeError($0 + "\n") },
        files: RunStates(results: options.folders.results))
      let planned = planned(request, available, areNamed: options.datasets != nil)
      let text =
        if let budget, let seconds { try report.text(planned, budget: budget, seconds: seconds) } else {
          try report.text(planned)
        }
      let leftOut = available.missing.filter { !planned.datasets.contains($0.dataset) }
      return ([text] + PlanText.leftOut(leftOut)).joined(separator: "\n\n")
    }
    Terminal.writeResult(text + "\n")
    return .done
  }

  /// What would be run: without names the data sets that are here, as `reproduce` does it. Where none is here, all are
  /// planned: somebody who has no data yet wants to know what they would be good for.
  static func planned(_ request: PlanRequest, _ data: AvailableData, areNamed: Bool) -> PlanRequest {
    let here = data.restrict(request)
    return areNamed || here.datasets.isEmpty ? request : here
  }

  // MARK: One plan

  /// A request's runs with what is left of them.
  private struct Evaluated {
    let plan: RunPlan
    let states: [RunState]
    let estimate: PlanEstimate
  }

  /// What is here of a request's data sets.
  private func available(_ request: PlanRequest) throws -> AvailableData {
    try data.available(request, options.settings)
  }

  private func images(
    _ request: PlanRequest, _ dataset: DatasetName, _ available: AvailableData
  ) -> (train: Int, test: Int) {
    available.images[dataset].map { ($0.train, $0.test) } ?? PlanOptions.published(request, dataset)
  }

  private func plan(_ request: PlanRequest) throws -> (RunPlan, [RunState]) {
    let available = try available(request)
    let plan = try RunPlan(request, settings: options.settings) { images(request, $0, available) }
    return (plan, plan.states(files))
  }

  private func evaluate(_ request: PlanRequest) throws -> Evaluated {
    let (plan, states) = try plan(request)
    try measurement.measure(plan, states, try available(request))
    let estimate = try PlanEstimate(
      plan, states, measurement.costs, options.checkpoints.policy, jobs: options.jobs)
    return Evaluated(plan: plan, states: states, estimate: estimate)
  }

  private func text(_ request: PlanRequest) throws -> String { try text(request, evaluate(request)) }

  private func text(_ request: PlanRequest, _ evaluated: Evaluated) throws -> String {
    let available = try available(request)
    var sections: [String] = []
    for dataset in request.datasets {
      for augmentation in request.augmentations {
        var settings = request.settings(of: dataset, augmentation, .sgdPoF, seed: request.seeds[0])
        options.settings.apply(to: &settings)
        sections.append(try PlanText.settings(settings, dataset, available: images(request, dataset, available)))
      }
    }
    sections.append(PlanText.tree(evaluated.plan, evaluated.states, evaluated.estimate))
    sections.append(
      PlanText.totals(
        evaluated.plan, evaluated.estimate, jobs: options.jobs, threads: options.threads, memory: Machine.memory,
        free: Machine.freeDisk(options.folders.results)))
    if evaluated.estimate.count > 0 { sections.append(PlanText.measured(measurement.facts)) }
    sections += PlanText.assumed(available.missing)
    return sections.joined(separator: "\n\n")
  }

  // MARK: Budget

  private func text(_ request: PlanRequest, budget: String, seconds: Double) throws -> String {
    // The smoke profile shows nothing: only who names it means it.
    let profiles: [Profile] = request.profile == .smoke ? [.smoke] : [.paper, .reduced, .quick]
    let candidates = BudgetChoice.candidates(profiles, request.datasets, request.seeds)
    func part(_ candidate: BudgetCandidate) -> PlanRequest {
      var part = request
      (part.profile, part.datasets, part.seeds) = (candidate.profile, candidate.datasets, candidate.seeds)
      return part
    }
    // What was named, or all where nothing is here, is planned as if it were here.
    let isAssuming = try options.datasets != nil || !available(request).missing.isEmpty
    /// Otherwise only what is here can be run, and a larger profile may need files that this one does not.
    func absence(_ candidate: BudgetCandidate) throws -> BudgetCost? {
      guard !isAssuming, let missing = try available(part(candidate)).missing.first else { return nil }
      return .impossible("\(missing.dataset.rawValue): \(missing.reason)")
    }
    func exactly(_ candidate: BudgetCandidate) throws -> BudgetCost {
      if let absence = try absence(candidate) { return absence }
      do {
        return BudgetCost(
          try evaluate(part(candidate)).estimate, memory: Machine.memory,
          disk: Machine.freeDisk(options.folders.results) ?? .max)
      } catch let error as UsageError {
        return .impossible("\(error)")
      }
    }
    // The smallest is measured first: it tells which others are out of reach without measuring them.
    let probe = try smallest(candidates, part)
    var smallest = try probe.map { ($0, try exactly($0)) }
    let choice = try BudgetChoice(candidates, budget: seconds) { candidate in
      if let absence = try absence(candidate) { return absence }
      do {
        if let least = try atLeast(part(candidate)), least > seconds { return .atLeast(least) }
      } catch let error as UsageError {
        return .impossible("\(error)")
      }
      return try exactly(candidate)
    }
    var commands: [String] = []
    if let chosen = choice.chosen {
      let part = part(chosen)
      commands = PlanCommands.make(targets, part, options)
    }
    if choice.chosen == nil, let found = choice.tried.min(by: { $0.cost.seconds < $1.cost.seconds }),
      case .seconds = found.cost
    {
      smallest = found
    }
    let text = PlanText.budget(choice, budget: budget, smallest: smallest, commands: commands)
    return try choice.chosen.map { try self.text(part($0)) + "\n\n" + text } ?? text
  }

  /// The candidate with the least arithmetic of those that can be.
  private func smallest(
    _ candidates: [BudgetCandidate], _ part: (BudgetCandidate) -> PlanRequest
  ) throws -> BudgetCandidate? {
    var found: (candidate: BudgetCandidate, cost: Double)?
    for candidate in candidates.reversed() {
      do {
        let part = part(candidate)
        let available = try available(part)
        let plan = try RunPlan(part, settings: options.settings) { images(part, $0, available) }
        let cost = plan.runs.reduce(0) { $0 + $1.cost }
        if found.map({ cost < $0.cost }) ?? true { found = (candidate, cost) }
      } catch is UsageError {
        // It is told where it is looked at.
      }
    }
    return found?.candidate ?? candidates.last
  }

  /// Seconds that a request takes at the least, by the time that the smallest network measured takes for a unit of
  /// cost; nil before anything is measured.
  private func atLeast(_ request: PlanRequest) throws -> Double? {
    let rates = try measurement.costs.steps.map { key, costs in
      let model = try key.dataset.model(depth: key.configuration.depth, width: key.configuration.width)
      let batch = key.configuration.batchSize
      let gradients = TrainingMethod(key.configuration).gradientEvaluations(
        images: batch, batchSize: batch, model: model)
      return costs.step / (gradients * Double(batch) * Double(model.forwardMultiplyAdds) / 1e6)
    }
    guard let rate = rates.min() else { return nil }
    let (plan, states) = try plan(request)
    let units = zip(plan.runs, states).reduce(0.0) { sum, pair in
      let (run, state) = pair
      let left = state.remainingEpochs(of: run.configuration).count
      return sum + run.cost * Double(left) / Double(run.configuration.epochs.count)
    }
    return units * rate / Self.rateMargin / Double(options.jobs)
  }
}

/// Command lines of make that run a request.
enum PlanCommands {
  /// Options that make has variables for.
  static let variables = [
    "--depth", "--width", "--batch-size", "--pre-epochs", "--post-epochs", "--learning-rate", "--post-learning-rate",
    "--rho", "--train-limit", "--test-limit",
  ]

  static func make(_ targets: [PlanTarget], _ request: PlanRequest, _ options: PlanOptions) -> [String] {
    func quoted(_ words: [String]) -> String { "\"\(words.joined(separator: " "))\"" }
    var words = [
      "PROFILE=\(request.profile.rawValue)", "DATASETS=\(quoted(request.datasets.map(\.rawValue)))",
      "SEEDS=\(quoted(request.seeds.map { "\($0)" }))",
    ]
    if request.augmentations != [.basic] { words.append("AUGMENT=\(quoted(request.augmentations.map(\.rawValue)))") }
    if options.folders.data != FolderOptions.standardData { words.append("DATA=\(quoted([options.folders.data]))") }
    if options.folders.results != FolderOptions.standardResults {
      words.append("RESULTS=\(quoted([options.folders.results]))")
    }
    if options.jobs > 1 { words.append("JOBS=\(options.jobs)") }
    if options.noExtra { words.append("NO_EXTRA=1") }
    var others: [String] = []
    var rest = options.settings.arguments[...]
    while let name = rest.popFirst() {
      let value = rest.first.flatMap { $0.hasPrefix("--") ? nil : $0 }
      if value != nil { rest.removeFirst() }
      if let value, variables.contains(name) {
        words.append("\(name.dropFirst(2).uppercased().replacingOccurrences(of: "-", with: "_"))=\(value)")
      } else {
        others += [name] + (value.map { [$0] } ?? [])
      }
    }
    if !others.isEmpty { words.append("OPTIONS=\(quoted(others))") }
    return targets.map { "make reproduce-\($0.rawValue) \(words.joined(separator: " "))" }
  }
}
