// A regular file, read into memory of the caller's, and arrays that are filled in place. It knows no format and keeps
// nothing of what it read.

import Foundation

/// An open file; closed with its last reference.
final class InputFile {
  let path: String
  /// Bytes when it was opened.
  let size: Int
  private let descriptor: Int32

  /// - Parameter advice: what to do where there is no such file.
  /// - Throws: `DatasetError.missing`, or `.unreadable` for what is no regular file.
  init(_ path: String, advice: String = "check the path") throws(DatasetError) {
    // Non-blocking, so that a pipe with no writer does not hang; it is refused below.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      guard errno != ENOENT else { throw .missing(path: path, advice: advice) }
      throw .unreadable(path: path, reason: String(cString: strerror(errno)))
    }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      let reason = String(cString: strerror(errno))
      close(descriptor)
      throw .unreadable(path: path, reason: reason)
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw .unreadable(path: path, reason: "not a regular file")
    }
    (self.path, self.descriptor, size) = (path, descriptor, Int(status.st_size))
  }

  deinit { close(descriptor) }

  /// Reads from that byte on: as much as fits, less only at the file's end.
  /// - Returns: bytes read.
  func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(DatasetError) -> Int {
    var filled = 0
    while filled < buffer.count {
      let count = pread(
        descriptor, buffer.baseAddress.map { $0 + filled }, buffer.count - filled, off_t(offset + filled))
      if count == 0 { break }
      if count < 0 {
        if errno == EINTR { continue }
        throw .unreadable(path: path, reason: String(cString: strerror(errno)))
      }
      filled += count
    }
    return filled
  }
}

extension [UInt8] {
  /// An array that `fill` writes in place, so that its bytes never lie in memory twice. Pages that `fill` has not come
  /// to yet take no memory.
  /// - Parameter path: the file that they come from, for the error.
  /// - Throws: what `fill` throws, or `DatasetError.noMemory`.
  init(
    count: Int, path: String, filledBy fill: (UnsafeMutableRawBufferPointer) throws(DatasetError) -> Void
  ) throws(DatasetError) {
    // An array without memory would end the process, so the system is asked first, where it matters. (A probe by malloc
    // is removed by the compiler.)
    if count > 1 << 20 {
      let probe = mmap(nil, count, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
      guard probe != MAP_FAILED else { throw .noMemory(path: path, bytes: count) }
      munmap(probe, count)
    }
    var failure: DatasetError?
    self.init(unsafeUninitializedCapacity: count) { buffer, initialized in
      do throws(DatasetError) {
        try fill(UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(rebasing: buffer[..<count])))
        initialized = count
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
  }
}
