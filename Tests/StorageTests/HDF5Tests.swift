import CHDF5
import Foundation
import Testing

@testable import Storage

/// Every element type, rank and layout, below and above the size that goes into the header, and above one chunk.
@Test(
  arguments: [[], [0], [5], [3000], [40, 50], [2, 3, 4, 5], [700, 500]], [HDF5Layout.contiguous, .checked, .compressed])
func arraysRoundTrip(shape: [Int], layout: HDF5Layout) throws {
  let scratch = try Scratch()
  let path = scratch.path("x.h5")
  let count = shape.reduce(1, *)
  let floats = (0..<count).map { Float($0) / 7 }
  let doubles = (0..<count).map { Double($0) / 7 }
  let integers = (0..<count).map { Int64($0) - 1_000_000_007 * Int64($0 % 3) }
  try HDF5File.create(path) { root in
    try root.write("floats", floats, shape: shape, layout: layout)
    try root.write("doubles", doubles, shape: shape, layout: layout)
    try root.write("integers", integers, shape: shape, layout: layout)
  }
  try HDF5File.open(path) { root in
    #expect(try root.dataset("floats").read(shape: shape) == floats)
    #expect(try root.dataset("doubles").read(shape: shape) == doubles)
    let dataset = try root.dataset("integers")
    #expect(try dataset.read(shape: shape) == integers)
    #expect(try dataset.shape() == shape)
    #expect(try dataset.elementType() == .int64)
  }
}

@Test func compressionShrinksAndKeepsSpecialValues() throws {
  let scratch = try Scratch()
  let values = [Double.nan, .infinity, -0.0, .leastNonzeroMagnitude] + [Double](repeating: 1.5, count: 100_000)
  for layout in [HDF5Layout.checked, .compressed] {
    try HDF5File.create(scratch.path("\(layout)")) { try $0.write("x", values, shape: [values.count], layout: layout) }
    let read = try HDF5File.open(scratch.path("\(layout)")) {
      try $0.dataset("x").read(as: Double.self, shape: [values.count])
    }
    #expect(read.map(\.bitPattern) == values.map(\.bitPattern))
  }
  #expect(try Scratch.bytes(scratch.path("compressed")).count * 20 < Scratch.bytes(scratch.path("checked")).count)
}

@Test func attributesAndOrderRoundTrip() throws {
  let scratch = try Scratch()
  let path = scratch.path("x.h5")
  let names = ["b", "a", "layer1.num_0.bn1.weight", "c", "9", "z", "y", "x", "w", "v", "u"]
  let long = String(repeating: "x", count: GlobalHeap.textLimit - 1)
  try HDF5File.create(path) { root in
    for (index, name) in names.enumerated() {
      let group = try root.createGroup(name)
      for other in names { try group.setAttribute(other, .integer(index)) }
    }
    let dataset = try root.write("data", [Int64(1)], shape: [], layout: .contiguous)
    try dataset.setAttributes([
      ("empty", .text("")), ("text", .text("Gr\u{fc}\u{df}e")), ("long", .text(long)), ("least", .integer(.min)),
      ("tenth", .real(0.1)), ("yes", .flag(true)), ("no", .flag(false)),
    ])
  }
  try HDF5File.open(path) { root in
    #expect(try root.names() == names + ["data"])
    for (index, name) in names.enumerated() {
      let group = try root.group(name)
      #expect(try group.attributeNames() == names)
      #expect(try group.integer("u") == index)
    }
    let dataset = try root.dataset("data")
    #expect(try dataset.attributeNames() == ["empty", "text", "long", "least", "tenth", "yes", "no"])
    #expect(try dataset.text("empty") == "")
    #expect(try dataset.text("text") == "Gr\u{fc}\u{df}e")
    #expect(try dataset.text("long") == long)
    #expect(try dataset.integer("least") == .min)
    #expect(try dataset.real("tenth") == 0.1)
    #expect(try dataset.flag("yes") && !dataset.flag("no"))
  }
}

@Test func errorsNameFileAndObject() throws {
  let scratch = try Scratch()
  let path = scratch.path("x.h5")
  try HDF5File.create(path) { root in
    let group = try root.createGroup("group")
    try group.write("data", [1.0, 2], shape: [2], layout: .contiguous)
    try group.setAttribute("number", .integer(2))
  }
  try HDF5File.open(path) { root in
    let group = try root.group("group")
    let data = try group.dataset("data")
    #expect(throws: StorageError.missing(path: path, object: "/group/other")) { try group.dataset("other") }
    #expect(throws: StorageError.missing(path: path, object: "/a")) { try root.group("a/b") }
    #expect(throws: StorageError.missing(path: path, object: "attribute x of /group")) { try group.text("x") }
    #expect(throws: StorageError.wrongShape(path: path, object: "/group/data", expected: [1, 2], found: [2])) {
      try data.read(as: Double.self, shape: [1, 2])
    }
    #expect(
      throws: StorageError.wrongType(path: path, object: "/group/data", expected: "float32", found: "float64")
    ) { try data.read(as: Float.self, shape: [2]) }
    #expect(
      throws: StorageError.wrongType(
        path: path, object: "attribute number of /group", expected: "text", found: "another type")
    ) { try group.text("number") }
    #expect(throws: StorageError.self) { try group.real("number") }
    #expect(throws: StorageError.self) { try group.flag("number") }
    #expect(throws: StorageError.self) { try root.dataset("group") }
    #expect(throws: StorageError.self) { try group.group("data") }
    #expect(throws: StorageError.self) { try data.readVector(as: Double.self, atMost: 1) }
  }
}

@Test func valuesThatCannotBeStoredAreRefused() throws {
  let scratch = try Scratch()
  let path = scratch.path("x.h5")
  for text in ["a\0b", String(repeating: "x", count: GlobalHeap.textLimit)] {
    let error = #expect(throws: StorageError.self) {
      try HDF5File.create(path) { try $0.setAttribute("note", .text(text)) }
    }
    #expect(error?.description.contains("attribute note of /") == true)
  }
  #expect(throws: StorageError.self) {
    try HDF5File.create(path) { root in
      _ = try root.createGroup("twice")
      _ = try root.createGroup("twice")
    }
  }
  #expect(scratch.files.isEmpty)
}

@Test func otherFilesAreToldApart() throws {
  let scratch = try Scratch()
  let read: (String) throws -> Void = { try HDF5File.open($0) { _ in } }
  let absent = scratch.path("absent.h5")
  #expect(throws: StorageError.cannotOpen(path: absent, reason: "No such file or directory")) { try read(absent) }
  #expect(throws: StorageError.cannotOpen(path: scratch.folder, reason: "not a regular file")) {
    try read(scratch.folder)
  }
  #expect(throws: StorageError.cannotOpen(path: "/dev/null", reason: "not a regular file")) { try read("/dev/null") }
  for bytes in [[], [0x89, 0x48], Array("epoch,loss\n1,2.3\n".utf8)] as [[UInt8]] {
    let path = scratch.path("text")
    try Scratch.put(bytes, path)
    #expect(throws: StorageError.notHDF5(path: path)) { try read(path) }
  }
}

/// An open file stays whole while it is replaced, and the next reader sees the new one.
@Test func readersOutliveReplacement() throws {
  let scratch = try Scratch()
  let path = scratch.path("x.h5")
  func write(_ value: Double) throws {
    try HDF5File.create(path) {
      try $0.write("x", [Double](repeating: value, count: 50_000), shape: [50_000], layout: .checked)
    }
  }
  func read(_ root: HDF5Group) throws -> [Double] { try root.dataset("x").read(shape: [50_000]) }
  try write(1)
  try HDF5File.open(path) { root in
    try write(2)
    #expect(try read(root).allSatisfy { $0 == 1 })
  }
  #expect(try HDF5File.open(path, read).allSatisfy { $0 == 2 })
}

/// The library is not thread-safe; this layer is.
@Test func threadsDoNotDisturbEachOther() throws {
  let scratch = try Scratch()
  let results = (0..<8).map { scratch.path("\($0).h5") }
  nonisolated(unsafe) var equal = [Bool](repeating: false, count: 8)
  let lock = NSLock()
  DispatchQueue.concurrentPerform(iterations: 8) { index in
    var record = Sample.record
    record.configuration.seed = index
    var isEqual = true
    for _ in 0..<5 {
      do {
        try RunFile.write(record, to: results[index])
        isEqual = try isEqual && RunFile.read(results[index]) == record
      } catch { isEqual = false }
    }
    lock.withLock { equal[index] = isEqual }
  }
  #expect(equal == [Bool](repeating: true, count: 8))
}

/// No time stamps: files of different seconds are equal.
@Test func equalContentGivesEqualBytes() throws {
  let scratch = try Scratch()
  let checkpoint = try Sample.checkpoint
  try RunFile.write(Sample.record, to: scratch.path("a.h5"))
  try CheckpointFile.write(checkpoint, to: scratch.path("a.ckpt.h5"))
  Thread.sleep(forTimeInterval: 1.1)
  try RunFile.write(Sample.record, to: scratch.path("b.h5"))
  try CheckpointFile.write(checkpoint, to: scratch.path("b.ckpt.h5"))
  #expect(try Scratch.bytes(scratch.path("a.h5")) == Scratch.bytes(scratch.path("b.h5")))
  #expect(try Scratch.bytes(scratch.path("a.ckpt.h5")) == Scratch.bytes(scratch.path("b.ckpt.h5")))
}

@Test func versionIsTheLibrarys() {
  #expect(LibraryVersions.hdf5Version.split(separator: ".").count == 3)
  #expect(LibraryVersions.hdf5Version.hasPrefix("\(H5_VERS_MAJOR).\(H5_VERS_MINOR)."))
}

// MARK: What only a hostile writer makes

/// Writes a file whose data set `x` (or link `x`) the closure makes with the library's own calls.
private func forge(_ path: String, _ body: (_ root: hid_t, _ creation: hid_t) -> Void) throws {
  try HDF5File.create(path) { root in
    let creation = H5Pcreate(pof_dataset_creation())
    body(root.id, creation)
    H5Pclose(creation)
  }
}

private func makeDataset(_ root: hid_t, _ creation: hid_t, _ extents: [hsize_t], name: String = "x") {
  let space = H5Screate_simple(Int32(extents.count), extents, nil)
  let dataset = H5Dcreate2(root, name, pof_float64_le(), space, 0, creation, 0)
  #expect(dataset >= 0)
  H5Dclose(dataset)
  H5Sclose(space)
}

@Test func forgedStorageIsRefused() throws {
  let scratch = try Scratch()
  let path = scratch.path("x.h5")
  func expectRefusal(_ shape: [Int], _ hint: String, _ location: SourceLocation = #_sourceLocation) {
    let error = #expect(throws: StorageError.self, sourceLocation: location) {
      try HDF5File.open(path) { _ = try $0.dataset("x").read(as: Double.self, shape: shape) }
    }
    #expect(error?.description.contains(hint) == true, "\(String(describing: error))", sourceLocation: location)
  }

  // A terabyte that is not there: in chunks, and in one piece.
  try forge(path) { root, creation in
    H5Pset_chunk(creation, 1, [1024])
    makeDataset(root, creation, [1 << 37])
  }
  expectRefusal([1 << 37], "bytes stored")
  try forge(path) { root, creation in makeDataset(root, creation, [1 << 37]) }
  expectRefusal([1 << 37], "bytes stored")
  // So many that their bytes overflow when counted.
  try forge(path) { root, creation in
    H5Pset_chunk(creation, 2, [16, 16])
    makeDataset(root, creation, [1 << 31, 1 << 30])
  }
  expectRefusal([1 << 31, 1 << 30], "bytes stored")
  // A chunk of a gigabyte.
  try forge(path) { root, creation in
    H5Pset_chunk(creation, 1, [1 << 27])
    makeDataset(root, creation, [1 << 27])
  }
  expectRefusal([1 << 27], "chunks")
  // A filter that this layer does not know.
  try forge(path) { root, creation in
    H5Pset_chunk(creation, 1, [16])
    H5Pset_nbit(creation)
    makeDataset(root, creation, [16])
  }
  expectRefusal([16], "unknown filter")
  // Bytes of other files.
  try forge(path) { root, creation in
    H5Pset_external(creation, "/dev/null/elsewhere", 0, 8)
    makeDataset(root, creation, [1])
  }
  expectRefusal([1], "another file")
  // Virtual storage is newer than the format that the layer writes.
  HDF5Library.locked {
    let file = H5Fcreate(path, pof_truncate(), 0, 0)
    let creation = H5Pcreate(pof_dataset_creation())
    let space = H5Screate_simple(1, [2], nil)
    H5Pset_virtual(creation, space, "other.h5", "y", space)
    makeDataset(file, creation, [2])
    H5Sclose(space)
    H5Pclose(creation)
    H5Fclose(file)
  }
  expectRefusal([2], "virtual")
  try forge(path) { root, _ in H5Lcreate_external("other.h5", "/y", root, "x", 0, 0) }
  expectRefusal([2], "link elsewhere")
  try forge(path) { root, creation in
    makeDataset(root, creation, [2], name: "y")
    H5Lcreate_soft("/y", root, "x", 0, 0)
  }
  expectRefusal([2], "link elsewhere")
}
