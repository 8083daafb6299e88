// What the runs of a group have in common, and how that is said: network, images, epochs, rates, and what of it is not
// the paper's. SettingsCheck sees to it that they have it in common.

import Datasets
import Storage
import Training

/// What the runs of a group share.
public struct RowSettings: Sendable, Equatable {
  /// A run's configuration; arm, seed, rho and PoF's settings are that run's alone.
  public var configuration: RunConfiguration
  public var data: DataDescription
  /// What the runs' files hold, as far as they say so and agree.
  public var files: ImageCounts?
  /// Epochs and rate after pre-training; nil where only pre-training was run.
  public var post: Post?
  /// Of the PoF arms, nil without one.
  public var perturbation: Perturbation?
  /// SAM's radius, nil without an arm that uses SAM.
  public var rho: Double?

  public struct Post: Sendable, Equatable {
    public var epochs: Int
    public var learningRate: Double
    /// Of all post-training epochs; the last, partial batch counts.
    public var steps: Int
    /// How far post-training can move.
    public var product: Double { learningRate * Double(steps) }
  }

  /// What PoF's arms share: a setting that an arm varies counts in the others; nil where each has its own.
  public struct Perturbation: Sendable, Equatable {
    public var range: Double?
    public var groups: Int?
    public var weakBatchSize: Int?
    public var weakStatistics: Bool?
    public var searchLimit: Double?
    public var atSearchLimit: AtSearchLimit?
    /// Whether some arm varies one of them.
    public var isVaried: Bool
    /// Whether it is the layer ablation's: one group, and the search limit that goes with it, belong to that.
    public var isOfLayers: Bool
  }

  /// Of runs whose settings agree (SettingsCheck); nil for none.
  init?(_ records: [RunRecord], arms: [Arm]) {
    guard let first = records.first else { return nil }
    configuration = first.configuration
    data = first.data
    let files = records.compactMap(\.files)
    self.files = files.allSatisfy { $0 == files[0] } ? files.first : nil
    let configurations = records.map(\.configuration)
    if let one = configurations.first(where: { $0.postTraining != .none }) {
      let stepsPerEpoch = one.batchSize > 0 ? (first.data.trainCount + one.batchSize - 1) / one.batchSize : 0
      post = Post(epochs: one.postEpochs, learningRate: one.postLearningRate, steps: stepsPerEpoch * one.postEpochs)
    }
    perturbation = Perturbation(configurations.filter { $0.postTraining == .pof }, arms: arms)
    let names = Set(arms.filter { $0.preTraining == .sam || $0.postTraining == .sam }.map(\.name))
    rho = configurations.first { names.contains($0.arm) }?.rho
  }
}

extension RowSettings.Perturbation {
  /// Nil for no configuration.
  init?(_ configurations: [RunConfiguration], arms: [Arm]) {
    guard !configurations.isEmpty else { return nil }
    func varied(_ one: RunConfiguration) -> Set<PerturbationSetting> {
      arms.first { $0.name == one.arm }?.variation.settings ?? []
    }
    func common<Value: Equatable>(
      _ setting: PerturbationSetting, _ path: KeyPath<RunConfiguration, Value>
    ) -> Value? {
      let unvaried = configurations.filter { !varied($0).contains(setting) }
      let values = (unvaried.isEmpty ? configurations : unvaried).map { $0[keyPath: path] }
      return values.allSatisfy { $0 == values[0] } ? values[0] : nil
    }
    self.init(
      range: common(.range, \.perturbationRange), groups: common(.groups, \.perturbationGroups),
      weakBatchSize: common(.weakBatchSize, \.weakBatchSize),
      weakStatistics: common(.weakStatistics, \.weakStatistics), searchLimit: common(.searchLimit, \.searchLimit),
      atSearchLimit: common(.atSearchLimit, \.atSearchLimit),
      isVaried: configurations.contains { !varied($0).isEmpty },
      isOfLayers: arms.contains { if case .layers = $0.variation { true } else { false } })
  }

  var text: String {
    var parts: [String] = []
    if let groups { parts.append("\(groups) perturbation group\(groups == 1 ? "" : "s")") }
    if let range { parts.append("range c = \(NumberText.short(range))") }
    if let weakBatchSize { parts.append("weak batches of \(weakBatchSize)") }
    if weakStatistics == false { parts.append("their pass leaves running statistics alone") }
    if let searchLimit, let atSearchLimit {
      parts.append("search limit \(NumberText.rounded(searchLimit)) (\(atSearchLimit.rawValue))")
    }
    return (isVaried ? "PoF, where a row says nothing else: " : "PoF: ") + parts.joined(separator: ", ")
  }
}

extension RowSettings {
  /// Synthetic images stand in for a data set but are none: no table may show them under its name alone.
  var isSynthetic: Bool { configuration.dataSource == .synthetic }

  /// Files with other counts of images than the published ones: no table may show them under the set's name alone.
  var isUnofficial: Bool { !isSynthetic && !data.official }

  /// What must stand beside the data set's name: "synthetic images", "not the official set"; nil for published files.
  var imagesMark: String? { isSynthetic ? "synthetic images" : isUnofficial ? TableSentences.unofficialMark : nil }

  var model: String { "WRN-\(configuration.depth)-\(configuration.width)" }

  private var isPart: Bool { configuration.trainLimit > 0 || configuration.testLimit > 0 }

  var images: String {
    let counts =
      "\(NumberText.grouped(data.trainCount)) training and \(NumberText.grouped(data.testCount)) test images, "
    if isSynthetic { return counts + "synthetic (not \(DatasetName.title(ofFolder: configuration.dataset)))" }
    let extra = configuration.trainingPart == .withoutExtra ? " without extra" : ""
    if data.official { return counts + (isPart ? "the first of the published set" : "the published set") + extra }
    let published =
      DatasetName(rawValue: configuration.dataset).map { dataset in
        let train = dataset.specification.trainCount(of: configuration.trainingPart)
        return " of \(NumberText.grouped(train)) and \(NumberText.grouped(dataset.specification.testCount))"
      } ?? ""
    let held = files.map { " with \(NumberText.grouped($0.train)) and \(NumberText.grouped($0.test))" } ?? ""
    return counts + (isPart ? "the first of files\(held) that are " : "") + TableSentences.unofficialMark + published
      + extra
  }

  /// "150 + 20": shared pre-training and what follows it.
  var epochs: String { "\(configuration.preEpochs) + \(post?.epochs ?? 0)" }

  private var paper: PaperSetting? { DatasetName(rawValue: configuration.dataset).map(PaperSetting.init) }

  var postTraining: String? {
    guard let post else { return nil }
    let own =
      "rate \(NumberText.short(post.learningRate)) x \(NumberText.grouped(post.steps)) steps = "
      + NumberText.fixed(post.product, 2)
    guard let paper else { return own }
    return own + " (paper: \(paper.postEpochs) epochs\(paper.postEpochsRemark) = "
      + "\(NumberText.grouped(paper.postSteps)) steps at \(NumberText.short(paper.postLearningRate)), product "
      + "\(NumberText.fixed(paper.postLearningRate * Double(paper.postSteps), 2)))"
  }

  /// Where the setting is not the paper's: "model (WRN-10-2, paper WRN-28-10)".
  var differencesFromPaper: [String] {
    var list: [String] = []
    func compare(_ name: String, _ found: String?, _ paper: String, unit: String = "", remark: String = "") {
      guard let found, found != paper else { return }
      list.append("\(name) (\(found)\(unit), paper \(paper)\(remark))")
    }
    func compare(_ name: String, _ found: Double?, _ paper: Double) {
      compare(name, found.map(NumberText.short), NumberText.short(paper))
    }
    compare("model", model, "WRN-\(PaperSetting.depth)-\(PaperSetting.width)")
    compare("batch", "\(configuration.batchSize)", "\(PaperSetting.batchSize)")
    compare("pre-training", "\(configuration.preEpochs)", "\(PaperSetting.preEpochs)", unit: " epochs")
    if let paper { compare("pre-training rate", configuration.learningRate, paper.learningRate) }
    compare("momentum", configuration.momentum, PaperSetting.momentum)
    compare("weight decay", configuration.weightDecay, PaperSetting.weightDecay)
    if let post, let paper {
      compare(
        "post-training", "\(post.epochs)", "\(paper.postEpochs)", unit: " epochs", remark: paper.postEpochsRemark)
      compare("post-training rate", post.learningRate, paper.postLearningRate)
    }
    if let paper { compare("SAM's rho", rho, paper.rho) }
    if let perturbation {
      compare("range c", perturbation.range, PaperSetting.range)
      compare("weak batch", perturbation.weakBatchSize.map { "\($0)" }, "\(PaperSetting.weakBatchSize)")
      if !(perturbation.isOfLayers && perturbation.groups == 1) {
        compare("perturbation groups", perturbation.groups.map { "\($0)" }, "\(PaperSetting.groups)")
        compare(
          "search limit", perturbation.searchLimit.map(NumberText.rounded),
          NumberText.rounded(PaperSetting.searchLimit))
      }
      compare(
        "running statistics", perturbation.weakStatistics.map { $0 ? "of both batches" : "of training batches" },
        "of both batches")
    }
    var images: [String] = []
    if isSynthetic {
      images = ["synthetic"]
    } else {
      if isUnofficial { images.append(TableSentences.unofficialMark) }
      if configuration.trainingPart == .withoutExtra { images.append("without extra") }
      if isPart { images.append("a part of the set") }
    }
    if !images.isEmpty { list.append("images (\(images.joined(separator: ", ")))") }
    return list
  }
}
