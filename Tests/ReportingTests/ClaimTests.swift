// The abstract's claims on hand-made run records: every verdict, and what may not be said.

import Datasets
import ExperimentKit
import Storage
import Testing
import Training

@testable import Reporting

// Differences of three seeds: below zero, above it, around it.
private let lower = [-0.5, -0.6, -0.55]
private let higher = [0.5, 0.6, 0.55]
private let around = [-0.5, 0.6, 0.1]

@Suite struct ClaimTests {
  private static func claim(_ name: Claim.Name, _ records: [RunRecord]) throws -> Claim {
    try #require(Claims(RunCollection(runs: records.map(collected))).rows.first { $0.name == name })
  }

  /// Controls at 16 points and 0.57 nats, treatments by that much away from them, in a hundredth as many nats.
  private static func records(
    _ pairs: [(treatment: Arm, control: Arm, differences: [Double])], dataset: String = "cifar10",
    change: (inout RunConfiguration) -> Void = { _ in }
  ) -> [RunRecord] {
    pairs.flatMap { pair in
      pair.differences.enumerated().flatMap { seed, difference in
        [
          makeRecord(pair.control, seed: seed, dataset: dataset, change: change),
          makeRecord(
            pair.treatment, seed: seed, error: 16 + difference, loss: 0.57 + difference / 100, dataset: dataset,
            change: change),
        ]
      }
    }
  }

  @Test(
    arguments: [
      ([], .notRun), ([[]], .notRun), ([[-0.5]], .undecided), ([lower], .supported), ([lower, []], .undecided),
      ([lower, lower], .supported), ([lower, around], .undecided), ([lower, [-0.5]], .undecided),
      ([around, []], .undecided), ([higher], .contradicted), ([higher, around], .contradicted),
      ([higher, [0.2]], .contradicted), ([higher, lower], .undecided), ([higher, lower, around], .undecided),
      // Two pairs decide nothing, however far they lie from zero.
      ([[-0.5, -0.51]], .undecided), ([[0.5, 0.51]], .undecided), ([lower, [-0.5, -0.51]], .undecided),
      // 95 % of it lies above zero; 97.5 %, which one of two needs, does not.
      ([[0.35, 0.4, 0.6]], .contradicted), ([[0.35, 0.4, 0.6], around], .undecided),
      // Neither equal pairs nor pairs without spread have an interval that means anything.
      ([[0, 0, 0]], .undecided), ([lower, [0, 0, 0]], .undecided), ([[-0.5, -0.5, -0.5]], .undecided),
      ([higher, [0, 0, 0]], .contradicted),
    ] as [([[Double]], ClaimVerdict.Outcome)])
  func outcome(differences: [[Double]], expected: ClaimVerdict.Outcome) {
    #expect(ClaimVerdict.Outcome(differences.map { PairedDifference($0) }) == expected)
  }

  @Test func improvementOverBothBaselines() throws {
    for (afterSGD, afterSAM, expected) in [
      (lower, lower, ClaimVerdict.supported), (higher, around, .contradicted),
      (lower, around, .undecided), (lower, higher, .undecided), (lower, [], .undecided),
    ] {
      let claim = try Self.claim(
        .improvementCIFAR10, Self.records([(.sgdPoF, .sgd, afterSGD), (.samPoF, .sam, afterSAM)]))
      #expect(claim.notRun == nil)
      #expect(claim.findings.map(\.metric) == [.error, .loss])
      #expect(claim.findings.map(\.verdict) == [expected, expected])
      let finding = try #require(claim.findings.first)
      #expect(finding.key == RowKey(profile: "quick", dataset: "cifar10", augmentation: "basic"))
      #expect(finding.place == "CIFAR-10, basic")
      #expect(finding.comparisons.map(\.title) == ["SGD -> PoF minus SGD", "SAM -> PoF minus SAM"])
      #expect(finding.measured.count == (afterSAM.isEmpty ? 1 : 2))
      #expect(finding.comparisons[0].seeds == [0, 1, 2])
      #expect(finding.differencesFromPaper.contains("model (WRN-10-2, paper WRN-28-10)"))
      #expect(finding.differencesFromPaper.last == "images (a part of the set)")
    }
  }

  @Test func metricsAreFindingsOfTheirOwn() throws {
    var records = Self.records([(.sgdPoF, .sgd, lower), (.samPoF, .sam, lower)])
    for index in records.indices where records[index].configuration.postTraining == .pof {
      let loss = [0.6, 0.61, 0.605][records[index].configuration.seed]
      records[index].epochs[records[index].epochs.count - 1].test?.loss = loss
    }
    let claim = try Self.claim(.improvementCIFAR10, records)
    #expect(claim.findings.map(\.verdict) == [.supported, .contradicted])
  }

  @Test func placesStandAlone() throws {
    let records =
      Self.records([(.sgdPoF, .sgd, lower), (.samPoF, .sam, lower)])
      + Self.records([(.sgdPoF, .sgd, higher)]) { $0.augmentation = .cutout }
      + Self.records([(.sgdPoF, .sgd, around)], dataset: "cifar100")
      + [makeRecord(.preTraining(.sgd), seed: 0, profile: "smoke", dataset: "cifar10")]
    let claim = try Self.claim(.improvementCIFAR10, records)
    #expect(claim.findings.map(\.key.profile) == ["quick", "quick", "quick", "quick", "smoke", "smoke"])
    #expect(claim.findings.filter { $0.metric == .error }.map(\.verdict) == [.supported, .contradicted, .notRun])
    #expect(try Self.claim(.improvementCIFAR100, records).findings.map(\.verdict) == [.undecided, .undecided])
    let svhn = try Self.claim(.improvementSVHN, records)
    #expect(svhn.findings.isEmpty)
    #expect(svhn.notRun?.contains("make reproduce-table1 DATASETS=svhn") == true)
    #expect(try Self.claim(.perturbationEffect, records).findings.allSatisfy { $0.verdict == .notRun })
  }

  /// What is supported on other images than the published ones is supported there alone, and says so wherever it is
  /// read.
  @Test func markedImagesSupportNothingUnmarked() throws {
    let pairs: [(Arm, Arm, [Double])] = [(.sgdPoF, .sgd, lower), (.samPoF, .sam, lower)]
    let synthetic = Self.records(pairs) { $0.dataSource = .synthetic }
    var unofficial = Self.records(pairs)
    for index in unofficial.indices { unofficial[index].data.official = false }
    for (records, mark) in [(synthetic, "synthetic images"), (unofficial, "not the official set")] {
      let findings = try Self.claim(.improvementCIFAR10, records).findings
      #expect(findings.count == 2)
      for finding in findings {
        #expect(finding.verdict != .supported)
        #expect(finding.verdict.outcome == .supported)
        #expect("\(finding.verdict)" == "supported (\(mark))")
        #expect(finding.verdict.marks == [mark])
        #expect(finding.place == "CIFAR-10 (\(mark)), basic")
      }
    }
    #expect(ClaimVerdict(.notRun, marks: ["synthetic images"]) == .notRun)
    #expect("\(ClaimVerdict.notRun)" == "not run")
  }

  /// Where an arm that is compared has a loss above that of guessing, a verdict on the loss says so wherever it is read;
  /// the error is not concerned.
  @Test func lossAboveGuessingIsMarked() throws {
    for (loss, mark) in [(4.6, ""), (4.61, " (losses above that of uniform guessing)")] {
      let records = [0, 1, 2].flatMap { seed in
        [(Arm.sgd, 0.0), (.sgdPoF, -0.5), (.sam, 0.0), (.samPoF, -0.5)].map { arm, away in
          let spread = arm.postTraining == .pof ? 0.01 * Double(seed) : 0
          return makeRecord(arm, seed: seed, error: 16 + away + spread, loss: loss + away + spread, dataset: "cifar100")
        }
      }
      let claim = try Self.claim(.improvementCIFAR100, records)
      #expect(claim.findings.map(\.verdict.description) == ["supported", "supported\(mark)"])
      // Of other arms it says nothing.
      let other = try Self.claim(.perturbationEffect, records).findings
      #expect(other.map(\.verdict) == [.notRun, .notRun])
    }
  }

  @Test func perturbationAgainstFrozen() throws {
    let claim = try Self.claim(
      .perturbationEffect,
      Self.records([(.sgdPoF, .sgdFrozen, lower), (.samPoF, .samFrozen, lower)])
        + Self.records([(.sgdPoF, .sgdFrozen, higher)], dataset: "fashion-mnist"))
    #expect(claim.findings.map(\.verdict) == [.supported, .supported, .contradicted, .contradicted])
    #expect(claim.findings.map(\.place).last == "Fashion-MNIST, basic")
    #expect(
      claim.findings[0].comparisons.map(\.title) == [
        "SGD -> PoF minus SGD -> frozen", "SAM -> PoF minus SAM -> frozen",
      ]
    )
  }

  /// Every control lies above the method by 0.5 points and more, but for those that are given.
  private static func ablation(_ ablation: Ablation, _ method: Arm, below: Set<String> = []) -> [RunRecord] {
    ablation.arms.flatMap { arm in
      [0, 1, 2].map { seed in
        let away = arm == method ? 0 : (below.contains(arm.name) ? -1 : 1) * (0.5 + 0.05 * Double(seed))
        return makeRecord(arm, seed: seed, error: 16 + away, loss: 0.57 + away / 100)
      }
    }
  }

  @Test func layers() throws {
    let classifier = try #require(Ablation.layers.arms.first { $0.variation == .layers(.classifier) })
    let claim = try Self.claim(.higherLayers, Self.ablation(.layers, classifier))
    #expect(claim.findings.map(\.verdict) == [.supported, .supported])
    #expect(
      claim.findings[0].comparisons.map(\.title) == [
        "classifier minus group 3 and above", "classifier minus group 2 and above", "classifier minus everything",
        "classifier minus lowest",
      ])
    let mixed = Self.ablation(.layers, classifier, below: ["ablation-layers/everything"])
    #expect(try Self.claim(.higherLayers, mixed).findings.map(\.verdict) == [.undecided, .undecided])
    // All controls lie below.
    let names = Set(Ablation.layers.arms.map(\.name))
    let against = try Self.claim(.higherLayers, Self.ablation(.layers, classifier, below: names))
    #expect(against.findings.map(\.verdict) == [.contradicted, .contradicted])
    #expect(try Self.claim(.higherLayers, []).notRun?.contains("make reproduce-ablations") == true)
  }

  @Test func range() throws {
    let records = Self.ablation(.range, Ablation.stepReference)
    let claim = try Self.claim(.dataDrivenRange, records)
    #expect(claim.findings.map(\.verdict) == [.supported, .supported])
    #expect(
      claim.findings[0].comparisons.map(\.control.name) == [
        "ablation-range/c-0", "ablation-range/fixed-0.25", "ablation-range/fixed-1", "ablation-range/fixed-4",
        "ablation-range/random",
      ])
    #expect(claim.findings[0].comparisons.allSatisfy { $0.treatment == Ablation.stepReference })
    // What is no control decides nothing: other ranges, other numbers of groups.
    let others = Set(["c-1", "c-4", "groups-1"].map { "ablation-range/\($0)" })
    let same = try Self.claim(
      .dataDrivenRange, Self.ablation(.range, Ablation.stepReference, below: others))
    #expect(same.findings.map(\.verdict) == [.supported, .supported])
    let one = try Self.claim(
      .dataDrivenRange, Self.ablation(.range, Ablation.stepReference, below: ["ablation-range/fixed-1"]))
    #expect(one.findings.map(\.verdict) == [.undecided, .undecided])
    // Without one of the controls nothing is supported; it is named without seeds.
    let without = try Self.claim(
      .dataDrivenRange, records.filter { $0.configuration.arm != "ablation-range/random" })
    #expect(without.findings.map(\.verdict) == [.undecided, .undecided])
    #expect(without.findings[0].comparisons.last?.seeds == [])
    #expect(without.findings[0].measured.count == 4)
  }

  @Test func curvatureIsNeverRun() throws {
    for name in [Claim.Name.flatterMinimum, .hessianComponents] {
      let claim = try Self.claim(name, fullSet() + ablationSet(.range))
      #expect(claim.findings.isEmpty)
      #expect(claim.notRun?.contains("does not measure curvature") == true)
    }
  }

  /// At the paper's own settings nothing differs.
  @Test func paperScale() throws {
    let records = [0, 1, 2].flatMap { seed in
      let better = 3.5 + 0.01 * Double(seed)
      return [(Arm.sgd, 4.0), (.sgdPoF, better), (.sam, 4.0), (.samPoF, better)].map { arm, error in
        var record = makeRecord(arm, seed: seed, error: error)
        record.configuration = Profile.paper.configuration(
          for: .cifar10, augmentation: .basic, arm: arm, seed: seed)
        record.epochs = record.configuration.epochs.map { epoch in
          var one = record.epochs[record.epochs.count - 1]
          one.epoch = epoch
          return one
        }
        record.data.trainCount = 50_000
        return record
      }
    }
    let findings = try Self.claim(.improvementCIFAR10, records).findings
    let finding = try #require(findings.first)
    #expect(finding.differencesFromPaper == [])
    #expect(finding.verdict == .supported)
  }

  @Test func sentencesAreWhole() {
    let rows = Claims(RunCollection(runs: [])).rows
    #expect(rows.map(\.name) == Claim.Name.allCases)
    for claim in rows {
      #expect(claim.findings.isEmpty)
      for text in [claim.sentence, claim.requirement, claim.notRun ?? ""] {
        #expect(text.hasSuffix(".") && text.allSatisfy { $0.isASCII && !$0.isNewline }, "\(text)")
      }
    }
    #expect(rows[2].sentence.contains("SVHN with only 50 epochs"))
    #expect(rows[0].sentence.contains("CIFAR-10 with only 10 epochs"))
    // A run that cannot be read is a place, of which nothing is said.
    let unreadable = CollectedRun(
      path: "quick/svhn/basic/sgd/seed0.h5",
      key: RowKey(profile: "quick", dataset: "svhn", augmentation: "basic"), arm: "sgd", seed: 0,
      outcome: .unusable(reason: "is no HDF5 file"))
    let svhn = Claims(RunCollection(runs: [unreadable])).rows[2]
    #expect(svhn.findings.map(\.verdict) == [.notRun, .notRun])
    #expect(svhn.findings[0].differencesFromPaper == [] && svhn.notRun == nil)
  }
}
