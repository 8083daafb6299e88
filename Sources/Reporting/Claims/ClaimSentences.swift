// The claims in words: what the abstract says, what the run files would have to show, and why nothing was run. Plain
// ASCII; "->" is set by each format.

import Datasets
import Training

extension Claim.Name {
  /// The abstract's claim, close to its own words.
  var sentence: String {
    switch self {
    case .improvementCIFAR10: Self.improvement(on: .cifar10)
    case .improvementCIFAR100: Self.improvement(on: .cifar100)
    case .improvementSVHN: Self.improvement(on: .svhn)
    case .perturbationEffect:
      "It is the perturbation of the parameters, under which the feature extractor is trained, that improves the model."
    case .higherLayers:
      "It is the higher-layer parameter space that is to be flattened, so that the perturbation belongs there."
    case .dataDrivenRange:
      """
      The perturbation range, determined in a data-driven manner, reduces a part of the test loss that positive loss \
      curvature causes.
      """
    case .flatterMinimum:
      "Updating the feature extractor of an already-trained deep model, PoF finds a flatter minimum."
    case .hessianComponents: "PoF implicitly reduces the target Hessian components as well as the loss."
    }
  }

  private static func improvement(on dataset: DatasetName) -> String {
    """
    PoF improves model performance against baseline methods on \(dataset.specification.title) with only \
    \(PaperSetting(dataset).postEpochs) epochs of post-training.
    """
  }

  /// What would have to be true in the run files.
  var requirement: String {
    switch self {
    case .improvementCIFAR10, .improvementCIFAR100, .improvementSVHN:
      """
      From the same pre-training of the same seed, PoF ends below the arm that goes on with pre-training's own \
      optimiser for as many epochs: SGD -> PoF minus SGD and SAM -> PoF minus SAM (the abstract's baselines; SGD -> SAM \
      is this suite's own comparison and stands in the tables). \(Self.rule)
      """
    case .perturbationEffect:
      """
      PoF ends below the control that trains the extractor under the unperturbed classifier: SGD -> PoF minus SGD -> \
      frozen and SAM -> PoF minus SAM -> frozen (with the weak batches' effect on batch norm's running statistics, which \
      c = 0 of the range ablation has alone). \(Self.rule)
      """
    case .higherLayers:
      """
      In the layer ablation, perturbing the classifier ends below perturbing more layers downwards (group 3 and above, \
      group 2 and above), everything, and the lowest layers alone. \(Self.rule)
      """
    case .dataDrivenRange:
      """
      In the range ablation, PoF with c = 2 ends below PoF without perturbation (c = 0), with a constant step in the \
      place of the search (1/4, 1 and 4 times the search's mean eta* in the first epoch) and with a random direction \
      of the same norm. \(Self.rule)
      """
    case .flatterMinimum:
      "At the end of PoF a measure of curvature lies below that of the arms that it is compared with."
    case .hessianComponents:
      """
      Over PoF's post-training the Hessian's components along its perturbations fall, and the training loss with them, \
      more than in the control without perturbation.
      """
    }
  }

  private static let rule = """
    Every one of these differences, over three seeds or more, has a 95 % interval below zero at the last epoch; test error \
    and test loss are two findings.
    """

  /// Why a claim has no finding.
  var reasonWithoutRuns: String {
    switch evidence {
    case .table1(let dataset?):
      """
      No run of \(dataset.specification.title) is there; make data-\(dataset.rawValue) fetches the images, make \
      reproduce-table1 DATASETS=\(dataset.rawValue) makes the runs.
      """
    case .table1(nil): "No run of Table 1 is there; make reproduce-table1 makes them."
    case .ablation(let ablation):
      "No run of the ablation \(ablation.rawValue) is there; make reproduce-ablations makes them."
    case .unmeasured: "The suite does not measure curvature yet: no run file can speak for or against this claim."
    }
  }
}
