// The head that both kinds of files share: format, version, digests. What follows it, RunFile and CheckpointFile know.

/// Name and version of a file's format, as attributes of the root group.
struct FileFormat {
  let name: String
  /// Readers refuse a greater major; a greater minor only adds what readers may ignore.
  let major = 1
  /// 1: segments of the provenance; checkpoints within an epoch. 2: settings that the JSON leaves out at their default.
  let minor = 3

  static let run = FileFormat(name: "pof-run")
  static let checkpoint = FileFormat(name: "pof-checkpoint")

  func write(to root: HDF5Group) throws {
    try root.setAttribute("format", .text(name))
    try root.setAttribute("format_version", .text("\(major).\(minor)"))
  }

  /// - Returns: the minor version of the file.
  /// - Throws: `StorageError.wrongFormat`, `.unsupportedVersion`.
  @discardableResult
  func check(_ root: HDF5Group) throws -> Int {
    let found = try root.hasAttribute("format") ? root.text("format") : ""
    guard found == name else { throw StorageError.wrongFormat(path: root.file.path, expected: name, found: found) }
    let version = try root.text("format_version")
    let numbers = version.split(separator: ".", omittingEmptySubsequences: false).map { Int($0) }
    guard numbers.count == 2, let number = numbers[0], let foundMinor = numbers[1], number >= 1, foundMinor >= 0 else {
      throw root.damage("attribute format_version of /", "\"\(version)\" is no version")
    }
    guard number <= major else {
      throw StorageError.unsupportedVersion(path: root.file.path, found: version, supported: "\(major).\(minor)")
    }
    return foundMinor
  }
}

extension HDF5Object {
  func setAttributes(_ attributes: [(name: String, value: SettingValue)]) throws {
    for (name, value) in attributes { try setAttribute(name, value) }
  }

  /// - Throws: `StorageError.damaged` where the digest of what was read is not the one that was written.
  func check(_ digest: consuming ContentDigest) throws {
    guard try text(ContentDigest.attribute) == digest.finish() else {
      throw damage(name, "content does not match its digest")
    }
  }

  /// The configuration's JSON, which must match its digest, kept beside it.
  func configurationJSON(_ name: String, digest: String) throws -> (json: String, digest: String) {
    let (json, expected) = (try text(name), try text(digest))
    guard SHA256.hex(json) == expected else {
      throw damage("attribute \(name) of \(self.name)", "content does not match its digest")
    }
    return (json, expected)
  }
}
