import Datasets
import ExperimentKit

@main enum FashionMNIST {
  static func main() { Experiment.main(DatasetName.fashionMNIST) }
}
