// The linear classifier on the host, in Double: logits, losses, gradients, and the line psi - t g that PoF searches and
// perturbs along. It sees pooled features, never images.
//
// With a linear classifier the logits are affine along the line: logits(t) = (z W^T + b) - t (z G^T + h). One pair of
// products therefore serves every point of a line search, and psi - t g is never formed. Double costs little here (a
// batch's products are a thousandth of its convolutions) and near-ties of a search do not flip.

import COpenBLAS
import Foundation
import TensorCore

final class ClassifierHead {
  private let classes: Int
  private let features: Int
  private let capacity: Int
  /// z [n, D], W [K, D], b [K], g = (G [K, D], h [K]).
  private let z: AlignedBuffer<Double>
  private let weight: AlignedBuffer<Double>
  private let bias: AlignedBuffer<Double>
  private let directionWeight: AlignedBuffer<Double>
  private let directionBias: AlignedBuffer<Double>
  private var directionNorm = 0.0
  /// Logits under psi [n, K], and how much they fall per unit of t.
  private let logits: AlignedBuffer<Double>
  private let slopes: AlignedBuffer<Double>
  /// (softmax - onehot) / n of the classifier that `classify` was asked for, [n, K]; and the same times eta.
  private let residual: AlignedBuffer<Double>
  private let scaledResidual: AlignedBuffer<Double>
  private let featureGradient: AlignedBuffer<Double>
  private let weightGradient: AlignedBuffer<Double>
  private let labels: AlignedBuffer<UInt8>
  private var count = 0
  /// Whether `residual` belongs to a perturbed classifier.
  private var perturbed = false

  /// - Parameter capacity: images of the largest batch.
  init(classes: Int, features: Int, capacity: Int) {
    self.classes = classes
    self.features = features
    self.capacity = capacity
    z = AlignedBuffer(count: capacity * features)
    weight = AlignedBuffer(count: classes * features)
    bias = AlignedBuffer(count: classes)
    directionWeight = AlignedBuffer(count: classes * features)
    directionBias = AlignedBuffer(count: classes)
    logits = AlignedBuffer(count: capacity * classes)
    slopes = AlignedBuffer(count: capacity * classes)
    residual = AlignedBuffer(count: capacity * classes)
    scaledResidual = AlignedBuffer(count: capacity * classes)
    featureGradient = AlignedBuffer(count: capacity * features)
    weightGradient = AlignedBuffer(count: classes * features)
    labels = AlignedBuffer(count: capacity)
  }

  /// Takes over features [count, D] and labels as the current batch, and psi, and computes the logits under psi.
  func load(
    features source: UnsafePointer<Float>, labels: UnsafePointer<UInt8>, count: Int, weight: UnsafePointer<Float>,
    bias: UnsafePointer<Float>
  ) {
    precondition(count <= capacity, "batch exceeds the head's capacity")
    self.count = count
    for i in 0..<(count * features) { z.pointer[i] = Double(source[i]) }
    for i in 0..<(classes * features) { self.weight.pointer[i] = Double(weight[i]) }
    for i in 0..<classes { self.bias.pointer[i] = Double(bias[i]) }
    self.labels.pointer.update(from: labels, count: count)
    affine(self.weight.pointer, self.bias.pointer, into: logits.pointer)
  }

  /// Under psi, [count, K].
  var currentLogits: [Double] { Array(UnsafeBufferPointer(start: logits.pointer, count: count * classes)) }

  /// Cross-entropy and errors of the current batch, image i under psi - steps[i] g.
  func classify(_ steps: UnsafeBufferPointer<Double>?) -> BatchLoss {
    perturbed = steps != nil
    if let steps {
      precondition(steps.count == count, "one step per image")
      affine(directionWeight.pointer, directionBias.pointer, into: slopes.pointer)
    }
    var sums = BatchLoss(loss: 0, unperturbedLoss: 0, errors: 0)
    for i in 0..<count {
      let eta = steps?[i] ?? 0
      let label = Int(labels.pointer[i])
      let row = residual.pointer + i * classes
      var largest = 0
      for k in 0..<classes {
        row[k] = logits.pointer[i * classes + k]
        if steps != nil { row[k] -= eta * slopes.pointer[i * classes + k] }
        if row[k] > row[largest] { largest = k }
      }
      let loss = crossEntropy(row, label)
      sums.loss += loss
      if steps != nil { sums.unperturbedLoss += crossEntropy(logits.pointer + i * classes, label) }
      // A NaN logit is never the largest, so a diverged network counts as wrong instead of right.
      if largest != label || !row[label].isFinite { sums.errors += 1 }
      turnIntoResidual(row, label)
      for k in 0..<classes { scaledResidual.pointer[i * classes + k] = eta * row[k] }
    }
    if steps == nil { sums.unperturbedLoss = sums.loss }
    return sums
  }

  /// Gradient of the mean loss with respect to z, [count, D]: r_i (W - eta_i G) / n.
  func backpropagateToFeatures(_ target: UnsafeMutablePointer<Float>) {
    product(residual.pointer, weight.pointer, scale: 1, accumulate: 0)
    if perturbed { product(scaledResidual.pointer, directionWeight.pointer, scale: -1, accumulate: 1) }
    for i in 0..<(count * features) { target[i] = Float(featureGradient.pointer[i]) }
  }

  /// Gradient of the mean loss with respect to (W, b), of a batch classified under psi.
  func backpropagateToClassifier(weight: UnsafeMutablePointer<Float>, bias: UnsafeMutablePointer<Float>) {
    precondition(!perturbed, "the classifier's gradient is that of unperturbed logits")
    cblas_dgemm(
      CblasRowMajor, CblasTrans, CblasNoTrans, blasint(classes), blasint(features), blasint(count), 1,
      residual.pointer, blasint(classes), z.pointer, blasint(features), 0, weightGradient.pointer, blasint(features))
    for i in 0..<(classes * features) { weight[i] = Float(weightGradient.pointer[i]) }
    for k in 0..<classes { bias[k] = Float(residualSum(k)) }
  }

  /// Computes g = (G, h), the gradient of the current batch's mean loss at psi, and the slopes of its logits along it.
  /// - Returns: ||g||.
  func direct() -> Double {
    for i in 0..<count {
      let row = residual.pointer + i * classes
      for k in 0..<classes { row[k] = logits.pointer[i * classes + k] }
      turnIntoResidual(row, Int(labels.pointer[i]))
    }
    cblas_dgemm(
      CblasRowMajor, CblasTrans, CblasNoTrans, blasint(classes), blasint(features), blasint(count), 1,
      residual.pointer, blasint(classes), z.pointer, blasint(features), 0, directionWeight.pointer, blasint(features))
    for k in 0..<classes { directionBias.pointer[k] = residualSum(k) }
    affine(directionWeight.pointer, directionBias.pointer, into: slopes.pointer)
    directionNorm = currentDirectionNorm()
    return directionNorm
  }

  /// Puts another direction, weight [K, D] then bias [K], in the place of g, scaled to its norm.
  func redirect(along other: UnsafeBufferPointer<Double>) {
    let weights = classes * features
    precondition(other.count == weights + classes, "a direction has as many elements as the classifier")
    for i in 0..<weights { directionWeight.pointer[i] = other[i] }
    for k in 0..<classes { directionBias.pointer[k] = other[weights + k] }
    let scale = directionNorm / currentDirectionNorm()
    cblas_dscal(blasint(weights), scale, directionWeight.pointer, 1)
    cblas_dscal(blasint(classes), scale, directionBias.pointer, 1)
    affine(directionWeight.pointer, directionBias.pointer, into: slopes.pointer)
  }

  private func currentDirectionNorm() -> Double {
    let weightNorm = cblas_dnrm2(blasint(classes * features), directionWeight.pointer, 1)
    let biasNorm = cblas_dnrm2(blasint(classes), directionBias.pointer, 1)
    return (weightNorm * weightNorm + biasNorm * biasNorm).squareRoot()
  }

  /// Mean loss of some images of the batch that `direct` was called on, under psi - t g.
  func loss(at t: Double, images range: Range<Int>) -> Double {
    var sum = 0.0
    let row = scaledResidual.pointer
    for i in range {
      for k in 0..<classes { row[k] = logits.pointer[i * classes + k] - t * slopes.pointer[i * classes + k] }
      sum += crossEntropy(row, Int(labels.pointer[i]))
    }
    return sum / Double(range.count)
  }

  // MARK: Parts

  private func residualSum(_ k: Int) -> Double {
    (0..<count).reduce(0) { $0 + residual.pointer[$1 * classes + k] }
  }

  /// -log softmax(row)[label], by the log-sum-exp that cannot overflow.
  private func crossEntropy(_ row: UnsafePointer<Double>, _ label: Int) -> Double {
    var largest = row[0]
    for k in 1..<classes { largest = max(largest, row[k]) }
    var sum = 0.0
    for k in 0..<classes { sum += exp(row[k] - largest) }
    return log(sum) - (row[label] - largest)
  }

  /// row = (softmax(row) - onehot(label)) / count.
  private func turnIntoResidual(_ row: UnsafeMutablePointer<Double>, _ label: Int) {
    var largest = row[0]
    for k in 1..<classes { largest = max(largest, row[k]) }
    var sum = 0.0
    for k in 0..<classes {
      row[k] = exp(row[k] - largest)
      sum += row[k]
    }
    for k in 0..<classes { row[k] = (row[k] / sum - (k == label ? 1 : 0)) / Double(count) }
  }

  /// target [n, K] = z matrix^T + vector.
  private func affine(
    _ matrix: UnsafePointer<Double>, _ vector: UnsafePointer<Double>, into target: UnsafeMutablePointer<Double>
  ) {
    for i in 0..<count { (target + i * classes).update(from: vector, count: classes) }
    cblas_dgemm(
      CblasRowMajor, CblasNoTrans, CblasTrans, blasint(count), blasint(classes), blasint(features), 1, z.pointer,
      blasint(features), matrix, blasint(features), 1, target, blasint(classes))
  }

  /// featureGradient [n, D] = scale * left [n, K] right [K, D] + accumulate * featureGradient.
  private func product(
    _ left: UnsafePointer<Double>, _ right: UnsafePointer<Double>, scale: Double, accumulate: Double
  ) {
    cblas_dgemm(
      CblasRowMajor, CblasNoTrans, CblasNoTrans, blasint(count), blasint(features), blasint(classes), scale, left,
      blasint(classes), right, blasint(features), accumulate, featureGradient.pointer, blasint(features))
  }
}
