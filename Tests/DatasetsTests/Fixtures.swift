// What the suites share: a temporary folder, gzip streams and IDX files made on the spot, and the errors they end in.

import CZlib
import Foundation
import TensorCore
import Testing

@testable import Datasets

/// A folder that vanishes with its last reference.
final class TemporaryFolder: Sendable {
  let path: String

  init() throws {
    let url = FileManager.default.temporaryDirectory.appending(path: "datasets-tests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Writes a file, in subfolders where its name has them, and returns its path.
  func write(_ bytes: [UInt8], to name: String) throws -> String {
    let url = URL(fileURLWithPath: path).appending(path: name)
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: url)
    return url.path
  }
}

/// One gzip member that holds `bytes`.
func gzip(_ bytes: [UInt8]) throws -> [UInt8] {
  let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
  stream.initialize(to: z_stream())
  defer { stream.deallocate() }
  try #require(pof_deflate_init(stream, 6) == Z_OK)
  defer { deflateEnd(stream) }
  var input = bytes
  var output = [UInt8](repeating: 0, count: Int(deflateBound(stream, UInt(bytes.count))))
  let status = input.withUnsafeMutableBufferPointer { input in
    output.withUnsafeMutableBufferPointer { output in
      stream.pointee.next_in = input.baseAddress
      stream.pointee.avail_in = UInt32(input.count)
      stream.pointee.next_out = output.baseAddress
      stream.pointee.avail_out = UInt32(output.count)
      return deflate(stream, Z_FINISH)
    }
  }
  try #require(status == Z_STREAM_END)
  return Array(output[..<Int(stream.pointee.total_out)])
}

/// An IDX file: big-endian words, then the payload.
func idx(_ words: [UInt32], _ payload: [UInt8]) -> [UInt8] {
  words.flatMap { word in [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: word >> $0) } } + payload
}

/// `count` bytes of noise.
func noise(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
  let stream = RandomStream(seed: seed, purpose: .syntheticData)
  return (0..<count).map { UInt8(truncatingIfNeeded: stream.words(index: $0).x) }
}

/// The error that `body` throws; nil when it throws none.
func datasetError<T>(_ body: () throws(DatasetError) -> T) -> DatasetError? {
  do {
    _ = try body()
    return nil
  } catch {
    return error
  }
}

/// Images of noise with labels in turn.
func noiseSet(count: Int, channels: Int, size: Int, classes: Int = 10) -> ImageSet {
  ImageSet(
    pixels: noise(count * channels * size * size), labels: (0..<count).map { UInt8($0 % classes) }, channels: channels,
    size: size, classes: classes)
}

let normalization1 = Normalization(mean: [0.2859], deviation: [0.3530])
let normalization3 = Normalization(mean: [0.4914, 0.4822, 0.4465], deviation: [0.2023, 0.1994, 0.2010])
