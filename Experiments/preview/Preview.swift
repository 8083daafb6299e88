// What training sees, for the eye: the first images of an epoch, each before and after augmentation, as pixels again.
// Batches, draws and normalisation are those of training (BatchSource); nothing is drawn or transformed here.

import Datasets
import Foundation
import Reporting

/// The first images of one epoch.
struct Preview {
  /// One of them.
  struct Cell {
    /// Place in the training set.
    let index: Int
    let label: Int
    let transform: ImageTransform
  }

  /// Of one channel over all images and pixels, after normalisation.
  struct Moments {
    let mean: Double
    let deviation: Double
  }

  let cells: [Cell]
  private let normalization: Normalization
  private let channels: Int
  private let size: Int
  /// [cells.count, channels, size, size], normalised: as in the files, and as training gets them.
  private let originals: [Float]
  private let augmented: [Float]

  /// - Precondition: the set has `count` images.
  init(
    of set: ImageSet, _ normalization: Normalization, augmentation: Augmentation, seed: UInt64, epoch: Int, count: Int
  ) {
    let source = BatchSource(set, normalization: normalization, augmentation: augmentation, seed: seed)
    let order = source.order(epoch: epoch)
    let batch = ImageBatch(capacity: count, channels: set.channels, size: set.size)
    source.fillTraining(batch, order: order, range: 0..<count, epoch: epoch)
    let single = ImageBatch(capacity: 1, channels: set.channels, size: set.size)
    cells = order[..<count].map { index in
      Cell(
        index: Int(index), label: Int(set.labels[Int(index)]),
        transform: source.trainingTransform(index: Int(index), epoch: epoch))
    }
    originals = cells.flatMap { cell in
      source.fillTest(single, range: cell.index..<cell.index + 1)
      return Array(single.images)
    }
    augmented = Array(batch.images)
    self.normalization = normalization
    channels = set.channels
    size = set.size
  }

  /// The byte that a normalised value stands for; beyond what bytes can be, the nearest one.
  static func byte(_ value: Float, channel: Int, _ normalization: Normalization) -> UInt8 {
    let share = Double(value) * normalization.deviation[channel] + normalization.mean[channel]
    return UInt8(min(max((share * 255).rounded(), 0), 255))
  }

  /// Cells in rows: left the image as it is in the files, right as training gets it.
  func grid(columns: Int, scale: Int) -> ImageGrid {
    ImageGrid(
      cells: cells.indices.map { [picture($0, of: originals), picture($0, of: augmented)] }, columns: columns,
      scale: scale)
  }

  private func picture(_ place: Int, of values: [Float]) -> PNGImage {
    let plane = size * size
    var pixels: [UInt8] = []
    pixels.reserveCapacity(plane * channels)
    for pixel in 0..<plane {
      for channel in 0..<channels {
        pixels.append(Self.byte(values[(place * channels + channel) * plane + pixel], channel: channel, normalization))
      }
    }
    return PNGImage(width: size, height: size, channels: channels, pixels: pixels)
  }

  /// Per channel, of the images as they are in the files.
  var originalMoments: [Moments] { moments(of: originals) }
  /// Per channel, of the images as training gets them.
  var augmentedMoments: [Moments] { moments(of: augmented) }

  private func moments(of values: [Float]) -> [Moments] {
    let plane = size * size
    return (0..<channels).map { channel in
      var sum = 0.0
      var squares = 0.0
      for place in cells.indices {
        for value in values[((place * channels + channel) * plane)...].prefix(plane) {
          sum += Double(value)
          squares += Double(value) * Double(value)
        }
      }
      let count = Double(cells.count * plane)
      return Moments(mean: sum / count, deviation: max(0, squares / count - sum / count * (sum / count)).squareRoot())
    }
  }

  /// Two tables: a line per channel, and a line per cell.
  var table: String {
    let moments = zip(originalMoments, augmentedMoments).enumerated().map { channel, pair in
      [
        "\(channel)", Self.number(pair.0.mean), Self.number(pair.0.deviation), Self.number(pair.1.mean),
        Self.number(pair.1.deviation),
      ]
    }
    let draws = cells.enumerated().map { place, cell in
      let centre = cell.transform.cutoutCentre
      return [
        "\(place)", "\(cell.index)", "\(cell.label)", "\(cell.transform.dx)", "\(cell.transform.dy)",
        cell.transform.flip ? "yes" : "no", centre.map { "\($0.x)" } ?? "-", centre.map { "\($0.y)" } ?? "-",
      ]
    }
    return Self.aligned([["channel", "mean", "deviation", "augmented-mean", "augmented-deviation"]] + moments) + "\n"
      + Self.aligned([["cell", "image", "class", "crop-x", "crop-y", "flip", "cutout-x", "cutout-y"]] + draws)
  }

  private static func number(_ value: Double) -> String { String(format: "%.4f", value) }

  /// Lines of columns, two blanks between them, numbers to the right.
  private static func aligned(_ rows: [[String]]) -> String {
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      zip(row, widths).map { String(repeating: " ", count: $1 - $0.count) + $0 }.joined(separator: "  ") + "\n"
    }.joined()
  }
}
