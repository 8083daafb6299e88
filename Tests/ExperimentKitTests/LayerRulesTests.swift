// What a configuration may not combine with perturbed layers below the classifier.

import Testing
import Training

@testable import ExperimentKit

private func configuration(_ layers: PerturbedLayers, _ change: (inout RunConfiguration) -> Void) -> RunConfiguration {
  let arm = Ablation.layers.arms.first { $0.variation == .layers(layers) }!
  var configuration = Profile.smoke.configuration(for: .fashionMNIST, augmentation: .basic, arm: arm, seed: 0)
  change(&configuration)
  return configuration
}

private let combinations: [(message: String, change: @Sendable (inout RunConfiguration) -> Void)] = [
  (
    "--perturbation-groups is 2: it must be 1 with perturbed_layers LAYERS: each further group would be a set of "
      + "weights of its own",
    { $0.perturbationGroups = 2 }
  ),
  (
    "weak_statistics is false: it must be true with perturbed_layers LAYERS: no other pass gives running statistics to "
      + "the layers that are reached",
    { $0.weakStatistics = false }
  ),
  (
    "perturbation_direction is random: it must be weak-gradient with perturbed_layers LAYERS",
    { $0.perturbationDirection = .random }
  ),
  (
    "perturbation_step is fixed-1: it must be line-search with perturbed_layers LAYERS",
    { $0.perturbationStep = .fixedMean }
  ),
]

@Test(arguments: PerturbedLayers.allCases) func layersRefuseWhatTheyCannotCombine(layers: PerturbedLayers) throws {
  try configuration(layers) { _ in }.check(full: true)
  for (message, change) in combinations {
    let changed = configuration(layers, change)
    if layers == .classifier {
      try changed.check(full: true)
    } else {
      let error = #expect(throws: UsageError.self) { try changed.check(full: true) }
      #expect(error?.description == message.replacing("LAYERS", with: layers.rawValue))
    }
  }
}
