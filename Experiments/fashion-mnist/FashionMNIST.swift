// The executable `fashion-mnist`: one run on Fashion-MNIST. Only names its data set; all work is ExperimentKit's.

import Datasets
import ExperimentKit

@main enum FashionMNIST {
  static func main() { Experiment.main(DatasetName.fashionMNIST) }
}
