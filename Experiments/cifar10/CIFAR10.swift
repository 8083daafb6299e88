// The executable `cifar10`: one run on CIFAR-10. Only names its data set; all work is ExperimentKit's.

import Datasets
import ExperimentKit

@main enum CIFAR10 {
  static func main() { Experiment.main(DatasetName.cifar10) }
}
