// The executable `preview`: options and exit codes. What is shown is Preview's matter, pictures are Reporting's.

import ArgumentParser
import Datasets
import ExperimentKit
import Foundation
import Reporting

struct PreviewCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "preview",
    abstract:
      "Draws training images beside their augmented form, to check normalisation, crop, flip and cutout by eye.",
    discussion: """
      The first images of an epoch in the order in which training takes them, row by row. Each cell shows the image as it \
      is in the files, and beside it what training gets, mapped back from normalised values to pixels: padding is black, \
      cutout's square the data set's mean colour. Two tables go to stdout. The first has mean and deviation of the \
      normalised values by channel, before and after augmentation. The second has, by cell, the image's place in the \
      training set, its class, the crop's place in the padded image (4, 4 is the image itself), whether it is flipped, \
      and the centre of cutout's square. Exit codes: 0 done, 2 bad usage, missing data or an output that cannot be \
      written.
      """)

  @Option(
    help: ArgumentHelp("The data set: \(Self.names).", valueName: "NAME"), transform: { try Self.named($0) })
  var dataset: DatasetName

  @Option(
    help: ArgumentHelp(
      "basic: padding 4, random crop, horizontal flip; cutout: also one 16x16 square erased.",
      valueName: "A"))
  var augment = Augmentation.basic

  @Option(parsing: .unconditional, help: ArgumentHelp("Seed of every random draw, 0 or more.", valueName: "K"))
  var seed = 0

  @Option(parsing: .unconditional, help: ArgumentHelp("The epoch, from 1.", valueName: "E"))
  var epoch = 1

  @Option(parsing: .unconditional, help: ArgumentHelp("Cells in a row.", valueName: "N"))
  var columns = 8

  @Option(parsing: .unconditional, help: ArgumentHelp("Rows of cells.", valueName: "N"))
  var rows = 8

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Pixels of the picture per pixel of an image, each way.", valueName: "N"))
  var scale = 3

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Only the first N training images, as in profiles that limit them; 0 is all. (default: 0, of 192 with --synthetic)",
      valueName: "N"))
  var trainLimit: Int?

  @Flag(help: "svhn only: its 73,257 images of `train` alone, without the 531,131 of `extra`.")
  var noExtra = false

  @Option(
    help: ArgumentHelp(
      "Folder of the data sets; Fashion-MNIST falls back to the Debian package's. (default: data)", valueName: "DIR"),
    transform: FolderPath.parse)
  var data: String?

  @Flag(help: "Images made out of nothing in the data set's shape, as in the smoke profile; needs no data.")
  var synthetic = false

  @Option(help: ArgumentHelp("The picture; replaced where it is there.", valueName: "FILE.png"))
  var output = "preview.png"

  /// As many images as in the smoke profile.
  private static let syntheticCount = 192

  /// The data set of that name.
  private static func named(_ name: String) throws -> DatasetName {
    guard let value = DatasetName(rawValue: name) else { throw ValidationError("it must be one of \(names)") }
    return value
  }

  private static let names = DatasetName.allCases.map(\.rawValue).joined(separator: ", ")

  func validate() throws {
    for (option, value, range) in [
      ("--seed", seed, 0...Int.max), ("--epoch", epoch, 1...1_000_000), ("--columns", columns, 1...100),
      ("--rows", rows, 1...100), ("--scale", scale, 1...16), ("--train-limit", trainLimit ?? 0, 0...1_000_000),
    ] where !range.contains(value) {
      throw ValidationError("\(option) is \(value): it must be from \(range.lowerBound) to \(range.upperBound)")
    }
    guard !output.isEmpty else { throw ValidationError("--output is empty: name a file") }
    guard !synthetic || (data == nil && !noExtra) else {
      throw ValidationError("--synthetic needs no data: leave out --data and --no-extra")
    }
    guard !noExtra || dataset == .svhn else {
      throw ValidationError("--no-extra is for svhn: \(dataset.rawValue) has no extra images")
    }
    let side = dataset.specification.imageSize
    let size = ImageGrid.size(columns: columns, rows: rows, pictures: 2, width: side, height: side, scale: scale)
    guard max(size.width, size.height) <= PNGImage.largestSize else {
      throw ValidationError(
        "the picture would have \(size.width)x\(size.height) pixels, more than \(PNGImage.largestSize) a side: "
          + "choose a smaller --columns, --rows or --scale")
    }
  }

  func run() throws {
    let limit = trainLimit ?? 0
    var images =
      synthetic
      ? SyntheticDataset.make(for: dataset, trainCount: limit > 0 ? limit : Self.syntheticCount, testCount: 1, seed: 0)
      : try dataset.load(dataFolder: data ?? "data", part: noExtra ? .withoutExtra : .all)
    images.limit(train: limit, test: 0)
    let available = images.train.count
    guard columns * rows <= available else {
      throw UsageError.data(
        "the grid shows \(columns * rows) images, but there are \(available) of \(dataset.rawValue) here: choose a "
          + "smaller --columns or --rows")
    }
    let preview = Preview(
      of: images.train, images.normalization, augmentation: augment, seed: UInt64(seed), epoch: epoch,
      count: columns * rows)
    try preview.grid(columns: columns, scale: scale).picture().write(to: output, texts: texts(images: available))
    print(preview.table, terminator: "")
  }

  /// The parameters, for the picture's file.
  private func texts(images: Int) -> [PNGText] {
    [
      PNGText(
        keyword: "Title", text: "Training images of \(dataset.specification.title), each beside its augmented form"),
      PNGText(keyword: "Software", text: "pof-in-swift preview"), PNGText(keyword: "Dataset", text: dataset.rawValue),
      PNGText(keyword: "Source", text: synthetic ? "synthetic" : "files"),
      PNGText(keyword: "Part", text: (noExtra ? TrainingPart.withoutExtra : .all).rawValue),
      PNGText(keyword: "Training-Images", text: "\(images)"),
      PNGText(keyword: "Augmentation", text: augment.rawValue), PNGText(keyword: "Seed", text: "\(seed)"),
      PNGText(keyword: "Epoch", text: "\(epoch)"), PNGText(keyword: "Columns", text: "\(columns)"),
      PNGText(keyword: "Rows", text: "\(rows)"), PNGText(keyword: "Scale", text: "\(scale)"),
    ]
  }
}

@main enum Main {
  static func main() {
    do {
      let command = try PreviewCommand.parse()
      try command.run()
    } catch {
      exit(CommandExit.status(of: error, as: PreviewCommand.self))
    }
  }
}
