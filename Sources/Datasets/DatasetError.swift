// Why a data set cannot be read: a value per fault, each naming the file, what was found and what to do.

/// Why a data set cannot be read.
public enum DatasetError: Error, Equatable, CustomStringConvertible {
  /// No such file. `advice` says where to get it.
  case missing(path: String, advice: String)
  /// The file exists, but the system does not hand out its bytes.
  case unreadable(path: String, reason: String)
  /// Fewer bytes than the header takes, or than it announces.
  case truncated(path: String, expectedBytes: Int, foundBytes: Int)
  /// Not the format that belongs here.
  case wrongMagic(path: String, expected: UInt32, found: UInt32)
  /// The header's count is not what the file holds, or more than this data set can have.
  case wrongCount(path: String, announced: Int, held: Int)
  /// Images of another size than the data set's.
  case wrongImageSize(path: String, expected: Int, foundHeight: Int, foundWidth: Int)
  /// A header that announces no item.
  case empty(path: String)
  /// Bytes beyond the last whole record.
  case partialRecord(path: String, records: Int, recordBytes: Int, restBytes: Int)
  /// Not enough memory for the images.
  case noMemory(path: String, bytes: Int)
  /// More bytes, after decompression, than the data set can have.
  case tooLarge(path: String, limitBytes: Int)
  /// A class that does not exist; `position` counts from 0.
  case labelOutOfRange(path: String, position: Int, label: Int, classes: Int)
  /// Images and labels that do not belong together.
  case countMismatch(imagesPath: String, images: Int, labelsPath: String, labels: Int)
  /// The gzip stream is damaged.
  case gzip(path: String, fault: GzipFault)
  /// Not a MATLAB file that can be read, or not the variables that belong there.
  case mat(path: String, fault: MATFault)

  public var description: String {
    switch self {
    case .missing(let path, let advice): "\(path): no such file; \(advice)"
    case .unreadable(let path, let reason): "\(path): cannot be read (\(reason)); check the path and its permissions"
    case .truncated(let path, let expected, let found):
      "\(path): truncated: \(found) bytes instead of \(expected); replace the file by a complete copy"
    case .wrongMagic(let path, let expected, let found):
      "\(path): not the IDX file that belongs here: it starts with \(Self.hex(found)) instead of "
        + "\(Self.hex(expected)); replace the file"
    case .wrongCount(let path, let announced, let held):
      "\(path): wrong count: the header announces \(announced) items, the file holds \(held); replace the file"
    case .wrongImageSize(let path, let expected, let height, let width):
      "\(path): images of \(height)x\(width) pixels instead of \(expected)x\(expected); replace the file"
    case .empty(let path): "\(path): holds no item; replace the file"
    case .partialRecord(let path, let records, let recordBytes, let rest):
      "\(path): \(rest) bytes follow \(records) whole records of \(recordBytes) bytes; replace the file by a complete copy"
    case .noMemory(let path, let bytes):
      "\(path): there is no memory for its \(bytes >> 20) MiB of pixels; free some, or use a larger machine"
    case .tooLarge(let path, let limit):
      "\(path): holds more than \(limit) bytes, the most this data set can have; replace the file"
    case .labelOutOfRange(let path, let position, let label, let classes):
      "\(path): label \(label) at position \(position), but classes are 0...\(classes - 1); replace the file"
    case .countMismatch(let imagesPath, let images, let labelsPath, let labels):
      "\(imagesPath): \(images) images, but \(labels) labels in \(labelsPath); use two files that belong together"
    case .gzip(let path, let fault): "\(path): gzip error: \(fault); replace the file by a complete copy"
    case .mat(let path, let fault): "\(path): \(fault); replace the file by the published one"
    }
  }

  private static func hex(_ word: UInt32) -> String {
    let digits = String(word, radix: 16)
    return "0x" + String(repeating: "0", count: 8 - digits.count) + digits
  }
}

/// What is wrong with a gzip or zlib stream.
public enum GzipFault: Sendable, Equatable, CustomStringConvertible {
  /// The stream ends before its trailer does.
  case truncated
  /// A header, a code, the checksum or the length is wrong; zlib's words.
  case corrupt(String)
  /// Bytes follow the end of the stream.
  case trailingBytes(Int)

  public var description: String {
    switch self {
    case .truncated: "the stream ends early"
    case .corrupt(let reason): reason
    case .trailingBytes(let count): "\(count) bytes follow the end of the stream"
    }
  }
}
