// How wide text is when drawn, so that titles break and legends find their columns before gnuplot runs. It knows one
// font, DejaVu Sans, by the advance widths of its characters; it draws nothing and does not look for fonts.

/// Widths of text in CSS pixels.
enum TextWidth {
  /// Of the characters from space to tilde, in thousandths of the font's size.
  private static let ascii = [
    318, 401, 460, 838, 636, 950, 780, 275, 390, 390, 500, 838, 318, 361, 318, 337, 636, 636, 636, 636, 636, 636, 636,
    636, 636, 636, 337, 337, 838, 838, 838, 531, 1000, 684, 686, 698, 770, 632, 575, 775, 752, 295, 295, 656, 557, 863,
    748, 787, 603, 787, 695, 635, 611, 732, 684, 989, 685, 611, 685, 390, 337, 390, 838, 500, 500, 613, 635, 550, 635,
    615, 352, 635, 634, 278, 278, 579, 278, 974, 634, 612, 635, 635, 411, 521, 392, 634, 592, 818, 592, 592, 525, 636,
    337, 636, 838,
  ]

  /// A space at which no line is broken.
  static let unbreakable: UnicodeScalar = "\u{a0}"

  /// Of a font of `points`; 96 pixels are 72 points. Characters beyond ASCII count as a wide one.
  static func pixels(_ text: String, points: Double) -> Double {
    let thousandths = text.unicodeScalars.reduce(0) { sum, scalar in
      let place = scalar == unbreakable ? 0 : Int(scalar.value) - 32
      return sum + (ascii.indices.contains(place) ? ascii[place] : 1000)
    }
    return Double(thousandths) / 1000 * points * 96 / 72
  }

  /// Lines that are not wider than `width` pixels, broken at spaces; a word wider than a line is broken where it must
  /// be. "n = 5 seeds" is one word. No line for no text.
  static func wrapped(_ text: String, points: Double, width: Double) -> [String] {
    func fits(_ line: String) -> Bool { pixels(line, points: points) <= width }
    var lines: [String] = []
    var line = ""
    let glued = text.replacing(" = ", with: "\(unbreakable)=\(unbreakable)")
      .replacing(" seed", with: "\(unbreakable)seed")
    for word in glued.split(separator: " ").map(String.init) {
      let longer = line.isEmpty ? word : line + " " + word
      if fits(longer) {
        line = longer
        continue
      }
      if !line.isEmpty { lines.append(line) }
      line = ""
      for character in word {
        if !line.isEmpty && !fits(line + String(character)) {
          lines.append(line)
          line = ""
        }
        line.append(character)
      }
    }
    if !line.isEmpty { lines.append(line) }
    return lines.map { $0.replacing("\(unbreakable)", with: " ") }
  }

  /// As few lines as `wrapped` makes, of about equal width.
  static func balanced(_ text: String, points: Double, width: Double) -> [String] {
    var best = wrapped(text, points: points, width: width)
    for narrower in stride(from: width - 8, to: width / 2, by: -8) {
      let lines = wrapped(text, points: points, width: narrower)
      if lines.count > best.count { break }
      best = lines
    }
    return best
  }
}
