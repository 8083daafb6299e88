// The C library's three oddities in one place: it is not thread-safe, it prints its errors, and its identifiers must be
// closed. No file, group or data set is known here.

import CHDF5
import Foundation

/// Versions of the C libraries of this room, for provenance.
public enum LibraryVersions {
  /// Of the HDF5 library that is loaded, such as "1.10.8".
  public static var hdf5Version: String {
    HDF5Library.locked {
      var (major, minor, release): (UInt32, UInt32, UInt32) = (0, 0, 0)
      return H5get_libversion(&major, &minor, &release) < 0 ? "unknown" : "\(major).\(minor).\(release)"
    }
  }
}

/// Rule: Debian's libhdf5 is built without thread safety, so every call into it happens inside `locked`.
/// `HDF5File.create` and `HDF5File.open` hold the lock for as long as their closures run; callers need no care.
package enum HDF5Library {
  /// Recursive, so that identifiers can be closed (deinit) inside and outside of a closure.
  private static let lock = NSRecursiveLock()

  package static func locked<Result>(_ body: () throws -> Result) rethrows -> Result {
    lock.lock()
    defer { lock.unlock() }
    pof_quiet()
    return try body()
  }

  /// What the library says about the call that just failed.
  static func lastError() -> String {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
      guard let start = buffer.baseAddress else { return "unknown" }
      pof_last_error(start, buffer.count)
      let text = String(cString: start)
      return text.isEmpty ? "unknown" : text
    }
  }
}

/// Owner of one identifier of the library; closes it.
final class HDF5Handle {
  let id: hid_t
  private let close: (hid_t) -> herr_t

  /// Nil where the call that made the identifier failed.
  init?(_ id: hid_t, _ close: @escaping (hid_t) -> herr_t) {
    // Before any property is set, so that deinit does not run and disturb the error stack.
    if id < 0 { return nil }
    self.id = id
    self.close = close
  }

  deinit { HDF5Library.locked { _ = close(id) } }
}

/// Element types of data sets.
public enum HDF5ElementType: String, Sendable {
  case float32, float64, int64

  /// Both byte orders are read; little-endian is written.
  var stored: [hid_t] {
    switch self {
    case .float32: [pof_float32_le(), pof_float32_be()]
    case .float64: [pof_float64_le(), pof_float64_be()]
    case .int64: [pof_int64_le(), pof_int64_be()]
    }
  }

  var inMemory: hid_t {
    switch self {
    case .float32: pof_float32_native()
    case .float64: pof_float64_native()
    case .int64: pof_int64_native()
    }
  }
}

/// Swift's numbers that data sets hold.
public protocol HDF5Element: Sendable, BitwiseCopyable {
  static var elementType: HDF5ElementType { get }
}

extension Float: HDF5Element { public static var elementType: HDF5ElementType { .float32 } }
extension Double: HDF5Element { public static var elementType: HDF5ElementType { .float64 } }
extension Int64: HDF5Element { public static var elementType: HDF5ElementType { .int64 } }
