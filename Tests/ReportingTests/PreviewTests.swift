// The executable `preview`: its pictures show the bytes of the files and what training makes of them, its tables the draws.

import Datasets
import Foundation
import Testing

@testable import Reporting
@testable import preview

@Suite struct PreviewTests {
  /// Bytes that tell images, channels and places apart.
  private func imageSet(_ name: DatasetName, count: Int) -> ImageSet {
    let specification = name.specification
    let imageBytes = specification.channels * specification.imageSize * specification.imageSize
    return ImageSet(
      pixels: (0..<count * imageBytes).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 11) },
      labels: (0..<count).map { UInt8($0 % specification.classes) }, channels: specification.channels,
      size: specification.imageSize, classes: specification.classes)
  }

  @Test(arguments: DatasetName.allCases) func everyByteComesBack(name: DatasetName) {
    let normalization = name.specification.normalization
    for channel in 0..<name.specification.channels {
      for byte in 0..<256 {
        let value = Float((Double(byte) / 255 - normalization.mean[channel]) / normalization.deviation[channel])
        #expect(Preview.byte(value, channel: channel, normalization) == UInt8(byte))
      }
      #expect(Preview.byte(1e6, channel: channel, normalization) == 255)
      #expect(Preview.byte(-1e6, channel: channel, normalization) == 0)
    }
  }

  @Test(arguments: DatasetName.allCases, Augmentation.allCases)
  func cellsShowTheFilesAndWhatTrainingGets(name: DatasetName, augmentation: Augmentation) throws {
    let set = imageSet(name, count: 30)
    let (normalization, size, channels) = (name.specification.normalization, set.size, set.channels)
    let preview = Preview(of: set, normalization, augmentation: augmentation, seed: 5, epoch: 3, count: 12)
    let source = BatchSource(set, normalization: normalization, augmentation: augmentation, seed: 5)
    #expect(preview.cells.map(\.index) == source.order(epoch: 3).prefix(12).map(Int.init))
    #expect(preview.cells.map(\.label) == preview.cells.map { Int(set.labels[$0.index]) })
    let grid = preview.grid(columns: 4, scale: 2)
    #expect(grid.columns == 4 && grid.scale == 2 && grid.cells.count == 12)
    for (cell, pictures) in zip(preview.cells, grid.cells) {
      try #require(pictures.count == 2)
      // As the method is described: pad with black, crop, flip, then a square of the mean colour.
      let transform = cell.transform
      var original: [UInt8] = []
      var augmented: [UInt8] = []
      for y in 0..<size {
        for x in 0..<size {
          for channel in 0..<channels {
            let plane = (cell.index * channels + channel) * size * size
            original.append(set.pixels[plane + y * size + x])
            let row = y + transform.dy - 4
            let column = (transform.flip ? size - 1 - x : x) + transform.dx - 4
            let isInside = (0..<size).contains(row) && (0..<size).contains(column)
            let centre = transform.cutoutCentre
            let isCut = centre.map { abs(2 * (y - $0.y) + 1) < 17 && abs(2 * (x - $0.x) + 1) < 17 } ?? false
            augmented.append(
              isCut
                ? UInt8((normalization.mean[channel] * 255).rounded())
                : isInside ? set.pixels[plane + row * size + column] : 0)
          }
        }
      }
      #expect(pictures[0].pixels == original)
      #expect(pictures[1].pixels == augmented)
      #expect((transform.cutoutCentre != nil) == (augmentation == .cutout))
    }
  }

  @Test func momentsAreOfTheNormalisedValues() {
    // Half of each image is black, half white; SVHN's channels differ in normalisation alone.
    let plane = 32 * 32
    let half = [UInt8](repeating: 0, count: plane / 2) + [UInt8](repeating: 255, count: plane / 2)
    let set = ImageSet(
      pixels: (0..<12).flatMap { _ in half }, labels: [0, 1, 2, 3], channels: 3, size: 32, classes: 10)
    let normalization = DatasetName.svhn.specification.normalization
    let preview = Preview(of: set, normalization, augmentation: .basic, seed: 0, epoch: 1, count: 4)
    for (channel, moments) in preview.originalMoments.enumerated() {
      #expect(abs(moments.mean - (0.5 - normalization.mean[channel]) / normalization.deviation[channel]) < 1e-6)
      #expect(abs(moments.deviation - 0.5 / normalization.deviation[channel]) < 1e-6)
    }
    // White pixels that are left, by hand: columns within the image, rows within its lower half.
    let white = preview.cells.reduce(0) { sum, cell in
      let rows = (0..<32).count { (16..<32).contains($0 + cell.transform.dy - 4) }
      return sum + rows * (32 - abs(cell.transform.dx - 4))
    }
    let share = Double(white) / Double(4 * plane)
    for (channel, moments) in preview.augmentedMoments.enumerated() {
      #expect(abs(moments.mean - (share - normalization.mean[channel]) / normalization.deviation[channel]) < 1e-6)
      #expect(
        abs(moments.deviation - (share * (1 - share)).squareRoot() / normalization.deviation[channel]) < 1e-6)
    }
  }

  @Test func tablesHoldTheDraws() throws {
    let set = imageSet(.cifar10, count: 20)
    let preview = Preview(
      of: set, DatasetName.cifar10.specification.normalization, augmentation: .cutout, seed: 1, epoch: 2, count: 6)
    let lines = preview.table.split(separator: "\n", omittingEmptySubsequences: false).map {
      $0.split(separator: " ").map(String.init)
    }
    try #require(lines.count == 4 + 1 + 7 + 1)
    #expect(lines[0] == ["channel", "mean", "deviation", "augmented-mean", "augmented-deviation"])
    for channel in 0..<3 {
      let moments = [preview.originalMoments[channel], preview.augmentedMoments[channel]]
      let numbers = try lines[1 + channel].map { try #require(Double($0)) }
      let expected = [Double(channel)] + moments.flatMap { [$0.mean, $0.deviation] }
      #expect(numbers.count == 5 && zip(numbers, expected).allSatisfy { abs($0 - $1) <= 5.1e-5 })
    }
    #expect(lines[4] == [])
    #expect(lines[5] == ["cell", "image", "class", "crop-x", "crop-y", "flip", "cutout-x", "cutout-y"])
    for (place, cell) in preview.cells.enumerated() {
      let centre = try #require(cell.transform.cutoutCentre)
      #expect(
        lines[6 + place] == [
          "\(place)", "\(cell.index)", "\(cell.label)", "\(cell.transform.dx)", "\(cell.transform.dy)",
          cell.transform.flip ? "yes" : "no", "\(centre.x)", "\(centre.y)",
        ])
    }
    let basic = Preview(
      of: set, DatasetName.cifar10.specification.normalization, augmentation: .basic, seed: 1, epoch: 2, count: 6)
    #expect(
      basic.table.split(separator: "\n").suffix(6).allSatisfy { $0.split(separator: " ").suffix(2) == ["-", "-"] })
  }
}
