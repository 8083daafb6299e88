import Foundation
import Testing
import Training

@testable import Storage

@Test(arguments: [
  RunStatus.partial, .done, .failed(epoch: 4, step: 17, reason: "diverged: the loss is not finite"),
  .failed(epoch: 1, step: 1, reason: ""),
])
func runsRoundTrip(status: RunStatus) throws {
  let scratch = try Scratch()
  var record = Sample.record
  record.status = status
  try RunFile.write(record, to: scratch.path("seed3.h5"))
  #expect(try RunFile.read(scratch.path("seed3.h5")) == record)
}

@Test func runsWithoutEpochsTestsOrPerturbationsRoundTrip() throws {
  let scratch = try Scratch()
  let path = scratch.path("seed0.h5")
  var record = Sample.record
  for index in record.epochs.indices {
    record.epochs[index].test = nil
    record.epochs[index].perturbation = nil
  }
  try RunFile.write(record, to: path)
  #expect(try RunFile.read(path) == record)
  try HDF5File.open(path) { root in
    let names = try root.names()
    #expect(names == ["config", "data", "metrics", "timing", "provenance"])
    #expect(try root.group("metrics").names() == ["train"])
  }
  record.epochs = []
  record.provenance = Provenance(
    segments: [
      Segment(
        environment: Environment(commit: "", dirty: false, versions: [:], cpu: "", threads: 1), firstEpoch: 3,
        firstStep: 1)
    ], command: "", started: "", duration: 0)
  try RunFile.write(record, to: path)
  #expect(try RunFile.read(path) == record)
}

/// Equal runs are recognised by their content, whatever lay beside the images used.
@Test func whatTheFilesHoldIsNoPartOfTheResult() throws {
  let scratch = try Scratch()
  let path = scratch.path("seed0.h5")
  var record = Sample.record
  let digest = RunFile.contentDigest(record)
  for files in [nil, ImageCounts(train: 8001, test: 1999), ImageCounts(train: 8001, test: 2000)] {
    record.files = files
    try RunFile.write(record, to: path)
    #expect(try RunFile.read(path) == record)
    #expect(RunFile.contentDigest(record) == digest)
    let groups = try HDF5File.open(path) { try $0.group("data").names() }
    #expect(groups == (files == nil ? [] : ["files"]))
  }
}

/// Enough epochs that series are chunked and compressed.
@Test func longRunsRoundTrip() throws {
  let scratch = try Scratch()
  var record = Sample.record
  record.epochs = (1...2000).map { epoch in
    var row = Sample.epochs[epoch % 3]
    row.epoch = epoch
    return row
  }
  try RunFile.write(record, to: scratch.path("x.h5"))
  #expect(try RunFile.read(scratch.path("x.h5")) == record)
}

@Test func divergedMetricsKeepTheirNaN() throws {
  let scratch = try Scratch()
  var record = Sample.record
  record.epochs[2].train.loss = .nan
  record.epochs[2].test?.loss = .infinity
  try RunFile.write(record, to: scratch.path("x.h5"))
  let read = try RunFile.read(scratch.path("x.h5"))
  #expect(read.epochs[2].train.loss.isNaN)
  #expect(read.epochs[2].test?.loss == .infinity)
}

@Test func recordsOutOfOrderAreRefused() throws {
  let scratch = try Scratch()
  for epochs in [[3, 3, 4], [4, 3, 5], [0, 1, 2]] {
    var record = Sample.record
    for (index, epoch) in epochs.enumerated() { record.epochs[index].epoch = epoch }
    #expect(throws: StorageError.self) { try RunFile.write(record, to: scratch.path("x.h5")) }
  }
  #expect(scratch.files.isEmpty)
}

// MARK: Schema, as other tools see it

private let schema: [(group: String, scale: [Int64], columns: [(name: String, units: String)])] = [
  (
    "metrics/train", [3, 4, 5],
    [("loss", "nats"), ("error", "percent"), ("learning_rate", "1"), ("gradient_evaluations", "1")]
  ),
  ("metrics/test", [3, 5], [("loss", "nats"), ("error", "percent")]),
  (
    "pof", [4, 5],
    [
      ("eta_star", "1"), ("eta", "1"), ("perturbation_norm", "1"), ("weak_loss", "nats"), ("perturbed_loss", "nats"),
      ("unperturbed_loss", "nats"), ("rejected_share", "1"), ("limit_share", "1"),
    ]
  ),
  ("timing", [3, 4, 5], [("seconds", "s"), ("images_per_second", "1/s")]),
]

@Test func runFilesHaveTheirSchema() throws {
  let scratch = try Scratch()
  let path = scratch.path("x.h5")
  var record = Sample.record
  record.status = .failed(epoch: 5, step: 7, reason: "diverged")
  try RunFile.write(record, to: path)
  try HDF5File.open(path) { root in
    #expect(try root.names() == ["config", "data", "metrics", "pof", "timing", "provenance"])
    #expect(
      try root.attributeNames() == [
        "format", "format_version", "status", "failed_epoch", "failed_step", "failure", "content_digest",
      ])
    #expect(try root.text("format") == "pof-run")
    #expect(try root.text("format_version") == "1.3")
    #expect(try root.text("status") == "failed")
    #expect(try root.integer("failed_epoch") == 5 && root.integer("failed_step") == 7)

    let config = try root.group("config")
    #expect(try config.attributeNames() == record.configuration.settings.map(\.name) + ["json", "digest"])
    #expect(try config.text("json") == record.configuration.json)
    #expect(try config.text("digest") == record.configuration.digest)
    #expect(try config.integer("test_limit") == 0 && config.real("rho") == 0.05 && config.flag("weak_statistics"))
    #expect(try root.group("data").attributeNames() == ["official", "train_count", "test_count", "digest"])
    let files = try root.group("data/files")
    #expect(try files.attributeNames() == ["train_count", "test_count", "content_digest"])
    #expect(try files.integer("train_count") == 501 && files.integer("test_count") == 1001)
    #expect(
      try root.group("provenance").attributeNames() == [
        "commit", "dirty", "cpu", "threads", "command", "started", "duration_seconds", "version_OpenBLAS",
        "version_hdf5", "version_oneDNN", "content_digest",
      ])
    #expect(try root.group("timing").integer("peak_memory_bytes") == 123_456_789)

    for (name, epochs, columns) in schema {
      let group = try root.group(name)
      #expect(try group.names() == ["epoch"] + columns.map(\.name))
      let scale = try group.dataset("epoch")
      #expect(scale.isScale)
      #expect(try scale.text("units") == "1" && !scale.text("long_name").isEmpty)
      #expect(try scale.readVector(atMost: 10) == epochs)
      for column in columns {
        let dataset = try group.dataset(column.name)
        #expect(try dataset.elementType() == .float64)
        #expect(dataset.isAttached(scale, dimension: 0))
        #expect(try dataset.text("units") == column.units)
        #expect(try !dataset.text("long_name").isEmpty)
      }
    }
    // Columns hold what their names say.
    #expect(try root.group("metrics/test").dataset("error").read(shape: [2]) == [40.0 / 3, 8])
    #expect(try root.group("metrics/train").dataset("gradient_evaluations").read(shape: [3])[0] == 17.0)
    #expect(try root.group("pof").dataset("limit_share").read(shape: [2]) == [4.0 / 29, 5.0 / 29])
    #expect(try root.group("pof").dataset("unperturbed_loss").read(shape: [2]) == [4.0 / 19, 5.0 / 19])
    #expect(try root.group("timing").dataset("images_per_second").read(shape: [3])[2] == 100.0)
  }
}

@Test(.enabled(if: Tool.exists("h5dump")))
func h5dumpReadsRunFiles() throws {
  let scratch = try Scratch()
  try RunFile.write(Sample.record, to: scratch.path("x.h5"))
  let header = try Tool.run("h5dump", ["-H", scratch.path("x.h5")])
  #expect(header.status == 0)
  for text in ["GROUP \"train\"", "DATASET \"eta_star\"", "ATTRIBUTE \"DIMENSION_LIST\"", "H5T_IEEE_F64LE"] {
    #expect(header.output.contains(text))
  }
  let dump = try Tool.run("h5dump", ["-d", "/metrics/test/epoch", scratch.path("x.h5")])
  #expect(dump.output.contains("(0): 3, 5"))
  #expect(try Tool.run("h5dump", ["-a", "/config/arm", scratch.path("x.h5")]).output.contains("\"sam-pof\""))
}

/// Whatever differs between equal runs lies in provenance and timing.
@Test func equalRunsDifferOnlyWhereTheyMay() throws {
  let scratch = try Scratch()
  let one = Sample.record
  var two = one
  two.provenance = Provenance(
    segments: [
      Segment(
        environment: Environment(
          commit: "fedcba9", dirty: false, versions: ["oneDNN": "3.1", "swift": "6.3"], cpu: "Another", threads: 8),
        firstEpoch: 1, firstStep: 1)
    ], command: "x", started: "2025-01-01T00:00:00Z", duration: 1e4)
  two.peakMemory = 1
  for index in two.epochs.indices {
    two.epochs[index].seconds *= 3
    two.epochs[index].imagesPerSecond /= 3
  }
  #expect(RunFile.contentDigest(one) == RunFile.contentDigest(two))
  var other = two
  other.epochs[1].test = Score(loss: 1, error: 2)
  #expect(RunFile.contentDigest(one) != RunFile.contentDigest(other))

  for (name, record) in [("one", one), ("two", two), ("other", other)] {
    try RunFile.write(record, to: scratch.path("\(name).h5"))
  }
  guard Tool.exists("h5diff") else { return }
  func difference(_ second: String, _ exclude: [String]) throws -> Int32 {
    try Tool.run(
      "h5diff", exclude.flatMap { ["--exclude-path", $0] } + [scratch.path("one.h5"), scratch.path(second)]
    ).status
  }
  #expect(try difference("two.h5", ["/provenance", "/timing"]) == 0)
  #expect(try difference("two.h5", ["/provenance"]) == 1)
  #expect(try difference("two.h5", ["/timing"]) == 1)
  #expect(try difference("other.h5", ["/provenance", "/timing"]) == 1)
}

/// Every value of a record is under one of the three digests.
@Test func digestsCoverEverything() throws {
  let base = RunFile.contentDigest(Sample.record)
  var digests: Set<String> = [base]
  let changes: [(inout RunRecord) -> Void] = [
    { $0.status = .done }, { $0.status = .failed(epoch: 1, step: 2, reason: "x") },
    { $0.status = .failed(epoch: 2, step: 2, reason: "x") }, { $0.configuration.seed = 9 },
    { $0.data.official = true }, { $0.data.trainCount = 1 }, { $0.data.testCount = 1 }, { $0.data.digest = "" },
    { $0.epochs.removeLast() }, { $0.epochs[0].train.loss += 1e-12 }, { $0.epochs[0].train.error = 1 },
    { $0.epochs[1].learningRate = 1 }, { $0.epochs[1].gradientEvaluations = 1 }, { $0.epochs[0].test = nil },
    { $0.epochs[0].test?.loss = 1 }, { $0.epochs[0].test?.error = 1 }, { $0.epochs[1].perturbation = nil },
    { $0.epochs[1].perturbation?.etaStar = 1 }, { $0.epochs[1].perturbation?.eta = 1 },
    { $0.epochs[1].perturbation?.perturbationNorm = 1 }, { $0.epochs[1].perturbation?.weakLoss = 1 },
    { $0.epochs[1].perturbation?.perturbedLoss = 1 }, { $0.epochs[1].perturbation?.unperturbedLoss = 1 },
    { $0.epochs[1].perturbation?.rejectedShare = 1 }, { $0.epochs[1].perturbation?.limitShare = 1 },
  ]
  for (index, change) in changes.enumerated() {
    var record = Sample.record
    change(&record)
    #expect(digests.insert(RunFile.contentDigest(record)).inserted, "change \(index)")
  }
}
