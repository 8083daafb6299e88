// What counts as a change of the source tree, on a small tree of its own.

import Foundation
import Testing

@testable import ExperimentKit

@Test func newSourcesMakeATreeDirtyAndResultsDoNot() throws {
  let tree = try TemporaryFolder()
  func git(_ arguments: String...) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments =
      ["git", "-C", tree.path, "-c", "user.name=t", "-c", "user.email=t@localhost", "-c", "commit.gpgsign=false"]
      + arguments
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
  }
  func write(_ file: String, _ text: String) throws {
    let url = URL(fileURLWithPath: tree.path + "/" + file)
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try text.write(to: url, atomically: true, encoding: .utf8)
  }
  for file in ["Package.swift", "Sources/A/a.swift", "results/published/x", "README.md"] { try write(file, "1") }
  try git("init", "-q")
  try git("add", ".")
  try git("commit", "-q", "-m", "x")
  func isDirty() -> Bool? { Machine.state(ofTree: tree.path)?.dirty }
  #expect(isDirty() == false)
  #expect(Machine.state(ofTree: tree.path)?.commit.count == 40)

  try write("results/published/x", "2")
  try write("results/local/y", "1")
  try write("notes.txt", "1")
  #expect(isDirty() == false)
  for file in ["Sources/A/b.swift", "Experiments/new/main.swift"] {
    try write(file, "1")
    #expect(isDirty() == true)
    try tree.remove(file)
    #expect(isDirty() == false)
  }
  try write("README.md", "2")
  #expect(isDirty() == true)
}
