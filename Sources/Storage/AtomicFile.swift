// Files appear whole or not at all: temporary beside the target, fsync, rename, fsync of the folder. It knows no format.

import Foundation

/// Replaces files in one step, so that a reader never sees half of one and a failed write leaves the old one.
public enum AtomicFile {
  /// Distinguishes temporaries of threads that write the same target at once.
  private static let counter = Counter()

  private final class Counter: @unchecked Sendable {
    private let lock = NSLock()
    private var value = 0
    func next() -> Int {
      lock.lock()
      defer { lock.unlock() }
      value += 1
      return value
    }
  }

  /// Lets `body` write a temporary file, then puts it in place of `path`.
  ///
  /// The temporary lies in the target's folder, hidden, with the process's id in its name
  /// (`.seed0.h5.1234-1.tmp`); it is removed when anything fails.
  /// - Parameter makesFolders: whether missing folders are made; where not, they are an error.
  /// - Throws: `StorageError.writeFailed`, or what `body` throws.
  public static func replace(
    _ path: String, makesFolders: Bool = true, _ body: (_ temporary: String) throws -> Void
  ) throws {
    let url = URL(fileURLWithPath: path)
    let folder = url.deletingLastPathComponent().path
    if makesFolders { try createFolder(folder, for: path) }
    let name = ".\(url.lastPathComponent).\(getpid())-\(counter.next()).tmp"
    let temporary = folder == "/" ? "/\(name)" : "\(folder)/\(name)"
    do {
      try body(temporary)
      try synchronize(temporary, for: path)
      guard rename(temporary, path) == 0 else { throw failure(path) }
    } catch {
      unlink(temporary)
      throw error
    }
    try synchronize(folder, isFolder: true, for: path)
  }

  /// Removes the temporaries that killed processes left for files whose names begin so. Only for the one who alone may
  /// write these files.
  public static func removeLeftovers(in folder: String, ofFilesNamed prefix: String) {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    for name in names where name.hasPrefix(".\(prefix)") && name.hasSuffix(".tmp") {
      unlink("\(folder)/\(name)")
    }
  }

  /// Writes the bytes as the whole content of `path`.
  /// - Throws: `StorageError.writeFailed` with the system's reason (no space left, read-only file system, ...).
  public static func write(_ bytes: [UInt8], to path: String, makesFolders: Bool = true) throws {
    try replace(path, makesFolders: makesFolders) { temporary in
      let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
      guard descriptor >= 0 else { throw failure(path) }
      do {
        try bytes.withUnsafeBytes { buffer in
          var start = 0
          while start < buffer.count {
            // The kernel takes at most 2 GiB at once.
            let count = Foundation.write(
              descriptor, buffer.baseAddress.map { $0 + start }, min(buffer.count - start, 1 << 30))
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw failure(path) }
            start += count
          }
        }
      } catch {
        close(descriptor)
        throw error
      }
      // Some network file systems report a full disk only here.
      guard close(descriptor) == 0 else { throw failure(path) }
    }
  }

  /// Writes the text in UTF-8 as the whole content of `path`.
  public static func write(_ text: String, to path: String) throws { try write(Array(text.utf8), to: path) }

  private static func failure(_ path: String) -> StorageError {
    .writeFailed(path: path, reason: String(cString: strerror(errno)))
  }

  /// Makes a folder and those above it, where absent, for good: each is synchronised with its parent.
  /// - Parameter file: what errors name; nil names the folder that could not be made.
  /// - Returns: the folders made, outermost first. A file in a folder's place is left for its opening to tell.
  /// - Throws: `StorageError.writeFailed` with the system's reason; folders made on the way are removed again.
  @discardableResult
  public static func createFolder(_ folder: String, for file: String? = nil) throws(StorageError) -> [String] {
    if mkdir(folder, 0o777) == 0 { return [folder] }
    switch errno {
    case EEXIST: return []
    case ENOENT:
      let parent = URL(fileURLWithPath: folder).deletingLastPathComponent().path
      guard parent != folder else { throw failure(file ?? folder) }
      let made = try createFolder(parent, for: file)
      do throws(StorageError) {
        guard mkdir(folder, 0o777) == 0 || errno == EEXIST else { throw failure(file ?? folder) }
        try synchronize(parent, isFolder: true, for: file ?? folder)
      } catch {
        for folder in (made + [folder]).reversed() { rmdir(folder) }
        throw error
      }
      return made + [folder]
    case let code:
      // A read-only file system answers so even for folders that exist.
      var information = stat()
      guard stat(folder, &information) == 0 else {
        errno = code
        throw failure(file ?? folder)
      }
      return []
    }
  }

  private static func synchronize(_ file: String, isFolder: Bool = false, for path: String) throws(StorageError) {
    let descriptor = open(file, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure(path) }
    var result = fsync(descriptor)
    while result != 0 && errno == EINTR { result = fsync(descriptor) }
    let code = errno
    close(descriptor)
    // Not every network file system can synchronise a folder; the rename stands all the same.
    if result != 0 && !(isFolder && (code == EINVAL || code == ENOTSUP)) {
      errno = code
      throw failure(path)
    }
  }
}
