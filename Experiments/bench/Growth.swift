// `bench --growth`: how step time and memory grow with batch, width, depth and threads, and an epoch with the number of
// images. Which points there are, and what is printed of them; measuring is GrowthBenchmark's.

import ExperimentKit
import Foundation
import NeuralNetwork

/// One network at one batch size, measured in a process of its own.
struct GrowthPoint {
  /// What varies in its part of the table.
  enum Axis: String, CaseIterable {
    case batch = "batch size"
    case width = "width"
    case depth = "depth"
    case threads = "threads"
  }

  let axis: Axis
  let depth: Int
  let width: Int
  let batch: Int
  let threads: Int

  /// 32 x 32 x 3 images, as CIFAR's.
  static let imageSize = 32
  static let channels = 3

  var name: String { "WRN-\(depth)-\(width)" }

  /// Operations of one SGD step by the definition of convolution: a gradient is three forward passes, a multiply-add two
  /// operations. Winograd kernels do fewer, so rates in these units may exceed the processor's.
  func operations() throws -> Double {
    let model = try WideResNet(
      depth: depth, width: width, classes: 10, channels: Self.channels, imageSize: Self.imageSize)
    return 6 * Double(model.forwardMultiplyAdds) * Double(batch)
  }

  /// - Parameters:
  ///   - threads: the largest count.
  ///   - smoke: only a few, of tiny networks, to see that it works.
  static func all(threads: Int, smoke: Bool) -> [GrowthPoint] {
    func point(_ axis: Axis, _ depth: Int, _ width: Int, _ batch: Int, _ threads: Int) -> GrowthPoint {
      GrowthPoint(axis: axis, depth: depth, width: width, batch: batch, threads: threads)
    }
    var counts = [1]
    while let last = counts.last, last * 2 <= threads { counts.append(last * 2) }
    if smoke { return [4, 8].map { point(.batch, 10, 1, $0, threads) } + counts.map { point(.threads, 10, 1, 4, $0) } }
    return [32, 64, 128, 256, 512].map { point(.batch, 16, 2, $0, threads) }
      + [1, 2, 4, 8, 10].map { point(.width, 16, $0, 32, threads) }
      + [10, 16, 22, 28, 40].map { point(.depth, $0, 2, 64, threads) }
      + counts.map { point(.threads, 16, 4, 64, $0) } + counts.map { point(.threads, 28, 10, 32, $0) }
  }
}

/// What was measured at a point.
struct GrowthMeasurement {
  let point: GrowthPoint
  /// Milliseconds of one SGD step, median.
  let step: Double
  /// Milliseconds of the forward pass of a batch by running statistics.
  let evaluation: Double
  /// Of a process that took SGD steps and evaluated, in bytes.
  let peakMemory: Int

  /// In 1e9 operations a second.
  func rate() throws -> Double { try point.operations() / step * 1e-6 }

  static let header = """
    varies      network    batch  threads   step ms  ms/image  GFLOP/s   eval ms   peak MB
    """

  func row() throws -> String {
    String(
      format: "%@%@%6d%9d%10.1f%10.3f%9.0f%10.1f%10.0f", point.axis.rawValue.padded(12), point.name.padded(10),
      point.batch, point.threads, step, step / Double(point.batch), try rate(), evaluation, Double(peakMemory) / 1e6)
  }

  var object: [String: Any] {
    [
      "varies": point.axis.rawValue, "depth": point.depth, "width": point.width, "batch_size": point.batch,
      "threads": point.threads, "sgd_step_ms": step, "evaluation_ms": evaluation, "peak_memory_bytes": peakMemory,
    ]
  }
}

/// One epoch over data sets of several sizes.
struct EpochMeasurement {
  let images: Int
  /// Of the epoch's training, augmentation included.
  let seconds: Double
  /// Of filling the same batches without training on them.
  let augmentationSeconds: Double

  static let header = "epoch of WRN-10-1, batch 128, 28x28x1: images   seconds  ms/image  augmentation %"

  var row: String {
    String(
      format: "%46d%10.2f%10.4f%16.2f", images, seconds, 1e3 * seconds / Double(images),
      100 * augmentationSeconds / seconds)
  }

  var object: [String: Any] {
    ["images": images, "epoch_seconds": seconds, "augmentation_seconds": augmentationSeconds]
  }
}

/// How long larger machines would take, by Amdahl's law fitted to the points that vary threads.
struct GrowthEstimate {
  let name: String
  /// Share of a one-thread step that more threads do not shorten.
  let serialShare: Double
  /// Milliseconds per image on one thread.
  let single: Double

  /// - Parameter times: threads and milliseconds per image of one network.
  /// - Returns: nil where there is but one thread count.
  init?(_ name: String, times: [(threads: Int, milliseconds: Double)]) {
    guard let one = times.first(where: { $0.threads == 1 }), let most = times.max(by: { $0.threads < $1.threads }),
      most.threads > 1
    else { return nil }
    self.name = name
    single = one.milliseconds
    let p = Double(most.threads)
    serialShare = max(0, (p * most.milliseconds / one.milliseconds - 1) / (p - 1))
  }

  /// Milliseconds per image.
  func time(threads: Int) -> Double { single * (serialShare + (1 - serialShare) / Double(threads)) }

  var text: String {
    let cores = 64
    let hours = time(threads: cores) * 200 * 50_000 / 3.6e6
    return String(
      format:
        "%@: serial share %.3f of a step; on %d such cores %.1f ms/image, so 200 epochs of SGD over 50,000 images "
        + "of 32x32x3 take %.1f hours (SAM twice that), if memory keeps up", name, serialShare, cores,
      time(threads: cores), hours)
  }
}

extension String {
  /// Filled with spaces up to a width.
  func padded(_ width: Int) -> String { padding(toLength: width, withPad: " ", startingAt: 0) }
}
