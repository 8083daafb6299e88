// At most one process trains a run: a lock file beside the run's file, held by flock, gone when the process is.

import Foundation

/// A held lock; freed when released, or by the system when the process ends in whatever way.
final class RunLock {
  private let path: String
  private let descriptor: Int32

  /// Makes the folder where it is absent, then takes the lock.
  /// - Throws: `RunnerError.folder` or `.locked`.
  init(folder: String, path: String) throws(RunnerError) {
    try Self.makeFolder(folder)
    while true {
      let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
      guard descriptor >= 0 else { throw .folder(path: folder, reason: String(cString: strerror(errno))) }
      guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
        close(descriptor)
        throw .locked(path: path)
      }
      // The last holder may have removed the file between our open and our lock: then this lock locks nothing.
      var held = stat()
      var named = stat()
      if fstat(descriptor, &held) == 0, stat(path, &named) == 0, held.st_ino == named.st_ino {
        self.path = path
        self.descriptor = descriptor
        return
      }
      close(descriptor)
    }
  }

  func release() {
    unlink(path)
    close(descriptor)
  }

  /// `mkdir -p`, with the system's reason.
  private static func makeFolder(_ folder: String) throws(RunnerError) {
    var path = folder.hasPrefix("/") ? "/" : ""
    for part in folder.split(separator: "/") {
      path += path.isEmpty || path.hasSuffix("/") ? part : "/" + part
      if mkdir(path, 0o755) != 0 && errno != EEXIST {
        throw .folder(path: path, reason: String(cString: strerror(errno)))
      }
    }
    var found = stat()
    guard stat(folder, &found) == 0, found.st_mode & S_IFMT == S_IFDIR else {
      throw .folder(path: folder, reason: "not a folder")
    }
  }
}
