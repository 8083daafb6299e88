// A digest over named values: what a file says, not how HDF5 lays it out, so it outlives h5repack and proves that what
// was read is what was written. (fletcher32 does not cover strings and chunk indexes.)

/// SHA-256 over a sequence of named values; equal content, equal digest.
struct ContentDigest {
  /// Attribute that holds it.
  static let attribute = "content_digest"

  private var hash = SHA256()

  mutating func add(_ name: String, _ value: SettingValue) {
    switch value {
    case .integer(let number): add(name, [Int64(number)])
    case .flag(let isSet): add(name, [Int64(isSet ? 1 : 0)])
    case .real(let number): add(name, [number])
    case .text(let text): text.utf8CString.withUnsafeBytes { add(name, "text", $0) }
    }
  }

  mutating func add(_ values: [(name: String, value: SettingValue)], in group: String) {
    for (name, value) in values { add("\(group)/\(name)", value) }
  }

  mutating func add<Element: HDF5Element>(_ name: String, _ values: [Element]) {
    values.withUnsafeBufferPointer { add(name, $0) }
  }

  /// The elements' little-endian bytes, as in the file.
  mutating func add<Element: HDF5Element>(_ name: String, _ values: UnsafeBufferPointer<Element>) {
    add(name, Element.elementType.rawValue, UnsafeRawBufferPointer(values))
  }

  /// Lengths before contents, so that no two sequences of values look alike.
  private mutating func add(_ name: String, _ type: String, _ bytes: UnsafeRawBufferPointer) {
    hash.update("\(name.utf8.count) \(name) \(type) \(bytes.count)\n")
    hash.update(bytes)
  }

  /// Hexadecimal.
  consuming func finish() -> String { SHA256.hex(hash.finish()) }
}
