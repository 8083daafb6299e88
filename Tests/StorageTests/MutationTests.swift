// Mutated files for every reader of the suite: read as they were, or refused by name, within bounds of time and memory.
// The program `fuzz` does the work, so that a crash takes only its own process along; `make fuzz` reads a million.

import CHDF5
import Foundation
import Testing

@testable import FileMutations
@testable import Storage

private let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
private let fixtures = tests.appending(path: "StorageTests/Fixtures").path
private let reference = tests.deletingLastPathComponent().appending(path: "paper-tables/reference.csv").path

/// The fixtures, and today's files with all that they can hold.
private func makeOriginals(_ folder: String) throws {
  try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  for name in try FileManager.default.contentsOfDirectory(atPath: fixtures) where name.hasSuffix(".h5") {
    try FileManager.default.copyItem(atPath: "\(fixtures)/\(name)", toPath: "\(folder)/\(name)")
  }
  try RunFile.write(Sample.record, to: "\(folder)/run.h5")
  var checkpoint = try Sample.checkpoint
  try CheckpointFile.write(checkpoint, to: "\(folder)/checkpoint.h5")
  checkpoint.partial = Sample.partialEpoch
  try CheckpointFile.write(checkpoint, to: "\(folder)/partial.h5")
}

@Test func mutatedFilesAreReadRightOrRefused() throws {
  let scratch = try Scratch()
  try makeOriginals(scratch.path("originals"))
  let failures = FileManager.default.temporaryDirectory.appending(path: "pof-fuzz-failures").path
  let process = Process()
  process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    .deletingLastPathComponent().appending(path: "fuzz")
  process.arguments = [
    "--inputs", "12000", "--seed", "1", "--originals", scratch.path("originals"), "--reference", reference,
    "--failures", failures, "--memory", "64",
  ]
  let pipe = Pipe()
  process.standardOutput = pipe
  try process.run()
  let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
  process.waitUntilExit()
  #expect(process.terminationStatus == 0, "\(output)")

  var total = 0
  var readers = 0
  for line in output.split(separator: "\n") {
    let words = line.split(separator: " ")
    let counts = words.dropFirst().compactMap { Int($0) }
    guard words.count == 5, counts.count == 4 else { continue }
    readers += 1
    total += counts.reduce(0, +)
    // Were they all refused, or all read, the mutations would test nothing.
    #expect(counts[0] + counts[1] > 0 && counts[2] > counts.reduce(0, +) / 4, "\(line)")
  }
  #expect(readers == 9 && total == 12_000, "\(output)")
}

@Test func inputsArePureFunctionsOfSeedAndIndex() throws {
  let scratch = try Scratch()
  try makeOriginals(scratch.path("originals"))
  let readers = try (0..<2).map { _ in
    try Reader.all(originals: scratch.path("originals"), reference: reference, scratch: scratch.folder)
  }
  for (one, two) in zip(readers[0], readers[1]) {
    let indices = [0, 1, 7, 40, 123]
    // In another order, and beside other inputs.
    let inputs = indices.map { one.input(seed: 1, index: $0) }
    let again = Array(indices.reversed().map { two.input(seed: 1, index: $0) }.reversed())
    #expect(inputs == again, "\(one.name)")
    #expect(inputs != indices.map { one.input(seed: 2, index: $0) }, "\(one.name)")
  }
}

/// Checksums made anew are those that the library made: mutants get past them.
@Test func checksumsOfMetadataAreMadeAnew() throws {
  let scratch = try Scratch()
  try RunFile.write(Sample.record, to: scratch.path("x.h5"))
  try CheckpointFile.write(Sample.checkpoint, to: scratch.path("x.ckpt.h5"))
  var kinds: Set<String> = []
  for name in ["x.h5", "x.ckpt.h5"] {
    let original = try Scratch.bytes(scratch.path(name))
    let blocks = HDF5Structure.blocks(original)
    kinds.formUnion(blocks.map(\.signature))
    var sealed = original
    HDF5Structure.seal(&sealed, blocks)
    #expect(sealed == original, "\(name)")
    for block in blocks {
      guard let place = block.checksum else { continue }
      sealed[place] ^= 1
    }
    #expect(sealed != original)
    HDF5Structure.seal(&sealed, blocks)
    #expect(sealed == original, "\(name)")
  }
  let expected: Set = [
    "superblock", "OHDR", "OCHK", "FRHP", "FHDB", "FHIB", "BTHD", "BTLF", "BTIN", "TREE", "GCOL",
  ]
  #expect(kinds == expected)
}

// MARK: What libhdf5 1.10.8 does not survive

/// Metadata with a right checksum and one forged field: each of these kinds crashed the library, or made it take
/// gigabytes, before the walk refused them.
@Test func forgedMetadataIsRefused() throws {
  let scratch = try Scratch()
  let path = scratch.path("x.h5")
  try RunFile.write(Sample.record, to: path)
  let original = try Scratch.bytes(path)
  let blocks = HDF5Structure.blocks(original)
  let heap = try #require(blocks.first { $0.signature == "GCOL" }).range.lowerBound
  var forged: [String: Int] = [:]
  func expectRefusal(_ kind: String, at place: Int, _ value: UInt64, bytes count: Int) throws {
    var bytes = original
    bytes.put(value, at: place, bytes: count)
    HDF5Structure.seal(&bytes, blocks)
    try Scratch.put(bytes, path)
    let error = #expect(throws: StorageError.self, "\(kind) at \(place)") { _ = try RunFile.read(path) }
    #expect(error?.description.hasPrefix(path) == true)
    forged[kind, default: 0] += 1
  }
  for block in blocks {
    for message in block.messages {
      let end = message.data.upperBound
      switch message.type {
      case 0x02,
        0x15 where original.number(at: end - 8, bytes: 8) != .max:
        try expectRefusal("an index's address", at: end - 8, .max - 15, bytes: 8)
        try expectRefusal("an index elsewhere", at: end - 8, UInt64(heap), bytes: 8)
      case 0x0c where original.number(at: end - 12, bytes: 8) == UInt64(heap):
        try expectRefusal("a string's length", at: end - 16, 0xffff_ffff, bytes: 4)
        try expectRefusal("a string's heap", at: end - 12, UInt64(block.range.lowerBound), bytes: 8)
        try expectRefusal("a string's index", at: end - 4, 0xffff, bytes: 4)
      case 0x10: try expectRefusal("a header's second part", at: end - 16, .max - 15, bytes: 8)
      default: break
      }
    }
    guard block.signature == "BTLF" else { continue }
    // The identifier's type and place: it comes first in an attribute's record, behind hash or order in a link's.
    let type = original[block.range.lowerBound + 5]
    let id = block.range.lowerBound + 6 + (type == 5 ? 4 : type == 6 ? 8 : 0)
    try expectRefusal("an identifier", at: id, 0x10, bytes: 1)
    try expectRefusal("an identifier's place", at: id + 1, 0xffff_ffff, bytes: 4)
  }
  #expect(forged.count == 8 && forged.values.allSatisfy { $0 > 1 }, "\(forged)")
}

/// Chunks that inflate to less or more than their size, which the library would not notice: it would read beyond the
/// one, and take all memory for the other.
@Test(arguments: [1000, 1 << 24])
func chunksOfAnotherSizeAreRefused(count: Int) throws {
  let scratch = try Scratch()
  let path = scratch.path("x.h5")
  let zeros = [UInt8](repeating: 0, count: count)
  let stored = [0x78, 0xda] + Gzip.deflated(zeros, level: 9) + Gzip.adler(zeros)
  try HDF5File.create(path) { root in
    let (creation, space) = (H5Pcreate(pof_dataset_creation()), H5Screate_simple(1, [4096], nil))
    H5Pset_chunk(creation, 1, [4096])
    H5Pset_deflate(creation, 9)
    let dataset = H5Dcreate2(root.id, "x", pof_float64_le(), space, 0, creation, 0)
    #expect(H5Dwrite_chunk(dataset, 0, 0, [0], stored.count, stored) >= 0)
    H5Dclose(dataset)
    H5Sclose(space)
    H5Pclose(creation)
  }
  let error = #expect(throws: StorageError.self) {
    try HDF5File.open(path) { _ = try $0.dataset("x").read(as: Double.self, shape: [4096]) }
  }
  #expect(error?.description.contains("damaged at /x: a chunk") == true, "\(String(describing: error))")
}
