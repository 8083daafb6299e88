// The schema of run files, stated once: attributes as lists of settings, series as tables of columns. Writing, reading
// and digests (RunFile) all go by these tables. No file is touched here.
//
//   /                 format, format_version, status (failed: failed_epoch, failed_step, failure), content_digest
//   /config           each setting; json, digest
//   /data             official, train_count, test_count, digest
//   /data/files       train_count, test_count; content_digest (no group for synthetic images)
//   /metrics/train    epoch, loss, error, learning_rate, gradient_evaluations
//   /metrics/test     epoch (evaluated ones only), loss, error
//   /pof              epoch (perturbed ones only), eta_star, eta, perturbation_norm, ...
//   /timing           epoch, seconds, images_per_second; peak_memory_bytes, content_digest
//   /provenance       commit, dirty, cpu, threads, version_* (of the last process; dirty: of any), command, started,
//                     duration_seconds; content_digest
//   /provenance/segments      equal_bytes_promised; content_digest
//   /provenance/segments/<n>  first_epoch, first_step, starts, commit, dirty, cpu, threads, version_*
//
// A series without epochs is left out (netCDF takes a dimension of length 0 for an unlimited one). Whatever differs
// between equal runs is in timing and provenance, or in what their files hold beside the images used.

import Training

extension RunFile {
  /// A data set over epochs.
  struct Column<Row> {
    let name: String
    let units: String
    let longName: String
    let path: WritableKeyPath<Row, Double>

    init(_ name: String, _ units: String, _ longName: String, _ path: WritableKeyPath<Row, Double>) {
      (self.name, self.units, self.longName, self.path) = (name, units, longName, path)
    }
  }

  static var train: [Column<EpochRecord>] {
    [
      Column("loss", "nats", "mean cross-entropy over the epoch's training batches", \.train.loss),
      Column("error", "percent", "classification error over the epoch's training batches", \.train.error),
      Column("learning_rate", "1", "learning rate", \.learningRate),
      Column(
        "gradient_evaluations", "1", "cost of the epoch in gradient evaluations of a training batch",
        \.gradientEvaluations),
    ]
  }

  static var test: [Column<Score>] {
    [
      Column("loss", "nats", "mean cross-entropy over the test set", \.loss),
      Column("error", "percent", "classification error on the test set", \.error),
    ]
  }

  static var perturbation: [Column<PerturbationSummary>] {
    [
      Column("eta_star", "1", "mean step to the minimum along the weak gradient", \.etaStar),
      Column("eta", "1", "mean step of the perturbation", \.eta),
      Column("perturbation_norm", "1", "mean L2 norm of the classifier's perturbation", \.perturbationNorm),
      Column("weak_loss", "nats", "mean loss of the weak groups under the unperturbed classifier", \.weakLoss),
      Column("perturbed_loss", "nats", "mean training loss under the perturbed classifiers", \.perturbedLoss),
      Column("unperturbed_loss", "nats", "mean training loss under the unperturbed classifier", \.unperturbedLoss),
      Column("rejected_share", "1", "share of line searches that left no perturbation", \.rejectedShare),
      Column("limit_share", "1", "share of line searches that reached their limit", \.limitShare),
    ]
  }

  static var timing: [Column<EpochRecord>] {
    [
      Column("seconds", "s", "wall-clock time of the epoch with its evaluation", \.seconds),
      Column("images_per_second", "1/s", "training images per second", \.imagesPerSecond),
    ]
  }

  static func statusAttributes(_ status: RunStatus) -> [(name: String, value: SettingValue)] {
    switch status {
    case .partial: [("status", .text("partial"))]
    case .done: [("status", .text("done"))]
    case .failed(let epoch, let step, let reason):
      [
        ("status", .text("failed")), ("failed_epoch", .integer(epoch)), ("failed_step", .integer(step)),
        ("failure", .text(reason)),
      ]
    }
  }

  static func attributes(_ data: DataDescription) -> [(name: String, value: SettingValue)] {
    [
      ("official", .flag(data.official)), ("train_count", .integer(data.trainCount)),
      ("test_count", .integer(data.testCount)), ("digest", .text(data.digest)),
    ]
  }

  static func attributes(_ files: ImageCounts) -> [(name: String, value: SettingValue)] {
    [("train_count", .integer(files.train)), ("test_count", .integer(files.test))]
  }

  static func attributes(_ provenance: Provenance) -> [(name: String, value: SettingValue)] {
    let environment = provenance.environment
    return [
      ("commit", .text(environment.commit)), ("dirty", .flag(provenance.dirty)), ("cpu", .text(environment.cpu)),
      ("threads", .integer(environment.threads)), ("command", .text(provenance.command)),
      ("started", .text(provenance.started)), ("duration_seconds", .real(provenance.duration)),
    ] + environment.versionAttributes
  }

  // MARK: Series as plain arrays

  struct Series {
    let group: String
    let epochs: [Int64]
    let columns: [(name: String, units: String, longName: String, values: [Double])]

    init<Row>(_ group: String, _ rows: [(epoch: Int, row: Row)], _ columns: [Column<Row>]) {
      self.group = group
      epochs = rows.map { Int64($0.epoch) }
      self.columns = columns.map { column in
        (column.name, column.units, column.longName, rows.map { $0.row[keyPath: column.path] })
      }
    }
  }

  static func results(_ record: RunRecord) -> [Series] {
    [
      Series("metrics/train", record.epochs.map { ($0.epoch, $0) }, train),
      Series("metrics/test", record.epochs.compactMap { row in row.test.map { (row.epoch, $0) } }, test),
      Series("pof", record.epochs.compactMap { row in row.perturbation.map { (row.epoch, $0) } }, perturbation),
    ]
  }

  static func timingSeries(_ record: RunRecord) -> Series {
    Series("timing", record.epochs.map { ($0.epoch, $0) }, timing)
  }

  // MARK: Digests, one for each part that varies on its own

  /// Hexadecimal SHA-256 over status, configuration, data and metrics: equal for equal runs, whoever ran them.
  public static func contentDigest(_ record: RunRecord) -> String { resultDigest(record).finish() }

  static func resultDigest(_ record: RunRecord) -> ContentDigest {
    var digest = ContentDigest()
    digest.add(statusAttributes(record.status), in: "")
    digest.add("/config/json", .text(record.configuration.json))
    digest.add(attributes(record.data), in: "/data")
    for series in results(record) { add(series, to: &digest) }
    return digest
  }

  static func filesDigest(_ files: ImageCounts) -> ContentDigest {
    var digest = ContentDigest()
    digest.add(attributes(files), in: "/data/files")
    return digest
  }

  static func timingDigest(_ record: RunRecord) -> ContentDigest {
    var digest = ContentDigest()
    digest.add("/timing/peak_memory_bytes", .integer(record.peakMemory))
    add(timingSeries(record), to: &digest)
    return digest
  }

  static func provenanceDigest(_ record: RunRecord) -> ContentDigest {
    var digest = ContentDigest()
    digest.add(attributes(record.provenance), in: "/provenance")
    return digest
  }

  static func segmentsDigest(_ provenance: Provenance) -> ContentDigest {
    var digest = ContentDigest()
    let group = "/provenance/segments"
    digest.add("\(group)/equal_bytes_promised", .flag(provenance.promisesEqualBytes))
    for (index, segment) in provenance.segments.enumerated() {
      digest.add(segment.attributes, in: "\(group)/\(index + 1)")
    }
    return digest
  }

  static func add(_ series: Series, to digest: inout ContentDigest) {
    digest.add("/\(series.group)/epoch", series.epochs)
    for column in series.columns { digest.add("/\(series.group)/\(column.name)", column.values) }
  }
}
