// A file of SVHN made on the spot, three images by default, of which each part can be another than it should be.

import FileMutations

@testable import Datasets

struct MATSample {
  var writer = MATWriter()
  var images = [1, 2, 3]
  var labels: [UInt8] = [1, 10, 9]

  /// X's values, column-major.
  var columns: [UInt8] {
    let rows = fixturePixels(images)
    return rows.indices.map { place in
      let (plane, row, column) = (place / 1024, place % 32, place / 32 % 32)
      return rows[plane * 1024 + row * 32 + column]
    }
  }

  var x: [UInt8] { writer.variable("X", 9, [32, 32, 3, images.count], 2, columns) }
  var y: [UInt8] { writer.variable("y", 9, [labels.count, 1], 2, labels) }

  /// A whole file: X and y compressed.
  var bytes: [UInt8] { file(writer.compress(x), writer.compress(y)) }

  /// A file of these elements.
  func file(_ elements: [UInt8]...) -> [UInt8] { writer.header() + elements.flatMap { $0 } }

  /// The start of a file with this many black images, plain, and its whole size: the rest is zeros.
  func blackImages(_ count: Int) -> (start: [UInt8], size: Int) {
    let values = count * 3072
    // The tag of X's values says how many follow; the variable's own has to count them.
    var head = writer.variable("X", 9, [32, 32, 3, count], 2, [])
    head.replaceSubrange(4..<8, with: writer.words(head.count - 8 + values))
    head.replaceSubrange(head.count - 4..<head.count, with: writer.words(values))
    let start = file(y, head)
    return (start, start.count + values)
  }
}
