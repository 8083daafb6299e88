// At most one process trains a run: a file beside the run's, locked by flock, that says who holds it. The system frees
// the lock of a process that ends in whatever way; what such a process leaves is the file, which is then taken over.
//
// Some network file systems keep flock to each machine. So the holder also touches the file now and then, and a file
// of another machine that was touched a moment ago counts as held although flock says that it is free.

import Foundation
import Storage

/// A held lock; freed when released, or by the system when the process ends.
final class RunLock {
  /// Who holds a lock, as its file says.
  struct Holder: Sendable, Equatable, CustomStringConvertible {
    var process: Int32
    var host: String
    /// ISO 8601 in UTC.
    var since: String

    var description: String { "process \(process) on \(host), since \(since)" }

    /// One line, as in the file.
    var line: String { "\(process) \(host) \(since)\n" }

    init(process: Int32, host: String, since: String) {
      (self.process, self.host, self.since) = (process, host, since)
    }

    /// Nil for anything but such a line.
    init?(line: String) {
      let words = line.split(whereSeparator: \.isWhitespace)
      guard words.count == 3, let process = Int32(words[0]), line.utf8.allSatisfy({ $0 < 0x7f }) else { return nil }
      self.init(process: process, host: String(words[1]), since: String(words[2]))
    }
  }

  /// Seconds for which a file of another machine counts as held after it was touched last.
  static let patience = 120.0
  /// Seconds between two touches.
  private static let interval = 20.0
  /// Tries at a lock before it counts as held: whoever asks for it has it for microseconds.
  private static let tries = 5

  /// The holder that was gone without releasing the lock, if any.
  let abandonedBy: Holder?
  private let folder: String
  private let path: String
  private let descriptor: Int32
  private let holder: Holder
  private var touched = Terminal.seconds()

  /// Makes the folder where it is absent, then takes the lock. Folders made in vain are removed again.
  /// - Parameter pause: between two tries at a lock that somebody has, who may only be asking (`isHeld`).
  /// - Throws: `RunnerError.folder` or `.locked`.
  init(
    folder: String, path: String, host: String = Machine.host, pause: () -> Void = { usleep(10_000) }
  ) throws(RunnerError) {
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
      holder = Holder(process: getpid(), host: host, since: Machine.now())
      (descriptor, abandonedBy) = try Self.lock(path, in: folder, for: holder, pause: pause)
      (self.folder, self.path) = (folder, path)
    } catch {
      for folder in made.reversed() { rmdir(folder) }
      throw error
    }
  }

  /// Where another process has taken the name meanwhile, its file stays.
  func release() {
    if isHeld { unlink(path) }
    close(descriptor)
  }

  /// Shows other machines that the holder is alive. Cheap enough to be called after every step.
  func touch() {
    let now = Terminal.seconds()
    guard now - touched > Self.interval else { return }
    touched = now
    futimens(descriptor, nil)
  }

  /// To be called before anything is written: a folder that was removed, or whose disk is gone, must not be made anew
  /// somewhere else under the same name.
  /// - Throws: `RunnerError.vanished` where the lock's file is no longer there.
  func check() throws(RunnerError) {
    guard isHeld else { throw .vanished(folder: folder) }
  }

  /// Whether a process holds the lock at a path, asked without making, changing or removing anything. Where the lock is
  /// free, asking has it for a moment, which whoever begins just then waits out.
  static func isHeld(_ path: String, host: String = Machine.host) -> Bool {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { return false }
    // Closing frees it. Shared, so that those who ask do not take each other for a holder.
    defer { close(descriptor) }
    guard flock(descriptor, LOCK_SH | LOCK_NB) == 0 else { return errno == EWOULDBLOCK }
    return isFresh(descriptor, holder(descriptor), elsewhereThan: host)
  }

  /// Whether the name still stands for our file, and the file for us: another machine may have taken it over.
  private var isHeld: Bool {
    Self.isNamed(path, descriptor) && Self.holder(descriptor).map { $0 == holder } ?? true
  }

  private static func isNamed(_ path: String, _ descriptor: Int32) -> Bool {
    var held = stat()
    var named = stat()
    return fstat(descriptor, &held) == 0 && stat(path, &named) == 0 && held.st_ino == named.st_ino
      && held.st_dev == named.st_dev
  }

  /// Descriptor of the locked file, and who left it behind.
  private static func lock(
    _ path: String, in folder: String, for owner: Holder, pause: () -> Void
  ) throws(RunnerError) -> (Int32, Holder?) {
    func failure(_ what: String = "") -> RunnerError {
      .folder(path: folder, reason: what + String(cString: strerror(errno)))
    }
    var triesLeft = tries
    while true {
      let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
      guard descriptor >= 0 else { throw failure() }
      guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
        let code = errno
        let holder = holder(descriptor)?.description
        close(descriptor)
        if code == EWOULDBLOCK {
          triesLeft -= 1
          guard triesLeft > 0 else { throw .locked(path: path, holder: holder, isElsewhere: false) }
          pause()
          continue
        }
        unlink(path)
        errno = code
        throw failure("a file in it cannot be locked: ")
      }
      // The last holder may have removed the file between our open and our lock: then this lock locks nothing.
      guard isNamed(path, descriptor) else {
        close(descriptor)
        continue
      }
      let holder = holder(descriptor)
      if let holder, isFresh(descriptor, holder, elsewhereThan: owner.host) {
        close(descriptor)
        throw .locked(path: path, holder: holder.description, isElsewhere: true)
      }
      let line = Array(owner.line.utf8)
      guard ftruncate(descriptor, 0) == 0, pwrite(descriptor, line, line.count, 0) == line.count else {
        let error = failure()
        unlink(path)
        close(descriptor)
        throw error
      }
      return (descriptor, holder)
    }
  }

  private static func holder(_ descriptor: Int32) -> Holder? {
    var bytes = [UInt8](repeating: 0, count: 512)
    let count = pread(descriptor, &bytes, bytes.count, 0)
    return count > 0 ? Holder(line: String(decoding: bytes[..<count], as: UTF8.self)) : nil
  }

  /// Whether a file whose lock is free here was touched a moment ago by a holder on another machine.
  private static func isFresh(_ descriptor: Int32, _ holder: Holder?, elsewhereThan host: String) -> Bool {
    guard let holder, holder.host != host else { return false }
    return secondsSinceTouched(descriptor) < patience
  }

  private static func secondsSinceTouched(_ descriptor: Int32) -> Double {
    var information = stat()
    guard fstat(descriptor, &information) == 0 else { return .infinity }
    return Date().timeIntervalSince1970 - Double(information.st_mtim.tv_sec)
  }
}
