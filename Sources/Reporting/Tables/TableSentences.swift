// The sentences that tables explain themselves with: plain text, the same in every format.

import Training

enum TableSentences {
  static let reading = """
    Every number is of the last epoch, never of the best one on the test set. A cell is mean +- sample deviation over \
    seeds, n in brackets. All arms of a row continue the same pre-training of their seed for the same number of epochs; \
    "frozen" is the control that trains the feature extractor under the unperturbed classifier. Differences are paired \
    by seed, with a two-sided 95 % t interval and the effect size d_z (mean over sample deviation); an interval that \
    contains zero leaves the question undecided. Intervals are not corrected for their number.
    """
  static let limits = """
    What such a run can tell: for its data set, at its scale and with its seeds, which way the difference goes where the interval \
    excludes zero, in test loss sooner than in test error. What it cannot tell: anything about other data sets, models \
    or lengths of training, or whether the paper's result holds at the paper's scale. With few seeds the interval leans \
    on differences being normal: read directions, not verdicts.
    """
  static let overviewBold = """
    Bold: the paired difference to the arm that continues pre-training's own optimiser has an interval below zero.
    """
  static let unofficialMark = "not the official set"
  static let unofficial = """
    "\(unofficialMark)": the files hold other numbers of images than the published ones, so that these numbers are no \
    results for the data set; the counts stand with the row's settings.
    """

  static func reading(_ ablation: Ablation) -> String {
    switch ablation {
    case .range:
      """
      How far the classifier is perturbed. Every row but the first two is PoF after SGD pre-training with one setting \
      changed: the range c (a step is uniform in 0 ... c eta*, with eta* from a line search on every weak batch); a \
      constant in place of eta*, the given multiple of the mean eta* in the first epoch of the same seed's run with \
      c = 2 (so it rests on the searches of one epoch alone); a random direction of the same norm in place of the weak batch's gradient; the number m of perturbation \
      groups. c = 0 differs from the control in batch norm's running statistics alone, which follow the weak batches too.
      """
    case .layers:
      """
      Which layers are perturbed, from the classifier alone (PoF) downwards, after SGD pre-training. What is perturbed \
      is frozen at its pre-trained value and the rest is trained, except in the control "everything", whose gradient is \
      taken at the perturbed weights and stepped from the unperturbed ones. "lowest" is the other control. One \
      perturbation group throughout; the last batch norm counts with group 3. Cost in gradient evaluations includes the \
      pass that measures each step's unperturbed loss, which training does not need.
      """
    }
  }

  static let references = """
    Differences are to two runs that continue the same pre-training without any perturbation: "SGD -> frozen" trains \
    the extractor under the frozen classifier (the control: what is left is the perturbation's effect, and that of the weak \
    batches on batch norm's running statistics, which PoF with c = 0 has alone), "SGD" goes on with \
    all parameters (the baseline); d_z is their mean over their sample deviation. eta*, norm (L2, of the perturbation) and the share of rejected searches are means \
    over the last epoch.
    """
}
