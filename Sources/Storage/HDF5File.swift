// HDF5 files as a whole: made in memory and put in place in one step, opened read-only. No file is ever updated, and
// none is open longer than a closure runs.

import CHDF5
import Foundation

/// An open HDF5 file; its groups and data sets are valid only inside the closure of `create` or `open`.
public final class HDF5File {
  /// For messages.
  public let path: String
  /// Whether the closure is still running.
  private(set) var isOpen = true

  private init(path: String) { self.path = path }

  /// Writes a new file: `body` fills it in memory, then it replaces what lies under `path` (`AtomicFile`).
  /// A missing folder is an error: one that vanished while a run goes on must not come back empty.
  ///
  /// Equal content gives equal bytes: no time stamps, creation order kept. Readable since HDF5 1.8.
  /// - Throws: `StorageError.writeFailed` with the system's reason; the old file is then untouched.
  public static func create(_ path: String, _ body: (_ root: HDF5Group) throws -> Void) throws {
    try AtomicFile.write(image(path, body), to: path, makesFolders: false)
  }

  /// The bytes of a new file.
  static func image(_ path: String, _ body: (_ root: HDF5Group) throws -> Void) throws -> [UInt8] {
    try HDF5Library.locked {
      func failure(_ step: String) -> StorageError {
        .writeFailed(path: path, reason: "\(step): \(HDF5Library.lastError())")
      }
      guard let access = HDF5Handle(H5Pcreate(pof_file_access()), H5Pclose),
        let creation = HDF5Handle(H5Pcreate(pof_file_creation()), H5Pclose),
        // In memory: the library meets no full disk, which it survives badly, and errors carry the system's reason.
        H5Pset_fapl_core(access.id, 1 << 20, false) >= 0,
        H5Pset_fclose_degree(access.id, H5F_CLOSE_STRONG) >= 0,
        // The oldest superblock: of newer ones, 1.10 hands out images whose checksum is wrong (it clears a flag after).
        H5Pset_libver_bounds(access.id, H5F_LIBVER_EARLIEST, H5F_LIBVER_V18) >= 0,
        HDF5Group.setOrder(creation.id, links: true),
        // The library first tries to open such a file; this name cannot exist.
        let handle = HDF5Handle(H5Fcreate("/dev/null/image.h5", pof_truncate(), creation.id, access.id), H5Fclose)
      else { throw failure("HDF5 cannot make a file in memory") }

      let file = HDF5File(path: path)
      defer { file.isOpen = false }
      try body(HDF5Group.root(of: file, id: handle.id))
      guard H5Fflush(handle.id, H5F_SCOPE_GLOBAL) >= 0 else { throw failure("HDF5 cannot finish the file") }
      let count = H5Fget_file_image(handle.id, nil, 0)
      guard count > 0 else { throw failure("HDF5 cannot finish the file") }
      return try [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
        guard H5Fget_file_image(handle.id, buffer.baseAddress, count) == count else {
          throw failure("HDF5 cannot finish the file")
        }
        filled = count
      }
    }
  }

  /// Opens a file for reading. No lock is taken: files are replaced, never changed, and locks fail on read-only and
  /// network folders; an open file stays whole while a writer replaces it.
  /// - Throws: `StorageError.cannotOpen`, `.notHDF5`, `.damaged`, or what `body` throws.
  public static func open<Result>(_ path: String, _ body: (_ root: HDF5Group) throws -> Result) throws -> Result {
    try inspect(path)
    return try HDF5Library.locked {
      guard let access = HDF5Handle(H5Pcreate(pof_file_access()), H5Pclose),
        H5Pset_fclose_degree(access.id, H5F_CLOSE_STRONG) >= 0,
        H5Pset_file_locking(access.id, false, true) >= 0,
        let handle = HDF5Handle(H5Fopen(path, pof_read_only(), access.id), H5Fclose)
      else { throw StorageError.damaged(path: path, object: "/", reason: HDF5Library.lastError()) }
      let file = HDF5File(path: path)
      defer { file.isOpen = false }
      return try body(HDF5Group.root(of: file, id: handle.id))
    }
  }

  /// Tells absent, unreadable and foreign files from damaged ones, in the system's words, and refuses what the library
  /// would not survive.
  private static func inspect(_ path: String) throws {
    func failure() -> StorageError { .cannotOpen(path: path, reason: String(cString: strerror(errno))) }
    // Not blocking, so that a named pipe does not stop us.
    let descriptor = Foundation.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw failure() }
    defer { close(descriptor) }
    var information = stat()
    guard fstat(descriptor, &information) == 0 else { throw failure() }
    guard information.st_mode & S_IFMT == S_IFREG else {
      throw StorageError.cannotOpen(path: path, reason: "not a regular file")
    }
    let signature: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a]
    var start = [UInt8](repeating: 0, count: 8)
    let count = read(descriptor, &start, start.count)
    guard count == signature.count, start == signature else { throw StorageError.notHDF5(path: path) }
    try HDF5Walk.check(descriptor, size: Int(information.st_size), path: path)
  }
}
