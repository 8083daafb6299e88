// The readers under test: what each is given, and what may come of it. Every input is a pure function of originals, seed,
// reader and index.

import Datasets
import ExperimentKit
import Foundation
import NeuralNetwork
import Reporting
import Storage
import Training

/// What came of reading an input.
package enum Verdict: Equatable, Sendable {
  /// As the original.
  case equal
  /// Another value, where the format has no checksum and the value keeps its type's promises.
  case valid
  /// A typed error that names the file.
  case refused
  /// What must not be, in words.
  case wrong(String)
}

/// A reader, its originals and mutations.
package struct Reader {
  package let name: String
  /// Share of all inputs, in parts of the sum over all readers.
  package let share: Int
  /// Name of the file, from which a path is made.
  package let fileName: String
  private let count: Int
  private let make: (_ original: Int, inout Draws) -> [UInt8]
  private let read: (_ original: Int, _ path: String) throws -> Verdict

  /// The input of that index; the original itself for those below the number of originals.
  package func input(seed: UInt64, index: Int) -> [UInt8] {
    var draws = Draws(seed: seed, reader: name, index: index)
    return make(index % count, &draws)
  }

  /// Reads the input of that index, which lies under `path`.
  package func verdict(index: Int, path: String) -> Verdict {
    do {
      return try read(index % count, path)
    } catch {
      let isTyped = error is StorageError || error is DatasetError || error is CSVError || error is UsageError
      guard isTyped, "\(error)".contains(path) else { return .wrong("\(type(of: error)): \(error)") }
      return .refused
    }
  }
}

extension Reader {
  /// All readers.
  /// - Parameters:
  ///   - originals: folder of run files and checkpoints (`*.h5`) of WRN-10-1 for one channel of 28 x 28 pixels.
  ///   - reference: a file of published numbers.
  ///   - scratch: an empty folder.
  /// - Throws: what reading the originals throws.
  package static func all(originals: String, reference: String, scratch: String) throws -> [Reader] {
    var runs: [(bytes: [UInt8], record: RunRecord)] = []
    var checkpoints: [(bytes: [UInt8], checkpoint: Checkpoint)] = []
    let model = try WideResNet(depth: 10, width: 1, classes: 10, channels: 1, imageSize: 28)
    let copy = "\(scratch)/original.h5"
    for name in try FileManager.default.contentsOfDirectory(atPath: originals).sorted() where name.hasSuffix(".h5") {
      let path = "\(originals)/\(name)"
      // As they are, and as today's writer writes them.
      if let record = try? RunFile.read(path) {
        try RunFile.write(record, to: copy)
        runs += [(try bytes(path), record), (try bytes(copy), record)]
      } else {
        let checkpoint = try CheckpointFile.read(path, expecting: (nil, model))
        try CheckpointFile.write(checkpoint, to: copy)
        checkpoints += [(try bytes(path), checkpoint), (try bytes(copy), checkpoint)]
      }
    }
    let configurations = runs.map(\.record.configuration)
    return try idx(scratch) + [cifar(scratch), svhn(scratch)] + [
      try hdf5("run", 12, runs.map(\.bytes), copy) { original, path in
        // Which part of the damage it sees is its own affair.
        var outline: RunOutline?
        do { outline = try RunFile.readOutline(path) } catch is StorageError {}
        let record = runs[original].record
        guard try RunFile.read(path) == record else { return .wrong("another record") }
        return outline == RunOutline(record) ? .equal : .wrong("another outline")
      },
      try hdf5("checkpoint", 4, checkpoints.map(\.bytes), copy) { original, path in
        try CheckpointFile.read(path, expecting: (nil, model)) == checkpoints[original].checkpoint
          ? .equal : .wrong("another checkpoint")
      },
      configuration(configurations), referenceTable(try bytes(reference), try ReferenceTable.read(reference)),
    ]
  }

  private static func bytes(_ path: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(fileURLWithPath: path)))
  }

  /// Mutates once or twice.
  private static func mutated(
    _ bytes: [UInt8], _ draws: inout Draws, _ mutate: (inout [UInt8], inout Draws) -> Void
  ) -> [UInt8] {
    var bytes = bytes
    for _ in 0...(draws.once(in: 3) ? 1 : 0) { mutate(&bytes, &draws) }
    return bytes
  }

  // MARK: IDX and gzip

  /// Twelve images of 4 x 4 pixels: plain, and gzipped.
  private static func idx(_ scratch: String) throws -> [Reader] {
    let (size, classes, limit) = (4, 10, 40)
    let images: [UInt8] =
      [0, 0, 8, 3, 0, 0, 0, 12, 0, 0, 0, 4, 0, 0, 0, 4] + (0..<12 * 16).map { UInt8(truncatingIfNeeded: $0 * 37 % 251) }
    let labels: [UInt8] = [0, 0, 8, 1, 0, 0, 0, 12] + (0..<12).map { UInt8($0 % classes) }
    let (imagesPath, labelsPath) = ("\(scratch)/images", "\(scratch)/labels")
    try Data(images).write(to: URL(fileURLWithPath: imagesPath))
    try Data(labels).write(to: URL(fileURLWithPath: labelsPath))
    func read(_ images: String, _ labels: String) throws -> ImageSet {
      try IDXReader.imageSet(
        imagesPath: images, labelsPath: labels, size: size, classes: classes, maximumCount: limit)
    }
    let original = try read(imagesPath, labelsPath)
    func judge(_ set: ImageSet) -> Verdict {
      if set.pixels == original.pixels && set.labels == original.labels { return .equal }
      let isSound =
        set.count > 0 && set.count <= limit && set.labels.count == set.count
        && set.pixels.count == set.count * size * size && set.labels.allSatisfy { $0 < classes }
        && set.classes == classes
      return isSound ? .valid : .wrong("\(set.count) images that are none")
    }
    let member = Gzip.member(images)
    return [
      Reader(
        name: "idx-images", share: 12, fileName: "images", count: 1,
        make: { _, draws in mutated(images, &draws, IDX.mutate) },
        read: { judge(try read($1, labelsPath)) }),
      Reader(
        name: "idx-labels", share: 12, fileName: "labels", count: 1,
        make: { _, draws in mutated(labels, &draws, IDX.mutate) },
        read: { judge(try read(imagesPath, $1)) }),
      Reader(
        name: "gzip", share: 24, fileName: "images.gz", count: 1,
        make: { _, draws in
          var bytes = member
          Gzip.mutate(&bytes, content: images, &draws)
          return bytes
        }, read: { judge(try read($1, labelsPath)) }),
    ]
  }

  // MARK: CIFAR and SVHN

  /// Whether images are the original's, or at least such as there can be.
  private static func judge(_ set: ImageSet, _ original: ImageSet, limit: Int) -> Verdict {
    if set.pixels == original.pixels && set.labels == original.labels { return .equal }
    let isSound =
      set.count > 0 && set.count <= limit && set.pixels.count == set.count * 3072 && set.channels == 3
      && set.size == 32 && set.classes == original.classes && set.labels.allSatisfy { $0 < set.classes }
    return isSound ? .valid : .wrong("\(set.count) images that are none")
  }

  /// Four images of CIFAR-10 and of CIFAR-100.
  private static func cifar(_ scratch: String) throws -> Reader {
    let limit = 40
    let classes = [[10], [20, 100]]
    func read(_ original: Int, _ path: String) throws -> ImageSet {
      try CIFARReader.imageSet(
        paths: [path], labelClasses: classes[original], maximumCount: limit, advice: "make it again")
    }
    let files = classes.map { classes in
      (0..<4).flatMap { image -> [UInt8] in
        classes.map { UInt8(($0 - 1) * image / 3) }
          + (0..<3072).map { UInt8(truncatingIfNeeded: ($0 + image) * 37 % 251) }
      }
    }
    let originals = try files.indices.map { original in
      let path = "\(scratch)/batch"
      try Data(files[original]).write(to: URL(fileURLWithPath: path))
      return try read(original, path)
    }
    return Reader(
      name: "cifar", share: 6, fileName: "batch.bin", count: files.count,
      make: { original, draws in
        mutated(files[original], &draws) {
          CIFARMutations.mutate(
            &$0, recordBytes: 3072 + classes[original].count, labelBytes: classes[original].count, &$1)
        }
      },
      read: { original, path in judge(try read(original, path), originals[original], limit: limit) })
  }

  /// Three images in a file of either byte order.
  private static func svhn(_ scratch: String) throws -> Reader {
    let limit = 40
    let pixels = (0..<3 * 3072).map { UInt8(truncatingIfNeeded: $0 * 37 % 251) }
    let (little, big) = (MATWriter(), MATWriter(isBigEndian: true))
    let files = [
      MATOriginal(
        writer: little,
        variables: [
          (little.variable("X", 9, [32, 32, 3, 3], 2, pixels), true),
          (little.variable("y", 9, [3, 1], 2, [1, 10, 9]), true),
        ]),
      // Labels in doubles, in front; text in between.
      MATOriginal(
        writer: big,
        variables: [
          (big.variable("y", 6, [3, 1], 9, big.doubles([1, 10, 9])), true),
          (big.variable("note", 4, [1, 4], 4, Array("n\0o\0t\0e\0".utf8)), false),
          (big.variable("X", 9, [32, 32, 3, 3], 2, pixels), false),
        ]),
    ]
    func read(_ path: String) throws -> ImageSet {
      try SVHNReader.imageSet([SVHNReader(path, maximumCount: limit, advice: "make it again")])
    }
    let path = "\(scratch)/digits"
    try Data(files[0].bytes).write(to: URL(fileURLWithPath: path))
    let original = try read(path)
    return Reader(
      name: "svhn", share: 14, fileName: "digits.mat", count: files.count,
      make: { original, draws in files[original].mutated(&draws) },
      read: { _, path in judge(try read(path), original, limit: limit) })
  }

  // MARK: HDF5

  private static func hdf5(
    _ name: String, _ share: Int, _ originals: [[UInt8]], _ scratch: String,
    _ read: @escaping (_ original: Int, _ path: String) throws -> Verdict
  ) throws -> Reader {
    let blocks = originals.map { HDF5Structure.blocks($0) }
    let contents = try originals.map { bytes in
      try Data(bytes).write(to: URL(fileURLWithPath: scratch))
      return HDF5Contents(scratch)
    }
    return Reader(
      name: name, share: share, fileName: "\(name).h5", count: originals.count,
      make: { original, draws in
        var bytes = originals[original]
        guard !draws.once(in: 4) else {
          bytes = HDF5Forgeries.forge(bytes, contents[original], &draws) ?? bytes
          if draws.once(in: 4) { HDF5Mutations.mutate(&bytes, HDF5Structure.blocks(bytes), &draws) }
          return bytes
        }
        HDF5Mutations.mutate(&bytes, blocks[original], &draws)
        return bytes
      }, read: read)
  }

  // MARK: Text

  private static func configuration(_ originals: [RunConfiguration]) -> Reader {
    let texts = originals.map { Array($0.json.utf8) }
    return Reader(
      name: "configuration", share: 20, fileName: "configuration.json", count: originals.count,
      make: { original, draws in mutated(texts[original], &draws, TextMutations.mutateJSON) },
      read: { original, path in
        let found = try ConfigurationFile.read(path, for: .dataset(.fashionMNIST))
        if found == originals[original] { return .equal }
        return try RunConfiguration(json: found.json) == found ? .valid : .wrong("another configuration as JSON")
      })
  }

  private static func referenceTable(_ text: [UInt8], _ original: ReferenceTable) -> Reader {
    Reader(
      name: "reference", share: 16, fileName: "reference.csv", count: 1,
      make: { _, draws in mutated(text, &draws, TextMutations.mutateCSV) },
      read: { _, path in
        let found = try ReferenceTable.read(path)
        if found == original { return .equal }
        let isSound = found.values.allSatisfy { value in
          let error = value.errorPercent.map { Double($0) ?? .nan }
          return error.map { $0 >= 0 && $0 <= 100 } ?? true && value.epochs?.isEmpty != true
            && value.url.hasPrefix("http")
            && (value.seen == nil) == (value.errorPercent == nil) && !value.method.isEmpty
        }
        return isSound ? .valid : .wrong("a published number that is none")
      })
  }
}
