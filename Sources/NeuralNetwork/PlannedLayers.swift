// What PlanBuilder hands out and takes back: layers as planned, and operations with their place in the network. Values
// and references only; nothing here decides or computes.

import TensorCore

/// An operation of a plan, with what decides whether a pass over a part of the network needs it.
struct StagedOperation {
  enum Part {
    /// Activations in a forward pass; in a backward pass gradients of activations within the stage.
    case flow
    /// Gradients of the stage's weights, which no other operation reads.
    case weights
    /// Gradients of the stage's input, which only stages below need.
    case below
  }

  let operation: PlannedOperation
  let stage: ParameterStage
  let part: Part

  /// Whether a backward pass needs it for the gradients of a selection whose lowest stage is `lowest`.
  func isNeeded(for selection: ParameterSelection, lowest: ParameterStage) -> Bool {
    switch part {
    case .flow: stage >= lowest
    case .weights: selection.contains(stage)
    case .below: stage > lowest
    }
  }
}

/// A place in the workspace, in bytes from its start.
struct WorkspaceSlot {
  let offset: Int
  let bytes: Int
}

/// What the builder needs to know of a convolution.
struct ConvolutionShape {
  /// Name of its weight in the parameter layout.
  let weightName: String
  let inputChannels: Int
  let outputChannels: Int
  /// Height and width of the input.
  let inputSize: Int
  let kernel: Int
  let stride: Int

  /// Prefix of its tensors' names.
  var layer: String { String(weightName.dropLast(".weight".count)) }
  var outputSize: Int { inputSize / stride }
  var window: Window { Window(stride: stride, padding: kernel / 2) }

  /// Winograd needs stride 1 and a 3x3 kernel; from 16 input channels on it is faster than direct convolution in every
  /// direction and shape that was measured (docs/performance.md). Where the processor has no such kernel, planning
  /// falls back to direct.
  var prefersWinograd: Bool { kernel == 3 && stride == 1 && inputChannels >= 16 }
}

/// A convolution that was planned for a forward pass, with what its backward pass needs.
struct PlannedConvolution {
  let shape: ConvolutionShape
  let forward: KernelDescriptor
  let algorithm: ConvolutionAlgorithm
}

/// A batch norm with ReLU that was planned for a forward pass, with what its backward pass needs.
struct PlannedNormalization {
  let name: String
  let channels: Int
  /// Elements that each channel's statistics average over.
  let population: Int
  let forward: KernelDescriptor
  let mean: TensorView
  let variance: TensorView
  /// Where a pass under batch statistics leaves them; nil under running statistics.
  let batchStatistics: (mean: WorkspaceSlot, variance: WorkspaceSlot)?
  let mask: TensorView?
}
