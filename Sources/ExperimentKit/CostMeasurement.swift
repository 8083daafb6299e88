// Measures on this machine what runs take: a few real steps of each method on synthetic images. Nothing is run that a
// results folder would see; what is written goes to a temporary folder that is removed.

import Datasets
import Foundation
import NeuralNetwork
import Storage
import TensorCore
import Training

/// Measures unit costs, each once. Used on the compute thread.
final class CostMeasurement {
  /// From this many seconds on an SGD step is timed a few times, and the other methods are derived from its operations.
  static let largeStep = 0.25
  /// Seconds for which the steps of a method are timed, and how many there are at least.
  private static let duration = 0.8
  private static let fewestSteps = 3
  /// A median step so many times the shortest one is a machine that does other things.
  private static let unsteady = 1.5
  /// Bytes a second at which the files of a data set that is not there are assumed to be read.
  static let assumedReadingSpeed = 100e6
  /// Bytes of the largest checkpoint that is written for a measurement; larger ones take more in proportion.
  private static let largestProbe = 1 << 26

  private let threads: Int
  private let engine: TrainingEngine
  private let progress: (String) -> Void
  private var networks: [StepKey: (operations: OperationCosts, planning: Planning)] = [:]
  private var evaluations: [StepKey: Double] = [:]
  private var files: [WideResNet: FileCosts] = [:]
  private var hashing: Double?
  private var measured: [String]
  /// The largest median step of a method in shortest steps of it, where that is more than noise; else 0.
  private var unsteadiness = 0.0
  private(set) var costs: UnitCosts

  /// What was measured, in words.
  var facts: [String] {
    guard unsteadiness > 0 else { return measured }
    return measured + [
      "steps took up to \(String(format: "%.1f", unsteadiness)) times their shortest time: this machine does other "
        + "things meanwhile, and these times may be far off"
    ]
  }

  /// What planning says of memory.
  private struct Planning {
    /// Bytes of the workspace: of SGD and SAM, with a weak batch's features, with a weak batch's gradient.
    var training = 0
    var features = 0
    var layers = 0
  }

  /// Of one network's files.
  private struct FileCosts {
    var checkpoint: Double
    var runFile: Double
    var bytes: Int
  }

  /// - Parameters:
  ///   - threads: of each run.
  ///   - progress: takes a line before what takes longer.
  init(threads: Int, engine: TrainingEngine = .standard, progress: @escaping (String) -> Void) throws {
    (self.threads, self.engine, self.progress) = (threads, engine, progress)
    let program = try Self.program(threads: threads)
    let process = try Self.process(threads: threads, engine: engine)
    measured = ["starting a process: \(Self.text(process))"]
    costs = UnitCosts(
      process: process, program: program, steps: [:], data: [:])
  }

  /// Measures whatever the runs of a plan need that was not measured before.
  /// - Parameters:
  ///   - states: what is done or cannot be needs nothing.
  ///   - available: what was read of the data sets.
  /// - Throws: `UsageError.tooLarge` for a network that does not fit, `ModelError`, what planning throws.
  func measure(_ plan: RunPlan, _ states: [RunState], _ available: AvailableData) throws {
    let left = plan.remaining(states).map { plan.runs[$0] }
    for run in left {
      let key = DataKey(run.configuration, dataset: run.dataset)
      if costs.data[key] == nil {
        let found = dataCosts(run, key, available)
        measured.append("loading \(run.dataset.rawValue): \(Self.text(found.seconds))")
        costs.data[key] = found
      }
    }
    var keys: [StepKey] = []
    for run in left {
      let key = StepKey(run.configuration, dataset: run.dataset)
      if costs.steps[key] == nil, !keys.contains(key) { keys.append(key) }
    }
    let weak = keys.filter { $0.configuration.postTraining == .pof }.map(\.configuration.weakBatchSize).max() ?? 0
    let hasLayers = keys.contains { $0.configuration.perturbedLayers != .classifier }
    for key in keys {
      let network = try network(key.base, weakBatchSize: weak, hasLayers: hasLayers)
      costs.steps[key] = try stepCosts(key, network.operations, network.planning)
    }
  }

  // MARK: Steps

  private func model(_ key: StepKey) throws -> WideResNet {
    let model = try key.dataset.model(depth: key.configuration.depth, width: key.configuration.width)
    try key.configuration.check(model, memory: Machine.memory)
    return model
  }

  private static func name(_ model: WideResNet, batch: Int) -> String {
    "WRN-\(model.depth)-\(model.width), batch \(batch), \(model.imageSize)x\(model.imageSize)x\(model.channels), "
      + "\(model.classes) classes"
  }

  private func network(
    _ key: StepKey, weakBatchSize: Int, hasLayers: Bool
  ) throws -> (operations: OperationCosts, planning: Planning) {
    if let known = networks[key] { return known }
    let (model, batch) = (try model(key), key.configuration.batchSize)
    let name = Self.name(model, batch: batch)
    progress("measuring \(name): a few steps, which takes minutes for a large network")
    let executor = try CPUExecutor(model: model, capacity: max(batch, weakBatchSize), threads: threads)
    let operations = try OperationCosts(measuring: key, on: executor, weakBatchSize: weakBatchSize) {
      $0 < Self.largeStep
    }
    var planning = Planning()
    try executor.prepare(.evaluation, count: batch)
    planning.training = executor.workspaceBytes
    if weakBatchSize > 0 { try executor.prepare(.features(updatingRunning: .everything), count: weakBatchSize) }
    planning.features = executor.workspaceBytes
    if hasLayers { try executor.prepare(.training(updatingRunning: .everything), count: weakBatchSize) }
    planning.layers = executor.workspaceBytes
    if operations.sgd >= Self.largeStep {
      measured.append(
        "\(name): a step of SGD took \(Self.text(operations.sgd)) (forward \(Self.text(operations.forward)), backward "
          + "\(Self.text(operations.backward))), an evaluation \(Self.text(operations.evaluation * Double(batch)))"
          + (weakBatchSize > 0
            ? ", a weak batch \(Self.text(operations.features * Double(weakBatchSize) + operations.search))" : "")
          + "; the other methods' steps are derived from these")
    }
    networks[key] = (operations, planning)
    return (operations, planning)
  }

  private func stepCosts(_ key: StepKey, _ operations: OperationCosts, _ planning: Planning) throws -> StepCosts {
    let model = operations.model
    let files = try files(model, key)
    var costs = StepCosts(
      setUp: operations.setUp, step: operations.step(TrainingMethod(key.configuration)),
      evaluation: operations.evaluation, checkpoint: files.checkpoint, runFile: files.runFile,
      memory: Self.memory(key, model, planning), checkpointBytes: files.bytes)
    guard operations.sgd < Self.largeStep else { return costs }
    let timed = try time(key, model)
    (costs.setUp, costs.step) = (timed.setUp, timed.step)
    costs.evaluation = timed.evaluation
    measured.append(
      "\(Self.name(model, batch: operations.batch)): \(key.method) \(Self.text(timed.step)) a step, "
        + "\(Self.text(timed.evaluation)) to evaluate an image, \(Self.text(timed.setUp)) before the first step")
    return costs
  }

  /// Times real steps of a method.
  private func time(_ key: StepKey, _ model: WideResNet) throws -> (setUp: Double, step: Double, evaluation: Double) {
    let configuration = key.configuration
    let (batch, method) = (configuration.batchSize, TrainingMethod(configuration))
    // A partial batch as well: it is planned on its own.
    let (train, test) = (
      batch * max(2, min(8, 256 / batch)) + batch / 2, batch * max(1, min(8, 256 / batch)) + batch / 2
    )
    let data = SyntheticDataset.make(
      for: key.dataset, trainCount: max(train, batch), testCount: max(test, 1), seed: 0)
    let full = method.gradientEvaluations(images: batch, batchSize: batch, model: model)
    let begun = Terminal.seconds()
    let trainer = try engine.make(
      configuration, model, data, TrainingState(initial: model.initialState(seed: 0)), threads,
      configuration.perturbationStep.factor == nil ? nil : 0.1)
    var last = Terminal.seconds()
    let planned = last - begun
    // Seconds for the work of a full batch.
    var steps: [Double] = []
    var (first, spent, epoch) = (0.0, 0.0, 0)
    func isEnough() -> Bool { spent >= Self.duration && steps.count >= Self.fewestSteps }
    while !isEnough() {
      epoch += 1
      var position = EpochProgress(epoch: epoch)
      _ = try trainer.train(&position) { step in
        let now = Terminal.seconds()
        defer { last = now }
        guard epoch > 1 || step.step > 1 else {
          first = now - last
          return true
        }
        spent += now - last
        let work = method.gradientEvaluations(
          images: min(batch, data.train.count - (step.step - 1) * batch), batchSize: batch, model: model)
        steps.append((now - last) * full / work)
        return !isEnough()
      }
    }
    // The lower quartile: what comes in between for a while makes no run longer, and a single lucky step none shorter.
    steps.sort()
    let step = steps[steps.count / 4]
    let median = steps[steps.count / 2]
    if let least = steps.first, median > Self.unsteady * least { unsteadiness = max(unsteadiness, median / least) }
    var evaluation = evaluations[key.base] ?? 0
    if evaluations[key.base] == nil {
      // The first plans nothing, but finds its memory cold.
      _ = trainer.evaluate { true }
      var passes: [Double] = []
      repeat {
        let begun = Terminal.seconds()
        _ = trainer.evaluate { true }
        passes.append(Terminal.seconds() - begun)
      } while passes.reduce(0, +) < Self.duration / 2
      passes.sort()
      evaluation = passes[passes.count / 4] / Double(data.test.count)
      evaluations[key.base] = evaluation
    }
    return (planned + max(0, first - step), step, evaluation)
  }

  /// Bytes of training: arenas, workspace, batches, and what crosses to the host for a checkpoint.
  private static func memory(_ key: StepKey, _ model: WideResNet, _ planning: Planning) -> Int {
    let perturbation = TrainingMethod(key.configuration).perturbation
    let word = MemoryLayout<Float>.stride
    let (keepsWeights, workspace) =
      switch perturbation {
      case .none: (false, planning.training)
      case .ascent: (true, planning.training)
      case .classifierDescent: (false, planning.features)
      case .layerDescent: (true, planning.layers)
      }
    // Weights, gradient, momentum; weights and momentum that the run started from, and those on their way to a file.
    let arenas = (keepsWeights ? 4 : 3) + 4
    let images = key.configuration.batchSize + (perturbation.weakBatchSize ?? 0)
    return arenas * model.parameterLayout.count * word + workspace
      + images * model.channels * model.imageSize * model.imageSize * word
  }

  // MARK: Files, data, processes

  private func files(_ model: WideResNet, _ key: StepKey) throws -> FileCosts {
    // Classes and channels change next to nothing.
    if let known = files.first(where: { ($0.key.depth, $0.key.width) == (model.depth, model.width) }) {
      return known.value
    }
    func bytes(_ model: WideResNet) -> Int {
      (2 * model.parameterLayout.count + model.statisticsLayout.count) * MemoryLayout<Float>.stride
    }
    var probe = model
    if bytes(model) > Self.largestProbe {
      probe = try WideResNet(depth: 16, width: 4, classes: 10, channels: model.channels, imageSize: model.imageSize)
    }
    var found = try Self.write(probe, key.configuration, versions: engine.versions)
    let factor = Double(bytes(model)) / Double(bytes(probe))
    found.checkpoint *= factor
    found.bytes = Int(Double(found.bytes) * factor)
    measured.append(
      "files of WRN-\(model.depth)-\(model.width): \(Self.text(found.checkpoint)) a checkpoint"
        + (probe == model ? "" : " (in proportion to a smaller one's)") + ", \(Self.text(found.runFile)) a run file")
    files[model] = found
    return found
  }

  private static func write(
    _ model: WideResNet, _ configuration: RunConfiguration, versions: [String: String]
  ) throws -> FileCosts {
    let folder = NSTemporaryDirectory() + "pof-plan-\(getpid())"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let environment = Environment(commit: "unknown", dirty: false, versions: versions, cpu: "unknown", threads: 1)
    let checkpoint = Checkpoint(
      configuration: configuration, epoch: 1, model: model,
      state: TrainingState(initial: model.initialState(seed: 0)), environment: environment)
    let score = Score(loss: 1, error: 50)
    let record = RunRecord(
      configuration: configuration,
      data: DataDescription(official: false, trainCount: 1, testCount: 1, digest: String(repeating: "0", count: 64)),
      status: .partial,
      epochs: (1...50).map {
        EpochRecord(
          epoch: $0, train: score, learningRate: 1, gradientEvaluations: 1, test: score, seconds: 1, imagesPerSecond: 1)
      }, peakMemory: 0,
      provenance: Provenance(
        segments: [Segment(environment: environment, firstEpoch: 1, firstStep: 1)], command: "", started: Machine.now(),
        duration: 0))
    let (checkpointPath, runPath) = ("\(folder)/seed0.ckpt.h5", "\(folder)/seed0.h5")
    func time(_ body: () throws -> Void) rethrows -> Double {
      // The first is not counted: it starts the library.
      try body()
      let (rounds, begun) = (3, Terminal.seconds())
      for _ in 0..<rounds { try body() }
      return (Terminal.seconds() - begun) / Double(rounds)
    }
    let checkpointTime = try time { try CheckpointFile.write(checkpoint, to: checkpointPath) }
    let runTime = try time { try RunFile.write(record, to: runPath) }
    let size = try FileManager.default.attributesOfItem(atPath: checkpointPath)[.size] as? Int
    return FileCosts(checkpoint: checkpointTime, runFile: runTime, bytes: size ?? 0)
  }

  /// Reading, where the data set is there, limiting and hashing; or making synthetic images.
  private func dataCosts(_ run: PlannedRun, _ key: DataKey, _ available: AvailableData) -> DataCosts {
    let specification = run.dataset.specification
    let image = specification.channels * specification.imageSize * specification.imageSize
    let bytes = (run.images.train + run.images.test) * image
    if key.source == .synthetic {
      let begun = Terminal.seconds()
      let data = SyntheticDataset.make(
        for: run.dataset, trainCount: run.images.train, testCount: run.images.test, seed: 0)
      let made = Terminal.seconds() - begun
      return DataCosts(
        seconds: made + hashingTime(data.train.pixels.count + data.test.pixels.count), bytes: bytes, peak: bytes)
    }
    let read = available.images[run.dataset]
    let published = (
      train: read?.train ?? specification.trainCount(of: key.part), test: read?.test ?? specification.testCount
    )
    let all = (published.train + published.test) * image
    let reading = read?.seconds ?? Double(all) / Self.assumedReadingSpeed
    // Fashion-MNIST's pixels lie in memory three times for a moment.
    let copies = run.dataset == .fashionMNIST ? 3 : 1
    return DataCosts(seconds: reading + hashingTime(bytes), bytes: bytes, peak: copies * all)
  }

  /// Seconds of hashing so many bytes.
  private func hashingTime(_ bytes: Int) -> Double {
    let rate: Double
    if let hashing {
      rate = hashing
    } else {
      let probe = [UInt8](repeating: 7, count: 1 << 22)
      let begun = Terminal.seconds()
      var hash = SHA256()
      hash.update(probe)
      _ = hash.finish()
      rate = (Terminal.seconds() - begun) / Double(probe.count)
      hashing = rate
    }
    return rate * Double(bytes)
  }

  /// Starting an executable of the suite, and what each run looks up of its surroundings.
  private static func process(threads: Int, engine: TrainingEngine) throws -> Double {
    let begun = Terminal.seconds()
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/proc/\(getpid())/exe")
    process.arguments = ["--help"]
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    process.standardInput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    _ = Machine.environment(threads: threads, versions: engine.versions)
    return Terminal.seconds() - begun
  }

  /// Bytes of a process with its libraries at work, next to no network in them.
  private static func program(threads: Int) throws -> Int {
    let model = try WideResNet(depth: 10, width: 1, classes: 2, channels: 1, imageSize: 8)
    let executor = try CPUExecutor(model: model, capacity: 1, threads: threads)
    executor.state = model.initialState(seed: 0)
    let image = ImageBatch(capacity: 1, channels: 1, size: 8)
    image.set(images: .init(repeating: 1, count: 64), labels: [0])
    let step = TrainingStep(
      TrainingMethod(perturbation: .none, stepped: .everything), executor: executor, momentum: 0, weightDecay: 0,
      capacity: 1)
    _ = step(image, learningRate: 1e-6)
    return Machine.residentMemory
  }

  /// 0.0123 -> `12.3 ms`, 4.56 -> `4.56 s`.
  static func text(_ seconds: Double) -> String {
    seconds < 1 ? String(format: "%.3g ms", seconds * 1e3) : String(format: "%.3g s", seconds)
  }
}

extension StepKey {
  /// What is done in a step, in words.
  var method: String {
    guard configuration.postTraining == .pof else { return configuration.postTraining.rawValue }
    var text = "pof with \(configuration.perturbationGroups) groups"
    if configuration.perturbedLayers != .classifier { text = "pof, layers \(configuration.perturbedLayers.rawValue)" }
    if configuration.perturbationDirection != .weakGradient { text += ", random direction" }
    if configuration.perturbationStep.factor != nil { text += ", fixed step" }
    return text
  }
}
