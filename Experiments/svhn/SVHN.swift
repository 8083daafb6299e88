// The executable `svhn`: one run on SVHN. Only names its data set; all work is ExperimentKit's.

import Datasets
import ExperimentKit

@main enum SVHN {
  static func main() { Experiment.main(DatasetName.svhn) }
}
