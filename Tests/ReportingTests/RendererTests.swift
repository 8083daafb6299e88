// Table 1 in its three formats, byte for byte on a small table, and hostile text in each.

import Storage
import Testing
import Training

@testable import Reporting

@Suite struct RendererTests {
  /// Two seeds; PoF's error is lower with an interval that excludes zero, its loss is undecided; late SAM failed.
  private static let table = makeTable([
    makeRecord(.preTraining(.sgd), seed: 0, error: 16, loss: 0.5, train: 0.25),
    makeRecord(.preTraining(.sgd), seed: 1, error: 16.5, loss: 0.5, train: 0.25),
    makeRecord(.sgd, seed: 0, error: 15, loss: 0.5), makeRecord(.sgd, seed: 1, error: 15.5, loss: 0.52),
    makeRecord(.sgdPoF, seed: 0, error: 14, loss: 0.5), makeRecord(.sgdPoF, seed: 1, error: 14.52, loss: 0.53),
    makeRecord(.sgdSAM, seed: 0, status: .failed(epoch: 12, step: 3, reason: "loss is not finite"), finished: 1),
  ])

  @Test func markdown() throws {
    let link = FigureLink(
      row: RowKey(profile: "quick", dataset: "fashion-mnist", augmentation: "basic"), title: "Curves", path: "a b/c.png"
    )
    let reference = try ReferenceTable(
      csv: ReferenceTable.columns.joined(separator: ",")
        + "\nCIFAR-10,WRN-28-10,basic,200,SGD,3.5,0.1 (5 runs),\"F, Table 1\",https://f,primary,m|n\n"
        + "CIFAR-10,WRN-28-10,basic,,SGD -> PoF,,,Sato,https://s,,\n", file: "r.csv")
    var table = Self.table
    table.published = reference
    let text = table.markdown(figures: [link])
    let start = try #require(text.range(of: "## Profile"))
    #expect(text.hasPrefix("# Table 1\n\nEvery number is of the last epoch, never of the best one on the test set."))
    #expect(text.contains("What it cannot tell:"))
    #expect(
      text[start.lowerBound...] == """
        ## Profile `quick`

        Test error in percent

        | Data, augmentation | SGD | SAM | SGD → PoF | SAM → PoF | SGD → frozen | SAM → frozen | SGD → SAM |
        | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
        | CIFAR-10, basic | *not run:* `make reproduce-table1 DATASETS=cifar10`, data: `make data-cifar10` |  |  |  |  |  |  |
        | CIFAR-10, cutout | *not run:* `make reproduce-table1 DATASETS=cifar10 AUGMENT=cutout`, data: `make data-cifar10` |  |  |  |  |  |  |
        | CIFAR-100, basic | *not run:* `make reproduce-table1 DATASETS=cifar100`, data: `make data-cifar100` |  |  |  |  |  |  |
        | CIFAR-100, cutout | *not run:* `make reproduce-table1 DATASETS=cifar100 AUGMENT=cutout`, data: `make data-cifar100` |  |  |  |  |  |  |
        | SVHN, basic | *not run:* `make reproduce-table1 DATASETS=svhn`, data: `make data-svhn` |  |  |  |  |  |  |
        | SVHN, cutout | *not run:* `make reproduce-table1 DATASETS=svhn AUGMENT=cutout`, data: `make data-svhn` |  |  |  |  |  |  |
        | Fashion-MNIST, basic | 15.25 ± 0.35 (2) | *not run* | **14.26 ± 0.37** (2) | *not run* | *not run* | *not run* | \
        *seed 0 failed in epoch 12; seed 1 not run* |
        | Fashion-MNIST, cutout | *not run:* `make reproduce-table1 DATASETS=fashion-mnist AUGMENT=cutout` |  |  |  |  |  |  |

        Test loss in nats

        | Data, augmentation | SGD | SAM | SGD → PoF | SAM → PoF | SGD → frozen | SAM → frozen | SGD → SAM |
        | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
        | Fashion-MNIST, basic | 0.5100 ± 0.0141 (2) | *not run* | 0.5150 ± 0.0212 (2) | *not run* | *not run* | *not run* \
        | *seed 0 failed in epoch 12; seed 1 not run* |

        Bold: the paired difference to the arm that continues pre-training's own optimiser has an interval below zero.

        ### Fashion-MNIST, basic augmentation, profile `quick`

        - Profile quick, WRN-10-2, batch 128; 1,000 training and 10,000 test images, the first of the published set.
        - Epochs: 10 + 4 (shared pre-training + each arm's own); pre-training rate 0.1.
        - Post-training: rate 0.0016 x 32 steps = 0.05 (paper: 10 epochs as for CIFAR = 2,350 steps at 0.00016, product 0.38).
        - PoF: 16 perturbation groups, range c = 2, weak batches of 256, search limit 10,000 (reject).
        - SAM: rho 0.05.
        - n = 2 seeds (0, 1).
        - Before post-training, after SGD pre-training: training loss 0.250, test loss 0.500, gap +0.250.
        - Not the paper's setting: model (WRN-10-2, paper WRN-28-10), batch (128, paper 256), pre-training (10 epochs, \
        paper 200), post-training (4 epochs, paper 10 as for CIFAR), post-training rate (0.0016, paper 0.00016), images \
        (a part of the set).

        | Arm | n | Test error (%) | Test loss | Training loss | Seconds (pre + own) | Gradient evaluations (pre + own) |
        | --- | ---: | ---: | ---: | ---: | ---: | ---: |
        | SGD pre-training | 2 | 16.25 ± 0.35 | 0.5000 ± 0.0000 | 0.2500 ± 0.0000 | 15 | 80 |
        | SAM pre-training | 0 | *not run* |  |  |  |  |
        | SGD | 2 | 15.25 ± 0.35 | 0.5100 ± 0.0141 | 0.0600 ± 0.0000 | 15 + 6 | 80 + 32 |
        | SAM | 0 | *not run* |  |  |  |  |
        | SGD → PoF | 2 | 14.26 ± 0.37 | 0.5150 ± 0.0212 | 0.0600 ± 0.0000 (psi0: 0.0500) | 15 + 6 | 80 + 32 |
        | SAM → PoF | 0 | *not run* |  |  |  |  |
        | SGD → frozen | 0 | *not run* |  |  |  |  |
        | SAM → frozen | 0 | *not run* |  |  |  |  |
        | SGD → SAM | 0 | *seed 0 failed in epoch 12; seed 1 not run* |  |  |  |  |

        Paired differences, last epoch (test error in points, test loss in nats)

        | Difference | n | Test error | 95 % interval | d\\_z | Says | Test loss | 95 % interval | d\\_z | Says |
        | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
        | SGD → PoF minus SGD | 2 | **-0.99** | **\\[-1.12, -0.86\\]** | -70.00 | lower | +0.0050 | \\[-0.0585, +0.0685\\] | +0.71 | undecided |
        | SGD → PoF minus SGD → frozen | 0 |  |  |  | no pairs |  |  |  | no pairs |
        | SGD → PoF minus SGD → SAM | 0 |  |  |  | no pairs |  |  |  | no pairs |
        | SGD → SAM minus SGD | 0 |  |  |  | no pairs |  |  |  | no pairs |
        | SGD → frozen minus SGD | 0 |  |  |  | no pairs |  |  |  | no pairs |
        | SAM → PoF minus SAM | 0 |  |  |  | no pairs |  |  |  | no pairs |
        | SAM → PoF minus SAM → frozen | 0 |  |  |  | no pairs |  |  |  | no pairs |
        | SAM → frozen minus SAM | 0 |  |  |  | no pairs |  |  |  | no pairs |

        The same by seed (test error in points / test loss in nats)

        | Difference | seed 0 | seed 1 |
        | --- | ---: | ---: |
        | SGD → PoF minus SGD | -1.00 / 0.0000 | -0.98 / +0.0100 |

        ![Curves](a%20b/c.png)

        Runs that are not in these tables

        - quick/fashion-mnist/basic/sgd-sam/seed0.h5: failed in epoch 12, step 3: loss is not finite

        Made by commit 0123abc; A CPU, 2 threads; OpenBLAS 0.3.21; oneDNN 2.6.3.

        ## Published values

        Test errors in percent as published, each with its source; none was measured here, and their settings are not \
        those of the tables above. What stands after ± is each source's own.

        | Data | Network | Augmentation | Epochs | Method | Test error (%) | Source | Where | Remark |
        | --- | --- | --- | --- | --- | --- | --- | --- | --- |
        | CIFAR-10 | WRN-28-10 | basic | 200 | SGD | 3.5 ± 0.1 (5 runs) | F, Table 1 | https://f | m\\|n |
        | CIFAR-10 | WRN-28-10 | basic | not stated | SGD → PoF | not available here | Sato | https://s |  |

        """)
  }

  @Test func cellsCSV() {
    let lines = Self.table.cellsCSV.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.count == 11)
    #expect(
      lines[0].hasPrefix(
        "profile,dataset,augmentation,images,training_part,official,arm,perturbed,trained,n,test_error_percent_mean,"))
    #expect(
      lines[1]
        == "quick,fashion-mnist,basic,files,all,true,sgd-pre,nothing,all parameters,2,16.25,0.3535533905932738,0.5,0.0,0.25,0.0,,15.0,,80.0,,,,,"
    )
    #expect(
      lines[5].hasPrefix(
        "quick,fashion-mnist,basic,files,all,true,sgd-pof,classifier,extractor,2,14.26,"))
    #expect(lines[5].hasSuffix(",6.0,15.0,32.0,80.0,2.0,0.5,0.0,"))
    #expect(
      lines[4]
        == "quick,fashion-mnist,basic,files,all,true,sam,all parameters,all parameters,0,,,,,,,,,,,,,,,seed 0: not run; seed 1: not run"
    )
    #expect(
      lines[9]
        == "quick,fashion-mnist,basic,files,all,true,sgd-sam,all parameters,all parameters,0,,,,,,,,,,,,,,,\"seed 0: failed in epoch 12, step 3: loss is not finite; seed 1: not run\""
    )
    #expect(lines[10] == "")
  }

  @Test func differencesCSV() throws {
    let lines = Self.table.differencesCSV.split(separator: "\n")
    #expect(lines.count == 1 + 2 * Table1.pairs.count)
    let fields = lines[1].split(separator: ",", omittingEmptySubsequences: false)
    #expect(
      fields.prefix(10) == [
        "quick", "fashion-mnist", "basic", "files", "all", "true", "sgd-pof", "sgd", "test_error_points", "2",
      ])
    let numbers = try fields[10..<14].map { try #require(Double($0)) }
    // Differences -1 and -0.98: t(0.975, 1 degree of freedom) = 12.7062.
    for (found, expected) in zip(numbers, [-0.99, 0.0141421, -0.99 - 0.127062, -0.99 + 0.127062]) {
      #expect(abs(found - expected) <= 1e-5)
    }
    // Two pairs have no bootstrap interval, and no p below 2 / 2^2.
    #expect(fields[14..<18] == ["", "", "0.5", "0.5"])
    #expect(abs(try #require(Double(fields[18])) - -70.0036) <= 1e-3)
    #expect(fields[19].hasPrefix("0:-1.0 1:-0.98"))
    // No pairs: nothing but names and a count.
    #expect(lines[3] == "quick,fashion-mnist,basic,files,all,true,sgd-pof,sgd-frozen,test_error_points,0,,,,,,,,,,")
  }

  /// Five pairs have everything, in all digits.
  @Test func differencesOfFivePairsInCSV() throws {
    let errors = [0.5, -0.25, 1.75, 0.125, 0.875]
    let records = errors.enumerated().flatMap { seed, error in
      [makeRecord(.sgd, seed: seed, error: 16), makeRecord(.sgdPoF, seed: seed, error: 16 + error)]
    }
    let table = try CSV.parse(makeTable(records).differencesCSV, file: "table")
    let row = Dictionary(uniqueKeysWithValues: zip(table[0].fields, table[1].fields))
    #expect(row["treatment"] == "sgd-pof" && row["control"] == "sgd" && row["metric"] == "test_error_points")
    let difference = PairedDifference(errors)
    #expect(difference.bootstrap != nil && difference.effectSize != nil)
    #expect(row["bootstrap_low"] == NumberText.exact(difference.bootstrap?.low))
    #expect(row["bootstrap_high"] == NumberText.exact(difference.bootstrap?.high))
    #expect(row["sign_flip_p"] == "0.1875" && row["sign_flip_smallest_p"] == "0.0625")
    #expect(row["effect_size"] == NumberText.exact(difference.effectSize))
    // Equal in every pair: a test, but neither interval of the bootstrap nor effect size.
    let loss = Dictionary(uniqueKeysWithValues: zip(table[0].fields, table[2].fields))
    #expect(loss["metric"] == "test_loss_nats" && loss["sign_flip_p"] == "1.0")
    #expect(["bootstrap_low", "bootstrap_high", "effect_size"].map { loss[$0] } == ["", "", ""])
  }

  @Test(arguments: [(4.6, 1.0), (0.15, 0.05), (0.0181, 0.005), (1, 0.2), (0, 1e-13)]) func ticsAreFewAndRound(
    length: Double, step: Double
  ) {
    #expect(abs(FigureStyle.ticStep(length) / step - 1) <= 1e-9)
  }

  @Test func runsCSV() {
    let lines = Self.table.runsCSV.split(separator: "\n")
    #expect(lines.count == 8)
    #expect(
      lines[1]
        == "quick,fashion-mnist,basic,files,all,true,sgd-pof,0,done,,14,14.0,0.5,2.0,0.06,0.049999999999999996,6.0,32.0,2.0,0.5,0.0,0123abc,false,quick/fashion-mnist/basic/sgd-pof/seed0.h5"
    )
    #expect(
      lines[5].hasPrefix(
        "quick,fashion-mnist,basic,files,all,true,sgd-sam,0,failed,\"failed in epoch 12, step 3: loss is not finite\",11,"
      ))
  }

  @Test func latex() throws {
    let text = Self.table.latex
    let start = try #require(text.range(of: "    Fashion-MNIST, basic &"))
    let end = try #require(text.range(of: "\\end{table*}"))
    #expect(
      text[start.lowerBound..<end.lowerBound] == """
            Fashion-MNIST, basic & 15.25 & --\\textsuperscript{d} & {\\boldmath\\textbf{14.26}} & --\\textsuperscript{d} & \
        --\\textsuperscript{d} & --\\textsuperscript{d} & --\\textsuperscript{e} \\\\
             & $\\pm$ 0.35 (2) &  & $\\pm$ 0.37 (2) &  &  &  &  \\\\
            \\quad test loss & 0.5100 & --\\textsuperscript{d} & 0.5150 & --\\textsuperscript{d} & --\\textsuperscript{d} & \
        --\\textsuperscript{d} & --\\textsuperscript{e} \\\\
             & $\\pm$ 0.0141 (2) &  & $\\pm$ 0.0212 (2) &  &  &  &  \\\\
            Fashion-MNIST, cutout & \\multicolumn{7}{l}{\\emph{not run:} \\texttt{make reproduce-table1 DATASETS=fashion-mnist AUGMENT=cutout}} \\\\
            \\bottomrule
          \\end{tabular}
          \\par\\smallskip\\parbox{\\textwidth}{\\footnotesize \\textsuperscript{a} data: make data-cifar10.\\quad
            \\textsuperscript{b} data: make data-cifar100.\\quad
            \\textsuperscript{c} data: make data-svhn.\\quad
            \\textsuperscript{d} not run.\\quad
            \\textsuperscript{e} seed 0 failed in epoch 12; seed 1 not run.\\quad}

        """)
    #expect(
      text.contains(
        "SGD $\\to$ PoF minus SGD & 2 & {\\boldmath\\textbf{$-0.99$}} & {\\boldmath\\textbf{$[-1.12, -0.86]$}} & $-70.00$ & $+0.0050$ & $[-0.0585, +0.0685]$ & $+0.71$ \\\\"
      ))
  }

  @Test func latexHasCostsAndPublishedValues() throws {
    var table = Self.table
    table.published = try ReferenceTable.read("\(repository)/paper-tables/reference.csv")
    let text = table.latex
    #expect(
      text.contains(
        "SGD $\\to$ PoF & 2 & 0.0600 $\\pm$ 0.0000 ($\\psi_0$: 0.0500) & 2 & 0.5 & 0.0 & 15 + 6 & 80 + 32 \\\\"))
    #expect(text.contains("SGD pre-training & 2 & 0.2500 $\\pm$ 0.0000 &  &  &  & 15 & 80 \\\\"))
    #expect(text.contains("SAM & 0 & \\multicolumn{6}{l}{\\emph{not run}} \\\\"))
    #expect(text.contains("\\caption{Published test errors (\\%): CIFAR-10. None was measured here"))
    #expect(
      text.contains(
        "\\raggedright 3.5 $\\pm$ 0.1 (95 \\% interval of 5 runs) & \\raggedright Foret et al. 2021, Table 1 ("))
    #expect(
      text.contains("\\raggedright not available here & \\raggedright Sato et al. 2022, Table 1 \\tabularnewline"))
    checkLaTeX(text)
  }

  @Test func latexIsWellFormed() throws {
    for table in [Self.table, makeTable(fullSet()), makeTable([makeRecord(.sgd, seed: 0, dataset: "[x]_\\&%$#{~^\"")])]
    {
      checkLaTeX(table.latex)
    }
  }

  @Test func boldOnlyWhatTheIntervalSupports() {
    func text(_ errors: [Double]) -> String {
      makeTable(
        errors.enumerated().flatMap { seed, error in
          [makeRecord(.sgd, seed: seed, error: 16), makeRecord(.sgdPoF, seed: seed, error: error)]
        }
      ).markdown()
    }
    #expect(text([15, 15.1, 15.2]).contains("| **15.10 ± 0.10** (3) |"))
    // Undecided; without an interval; without spread; worse for certain: never bold in the overview.
    for errors in [[15, 15.1, 17], [15], [15, 15, 15]] { #expect(!text(errors).contains("**"), "\(errors)") }
    #expect(text([17, 17.1, 17.2]).contains("| 17.10 ± 0.10 (3) |"))
    #expect(text([17, 17.1, 17.2]).contains("| **+1.10** |"))
  }

  /// Rounded to the table's digits, -0.003 would be 0.00, and an interval that excludes zero would seem to touch it.
  @Test func anIntervalThatExcludesZeroDoesNotTouchItInPrint() {
    let lower = PairedDifference([-0.1, -0.1031, -0.13, -0.2, -0.05])
    #expect(lower.verdict == .lower && lower.intervalText(digits: 2) == "[-0.18, -0.05]")
    let near = PairedDifference([-0.12, -0.04, -0.08, -0.15, -0.01])
    #expect(near.verdict == .lower && near.intervalText(digits: 2) == "[-0.15, -0.01]")
    let nearer = PairedDifference([-0.0900, -0.0101, -0.0602, -0.0905, -0.0103])
    #expect(nearer.verdict == .lower && nearer.intervalText(digits: 2) == "[-0.1022, -0.0022]")
    let undecided = PairedDifference([-0.0900, -0.0001, -0.0602, -0.0905, -0.0003])
    #expect(undecided.verdict == .undecided && undecided.intervalText(digits: 2).hasSuffix("+0.01]"))
  }

  @Test func hostileText() {
    #expect(Markdown.text("a|b*c<d>\n[e](f)&`") == "a\\|b\\*c\\<d> \\[e\\](f)&amp;\\`")
    #expect(Markdown.code("a`|b") == "`a'/b`")
    #expect(
      LaTeX.text("100% of $x_1 & {y}^~\\ #\u{e9}")
        == "100\\% of \\$x\\_1 \\& \\{y\\}\\textasciicircum{}\\textasciitilde{}\\textbackslash{} \\#?")
    #expect(LaTeX.text("\"on\" or \"off\"") == "``on'' or ``off''")
    #expect(LaTeX.text("d_z, mean eta*, 1.6e-05 x 10") == "$d_z$, mean $\\eta^*$, $1.6\\cdot10^{-5}$ $\\times$ 10")
    #expect(LaTeX.text("-0.5 (-1, -2) 95-97 a-1 --x") == "$-$0.5 ($-$1, $-$2) 95-97 a-1 --x")
    #expect(CSV.line(["a,b", "c\"d", "e\nf", "g"]) == "\"a,b\",\"c\"\"d\",\"e\nf\",g\n")
    #expect(FigureStyle.quoted("it's -> \n") == "'it''s \u{2192}  '")
  }
}

/// Every row of every tabular has as many cells as the column specification says; braces and environments match.
func checkLaTeX(_ text: String) {
  var columns = 0
  var depth = 0
  var environments: [Substring] = []
  for line in text.split(separator: "\n") where !line.hasPrefix("%") {
    let plain = line.replacing("\\\\", with: "").replacing("\\{", with: "").replacing("\\}", with: "")
    depth += plain.count { $0 == "{" } - plain.count { $0 == "}" }
    if let match = line.firstMatch(of: /\\begin\{tabular\}\{([lr]+)\}/) { columns = match.1.count }
    if line.contains("\\begin{tabular}{p") { columns = line.matches(of: /p\{/).count }
    if let match = line.firstMatch(of: /\\begin\{([a-z*]+)\}/) { environments.append(match.1) }
    if let match = line.firstMatch(of: /\\end\{([a-z*]+)\}/) { #expect(environments.popLast() == match.1) }
    if line.hasSuffix(" \\\\") || line.hasSuffix(" \\tabularnewline[2pt]") {
      let spanned = line.firstMatch(of: /\\multicolumn\{([0-9]+)\}/).flatMap { Int($0.1) } ?? 1
      #expect(line.replacing("\\&", with: "").count { $0 == "&" } + spanned == columns, "\(line)")
      #expect(!line.drop { $0 == " " }.hasPrefix("["))
    }
  }
  #expect(depth == 0)
  #expect(environments.isEmpty)
  #expect(columns > 0)
}
