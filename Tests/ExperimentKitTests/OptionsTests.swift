// From command lines to configurations, and from nonsense to messages.

import ArgumentParser
import Datasets
import Foundation
import Storage
import Testing
import Training

@testable import ExperimentKit

private func configuration(_ arguments: [String]) throws -> RunConfiguration {
  try RunOptions.parse(arguments).configuration(for: .dataset(.fashionMNIST))
}

/// Arguments beside `--profile smoke --method sgd-pof`, and the whole message.
@Test(arguments: [
  ("--seed -1", "--seed is -1: it must be at least 0"),
  ("--depth 11", "--depth is 11: it must be 6n + 4: 10, 16, 22, 28, 40, ..., at most 1000"),
  ("--depth 4", "--depth is 4: it must be 6n + 4: 10, 16, 22, 28, 40, ..., at most 1000"),
  ("--depth -8", "--depth is -8: it must be 6n + 4: 10, 16, 22, 28, 40, ..., at most 1000"),
  ("--width 0", "--width is 0: it must be 1 to 64"),
  ("--width 9223372036854775807", "--width is 9223372036854775807: it must be 1 to 64"),
  ("--width 65", "--width is 65: it must be 1 to 64"),
  ("--depth 1006", "--depth is 1006: it must be 6n + 4: 10, 16, 22, 28, 40, ..., at most 1000"),
  (
    "--depth 9223372036854775804",
    "--depth is 9223372036854775804: it must be 6n + 4: 10, 16, 22, 28, 40, ..., at most 1000"
  ),
  ("--batch-size 65537", "--batch-size is 65537: it must be 1 to 65536"),
  ("--batch-size 0", "--batch-size is 0: it must be 1 to 65536"),
  ("--batch-size -32", "--batch-size is -32: it must be 1 to 65536"),
  ("--pre-epochs 0", "--pre-epochs is 0: it must be 1 to 1000000"),
  ("--post-epochs 0", "--post-epochs is 0: it must be 1 to 1000000"),
  ("--learning-rate -0.1", "--learning-rate is -0.1: it must be a finite number above 0"),
  ("--learning-rate 0", "--learning-rate is 0.0: it must be a finite number above 0"),
  ("--learning-rate nan", "--learning-rate is nan: it must be a finite number above 0"),
  ("--learning-rate inf", "--learning-rate is inf: it must be a finite number above 0"),
  ("--learning-rate 1e999", "--learning-rate is inf: it must be a finite number above 0"),
  ("--post-learning-rate -1", "--post-learning-rate is -1.0: it must be a finite number above 0"),
  ("--post-learning-rate nan", "--post-learning-rate is nan: it must be a finite number above 0"),
  ("--rho -0.1", "--rho is -0.1: it must be a finite number at least 0"),
  ("--rho nan", "--rho is nan: it must be a finite number at least 0"),
  ("--perturbation-range -1", "--perturbation-range is -1.0: it must be a finite number at least 0"),
  ("--perturbation-range inf", "--perturbation-range is inf: it must be a finite number at least 0"),
  ("--perturbation-groups 0", "--perturbation-groups is 0: it must be at least 1"),
  (
    "--perturbation-groups 33",
    "--perturbation-groups is 33: it must be at most --batch-size, which is 32: every group needs an image"
  ),
  (
    "--weak-batch-size 3",
    "--perturbation-groups is 16: it must be at most --weak-batch-size, which is 3: every group needs an image"
  ),
  ("--weak-batch-size 0", "--weak-batch-size is 0: it must be 1 to 65536"),
  ("--search-limit 0.5", "--search-limit is 0.5: it must be a finite number from 1 to 1e9"),
  ("--search-limit nan", "--search-limit is nan: it must be a finite number from 1 to 1e9"),
  ("--train-limit -1", "--train-limit is -1: it must be at least 0"),
  ("--test-limit -1", "--test-limit is -1: it must be at least 0"),
  ("--train-limit 0", "--train-limit is 0: it must be 1 to 1000000: synthetic images are made as asked for"),
  ("--threads 1025", "--threads is 1025: it must be 1 to 1024"),
  ("--threads 0", "--threads is 0: it must be 1 to 1024"),
  ("--threads -2", "--threads is -2: it must be 1 to 1024"),
  (
    "--method foo",
    "--method is foo: it must be one of sgd, sam, sgd-pof, sam-pof, sgd-frozen, sam-frozen, sgd-sam, sgd-pre, sam-pre"
  ),
])
func nonsenseIsRefusedByName(arguments: String, message: String) throws {
  let error = #expect(throws: UsageError.self) {
    try configuration(["--profile", "smoke", "--method", "sgd-pof"] + arguments.split(separator: " ").map(String.init))
  }
  #expect(error?.description == message)
  // Nonsense that the method does not use is nonsense all the same.
  if !arguments.hasPrefix("--method") {
    #expect(throws: UsageError.self) {
      try configuration(
        ["--profile", "smoke", "--method", "sgd-pre"] + arguments.split(separator: " ").map(String.init))
    }
  }
}

@Test(arguments: ["--depth x", "--learning-rate", "--augment foo", "--profile foo", "--bogus", "--at-search-limit foo"])
func whatDoesNotParseEndsInOneLineAndCode2(arguments: String) {
  do {
    _ = try RunCommand.parse(["--method", "sgd"] + arguments.split(separator: " ").map(String.init))
    Issue.record("\(arguments) was accepted")
  } catch {
    #expect(!RunCommand.exitCode(for: error).isSuccess)
    let name = arguments.split(separator: " ")[0]
    #expect(RunCommand.message(for: error).contains(name))
  }
}

@Test func methodIsRequired() {
  #expect(throws: UsageError.self) { try configuration([]) }
}

@Test func profileIsTheDefaultOfEveryOption() throws {
  let quick = try configuration(["--method", "sam-frozen"])
  #expect(quick == Profile.quick.configuration(for: .fashionMNIST, augmentation: .basic, arm: .samFrozen, seed: 0))
}

@Test func everyOptionArrivesAndPassesToAChild() throws {
  let arguments =
    "--depth 16 --width 2 --batch-size 50 --pre-epochs 7 --post-epochs 3 --learning-rate 0.25 --post-learning-rate "
    + "0.0078125 --rho 0.5 --perturbation-range 1.5 --perturbation-groups 8 --weak-batch-size 40 --no-weak-statistics "
    + "--search-limit 64 --at-search-limit keep --train-limit 500 --test-limit 200"
  let words = arguments.split(separator: " ").map(String.init)
  let run = try configuration(["--method", "sgd-pof", "--augment", "cutout", "--seed", "5"] + words)
  var expected = Profile.quick.settings(for: .fashionMNIST, augmentation: .cutout, arm: .sgdPoF, seed: 5)
  expected.depth = 16
  expected.width = 2
  expected.batchSize = 50
  expected.preEpochs = 7
  expected.postEpochs = 3
  expected.learningRate = 0.25
  expected.postLearningRate = 0.0078125
  expected.rho = 0.5
  expected.perturbationRange = 1.5
  expected.perturbationGroups = 8
  expected.weakBatchSize = 40
  expected.weakStatistics = false
  expected.searchLimit = 64
  expected.atSearchLimit = .keep
  expected.trainLimit = 500
  expected.testLimit = 200
  #expect(run == expected)

  let settings = try SettingOptions.parse(words)
  let again = try SettingOptions.parse(settings.arguments)
  var copy = Profile.quick.settings(for: .fashionMNIST, augmentation: .cutout, arm: .sgdPoF, seed: 5)
  again.apply(to: &copy)
  #expect(copy == expected)
}

@Test func oneGroupHasTheSingleProcessLimit() throws {
  func search(_ arguments: [String]) throws -> (Double, AtSearchLimit) {
    let configuration = try configuration(["--method", "sgd-pof"] + arguments)
    return (configuration.searchLimit, configuration.atSearchLimit)
  }
  #expect(try search([]) == (10_000, .reject))
  #expect(try search(["--perturbation-groups", "1"]) == (100, .keep))
  #expect(try search(["--perturbation-groups", "4"]) == (10_000, .reject))
  #expect(try search(["--perturbation-groups", "1", "--search-limit", "50"]) == (50, .keep))
  #expect(try search(["--perturbation-groups", "1", "--at-search-limit", "reject"]) == (100, .reject))
}

private func ablation(_ ablation: Ablation, _ arguments: [String]) throws -> RunConfiguration {
  let command = try AblationCommand.parse(arguments)
  return try command.options.configuration(for: .ablation(ablation), dataset: command.dataset)
}

@Test func ablationsHaveTheirArmsByShortNameOnAnyDataSet() throws {
  for kind in Ablation.allCases {
    for arm in kind.arms {
      let run = try ablation(kind, ["--method", String(arm.name.dropFirst(kind.rawValue.count + 1))])
      #expect(run == Profile.quick.configuration(for: .cifar10, augmentation: .basic, arm: arm, seed: 0))
    }
    let shared = try ablation(kind, ["--method", "sgd-pre", "--dataset", "svhn", "--seed", "2"])
    #expect(
      shared == Profile.quick.configuration(for: .svhn, augmentation: .basic, arm: .preTraining(.sgd), seed: 2))
    for method in ["sgd-pof", "sam-pre", "\(kind.rawValue)/\(kind == .range ? "c-1" : "lowest")"] {
      let error = #expect(throws: UsageError.self) { try ablation(kind, ["--method", method]) }
      #expect(error?.description.hasPrefix("--method is \(method): it must be one of ") == true)
    }
  }
  // Table 1's executables are for its arms.
  #expect(throws: UsageError.self) { try configuration(["--method", "ablation-range/c-1"]) }
  #expect(throws: (any Error).self) { try AblationCommand.parse(["--method", "c-1", "--dataset", "mnist"]) }
}

@Test(arguments: [
  (Ablation.range, "c-1", "--perturbation-range 1"), (.range, "groups-4", "--perturbation-groups 8"),
  (.layers, "classifier", "--perturbation-groups 1"), (.layers, "lowest", "--perturbation-groups 16"),
])
func whatAnArmVariesIsNoOption(kind: Ablation, method: String, option: String) throws {
  let words = option.split(separator: " ").map(String.init)
  let error = #expect(throws: UsageError.self) { try ablation(kind, ["--method", method] + words) }
  #expect(error?.description.hasPrefix("\(words[0]) is ") == true)
  #expect(error?.description.hasSuffix(": it must be left out: the arm \(kind.rawValue)/\(method) sets it") == true)
}

@Test func whatAnArmDoesNotVaryIsAnOption() throws {
  let random = try ablation(.range, ["--method", "random", "--perturbation-range", "1"])
  #expect(random.perturbationRange == 1 && random.perturbationDirection == .random)
  let range = try ablation(.range, ["--method", "c-3", "--perturbation-groups", "1"])
  #expect(range.perturbationRange == 3 && range.perturbationGroups == 1 && range.atSearchLimit == .keep)
  let layers = try ablation(.layers, ["--method", "group3-and-above", "--perturbation-range", "1"])
  #expect(layers.perturbationRange == 1 && layers.perturbedLayers == .group3)
  #expect(Profile.quick.overrides(in: layers) == ["perturbation_range=1.0"])
}

@Test func ablationsAreRepeatedFromTheirJSON() throws {
  let folder = try TemporaryFolder()
  let file = folder.path + "/config.json"
  func write(_ configuration: RunConfiguration) throws {
    try configuration.json.write(toFile: file, atomically: true, encoding: .utf8)
  }
  for (kind, arm) in Ablation.allCases.flatMap({ kind in kind.arms.map { (kind, $0) } }) {
    let method = ExperimentProgram.method(of: arm.name)
    let original = try ablation(kind, ["--method", method, "--dataset", "cifar100", "--batch-size", "25"])
    try write(original)
    #expect(try ablation(kind, ["--config", file]) == original)
    #expect(try ablation(kind, ["--config", file, "--method", method, "--dataset", "cifar100"]) == original)
    #expect(try ablation(kind, ["--config", file, "--method", "sgd-pre"]) == original.sharedPreTraining)
    #expect(
      RunPaths(results: "r", configuration: try ablation(kind, ["--config", file]))
        == RunPaths(results: "r", configuration: original))
  }
  let fixed = try ablation(.range, ["--method", "fixed-4"])
  try write(fixed)
  func message(_ body: () throws -> RunConfiguration) -> String {
    (#expect(throws: UsageError.self) { try body() })?.description ?? ""
  }
  #expect(message { try ablation(.range, ["--config", file, "--dataset", "svhn"]) }.contains("is for cifar10"))
  #expect(message { try ablation(.layers, ["--config", file]) }.hasSuffix("run it with ablation-range"))
  #expect(message { try ablation(.range, ["--config", file, "--method", "c-1"]) }.hasPrefix("--method is c-1"))
  #expect(message { try configuration(["--config", file]) }.contains("is for cifar10"))
  var other = try ablation(.range, ["--method", "c-1.5", "--dataset", "fashion-mnist"])
  try write(other)
  #expect(message { try configuration(["--config", file]) }.hasSuffix("run it with ablation-range"))
  #expect(
    message { try ablation(.range, ["--config", file, "--perturbation-range", "1"]) }.hasPrefix("--perturbation-range"))
  // A file that says one thing and is named another.
  other.perturbationRange = 2
  try write(other)
  #expect(message { try ablation(.range, ["--config", file]) }.contains("(perturbation_range 2.0, not 1.5)"))
  other = try configuration(["--method", "sgd-pof"])
  other.perturbationStep = .fixedMean
  try write(other)
  #expect(message { try configuration(["--config", file]) }.contains("(perturbation_step fixed-1, not line-search)"))
}

@Test(arguments: [
  ["--method", "sgd-pof"], ["--method", "sgd-pof", "--perturbation-range", "1"], ["--method", "sam", "--rho", "0.5"],
  ["--method", "sgd-pre", "--pre-epochs", "9"], ["--method", "sam-pre", "--perturbation-range", "1"],
  ["--method", "sgd-pof", "--perturbation-groups", "1", "--seed", "4", "--augment", "cutout"],
])
func aRunRepeatedFromItsJSONLandsInTheSameFolder(arguments: [String]) throws {
  let folder = try TemporaryFolder()
  let original = try configuration(arguments)
  let file = folder.path + "/config.json"
  try original.json.write(toFile: file, atomically: true, encoding: .utf8)
  let repeated = try configuration(["--config", file])
  #expect(repeated == original)
  #expect(
    RunPaths(results: "r", configuration: repeated) == RunPaths(results: "r", configuration: original))
  let reseeded = try configuration(["--config", file, "--seed", "77"])
  #expect(reseeded.seed == 77 && reseeded.depth == original.depth)
}

@Test func aProfileBesideAConfigurationFileMustBeTheFiles() throws {
  let folder = try TemporaryFolder()
  let file = folder.path + "/config.json"
  let original = try configuration(["--method", "sgd-pof"])
  try original.json.write(toFile: file, atomically: true, encoding: .utf8)
  #expect(try configuration(["--config", file, "--profile", "quick"]) == original)
  let error = #expect(throws: UsageError.self) { try configuration(["--config", file, "--profile", "paper"]) }
  #expect(
    error?.description
      == "--profile is paper: it must be left out, or quick as in \(file), which holds every setting")
}

@Test func aDryRunChecksLimitsToo() throws {
  func text(_ arguments: [String]) throws -> String {
    try DryRun.paths(
      configuration(["--method", "sgd"] + arguments), .fashionMNIST, results: "r", available: (60_000, 10_000))
  }
  #expect(try text(["--train-limit", "60000"]).contains("r/quick-"))
  #expect(
    throws: UsageError.tooFewImages(
      option: "--train-limit", asked: 60_001, available: 60_000, dataset: "fashion-mnist")
  ) {
    try text(["--train-limit", "60001"])
  }
  #expect(throws: UsageError.self) { try text(["--profile", "smoke", "--train-limit", "31"]) }
}

/// Whatever a run would make beside its own file is named.
@Test func aDryRunNamesTheReferenceOfAFixedStep() throws {
  func text(_ method: String) throws -> String {
    try DryRun.paths(
      ablation(.range, ["--method", method]), .cifar10, results: "r", available: (50_000, 10_000))
  }
  let fixed = try text("fixed-0.25")
  for file in ["sgd-pre/seed0.h5", "ablation-range/c-2/seed0.h5", "ablation-range/fixed-0.25/seed0.h5"] {
    #expect(fixed.contains("r/quick/cifar10/basic/\(file)"))
  }
  let searched = try text("c-1")
  #expect(fixed.contains("eta* is 0.25 times") && !searched.contains("eta*"))
}

@Test(arguments: [
  ("\"dataset\": \"fashion-mnist\"", "\"dataset\": \"cifar10\"", "is for cifar10"),
  ("\"profile\": \"quick\"", "\"profile\": \"fast\"", "unknown profile \"fast\""),
  ("\"arm\": \"sgd-pof\"", "\"arm\": \"sam-pof\"", "arm \"sam-pof\" with sgd then pof"),
  ("\"depth\": 10", "\"depth\": \"ten\"", "depth"), ("\"momentum\": 0.9", "\"momentum\": 9.5", "momentum is 9.5"),
  ("{", "[", "no run configuration"),
])
func configurationFilesAreChecked(find: String, replace: String, message: String) throws {
  let folder = try TemporaryFolder()
  let json = try configuration(["--method", "sgd-pof"]).json
  #expect(json.contains(find))
  let file = folder.path + "/config.json"
  try json.replacingOccurrences(of: find, with: replace).write(toFile: file, atomically: true, encoding: .utf8)
  let error = #expect(throws: UsageError.self) { try configuration(["--config", file]) }
  #expect(error?.description.contains(message) == true && error?.description.contains(file) == true)
}

@Test func limitsAboveTheDataNameBothCounts() throws {
  var quick = Profile.quick.settings(for: .fashionMNIST, augmentation: .basic, arm: .sgd, seed: 0)
  quick.trainLimit = 60_001
  let error = #expect(throws: UsageError.self) { try quick.check(trainImages: 60_000, testImages: 10_000) }
  #expect(error?.description.contains("60001") == true && error?.description.contains("60000") == true)
  // A batch larger than the images used.
  (quick.trainLimit, quick.batchSize) = (100, 101)
  #expect(throws: UsageError.self) { try quick.check(trainImages: 60_000, testImages: 10_000) }
  quick.batchSize = 100
  try quick.check(trainImages: 60_000, testImages: 10_000)
}

/// The largest network and batch that options can ask for overflow nothing and fit no machine; the paper's fit 8 GiB.
@Test func whatNoMachineHasMemoryForIsRefused() throws {
  func check(_ arguments: [String]) throws {
    let configuration = try configuration(["--method", "sgd-pof"] + arguments)
    try configuration.check(
      DatasetName.fashionMNIST.model(depth: configuration.depth, width: configuration.width), memory: 8 << 30)
  }
  try check(["--profile", "paper"])
  let error = #expect(throws: UsageError.self) {
    try check(["--depth", "1000", "--width", "64", "--batch-size", "65536", "--train-limit", "0"])
  }
  #expect(error?.description.hasPrefix("WRN-1000-64 on batches of 65536 images needs ") == true)
  #expect(throws: UsageError.self) { try check(["--depth", "1000", "--width", "64"]) }
  #expect(throws: UsageError.self) { try check(["--width", "8", "--batch-size", "65536"]) }
}

@Test func commandLinesAreQuotedAndPlainASCII() {
  #expect(Machine.command(["/a/b/fashion-mnist", "--data", "my data"]) == "fashion-mnist --data 'my data'")
  #expect(Machine.command(["x", "it's", ""]) == "x 'it'\\''s' ''")
  let fromTable = [
    "x", "--seed", "1", "--run-number", "2", "--run-count", "9", "--remaining-cost", "3.5", "--threads", "2",
  ]
  #expect(Machine.command(fromTable) == "x --seed 1 --threads 2")
  #expect(Machine.command(["x", "Ü"]).utf8.allSatisfy { $0 < 128 })
}
