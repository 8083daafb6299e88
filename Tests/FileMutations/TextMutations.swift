// JSON and CSV beyond what flipped bytes reach: repeated keys, nesting, huge numbers, escapes, quotes, line ends.

package enum TextMutations {
  private static func array(_ text: String) -> [UInt8] { Array(text.utf8) }

  private static let values = [
    "null", "true", "[]", "{}", "\"\"", "-0", "1e999", "-1e999", "1e-999", "0x10", "01", "+1", "1.", ".5", "NaN",
    "Infinity", "9223372036854775807", "9223372036854775808", "1e18", "1e19", "0.1e1", "2.5", "\"\\u0000\"",
    "\"\\ud800\"", "\"\\udc00\\ud800\"", "\"\\x41\"", "\"\\u12\"", "\"\u{301}\"", "\"a\\\"", "[[1]]", "{\"a\": 1}",
    "-1",
    "1000000000", String(repeating: "9", count: 400), "0." + String(repeating: "1", count: 20_000), "/* */ 1", "1 2",
  ]

  /// Mutates a flat JSON object.
  package static func mutateJSON(_ bytes: inout [UInt8], _ draws: inout Draws) {
    switch draws.below(12) {
    case 0...4:
      // Member by member. Mutated text may hold no member at all.
      var members = bytes.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false).map { Array($0) }
      let place = draws.below(members.count)
      let parts = members[place].split(separator: UInt8(ascii: ":"), maxSplits: 1).map { Array($0) }
      guard let key = parts.first, let value = parts.last else { return }
      switch draws.below(8) {
      case 0: members.remove(at: place)
      case 1: members.insert(members[place], at: draws.below(members.count + 1))  // A key twice.
      case 2: members.insert(escaped(key) + array(": 1"), at: members.count / 2)  // The same, in escapes.
      case 3...5: members[place] = key + array(":" + draws.pick(values))
      case 6: members[place] = array(draws.pick(values) + ":") + value
      default:
        let other = members[draws.below(members.count)].split(separator: UInt8(ascii: ":"), maxSplits: 1)
        members[place] = key + array(":") + Array(other.last ?? [])
      }
      bytes = Array(members.joined(separator: [UInt8(ascii: ",")]))
    case 5:
      let (open, close) = draws.pick([("[", "]"), ("{\"a\":", "}"), ("[", "")])
      let depth = draws.pick([10, 500, 520, 100_000])
      let nest = array(String(repeating: open, count: depth) + "1" + String(repeating: close, count: depth))
      bytes.insert(contentsOf: nest, at: draws.below(bytes.count + 1))
    case 6:  // Many members.
      let count = draws.once(in: 32) ? 20_000 : draws.below(200)
      let more = (0..<count).map { ", \"k\($0)\": 0.5" }.joined()
      if let end = bytes.lastIndex(of: UInt8(ascii: "}")) { bytes.insert(contentsOf: array(more), at: end) }
    case 7: bytes.insert(contentsOf: draws.pick(badText), at: draws.below(bytes.count + 1))
    case 8: encode(&bytes, &draws)
    default: for _ in 0...draws.below(3) { bytes.mutate(&draws) }
    }
  }

  /// Every letter of a key as an escape.
  private static func escaped(_ key: [UInt8]) -> [UInt8] {
    key.flatMap { byte in
      (97...122).contains(byte) ? array("\\u00" + String(byte, radix: 16)) : [byte]
    }
  }

  /// Invalid UTF-8, overlong forms, surrogates, marks.
  private static let badText: [[UInt8]] = [
    [0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf5, 0x80, 0x80, 0x80], [0xe2, 0x82], [0xef, 0xbb, 0xbf], [0], [0x1b],
    [0x7f], [0xe2, 0x80, 0xa8], [0xc2, 0x85], [0xf0, 0x9f, 0x98, 0x80], [0x65, 0xcc, 0x81],
  ]

  /// The text in another encoding, or behind a byte-order mark.
  private static func encode(_ bytes: inout [UInt8], _ draws: inout Draws) {
    switch draws.below(4) {
    case 0: bytes = [0xff, 0xfe] + bytes.flatMap { [$0, 0] }
    case 1: bytes = [0xfe, 0xff] + bytes.flatMap { [0, $0] }
    case 2: bytes = bytes.flatMap { [$0, 0, 0, 0] }
    default: bytes = [0xef, 0xbb, 0xbf] + bytes
    }
  }

  private static let fields = [
    "", "\"", "\"\"", "\"a", "a\"b", "\"a\"b", "\"a\"\"b\"", "\"a,b\"", "\"a\nb\"", "\"a\rb\"", "\0", "\"\0\"",
    "\u{7f}",
    "1e400", "-1", "nan", "inf", "100.01", "100", "0", "00", "1.2.3", ".", "\u{663}", "\u{ff15}", "0x1", "1e1",
    "99999999999999999999", "primary", "secondary", "Primary", " ", "e\u{301}", "\u{e9}", "\u{2028}",
    String(repeating: "\"\"", count: 5000), String(repeating: "a", count: 100_000),
  ]

  /// Mutates comma-separated values.
  package static func mutateCSV(_ bytes: inout [UInt8], _ draws: inout Draws) {
    let (feed, comma) = (UInt8(ascii: "\n"), UInt8(ascii: ","))
    switch draws.below(10) {
    case 0...2:
      var lines = bytes.split(separator: feed, omittingEmptySubsequences: false).map { Array($0) }
      let place = draws.below(lines.count)
      var cells = lines[place].split(separator: comma, omittingEmptySubsequences: false).map { Array($0) }
      let cell = draws.below(cells.count)
      switch draws.below(4) {
      case 0: cells.insert(array(draws.pick(fields)), at: cell)
      case 1: cells.remove(at: cell)
      default: cells[cell] = array(draws.pick(fields))
      }
      lines[place] = Array(cells.joined(separator: [comma]))
      bytes = Array(lines.joined(separator: [feed]))
    case 3:
      var lines = bytes.split(separator: feed, omittingEmptySubsequences: false).map { Array($0) }
      let (one, two) = (draws.below(lines.count), draws.below(lines.count))
      switch draws.below(4) {
      case 0: lines.swapAt(one, two)
      case 1: lines.insert(lines[one], at: two)
      case 2: lines.remove(at: one)
      default: lines.insert([], at: one)
      }
      bytes = Array(lines.joined(separator: [feed]))
    case 4:
      let end = draws.pick([array("\r"), array("\r\n"), array("\n\r"), array("\n\n"), [0x0b], [0xc2, 0x85]])
      let places = bytes.indices.filter { bytes[$0] == feed }
      if draws.once(in: 2) {
        bytes = Array(bytes.split(separator: feed).joined(separator: end))
      } else if !places.isEmpty {
        let place = draws.pick(places)
        bytes.replaceSubrange(place...place, with: end)
      }
    case 5: bytes.insert(contentsOf: draws.pick(badText), at: draws.below(bytes.count + 1))
    case 6: encode(&bytes, &draws)
    case 7:
      bytes.insert(contentsOf: array(draws.pick(["\"", ",", "\r", "\0", "\","])), at: draws.below(bytes.count + 1))
    default: for _ in 0...draws.below(3) { bytes.mutate(&draws) }
    }
  }
}
