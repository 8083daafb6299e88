// Where each named tensor lies in an arena. Stated once per model; weights, gradient, momentum and copies share it, so
// an optimiser, a perturbation or a checkpoint is a vector operation on ranges. It owns no memory.

/// The two halves of a network as PoF sees it.
public enum ParameterSection: String, Sendable, Hashable, CaseIterable {
  /// phi: everything up to the pooled features.
  case extractor = "feature_extractor"
  /// psi = (W, b): the linear classifier.
  case classifier
}

/// A named tensor: its PyTorch name and shape, and the floats it occupies.
public struct ParameterTensor: Sendable, Hashable {
  /// Name within its section's state_dict, such as `layer1.num_0.bn1.weight` or `classifiers.0.bias`.
  public let name: String
  /// Dimensions in PyTorch's order (convolutions OIHW, linear [out, in]); empty for a scalar.
  public let shape: [Int]
  public let stage: ParameterStage
  public var section: ParameterSection { stage == .classifier ? .classifier : .extractor }
  /// The tensor's elements in the arena, row-major.
  public let range: Range<Int>
}

/// Names, shapes and places of all tensors of an arena, stage by stage from the input upwards.
///
/// Every tensor starts at a multiple of `alignment` elements, and so does every selection; the gap after a tensor is
/// padding, which stays zero in every arena, so that norms and dot products over ranges are those of the tensors.
public struct ParameterLayout: Sendable, Hashable {
  /// Elements: 64 bytes of Float, one AVX-512 register and one cache line.
  public static let alignment = 16

  public private(set) var tensors: [ParameterTensor] = []
  /// Elements of the arena, padding included.
  public private(set) var count = 0
  /// Where each stage starts, and at last where the highest ends.
  private var starts = [Int](repeating: 0, count: ParameterStage.allCases.count + 1)

  public init() {}

  /// Appends a tensor.
  /// - Precondition: no tensor of a higher stage came before.
  public mutating func append(_ name: String, shape: [Int], stage: ParameterStage) {
    precondition(tensors.last.map { $0.stage <= stage } ?? true, "tensors come in the order of their stages")
    let range = count..<count + shape.reduce(1, *)
    tensors.append(ParameterTensor(name: name, shape: shape, stage: stage, range: range))
    count = (range.upperBound + Self.alignment - 1) / Self.alignment * Self.alignment
    for higher in stage.rawValue + 1..<starts.count { starts[higher] = count }
  }

  /// Number of parameters proper, without padding.
  public var parameterCount: Int { tensors.reduce(0) { $0 + $1.range.count } }

  /// Elements of a selection's tensors, padding included.
  public func range(of selection: ParameterSelection) -> Range<Int> {
    starts[selection.stages.lowerBound]..<starts[selection.stages.upperBound]
  }

  /// The tensor of that name. Linear in the number of tensors: look up once, when a network is planned.
  /// - Precondition: the layout has such a tensor.
  public subscript(name: String) -> ParameterTensor {
    guard let tensor = tensors.first(where: { $0.name == name }) else {
      preconditionFailure("no tensor named \(name)")
    }
    return tensor
  }
}
