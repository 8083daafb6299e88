// swift-tools-version: 6.1
// Read from top to bottom, this file is the architecture: each target imports only targets above it.
import PackageDescription

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
  name: "pof-in-swift",
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2")
  ],
  targets: [
    // MARK: C libraries (Debian packages; each is imported by exactly one room)
    .systemLibrary(name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(name: "COneDNN", providers: [.apt(["libdnnl-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CHDF5", pkgConfig: "hdf5", providers: [.apt(["libhdf5-dev"])]),
    .systemLibrary(name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),

    // MARK: Numeric core: what is computed
    .target(name: "TensorCore", dependencies: ["COpenBLAS"]),
    .target(name: "NeuralNetwork", dependencies: ["TensorCore", "COneDNN"]),
    .target(name: "Datasets", dependencies: ["TensorCore", "CZlib"]),
    .target(name: "Training", dependencies: ["NeuralNetwork", "Datasets", "TensorCore"]),

    // MARK: Records: what is kept of it, and what is made of the records
    .target(name: "Storage", dependencies: ["Training", "NeuralNetwork", "Datasets", "TensorCore", "CHDF5"]),
    .target(name: "Reporting", dependencies: ["Storage", "Training", "Datasets", "TensorCore", "CPNG"]),

    // MARK: Experiments: options, profiles, the plan of runs; then one folder, one executable
    .target(
      name: "ExperimentKit",
      dependencies: [
        "Storage", "Training", "NeuralNetwork", "Datasets", "TensorCore", argumentParser,
      ]),
    .executableTarget(
      name: "fashion-mnist", dependencies: ["ExperimentKit", "Datasets"], path: "Experiments/fashion-mnist"),
    .executableTarget(name: "cifar10", dependencies: ["ExperimentKit", "Datasets"], path: "Experiments/cifar10"),
    .executableTarget(name: "cifar100", dependencies: ["ExperimentKit", "Datasets"], path: "Experiments/cifar100"),
    .executableTarget(name: "svhn", dependencies: ["ExperimentKit", "Datasets"], path: "Experiments/svhn"),
    .executableTarget(
      name: "ablation-range", dependencies: ["ExperimentKit", "Training"], path: "Experiments/ablation-range"),
    .executableTarget(
      name: "ablation-layers", dependencies: ["ExperimentKit", "Training"], path: "Experiments/ablation-layers"),
    .executableTarget(name: "reproduce", dependencies: ["ExperimentKit"], path: "Experiments/reproduce"),
    .executableTarget(name: "verify", dependencies: ["ExperimentKit"], path: "Experiments/verify"),
    .executableTarget(
      name: "report", dependencies: ["ExperimentKit", "Reporting", "Storage", argumentParser],
      path: "Experiments/report"),
    .executableTarget(
      name: "preview", dependencies: ["ExperimentKit", "Reporting", "Datasets", argumentParser],
      path: "Experiments/preview"),
    .executableTarget(
      name: "bench",
      dependencies: [
        "ExperimentKit", "Reporting", "Storage", "Training", "NeuralNetwork", "Datasets", "TensorCore", argumentParser,
      ], path: "Experiments/bench"),

    // MARK: Hostile files: mutations for every reader, and the program that feeds them
    .target(
      name: "FileMutations",
      dependencies: [
        "ExperimentKit", "Reporting", "Storage", "Training", "NeuralNetwork", "Datasets", "CHDF5", "CZlib",
      ], path: "Tests/FileMutations"),
    .executableTarget(name: "fuzz", dependencies: ["FileMutations", argumentParser], path: "Tests/Fuzz"),

    // MARK: Tests: one suite per room, and the golden training steps
    .testTarget(name: "TensorCoreTests", dependencies: ["TensorCore"]),
    .testTarget(name: "NeuralNetworkTests", dependencies: ["NeuralNetwork", "TensorCore", "COneDNN"]),
    .testTarget(
      name: "DatasetsTests", dependencies: ["FileMutations", "Datasets", "TensorCore", "CZlib"], exclude: ["Fixtures"]),
    .testTarget(name: "TrainingTests", dependencies: ["Training", "NeuralNetwork", "Datasets", "TensorCore"]),
    .testTarget(
      name: "GoldenTests", dependencies: ["Training", "NeuralNetwork", "Datasets", "Storage", "TensorCore"]),
    .testTarget(
      name: "StorageTests",
      dependencies: [
        "FileMutations", "fuzz", "Storage", "CHDF5", "Training", "NeuralNetwork", "Datasets", "TensorCore",
      ],
      exclude: ["Fixtures"]),
    .testTarget(
      name: "ExperimentKitTests",
      dependencies: ["ExperimentKit", "Storage", "Training", "NeuralNetwork", "Datasets", "TensorCore"]),
    .testTarget(
      name: "ReportingTests",
      dependencies: ["preview", "Reporting", "ExperimentKit", "Storage", "Training", "Datasets"]),
  ]
)
