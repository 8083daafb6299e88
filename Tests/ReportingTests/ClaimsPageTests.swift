// The claims' page in every format: verdicts, what they rest on, and what was not run.

import Foundation
import Storage
import Testing
import Training

@testable import Reporting

/// CIFAR-10 over five seeds: PoF after SGD lies below SGD for certain in loss, and undecided in error.
private let records = (0..<5).flatMap { seed -> [RunRecord] in
  let offset = Double(seed)
  return [
    makeRecord(.sgd, seed: seed, error: 16 + [0.3, -0.2, 0.1, 0, -0.2][seed], loss: 0.5, dataset: "cifar10"),
    makeRecord(.sgdPoF, seed: seed, error: 16, loss: 0.4 + 0.01 * offset, dataset: "cifar10"),
    makeRecord(.sam, seed: seed, error: 15, loss: 0.5, dataset: "cifar10"),
    makeRecord(.samPoF, seed: seed, error: 15, loss: 0.4 + 0.01 * offset, dataset: "cifar10"),
  ]
}

@Suite struct ClaimsPageTests {
  private let claims = Claims(RunCollection(runs: records.map(collected)))

  @Test func verdictsStandBesideWhatTheyRestOn() throws {
    let text = claims.markdown()
    #expect(text.hasPrefix("# Claims\n\nThe abstract's claims"))
    #expect(text.contains("| 1. improvement on CIFAR-10 | CIFAR-10, basic | `quick` | 5 | undecided | **supported** |"))
    #expect(text.contains("| 2. improvement on CIFAR-100 |  |  |  | not run | not run |"))
    #expect(
      text.contains(
        "| CIFAR-10, basic | `quick` | test loss | SGD → PoF minus SGD -0.0800 \\[-0.0996, -0.0604\\] (n = 5); SAM → PoF "
          + "minus SAM -0.0800 \\[-0.0996, -0.0604\\] (n = 5) | **supported** |"))
    #expect(text.contains("**Not run:** No run of CIFAR-100 is there; make data-cifar100 fetches"))
    // No verdict without its scale.
    #expect(text.contains("- CIFAR-10, basic, profile quick: model (WRN-10-2, paper WRN-28-10), "))
    // Nor where it is pasted from: each claim's table says what it requires and where its settings are not the paper's.
    let tables = claims.latex.components(separatedBy: "\\begin{table*}").dropFirst()
    #expect(tables.count == Claim.Name.allCases.count)
    #expect(tables.allSatisfy { $0.contains(" Required: ") })
    #expect(tables.first?.contains("\\textsuperscript{a} Not the paper's: model (WRN-10-2, paper WRN-28-10), ") == true)
    checkLaTeX(claims.latex)
  }

  @Test func everyComparisonIsALineOfData() throws {
    let lines = try CSV.parse(claims.data[0].content, file: "claims.csv").map(\.fields)
    #expect(Set(lines.map(\.count)) == [19])
    let improvement = lines.filter { $0[0] == "improvement-cifar10" }
    #expect(
      improvement.map { $0[7] } == ["test_error_points", "test_error_points", "test_loss_nats", "test_loss_nats"])
    #expect(improvement[2][8] == "supported" && improvement[2][10...12] == ["sgd-pof", "sgd", "5"])
    #expect(improvement.allSatisfy { $0[2].contains("ends below") && $0[6].contains("paper WRN-28-10") })
    // Wider than the plain one: one of two decides.
    let bounds = improvement[2][14...17].map { Double($0) ?? .nan }
    #expect(bounds[2] < bounds[0] && bounds[1] < bounds[3] && bounds[3] < 0)
    let frozen = lines.filter { $0[0] == "perturbation-effect" }
    #expect(frozen[0][12] == "0" && frozen[0][13] == "")
    let absent = try #require(lines.first { $0[0] == "hessian-components" })
    #expect(absent[8] == "not run" && absent[18].contains("does not measure curvature"))
  }

  /// Images that are not the data set's never support a claim about it without saying so.
  @Test func marksOfImagesStandInTheVerdict() {
    let marked = Claims(
      RunCollection(
        runs: records.map { record in
          var record = record
          record.data.official = false
          return collected(record)
        }))
    #expect(marked.markdown().contains("| undecided (not the official set) | **supported (not the official set)** |"))
  }

  @Test func withoutAnyTableThereIsNoPage() {
    #expect(Claims(RunCollection(runs: [])).isEmpty && !claims.isEmpty)
  }
}
