// A data set out of nothing, in the shape of a real one, for tests and smoke runs, which need no files. It says
// nothing about any method; no table may show it as a result.
//
// A class is a smooth periodic pattern (a few low-frequency waves). An image is its class's pattern, moved and scaled
// at random, under noise that is as strong as the pattern.

import Foundation
import TensorCore

public enum SyntheticDataset {
  /// Highest number of waves across the image.
  private static let frequencies = 2
  /// An image is moved by up to this share of its size, in each axis and direction.
  private static let shift = 0.12
  /// Grey values: of the strongest pattern, and the standard deviation of the noise.
  private static let amplitude = 60.0
  private static let noise = 60.0

  // "Epochs" of the one random stream keep its parts apart.
  private static let patternDraws = 0
  private static let trainDraws = 1
  private static let testDraws = 2

  /// Images in the shape of `name`, labels 0, 1, 2, ... in turn, `official` false.
  /// A pure function of its arguments; training and test images differ, their classes' patterns do not. Some 30 ns per
  /// pixel.
  public static func make(for name: DatasetName, trainCount: Int, testCount: Int, seed: UInt64) -> Dataset {
    precondition(trainCount > 0 && testCount > 0, "a data set has images")
    let specification = name.specification
    let stream = RandomStream(seed: seed, purpose: .syntheticData)
    let patterns = (0..<specification.classes).map { pattern(of: $0, specification, stream) }
    return Dataset(
      train: images(count: trainCount, patterns, specification, stream, draws: trainDraws),
      test: images(count: testCount, patterns, specification, stream, draws: testDraws),
      normalization: specification.normalization, official: false)
  }

  /// One class's pattern, [channels, size, size], its largest absolute value 1.
  private static func pattern(of label: Int, _ specification: DatasetSpecification, _ stream: RandomStream) -> [Double]
  {
    let size = specification.imageSize
    var values = [Double](repeating: 0, count: specification.channels * size * size)
    var block = 0
    for channel in 0..<specification.channels {
      for vertical in 0...frequencies {
        for horizontal in -frequencies...frequencies where vertical != 0 || horizontal != 0 {
          let (even, odd) = stream.normals(epoch: patternDraws, index: label, block: block)
          block += 1
          for y in 0..<size {
            for x in 0..<size {
              let angle = 2 * Double.pi * Double(vertical * y + horizontal * x) / Double(size)
              values[(channel * size + y) * size + x] += even * cos(angle) + odd * sin(angle)
            }
          }
        }
      }
    }
    let largest = values.reduce(0) { max($0, abs($1)) }
    return values.map { $0 / largest }
  }

  private static func images(
    count: Int, _ patterns: [[Double]], _ specification: DatasetSpecification, _ stream: RandomStream, draws: Int
  ) -> ImageSet {
    let size = specification.imageSize
    let imageBytes = specification.channels * size * size
    let labels = (0..<count).map { UInt8($0 % specification.classes) }
    let reach = Int((shift * Double(size)).rounded())
    // The sum of four bytes is nearly normal: mean 510, variance 4 (256^2 - 1) / 12.
    let noiseScale = noise / (4 * 65_535.0 / 12).squareRoot()
    let pixels = [UInt8](unsafeUninitializedCapacity: count * imageBytes) { pixels, initialized in
      for image in 0..<count {
        let words = stream.words(epoch: draws, index: image)
        // Patterns are periodic, so moving one wraps around.
        let down = Int(words.x % UInt32(2 * reach + 1)) - reach + size
        let right = Int(words.y % UInt32(2 * reach + 1)) - reach + size
        let scale = amplitude * (0.4 + 0.6 * Double(words.z) * 0x1p-32)
        var noiseWords = SIMD4<UInt32>()
        patterns[Int(labels[image])].withUnsafeBufferPointer { pattern in
          for element in 0..<imageBytes {
            if element % 4 == 0 { noiseWords = stream.words(epoch: draws, index: image, block: 1 + element / 4) }
            let word = noiseWords[element % 4]
            let sum = Int(word & 0xff) + Int(word >> 8 & 0xff) + Int(word >> 16 & 0xff) + Int(word >> 24)
            let row = element / size
            let y = (row % size + down) % size
            let x = (element % size + right) % size
            let clean = scale * pattern[(row / size * size + y) * size + x]
            let value = 127.5 + clean + noiseScale * Double(sum - 510)
            pixels[image * imageBytes + element] = UInt8(min(max(value, 0), 255))
          }
        }
      }
      initialized = count * imageBytes
    }
    return ImageSet(
      pixels: pixels, labels: labels, channels: specification.channels, size: size, classes: specification.classes)
  }
}
