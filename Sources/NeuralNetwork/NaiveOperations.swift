// The layers of a WRN as plain loops in Double: documentation of what is computed, and the oracle for every fast kernel.
// Tensors are [n, c, size, size], row-major. Slow by design: batches of a few small images.

import Foundation

/// A tensor of square maps.
struct Maps {
  var (count, channels, size): (Int, Int, Int)
  var values: [Double]

  init(count: Int, channels: Int, size: Int, values: [Double]? = nil) {
    (self.count, self.channels, self.size) = (count, channels, size)
    self.values = values ?? [Double](repeating: 0, count: count * channels * size * size)
    precondition(self.values.count == count * channels * size * size, "values do not fit the shape")
  }

  func index(_ n: Int, _ c: Int, _ y: Int, _ x: Int) -> Int { ((n * channels + c) * size + y) * size + x }

  static func + (a: Maps, b: Maps) -> Maps {
    Maps(count: a.count, channels: a.channels, size: a.size, values: zip(a.values, b.values).map(+))
  }
}

enum Naive {
  /// Calls `body` for each output element and each tap of the kernel that lies inside the input, with their indices and
  /// that of the tap's weight. Weights are [out, in, kernel, kernel], padding kernel / 2.
  private static func taps(
    _ input: Maps, _ output: Maps, kernel: Int, stride: Int,
    _ body: (_ output: Int, _ input: Int, _ weight: Int) -> Void
  ) {
    for n in 0..<output.count {
      for o in 0..<output.channels {
        for i in 0..<input.channels {
          for ky in 0..<kernel {
            for kx in 0..<kernel {
              let weight = ((o * input.channels + i) * kernel + ky) * kernel + kx
              for y in 0..<output.size {
                let row = y * stride + ky - kernel / 2
                guard 0..<input.size ~= row else { continue }
                for x in 0..<output.size {
                  let column = x * stride + kx - kernel / 2
                  guard 0..<input.size ~= column else { continue }
                  body(output.index(n, o, y, x), input.index(n, i, row, column), weight)
                }
              }
            }
          }
        }
      }
    }
  }

  static func convolution(_ x: Maps, _ weight: [Double], output: Int, kernel: Int, stride: Int) -> Maps {
    let shape = Maps(count: x.count, channels: output, size: x.size / stride)
    var y = shape
    y.values.withUnsafeMutableBufferPointer { y in
      x.values.withUnsafeBufferPointer { input in
        weight.withUnsafeBufferPointer { weight in
          taps(x, shape, kernel: kernel, stride: stride) { o, i, w in y[o] += weight[w] * input[i] }
        }
      }
    }
    return y
  }

  /// Gradients of the input and of the weight.
  static func convolutionBackward(_ x: Maps, _ weight: [Double], gradient: Maps, kernel: Int, stride: Int)
    -> (input: Maps, weight: [Double])
  {
    var dx = Maps(count: x.count, channels: x.channels, size: x.size)
    var dw = [Double](repeating: 0, count: weight.count)
    dx.values.withUnsafeMutableBufferPointer { dx in
      dw.withUnsafeMutableBufferPointer { dw in
        x.values.withUnsafeBufferPointer { input in
          weight.withUnsafeBufferPointer { weight in
            gradient.values.withUnsafeBufferPointer { dy in
              taps(x, gradient, kernel: kernel, stride: stride) { o, i, w in
                dx[i] += weight[w] * dy[o]
                dw[w] += dy[o] * input[i]
              }
            }
          }
        }
      }
    }
    return (dx, dw)
  }

  /// What batch norm keeps for its backward pass.
  struct NormalizationContext {
    let mean: [Double]
    /// Biased variance.
    let variance: [Double]
    let output: Maps
    let input: Maps
  }

  /// ReLU(scale (x - mean) / sqrt(variance + eps) + shift); mean and variance are the batch's where not given.
  static func normalization(
    _ x: Maps, scale: [Double], shift: [Double], running: (mean: [Double], variance: [Double])? = nil
  ) -> NormalizationContext {
    let population = Double(x.count * x.size * x.size)
    var mean = [Double](repeating: 0, count: x.channels)
    var variance = mean
    if let running {
      (mean, variance) = running
    } else {
      forEach(x) { c, i in mean[c] += x.values[i] / population }
      forEach(x) { c, i in variance[c] += (x.values[i] - mean[c]) * (x.values[i] - mean[c]) / population }
    }
    var y = x
    forEach(x) { c, i in
      let normalized = (x.values[i] - mean[c]) / (variance[c] + BatchNorm.epsilon).squareRoot()
      y.values[i] = max(0, scale[c] * normalized + shift[c])
    }
    return NormalizationContext(mean: mean, variance: variance, output: y, input: x)
  }

  /// Gradients through ReLU and batch norm under batch statistics.
  static func normalizationBackward(_ context: NormalizationContext, scale: [Double], gradient: Maps)
    -> (input: Maps, scale: [Double], shift: [Double])
  {
    let x = context.input
    let population = Double(x.count * x.size * x.size)
    func normalized(_ c: Int, _ i: Int) -> Double {
      (x.values[i] - context.mean[c]) / (context.variance[c] + BatchNorm.epsilon).squareRoot()
    }
    func passed(_ i: Int) -> Double { context.output.values[i] > 0 ? gradient.values[i] : 0 }
    var dScale = [Double](repeating: 0, count: x.channels)
    var dShift = dScale
    forEach(x) { c, i in
      dScale[c] += passed(i) * normalized(c, i)
      dShift[c] += passed(i)
    }
    var dx = x
    forEach(x) { c, i in
      let factor = scale[c] / (context.variance[c] + BatchNorm.epsilon).squareRoot()
      dx.values[i] = factor * (passed(i) - dShift[c] / population - normalized(c, i) * dScale[c] / population)
    }
    return (dx, dScale, dShift)
  }

  /// Mean over each map: [n, c].
  static func averagePool(_ x: Maps) -> [Double] {
    let area = x.size * x.size
    return (0..<(x.count * x.channels)).map { map in
      x.values[(map * area)..<((map + 1) * area)].reduce(0, +) / Double(area)
    }
  }

  static func averagePoolBackward(_ gradient: [Double], count: Int, channels: Int, size: Int) -> Maps {
    let area = size * size
    return Maps(
      count: count, channels: channels, size: size,
      values: gradient.flatMap { [Double](repeating: $0 / Double(area), count: area) })
  }

  /// z W^T + b, [n, K].
  static func linear(_ z: [Double], _ weight: [Double], _ bias: [Double]) -> [Double] {
    let features = weight.count / bias.count
    return (0..<(z.count / features)).flatMap { n in
      bias.indices.map { k in
        (0..<features).reduce(bias[k]) { $0 + z[n * features + $1] * weight[k * features + $1] }
      }
    }
  }

  /// Softmax of one row of logits, and the cross-entropy at a label.
  static func softmax(_ logits: ArraySlice<Double>, label: Int) -> (probabilities: [Double], loss: Double) {
    let largest = logits.max() ?? 0
    let exponentials = logits.map { exp($0 - largest) }
    let sum = exponentials.reduce(0, +)
    return (exponentials.map { $0 / sum }, log(sum) + largest - logits[logits.startIndex + label])
  }

  private static func forEach(_ x: Maps, _ body: (_ channel: Int, _ index: Int) -> Void) {
    let area = x.size * x.size
    for map in 0..<(x.count * x.channels) {
      for i in (map * area)..<((map + 1) * area) { body(map % x.channels, i) }
    }
  }
}
