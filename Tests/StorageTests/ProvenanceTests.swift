// Segments of a run: which environments made it, and what that means for its bytes.

import Foundation
import Testing

@testable import Storage

private func environment(_ threads: Int) -> Environment {
  var environment = Sample.environment(threads: threads)
  environment.dirty = false
  return environment
}

private func provenance(_ segments: [Segment]) -> Provenance {
  Provenance(segments: segments, command: "x", started: "2024-02-29T12:00:00Z", duration: 1)
}

@Test func anotherStartInTheSameEnvironmentIsTheSameSegment() {
  var run = provenance([Segment(environment: environment(2), firstEpoch: 1, firstStep: 1)])
  run.start(in: environment(2), epoch: 3, step: 9)
  run.start(in: environment(2), epoch: 4, step: 1)
  #expect(run.segments == [Segment(environment: environment(2), firstEpoch: 1, firstStep: 1, starts: 3)])
  #expect(run.promisesEqualBytes)
}

@Test func anotherEnvironmentIsAnotherSegment() {
  var run = provenance([Segment(environment: environment(2), firstEpoch: 1, firstStep: 1)])
  run.start(in: environment(1), epoch: 3, step: 9)
  #expect(run.segments.map(\.environment.threads) == [2, 1])
  #expect(run.segments[1].firstEpoch == 3 && run.segments[1].firstStep == 9 && run.segments[1].starts == 1)
  #expect(!run.promisesEqualBytes && run.environment.threads == 1)
  // Going back to the first environment does not mend it.
  run.start(in: environment(2), epoch: 4, step: 1)
  #expect(run.segments.map(\.environment.threads) == [2, 1, 2] && !run.promisesEqualBytes)
}

/// A process that was killed before its first checkpoint leaves nothing in the network, and no segment.
@Test func segmentsThatLeftNothingAreForgotten() {
  var run = provenance([Segment(environment: environment(2), firstEpoch: 1, firstStep: 1)])
  run.start(in: environment(1), epoch: 3, step: 9)
  run.start(in: environment(2), epoch: 3, step: 9)
  #expect(run.segments == [Segment(environment: environment(2), firstEpoch: 1, firstStep: 1, starts: 2)])
  run.start(in: environment(3), epoch: 1, step: 1)
  #expect(run.segments == [Segment(environment: environment(3), firstEpoch: 1, firstStep: 1)])
}

@Test func anyUncommittedSegmentMakesARunDirty() {
  var run = provenance([Segment(environment: environment(2), firstEpoch: 1, firstStep: 1)])
  #expect(!run.dirty)
  run.start(in: Sample.environment(threads: 2), epoch: 2, step: 1)
  run.start(in: environment(2), epoch: 3, step: 1)
  #expect(run.dirty && !run.environment.dirty)
}

/// Two states of uncommitted sources look the same here: nothing is promised of them.
@Test func uncommittedSourcesPromiseNothing() {
  let dirty = provenance([Segment(environment: Sample.environment(threads: 2), firstEpoch: 1, firstStep: 1)])
  #expect(dirty.segments.count == 1 && !dirty.promisesEqualBytes)
  var unknown = environment(2)
  unknown.commit = "unknown"
  #expect(!provenance([Segment(environment: unknown, firstEpoch: 1, firstStep: 1)]).promisesEqualBytes)
}

@Test func runFilesListTheirSegments() throws {
  let scratch = try Scratch()
  let path = scratch.path("x.h5")
  var record = Sample.record
  try RunFile.write(record, to: path)
  try HDF5File.open(path) { root in
    let segments = try root.group("provenance/segments")
    #expect(try segments.names() == ["1", "2"])
    #expect(try !segments.flag("equal_bytes_promised"))
    let second = try segments.group("2")
    #expect(try second.integer("first_epoch") == 2 && second.integer("first_step") == 7)
    #expect(try second.integer("starts") == 3 && second.integer("threads") == 2)
    #expect(try second.text("version_oneDNN") == "2.6.3")
  }
  record.provenance = provenance([Segment(environment: environment(2), firstEpoch: 1, firstStep: 1)])
  try RunFile.write(record, to: path)
  let isPromised = try HDF5File.open(path) { try $0.group("provenance/segments").flag("equal_bytes_promised") }
  #expect(isPromised)
}
