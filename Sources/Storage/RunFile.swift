// Run files: one run, one file, one RunRecord, written and read by the tables of RunSchema.

import Training

/// Writes and reads the record of a run.
public enum RunFile {
  /// More epochs than any run has; bounds what a forged file can ask for.
  static let epochLimit = 1 << 20

  // MARK: Writing

  /// Puts the record's file in place of an older one, whole or not at all.
  /// - Throws: `StorageError.writeFailed`.
  public static func write(_ record: RunRecord, to path: String) throws {
    guard isIncreasing(record.epochs.map(\.epoch)), record.epochs.count <= epochLimit else {
      throw StorageError.writeFailed(path: path, reason: "epochs of the record are not in order")
    }
    try HDF5File.create(path) { root in
      try FileFormat.run.write(to: root)
      try root.setAttributes(statusAttributes(record.status))
      try root.setAttribute(ContentDigest.attribute, .text(contentDigest(record)))

      let config = try root.createGroup("config")
      try config.setAttributes(record.configuration.settings)
      try config.setAttribute("json", .text(record.configuration.json))
      try config.setAttribute("digest", .text(record.configuration.digest))
      let data = try root.createGroup("data")
      try data.setAttributes(attributes(record.data))
      if let files = record.files {
        let group = try data.createGroup("files")
        try group.setAttributes(attributes(files))
        try group.setAttribute(ContentDigest.attribute, .text(filesDigest(files).finish()))
      }

      let series = results(record)
      let metrics = try root.createGroup("metrics")
      if !series[0].epochs.isEmpty { try write(series[0], to: metrics.createGroup("train")) }
      if !series[1].epochs.isEmpty { try write(series[1], to: metrics.createGroup("test")) }
      if !series[2].epochs.isEmpty { try write(series[2], to: root.createGroup("pof")) }

      let timing = try root.createGroup("timing")
      try timing.setAttribute("peak_memory_bytes", .integer(record.peakMemory))
      try timing.setAttribute(ContentDigest.attribute, .text(timingDigest(record).finish()))
      if !record.epochs.isEmpty { try write(timingSeries(record), to: timing) }
      let provenance = try root.createGroup("provenance")
      try provenance.setAttributes(attributes(record.provenance))
      try provenance.setAttribute(ContentDigest.attribute, .text(provenanceDigest(record).finish()))
      try record.provenance.writeSegments(to: provenance.createGroup("segments"))
    }
  }

  private static func write(_ series: Series, to group: HDF5Group) throws {
    let shape = [series.epochs.count]
    let scale = try group.write("epoch", series.epochs, shape: shape, layout: .compressed)
    try scale.makeScale("epoch")
    try scale.setAttribute("units", .text("1"))
    try scale.setAttribute("long_name", .text("epochs of training behind the network, from 1"))
    for column in series.columns {
      let dataset = try group.write(column.name, column.values, shape: shape, layout: .compressed)
      try dataset.attach(scale, dimension: 0)
      try dataset.setAttribute("units", .text(column.units))
      try dataset.setAttribute("long_name", .text(column.longName))
    }
  }

  private static func isIncreasing(_ epochs: [Int]) -> Bool {
    epochs.allSatisfy { $0 >= 1 } && zip(epochs, epochs.dropFirst()).allSatisfy { $0 < $1 }
  }

  // MARK: Reading

  /// Reads and checks a run file; what it returns is what was written.
  /// - Throws: `StorageError`.
  public static func read(_ path: String) throws -> RunRecord {
    try HDF5File.open(path) { root in
      let minor = try FileFormat.run.check(root)
      let provenance = try root.group("provenance")
      let configuration = try configuration(root.group("config"), minor: minor)
      var record = RunRecord(
        configuration: configuration, data: try data(root.group("data")), files: try files(root.group("data")),
        status: try status(root), epochs: [], peakMemory: try root.group("timing").integer("peak_memory_bytes"),
        provenance: try Provenance(
          readFrom: provenance, firstEpoch: configuration.epochs.lowerBound,
          hasSegments: minor >= 1))

      let blank = EpochRecord(
        epoch: 0, train: Score(loss: 0, error: 0), learningRate: 0, gradientEvaluations: 0, seconds: 0,
        imagesPerSecond: 0)
      let metrics = try root.group("metrics")
      if let group = try series("train", in: metrics) {
        record.epochs = try rows(group, train, blank).map { epoch, row in
          var row = row
          row.epoch = epoch
          return row
        }
        let times = try rows(root.group("timing"), timing, blank)
        guard times.map(\.epoch) == record.epochs.map(\.epoch) else {
          throw root.damage("/timing/epoch", "other epochs than in /metrics/train")
        }
        for (index, time) in times.enumerated() {
          record.epochs[index].seconds = time.row.seconds
          record.epochs[index].imagesPerSecond = time.row.imagesPerSecond
        }
      }
      // For look-up only; never iterated.
      let index = Dictionary(uniqueKeysWithValues: record.epochs.enumerated().map { ($1.epoch, $0) })
      func merge<Row>(
        _ group: HDF5Group?, _ columns: [Column<Row>], _ blank: Row, into path: WritableKeyPath<EpochRecord, Row?>
      ) throws {
        guard let group else { return }
        for (epoch, row) in try rows(group, columns, blank) {
          guard let place = index[epoch] else { throw root.damage("\(group.name)/epoch", "epoch \(epoch) is unknown") }
          record.epochs[place][keyPath: path] = row
        }
      }
      try merge(series("test", in: metrics), test, Score(loss: 0, error: 0), into: \.test)
      let still = PerturbationSummary(
        etaStar: 0, eta: 0, perturbationNorm: 0, weakLoss: 0, perturbedLoss: 0, unperturbedLoss: 0, rejectedShare: 0,
        limitShare: 0)
      try merge(series("pof", in: root), perturbation, still, into: \.perturbation)

      try root.check(resultDigest(record))
      try root.group("timing").check(timingDigest(record))
      try provenance.check(provenanceDigest(record))
      return record
    }
  }

  private static func configuration(_ group: HDF5Group, minor: Int) throws -> RunConfiguration {
    let json = try group.configurationJSON("json", digest: "digest").json
    let configuration: RunConfiguration
    do {
      configuration = try RunConfiguration(json: json)
    } catch let error as ConfigurationError {
      throw group.damage("attribute json of \(group.name)", error.description)
    }
    // Before 1.2 the settings that are left out of the JSON at their default did not exist.
    for (name, value) in minor >= 2 ? configuration.settings : configuration.statedSettings {
      let isEqual =
        switch value {
        case .integer(let number): try group.integer(name) == number
        case .real(let number): try group.real(name) == number
        case .flag(let isSet): try group.flag(name) == isSet
        case .text(let text): try group.text(name) == text
        }
      guard isEqual else { throw group.damage("attribute \(name) of \(group.name)", "differs from the JSON") }
    }
    return configuration
  }

  private static func data(_ group: HDF5Group) throws -> DataDescription {
    DataDescription(
      official: try group.flag("official"), trainCount: try group.integer("train_count"),
      testCount: try group.integer("test_count"), digest: try group.text("digest"))
  }

  private static func files(_ data: HDF5Group) throws -> ImageCounts? {
    guard try data.contains("files") else { return nil }
    let group = try data.group("files")
    let files = ImageCounts(train: try group.integer("train_count"), test: try group.integer("test_count"))
    try group.check(filesDigest(files))
    return files
  }

  static func status(_ root: HDF5Group) throws -> RunStatus {
    switch try root.text("status") {
    case "partial": return .partial
    case "done": return .done
    case "failed":
      return .failed(
        epoch: try root.integer("failed_epoch"), step: try root.integer("failed_step"),
        reason: try root.text("failure"))
    case let other: throw root.damage("attribute status of /", "\"\(other)\" is no status")
    }
  }

  /// Nil where the series has no epochs.
  private static func series(_ name: String, in group: HDF5Group) throws -> HDF5Group? {
    try group.contains(name) ? group.group(name) : nil
  }

  /// A series of a group, epochs in order.
  static func rows<Row>(
    _ group: HDF5Group, _ columns: [Column<Row>], _ blank: Row
  ) throws -> [(epoch: Int, row: Row)] {
    let epochs = try group.dataset("epoch").readVector(as: Int64.self, atMost: epochLimit).map { Int($0) }
    guard isIncreasing(epochs) else { throw group.damage("\(group.name)/epoch", "epochs are not in order") }
    var rows = epochs.map { (epoch: $0, row: blank) }
    for column in columns {
      let values = try group.dataset(column.name).read(as: Double.self, shape: [epochs.count])
      for (index, value) in values.enumerated() { rows[index].row[keyPath: column.path] = value }
    }
    return rows
  }
}
