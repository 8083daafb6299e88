// What trains: a factory of trainers and the libraries behind them. Tests put a toy in its place.

import Datasets
import NeuralNetwork
import Storage
import TensorCore
import Training

/// Makes trainers for the runner, on the thread that will use them.
public struct TrainingEngine: Sendable {
  /// Takes configuration, network, images used, the state to start from, the number of threads, and eta* where the
  /// configuration's step is fixed (`StepReference`), nil otherwise.
  public typealias Make =
    @Sendable (RunConfiguration, WideResNet, Dataset, TrainingState, _ threads: Int, _ fixedStep: Double?) throws ->
    any EpochTrainer

  public let make: Make
  /// Library versions by name, for the provenance.
  public let versions: [String: String]

  public init(versions: [String: String], make: @escaping Make) {
    self.versions = versions
    self.make = make
  }

  /// Training on the CPU by oneDNN and OpenBLAS.
  public static let standard = TrainingEngine(
    versions: [
      "oneDNN": "\(OneDNN.version) (instructions \(OneDNN.instructions))", "OpenBLAS": blasVersion,
      "HDF5": LibraryVersions.hdf5Version,
    ]
  ) { configuration, model, data, state, threads, fixedStep in
    let executor = try CPUExecutor(
      model: model, capacity: Trainer<CPUExecutor>.capacity(configuration), threads: threads)
    return try Trainer(configuration: configuration, data: data, executor: executor, state: state, fixedStep: fixedStep)
  }
}
