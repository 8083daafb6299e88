import Datasets
import Foundation
import NeuralNetwork
import TensorCore
import Testing

@testable import Training

/// A step allocates nothing that stays: resident memory is flat over a thousand steps of each method.
@Suite(.serialized) struct MemoryTests {
  static func residentBytes() throws -> Int {
    let fields = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
    return (Int(fields[1]) ?? 0) * Int(getpagesize())
  }

  static let methods = [
    TrainingMethod(perturbation: .none, stepped: .everything),
    TrainingMethod(perturbation: .ascent(rho: 0.05), stepped: .everything),
    TrainingMethod(
      perturbation: .classifierDescent(
        range: 2, groups: 4, search: LineSearch(limit: 10_000, atLimit: .reject), weakBatchSize: 8,
        weakStatistics: true),
      stepped: .extractor),
  ]

  @Test(arguments: [0, 1, 2]) func residentMemoryIsFlat(method: Int) throws {
    let growths = try ComputeThread.shared.perform {
      let model = try WideResNet(depth: 10, width: 1, classes: 10, channels: 1, imageSize: 8)
      let executor = try CPUExecutor(model: model, capacity: 8, threads: 1)
      executor.state = model.initialState(seed: 1)
      let step = TrainingStep(
        Self.methods[method], executor: executor, momentum: 0.9, weightDecay: 5e-4, capacity: 8)
      let batch = ImageBatch(capacity: 8, channels: 1, size: 8)
      let stream = RandomStream(seed: 1, purpose: .syntheticData)
      batch.set(
        images: (0..<(8 * 64)).map { Float(stream.normals(index: $0).0) }, labels: (0..<8).map { UInt8($0) })
      func run(_ count: Int) {
        for i in 0..<count { _ = step(batch, weak: batch, learningRate: 1e-4) { stream.uniform(index: i + $0) } }
      }
      run(50)
      return try (0..<10).map { _ in
        let before = try Self.residentBytes()
        run(100)
        return try Self.residentBytes() - before
      }
    }
    // Other tests of the process allocate and free at the same time, hence the median: a leak grows in every segment
    // (one parameter vector a step would be 30 MB in each).
    #expect(growths.sorted()[5] < 2 << 20, "\(growths)")
  }
}
