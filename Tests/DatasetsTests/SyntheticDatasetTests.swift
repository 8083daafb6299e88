// The synthetic set: a pure function of its arguments that a simple classifier learns, but does not master.

import Testing

@testable import Datasets

@Suite struct SyntheticDatasetTests {
  @Test func shapeAndDeterminism() {
    let dataset = SyntheticDataset.make(for: .fashionMNIST, trainCount: 60, testCount: 30, seed: 5)
    #expect(dataset.train.count == 60 && dataset.test.count == 30)
    #expect(dataset.train.channels == 1 && dataset.train.size == 28 && dataset.train.classes == 10)
    #expect(dataset.normalization == normalization1)
    #expect(!dataset.official)
    for label in 0..<10 { #expect(dataset.train.labels.count { $0 == label } == 6) }
    let again = SyntheticDataset.make(for: .fashionMNIST, trainCount: 60, testCount: 30, seed: 5)
    #expect(again.train.pixels == dataset.train.pixels && again.test.pixels == dataset.test.pixels)
    let other = SyntheticDataset.make(for: .fashionMNIST, trainCount: 60, testCount: 30, seed: 6)
    #expect(other.train.pixels != dataset.train.pixels)
    #expect(Array(dataset.train.pixels[..<(30 * 784)]) != dataset.test.pixels)
    // More images do not change the first ones.
    let more = SyntheticDataset.make(for: .fashionMNIST, trainCount: 70, testCount: 30, seed: 5)
    #expect(Array(more.train.pixels[..<dataset.train.pixels.count]) == dataset.train.pixels)
  }

  /// Nearest class mean: far better than chance (10 %), far from perfect.
  @Test(arguments: 0..<4)
  func nearestMeanLearnsAndDoesNotMaster(seed: UInt64) {
    let dataset = SyntheticDataset.make(for: .fashionMNIST, trainCount: 512, testCount: 256, seed: seed)
    let train = dataset.train
    var means = [[Double]](repeating: [Double](repeating: 0, count: train.imageBytes), count: train.classes)
    for image in 0..<train.count {
      let label = Int(train.labels[image])
      let share = 1 / Double(train.labels.count { $0 == label })
      for element in 0..<train.imageBytes {
        means[label][element] += share * Double(train.pixels[image * train.imageBytes + element])
      }
    }
    var right = 0
    for image in 0..<dataset.test.count {
      let distances = means.map { mean in
        (0..<train.imageBytes).reduce(0.0) { sum, element in
          let difference = Double(dataset.test.pixels[image * train.imageBytes + element]) - mean[element]
          return sum + difference * difference
        }
      }
      let nearest = distances.indices.min { distances[$0] < distances[$1] }
      if nearest == Int(dataset.test.labels[image]) { right += 1 }
    }
    let accuracy = Double(right) / Double(dataset.test.count)
    #expect(accuracy > 0.5 && accuracy < 0.95, "accuracy \(accuracy)")
  }
}
