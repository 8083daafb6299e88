// The little LaTeX (booktabs) that tables need: escaping, floating tables, and the tables that all files share.
// Fragments to \input; they need \usepackage{booktabs} and nothing else.

import Training

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

  /// First line of a file.
  static func head(_ title: String) -> String { "% \(title): \\input this file; needs \\usepackage{booktabs}.\n" }

  /// A floating table over both columns of a page. `header` and `caption` are plain text, the rest is markup;
  /// `columnGap` is half of what stands between two columns, in points.
  static func table(
    caption: String, columns: String, columnGap: Double = 1.8, header: [String], rows: [String],
    rowEnd: String = "\\\\", below: [String] = []
  ) -> String {
    let notes =
      below.isEmpty
      ? "" : "  \\par\\smallskip\\parbox{\\textwidth}{\\footnotesize \(below.joined(separator: "\n    "))}\n"
    return """

      \\begin{table*}
        \\centering
        \\caption{\(text(caption))}
        \\smallskip
        \\footnotesize
        \\setlength{\\tabcolsep}{\(columnGap)pt}
        \\begin{tabular}{\(columns)}
          \\toprule
          \(header.map(text).joined(separator: " & ")) \\\\
          \\midrule
      \(rows.map { "    \($0) \(rowEnd)" }.joined(separator: "\n"))
          \\bottomrule
        \\end{tabular}
      \(notes)\\end{table*}

      """
  }

  /// Escapes every special character; what is not ASCII becomes "?", so that any engine takes it. Quotes open and close
  /// in turn; a hyphen that begins a number is its minus sign.
  static func text(_ plain: String) -> String {
    var escaped = ""
    var isQuoted = false
    let scalars = Array(plain.replacing("->", with: "\u{2192}").replacing("+-", with: "\u{B1}").unicodeScalars)
    for (index, scalar) in scalars.enumerated() {
      switch scalar {
      case "-"
      where index + 1 < scalars.count && ("0"..."9").contains(scalars[index + 1])
        && (index == 0 || " [(".unicodeScalars.contains(scalars[index - 1])):
        escaped += "$-$"
      case "\u{2192}": escaped += "$\\to$"
      case "\u{B1}": escaped += "$\\pm$"
      case "\\": escaped += "\\textbackslash{}"
      case "~": escaped += "\\textasciitilde{}"
      case "^": escaped += "\\textasciicircum{}"
      case "<": escaped += "\\textless{}"
      case ">": escaped += "\\textgreater{}"
      case "|": escaped += "\\textbar{}"
      case "\"":
        escaped += isQuoted ? "''" : "``"
        isQuoted.toggle()
      // After a line break these two would be read as its options.
      case "[", "*": escaped += "{\(scalar)}"
      case "{", "}", "$", "&", "#", "%", "_": escaped += "\\\(scalar)"
      case "\n", "\r", "\t": escaped += " "
      default: escaped += scalar.isASCII ? String(scalar) : "?"
      }
    }
    return symbols(escaped)
  }

  /// The few symbols that plain text spells out, and powers of ten.
  private static func symbols(_ markup: String) -> String {
    markup.replacing("d\\_z", with: "$d_z$").replacing("eta{*}", with: "$\\eta^*$")
      .replacing("psi0", with: "$\\psi_0$").replacing(" x ", with: " $\\times$ ")
      .replacing(/([0-9]) - ([0-9])/) { "\($0.1) $-$ \($0.2)" }
      .replacing(/([0-9.]+)e-0*([0-9]+)/) { "$\($0.1)\\cdot10^{-\($0.2)}$" }
  }

  /// Numbers with their minus signs.
  static func math(_ numbers: String) -> String { numbers.isEmpty ? "" : "$\(numbers)$" }

  /// Bold numbers, in math too.
  static func bold(_ markup: String, if condition: Bool) -> String {
    condition && !markup.isEmpty ? "{\\boldmath\\textbf{\(markup)}}" : markup
  }

  /// What fetches the images goes into a note: beside the command the table would be wider than a page.
  static func advice(_ advice: Table1.Advice, _ notes: inout Notes) -> String {
    switch advice {
    case .run(let command, let data):
      "\\emph{not run:} \\texttt{\(text(command))}" + (data.map { notes.mark("data: \($0)") } ?? "")
    case .overridden: "\\emph{not run with these overrides}"
    }
  }

  /// A table whose rows are arms: plain texts first, then the columns; the first of these is n.
  static func arms(
    caption: String, leading: [String], rows: [(leading: [String], cell: ArmGroup.Cell)], columns: [CellColumn],
    below: [String] = []
  ) -> String {
    table(
      caption: caption,
      columns: String(repeating: "l", count: leading.count) + String(repeating: "r", count: columns.count),
      columnGap: 3, header: leading + columns.map(\.title),
      rows: rows.map { row in
        let cells =
          row.cell.runs.isEmpty
          ? [
            "0", "\\multicolumn{\(columns.count - 1)}{l}{\\emph{\(text(row.cell.gapText ?? "not run"))}}",
          ] : columns.map { text($0.text(row.cell)) }
        return (row.leading.map(text) + cells).joined(separator: " & ")
      }, below: below)
  }

  /// A table of texts that wrap; rows are markup. `widths` are shares of the text's width.
  static func texts(
    caption: String, widths: [Double], header: [String], rows: [[String]], below: [String] = []
  ) -> String {
    table(
      caption: caption, columns: widths.map { "p{\(NumberText.short($0))\\textwidth}" }.joined(), columnGap: 2,
      header: header, rows: rows.map { $0.map { "\\raggedright \(breakable($0))" }.joined(separator: " & ") },
      rowEnd: "\\tabularnewline[2pt]", below: below)
  }

  /// Lines may break after a slash, as in the names of repositories.
  private static func breakable(_ markup: String) -> String { markup.replacing("/", with: "/\\allowbreak{}") }

  /// Paired differences with their intervals.
  static func differences(
    caption: String, rows: [(title: String, comparison: ArmGroup.Comparison)], below: [String] = []
  ) -> String {
    table(
      caption: caption + " Test error in points, test loss in nats. Bold: the interval excludes zero.",
      columns: "lrrlrrlr",
      header: ["Difference", "n", "Test error", "95 % interval", "d_z", "Test loss", "95 % interval", "d_z"],
      rows: rows.map { title, comparison in
        let parts = [(comparison.error, 2), (comparison.loss, 4)].flatMap { difference, digits in
          let supported = difference.verdict.isSupported
          let interval = difference.intervalText(digits: digits)
          return [
            bold(math(difference.meanText(digits: digits)), if: supported),
            interval.isEmpty ? "\\emph{\(text(difference.verdict.text))}" : bold(math(interval), if: supported),
            math(difference.effectText),
          ]
        }
        return ([text(title), "\(comparison.seeds.count)"] + parts).joined(separator: " & ")
      }, below: below)
  }

  /// What asks less of the differences' distribution than the t interval does; nothing below five pairs.
  static func resampling(place: String, rows: [(title: String, comparison: ArmGroup.Comparison)]) -> String {
    let many = rows.filter { $0.comparison.seeds.count >= ResamplingText.fewestPairs }
    guard !many.isEmpty else { return "" }
    return table(
      caption: "\(place). \(ResamplingText.reading)", columns: "lrlrlr",
      header: ["Difference", "n"] + ResamplingText.columns,
      rows: many.map { title, comparison in
        ([text(title), "\(comparison.seeds.count)"] + ResamplingText.cells(comparison).map(text))
          .joined(separator: " & ")
      })
  }

  /// What training and perturbation did in the last epoch, and what the arms cost.
  static func costs(_ group: ArmGroup, rows: [(leading: [String], cell: ArmGroup.Cell)]) -> String {
    arms(
      caption:
        "Last epoch and cost: \(group.title) augmentation, profile \(group.key.profile). Training loss under the "
        + "classifier trained against, and under psi0; mean eta*, L2 norm of the perturbation and share of rejected "
        + "searches; cost of the shared pre-training + the arm's own epochs.",
      leading: ["Arm"], rows: rows.map { ([$0.leading[0]], $0.cell) },
      columns: [.count, .trainLoss, .etaStar, .norm, .rejected, .seconds, .gradientEvaluations])
  }
}
