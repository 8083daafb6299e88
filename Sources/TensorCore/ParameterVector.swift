// An arena on the host: one vector of floats with the named ranges of a layout, and the vector operations that
// optimisers are made of. Single-threaded: a step's vectors are small beside its convolutions.

import COpenBLAS

/// All parameters of one role (weights, gradient, momentum, ...) in one aligned buffer, initially zero.
public final class ParameterVector {
  public let layout: ParameterLayout
  private let storage: AlignedBuffer<Float>

  public init(layout: ParameterLayout) {
    self.layout = layout
    storage = AlignedBuffer(count: layout.count)
  }

  /// First element of the arena; valid as long as the vector lives.
  public var pointer: UnsafeMutablePointer<Float> { storage.pointer }

  /// First element of a tensor.
  public func pointer(of tensor: ParameterTensor) -> UnsafeMutablePointer<Float> {
    storage.pointer + tensor.range.lowerBound
  }

  /// A copy of the whole arena, or a replacement of it.
  /// - Precondition: when set, as many values as the layout has elements.
  public var values: [Float] {
    get { Array(storage.view) }
    set {
      precondition(newValue.count == layout.count, "values do not fit the layout")
      _ = storage.view.update(fromContentsOf: newValue)
    }
  }

  /// saved = self, then self += scale * direction, on a selection in one pass: an ascent that can be taken back.
  public func add(
    _ scale: Double, times direction: ParameterVector, savingIn saved: ParameterVector, _ selection: ParameterSelection
  ) {
    let range = layout.range(of: selection)
    let weights = UnsafeMutableRawPointer(pointer + range.lowerBound)
    let directions = UnsafeRawPointer(direction.pointer + range.lowerBound)
    let copies = UnsafeMutableRawPointer(saved.pointer + range.lowerBound)
    let scale = Float(scale)
    for offset in stride(from: 0, to: range.count * 4, by: 64) {
      let weight = weights.load(fromByteOffset: offset, as: SIMD16<Float>.self)
      copies.storeBytes(of: weight, toByteOffset: offset, as: SIMD16<Float>.self)
      weights.storeBytes(
        of: weight + scale * directions.load(fromByteOffset: offset, as: SIMD16<Float>.self), toByteOffset: offset,
        as: SIMD16<Float>.self)
    }
  }

  /// self = base + scale * direction on a selection, `base` being another vector.
  public func move(
    from base: ParameterVector, by scale: Double, times direction: ParameterVector, _ selection: ParameterSelection
  ) {
    let range = layout.range(of: selection)
    let weights = UnsafeMutableRawPointer(pointer + range.lowerBound)
    let bases = UnsafeRawPointer(base.pointer + range.lowerBound)
    let directions = UnsafeRawPointer(direction.pointer + range.lowerBound)
    let scale = Float(scale)
    for offset in stride(from: 0, to: range.count * 4, by: 64) {
      weights.storeBytes(
        of: bases.load(fromByteOffset: offset, as: SIMD16<Float>.self)
          + scale * directions.load(fromByteOffset: offset, as: SIMD16<Float>.self), toByteOffset: offset,
        as: SIMD16<Float>.self)
    }
  }

  /// Takes over a selection of another vector of the same layout, bit for bit.
  public func copy(from other: ParameterVector, _ selection: ParameterSelection) {
    let range = layout.range(of: selection)
    (pointer + range.lowerBound).update(from: other.pointer + range.lowerBound, count: range.count)
  }

  /// L2 norm of a selection, summed in Double.
  public func norm(_ selection: ParameterSelection) -> Double {
    let range = layout.range(of: selection)
    let start = UnsafeRawPointer(pointer + range.lowerBound)
    var sum = SIMD8<Double>.zero
    for i in stride(from: 0, to: range.count, by: 8) {
      let values = SIMD8<Double>(start.load(fromByteOffset: i * 4, as: SIMD8<Float>.self))
      sum += values * values
    }
    return sum.sum().squareRoot()
  }

  /// One step of SGD with Nesterov momentum and weight decay on a selection of `self`, in PyTorch's formulation:
  /// g += wd w; v = mu v + g; w -= lr (g + mu v). The gradient is left as it was.
  /// - Parameter base: where the step starts from: `self`, or the copy that an ascent saved.
  public func stepSGD(
    from base: ParameterVector, gradient: ParameterVector, momentum: ParameterVector, _ selection: ParameterSelection,
    learningRate: Double, momentumFactor: Double, weightDecay: Double
  ) {
    let range = layout.range(of: selection)
    let weights = UnsafeMutableRawPointer(pointer + range.lowerBound)
    let bases = UnsafeRawPointer(base.pointer + range.lowerBound)
    let gradients = UnsafeRawPointer(gradient.pointer + range.lowerBound)
    let velocities = UnsafeMutableRawPointer(momentum.pointer + range.lowerBound)
    let (rate, factor, decay) = (Float(learningRate), Float(momentumFactor), Float(weightDecay))
    // Ranges start and end at multiples of 16 floats (ParameterLayout.alignment).
    for offset in stride(from: 0, to: range.count * 4, by: 64) {
      let weight = bases.load(fromByteOffset: offset, as: SIMD16<Float>.self)
      let decayed = gradients.load(fromByteOffset: offset, as: SIMD16<Float>.self) + decay * weight
      let velocity = factor * velocities.load(fromByteOffset: offset, as: SIMD16<Float>.self) + decayed
      velocities.storeBytes(of: velocity, toByteOffset: offset, as: SIMD16<Float>.self)
      weights.storeBytes(
        of: weight - rate * (decayed + factor * velocity), toByteOffset: offset, as: SIMD16<Float>.self)
    }
  }
}

/// The BLAS library's own threads. One place decides: with 1, products run on the calling thread (the training thread),
/// where a pool of a second kind beside oneDNN's would fight for the same cores.
public enum BLASThreads {
  public static func use(_ count: Int) { openblas_set_num_threads(Int32(count)) }
}

/// Version and processor kernels of the BLAS library, such as `0.3.21 (SkylakeX)`, for provenance.
public var blasVersion: String {
  let configuration = String(cString: openblas_get_config()).split(separator: " ")
  let version = configuration.first { $0.first?.isNumber == true } ?? "unknown"
  return "\(version) (\(String(cString: openblas_get_corename())))"
}
