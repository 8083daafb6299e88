// `bench --turns`: times operations one turn at a time, as lines on stdin ask for them, so that other programs can take
// turns with it on the same machine. It compares nothing and keeps no figures.

import ExperimentKit
import Foundation
import NeuralNetwork

/// What one line of input asks for.
///
///     sgd N | sam N | pof N | evaluation N    time the operation N times
///     network                                 describe what is measured
///     memory                                  peak resident memory of this process so far
enum TurnRequest: Equatable {
  case time(TimedOperation, count: Int)
  case network
  case memory

  /// - Throws: `TurnError` where the line is none of these.
  init(line: String) throws(TurnError) {
    let words = line.split(whereSeparator: \.isWhitespace).map(String.init)
    switch (words.first, words.count) {
    case ("network", 1): self = .network
    case ("memory", 1): self = .memory
    case (let name?, 2):
      guard let operation = TimedOperation(rawValue: name), let count = Int(words[1]), (1...1_000_000).contains(count)
      else { throw TurnError(line: line) }
      self = .time(operation, count: count)
    default: throw TurnError(line: line)
    }
  }
}

/// A line of input that asks for nothing known.
struct TurnError: Error, Equatable, CustomStringConvertible {
  let line: String

  var description: String {
    let operations = TimedOperation.allCases.map(\.rawValue).joined(separator: ", ")
    let found = line.count > 60 ? line.prefix(60) + "..." : line
    return "--turns: a line of input is \"\(found)\": it must be `network`, `memory`, or one of \(operations) and a "
      + "count from 1 to 1000000"
  }
}

/// Answers each line of input by one line with a JSON object.
struct BenchTurns {
  let network: PreparedNetwork
  private var prepared: Set<TimedOperation> = []

  init(_ network: PreparedNetwork) { self.network = network }

  /// Until the input ends. On the compute thread, which waits for its turn here.
  /// - Throws: `TurnError`.
  mutating func run() throws {
    while let line = readLine() {
      let answer = answer(to: try TurnRequest(line: line))
      let data = try JSONSerialization.data(withJSONObject: answer, options: [.sortedKeys])
      // Unbuffered: whoever asked is waiting.
      try FileHandle.standardOutput.write(contentsOf: data + Data("\n".utf8))
    }
  }

  private mutating func answer(to request: TurnRequest) -> [String: Any] {
    switch request {
    case .time(let operation, let count):
      // The first call plans and warms up.
      if prepared.insert(operation).inserted { network.perform(operation) }
      let clock = ContinuousClock()
      let times = (0..<count).map { _ in clock.measure { network.perform(operation) }.milliseconds }
      return ["operation": operation.rawValue, "milliseconds": times]
    case .network:
      let model = network.model
      return [
        "operation": "network", "network": "WRN-\(model.depth)-\(model.width)", "parameters": model.parameterCount,
        "batch_size": network.batch, "channels": model.channels, "image_size": model.imageSize,
        "perturbation_groups": network.groups, "weak_batch_size": network.batch, "threads": network.threads,
        "cpu": Machine.cpu, "onednn_version": OneDNN.version,
      ]
    case .memory: return ["operation": "memory", "peak_memory_bytes": Machine.peakMemory]
    }
  }
}
