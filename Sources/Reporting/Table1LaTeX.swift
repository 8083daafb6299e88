// Table 1 as LaTeX (booktabs): per profile a table in the paper's shape, per row its paired differences. Fragments to
// \input; they need \usepackage{booktabs} and nothing else.

import Training

extension Table1 {
  /// `table1.tex`.
  public var latex: String {
    var text = "% Table 1: \\input this file; needs \\usepackage{booktabs}.\n"
    for section in sections {
      text += overview(section)
      for row in section.measured { text += differences(row) }
    }
    return text
  }

  private func overview(_ section: Section) -> String {
    let caption =
      "Test error (%) and test loss after the last epoch, profile \(section.profile): mean +- sample deviation (n). "
      + TableSentences.overviewBold
    var notes = LaTeX.Notes()
    var rows: [String] = []
    for row in section.rows {
      switch row {
      case .measured(let row):
        let quantities: [(String, (Cell) -> Summary?, (Comparison) -> PairedDifference, Int)] = [
          (LaTeX.text(row.title), \.error, \.error, 2), ("\\quad test loss", \.loss, \.loss, 4),
        ]
        for (title, quantity, difference, digits) in quantities {
          rows.append(
            ([title]
              + row.cells.map { cell in
                let better = row.againstBaseline(cell.arm).map { difference($0).verdict == .lower } ?? false
                return mean(cell, quantity(cell), digits, isBold: better, &notes)
              }).joined(separator: " & "))
          rows.append(([""] + row.cells.map { spread($0, quantity($0), digits) }).joined(separator: " & "))
        }
      case .absent(let dataset, let augmentation, let advice):
        let title = LaTeX.text("\(PaperDataset.title(of: dataset)), \(augmentation)")
        rows.append("\(title) & \\multicolumn{\(Arm.table1.count)}{l}{\(LaTeX.advice(advice))}")
      }
    }
    return LaTeX.table(
      caption: caption, columns: String(repeating: "l", count: 1 + Arm.table1.count),
      header: ["Data, augmentation"] + Arm.table1.map(\.title), rows: rows, below: notes.lines)
  }

  /// First of a cell's two lines: the mean, with a mark where seeds are missing.
  private func mean(
    _ cell: Cell, _ summary: Summary?, _ digits: Int, isBold: Bool, _ notes: inout LaTeX.Notes
  ) -> String {
    let mark = cell.gapText.map { notes.mark($0) } ?? ""
    return (summary.map { LaTeX.bold(NumberText.fixed($0.mean, digits), if: isBold) } ?? "--") + mark
  }

  /// Second line: deviation and n.
  private func spread(_ cell: Cell, _ summary: Summary?, _ digits: Int) -> String {
    guard let summary else { return "" }
    let deviation = summary.deviation.map { "$\\pm$ \(NumberText.fixed($0, digits)) " } ?? ""
    return "\(deviation)(\(summary.count))"
  }

  private func differences(_ row: MeasuredRow) -> String {
    let caption =
      "Differences paired by seed with 95 % t intervals: \(row.title) augmentation, profile \(row.key.profile). "
      + "Test error in points, test loss in nats. Bold: the interval excludes zero."
    let rows = row.comparisons.map { comparison in
      let parts = [(comparison.error, 2), (comparison.loss, 4)].flatMap { difference, digits in
        let supported = difference.verdict.isSupported
        let interval = difference.intervalText(digits: digits)
        return [
          LaTeX.bold(LaTeX.math(difference.meanText(digits: digits)), if: supported),
          interval.isEmpty
            ? "\\emph{\(LaTeX.text(difference.verdict.text))}" : LaTeX.bold(LaTeX.math(interval), if: supported),
        ]
      }
      return ([LaTeX.text(comparison.title), "\(comparison.seeds.count)"] + parts).joined(separator: " & ")
    }
    return LaTeX.table(
      caption: caption, columns: "lrrlrl",
      header: ["Difference", "n", "Test error", "95 % interval", "Test loss", "95 % interval"], rows: rows,
      below: [LaTeX.text(row.heading.joined(separator: " "))])
  }
}

/// The little LaTeX that tables need.
enum LaTeX {
  /// Remarks below a table, each with one letter however often it is marked.
  struct Notes {
    private(set) var texts: [String] = []

    mutating func mark(_ text: String) -> String {
      let index = texts.firstIndex(of: text) ?? texts.count
      if index == texts.count { texts.append(text) }
      return "\\textsuperscript{\(Self.letter(index))}"
    }

    var lines: [String] {
      texts.enumerated().map { "\\textsuperscript{\(Self.letter($0.offset))} \(LaTeX.text($0.element)).\\quad" }
    }

    private static func letter(_ index: Int) -> String {
      String(repeating: String(UnicodeScalar(UInt8(97 + index % 26))), count: 1 + index / 26)
    }
  }

  /// A floating table over both columns of a page. `header` and `caption` are plain text, the rest is markup.
  static func table(caption: String, columns: String, header: [String], rows: [String], below: [String]) -> String {
    let notes =
      below.isEmpty
      ? "" : "  \\par\\smallskip\\parbox{\\textwidth}{\\footnotesize \(below.joined(separator: "\n    "))}\n"
    return """

      \\begin{table*}
        \\centering
        \\footnotesize
        \\setlength{\\tabcolsep}{1.8pt}
        \\caption{\(text(caption))}
        \\begin{tabular}{\(columns)}
          \\toprule
          \(header.map(text).joined(separator: " & ")) \\\\
          \\midrule
      \(rows.map { "    \($0) \\\\" }.joined(separator: "\n"))
          \\bottomrule
        \\end{tabular}
      \(notes)\\end{table*}

      """
  }

  /// Escapes every special character; what is not ASCII becomes "?", so that any engine takes it.
  static func text(_ plain: String) -> String {
    var escaped = ""
    for scalar in plain.replacing("->", with: "\u{2192}").replacing("+-", with: "\u{B1}").unicodeScalars {
      switch scalar {
      case "\u{2192}": escaped += "$\\to$"
      case "\u{B1}": escaped += "$\\pm$"
      case "\\": escaped += "\\textbackslash{}"
      case "~": escaped += "\\textasciitilde{}"
      case "^": escaped += "\\textasciicircum{}"
      case "<": escaped += "\\textless{}"
      case ">": escaped += "\\textgreater{}"
      case "|": escaped += "\\textbar{}"
      case "\"": escaped += "{''}"
      // After a line break these two would be read as its options.
      case "[", "*": escaped += "{\(scalar)}"
      case "{", "}", "$", "&", "#", "%", "_": escaped += "\\\(scalar)"
      case "\n", "\r", "\t": escaped += " "
      default: escaped += scalar.isASCII ? String(scalar) : "?"
      }
    }
    return escaped
  }

  /// Numbers with their minus signs.
  static func math(_ numbers: String) -> String { numbers.isEmpty ? "" : "$\(numbers)$" }

  /// Bold numbers, in math too.
  static func bold(_ markup: String, if condition: Bool) -> String {
    condition && !markup.isEmpty ? "{\\boldmath\\textbf{\(markup)}}" : markup
  }

  static func advice(_ advice: Table1.Advice) -> String {
    switch advice {
    case .run(let command): "\\emph{not run:} \\texttt{\(text(command))}"
    case .notPartOfSuite: "\\emph{not yet part of this suite}"
    case .overridden: "\\emph{not run with these overrides}"
    }
  }
}
