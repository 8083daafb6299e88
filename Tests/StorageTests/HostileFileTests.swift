// Files that are cut off or made up: an error that names the file, never a crash, never a silent difference.

import Foundation
import Testing
import Training

@testable import Storage

// MARK: Damage

@Test func truncatedFilesAreRefused() throws {
  let scratch = try Scratch()
  let path = scratch.path("x.h5")
  try RunFile.write(Sample.record, to: path)
  let bytes = try Scratch.bytes(path)
  for length in Array(0..<200) + Array(stride(from: 200, to: bytes.count, by: 297)) + [bytes.count - 1] {
    try Scratch.put(Array(bytes[..<length]), path)
    let error = #expect(throws: StorageError.self, "\(length)") { try RunFile.read(path) }
    #expect(error?.description.hasPrefix(path) == true)
  }
  let checkpoint = try Sample.checkpoint
  try CheckpointFile.write(checkpoint, to: path)
  let long = try Scratch.bytes(path)
  for length in stride(from: 1000, to: long.count, by: 30_011) {
    try Scratch.put(Array(long[..<length]), path)
    #expect(throws: StorageError.self, "\(length)") {
      try CheckpointFile.read(path, expecting: (nil, checkpoint.model))
    }
  }
}

// MARK: Forged numbers under digests that fit

/// Counts that training would add to, and trap: refused although every digest is right.
@Test func forgedCountsAreRefused() throws {
  let scratch = try Scratch()
  let path = scratch.path("x.ckpt.h5")
  let changes: [(inout Checkpoint) -> Void] = [
    { $0.state.network.batchesTracked[0] = .max }, { $0.state.network.batchesTracked[1] = -1 },
    { $0.partial?.steps = .max }, { $0.partial?.steps = 0 }, { $0.partial?.losses.errors = .max },
    { $0.partial?.losses.errors = -1 }, { $0.partial?.perturbations.searches = .max },
    { $0.partial?.perturbations.rejected = -1 }, { $0.partial?.perturbations.reachedLimit = .max },
    {
      $0.partial = nil
      $0.epoch = .max
    },
    {
      $0.partial = nil
      $0.epoch = -1
    },
  ]
  for (index, change) in changes.enumerated() {
    var checkpoint = try Sample.checkpoint
    checkpoint.partial = Sample.partialEpoch
    change(&checkpoint)
    try CheckpointFile.write(checkpoint, to: path)
    let error = #expect(throws: StorageError.self, "change \(index)") {
      try CheckpointFile.read(path, expecting: (nil, checkpoint.model))
    }
    #expect(error?.description.hasPrefix(path) == true)
  }
  for change in [\Segment.firstEpoch, \.firstStep, \.starts] {
    for number in [0, Int.max] {
      var segment = Sample.record.provenance.segments[0]
      segment[keyPath: change] = number
      var record = Sample.record
      record.provenance = Provenance(segments: [segment], command: "", started: "", duration: 0)
      try RunFile.write(record, to: path)
      #expect(throws: StorageError.self) { try RunFile.read(path) }
    }
  }
}

// MARK: Well-formed files with wrong content

/// What happens to an object or attribute while a file is copied through the layer.
private enum Edit {
  case drop
  case text(String)
  case integer(Int)
  case real(Double)
  /// As a data set of doubles of that shape.
  case doubles([Int])
  /// As floats, as they are, of that shape; zeros are appended where it is larger.
  case floats([Int])
  case group
}

/// Copies a file, with edits by full name; attributes are `/group@name`.
private func copy(_ source: String, to target: String, _ edits: [String: Edit], add: String? = nil) throws {
  func copyAttributes(_ from: any HDF5Object, _ to: any HDF5Object) throws {
    let hidden = ["CLASS", "NAME", "REFERENCE_LIST", "DIMENSION_LIST"]
    for name in try from.attributeNames() where !hidden.contains(name) {
      switch edits["\(from.name)@\(name)"] {
      case .drop: continue
      case .text(let text): try to.setAttribute(name, .text(text))
      case .integer(let number): try to.setAttribute(name, .integer(number))
      case .real(let number): try to.setAttribute(name, .real(number))
      default: try to.setAttribute(name, from.value(name, expected: "anything"))
      }
    }
  }
  func write<Element: HDF5Element>(_ values: [Element], _ shape: [Int], _ name: String, _ to: HDF5Group) throws {
    try to.write(name, values, shape: shape, layout: .compressed)
  }
  func copyGroup(_ from: HDF5Group, _ to: HDF5Group) throws {
    try copyAttributes(from, to)
    for name in try from.names() {
      let full = from.child(name)
      let edit = edits[full]
      if case .drop = edit { continue }
      if case .group = edit {
        _ = try to.createGroup(name)
        continue
      }
      guard let dataset = try? from.dataset(name) else {
        try copyGroup(from.group(name), to.createGroup(name))
        continue
      }
      let shape = try dataset.shape()
      switch (edit, try dataset.elementType()) {
      case (.doubles(let other), _):
        try write([Double](repeating: 1, count: other.reduce(1, *)), other, name, to)
      case (.floats(let other), _):
        let values = try dataset.read(as: Float.self, shape: shape)
        let count = other.reduce(1, *)
        try write(Array((values + [Float](repeating: 0, count: count)).prefix(count)), other, name, to)
      case (_, .float32): try write(dataset.read(as: Float.self, shape: shape), shape, name, to)
      case (_, .float64): try write(dataset.read(as: Double.self, shape: shape), shape, name, to)
      default: try write(dataset.read(as: Int64.self, shape: shape), shape, name, to)
      }
    }
    if from.name == add { try to.write("extra", [Float(1)], shape: [1], layout: .contiguous) }
  }
  try HDF5File.open(source) { from in try HDF5File.create(target) { try copyGroup(from, $0) } }
}

private let extractor = "/model/feature_extractor"

@Test(
  arguments: [
    ([:], "/model/feature_extractor", "/model/feature_extractor/extra does not belong"),
    ([:], "/optimizer/momentum", "/optimizer/momentum/extra does not belong"),
    (["\(extractor)/conv1.weight": .drop], nil, "\(extractor)/conv1.weight is missing"),
    (["\(extractor)/bn_out.num_batches_tracked": .drop], nil, "bn_out.num_batches_tracked is missing"),
    (["/optimizer/momentum/classifiers.0.bias": .drop], nil, "classifiers.0.bias is missing"),
    (["/optimizer": .drop], nil, "/optimizer is missing"), (["/model/classifier": .drop], nil, "/model/classifier"),
    (["\(extractor)/conv1.weight": .floats([16, 1, 9])], nil, "shape [16, 1, 9], expected [16, 1, 3, 3]"),
    (["\(extractor)/conv1.weight": .floats([1, 16, 3, 3])], nil, "shape [1, 16, 3, 3]"),
    (["\(extractor)/conv1.weight": .floats([160, 100, 3, 3])], nil, "shape [160, 100, 3, 3]"),
    (["\(extractor)/bn_out.weight": .floats([0])], nil, "shape [0]"),
    (["\(extractor)/bn_out.weight": .doubles([64])], nil, "is float64, expected float32"),
    (["\(extractor)/bn_out.num_batches_tracked": .doubles([])], nil, "is float64, expected int64"),
    (["\(extractor)/conv1.weight": .group], nil, "conv1.weight is something else"),
    (["/@format_version": .text("2.0")], nil, "version 2.0 is newer"),
    (["/@format_version": .text("new")], nil, "\"new\" is no version"),
    (["/@format_version": .drop], nil, "format_version of / is missing"),
    (["/@epoch": .integer(3)], nil, "digest"), (["/@epoch": .real(2)], nil, "epoch of / is another type"),
    (["/@config": .text("{}")], nil, "digest"), (["/@config_digest": .drop], nil, "config_digest of / is missing"),
    (["/model@depth": .integer(1 << 60)], nil, "depth \(1 << 60)"), (["/model@width": .drop], nil, "width"),
    (["/@content_digest": .drop], nil, "content_digest of / is missing"),
    (["/provenance": .drop], nil, "/provenance is missing"), (["/timing": .drop], nil, "/timing"),
  ] as [([String: Edit], String?, String)])
private func wrongCheckpointsAreNamed(edits: [String: Edit], extra: String?, hint: String) throws {
  let scratch = try Scratch()
  let (good, bad) = (scratch.path("good.ckpt.h5"), scratch.path("bad.ckpt.h5"))
  let checkpoint = try Sample.checkpoint
  try CheckpointFile.write(checkpoint, to: good)
  try copy(good, to: bad, edits, add: extra)
  let error = #expect(throws: StorageError.self) { try CheckpointFile.read(bad, expecting: (nil, checkpoint.model)) }
  let text = error?.description ?? ""
  #expect(text.hasPrefix(bad) && text.contains(hint), "\(text)")
}

@Test(
  arguments: [
    (["/metrics/train/loss": .drop], "/metrics/train/loss is missing"),
    (["/metrics/train/loss": .doubles([4])], "shape [4], expected [3]"),
    (["/metrics/train/loss": .doubles([3, 1])], "shape [3, 1], expected [3]"),
    (["/metrics/train/loss": .doubles([3])], "digest"), (["/metrics/train/loss": .group], "loss is something else"),
    (["/metrics/train/epoch": .doubles([3])], "is float64, expected int64"),
    (["/metrics/train": .drop], "is unknown"), (["/metrics": .drop], "/metrics is missing"),
    (["/metrics/test": .drop], "digest"), (["/pof": .drop], "digest"), (["/pof/eta": .drop], "/pof/eta is missing"),
    (["/timing/seconds": .doubles([3])], "damaged at /timing"), (["/timing": .drop], "/timing is missing"),
    (["/timing@peak_memory_bytes": .integer(1)], "damaged at /timing"),
    (["/provenance@commit": .text("x")], "damaged at /provenance"),
    (["/provenance@version_hdf5": .drop], "damaged at /provenance"),
    (["/provenance@command": .text("x")], "damaged at /provenance"),
    (["/provenance/segments@equal_bytes_promised": .integer(1)], "does not fit the segments"),
    (["/provenance/segments/1@threads": .integer(1)], "damaged at /provenance/segments"),
    (["/provenance/segments": .drop], "/provenance/segments is missing"),
    (["/provenance/segments/2": .drop], "damaged at /provenance/segments"),
    (["/provenance/segments/1": .drop], "are not named 1, 2, ..."),
    (["/provenance@dirty": .integer(2)], "neither 0 nor 1"), (["/@status": .text("done")], "digest"),
    (["/@status": .text("lost")], "\"lost\" is no status"), (["/@format_version": .text("10.3")], "10.3 is newer"),
    (["/config@json": .text("{}")], "digest"), (["/config@seed": .integer(4)], "differs from the JSON"),
    (["/config@rho": .text("0.05")], "rho of /config is another type"), (["/config@arm": .drop], "arm of /config"),
    (["/data@digest": .text("0")], "digest"), (["/data": .drop], "/data is missing"),
  ] as [([String: Edit], String)])
private func wrongRunFilesAreNamed(edits: [String: Edit], hint: String) throws {
  let scratch = try Scratch()
  let (good, bad) = (scratch.path("good.h5"), scratch.path("bad.h5"))
  try RunFile.write(Sample.record, to: good)
  try copy(good, to: bad, edits)
  let error = #expect(throws: StorageError.self) { try RunFile.read(bad) }
  let text = error?.description ?? ""
  #expect(text.hasPrefix(bad) && text.contains(hint), "\(text)")
}

/// Another program's copy, and a later minor version with additions, are as good as the original.
@Test func rewrittenFilesStayReadable() throws {
  let scratch = try Scratch()
  let (run, one, two) = (scratch.path("run.h5"), scratch.path("1.h5"), scratch.path("2.h5"))
  try RunFile.write(Sample.record, to: run)
  try copy(run, to: two, ["/@format_version": .text("1.7")], add: "/metrics/train")
  #expect(try RunFile.read(two) == Sample.record)

  let checkpoint = try Sample.checkpoint
  try CheckpointFile.write(checkpoint, to: one)
  try copy(one, to: two, [:], add: "/optimizer")
  #expect(try CheckpointFile.read(two, expecting: (nil, checkpoint.model)) == checkpoint)
  guard Tool.exists("h5repack") else { return }
  for options in [
    ["-f", "GZIP=9"], ["-f", "FLET"], ["-l", "CONTI"], ["-l", "CHUNK=1"], ["-L"], ["--low=2", "--high=2"],
  ] {
    for (source, target) in [(run, scratch.path("3.h5")), (one, scratch.path("3.ckpt.h5"))] {
      #expect(try Tool.run("h5repack", options + [source, target]).status == 0, "\(options)")
    }
    #expect(try RunFile.read(scratch.path("3.h5")) == Sample.record, "\(options)")
    let found = try CheckpointFile.read(scratch.path("3.ckpt.h5"), expecting: (nil, checkpoint.model))
    #expect(found == checkpoint, "\(options)")
  }
}
