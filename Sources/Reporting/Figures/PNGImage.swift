// Pictures of bytes, written as PNG files through libpng and read back. Drawing is not its matter (ImageGrid draws).

import CPNG
import Foundation
import Storage

/// A picture of 8 bits a sample, grey or RGB.
public struct PNGImage: Sendable, Hashable {
  /// In pixels.
  public let width: Int
  public let height: Int
  /// 1: grey; 3: red, green, blue.
  public let channels: Int
  /// [height, width, channels], row-major.
  public let pixels: [UInt8]

  /// Width and height that a picture can have.
  public static let largestSize = 1 << 14

  /// - Precondition: as many pixels as the shape implies, no side empty or beyond `largestSize`.
  public init(width: Int, height: Int, channels: Int, pixels: [UInt8]) {
    precondition(channels == 1 || channels == 3, "grey or RGB")
    precondition(
      (1...Self.largestSize).contains(width) && (1...Self.largestSize).contains(height), "a picture of a possible size")
    precondition(pixels.count == height * width * channels, "pixels and shape disagree")
    self.width = width
    self.height = height
    self.channels = channels
    self.pixels = pixels
  }

  /// Reads a PNG file's content.
  /// - Throws: `ReportError.picture` for data that is no sound PNG, and for other kinds of pixels.
  public init(decoding png: Data) throws(ReportError) {
    var stream = pof_png_stream()
    defer { free(stream.output) }
    var width: UInt32 = 0
    var height: UInt32 = 0
    var channels: Int32 = 0
    let sound = png.withUnsafeBytes { bytes in
      stream.input = bytes.bindMemory(to: UInt8.self).baseAddress
      stream.input_count = bytes.count
      return pof_png_decode(&stream, &width, &height, &channels)
    }
    guard sound == 1, let output = stream.output else { throw .picture(PNGText.message(of: stream)) }
    self.init(
      width: Int(width), height: Int(height), channels: Int(channels),
      pixels: Array(UnsafeBufferPointer(start: output, count: stream.output_count)))
  }

  /// The content of a PNG file, the texts before the pixels. The same picture and texts give the same bytes.
  /// - Throws: `ReportError.picture` for a bad keyword, or where memory is short.
  public func encoded(_ texts: [PNGText] = []) throws(ReportError) -> Data {
    var stream = pof_png_stream()
    defer { free(stream.output) }
    let written = try PNGText.withPointers(to: texts) { keywords, bodies, count in
      pof_png_encode(&stream, pixels, UInt32(width), UInt32(height), Int32(channels), keywords, bodies, count)
    }
    guard written == 1, let output = stream.output else { throw .picture(PNGText.message(of: stream)) }
    return Data(bytes: output, count: stream.output_count)
  }

  /// Writes a PNG file, which appears whole or not at all.
  /// - Throws: `ReportError.picture`, or `StorageError.writeFailed` with the system's reason.
  public func write(to path: String, texts: [PNGText] = []) throws {
    try AtomicFile.write(Array(encoded(texts)), to: path)
  }
}
