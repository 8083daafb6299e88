// Environments and segments as attributes: the part of the schema that run files and checkpoints share.

extension Environment {
  static let versionPrefix = "version_"

  var versionAttributes: [(name: String, value: SettingValue)] {
    versions.sorted { $0.key < $1.key }.map { ("\(Self.versionPrefix)\($0.key)", .text($0.value)) }
  }

  var attributes: [(name: String, value: SettingValue)] {
    [
      ("commit", .text(commit)), ("dirty", .flag(dirty)), ("cpu", .text(cpu)), ("threads", .integer(threads)),
    ] + versionAttributes
  }

  /// - Throws: `StorageError` for what is missing or of a wrong type.
  init(readFrom group: HDF5Group) throws {
    let names = try group.attributeNames().filter { $0.hasPrefix(Self.versionPrefix) }
    self.init(
      commit: try group.text("commit"), dirty: try group.flag("dirty"),
      versions: try names.reduce(into: [:]) {
        $0[String($1.dropFirst(Self.versionPrefix.count))] = try group.text($1)
      },
      cpu: try group.text("cpu"), threads: try group.integer("threads"))
  }
}

extension Segment {
  var attributes: [(name: String, value: SettingValue)] {
    [
      ("first_epoch", .integer(firstEpoch)), ("first_step", .integer(firstStep)), ("starts", .integer(starts)),
    ] + environment.attributes
  }

  init(readFrom group: HDF5Group) throws {
    func count(_ name: String) throws -> Int {
      let count = try group.integer(name)
      guard (1...CountLimit.any).contains(count) else {
        throw group.damage("attribute \(name) of \(group.name)", "\(count)")
      }
      return count
    }
    self.init(
      environment: try Environment(readFrom: group), firstEpoch: try count("first_epoch"),
      firstStep: try count("first_step"), starts: try count("starts"))
  }
}

extension Provenance {
  func writeSegments(to group: HDF5Group) throws {
    try group.setAttribute("equal_bytes_promised", .flag(promisesEqualBytes))
    try group.setAttribute(ContentDigest.attribute, .text(RunFile.segmentsDigest(self).finish()))
    for (index, segment) in segments.enumerated() {
      try group.createGroup("\(index + 1)").setAttributes(segment.attributes)
    }
  }

  /// - Parameters:
  ///   - firstEpoch: of the run, for files of version 1.0, which know no segments: all is one then.
  ///   - hasSegments: whether they must be there.
  /// - Throws: `StorageError`, also where the content does not match its digest.
  init(readFrom group: HDF5Group, firstEpoch: Int, hasSegments: Bool) throws {
    // The last segment's once more, for whoever looks at the group alone.
    let environment = try Environment(readFrom: group)
    var segments = [Segment(environment: environment, firstEpoch: firstEpoch, firstStep: 1)]
    let name = "segments"
    let hasSegments = try hasSegments || group.contains(name)
    if hasSegments {
      let parts = try group.group(name)
      let names = try parts.names()
      guard !names.isEmpty, names == (1...names.count).map({ "\($0)" }) else {
        throw group.damage(parts.name, "its groups are not named 1, 2, ...")
      }
      segments = try names.map { try Segment(readFrom: parts.group($0)) }
    }
    self.init(
      segments: segments, command: try group.text("command"), started: try group.text("started"),
      duration: try group.real("duration_seconds"))
    guard hasSegments else { return }
    let parts = try group.group(name)
    try parts.check(RunFile.segmentsDigest(self))
    guard try parts.flag("equal_bytes_promised") == promisesEqualBytes else {
      throw group.damage("attribute equal_bytes_promised of \(parts.name)", "does not fit the segments")
    }
    var last = self.environment
    last.dirty = dirty
    guard environment == last else { throw group.damage(group.name, "differs from its last segment") }
  }
}
