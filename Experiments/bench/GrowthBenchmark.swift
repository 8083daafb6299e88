// Measures `bench --growth`: each network in a child process, so that peak memory is its own, one after another; the
// epochs in this process. It prints rows as they come.

import Datasets
import ExperimentKit
import Foundation
import NeuralNetwork
import TensorCore
import Training

/// A child process did not answer as `bench --turns` does.
struct GrowthError: Error, CustomStringConvertible {
  let point: GrowthPoint
  let status: Int32

  var description: String {
    "bench --growth: the process that measures \(point.name) at batch \(point.batch) ended with status \(status) and "
      + "without its figures: run bench --depth \(point.depth) --width \(point.width) --batch-size \(point.batch) to see why"
  }
}

struct GrowthBenchmark {
  let threads: Int
  let rounds: Int
  /// A few tiny points.
  let smoke: Bool

  /// - Parameter report: called with each line of the table.
  /// - Returns: everything as JSON would have it.
  func run(report: (String) -> Void) throws -> [String: Any] {
    report(GrowthMeasurement.header)
    var measured: [GrowthMeasurement] = []
    for point in GrowthPoint.all(threads: threads, smoke: smoke) {
      let measurement = try measure(point)
      measured.append(measurement)
      report(try measurement.row())
    }
    report("\n" + EpochMeasurement.header)
    var epochs: [EpochMeasurement] = []
    for images in smoke ? [128, 256] : [2000, 4000, 8000, 16_000] {
      let epoch = try ComputeThread.shared.perform { try measureEpoch(images: images) }
      epochs.append(epoch)
      report(epoch.row)
    }
    let estimates = Dictionary(grouping: measured.filter { $0.point.axis == .threads }, by: \.point.name).sorted {
      $0.key < $1.key
    }.compactMap { name, points in
      GrowthEstimate(name, times: points.map { ($0.point.threads, $0.step / Double($0.point.batch)) })
    }
    if !estimates.isEmpty { report("") }
    for estimate in estimates { report(estimate.text) }
    return [
      "growth": measured.map(\.object), "epochs": epochs.map(\.object), "cpu": Machine.cpu,
      "onednn_version": OneDNN.version,
    ]
  }

  private func measure(_ point: GrowthPoint) throws -> GrowthMeasurement {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: Machine.executableFolder).appendingPathComponent("bench")
    process.arguments = [
      "--turns", "--depth", "\(point.depth)", "--width", "\(point.width)", "--batch-size", "\(point.batch)",
      "--image-size", "\(GrowthPoint.imageSize)", "--channels", "\(GrowthPoint.channels)", "--threads",
      "\(point.threads)",
    ]
    let (input, output) = (Pipe(), Pipe())
    process.standardInput = input
    process.standardOutput = output
    try process.run()
    try input.fileHandleForWriting.write(
      contentsOf: Data("sgd \(rounds)\nevaluation \(rounds)\nmemory\n".utf8))
    try input.fileHandleForWriting.close()
    let answers = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    let lines = answers.split(separator: UInt8(ascii: "\n")).map {
      (try? JSONSerialization.jsonObject(with: $0)) as? [String: Any] ?? [:]
    }
    guard process.terminationStatus == 0, lines.count == 3, let steps = lines[0]["milliseconds"] as? [Double],
      let evaluations = lines[1]["milliseconds"] as? [Double], let peak = lines[2]["peak_memory_bytes"] as? Int
    else { throw GrowthError(point: point, status: process.terminationStatus) }
    return GrowthMeasurement(
      point: point, step: StepBenchmark.median(steps), evaluation: StepBenchmark.median(evaluations), peakMemory: peak)
  }

  /// On the compute thread. The second of two epochs, so that nothing is planned in it.
  private func measureEpoch(images: Int) throws -> EpochMeasurement {
    var configuration = Profile.quick.configuration(
      for: .fashionMNIST, augmentation: .basic, arm: .preTraining(.sgd), seed: 0)
    configuration.batchSize = 128
    let data = SyntheticDataset.make(for: .fashionMNIST, trainCount: images, testCount: 1, seed: 1)
    let model = try WideResNet(
      depth: configuration.depth, width: configuration.width, classes: data.train.classes,
      channels: data.train.channels, imageSize: data.train.size)
    let executor = try CPUExecutor(model: model, capacity: configuration.batchSize, threads: threads)
    let trainer = try Trainer(
      configuration: configuration, data: data, executor: executor,
      state: TrainingState(initial: model.initialState(seed: 1)))
    var seconds = 0.0
    for epoch in 1...2 {
      var progress = EpochProgress(epoch: epoch)
      _ = try trainer.train(&progress) { _ in true }
      seconds = progress.seconds
    }
    let source = BatchSource(
      data.train, normalization: data.normalization, augmentation: configuration.augmentation, seed: 0)
    let batch = ImageBatch(
      capacity: configuration.batchSize, channels: data.train.channels, size: data.train.size)
    let order = source.order(epoch: 2)
    let augmentation = ContinuousClock().measure {
      for start in stride(from: 0, to: images, by: batch.capacity) {
        source.fillTraining(batch, order: order, range: start..<min(start + batch.capacity, images), epoch: 2)
      }
    }
    return EpochMeasurement(images: images, seconds: seconds, augmentationSeconds: augmentation.milliseconds / 1e3)
  }
}
