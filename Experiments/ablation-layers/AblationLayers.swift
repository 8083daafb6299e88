// The executable `ablation-layers`: one run of PoF with other layers perturbed. Only names its ablation; all work is
// ExperimentKit's.

import ExperimentKit
import Training

@main enum AblationLayers {
  static func main() { Experiment.main(Ablation.layers) }
}
