// Fixed steps: where their constant comes from, on toys with real files.

import Datasets
import Foundation
import Storage
import Testing
import Training

@testable import ExperimentKit

/// An arm of the range ablation by its short name.
func rangeArm(_ method: String) throws -> Arm { try ExperimentProgram.ablation(.range).arm(method) }

@Suite(.serialized) struct StepReferenceTests {
  let bench: Bench

  init() throws { bench = try Bench() }

  private func paths(_ configuration: RunConfiguration) -> RunPaths {
    RunPaths(results: bench.folder.path, configuration: configuration)
  }

  private func reference() throws -> RunConfiguration { toyConfiguration(try rangeArm("c-2")) }

  private func finish(_ configuration: RunConfiguration, threads: Int = 1) throws -> RunRecord {
    guard case .done(let record, _, _) = try bench.run(configuration, threads: threads) else {
      Issue.record("not done")
      throw CancellationError()
    }
    return record
  }

  private func refusal(_ configuration: RunConfiguration, images: UInt64 = 0) -> RunnerError? {
    #expect(throws: RunnerError.self) { try bench.run(configuration, images: images) }
  }

  @Test func theReferenceIsTheArmC2OfTheSameSettings() throws {
    for method in ["fixed-0.25", "fixed-1", "fixed-4"] {
      var configuration = toyConfiguration(try rangeArm(method), seed: 3)
      #expect(configuration.stepReference == toyConfiguration(try rangeArm("c-2"), seed: 3))
      configuration.weakBatchSize = 32
      configuration.augmentation = .cutout
      let reference = try #require(configuration.stepReference)
      #expect(reference.weakBatchSize == 32 && reference.augmentation == .cutout)
      #expect(paths(reference).profileFolder == paths(configuration).profileFolder)
      #expect(reference.sharedPreTraining == configuration.sharedPreTraining)
    }
    for arm in Arm.all where !arm.name.contains("fixed") { #expect(toyConfiguration(arm).stepReference == nil) }
  }

  /// The toy's mean eta* is 7 in its first epoch of post-training and 8 in the next.
  @Test func fixedStepsMakeTheirReferenceOnceAndTakeItsFirstEpoch() throws {
    _ = try finish(toyConfiguration(rangeArm("fixed-4")))
    #expect(
      bench.trained == ["sgd-pre", "ablation-range/c-2", "ablation-range/fixed-4"])
    #expect(bench.fixedSteps == ["ablation-range/fixed-4": 28])
    let record = try finish(toyConfiguration(rangeArm("fixed-0.25")))
    #expect(bench.trained.count == 4 && bench.fixedSteps["ablation-range/fixed-0.25"] == 1.75)
    #expect(record.epochs.allSatisfy { $0.perturbation?.etaStar == 1.75 })
    #expect(try RunFile.read(paths(reference()).runFile).epochs.map(\.perturbation?.etaStar) == [7, 8, 9])
    #expect(paths(toyConfiguration(try rangeArm("fixed-1"))).folder.hasSuffix("/basic/ablation-range/fixed-1"))
  }

  /// Stopped in its pre-training, in its reference and in itself.
  @Test(arguments: [0, 7, 20, 23, 30, 40, 47, 55]) func interruptedAndResumedEqualsUninterrupted(polls: Int) throws {
    let configuration = toyConfiguration(try rangeArm("fixed-1"))
    guard case .interrupted = try bench.run(configuration, stopsAfter: polls) else {
      Issue.record("not interrupted")
      return
    }
    let record = try finish(configuration)
    let whole = try Bench()
    guard case .done(let expected, _, _) = try whole.run(configuration) else { throw CancellationError() }
    #expect(record.epochs.map(\.results) == expected.epochs.map(\.results))
    #expect(bench.folder.files == whole.folder.files)
    for file in bench.folder.files where file.hasSuffix(".ckpt.h5") {
      #expect(bench.folder.bytes(file) == whole.folder.bytes(file))
    }
  }

  /// Begun, and its reference is gone or spoilt when it goes on.
  @Test func aRunThatGoesOnNeedsItsReference() throws {
    let configuration = toyConfiguration(try rangeArm("fixed-1"))
    let file = paths(try reference()).runFile
    _ = try finish(reference())
    guard case .interrupted(_, let kept) = try bench.run(configuration, stopsAfter: 8) else {
      Issue.record("not interrupted")
      return
    }
    #expect(kept == .init(epoch: 5, steps: 2))
    let whole = try RunFile.read(file)
    func spoil(_ change: (inout RunRecord) -> Void) throws {
      var record = whole
      change(&record)
      try RunFile.write(record, to: file)
    }
    let arms = bench.trained.count

    try FileManager.default.removeItem(atPath: file)
    let missing = try #require(refusal(configuration))
    #expect(
      missing.description
        == "\(file): is missing, and the constant of a fixed step comes from its first epoch; run ablation-range "
        + "--method c-2 with the same settings and seed first")
    try spoil { $0.status = .partial }
    #expect(refusal(configuration)?.description.hasPrefix("\(file): is not finished, ") == true)
    try spoil { $0.status = .failed(epoch: 6, step: 1, reason: "the training loss is not finite") }
    #expect(
      refusal(configuration)?.description.hasPrefix("\(file): failed in epoch 6, step 1: the training loss is not ")
        == true)
    try spoil { $0.epochs[0].perturbation = nil }
    #expect(refusal(configuration)?.description.hasPrefix("\(file): has no finite mean") == true)
    try spoil { $0.epochs[0].perturbation?.etaStar = .infinity }
    #expect(refusal(configuration)?.description.hasPrefix("\(file): has no finite mean") == true)
    try spoil { $0.configuration.rho = 0.7 }
    #expect(refusal(configuration)?.description.contains("rho 0.7, not 0.05") == true)
    try spoil { $0.data.digest = String(repeating: "0", count: 64) }
    #expect(refusal(configuration) == .otherData(runFile: file, checkpoint: paths(try reference()).checkpoint))

    #expect(bench.trained.count == arms)
    try spoil { _ in }
    #expect(try finish(configuration).epochs.map(\.epoch) == [5, 6, 7])
  }

  @Test func aFailedReferenceFailsItsArms() throws {
    let configuration = toyConfiguration(try rangeArm("fixed-1"))
    guard case .failed(let which, _, 6, 2, _, fresh: true) = try bench.run(configuration, divergesIn: 6) else {
      Issue.record("not failed")
      return
    }
    #expect(which == (try reference()))
    guard case .failed(which, _, 6, 2, _, fresh: false) = try bench.run(configuration) else {
      Issue.record("not failed again")
      return
    }
    #expect(bench.trained == ["sgd-pre", "ablation-range/c-2"])
  }

  /// A constant that was made elsewhere is no promise of equal bytes, however alike all else is.
  @Test func theReferencesEnvironmentIsListed() throws {
    let configuration = toyConfiguration(try rangeArm("fixed-1"))
    _ = try finish(configuration.sharedPreTraining)
    _ = try finish(reference(), threads: 2)
    let record = try finish(configuration)
    #expect(record.provenance.segments.map(\.environment.threads) == [2, 1])
    #expect(record.provenance.environment.threads == 1 && !record.provenance.promisesEqualBytes)
    #expect(try RunFile.read(paths(configuration).runFile).provenance == record.provenance)

    let other = try Bench()
    guard case .done(let alike, _, _) = try other.run(configuration) else { throw CancellationError() }
    #expect(alike.provenance.promisesEqualBytes)
  }
}
