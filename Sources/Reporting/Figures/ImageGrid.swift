// Small pictures in rows and columns, enlarged, with gaps between them. It knows nothing of what they show.

/// A grid of cells, each of which shows equally many pictures of one shape side by side.
public struct ImageGrid: Sendable {
  /// Between the pictures of a cell, in pixels of the result.
  public static let innerGap = 2
  /// Around every cell, in pixels of the result.
  public static let outerGap = 6
  /// Of the gaps: white, since padding is black.
  static let background: UInt8 = 255

  /// In reading order.
  public let cells: [[PNGImage]]
  public let columns: Int
  /// Pixels of the result per pixel of a picture, in each axis.
  public let scale: Int

  /// - Precondition: there is a cell, all pictures have one shape, all cells equally many of them, `columns` and `scale`
  ///   are positive.
  public init(cells: [[PNGImage]], columns: Int, scale: Int) {
    precondition(columns > 0 && scale > 0, "a grid has columns and its pictures a size")
    guard let first = cells.first?.first else { preconditionFailure("a grid has a picture") }
    precondition(
      cells.allSatisfy { cell in
        cell.count == cells[0].count
          && cell.allSatisfy { ($0.width, $0.height, $0.channels) == (first.width, first.height, first.channels) }
      }, "pictures of one shape, equally many in each cell")
    self.cells = cells
    self.columns = columns
    self.scale = scale
  }

  /// Width and height of a grid's picture, in pixels.
  /// - Parameters:
  ///   - width: of one small picture.
  ///   - height: of one small picture.
  ///   - pictures: in each cell.
  public static func size(
    columns: Int, rows: Int, pictures: Int, width: Int, height: Int, scale: Int
  ) -> (width: Int, height: Int) {
    let cellWidth = pictures * width * scale + (pictures - 1) * innerGap
    return (columns * (cellWidth + outerGap) + outerGap, rows * (height * scale + outerGap) + outerGap)
  }

  /// The whole grid as one picture. Cells that the last row lacks stay empty.
  /// - Precondition: it is no larger than `PNGImage.largestSize`.
  public func picture() -> PNGImage {
    let small = cells[0][0]
    let channels = small.channels
    let size = Self.size(
      columns: columns, rows: (cells.count + columns - 1) / columns, pictures: cells[0].count, width: small.width,
      height: small.height, scale: scale)
    var pixels = [UInt8](repeating: Self.background, count: size.width * size.height * channels)
    for (place, cell) in cells.enumerated() {
      for (number, picture) in cell.enumerated() {
        let left =
          Self.outerGap + (place % columns)
          * (cell.count * (small.width * scale + Self.innerGap) - Self.innerGap + Self.outerGap)
          + number * (small.width * scale + Self.innerGap)
        let top = Self.outerGap + (place / columns) * (small.height * scale + Self.outerGap)
        for y in 0..<small.height * scale {
          for x in 0..<small.width * scale {
            let source = (y / scale * small.width + x / scale) * channels
            let target = ((top + y) * size.width + left + x) * channels
            for channel in 0..<channels { pixels[target + channel] = picture.pixels[source + channel] }
          }
        }
      }
    }
    return PNGImage(width: size.width, height: size.height, channels: channels, pixels: pixels)
  }
}
