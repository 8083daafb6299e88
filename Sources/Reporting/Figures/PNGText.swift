// Text chunks of PNG files through libpng: added to a finished picture, and read back. Pixels are copied as they are.

import CPNG
import Foundation

/// One text chunk.
public struct PNGText: Sendable, Hashable {
  /// 1 to 79 printable ASCII characters.
  public var keyword: String
  public var text: String

  public init(keyword: String, text: String) {
    self.keyword = keyword
    self.text = text
  }

  /// A copy of the picture with the texts before its image data: tEXt, or iTXt where a text is not ASCII.
  /// - Throws: `ReportError.picture` for data that is no sound PNG and for a bad keyword.
  public static func adding(_ texts: [PNGText], to png: Data) throws(ReportError) -> Data {
    var stream = pof_png_stream()
    defer { free(stream.output) }
    let added = try withPointers(to: texts) { keywords, bodies, count in
      png.withUnsafeBytes { bytes in
        stream.input = bytes.bindMemory(to: UInt8.self).baseAddress
        stream.input_count = bytes.count
        return pof_png_add_texts(&stream, keywords, bodies, count)
      }
    }
    guard added == 1, let output = stream.output else { throw .picture(message(of: stream)) }
    return Data(bytes: output, count: stream.output_count)
  }

  /// Hands out the texts as libpng wants them: keywords and bodies, each `count` NUL-terminated strings.
  /// - Throws: `ReportError.picture` for a bad keyword.
  static func withPointers<Result>(
    to texts: [PNGText],
    _ body: (_ keywords: [UnsafePointer<CChar>?], _ bodies: [UnsafePointer<CChar>?], Int32) -> Result
  ) throws(ReportError) -> Result {
    for one in texts {
      let printable = one.keyword.utf8.allSatisfy { (32...126).contains($0) }
      guard printable, (1...79).contains(one.keyword.utf8.count), !one.text.utf8.contains(0) else {
        throw .picture("\"\(one.keyword)\" cannot be a PNG text: 1 to 79 ASCII characters, no NUL in the text")
      }
    }
    let keywords = texts.map { strdup($0.keyword) }
    let bodies = texts.map { strdup($0.text) }
    defer { (keywords + bodies).forEach { free($0) } }
    return body(keywords.map { UnsafePointer($0) }, bodies.map { UnsafePointer($0) }, Int32(texts.count))
  }

  /// The picture's text chunks in file order; the whole picture is read, so that a damaged one is refused.
  /// - Throws: `ReportError.picture`.
  public static func read(from png: Data) throws(ReportError) -> [PNGText] {
    var stream = pof_png_stream()
    var found = pof_png_texts()
    defer { pof_png_free_texts(&found) }
    let sound = png.withUnsafeBytes { bytes in
      stream.input = bytes.bindMemory(to: UInt8.self).baseAddress
      stream.input_count = bytes.count
      return pof_png_read_texts(&stream, &found)
    }
    guard sound == 1 else { throw .picture(message(of: stream)) }
    return (0..<Int(found.count)).compactMap { index in
      guard let keyword = found.keywords[index], let text = found.texts[index] else { return nil }
      return PNGText(keyword: String(cString: keyword), text: String(cString: text))
    }
  }

  static func message(of stream: pof_png_stream) -> String {
    withUnsafeBytes(of: stream.message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }
}
