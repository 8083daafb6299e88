import Foundation
import Testing

@testable import Storage

@Test func atomicFileWritesAndReplaces() throws {
  let scratch = try Scratch()
  let path = scratch.path("a/b/c.txt")
  try AtomicFile.write("one", to: path)
  try AtomicFile.write("two, longer", to: path)
  #expect(String(decoding: try Scratch.bytes(path), as: UTF8.self) == "two, longer")
  #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path("a/b")) == ["c.txt"])
  try AtomicFile.write([UInt8](), to: path)
  #expect(try Scratch.bytes(path).isEmpty)
}

@Test func temporaryIsHiddenBesideTheTarget() throws {
  let scratch = try Scratch()
  var seen = ""
  try AtomicFile.replace(scratch.path("run.h5")) { temporary in
    seen = temporary
    try Scratch.put([1, 2, 3], temporary)
    #expect(!FileManager.default.fileExists(atPath: scratch.path("run.h5")))
  }
  #expect(seen.hasPrefix(scratch.path(".run.h5.\(getpid())-")) && seen.hasSuffix(".tmp"))
  #expect(scratch.files == ["run.h5"])
}

@Test func failedWriteLeavesTheOldFile() throws {
  struct Stop: Error {}
  let scratch = try Scratch()
  let path = scratch.path("x")
  try AtomicFile.write("old", to: path)
  #expect(throws: Stop.self) {
    try AtomicFile.replace(path) { temporary in
      try Scratch.put([0], temporary)
      throw Stop()
    }
  }
  #expect(try Scratch.bytes(path) == Array("old".utf8))
  #expect(scratch.files == ["x"])
}

@Test func unwritablePlacesAreNamed() throws {
  let scratch = try Scratch()
  try Scratch.put([0], scratch.path("file"))
  try FileManager.default.createDirectory(atPath: scratch.path("folder"), withIntermediateDirectories: true)
  for (name, reason) in [("file/x", "Not a directory"), ("file/x/y", "Not a directory"), ("folder", "Is a directory")] {
    let path = scratch.path(name)
    #expect(throws: StorageError.writeFailed(path: path, reason: reason)) { try AtomicFile.write("x", to: path) }
  }
  #expect(scratch.files == ["file", "folder"])
}

/// A run's folder is there before its files; one that vanishes while a file is made must not come back.
@Test func runFilesAndCheckpointsMakeNoFolder() throws {
  let scratch = try Scratch()
  let path = scratch.path("gone/seed0.h5")
  let failure = StorageError.writeFailed(path: path, reason: "No such file or directory")
  #expect(throws: failure) { try RunFile.write(Sample.record, to: path) }
  #expect(throws: failure) { try CheckpointFile.write(Sample.checkpoint, to: path) }
  #expect(scratch.files == [])
}

/// A limit on file sizes fails as a full disk does: in the middle of the write. In a process of its own.
@Test func fullDiskLeavesTheOldFileAndNoTemporary() async {
  await #expect(processExitsWith: .success) {
    let scratch = try Scratch()
    let path = scratch.path("seed0.ckpt.h5")
    var checkpoint = try Sample.checkpoint
    try CheckpointFile.write(checkpoint, to: path)
    signal(SIGXFSZ, SIG_IGN)
    var limit = rlimit(rlim_cur: 100_000, rlim_max: 100_000)
    try #require(setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0)
    checkpoint.epoch = 99
    let changed = checkpoint
    #expect(throws: StorageError.writeFailed(path: path, reason: "File too large")) {
      try CheckpointFile.write(changed, to: path)
    }
    #expect(scratch.files == ["seed0.ckpt.h5"])
    #expect(try CheckpointFile.read(path, expecting: (nil, Sample.model)) == Sample.checkpoint)
  }
}

@Test func manyThreadsWriteOneTarget() throws {
  let scratch = try Scratch()
  let path = scratch.path("x")
  DispatchQueue.concurrentPerform(iterations: 16) { index in
    try? AtomicFile.write([UInt8](repeating: UInt8(index), count: 10_000), to: path)
  }
  let bytes = try Scratch.bytes(path)
  #expect(bytes.count == 10_000 && Set(bytes).count == 1)
  #expect(scratch.files == ["x"])
}
