// MATLAB 5 files (save -v6 and -v7), as far as numeric variables need it: the list of variables, and the values of one,
// block by block into memory of the caller's. It knows no data set, no cells, structures or sparse matrices, and neither
// MATLAB 4 nor 7.3 files. Format: MathWorks, "MAT-File Format". A number in the file is believed only within what
// the file can hold.

/// How values are stored; the raw value is the file's.
enum MATStorage: Int, Sendable {
  case int8 = 1
  case uint8, int16, uint16, int32, uint32, single
  case double = 9

  /// Bytes per value.
  var width: Int {
    switch self {
    case .int8, .uint8: 1
    case .int16, .uint16: 2
    case .int32, .uint32, .single: 4
    case .double: 8
    }
  }
}

/// A variable's head: everything but its values.
struct MATVariable: Equatable, Sendable {
  let name: String
  /// MATLAB's word for the type: `uint8`, `double`, `complex double`, `logical`, `char`, `struct`, ...
  let type: String
  let dimensions: [Int]
  /// Nil where there are no plain numbers.
  let storage: MATStorage?
  /// Bytes of the values.
  let bytes: Int
  /// The values, where they are so few that they lie in their own tag.
  fileprivate let inline: [UInt8]?
  /// Of its element in the file.
  let place: Int
  fileprivate let storedBytes: Int
  fileprivate let isCompressed: Bool
}

/// An open MATLAB 5 file.
final class MATFile {
  private static let headerBytes = 128
  /// Variables that are looked through before a file is refused; so its size bounds no work.
  private static let maximumVariables = 100
  /// MATLAB's names have 63 characters; dimensions beyond this many say nothing that belongs here.
  private static let maximumNameBytes = 255
  private static let maximumDimensions = 32
  /// Types of elements that hold others.
  private static let (matrix, compressed) = (14, 15)
  /// MATLAB's array classes, from 1 on.
  private static let classes = [
    "cell", "struct", "object", "char", "sparse", "double", "single", "int8", "uint8", "int16", "uint16", "int32",
    "uint32", "int64", "uint64", "function", "opaque",
  ]

  let path: String
  private let file: InputFile
  private(set) var isBigEndian = false
  private(set) var variables: [MATVariable] = []

  /// Opens a file and reads the heads of all its variables, not their values.
  /// - Parameter advice: what to do where there is no such file.
  /// - Throws: `DatasetError`.
  init(_ path: String, advice: String) throws(DatasetError) {
    self.path = path
    file = try InputFile(path, advice: advice)
    guard file.size > 0 else { throw .empty(path: path) }
    isBigEndian = try Self.byteOrder(file)
    var place = Self.headerBytes
    while place < file.size {
      let rest = file.size - place
      guard rest >= 8 else { throw .mat(path: path, fault: .trailingBytes(rest)) }
      guard variables.count < Self.maximumVariables else {
        throw .mat(path: path, fault: .tooManyVariables(limit: Self.maximumVariables))
      }
      let tag = try [UInt8](count: 8, path: path) { (buffer) throws(DatasetError) in
        guard try file.read(into: buffer, at: place) == 8 else {
          throw .unreadable(path: path, reason: "it became shorter")
        }
      }
      let (type, bytes) = (word(tag, 0), word(tag, 4))
      guard type == Self.matrix || type == Self.compressed else {
        throw .mat(path: path, fault: .corrupt(place: place, reason: "an element of type \(type) is no variable"))
      }
      guard bytes <= rest - 8 else {
        throw .mat(path: path, fault: .truncated(place: place, announced: bytes, held: rest - 8))
      }
      let stream = try MATElementStream(file, place: place, bytes: bytes, isCompressed: type == Self.compressed)
      variables.append(try head(stream, storedBytes: bytes, isCompressed: type == Self.compressed).variable)
      place += 8 + bytes
    }
  }

  /// The variable of that name.
  /// - Throws: `DatasetError.mat` where there is none, or more than one.
  func variable(_ name: String) throws(DatasetError) -> MATVariable {
    let found = variables.filter { $0.name == name }
    guard let first = found.first else {
      throw .mat(path: path, fault: .missingVariable(name, found: variables.map { Self.printable($0.name) }))
    }
    guard found.count == 1 else { throw .mat(path: path, fault: .repeatedVariable(name)) }
    return first
  }

  /// Fills `buffer` with a variable's values as they are stored, in the file's byte order, and checks that its element
  /// ends behind them as it should.
  /// - Parameters:
  ///   - blockBytes: bytes after which `done` is told of each block, while it is in the cache; the last may be smaller.
  /// - Precondition: the buffer has `variable.bytes` bytes.
  func read(
    _ variable: MATVariable, into buffer: UnsafeMutableRawBufferPointer, blockBytes: Int,
    done: (UnsafeMutableRawBufferPointer) -> Void
  ) throws(DatasetError) {
    precondition(buffer.count == variable.bytes, "a buffer of another size than the values")
    let stream = try MATElementStream(
      file, place: variable.place, bytes: variable.storedBytes, isCompressed: variable.isCompressed)
    let (found, rest) = try head(stream, storedBytes: variable.storedBytes, isCompressed: variable.isCompressed)
    guard found == variable else { throw .unreadable(path: path, reason: "it changed while it was read") }
    if let inline = variable.inline {
      buffer.copyBytes(from: inline)
      done(buffer)
    } else {
      for start in stride(from: 0, to: buffer.count, by: blockBytes) {
        let block = UnsafeMutableRawBufferPointer(rebasing: buffer[start...].prefix(blockBytes))
        try stream.read(into: block)
        done(block)
      }
    }
    // Values are padded to eight bytes, and they are the last: nothing but the padding may follow.
    let padding = rest - (variable.inline == nil ? variable.bytes : 0)
    guard padding < 8 else { throw stream.corrupt("\(padding) bytes follow its values") }
    _ = try stream.read(padding)
    try stream.finish()
  }

  // MARK: Heads

  /// A variable's head.
  /// - Returns: also the bytes of the matrix that remain behind it.
  private func head(
    _ stream: MATElementStream, storedBytes: Int, isCompressed: Bool
  ) throws(DatasetError) -> (variable: MATVariable, rest: Int) {
    var rest = storedBytes
    if isCompressed {
      let tag = try stream.read(8)
      guard word(tag, 0) == Self.matrix else { throw stream.corrupt("it inflates to no variable") }
      rest = word(tag, 4)
      guard rest <= stream.maximumBytes else {
        throw stream.corrupt("\(storedBytes) bytes cannot inflate to the \(rest) that it announces")
      }
    }
    let flags = try part(stream, &rest, storage: .uint32, "flags", 8...8)
    let code = word(flags, 0)
    guard (1...Self.classes.count).contains(code & 0xff) else {
      throw stream.corrupt("an array of class \(code & 0xff)")
    }
    let kind = Self.classes[code & 0xff - 1]
    let isNumeric = (6...15).contains(code & 0xff)
    func variable(
      _ name: String, _ dimensions: [Int], _ values: (storage: MATStorage, bytes: Int, inline: [UInt8]?)? = nil
    ) -> MATVariable {
      let type = (code & 0x0800 != 0 ? "complex " : "") + (code & 0x0200 != 0 ? "logical" : kind)
      return MATVariable(
        name: name, type: type, dimensions: dimensions, storage: values?.storage, bytes: values?.bytes ?? 0,
        inline: values?.inline, place: stream.place, storedBytes: storedBytes, isCompressed: isCompressed)
    }
    // Its head is another one.
    if kind == "opaque" { return (variable("", []), rest) }
    let dimensions = try part(stream, &rest, storage: .int32, "dimensions", 8...4 * Self.maximumDimensions)
    guard dimensions.count % 4 == 0 else { throw stream.corrupt("dimensions of \(dimensions.count) bytes") }
    let sizes = stride(from: 0, to: dimensions.count, by: 4).map {
      Int(Int32(truncatingIfNeeded: word(dimensions, $0)))
    }
    guard sizes.allSatisfy({ $0 >= 0 }) else { throw stream.corrupt("negative dimensions") }
    let name = String(
      decoding: try part(stream, &rest, storage: .int8, "name", 0...Self.maximumNameBytes), as: UTF8.self)
    guard isNumeric else { return (variable(name, sizes), rest) }
    let tag = try tag(stream, &rest)
    guard let storage = MATStorage(rawValue: tag.type) else {
      // 64-bit integers, for example: numbers, but not such as belong here.
      return (variable(name, sizes), rest)
    }
    return (variable(name, sizes, (storage, tag.bytes, tag.inline)), rest)
  }

  /// A tag within a matrix.
  private func tag(
    _ stream: MATElementStream, _ rest: inout Int
  ) throws(DatasetError) -> (type: Int, bytes: Int, inline: [UInt8]?) {
    guard rest >= 8 else { throw stream.corrupt("it ends within a tag") }
    let tag = try stream.read(8)
    rest -= 8
    let first = word(tag, 0)
    // A small element: type and bytes share the first word, its data is the second.
    if first >> 16 != 0 {
      guard first >> 16 <= 4 else { throw stream.corrupt("a small element of \(first >> 16) bytes") }
      return (first & 0xffff, first >> 16, Array(tag[4..<4 + first >> 16]))
    }
    let bytes = word(tag, 4)
    guard bytes <= rest else { throw stream.corrupt("a part of \(bytes) bytes, where \(rest) are left") }
    return (first, bytes, nil)
  }

  /// A whole small part of the head, and its padding.
  private func part(
    _ stream: MATElementStream, _ rest: inout Int, storage: MATStorage, _ what: String, _ lengths: ClosedRange<Int>
  ) throws(DatasetError) -> [UInt8] {
    let tag = try tag(stream, &rest)
    guard tag.type == storage.rawValue, lengths.contains(tag.bytes) else {
      throw stream.corrupt("\(what) of type \(tag.type) and \(tag.bytes) bytes")
    }
    if let inline = tag.inline { return inline }
    let padded = min(rest, (tag.bytes + 7) / 8 * 8)
    rest -= padded
    return Array(try stream.read(padded)[..<tag.bytes])
  }

  // MARK: Numbers

  /// An unsigned word of four bytes in the file's order.
  private func word(_ bytes: [UInt8], _ place: Int) -> Int {
    let word = bytes[place..<place + 4]
    return isBigEndian ? word.reduce(0) { $0 << 8 | Int($1) } : word.reversed().reduce(0) { $0 << 8 | Int($1) }
  }

  /// A variable's values as numbers.
  /// - Parameter bytes: as `read` gives them.
  func numbers(_ bytes: [UInt8], _ storage: MATStorage) -> [Double] {
    stride(from: 0, to: bytes.count / storage.width * storage.width, by: storage.width).map { place in
      let value = bytes[place..<place + storage.width]
      let bits = (isBigEndian ? Array(value) : value.reversed()).reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
      return switch storage {
      case .int8: Double(Int8(truncatingIfNeeded: bits))
      case .int16: Double(Int16(truncatingIfNeeded: bits))
      case .int32: Double(Int32(truncatingIfNeeded: bits))
      case .uint8, .uint16, .uint32: Double(bits)
      case .single: Double(Float(bitPattern: UInt32(bits)))
      case .double: Double(bitPattern: bits)
      }
    }
  }

  // MARK: What kind of file

  /// - Returns: whether numbers begin with their most significant byte.
  /// - Throws: `DatasetError.mat` for what is no MATLAB 5 file, saying what it is.
  private static func byteOrder(_ file: InputFile) throws(DatasetError) -> Bool {
    func other(_ kind: String) -> DatasetError { .mat(path: file.path, fault: .otherFormat(kind)) }
    let start = try [UInt8](count: min(file.size, 520), path: file.path) { (buffer) throws(DatasetError) in
      guard try file.read(into: buffer, at: 0) == buffer.count else {
        throw .unreadable(path: file.path, reason: "it became shorter")
      }
    }
    let hdf5: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a]
    if start.starts(with: hdf5) || start.dropFirst(512).starts(with: hdf5) { throw other("a MATLAB 7.3 file (HDF5)") }
    let mark = start.dropFirst(126).prefix(2)
    guard start.count >= headerBytes, mark.elementsEqual("IM".utf8) || mark.elementsEqual("MI".utf8) else {
      if isVersion4(start) { throw other("a MATLAB 4 file") }
      throw other("no MATLAB file (it begins with \(printable(String(decoding: start.prefix(16), as: UTF8.self))))")
    }
    let isBigEndian = mark.elementsEqual("MI".utf8)
    let version = isBigEndian ? Int(start[124]) << 8 | Int(start[125]) : Int(start[125]) << 8 | Int(start[124])
    guard version == 0x0100 else {
      throw other(version == 0x0200 ? "a MATLAB 7.3 file (HDF5)" : "a MATLAB file of version \(version)")
    }
    return isBigEndian
  }

  /// MATLAB 4 files begin with a number of four decimal digits: byte order, 0, precision, kind.
  private static func isVersion4(_ start: [UInt8]) -> Bool {
    guard start.count >= 20 else { return false }
    return [Array(start[..<4]), start[..<4].reversed()].contains { word in
      let number = word.reduce(0) { $0 << 8 | Int($1) }
      return number < 5000 && number / 100 % 10 == 0 && number / 10 % 10 <= 5 && number % 10 <= 2
    }
  }

  /// Quoted, without what a terminal would act on.
  private static func printable(_ text: String) -> String {
    "\"" + String(text.unicodeScalars.map { (0x20..<0x7f).contains($0.value) ? Character($0) : "?" }) + "\""
  }
}
