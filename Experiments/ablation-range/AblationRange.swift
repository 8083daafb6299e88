// The executable `ablation-range`: one run of PoF with another range, step, direction or number of groups. Only names its
// ablation; all work is ExperimentKit's.

import ExperimentKit
import Training

@main enum AblationRange {
  static func main() { Experiment.main(Ablation.range) }
}
