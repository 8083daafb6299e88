// Where two runs that should be equal are not: the first value, by its name in the files. Bits are compared, so that
// NaN equals itself and -0 is not 0.

import NeuralNetwork
import Training

/// A value that differs between a file and a repetition.
public struct Difference: Sendable, Equatable, CustomStringConvertible {
  /// Full name in the file, with the place where it is one of many.
  public var name: String
  public var recorded: String
  public var found: String

  public init(name: String, recorded: String, found: String) {
    (self.name, self.recorded, self.found) = (name, recorded, found)
  }

  public var description: String { "\(name): \(recorded) recorded, \(found) here" }
}

extension RunFile {
  /// The first metric in which two records of an epoch differ; timing is not compared.
  public static func difference(_ recorded: EpochRecord, _ found: EpochRecord) -> Difference? {
    func first<Row>(_ group: String, _ recorded: Row?, _ found: Row?, _ columns: [Column<Row>]) -> Difference? {
      guard let recorded, let found else {
        guard (recorded == nil) != (found == nil) else { return nil }
        return Difference(
          name: "/\(group)", recorded: recorded == nil ? "absent" : "present",
          found: found == nil ? "absent" : "present")
      }
      for column in columns {
        let (one, other) = (recorded[keyPath: column.path], found[keyPath: column.path])
        if one.bitPattern != other.bitPattern {
          return Difference(name: "/\(group)/\(column.name)", recorded: "\(one)", found: "\(other)")
        }
      }
      return nil
    }
    guard recorded.epoch == found.epoch else {
      return Difference(name: "/metrics/train/epoch", recorded: "\(recorded.epoch)", found: "\(found.epoch)")
    }
    var difference =
      first("metrics/train", recorded, found, train) ?? first("metrics/test", recorded.test, found.test, test)
      ?? first("pof", recorded.perturbation, found.perturbation, perturbation)
    difference?.name += " of epoch \(recorded.epoch)"
    return difference
  }
}

extension CheckpointFile {
  /// The first element in which a checkpoint and a state of the same model differ.
  /// - Precondition: the state has the sizes of the model's layouts.
  public static func difference(_ checkpoint: Checkpoint, _ found: TrainingState) -> Difference? {
    let recorded = checkpoint.state
    for (group, tensors) in groups(checkpoint.model) {
      for tensor in tensors {
        func first(_ one: [Float], _ other: [Float], _ range: Range<Int>) -> Difference? {
          guard let place = range.first(where: { one[$0].bitPattern != other[$0].bitPattern }) else { return nil }
          return Difference(
            name: "/\(group)/\(tensor.name), element \(place - range.lowerBound)", recorded: "\(one[place])",
            found: "\(other[place])")
        }
        let difference: Difference?
        switch tensor.place {
        case .parameter(let range):
          difference = first(recorded.network.parameters, found.network.parameters, range)
        case .statistic(let range): difference = first(recorded.network.statistics, found.network.statistics, range)
        case .momentum(let range): difference = first(recorded.momentum, found.momentum, range)
        case .counter(let index):
          let (one, other) = (recorded.network.batchesTracked[index], found.network.batchesTracked[index])
          difference =
            one == other ? nil : Difference(name: "/\(group)/\(tensor.name)", recorded: "\(one)", found: "\(other)")
        }
        if let difference { return difference }
      }
    }
    return nil
  }
}
