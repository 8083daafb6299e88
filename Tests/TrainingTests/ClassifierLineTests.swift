import TensorCore
import Testing

@testable import NeuralNetwork
@testable import Training

/// The closed form of the classifier's line against one that forms psi - t g and runs the classifier again.
struct ClassifierLineTests {
  struct Problem {
    let features: [Float]
    let labels: [UInt8]
    let weight: [Float]
    let bias: [Float]
    let (classes, width): (Int, Int)
    var count: Int { labels.count }

    /// - Parameter separation: how far the features of a class lie from the others'. Far apart, the loss falls along the
    ///   descent direction without end.
    init(count: Int, separation: Double) {
      (classes, width) = (5, 16)
      let stream = RandomStream(seed: 11, purpose: .syntheticData)
      let (classes, width) = (classes, width)
      labels = (0..<count).map { UInt8($0 % classes) }
      features = (0..<(count * width)).map { i in
        let own = i % width == Int(i / width) % classes
        return Float(stream.normals(index: i).0 * 0.5 + (own ? separation : 0))
      }
      weight = (0..<(classes * width)).map { Float(0.1 * stream.normals(epoch: 1, index: $0).0) }
      bias = (0..<classes).map { Float(0.1 * stream.normals(epoch: 2, index: $0).0) }
    }

    /// Mean loss of images `range` at (weight - t g): gradient and classifier by plain loops.
    func rerun(_ t: Double, _ range: Range<Int>, gradient: (weight: [Double], bias: [Double])) -> Double {
      let moved = zip(weight, gradient.weight).map { Double($0) - t * $1 }
      let shifted = zip(bias, gradient.bias).map { Double($0) - t * $1 }
      let logits = Naive.linear(features.map(Double.init), moved, shifted)
      let losses = range.map { i in
        Naive.softmax(logits[(i * classes)..<((i + 1) * classes)], label: Int(labels[i])).loss
      }
      return losses.reduce(0, +) / Double(range.count)
    }

    var gradient: (weight: [Double], bias: [Double]) {
      let z = features.map(Double.init)
      let logits = Naive.linear(z, weight.map(Double.init), bias.map(Double.init))
      var result = ([Double](repeating: 0, count: classes * width), [Double](repeating: 0, count: classes))
      for i in 0..<count {
        let row = Naive.softmax(logits[(i * classes)..<((i + 1) * classes)], label: Int(labels[i])).probabilities
        for k in 0..<classes {
          let r = (row[k] - (k == Int(labels[i]) ? 1 : 0)) / Double(count)
          result.1[k] += r
          for d in 0..<width { result.0[k * width + d] += r * z[i * width + d] }
        }
      }
      return result
    }
  }

  @Test(arguments: [(0.0, false), (6.0, true)], [1, 4]) func closedFormEqualsRerunning(
    problem: (separation: Double, reachesLimit: Bool), groups: Int
  ) {
    let made = Problem(count: 40, separation: problem.separation)
    let head = ClassifierHead(classes: made.classes, features: made.width, capacity: 64)
    head.load(
      features: made.features, labels: made.labels, count: made.count, weight: made.weight, bias: made.bias)
    let norm = head.direct()
    let gradient = made.gradient
    let expectedNorm = (gradient.weight + gradient.bias).reduce(0) { $0 + $1 * $1 }.squareRoot()
    #expect(abs(norm - expectedNorm) <= 1e-12)
    for atLimit in AtSearchLimit.allCases {
      let search = LineSearch(limit: 10_000, atLimit: atLimit)
      for group in 0..<groups {
        let range = TrainingStep<CPUExecutor>.share(group, of: groups, in: made.count)
        let closed = search.minimise { head.loss(at: $0, images: range) }
        let rerun = search.minimise { made.rerun($0, range, gradient: gradient) }
        #expect(closed.minimiser == rerun.minimiser)
        #expect(closed.reachedLimit == rerun.reachedLimit)
        #expect(closed.reachedLimit == problem.reachesLimit)
        #expect(abs(closed.initialLoss - rerun.initialLoss) <= 1e-12)
        #expect((closed.minimiser == 0) == (problem.reachesLimit && atLimit == .reject))
      }
    }
  }
}
