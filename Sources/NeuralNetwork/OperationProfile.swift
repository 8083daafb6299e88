// Where the time of a step goes: each operation's label and its times over repeated steps. For measurements only: no
// kernel and no result depends on it.

/// What one operation of a step does, and for which layer.
public struct OperationLabel: Hashable, Sendable, CustomStringConvertible {
  public enum Work: String, Hashable, Sendable, CaseIterable {
    case convolution = "convolution forward"
    case convolutionWeightGradient = "convolution gradient of weights"
    case convolutionInputGradient = "convolution gradient of input"
    case normalization = "batch norm + ReLU forward"
    case normalizationGradient = "batch norm + ReLU backward"
    case weightReorder = "reorder of weights"
    case gradientReorder = "reorder of weight gradients"
    case shortcutSum = "sum with shortcut forward"
    case shortcutGradientSum = "sum with shortcut backward"
    case pool = "average pool forward"
    case poolGradient = "average pool backward"
    case runningStatistics = "running statistics"
    case classifier = "classifier in Double"
    case vectors = "vector operations on parameters"
  }

  public let work: Work
  /// Prefix of the layer's tensors, such as `layer1.num_0.conv1`; `all` where an operation serves the whole network.
  public let layer: String

  init(_ work: Work, _ layer: String = "all") {
    self.work = work
    self.layer = layer
  }

  public var description: String { "\(work.rawValue) \(layer)" }
}

/// Times of the operations of equal steps, in order of execution. An executor fills it while it is its `profile`.
public final class OperationProfile {
  public struct Entry: Sendable {
    public let label: OperationLabel
    /// oneDNN's name of the kernel; nil for what is not oneDNN's.
    public let implementation: String?
    /// One for each step that was profiled.
    public fileprivate(set) var milliseconds: [Double]
  }

  public private(set) var entries: [Entry] = []
  private var next = 0
  private let clock = ContinuousClock()

  public init() {}

  /// Call it before each step; all steps must be of the same method and batch size.
  public func beginStep() { next = 0 }

  func time(_ label: OperationLabel, implementation: String? = nil, _ body: () -> Void) {
    let duration = clock.measure(body).components
    let milliseconds = Double(duration.seconds) * 1e3 + Double(duration.attoseconds) * 1e-15
    if next == entries.count {
      entries.append(Entry(label: label, implementation: implementation, milliseconds: []))
    }
    precondition(entries[next].label == label, "profiled steps differ: \(entries[next].label) became \(label)")
    entries[next].milliseconds.append(milliseconds)
    next += 1
  }
}

extension OperationProfile? {
  /// Runs `body`, timed where there is a profile.
  func time(_ label: OperationLabel, _ body: () -> Void) {
    if let self { self.time(label, body) } else { body() }
  }
}
