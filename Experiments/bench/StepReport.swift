// The figures of one network, and how they are printed: a row of the table or a JSON object.

import ExperimentKit
import Foundation
import NeuralNetwork

/// Times in milliseconds.
struct StepReport {
  let model: WideResNet
  let batch: Int
  let threads: Int
  let groups: Int
  let rounds: Int
  let sgd: Double
  let sam: Double
  let pof: Double
  /// Forward pass of one batch by running statistics.
  let evaluation: Double
  let floor: Double
  /// Until an SGD step can begin: initial values, memory and plans.
  let setUp: Double
  /// The first SGD step, which is the first to touch its memory.
  let firstStep: Double
  /// Filling one batch of random crops and flips.
  let augmentation: Double
  /// Steps of each method after the rounds, and by how much resident memory grew over them.
  let soakSteps: Int
  let soakGrowthBytes: Int
  /// How many operations of an SGD step each oneDNN kernel computes, reorders of weights included.
  let kernels: [String: Int]
  let workspaceBytes: Int
  let peakMemoryBytes: Int

  var name: String { "WRN-\(model.depth)-\(model.width)" }
  var imagesPerSecond: Double { Double(batch) / sgd * 1e3 }

  static let header = """
    network     batch  image      floor    SGD ms  /floor    SAM ms   /SGD    PoF ms   /SGD   eval ms   images/s  peak MB
    """

  var row: String {
    let image = "\(model.imageSize)x\(model.imageSize)x\(model.channels)"
    func number(_ value: Double, _ width: Int, _ digits: Int) -> String {
      let text = String(format: "%.\(digits)f", value)
      return String(repeating: " ", count: max(0, width - text.count)) + text
    }
    return name.padding(toLength: 10, withPad: " ", startingAt: 0) + number(Double(batch), 7, 0) + "  "
      + image.padding(toLength: 8, withPad: " ", startingAt: 0) + number(floor, 8, 1) + number(sgd, 10, 1)
      + number(sgd / floor, 8, 3) + number(sam, 10, 1) + number(sam / sgd, 7, 3) + number(pof, 10, 1)
      + number(pof / sgd, 7, 3) + number(evaluation, 10, 1) + number(imagesPerSecond, 11, 1)
      + number(Double(peakMemoryBytes) / 1e6, 9, 0)
  }

  static func legend(_ reports: [StepReport]) -> String {
    let first = reports.first
    return """
      \(first?.threads ?? 0) threads, \(Machine.cpu), oneDNN \(OneDNN.version); medians of \(first?.rounds ?? 0) rounds. \
      Floor: fastest oneDNN kernels of one SGD step, in ms. PoF: weak batch as large as the batch, \(first?.groups ?? 0) groups. \
      Peak memory is the process's so far.

      """ + reports.map(\.details).joined(separator: "\n")
  }

  /// What the table has no room for: the way to the first step, augmentation, and the choice of kernels.
  private var details: String {
    let chosen = kernels.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\($0.value) \($0.key)" }
    return String(
      format: "%@: %.0f ms until the first step, which takes %.0f; a batch's augmentation %.2f ms (%.2f %% of a step); "
        + "kernels: %@", name, setUp, firstStep, augmentation, 100 * augmentation / sgd, chosen.joined(separator: ", "))
  }

  /// Values by name, all times in milliseconds.
  private var object: [String: Any] {
    [
      "network": name, "depth": model.depth, "width": model.width, "batch_size": batch, "channels": model.channels,
      "image_size": model.imageSize, "threads": threads, "perturbation_groups": groups, "weak_batch_size": batch,
      "rounds": rounds, "sgd_step_ms": sgd, "sam_step_ms": sam, "pof_step_ms": pof, "evaluation_ms": evaluation,
      "floor_ms": floor, "set_up_ms": setUp, "first_step_ms": firstStep, "augmentation_ms": augmentation,
      "images_per_second": imagesPerSecond,
      "soak_steps": soakSteps, "soak_growth_bytes": soakGrowthBytes, "kernels": kernels,
      "workspace_bytes": workspaceBytes, "peak_memory_bytes": peakMemoryBytes,
      "cpu": Machine.cpu, "onednn_version": OneDNN.version,
    ]
  }

  /// The first network's values at the top, all networks' under `networks`.
  static func object(_ reports: [StepReport]) -> [String: Any] {
    var object = reports.first?.object ?? [:]
    object["networks"] = reports.map(\.object)
    return object
  }
}
