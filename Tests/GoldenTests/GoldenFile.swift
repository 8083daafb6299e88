import Foundation
import NeuralNetwork
import Storage
import TensorCore

/// The golden training steps: made in float64 by independent PyTorch programs beside them, `make_goldens.py` and
/// `make_ablation_goldens.py`.
struct GoldenFile {
  static let model = try! WideResNet(depth: 10, width: 1, classes: 10, channels: 3, imageSize: 8)
  static let path = file("training-steps.h5")
  static let ablationPath = file("ablation-steps.h5")

  private static func file(_ name: String) -> String {
    URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Goldens/\(name)").standardized.path
  }

  /// A data set of any rank.
  static func values<Element: HDF5Element>(
    _ group: String, _ name: String, as _: Element.Type = Element.self, in path: String = path
  ) throws -> [Element] {
    try HDF5File.open(path) { root in
      let dataset = try root.group(group).dataset(name)
      return try dataset.read(shape: try dataset.shape())
    }
  }

  static func attribute(_ group: String, _ name: String, in path: String = path) throws -> Double {
    try HDF5File.open(path) { try $0.group(group).real(name) }
  }

  /// Tensors of a layout by name, in its arena; tensors that the group lacks are zero.
  static func arena<Element: HDF5Element & AdditiveArithmetic>(
    _ group: String, _ layout: ParameterLayout, as _: Element.Type = Element.self
  ) throws -> [Element] {
    try HDF5File.open(path) { root in
      let group = try root.group(group)
      var arena = [Element](repeating: .zero, count: layout.count)
      for tensor in layout.tensors where try group.contains(tensor.name) {
        arena.replaceSubrange(tensor.range, with: try group.dataset(tensor.name).read(shape: tensor.shape))
      }
      return arena
    }
  }

  static func initialState() throws -> NetworkState {
    NetworkState(
      parameters: try arena("initial", model.parameterLayout),
      statistics: try arena("initial", model.statisticsLayout),
      batchesTracked: try model.normalizations.map {
        try values("initial", "\($0.name).num_batches_tracked", as: Int64.self)[0]
      })
  }
}

/// max |a - b|, NaN where either holds one, so that comparisons fail.
func largestDifference(_ a: [Double], _ b: [Double]) -> Double {
  guard a.count == b.count else { return .nan }
  return zip(a, b).reduce(0) { largest, pair in
    let difference = abs(pair.0 - pair.1)
    return difference <= largest ? largest : difference
  }
}
