import Foundation
import NeuralNetwork
import Testing
import Training

@testable import Storage

@Test(arguments: [(10, 1, 1), (16, 2, 3)])
func checkpointsRoundTrip(depth: Int, width: Int, channels: Int) throws {
  let scratch = try Scratch()
  let path = scratch.path("seed3.ckpt.h5")
  let model = try WideResNet(depth: depth, width: width, classes: 7, channels: channels, imageSize: 32)
  var state = TrainingState(initial: model.initialState(seed: 5))
  for tensor in model.parameterLayout.tensors { for i in tensor.range { state.momentum[i] = Float(i) * -1e-3 } }
  for i in state.network.batchesTracked.indices { state.network.batchesTracked[i] = Int64(i) << 33 }
  let checkpoint = Checkpoint(
    configuration: Sample.configuration, epoch: 42, model: model, state: state,
    environment: Sample.environment(threads: 3))
  try CheckpointFile.write(checkpoint, to: path)
  #expect(try CheckpointFile.read(path, expecting: (nil, model)) == checkpoint)
  #expect(try CheckpointFile.read(path, expecting: (Sample.configuration.digest, model)) == checkpoint)
}

/// Within an epoch, a checkpoint holds every sum that the epoch's record needs; without one it holds none of them.
@Test func partialEpochsRoundTrip() throws {
  let scratch = try Scratch()
  let path = scratch.path("x.ckpt.h5")
  var checkpoint = try Sample.checkpoint
  try CheckpointFile.write(checkpoint, to: path)
  let whole = try Scratch.bytes(path)
  #expect(try CheckpointFile.read(path, expecting: (nil, checkpoint.model)).partial == nil)
  checkpoint.partial = Sample.partialEpoch
  try CheckpointFile.write(checkpoint, to: path)
  #expect(try CheckpointFile.read(path, expecting: (nil, checkpoint.model)) == checkpoint)
  try HDF5File.open(path) { root in
    let group = try root.group("partial_epoch")
    let values: [Double] = try group.attributeNames().map {
      switch try group.value($0, expected: "a number") {
      case .integer(let number): Double(number)
      case .real(let number): number
      default: .nan
      }
    }
    #expect(values == [3, 3, 1.1, 2.2, 33, 4.4, 6, 7.7, 8.8, 9.9, 10.1, 11, 12])
    #expect(try root.group("timing").real("partial_epoch_seconds") == 5.5)
    #expect(try root.group("provenance").integer("threads") == 2)
  }
  // Equal training gives equal bytes, however it came about.
  checkpoint.partial = nil
  try CheckpointFile.write(checkpoint, to: path)
  #expect(try Scratch.bytes(path) == whole)
}

/// What differs between equal runs has digests of its own.
@Test(arguments: ["provenance", "timing"]) func damageBesideTheTensorsIsFound(group: String) throws {
  let scratch = try Scratch()
  let path = scratch.path("x.ckpt.h5")
  var checkpoint = try Sample.checkpoint
  checkpoint.partial = Sample.partialEpoch
  try CheckpointFile.write(checkpoint, to: path)
  var bytes = try Scratch.bytes(path)
  let old = group == "provenance" ? Array("0123abc".utf8) : withUnsafeBytes(of: 5.5) { Array($0) }
  let place = try #require(bytes.indices.first { bytes[$0...].starts(with: old) })
  bytes[place] ^= 1
  try Scratch.put(bytes, path)
  let error = #expect(throws: StorageError.self) { try CheckpointFile.read(path, expecting: (nil, checkpoint.model)) }
  #expect(error?.description.hasPrefix("\(path): damaged at /\(group)") == true)
}

/// Names, order and shapes of the module's state_dict in PyTorch; group 1 of a WRN-10-1 has no projection.
private let extractorNames: [String] = {
  func norm(_ name: String) -> [String] {
    ["weight", "bias", "running_mean", "running_var", "num_batches_tracked"].map { "\(name).\($0)" }
  }
  func block(_ name: String, projection: Bool) -> [String] {
    norm("\(name).bn1") + ["\(name).conv1.weight"] + norm("\(name).bn2") + ["\(name).conv2.weight"]
      + (projection ? ["\(name).shortcut.0.weight"] : [])
  }
  return ["conv1.weight"] + block("layer1.num_0", projection: false) + block("layer2.num_0", projection: true)
    + block("layer3.num_0", projection: true) + norm("bn_out")
}()

@Test func checkpointsHavePyTorchsNamesAndShapes() throws {
  let scratch = try Scratch()
  let path = scratch.path("x.ckpt.h5")
  let checkpoint = try Sample.checkpoint
  let layout = checkpoint.model.parameterLayout
  let statistics = checkpoint.model.statisticsLayout
  try CheckpointFile.write(checkpoint, to: path)
  try HDF5File.open(path) { root in
    #expect(try root.text("format") == "pof-checkpoint" && root.text("format_version") == "1.3")
    #expect(try root.integer("epoch") == 2)
    #expect(try root.text("config") == Sample.configuration.json)
    #expect(try root.text("config_digest") == Sample.configuration.digest)
    let model = try root.group("model")
    #expect(try model.attributeNames() == ["depth", "width", "classes", "channels", "image_size"])
    #expect(try model.integer("depth") == 10 && model.integer("image_size") == 28)

    let extractor = try root.group("model/feature_extractor")
    #expect(try extractor.names() == extractorNames)
    #expect(try root.group("model/classifier").names() == ["classifiers.0.weight", "classifiers.0.bias"])
    #expect(try extractor.dataset("conv1.weight").shape() == [16, 1, 3, 3])
    #expect(try extractor.dataset("layer2.num_0.shortcut.0.weight").shape() == [32, 16, 1, 1])
    #expect(try root.group("model/classifier").dataset("classifiers.0.weight").shape() == [10, 64])

    // Values lie under their own names.
    let last = layout["layer3.num_0.conv2.weight"]
    #expect(
      try extractor.dataset(last.name).read(shape: [64, 64, 3, 3])
        == Array(checkpoint.state.network.parameters[last.range]))
    let variance = statistics["layer2.num_0.bn1.running_var"]
    #expect(
      try extractor.dataset(variance.name).read(shape: [16])
        == Array(checkpoint.state.network.statistics[variance.range]))
    let counters = ["layer1.num_0.bn1", "layer1.num_0.bn2", "layer2.num_0.bn1"]
    for (index, name) in counters.enumerated() {
      #expect(try extractor.dataset("\(name).num_batches_tracked").read(shape: []) == [Int64(100 + index)])
    }

    let momentum = try root.group("optimizer/momentum")
    #expect(try momentum.names() == layout.tensors.map(\.name))
    let bias = layout["classifiers.0.bias"]
    #expect(
      try momentum.dataset(bias.name).read(shape: [10]) == Array(checkpoint.state.momentum[bias.range]))
  }
}

@Test func otherConfigurationsAndModelsAreRefused() throws {
  let scratch = try Scratch()
  let path = scratch.path("x.ckpt.h5")
  let checkpoint = try Sample.checkpoint
  try CheckpointFile.write(checkpoint, to: path)
  var other = Sample.configuration
  other.seed = 4
  #expect(
    throws: StorageError.configurationMismatch(
      path: path, expected: "digest \(other.digest.prefix(8))",
      found: "digest \(Sample.configuration.digest.prefix(8))")
  ) { try CheckpointFile.read(path, expecting: (other.digest, checkpoint.model)) }

  for (found, model) in [
    ("depth 10", try WideResNet(depth: 16, width: 1, classes: 10, channels: 1, imageSize: 28)),
    ("width 1", try WideResNet(depth: 10, width: 2, classes: 10, channels: 1, imageSize: 28)),
    ("classes 10", try WideResNet(depth: 10, width: 1, classes: 100, channels: 1, imageSize: 28)),
    ("channels 1", try WideResNet(depth: 10, width: 1, classes: 10, channels: 3, imageSize: 28)),
    ("image_size 28", try WideResNet(depth: 10, width: 1, classes: 10, channels: 1, imageSize: 32)),
  ] {
    let error = #expect(throws: StorageError.self) { try CheckpointFile.read(path, expecting: (nil, model)) }
    guard case .configurationMismatch(path, _, found) = error else {
      Issue.record("unexpected \(String(describing: error))")
      continue
    }
  }
}

@Test func kindsOfFilesAreToldApart() throws {
  let scratch = try Scratch()
  let (run, checkpoint) = (scratch.path("x.h5"), scratch.path("x.ckpt.h5"))
  try RunFile.write(Sample.record, to: run)
  try CheckpointFile.write(Sample.checkpoint, to: checkpoint)
  #expect(throws: StorageError.wrongFormat(path: run, expected: "pof-checkpoint", found: "pof-run")) {
    try CheckpointFile.read(run, expecting: (nil, Sample.model))
  }
  #expect(throws: StorageError.wrongFormat(path: checkpoint, expected: "pof-run", found: "pof-checkpoint")) {
    try RunFile.read(checkpoint)
  }
  try HDF5File.create(run) { _ in }
  #expect(throws: StorageError.wrongFormat(path: run, expected: "pof-run", found: "")) { try RunFile.read(run) }
}
