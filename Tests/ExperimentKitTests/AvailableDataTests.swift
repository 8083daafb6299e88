// Which data sets a plan takes, and what is said about the others.

import Datasets
import Foundation
import Testing
import Training

@testable import ExperimentKit

private func request(_ datasets: [DatasetName], _ profile: Profile = .quick) -> PlanRequest {
  PlanRequest(profile: profile, datasets: datasets, augmentations: [.basic], seeds: [0])
}

private func images(_ train: Int, _ test: Int) -> AvailableData.Images { .init(train: train, test: test, seconds: 0) }

/// Profile quick takes 500 images of Fashion-MNIST and 1,000 of CIFAR-100.
@Test func aDataSetWithTooFewImagesLeavesTheOthersAlone() throws {
  let request = request([.cifar100, .svhn, .fashionMNIST])
  var data = AvailableData(
    images: [.fashionMNIST: images(500, 10), .cifar100: images(999, 10)],
    missing: [.init(dataset: .svhn, reason: "no such file", isHere: false)])
  try data.leaveOutTooSmall(request, settings: SettingOptions.parse([]))
  #expect(data.restrict(request).datasets == [.fashionMNIST])
  #expect(data.missing.map(\.dataset) == [.cifar100, .svhn] && data.missing.map(\.isHere) == [true, false])
  #expect(data.missing[0].reason.contains("--train-limit is 1000, but cifar100 has 999 images"))
  #expect(data.images.keys.sorted { $0.rawValue < $1.rawValue } == [.fashionMNIST])
}

/// Where none was named, what is here is planned; all, where nothing is here.
@Test func plansTakeWhatIsHere() {
  let request = request([.cifar10, .svhn, .fashionMNIST])
  let one = AvailableData(
    images: [.svhn: images(8000, 2000)],
    missing: [
      .init(dataset: .cifar10, reason: "no such file", isHere: false),
      .init(dataset: .fashionMNIST, reason: "truncated", isHere: true),
    ])
  #expect(PlanReport.planned(request, one, areNamed: false).datasets == [.svhn])
  #expect(PlanReport.planned(request, one, areNamed: true) == request)
  let none = AvailableData(
    images: [:], missing: request.datasets.map { .init(dataset: $0, reason: "no such file", isHere: false) })
  #expect(PlanReport.planned(request, none, areNamed: false) == request)

  let assumed = PlanText.assumed(one.missing)
  #expect(assumed.count == 2 && assumed[0].hasPrefix("not here; the published number of images is assumed"))
  #expect(assumed[0].hasSuffix("\n  cifar10: no such file"))
  #expect(assumed[1].hasPrefix("here, but of no use; ") && assumed[1].hasSuffix("\n  fashion-mnist: truncated"))
  #expect(PlanText.leftOut([]).isEmpty && PlanText.leftOut(one.missing)[0].contains("\n  cifar10: no such file\n"))
}

/// Damaged files are told apart from absent ones.
@Test func filesOfNoUseAreHere() throws {
  let folder = try TemporaryFolder()
  let file = URL(fileURLWithPath: folder.path + "/cifar-10-batches-bin/data_batch_1.bin")
  try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
  try Data([1, 2, 3]).write(to: file)
  let data = AvailableData(request([.cifar10, .cifar100]), folder: folder.path)
  #expect(data.missing.map(\.isHere) == [true, false] && data.images.isEmpty)
  #expect(AvailableData(request([.cifar10], .smoke), folder: folder.path).missing.isEmpty)
}

/// Profile quick takes SVHN without its extra images, reduced with them: what is here for one may be missing for another.
@Test func everyProfileAsksForItsOwnFiles() throws {
  let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("DatasetsTests/Fixtures").path
  let folder = try TemporaryFolder()
  for part in ["train", "test"] {
    let name = "svhn/\(part)_32x32.mat"
    let to = URL(fileURLWithPath: folder.path + "/" + name)
    try FileManager.default.createDirectory(at: to.deletingLastPathComponent(), withIntermediateDirectories: true)
    try FileManager.default.copyItem(atPath: fixtures + "/" + name, toPath: to.path)
  }
  let data = DataAtHand(folder: folder.path)
  let few = try SettingOptions.parse([
    "--train-limit", "4", "--batch-size", "2", "--test-limit", "2", "--weak-batch-size", "2", "--perturbation-groups",
    "1",
  ])
  #expect(try data.available(request([.svhn]), few).missing.isEmpty)
  let reduced = try data.available(request([.svhn], .reduced), few)
  #expect(reduced.missing.map(\.dataset) == [.svhn] && reduced.missing[0].reason.contains("extra_32x32.mat"))
  // Another request of the first profile finds what it found.
  #expect(try data.available(request([.svhn]), few).images[.svhn] != nil)
}

/// A run alone is planned after what it rests on.
@Test func oneRunIsPlannedWithItsParents() throws {
  let arm = try rangeArm("fixed-1")
  let fixed = Profile.quick.settings(for: .cifar10, augmentation: .basic, arm: arm, seed: 7)
  let plan = try RunPlan(fixed, .cifar10, available: (50_000, 10_000))
  #expect(plan.runs.map(\.configuration.arm) == ["sgd-pre", "ablation-range/c-2", "ablation-range/fixed-1"])
  #expect(plan.runs.map(\.parent) == [nil, 0, 1] && plan.runs[2].configuration == fixed)
  #expect(throws: UsageError.self) { try RunPlan(fixed, .cifar10, available: (499, 10_000)) }
  let shared = try RunPlan(fixed.sharedPreTraining, .cifar10, available: (50_000, 10_000))
  #expect(shared.runs.count == 1)
}
