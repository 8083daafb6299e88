// At most one process trains a run: a file beside the run's, locked by flock. A process that is killed leaves the file,
// empty, but not the lock, which ends with the process.

import Foundation
import Storage

/// A held lock; freed when released, or by the system when the process ends in whatever way.
final class RunLock {
  private let path: String
  private let descriptor: Int32

  /// Makes the folder where it is absent, then takes the lock. Folders made in vain are removed again.
  /// - Throws: `RunnerError.folder` or `.locked`.
  init(folder: String, path: String) throws(RunnerError) {
    let made: [String]
    do {
      made = try AtomicFile.createFolder(folder)
    } catch {
      guard case .writeFailed(let path, let reason) = error else {
        throw .folder(path: folder, reason: error.description)
      }
      throw .folder(path: path, reason: reason)
    }
    do {
      descriptor = try Self.lock(path, in: folder)
      self.path = path
    } catch {
      for folder in made.reversed() { rmdir(folder) }
      throw error
    }
  }

  func release() {
    unlink(path)
    close(descriptor)
  }

  /// Descriptor of the locked file.
  private static func lock(_ path: String, in folder: String) throws(RunnerError) -> Int32 {
    while true {
      let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
      guard descriptor >= 0 else { throw .folder(path: folder, reason: String(cString: strerror(errno))) }
      guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
        let code = errno
        close(descriptor)
        if code == EWOULDBLOCK { throw .locked(path: path) }
        unlink(path)
        throw .folder(path: folder, reason: "a file in it cannot be locked: \(String(cString: strerror(code)))")
      }
      // The last holder may have removed the file between our open and our lock: then this lock locks nothing.
      var held = stat()
      var named = stat()
      if fstat(descriptor, &held) == 0, stat(path, &named) == 0, held.st_ino == named.st_ino { return descriptor }
      close(descriptor)
    }
  }
}
