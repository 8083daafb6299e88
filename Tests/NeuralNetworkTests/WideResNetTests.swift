import Testing

@testable import NeuralNetwork

/// Counts of the authors' network, and that layouts, names and initial values are what PyTorch's module has.
struct WideResNetTests {
  @Test(arguments: [
    (28, 10, 10, 36_479_194), (28, 10, 100, 36_536_884), (16, 4, 10, 2_748_890), (16, 2, 10, 691_674),
    (10, 2, 10, 303_706), (10, 1, 10, 77_850),
  ])
  func parameterCount(depth: Int, width: Int, classes: Int, expected: Int) throws {
    let model = try WideResNet(depth: depth, width: width, classes: classes, channels: 3, imageSize: 32)
    #expect(model.parameterCount == expected)
  }

  @Test func refusesWhatCannotBeBuilt() {
    #expect(throws: ModelError.depth(12)) {
      try WideResNet(depth: 12, width: 1, classes: 10, channels: 3, imageSize: 32)
    }
    #expect(throws: ModelError.depth(4)) {
      try WideResNet(depth: 4, width: 1, classes: 10, channels: 3, imageSize: 32)
    }
    #expect(throws: ModelError.notPositive(name: "width", value: 0)) {
      try WideResNet(depth: 10, width: 0, classes: 10, channels: 3, imageSize: 32)
    }
    #expect(throws: ModelError.imageSize(30)) {
      try WideResNet(depth: 10, width: 1, classes: 10, channels: 3, imageSize: 30)
    }
  }

  @Test func namesAndShapes() throws {
    let model = try WideResNet(depth: 10, width: 1, classes: 10, channels: 3, imageSize: 32)
    let names = model.parameterLayout.tensors.map(\.name)
    #expect(names.first == "conv1.weight")
    #expect(names.contains("layer2.num_0.shortcut.0.weight"))
    // Width 1 leaves group 1 at 16 channels: no projection.
    #expect(!names.contains("layer1.num_0.shortcut.0.weight"))
    #expect(names.suffix(4) == ["bn_out.weight", "bn_out.bias", "classifiers.0.weight", "classifiers.0.bias"])
    #expect(Set(names).count == names.count)
    #expect(model.parameterLayout["layer3.num_0.conv1.weight"].shape == [64, 32, 3, 3])
    let starts = model.parameterLayout.tensors.map(\.range.lowerBound)
    #expect(starts.allSatisfy { $0 % 16 == 0 })
    #expect(model.parameterLayout.range(of: .classifier).lowerBound == starts[starts.count - 2])
  }

  @Test func initialValues() throws {
    let model = try WideResNet(depth: 16, width: 2, classes: 10, channels: 3, imageSize: 32)
    let layout = model.parameterLayout
    let state = model.initialState(seed: 5)
    #expect(state == model.initialState(seed: 5))
    #expect(state.parameters != model.initialState(seed: 6).parameters)
    func deviation(_ name: String) -> Double {
      let values = state.parameters[layout[name].range].map(Double.init)
      return (values.reduce(0) { $0 + $1 * $1 } / Double(values.count)).squareRoot()
    }
    // 128 * 9 = 1,152 fan-out; 147,456 draws, so the deviation is known to 0.2 %.
    #expect(abs(deviation("layer3.num_1.conv2.weight") / (2.0 / 1152).squareRoot() - 1) < 0.01)
    #expect(abs(deviation("classifiers.0.weight") / 0.1 - 1) < 0.1)
    #expect(state.parameters[layout["bn_out.weight"].range].allSatisfy { $0 == 1 })
    #expect(state.parameters[layout["classifiers.0.bias"].range].allSatisfy { $0 == 0 })
    #expect(state.statistics[model.statisticsLayout["bn_out.running_var"].range].allSatisfy { $0 == 1 })
  }
}
