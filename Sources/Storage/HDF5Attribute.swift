// Attributes: scalar numbers and strings on groups and data sets. Arrays and long data belong in data sets.

import CHDF5

/// A scalar that an attribute or a setting holds.
public enum SettingValue: Sendable, Hashable {
  case integer(Int)
  case real(Double)
  /// Stored as integer 0 or 1: netCDF knows no booleans.
  case flag(Bool)
  case text(String)
}

/// What carries attributes: a group or a data set.
public protocol HDF5Object: AnyObject {
  var file: HDF5File { get }
  /// Full name, from the root.
  var name: String { get }
}

extension HDF5Object {
  var objectID: hid_t {
    switch self {
    case let group as HDF5Group: group.id
    case let dataset as HDF5Dataset: dataset.id
    default: -1
    }
  }

  private func attribute(_ name: String) -> String { "attribute \(name) of \(self.name)" }

  func damage(_ object: String, _ reason: String? = nil) -> StorageError {
    .damaged(path: file.path, object: object, reason: reason ?? HDF5Library.lastError())
  }

  func writeFailure(_ object: String) -> StorageError {
    .writeFailed(path: file.path, reason: "\(object): \(HDF5Library.lastError())")
  }

  /// A name that the library hands out in two calls: its length, then its bytes.
  func text(of object: String, _ call: (UnsafeMutablePointer<CChar>?, Int) -> Int) throws -> String {
    let length = call(nil, 0)
    guard length >= 0, length < 1 << 16 else { throw damage(object) }
    var bytes = [CChar](repeating: 0, count: length + 1)
    guard call(&bytes, bytes.count) == length,
      let text = String(validating: bytes.dropLast().lazy.map(UInt8.init(bitPattern:)), as: UTF8.self)
    else { throw damage(object) }
    return text
  }

  // MARK: Writing

  /// Adds an attribute: a 64-bit integer, a double or a variable-length UTF-8 string.
  /// - Throws: `StorageError.writeFailed`, also for text with a NUL, which HDF5 would cut off, or of 4 KB.
  public func setAttribute(_ name: String, _ value: SettingValue) throws {
    switch value {
    case .integer(let number):
      try create(name, HDF5ElementType.int64) { H5Awrite($0, pof_int64_native(), [Int64(number)]) }
    case .flag(let isSet):
      try create(name, HDF5ElementType.int64) { H5Awrite($0, pof_int64_native(), [Int64(isSet ? 1 : 0)]) }
    case .real(let number):
      try create(name, HDF5ElementType.float64) { H5Awrite($0, pof_float64_native(), [number]) }
    case .text(let text):
      guard !text.utf8.contains(0), text.utf8.count < GlobalHeap.textLimit else {
        throw StorageError.writeFailed(
          path: file.path, reason: "\(attribute(name)) contains a NUL or has \(GlobalHeap.textLimit) bytes or more")
      }
      guard let type = HDF5Handle(pof_string_type(), H5Tclose) else { throw writeFailure(attribute(name)) }
      try create(name, type.id) { identifier in
        text.withCString { start in
          withUnsafePointer(to: Optional(start)) { H5Awrite(identifier, type.id, $0) }
        }
      }
    }
  }

  private func create(_ name: String, _ type: HDF5ElementType, _ write: (hid_t) -> herr_t) throws {
    try create(name, type.stored[0], write)
  }

  private func create(_ name: String, _ type: hid_t, _ write: (hid_t) -> herr_t) throws {
    guard let space = HDF5Handle(H5Screate(H5S_SCALAR), H5Sclose),
      let handle = HDF5Handle(H5Acreate2(objectID, name, type, space.id, 0, 0), H5Aclose), write(handle.id) >= 0
    else { throw writeFailure(attribute(name)) }
  }

  // MARK: Reading

  /// Names in the order in which they were written, those of dimension scales included.
  public func attributeNames() throws -> [String] {
    let count = pof_attribute_count(objectID)
    guard count >= 0 else { throw damage(name) }
    return try (0..<UInt64(count)).map { index in
      try text(of: name) { buffer, size in
        H5Aget_name_by_idx(objectID, ".", H5_INDEX_CRT_ORDER, H5_ITER_INC, index, buffer, size, 0)
      }
    }
  }

  public func hasAttribute(_ name: String) throws -> Bool {
    let found = H5Aexists(objectID, name)
    guard found >= 0 else { throw damage(attribute(name)) }
    return found > 0
  }

  public func text(_ name: String) throws -> String {
    guard case .text(let text) = try value(name, expected: "text") else { throw wrongType(name, "text") }
    return text
  }

  public func integer(_ name: String) throws -> Int {
    guard case .integer(let number) = try value(name, expected: "an integer") else {
      throw wrongType(name, "an integer")
    }
    return number
  }

  public func real(_ name: String) throws -> Double {
    guard case .real(let number) = try value(name, expected: "a double") else { throw wrongType(name, "a double") }
    return number
  }

  public func flag(_ name: String) throws -> Bool {
    let number = try integer(name)
    guard number == 0 || number == 1 else { throw damage(attribute(name), "\(number) is neither 0 nor 1") }
    return number == 1
  }

  private func wrongType(_ name: String, _ expected: String) -> StorageError {
    .wrongType(path: file.path, object: attribute(name), expected: expected, found: "another type")
  }

  /// The attribute as what it is stored as; flags come back as integers.
  func value(_ name: String, expected: String) throws -> SettingValue {
    guard try hasAttribute(name) else { throw StorageError.missing(path: file.path, object: attribute(name)) }
    guard let handle = HDF5Handle(H5Aopen(objectID, name, 0), H5Aclose),
      let type = HDF5Handle(H5Aget_type(handle.id), H5Tclose),
      let space = HDF5Handle(H5Aget_space(handle.id), H5Sclose)
    else { throw damage(attribute(name)) }
    guard H5Sget_simple_extent_type(space.id) == H5S_SCALAR else { throw wrongType(name, "\(expected), a scalar") }

    func equals(_ kind: HDF5ElementType) -> Bool { kind.stored.contains { H5Tequal(type.id, $0) > 0 } }
    if equals(.int64) {
      var number: Int64 = 0
      guard H5Aread(handle.id, pof_int64_native(), &number) >= 0 else { throw damage(attribute(name)) }
      return .integer(Int(number))
    }
    if equals(.float64) {
      var number = 0.0
      guard H5Aread(handle.id, pof_float64_native(), &number) >= 0 else { throw damage(attribute(name)) }
      return .real(number)
    }
    guard H5Tget_class(type.id) == H5T_STRING, H5Tis_variable_str(type.id) > 0 else { throw wrongType(name, expected) }
    guard let memory = HDF5Handle(pof_string_type(), H5Tclose),
      H5Tset_cset(memory.id, H5Tget_cset(type.id)) >= 0
    else { throw damage(attribute(name)) }
    var start: UnsafeMutablePointer<CChar>?
    guard H5Aread(handle.id, memory.id, &start) >= 0 else { throw damage(attribute(name)) }
    guard let start else { return .text("") }
    defer { H5free_memory(start) }
    guard let text = String(validatingCString: start) else { throw damage(attribute(name), "not UTF-8") }
    return .text(text)
  }
}
