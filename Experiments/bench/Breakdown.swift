// Where the time of one SGD step goes: each operation's median beside the fastest kernel for it. Printing only; the
// times are OperationProfile's, the floor is KernelFloor's.

import Foundation
import NeuralNetwork

/// One operation of a step; times in milliseconds.
struct BreakdownRow {
  let label: OperationLabel
  let implementation: String?
  let median: Double
  /// The fastest kernel; nil for what the floor does not count.
  let floor: Double?
}

struct Breakdown {
  let model: WideResNet
  let batch: Int
  let threads: Int
  let rows: [BreakdownRow]
  /// Of whole steps, measured without a profile in the same rounds.
  let step: Double
  /// Of the same steps with a profile.
  let profiledStep: Double

  private var floor: Double { rows.compactMap(\.floor).reduce(0, +) }

  /// A table by layer, and one by kind of operation.
  var text: String {
    var lines = [
      "WRN-\(model.depth)-\(model.width), batch \(batch), \(model.imageSize)x\(model.imageSize)x\(model.channels), "
        + "\(threads) threads; medians in ms; floor: the fastest oneDNN kernel alone, its data in the caches", "",
      Self.line("operation", "layer", "ms", "floor", "/floor", "kernel"),
    ]
    for row in rows {
      lines.append(
        Self.line(
          row.label.work.rawValue, row.label.layer, Self.number(row.median, 2), row.floor.map { Self.number($0, 2) },
          row.floor.map { Self.number(row.median / $0, 2) }, row.implementation))
    }
    lines += ["", Self.line("operation", "times", "ms", "floor", "/floor", "% of step")]
    for work in OperationLabel.Work.allCases {
      let these = rows.filter { $0.label.work == work }
      guard !these.isEmpty else { continue }
      let time = these.map(\.median).reduce(0, +)
      let floors = these.compactMap(\.floor)
      let floor = floors.isEmpty ? nil : floors.reduce(0, +)
      lines.append(
        Self.line(
          work.rawValue, String(these.count), Self.number(time, 2), floor.map { Self.number($0, 2) },
          floor.map { Self.number(time / $0, 2) }, Self.number(100 * time / profiledStep, 1)))
    }
    let rest = profiledStep - rows.map(\.median).reduce(0, +)
    lines += [
      Self.line("between operations", "", Self.number(rest, 2), nil, nil, Self.number(100 * rest / profiledStep, 1)),
      Self.line(
        "step", "", Self.number(profiledStep, 2), Self.number(floor, 2), Self.number(profiledStep / floor, 2), nil),
      Self.line("step without profile", "", Self.number(step, 2), nil, Self.number(step / floor, 2), nil),
    ]
    return lines.joined(separator: "\n")
  }

  var object: [String: Any] {
    [
      "network": "WRN-\(model.depth)-\(model.width)", "batch_size": batch, "threads": threads, "sgd_step_ms": step,
      "profiled_step_ms": profiledStep,
      "operations": rows.map { row in
        var object: [String: Any] = [
          "operation": row.label.work.rawValue, "layer": row.label.layer, "milliseconds": row.median,
        ]
        object["floor_ms"] = row.floor
        object["kernel"] = row.implementation
        return object
      },
    ]
  }

  private static func number(_ value: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", value) }

  private static func line(
    _ work: String, _ layer: String, _ time: String, _ floor: String?, _ ratio: String?, _ last: String?
  ) -> String {
    func left(_ text: String, _ width: Int) -> String { text.padding(toLength: width, withPad: " ", startingAt: 0) }
    func right(_ text: String, _ width: Int) -> String {
      String(repeating: " ", count: max(0, width - text.count)) + text
    }
    return left(work, 36) + left(layer, 24) + right(time, 9) + right(floor ?? "", 9) + right(ratio ?? "", 8) + "  "
      + (last ?? "")
  }
}
