// What is in the files that Fixtures/make_fixtures.py makes, stated once more, and large files of nothing.

import Foundation
import Testing

@testable import Datasets

/// Folder of the files.
let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "Fixtures").path

/// The bytes of one of them.
func fixture(_ name: String) throws -> [UInt8] {
  Array(try Data(contentsOf: URL(fileURLWithPath: "\(fixtures)/\(name)")))
}

/// Pixels [count, 3, 32, 32] of the images of these numbers: different in every direction.
func fixturePixels(_ images: some Sequence<Int>) -> [UInt8] {
  var pixels: [UInt8] = []
  for image in images {
    for channel in 0..<3 {
      for row in 0..<32 {
        for column in 0..<32 {
          pixels.append(UInt8((71 * image + 113 * channel + 5 * row + 3 * column + row * column / 16) % 256))
        }
      }
    }
  }
  return pixels
}

/// Fails where images are not those of these numbers, in their order.
func expectImages(
  _ set: ImageSet, _ images: [Int], labels: [UInt8], classes: Int = 10, _ comment: Comment? = nil,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(set.labels == labels, comment, sourceLocation: sourceLocation)
  #expect(set.channels == 3 && set.size == 32 && set.classes == classes, comment, sourceLocation: sourceLocation)
  // Not in one expectation with the pixels: a failure would print them all.
  let isEqual = set.pixels == fixturePixels(images)
  #expect(isEqual, comment, sourceLocation: sourceLocation)
}

extension TemporaryFolder {
  /// Writes a file that goes on with zeros up to a size, without taking disk.
  func write(_ bytes: [UInt8], to name: String, size: Int) throws -> String {
    let path = try write(bytes, to: name)
    try #require(truncate(path, off_t(size)) == 0)
    return path
  }

  /// Copies fixtures: a file, or a folder of files.
  func copy(_ fixture: String, to name: String) throws {
    let url = URL(fileURLWithPath: path).appending(path: name)
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try FileManager.default.copyItem(atPath: "\(fixtures)/\(fixture)", toPath: url.path)
  }

  func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: "\(path)/\(name)") }
}
