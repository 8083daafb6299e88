// Whole files, gzipped or plain: read back as written, or refused by name.

import Foundation
import TensorCore
import Testing

@testable import Datasets

@Suite struct GzipReaderTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func readError(_ path: String, _ maximumBytes: Int) -> DatasetError? {
    datasetError { () throws(DatasetError) in try GzipReader.read(path, maximumBytes: maximumBytes) }
  }

  @Test func gzippedAndPlainContentIsTheSame() throws {
    // More than one chunk, incompressible and compressible.
    for content in [noise(700_000), [UInt8](repeating: 7, count: 700_000), [1]] {
      let zipped = try folder.write(gzip(content), to: "zipped")
      let plain = try folder.write(content, to: "plain")
      #expect(try GzipReader.read(zipped, maximumBytes: content.count) == content)
      #expect(try GzipReader.read(plain, maximumBytes: content.count) == content)
    }
    #expect(try GzipReader.read(folder.write([], to: "empty"), maximumBytes: 0) == [])
  }

  @Test func limitsHoldForPlainFilesStreamsAndBombs() throws {
    let plain = try folder.write(noise(1001), to: "plain")
    #expect(readError(plain, 1000) == .tooLarge(path: plain, limitBytes: 1000))
    let zipped = try folder.write(gzip(noise(1001)), to: "zipped")
    #expect(readError(zipped, 1000) == .tooLarge(path: zipped, limitBytes: 1000))
    // 32 MB in 32 kB.
    let bomb = try folder.write(gzip([UInt8](repeating: 0, count: 32 << 20)), to: "bomb")
    #expect(readError(bomb, 100_000) == .tooLarge(path: bomb, limitBytes: 100_000))
    // A stored file far beyond what any compression of the limit could take.
    let large = try folder.write([0x1f, 0x8b] + [UInt8](repeating: 0, count: 200_000), to: "large")
    guard case .tooLarge(large, _) = readError(large, 1000) else {
      Issue.record("a file beyond the limit was read")
      return
    }
  }

  @Test func damagedStreamsAreErrorsThatNameTheFile() throws {
    let content = noise(5000)
    let whole = try gzip(content)
    for kept in [3, 9, 10, 11, whole.count / 2, whole.count - 8, whole.count - 1] {
      let path = try folder.write(Array(whole[..<kept]), to: "short")
      #expect(readError(path, 5000) == .gzip(path: path, fault: .truncated))
    }
    // The trailer: four bytes of checksum, four of length.
    for (offset, reason) in [(-8, "incorrect data check"), (-1, "incorrect length check")] {
      var damaged = whole
      damaged[whole.count + offset] ^= 1
      let path = try folder.write(damaged, to: "damaged")
      let error = readError(path, 5000)
      #expect(error == .gzip(path: path, fault: .corrupt(reason)))
      #expect(error?.description.hasPrefix(path) == true)
    }
    let path = try folder.write(whole + [0, 0, 0], to: "trailing")
    #expect(readError(path, 5000) == .gzip(path: path, fault: .trailingBytes(3)))
  }

  @Test func whatIsNoRegularFileIsRefused() throws {
    let absent = folder.path + "/absent"
    #expect(readError(absent, 10) == .missing(path: absent, advice: "check the path"))
    #expect(readError(folder.path, 10) == .unreadable(path: folder.path, reason: "not a regular file"))
    let pipe = folder.path + "/pipe"
    try #require(mkfifo(pipe, 0o600) == 0)
    #expect(readError(pipe, 10) == .unreadable(path: pipe, reason: "not a regular file"))
    let below = try folder.write([1], to: "file") + "/below"
    #expect(readError(below, 10) == .unreadable(path: below, reason: "Not a directory"))
  }
}
