// CIFAR's binary version: files of records, each one or two label bytes, then 3072 bytes of pixels: a red, a green and a
// blue plane, row-major. There is no header, so a file's size and its labels are all that can be checked.

package enum CIFARReader {
  private static let channels = 3
  private static let size = 32
  /// Records read at a time.
  private static let blockRecords = 64

  /// The images of all files, in their order. Pixels are read into one array for all of them.
  /// - Parameters:
  ///   - labelClasses: the classes of each label byte in front of the pixels; the last one is the label.
  ///   - maximumCount: the most records that each file can have.
  ///   - advice: what to do where a file is missing.
  /// - Throws: `DatasetError`, naming the file.
  package static func imageSet(paths: [String], labelClasses: [Int], maximumCount: Int, advice: String)
    throws(DatasetError) -> ImageSet
  {
    let recordBytes = labelClasses.count + channels * size * size
    var files: [(file: InputFile, count: Int)] = []
    for path in paths {
      let file = try InputFile(path, advice: advice)
      guard file.size > 0 else { throw .empty(path: path) }
      guard file.size <= maximumCount * recordBytes else {
        throw .tooLarge(path: path, limitBytes: maximumCount * recordBytes)
      }
      let (count, rest) = file.size.quotientAndRemainder(dividingBy: recordBytes)
      guard rest == 0 else {
        throw .partialRecord(path: path, records: count, recordBytes: recordBytes, restBytes: rest)
      }
      files.append((file, count))
    }
    let count = files.reduce(0) { $0 + $1.count }
    var labels: [UInt8] = []
    labels.reserveCapacity(count)
    let imageBytes = channels * size * size
    let pixels = try [UInt8](count: count * imageBytes, path: paths.first ?? "") {
      (pixels) throws(DatasetError) in
      var start = 0
      for (file, count) in files {
        let part = UnsafeMutableRawBufferPointer(rebasing: pixels[start..<start + count * imageBytes])
        try read(file, labelClasses, into: part, &labels)
        start += part.count
      }
    }
    return ImageSet(pixels: pixels, labels: labels, channels: channels, size: size, classes: labelClasses.last ?? 0)
  }

  /// Fills `pixels` with a file's, and appends its labels.
  private static func read(
    _ file: InputFile, _ labelClasses: [Int], into pixels: UnsafeMutableRawBufferPointer, _ labels: inout [UInt8]
  ) throws(DatasetError) {
    let imageBytes = channels * size * size
    let recordBytes = labelClasses.count + imageBytes
    let count = pixels.count / imageBytes
    let block = UnsafeMutableRawBufferPointer.allocate(byteCount: blockRecords * recordBytes, alignment: 16)
    defer { block.deallocate() }
    for first in stride(from: 0, to: count, by: blockRecords) {
      let records = UnsafeMutableRawBufferPointer(
        rebasing: block[..<(min(blockRecords, count - first) * recordBytes)])
      let found = try file.read(into: records, at: first * recordBytes)
      guard found == records.count else {
        // It was longer when it was opened.
        throw .truncated(path: file.path, expectedBytes: file.size, foundBytes: first * recordBytes + found)
      }
      for record in 0..<records.count / recordBytes {
        let start = record * recordBytes
        for (byte, classes) in labelClasses.enumerated() where records[start + byte] >= classes {
          throw .labelOutOfRange(
            path: file.path, position: first + record, label: Int(records[start + byte]), classes: classes)
        }
        labels.append(records[start + labelClasses.count - 1])
        let image = pixels[((first + record) * imageBytes)...].prefix(imageBytes)
        UnsafeMutableRawBufferPointer(rebasing: image)
          .copyBytes(from: records[(start + labelClasses.count)...].prefix(imageBytes))
      }
    }
  }
}
