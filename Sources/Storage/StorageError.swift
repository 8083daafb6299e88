// What can be wrong with a file, as values that name file and object. One or two lines each, in the user's terms.

/// Why a file could not be read or written.
public enum StorageError: Error, Equatable, CustomStringConvertible {
  /// The file is absent, unreadable or no regular file; the reason is the system's.
  case cannotOpen(path: String, reason: String)
  case notHDF5(path: String)
  /// Truncated, altered or unreadable inside.
  case damaged(path: String, object: String, reason: String)
  /// An object that the format requires is absent.
  case missing(path: String, object: String)
  /// An object that the format does not know where it allows no extras.
  case unexpected(path: String, object: String)
  case wrongType(path: String, object: String, expected: String, found: String)
  case wrongShape(path: String, object: String, expected: [Int], found: [Int])
  /// The file is HDF5, but holds something else.
  case wrongFormat(path: String, expected: String, found: String)
  /// Written by a later major version.
  case unsupportedVersion(path: String, found: String, supported: String)
  /// The file belongs to another configuration or model.
  case configurationMismatch(path: String, expected: String, found: String)
  /// The reason is the system's (disk full, folder not writable) or names the value that cannot be stored.
  case writeFailed(path: String, reason: String)

  public var description: String {
    switch self {
    case .cannotOpen(let path, let reason): "\(path): cannot be opened: \(reason)"
    case .notHDF5(let path): "\(path): not an HDF5 file"
    case .damaged(let path, let object, let reason):
      "\(path): damaged at \(object): \(reason); bring back a copy, or remove it to have it made anew"
    case .missing(let path, let object): "\(path): \(object) is missing; the file is incomplete or of another kind"
    case .unexpected(let path, let object): "\(path): \(object) does not belong there; the file is of another kind"
    case .wrongType(let path, let object, let expected, let found):
      "\(path): \(object) is \(found), expected \(expected)"
    case .wrongShape(let path, let object, let expected, let found):
      "\(path): \(object) has shape \(found), expected \(expected)"
    case .wrongFormat(let path, let expected, let found):
      "\(path): holds format \"\(found)\", expected \"\(expected)\""
    case .unsupportedVersion(let path, let found, let supported):
      "\(path): format version \(found) is newer than \(supported), which this program reads; update the program"
    case .configurationMismatch(let path, let expected, let found):
      "\(path): belongs to another configuration: found \(found), expected \(expected); use another results folder"
    case .writeFailed(let path, let reason):
      "\(path): cannot be written: \(reason); make room or choose another folder, then start again"
    }
  }
}
