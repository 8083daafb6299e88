// Our test errors beside published ones, each pair with the settings in which they differ. It computes nothing from a
// published number: no difference, no verdict, since no two rows here have one setting.

import Datasets
import Training

/// Every cell of Table 1 that somebody published a number for, whether or not it is known here.
struct PublishedComparison: Sendable, Equatable {
  var rows: [Row]

  struct Row: Sendable, Equatable {
    var key: RowKey
    /// "CIFAR-10, basic".
    var title: String
    var cell: ArmGroup.Cell
    var published: ReferenceValue
    /// Nil where no run of the group can be read.
    var ours: RowSettings?
  }

  /// Synthetic images have no published numbers.
  init(_ table: Table1) {
    rows = table.sections.flatMap(\.measured).filter { $0.settings?.isSynthetic != true }.flatMap { group in
      group.cells.flatMap { cell in
        table.published.values.filter { value in
          value.method == cell.arm.title && value.dataSet == Self.title(group)
            && Self.isSame(value.augmentation, group.key.augmentation)
        }.map { Row(key: group.key, title: group.title, cell: cell, published: $0, ours: group.settings) }
      }
    }
  }

  /// The data set's name among the published values, which name SVHN's training images.
  private static func title(_ group: ArmGroup) -> String {
    let title = DatasetName.title(ofFolder: group.key.dataset)
    let hasExtra = group.settings?.configuration.trainingPart != .withoutExtra
    return group.key.dataset == DatasetName.svhn.rawValue && hasExtra ? title + " + extra" : title
  }

  /// "cutout 16" is cutout with its size.
  private static func isSame(_ published: String, _ ours: String) -> Bool {
    published == ours || published.hasPrefix(ours + " ")
  }
}

extension PublishedComparison.Row {
  /// "network WRN-10-1, published WRN-28-10", one item for each setting that is not the published one.
  var differences: [String] {
    guard let ours else { return [] }
    var list: [String] = []
    func compare(_ name: String, _ found: String, _ published: String) {
      if found != published { list.append("\(name) \(found), published \(published)") }
    }
    compare("network", ours.model, published.network)
    compare("epochs", ours.epochs, published.epochs ?? "not stated")
    if let dataset = DatasetName(rawValue: key.dataset) {
      let all = dataset.specification.trainCount(of: ours.configuration.trainingPart)
      compare("training images", NumberText.grouped(ours.data.trainCount), NumberText.grouped(all))
      compare(
        "test images", NumberText.grouped(ours.data.testCount), NumberText.grouped(dataset.specification.testCount))
    }
    if ours.isUnofficial { list.append("images \(TableSentences.unofficialMark)") }
    compare("augmentation", key.augmentation, published.augmentation)
    return list
  }

  /// "19.83 +- 0.47 (5)".
  var oursText: String {
    let (number, note) = cell.text(cell.error, digits: 2)
    return number.map { "\($0) \(note)" } ?? note
  }
}

extension PublishedComparison: ReportPage {
  var name: String { "comparison" }
  var isEmpty: Bool { rows.isEmpty }

  private static let header = [
    "Data, augmentation", "Profile", "Method", "Ours (%)", "Published (%)", "Source", "Where ours differs",
    "What the published number rests on",
  ]
  private static let reading = """
    Test error after the last epoch, mean +- sample deviation (n), beside published numbers of the same data set, method and \
    augmentation, whose spread is each source's own. Named are differences in network, epochs, numbers of images and \
    augmentation; batch, rates and other details are not compared. Beside any difference a gap between two numbers says \
    nothing about the method.
    """

  private func texts(_ row: Row) -> [String] {
    [
      row.title, row.key.profile, row.cell.arm.title, row.oursText, row.published.text ?? ReferenceValue.unavailable,
      row.published.source, row.differences.joined(separator: "; "), row.published.remarkText,
    ]
  }

  func document(figures: [FigureLink]) -> [Block] {
    [
      .heading(level: 1, "Beside published numbers"), .paragraph(RichText(Self.reading)),
      .table(
        DocumentTable(
          header: Self.header.map { RichText($0) },
          rows: rows.map { row in
            let texts = texts(row)
            let profile: RichText = .code(texts[1])
            return [RichText(texts[0]), profile] + texts[2...].map { RichText($0) }
          }, numeric: false)),
    ]
  }

  /// A table for each place, each with what may not be concluded from it.
  var latex: String {
    LaTeX.head("Beside published numbers")
      + places.map { place in
        let ofPlace = rows.filter { $0.key == place }
        return LaTeX.texts(
          caption: "\(ofPlace[0].title), profile \(place.profile), beside published numbers. \(Self.reading)",
          widths: [0.08, 0.1, 0.11, 0.16, 0.25, 0.24], header: Array(Self.header[2...]),
          rows: ofPlace.map { texts($0)[2...].map(LaTeX.text) })
      }.joined()
  }

  /// Each once, in order.
  private var places: [RowKey] { rows.reduce(into: []) { if !$0.contains($1.key) { $0.append($1.key) } } }

  var data: [(path: String, content: String)] {
    let columns = [
      "profile", "dataset", "augmentation", "method", "n", "test_error_percent_mean", "test_error_percent_sd",
      "network", "epochs", "train_images", "test_images", "official", "published_error_percent", "published_spread",
      "published_network", "published_augmentation", "published_epochs", "source", "url", "seen", "remark",
    ]
    let lines = rows.map { row in
      let published = row.published
      return CSV.line(
        [
          row.key.profile, row.key.dataset, row.key.augmentation, row.cell.arm.title, "\(row.cell.runs.count)",
          NumberText.exact(row.cell.error?.mean), NumberText.exact(row.cell.error?.deviation), row.ours?.model ?? "",
          row.ours?.epochs ?? "", row.ours.map { "\($0.data.trainCount)" } ?? "",
          row.ours.map { "\($0.data.testCount)" } ?? "", row.ours.map { "\($0.data.official)" } ?? "",
          published.errorPercent ?? "", published.spread, published.network, published.augmentation,
          published.epochs ?? "", published.source, published.url, published.seen?.rawValue ?? "", published.remark,
        ])
    }
    return [("\(name).csv", CSV.line(columns) + lines.joined())]
  }
}
