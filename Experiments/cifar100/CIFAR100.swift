// The executable `cifar100`: one run on CIFAR-100. Only names its data set; all work is ExperimentKit's.

import Datasets
import ExperimentKit

@main enum CIFAR100 {
  static func main() { Experiment.main(DatasetName.cifar100) }
}
