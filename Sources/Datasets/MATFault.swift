// What can be wrong with a MATLAB file, a value per fault. DatasetError adds the file's name and the remedy.

/// What is wrong with a MATLAB file, or with its variables. Places count bytes from the file's start.
public enum MATFault: Sendable, Equatable, CustomStringConvertible {
  /// No MATLAB 5 file; in words what it is.
  case otherFormat(String)
  /// The element at `place` announces more bytes than there are.
  case truncated(place: Int, announced: Int, held: Int)
  /// The element at `place` is none, in words.
  case corrupt(place: Int, reason: String)
  /// The compressed element at `place` cannot be inflated.
  case compressed(place: Int, fault: GzipFault)
  /// Bytes that are no element follow the last one.
  case trailingBytes(Int)
  /// More variables than are looked through.
  case tooManyVariables(limit: Int)
  case missingVariable(String, found: [String])
  case repeatedVariable(String)
  case wrongType(variable: String, found: String, expected: String)
  case wrongDimensions(variable: String, found: [Int], expected: String)
  /// X and y disagree.
  case countMismatch(images: Int, labels: Int)
  /// A label that is no whole number of 1...10; `position` counts from 0.
  case label(position: Int, found: Double)

  public var description: String {
    switch self {
    case .otherFormat(let kind): "\(kind), and only MATLAB 5 files (save -v6 or -v7) are read"
    case .truncated(let place, let announced, let held):
      "truncated: the element at byte \(place) announces \(announced) bytes, and \(held) are there"
    case .corrupt(let place, let reason): "damaged at byte \(place): \(reason)"
    case .compressed(let place, let fault): "the compressed element at byte \(place) is damaged: \(fault)"
    case .trailingBytes(let count): "\(count) bytes follow the last variable"
    case .tooManyVariables(let limit): "holds more than \(limit) variables"
    case .missingVariable(let name, let found):
      "has no variable \(name) (\(found.isEmpty ? "none at all" : "only " + found.joined(separator: ", ")))"
    case .repeatedVariable(let name): "has the variable \(name) twice"
    case .wrongType(let variable, let found, let expected):
      "the variable \(variable) is \(found) instead of \(expected)"
    case .wrongDimensions(let variable, let found, let expected):
      "the variable \(variable) is \(found.map { "\($0)" }.joined(separator: "x")) instead of \(expected)"
    case .countMismatch(let images, let labels): "\(images) images in X, but \(labels) labels in y"
    case .label(let position, let found):
      "label \(found == found.rounded() && abs(found) < 1e15 ? "\(Int(found))" : "\(found)") at position \(position), "
        + "but labels are 1...10, and 10 stands for digit 0"
    }
  }
}
