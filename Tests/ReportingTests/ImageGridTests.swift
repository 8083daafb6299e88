// PNG pictures written and read back by libpng, and the grid's pixels.

import Foundation
import Storage
import Testing

@testable import Reporting

/// Pixels that all differ from their neighbours.
private func picture(width: Int, height: Int, channels: Int, shift: Int = 0) -> PNGImage {
  PNGImage(
    width: width, height: height, channels: channels,
    pixels: (0..<width * height * channels).map { UInt8(($0 * 37 + shift) % 251) })
}

@Suite struct ImageGridTests {
  // MARK: PNGImage

  @Test(arguments: [(1, 1, 1), (7, 5, 1), (5, 7, 3), (300, 2, 3)])
  func picturesAreReadBack(shape: (width: Int, height: Int, channels: Int)) throws {
    let original = picture(width: shape.width, height: shape.height, channels: shape.channels)
    let png = try original.encoded()
    #expect(try PNGImage(decoding: png) == original)
    #expect(try original.encoded() == png)
    // The header as the format's specification has it: width, height, depth, colour type, no interlace.
    let header = Array(png.prefix(29))
    #expect(header.starts(with: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13] + Array("IHDR".utf8)))
    #expect(header[16..<20].reduce(0) { $0 << 8 | Int($1) } == shape.width)
    #expect(header[20..<24].reduce(0) { $0 << 8 | Int($1) } == shape.height)
    #expect(Array(header[24..<29]) == [8, shape.channels == 1 ? 0 : 2, 0, 0, 0])
    #expect(Array(png.suffix(8).prefix(4)) == Array("IEND".utf8))
  }

  @Test func textsStandBeforeThePixels() throws {
    let original = picture(width: 3, height: 2, channels: 3)
    let texts = [PNGText(keyword: "Seed", text: "7"), PNGText(keyword: "Title", text: "Größe →")]
    let png = try original.encoded(texts)
    #expect(try PNGText.read(from: png) == texts)
    #expect(try PNGImage(decoding: png) == original)
    let places = ["tEXt", "iTXt", "IDAT"].map { png.range(of: Data($0.utf8))?.lowerBound ?? -1 }
    #expect(places.allSatisfy { $0 > 0 } && places == places.sorted())
    for keyword in ["", String(repeating: "k", count: 80), "k\u{e9}"] {
      #expect(throws: ReportError.self) { try original.encoded([PNGText(keyword: keyword, text: "")]) }
    }
  }

  @Test func damagedAndForeignPicturesAreRefused() throws {
    let png = try picture(width: 9, height: 4, channels: 1).encoded()
    for length in 0..<png.count - 12 {
      #expect(throws: ReportError.self) { try PNGImage(decoding: png.prefix(length)) }
    }
    // Any damage either is refused or does no harm.
    for index in png.indices {
      var damaged = png
      damaged[index] ^= 0x55
      _ = try? PNGImage(decoding: damaged)
    }
    // 1 x 1 pixel with a palette, and one of grey with transparency.
    for foreign in [
      "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAMAAAAoyzS7AAAAA1BMVEX/AAAZ4gk3AAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg==",
      "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR4nGNo+A8AAgIBgG5WixMAAAAASUVORK5CYII=",
    ] {
      let data = try #require(Data(base64Encoded: foreign))
      let error = #expect(throws: ReportError.self) { try PNGImage(decoding: data) }
      #expect(error?.description.contains("neither grey nor RGB") == true)
    }
  }

  @Test func filesAppearWholeOrNotAtAll() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "grid-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let original = picture(width: 4, height: 4, channels: 3)
    try original.write(to: "\(folder)/a/one.png", texts: [PNGText(keyword: "A", text: "b")])
    let data = try #require(FileManager.default.contents(atPath: "\(folder)/a/one.png"))
    #expect(try PNGImage(decoding: data) == original)
    #expect(try PNGText.read(from: data) == [PNGText(keyword: "A", text: "b")])
    // A folder stands where the file should be: nothing is left beside it.
    try FileManager.default.createDirectory(atPath: "\(folder)/a/two.png", withIntermediateDirectories: false)
    #expect(throws: StorageError.self) { try original.write(to: "\(folder)/a/two.png") }
    #expect(throws: ReportError.self) {
      try original.write(to: "\(folder)/a/three.png", texts: [PNGText(keyword: "", text: "b")])
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: "\(folder)/a").sorted() == ["one.png", "two.png"])
  }

  // MARK: Grid

  @Test(arguments: [1, 3]) func everyPixelOfAGridIsInItsPlace(channels: Int) {
    // Five cells of two pictures, 4 x 3 pixels, in three columns, enlarged twice; the last cell is missing.
    let cells = (0..<5).map { cell in
      (0..<2).map { picture(width: 4, height: 3, channels: channels, shift: 50 * cell + 25 * $0) }
    }
    let grid = ImageGrid(cells: cells, columns: 3, scale: 2).picture()
    #expect(grid.width == 3 * (2 * 8 + 2) + 4 * 6)
    #expect(grid.height == 2 * 6 + 3 * 6)
    #expect(grid.channels == channels)
    let size = ImageGrid.size(columns: 3, rows: 2, pictures: 2, width: 4, height: 3, scale: 2)
    #expect(size == (grid.width, grid.height))
    var wrong = 0
    for y in 0..<grid.height {
      for x in 0..<grid.width {
        for channel in 0..<channels {
          // Which picture, if any, lies here: cells are 18 wide and 6 high, with gaps of 6; pictures 8 wide, with one of 2.
          let (column, inCellX) = ((x - 6) / 24, (x - 6) % 24)
          let (row, inCellY) = ((y - 6) / 12, (y - 6) % 12)
          let number = inCellX / 10
          let inPictureX = inCellX % 10
          var expected: UInt8 = 255
          if x >= 6, y >= 6, inCellX < 18, inCellY < 6, inPictureX < 8, row * 3 + column < 5 {
            expected = cells[row * 3 + column][number].pixels[(inCellY / 2 * 4 + inPictureX / 2) * channels + channel]
          }
          if grid.pixels[(y * grid.width + x) * channels + channel] != expected { wrong += 1 }
        }
      }
    }
    #expect(wrong == 0)
  }
}
