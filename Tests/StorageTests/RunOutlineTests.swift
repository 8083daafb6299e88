// How far a run is, by a part of its file: as the whole file has it.

import Foundation
import Testing
import Training

@testable import Storage

@Test(arguments: [
  RunStatus.partial, .done, .failed(epoch: 4, step: 17, reason: "diverged: the loss is not finite"),
])
func outlinesAreThoseOfTheWholeFile(status: RunStatus) throws {
  let scratch = try Scratch()
  var record = Sample.record
  record.status = status
  try RunFile.write(record, to: scratch.path("a.h5"))
  let outline = try RunFile.readOutline(scratch.path("a.h5"))
  #expect(outline == RunOutline(record) && outline.digest == record.configuration.digest && outline.status == status)
  #expect(outline.epochs.map(\.epoch) == (status == .partial ? [3, 4, 5] : []))
  #expect(outline.epochs.map(\.seconds) == (status == .partial ? [3.0, 4, 5].map { $0 * 1.1 } : []))
  record.epochs = []
  try RunFile.write(record, to: scratch.path("b.h5"))
  #expect(try RunFile.readOutline(scratch.path("b.h5")) == RunOutline(record))
}

@Test func outlinesOfOtherFilesAreErrorsThatNameThem() throws {
  let scratch = try Scratch()
  func message(_ path: String) -> String? {
    #expect(throws: StorageError.self) { try RunFile.readOutline(path) }?.description
  }
  try CheckpointFile.write(Sample.checkpoint, to: scratch.path("checkpoint.h5"))
  try Scratch.put([1, 2, 3], scratch.path("text.h5"))
  try RunFile.write(Sample.record, to: scratch.path("run.h5"))
  try Scratch.put(Array(try Scratch.bytes(scratch.path("run.h5")).dropLast(9)), scratch.path("cut.h5"))
  for name in ["checkpoint.h5", "text.h5", "cut.h5", "absent.h5"] {
    #expect(message(scratch.path(name))?.hasPrefix(scratch.path(name)) == true, "\(name)")
  }
}
