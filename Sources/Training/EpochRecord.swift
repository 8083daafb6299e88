// What one epoch leaves behind: plain values that Training hands out and Storage writes. No file is touched here.

/// Mean cross-entropy and classification error over a set of images.
public struct Score: Sendable, Equatable {
  /// Mean cross-entropy, in nats.
  public var loss: Double
  /// Wrongly classified images, in percent.
  public var error: Double

  public init(loss: Double, error: Double) {
    self.loss = loss
    self.error = error
  }
}

/// PoF's line searches and perturbations, averaged over an epoch.
public struct PerturbationSummary: Sendable, Equatable {
  /// Mean eta* over all searches; a rejected search counts as 0.
  public var etaStar: Double
  /// Mean eta = u c eta* over all searches.
  public var eta: Double
  /// Mean L2 norm of psi_j - psi0 = eta_j ||g||.
  public var perturbationNorm: Double
  /// Mean loss of the weak groups at psi0 (L0 of the line search), in nats.
  public var weakLoss: Double
  /// Mean loss of the training batches under their psi_j, in nats.
  public var perturbedLoss: Double
  /// Mean loss of the training batches under psi0, in nats.
  public var unperturbedLoss: Double
  /// Share of searches that left eta* = 0, in 0...1.
  public var rejectedShare: Double
  /// Share of searches that reached their limit, in 0...1.
  public var limitShare: Double

  public init(
    etaStar: Double, eta: Double, perturbationNorm: Double, weakLoss: Double, perturbedLoss: Double,
    unperturbedLoss: Double, rejectedShare: Double, limitShare: Double
  ) {
    self.etaStar = etaStar
    self.eta = eta
    self.perturbationNorm = perturbationNorm
    self.weakLoss = weakLoss
    self.perturbedLoss = perturbedLoss
    self.unperturbedLoss = unperturbedLoss
    self.rejectedShare = rejectedShare
    self.limitShare = limitShare
  }
}

/// One epoch of a run.
public struct EpochRecord: Sendable, Equatable {
  /// Epochs of training behind the network after this one, pre-training included; starts at 1.
  public var epoch: Int
  /// Running mean over the epoch's augmented training batches, before each step, under the classifier that was trained
  /// against (psi_j in PoF, the unperturbed weights in SAM).
  public var train: Score
  public var learningRate: Double
  /// Cost in gradients of a full training batch: 1 a step for SGD, 2 for SAM, and for PoF 1 and a third of the weak
  /// batch's size over the training batch's (a forward pass is a third of a gradient). Where layers below the
  /// classifier are perturbed it is counted by what each step did, by the multiply-adds of the layers that it passed.
  public var gradientEvaluations: Double
  /// On the test set after the epoch, under (phi, psi0); nil where the epoch was not evaluated.
  public var test: Score?
  public var perturbation: PerturbationSummary?
  /// Wall-clock seconds of the epoch's training steps and of its evaluation.
  public var seconds: Double
  /// Training images per second, evaluation excluded.
  public var imagesPerSecond: Double

  public init(
    epoch: Int, train: Score, learningRate: Double, gradientEvaluations: Double, test: Score? = nil,
    perturbation: PerturbationSummary? = nil, seconds: Double, imagesPerSecond: Double
  ) {
    self.epoch = epoch
    self.train = train
    self.learningRate = learningRate
    self.gradientEvaluations = gradientEvaluations
    self.test = test
    self.perturbation = perturbation
    self.seconds = seconds
    self.imagesPerSecond = imagesPerSecond
  }
}
