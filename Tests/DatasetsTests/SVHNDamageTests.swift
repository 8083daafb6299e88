// SVHN's files with what they must not have: every kind gives its own error, which names the file. Mutated ones at random:
// MutationTests.

import FileMutations
import Foundation
import Testing

@testable import Datasets

@Suite struct SVHNDamageTests {
  let folder: TemporaryFolder
  private let sample = MATSample()
  private var writer: MATWriter { sample.writer }

  init() throws { folder = try TemporaryFolder() }

  private func readError(_ bytes: [UInt8], maximumCount: Int = 40) throws -> DatasetError? {
    let path = try folder.write(bytes, to: "digits.mat")
    return datasetError { () throws(DatasetError) in
      try SVHNReader.imageSet([SVHNReader(path, maximumCount: maximumCount, advice: "get it")])
    }
  }

  /// Fails where reading does not end in this fault, named with file and remedy.
  private func expect(
    _ fault: MATFault, _ bytes: [UInt8], sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let path = folder.path + "/digits.mat"
    let error = try readError(bytes)
    #expect(error == .mat(path: path, fault: fault), sourceLocation: sourceLocation)
    #expect(
      error?.description == "\(path): \(fault); replace the file by the published one", sourceLocation: sourceLocation)
  }

  /// Files with another X or another y.
  private func with(x: [UInt8]) -> [UInt8] { sample.file(x, sample.y) }
  private func with(y: [UInt8]) -> [UInt8] { sample.file(writer.compress(sample.x), writer.compress(y)) }

  @Test func theSampleItselfIsRead() throws {
    for bytes in [
      sample.bytes, with(x: sample.x), with(y: sample.y), sample.file(sample.y, writer.compress(sample.x)),
    ] {
      let path = try folder.write(bytes, to: "digits.mat")
      expectImages(
        try SVHNReader.imageSet([SVHNReader(path, maximumCount: 3, advice: "")]), [1, 2, 3], labels: [1, 0, 9])
    }
  }

  // MARK: Kinds of files

  @Test func otherFormatsAreNamed() throws {
    let hdf5: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a]
    let newer = MATFault.otherFormat("a MATLAB 7.3 file (HDF5)")
    try expect(newer, writer.header(version: 0x0200) + [UInt8](repeating: 0, count: 384) + hdf5)
    try expect(newer, writer.header(version: 0x0200))
    try expect(newer, MATWriter(isBigEndian: true).header(version: 0x0200))
    try expect(newer, hdf5 + [UInt8](repeating: 0, count: 600))
    try expect(.otherFormat("a MATLAB 4 file"), fixture("variants/version4.mat"))
    try expect(.otherFormat("a MATLAB file of version 768"), writer.header(version: 0x0300) + sample.x)
    let page = Array("<html>\u{1b}[2J 404".utf8)
    try expect(.otherFormat("no MATLAB file (it begins with \"<html>?[2J 404\")"), page)
    try expect(
      .otherFormat("no MATLAB file (it begins with \"MATLAB 5.0 MAT-f\")"), Array(sample.bytes[..<127]))
    #expect(newer.description.contains("only MATLAB 5 files (save -v6 or -v7) are read"))
    #expect(try readError([]) == .empty(path: folder.path + "/digits.mat"))
    #expect(
      datasetError { () throws(DatasetError) in try SVHNReader(folder.path, maximumCount: 1, advice: "") }
        == .unreadable(path: folder.path, reason: "not a regular file"))
  }

  // MARK: Variables

  @Test func missingAndRepeatedVariables() throws {
    try expect(.missingVariable("X", found: []), writer.header())
    try expect(.missingVariable("X", found: ["\"y\""]), sample.file(sample.y))
    try expect(.missingVariable("y", found: ["\"X\""]), sample.file(writer.compress(sample.x)))
    // Names are case-sensitive; what is strange in one does not reach the terminal.
    let other = writer.variable("Y\u{1b}\n", 9, [3, 1], 2, [1, 2, 3])
    try expect(.missingVariable("y", found: ["\"X\"", "\"Y??\""]), sample.file(sample.x, other))
    try expect(.repeatedVariable("y"), sample.file(sample.y, sample.x, writer.compress(sample.y)))
    let many = (0..<101).flatMap { writer.variable("v\($0)", 6, [1, 1], 2, [1]) }
    try expect(.tooManyVariables(limit: 100), sample.file(many))
  }

  @Test func otherTypes() throws {
    func x(_ kind: Int, _ storage: Int = 2) -> [UInt8] {
      with(x: writer.variable("X", kind, [32, 32, 3, 3], storage, sample.columns))
    }
    func y(_ kind: Int, _ storage: Int = 2) -> [UInt8] {
      with(y: writer.variable("y", kind, [3, 1], storage, [1, 10, 9]))
    }
    for (kind, storage, found) in [
      (10, 3, "int16"), (8, 1, "int8"), (6, 9, "double"), (6, 2, "double"), (4, 4, "char"), (9 | 0x200, 2, "logical"),
      (9 | 0x800, 2, "complex uint8"), (9, 3, "uint8 stored as int16"), (9, 12, "uint8 stored as something else"),
      (1, 14, "cell"), (5, 5, "sparse"),
    ] {
      try expect(.wrongType(variable: "X", found: found, expected: "uint8"), x(kind, storage))
    }
    for (kind, storage, found) in [
      (14, 12, "int64"), (4, 4, "char"), (7, 7, "single"), (9 | 0x200, 2, "logical"), (6 | 0x800, 9, "complex double"),
      (6, 13, "double stored as something else"), (2, 2, "struct"),
    ] {
      try expect(.wrongType(variable: "y", found: found, expected: "uint8 or double"), y(kind, storage))
    }
  }

  @Test func otherDimensions() throws {
    for dimensions in [
      [3, 32, 32, 3], [32, 32, 1, 9], [32, 32, 3, 3, 1], [3072, 3], [28, 28, 3, 3], [32, 32, 3, 1, 3],
    ] {
      try expect(
        .wrongDimensions(variable: "X", found: dimensions, expected: "32x32x3xN"),
        with(x: writer.variable("X", 9, dimensions, 2, sample.columns)))
    }
    for dimensions in [[1, 3], [3, 3], [3, 1, 1], [3, 0]] {
      try expect(
        .wrongDimensions(variable: "y", found: dimensions, expected: "Nx1"),
        with(y: writer.variable("y", 9, dimensions, 2, [1, 10, 9])))
    }
    #expect(
      MATFault.wrongDimensions(variable: "X", found: [28, 28, 3, 9], expected: "32x32x3xN").description
        == "the variable X is 28x28x3x9 instead of 32x32x3xN")
  }

  @Test func countsThatDisagree() throws {
    try expect(.countMismatch(images: 3, labels: 2), with(y: writer.variable("y", 9, [2, 1], 2, [1, 2])))
    // One image, its last dimension left out.
    try expect(
      .countMismatch(images: 1, labels: 3),
      with(x: writer.variable("X", 9, [32, 32, 3], 2, Array(sample.columns[..<3072]))))
    // Dimensions that promise more or less than there is.
    for (count, values) in [(4, 9216), (2, 9216)] {
      var file = sample
      file.labels = [UInt8](repeating: 1, count: count)
      try expect(
        .corrupt(place: 128, reason: "X has \(values) bytes, not \(count * 3072)"),
        file.file(writer.compress(writer.variable("X", 9, [32, 32, 3, count], 2, sample.columns)), file.y))
    }
    try expect(
      .corrupt(place: 128 + sample.x.count, reason: "y has 3 bytes, not 24"),
      sample.file(sample.x, writer.variable("y", 6, [3, 1], 9, [1, 2, 3])))
  }

  @Test func noImagesOrTooMany() throws {
    let path = folder.path + "/digits.mat"
    let none = sample.file(writer.variable("X", 9, [32, 32, 3, 0], 2, []), writer.variable("y", 9, [0, 1], 2, []))
    #expect(try readError(none) == .empty(path: path))
    #expect(try readError(sample.bytes, maximumCount: 3) == nil)
    #expect(try readError(sample.bytes, maximumCount: 2) == .tooLarge(path: path, limitBytes: 6144))
    // Forged: refused before memory is asked for.
    for count in [41, 1 << 20, Int(Int32.max)] {
      let forged = with(x: writer.compress(writer.variable("X", 9, [32, 32, 3, count], 2, sample.columns)))
      #expect(try readError(forged) == .tooLarge(path: path, limitBytes: 40 * 3072))
    }
    try expect(
      .corrupt(place: 128, reason: "negative dimensions"),
      with(x: writer.variable("X", 9, [32, 32, 3, -1], 2, sample.columns)))
  }

  @Test func labelsThatAreNoDigits() throws {
    for label in [0, 11, 255] as [UInt8] {
      try expect(
        .label(position: 1, found: Double(label)), with(y: writer.variable("y", 9, [3, 1], 2, [1, label, 9])))
    }
    for label in [0, 1.5, -1, 10.000001, 11, 1e300, .infinity, .leastNonzeroMagnitude] {
      let values = writer.doubles([1, 2, label])
      try expect(.label(position: 2, found: label), with(y: writer.variable("y", 6, [3, 1], 9, values)))
    }
    let error = try readError(with(y: writer.variable("y", 6, [3, 1], 9, writer.doubles([.nan, 1, 2]))))
    #expect(error?.description.contains("label nan at position 0, but labels are 1...10") == true)
    #expect(MATFault.label(position: 1, found: 11).description.hasPrefix("label 11 at position 1"))
  }

  // MARK: Ends

  @Test func truncatedFilesAndTails() throws {
    let plain = sample.file(sample.y, sample.x)
    let place = 128 + sample.y.count
    for missing in [1, 8, 5000, sample.x.count - 8] {
      try expect(
        .truncated(place: place, announced: sample.x.count - 8, held: sample.x.count - 8 - missing),
        plain.dropLast(missing))
    }
    try expect(.trailingBytes(7), Array(plain[..<(place + 7)]))
    let compressed = writer.compress(sample.y)
    try expect(
      .truncated(place: 128 + sample.x.count, announced: compressed.count - 8, held: compressed.count - 9),
      sample.file(sample.x, compressed).dropLast())
    for count in 1...7 { try expect(.trailingBytes(count), sample.bytes + [UInt8](repeating: 0, count: count)) }
    for type in [0, 1, 9, 13, 16, 0x5858_5858] {
      try expect(
        .corrupt(place: sample.bytes.count, reason: "an element of type \(type) is no variable"),
        sample.bytes + writer.words(type, 0))
    }
    try expect(
      .truncated(place: 128, announced: 0xffff_ffff, held: 100),
      writer.header() + writer.words(14, 0xffff_ffff) + [UInt8](repeating: 0, count: 100))
  }

  // MARK: Compressed elements

  @Test func damagedStreams() throws {
    let stream = Zlib.stream(sample.x)
    func file(_ stream: [UInt8]) -> [UInt8] { sample.file(writer.wrap(stream), sample.y) }
    func expect(_ fault: GzipFault, _ stream: [UInt8]) throws {
      try self.expect(.compressed(place: 128, fault: fault), file(stream))
    }
    // In the head, in the values, in the checksum.
    for kept in [0, 1, 2, 20, stream.count / 2, stream.count - 4, stream.count - 1] {
      try expect(.truncated, Array(stream[..<kept]))
    }
    var damaged = stream
    damaged[stream.count - 1] ^= 1
    try expect(.corrupt("incorrect data check"), damaged)
    try expect(.corrupt("incorrect header check"), [0x78, 0xdb] + stream.dropFirst(2))
    try expect(.corrupt("incorrect header check"), Gzip.member(sample.x))
    // The values end where the stream should.
    try expect(.trailingBytes(3), stream + [0, 0, 0])
    // A preset dictionary, which nobody has.
    try expect(.corrupt("zlib status 2"), [0x78, 0x20] + stream.dropFirst(2))
  }

  @Test func bombs() throws {
    let zeros = [UInt8](repeating: 0, count: 64 << 20)
    // Behind the values, within the stream.
    let surplus = MATFault.corrupt(place: 128, reason: "it inflates to more bytes than it announces")
    try expect(surplus, sample.file(writer.compress(sample.x + [0]), sample.y))
    try expect(surplus, sample.file(writer.compress(sample.x + zeros, level: 9), sample.y))
    // In the variable, behind its values: announced rightly, refused by its length.
    var long = sample.x
    long.replaceSubrange(4..<8, with: writer.words(sample.x.count - 8 + zeros.count))
    try expect(
      .corrupt(place: 128, reason: "\(zeros.count) bytes follow its values"),
      sample.file(writer.compress(long + zeros, level: 9), sample.y))
    // More than any stream of this length can hold.
    long.replaceSubrange(4..<8, with: writer.words(1 << 30))
    let stream = Zlib.stream(long)
    try expect(
      .corrupt(place: 128, reason: "\(stream.count) bytes cannot inflate to the \(1 << 30) that it announces"),
      sample.file(writer.wrap(stream), sample.y))
    // Another variable's is not inflated at all.
    let other = writer.compress(writer.variable("z", 9, [1 << 26, 1], 2, zeros), level: 9)
    #expect(try readError(sample.file(other, sample.x, sample.y)) == nil)
  }

  // MARK: Heads

  @Test func variablesThatCannotBeReadAreSkipped() throws {
    // MATLAB's opaque objects have another head than all others; a function's values are no numbers.
    let opaque = writer.element(6, writer.words(17, 0)) + writer.element(1, Array("s".utf8)) + writer.element(1, [1])
    let function = writer.variable("f", 16, [1, 1], 14, [1, 2, 3])
    let others = [writer.words(14, opaque.count) + opaque, function, writer.variable("", 9, [1, 8], 2, [1])]
    for element in others {
      #expect(try readError(sample.file(element, sample.x, writer.compress(element), sample.y, element)) == nil)
    }
  }

  @Test func damagedHeads() throws {
    let flags = writer.element(6, writer.words(9, 0))
    let sizes = writer.element(5, writer.words(32, 32, 3, 3))
    let name = writer.element(1, Array("X".utf8))
    let values = writer.element(2, sample.columns)
    func expect(_ reason: String, _ parts: [UInt8]...) throws {
      let element = writer.words(14, parts.joined().count) + parts.joined()
      // The same within a stream and without.
      for x in [element, writer.compress(element)] {
        try self.expect(.corrupt(place: 128, reason: reason), sample.file(x, sample.y))
      }
    }
    try expect("it ends within a tag")
    try expect("it ends within a tag", flags)
    try expect("it ends within a tag", flags, sizes, name)
    try expect("flags of type 5 and 16 bytes", sizes, flags, name, values)
    try expect("flags of type 6 and 4 bytes", writer.element(6, writer.words(9)), sizes, name, values)
    for kind in [0, 18, 255] {
      try expect("an array of class \(kind)", writer.element(6, writer.words(kind, 0)), sizes, name, values)
    }
    try expect("dimensions of type 6 and 16 bytes", flags, writer.element(6, writer.words(1, 2, 3, 4)), name, values)
    try expect("dimensions of type 5 and 4 bytes", flags, writer.element(5, writer.words(3)), name, values)
    try expect(
      "dimensions of type 5 and 132 bytes", flags, writer.element(5, [UInt8](repeating: 0, count: 132)), name, values)
    try expect("dimensions of 10 bytes", flags, writer.element(5, [UInt8](repeating: 0, count: 10)), name, values)
    try expect("name of type 2 and 1 bytes", flags, sizes, writer.element(2, [88]), values)
    try expect(
      "name of type 1 and 256 bytes", flags, sizes, writer.element(1, [UInt8](repeating: 88, count: 256)), values)
    try expect(
      "a small element of 5 bytes", flags, sizes, writer.words(5 << 16 | 1) + [88, 0, 0, 0], values)
    let left = sample.columns.count
    try expect(
      "a part of \(left + 1) bytes, where \(left) are left", flags, sizes, name,
      writer.element(2, sample.columns, announced: left + 1))
    // A second part of values, as complex numbers have it, and a tail.
    try expect("\(values.count) bytes follow its values", flags, sizes, name, values, values)
    try expect("8 bytes follow its values", flags, sizes, name, values, [UInt8](repeating: 0, count: 8))
    try self.expect(
      .corrupt(place: 128, reason: "it inflates to no variable"),
      sample.file(writer.compress(writer.words(15, 8) + [UInt8](repeating: 0, count: 8)), sample.y))
  }

  @Test func unpaddedValuesAtTheEndAreRead() throws {
    // One label in a part of its own; the variable ends without the padding.
    var y = writer.variable("y", 9, [5, 1], 2, [1, 2, 3, 4, 5])
    y.removeLast(3)
    y.replaceSubrange(4..<8, with: writer.words(y.count - 8))
    var file = sample
    file.images = [1, 2, 3, 4, 5]
    let path = try folder.write(file.file(y, file.x), to: "digits.mat")
    let set = try SVHNReader.imageSet([SVHNReader(path, maximumCount: 5, advice: "")])
    expectImages(set, [1, 2, 3, 4, 5], labels: [1, 2, 3, 4, 5])
  }
}
