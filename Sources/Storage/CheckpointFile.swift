// Checkpoints: all that a run needs to go on, with PyTorch's names and shapes, so that a state_dict is a loop over a
// group. Nothing is loaded that is not exactly what the model and the configuration expect.
//
//   /                          format, format_version, epoch, config, config_digest, content_digest
//   /model                     depth, width, classes, channels, image_size
//   /model/feature_extractor   the extractor's state_dict: one data set a tensor, flat, dots in the name
//   /model/classifier          classifiers.0.weight, classifiers.0.bias
//   /optimizer/momentum        buffers under the parameters' names
//   /partial_epoch             only within an epoch: the sums that its record needs (PartialEpochSchema)
//   /timing                    partial_epoch_seconds, content_digest
//   /provenance                commit, dirty, cpu, threads, version_* of the process that wrote it, content_digest

import NeuralNetwork
import TensorCore
import Training

/// Network and optimiser of a run after an epoch, or after some steps of the next one.
public struct Checkpoint: Sendable, Equatable {
  /// `RunConfiguration.digest` of the run that wrote it.
  public var configurationDigest: String
  public var configurationJSON: String
  /// Finished epochs of training behind the network.
  public var epoch: Int
  /// Where the network lies within the next epoch; nil between two.
  public var partial: EpochProgress?
  public var model: WideResNet
  public var state: TrainingState
  /// Of the process that wrote it; nil in files of version 1.0.
  public var environment: Environment?

  public init(
    configurationDigest: String, configurationJSON: String, epoch: Int, partial: EpochProgress? = nil,
    model: WideResNet, state: TrainingState, environment: Environment?
  ) {
    self.configurationDigest = configurationDigest
    self.configurationJSON = configurationJSON
    self.epoch = epoch
    self.partial = partial
    self.model = model
    self.state = state
    self.environment = environment
  }

  public init(
    configuration: RunConfiguration, epoch: Int, partial: EpochProgress? = nil, model: WideResNet,
    state: TrainingState, environment: Environment
  ) {
    self.init(
      configurationDigest: configuration.digest, configurationJSON: configuration.json, epoch: epoch,
      partial: partial, model: model, state: state, environment: environment)
  }
}

/// Writes and reads checkpoints.
public enum CheckpointFile {
  // MARK: Schema

  /// A data set of the file and where its elements lie in the state.
  struct Tensor {
    enum Place {
      case parameter(Range<Int>)
      case statistic(Range<Int>)
      case counter(Int)
      case momentum(Range<Int>)
    }
    let name: String
    let shape: [Int]
    let place: Place
  }

  /// Groups of tensors in the order of PyTorch's state_dict: a batch norm's statistics follow its bias.
  static func groups(_ model: WideResNet) -> [(name: String, tensors: [Tensor])] {
    let parameters = model.parameterLayout.tensors
    let statistics = model.statisticsLayout
    var extractor: [Tensor] = []
    var counter = 0
    for tensor in parameters where tensor.section == .extractor {
      extractor.append(Tensor(name: tensor.name, shape: tensor.shape, place: .parameter(tensor.range)))
      guard tensor.name.hasSuffix(".bias") else { continue }
      let layer = tensor.name.dropLast(".bias".count)
      for statistic in ["running_mean", "running_var"].map({ statistics["\(layer).\($0)"] }) {
        extractor.append(Tensor(name: statistic.name, shape: statistic.shape, place: .statistic(statistic.range)))
      }
      extractor.append(Tensor(name: "\(layer).num_batches_tracked", shape: [], place: .counter(counter)))
      counter += 1
    }
    let classifier = parameters.filter { $0.section == .classifier }
    return [
      ("model/\(ParameterSection.extractor.rawValue)", extractor),
      (
        "model/\(ParameterSection.classifier.rawValue)",
        classifier.map { Tensor(name: $0.name, shape: $0.shape, place: .parameter($0.range)) }
      ),
      (
        "optimizer/momentum",
        parameters.map { Tensor(name: $0.name, shape: $0.shape, place: .momentum($0.range)) }
      ),
    ]
  }

  private static func attributes(_ model: WideResNet) -> [(name: String, value: SettingValue)] {
    [
      ("depth", .integer(model.depth)), ("width", .integer(model.width)), ("classes", .integer(model.classes)),
      ("channels", .integer(model.channels)), ("image_size", .integer(model.imageSize)),
    ]
  }

  private static func digest(_ checkpoint: Checkpoint) -> ContentDigest {
    var digest = ContentDigest()
    digest.add("/epoch", .integer(checkpoint.epoch))
    digest.add("/config", .text(checkpoint.configurationJSON))
    digest.add(attributes(checkpoint.model), in: "/model")
    let state = checkpoint.state
    for (group, tensors) in groups(checkpoint.model) {
      for tensor in tensors {
        let name = "/\(group)/\(tensor.name)"
        switch tensor.place {
        case .parameter(let range):
          state.network.parameters.withUnsafeBufferPointer { digest.add(name, .init(rebasing: $0[range])) }
        case .statistic(let range):
          state.network.statistics.withUnsafeBufferPointer { digest.add(name, .init(rebasing: $0[range])) }
        case .momentum(let range):
          state.momentum.withUnsafeBufferPointer { digest.add(name, .init(rebasing: $0[range])) }
        case .counter(let index): digest.add(name, [state.network.batchesTracked[index]])
        }
      }
    }
    // Readers of 1.0, which know no partial epochs, find their digest wrong and do not take one for a whole.
    if let partial = checkpoint.partial { digest.add(partial.attributes, in: "/partial_epoch") }
    return digest
  }

  // MARK: Writing

  /// Puts the checkpoint in place of an older one, whole or not at all.
  /// - Throws: `StorageError.writeFailed`.
  /// - Precondition: the arenas have the sizes of the model's layouts, the digest is the JSON's, a partial epoch follows
  ///   the finished ones.
  public static func write(_ checkpoint: Checkpoint, to path: String) throws {
    let (model, state) = (checkpoint.model, checkpoint.state)
    let network = state.network
    precondition(
      network.parameters.count == model.parameterLayout.count && state.momentum.count == network.parameters.count
        && network.statistics.count == model.statisticsLayout.count
        && network.batchesTracked.count == model.normalizations.count, "state and model disagree")
    precondition(checkpoint.partial.map { $0.epoch == checkpoint.epoch + 1 } ?? true, "epochs are not in order")
    precondition(SHA256.hex(checkpoint.configurationJSON) == checkpoint.configurationDigest, "JSON and digest disagree")
    try HDF5File.create(path) { root in
      try FileFormat.checkpoint.write(to: root)
      try root.setAttribute("epoch", .integer(checkpoint.epoch))
      try root.setAttribute("config", .text(checkpoint.configurationJSON))
      try root.setAttribute("config_digest", .text(checkpoint.configurationDigest))
      try root.setAttribute(ContentDigest.attribute, .text(digest(checkpoint).finish()))
      try root.createGroup("model").setAttributes(attributes(model))
      _ = try root.createGroup("optimizer")
      for (path, tensors) in groups(model) {
        let names = path.split(separator: "/").map { String($0) }
        let group = try root.group(names[0]).createGroup(names[1])
        for tensor in tensors {
          func write(_ arena: [Float], _ range: Range<Int>) throws {
            _ = try arena.withUnsafeBufferPointer {
              try group.write(tensor.name, .init(rebasing: $0[range]), shape: tensor.shape, layout: .checked)
            }
          }
          switch tensor.place {
          case .parameter(let range): try write(network.parameters, range)
          case .statistic(let range): try write(network.statistics, range)
          case .momentum(let range): try write(state.momentum, range)
          case .counter(let index):
            try group.write(tensor.name, [network.batchesTracked[index]], shape: [], layout: .contiguous)
          }
        }
      }
      if let partial = checkpoint.partial { try root.createGroup("partial_epoch").setAttributes(partial.attributes) }
      try writeAside("timing", timing(checkpoint.partial), to: root)
      if let environment = checkpoint.environment {
        try writeAside("provenance", environment.attributes, to: root)
      }
    }
  }

  private static func timing(_ partial: EpochProgress?) -> [(name: String, value: SettingValue)] {
    [("partial_epoch_seconds", .real(partial?.seconds ?? 0))]
  }

  /// What differs between equal runs: a group with a digest of its own.
  private static func writeAside(
    _ name: String, _ attributes: [(name: String, value: SettingValue)], to root: HDF5Group
  ) throws {
    let group = try root.createGroup(name)
    try group.setAttributes(attributes)
    try group.setAttribute(ContentDigest.attribute, .text(asideDigest(name, attributes).finish()))
  }

  private static func asideDigest(
    _ name: String, _ attributes: [(name: String, value: SettingValue)]
  ) -> ContentDigest {
    var digest = ContentDigest()
    digest.add(attributes, in: "/\(name)")
    return digest
  }

  // MARK: Reading

  /// Reads and checks a checkpoint; what it returns is what was written.
  /// - Parameter expecting: the digest of the run's configuration (nil: any) and the model to load it into.
  /// - Throws: `StorageError`; `.configurationMismatch` for another configuration or model.
  public static func read(
    _ path: String, expecting expected: (digest: String?, model: WideResNet)
  ) throws -> Checkpoint {
    try HDF5File.open(path) { root in
      let minor = try FileFormat.checkpoint.check(root)
      let (json, configurationDigest) = try root.configurationJSON("config", digest: "config_digest")
      guard expected.digest == nil || expected.digest == configurationDigest else {
        throw StorageError.configurationMismatch(
          path: path, expected: "digest \(expected.digest?.prefix(8) ?? "")",
          found: "digest \(configurationDigest.prefix(8))")
      }
      // Layouts are made for the expected model only: a forged one could ask for any amount of memory.
      let model = try root.group("model")
      for (name, value) in attributes(expected.model) {
        let found = try model.integer(name)
        guard value == .integer(found) else {
          throw StorageError.configurationMismatch(
            path: path, expected: "a model of \(describe(expected.model))", found: "\(name) \(found)")
        }
      }
      let epoch = try root.integer("epoch")
      guard (0...RunFile.epochLimit).contains(epoch) else {
        throw root.damage("attribute epoch of /", "epoch \(epoch)")
      }
      let checkpoint = Checkpoint(
        configurationDigest: configurationDigest, configurationJSON: json, epoch: epoch,
        partial: try partial(root, after: epoch), model: expected.model, state: try state(root, expected.model),
        environment: try environment(root, isRequired: minor >= 1))
      try root.check(digest(checkpoint))
      if minor >= 1 { try root.group("timing").check(asideDigest("timing", timing(checkpoint.partial))) }
      return checkpoint
    }
  }

  private static func partial(_ root: HDF5Group, after epoch: Int) throws -> EpochProgress? {
    guard try root.contains("partial_epoch") else { return nil }
    let group = try root.group("partial_epoch")
    var progress = try EpochProgress(readFrom: group)
    guard progress.epoch == epoch + 1, progress.hasPlausibleCounts else {
      throw group.damage(group.name, "step \(progress.steps) of epoch \(progress.epoch) does not follow epoch \(epoch)")
    }
    progress.seconds = try root.group("timing").real("partial_epoch_seconds")
    return progress
  }

  /// Nil in files of version 1.0.
  private static func environment(_ root: HDF5Group, isRequired: Bool) throws -> Environment? {
    guard try isRequired || root.contains("provenance") else { return nil }
    let aside = try root.group("provenance")
    let environment = try Environment(readFrom: aside)
    try aside.check(asideDigest("provenance", environment.attributes))
    return environment
  }

  private static func describe(_ model: WideResNet) -> String {
    "depth \(model.depth), width \(model.width), classes \(model.classes), channels \(model.channels), "
      + "image_size \(model.imageSize)"
  }

  private static func state(_ root: HDF5Group, _ model: WideResNet) throws -> TrainingState {
    let zeros = [Float](repeating: 0, count: model.parameterLayout.count)
    var state = TrainingState(
      network: NetworkState(
        parameters: zeros, statistics: .init(repeating: 0, count: model.statisticsLayout.count),
        batchesTracked: .init(repeating: 0, count: model.normalizations.count)), momentum: zeros)
    for (path, tensors) in groups(model) {
      let group = try root.group(path)
      let known = Set(tensors.map(\.name))
      if let extra = try group.names().first(where: { !known.contains($0) }) {
        throw StorageError.unexpected(path: root.file.path, object: group.child(extra))
      }
      for tensor in tensors {
        let dataset = try group.dataset(tensor.name)
        func read(_ arena: inout [Float], _ range: Range<Int>) throws {
          try arena.withUnsafeMutableBufferPointer {
            try dataset.read(into: .init(rebasing: $0[range]), shape: tensor.shape)
          }
        }
        switch tensor.place {
        case .parameter(let range): try read(&state.network.parameters, range)
        case .statistic(let range): try read(&state.network.statistics, range)
        case .momentum(let range): try read(&state.momentum, range)
        case .counter(let index):
          let count = try dataset.read(as: Int64.self, shape: [])[0]
          // Training counts on from here, and would trap where the digest was made anew around a forged number.
          guard (0...Int64(CountLimit.any)).contains(count) else { throw root.damage(dataset.name, "count \(count)") }
          state.network.batchesTracked[index] = count
        }
      }
    }
    return state
  }
}
