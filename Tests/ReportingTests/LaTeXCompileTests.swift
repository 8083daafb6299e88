// Every LaTeX fragment through an engine, where one with booktabs is installed; RendererTests parse them everywhere.

import Foundation
import Storage
import Testing
import Training

@testable import Reporting

private func run(_ program: String, _ arguments: [String], in folder: String) -> (status: Int32, output: String)? {
  let process = Process()
  process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
  process.arguments = [program] + arguments
  process.currentDirectoryURL = URL(fileURLWithPath: folder)
  let pipe = Pipe()
  process.standardOutput = pipe
  process.standardError = pipe
  process.standardInput = FileHandle.nullDevice
  guard (try? process.run()) != nil else { return nil }
  let data = (try? pipe.fileHandleForReading.readToEnd()) ?? Data()
  process.waitUntilExit()
  return (process.terminationStatus, String(decoding: data, as: UTF8.self))
}

private let hasLaTeX =
  run("kpsewhich", ["booktabs.sty"], in: "/")?.status == 0
  && run("pdflatex", ["--version"], in: "/")?.status == 0

/// What pdflatex says of the pages' fragments, one after another on A4.
private func compile(_ pages: [any ReportPage], options: String = "a4paper") throws -> (status: Int32, output: String) {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent("pof-latex-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  var text = "\\documentclass[\(options)]{article}\\usepackage[margin=2cm]{geometry}\n"
  text += "\\usepackage{booktabs}\n\\begin{document}\n"
  for page in pages {
    #expect(!page.isEmpty)
    try page.latex.write(to: folder.appendingPathComponent("\(page.name).tex"), atomically: true, encoding: .utf8)
    text += "\\input{\(page.name)}\n\\clearpage\n"
  }
  try (text + "\\end{document}\n").write(
    to: folder.appendingPathComponent("all.tex"), atomically: true, encoding: .utf8)
  return try #require(run("pdflatex", ["-halt-on-error", "-interaction=nonstopmode", "all.tex"], in: folder.path))
}

@Test(.enabled(if: hasLaTeX)) func fragmentsCompile() throws {
  let hostile = makeRecord(.sgd, seed: 0, dataset: "[x]_\\&%$#{~^\"<>|")
  let table = makeTable(
    fullSet() + [hostile, makeRecord(.sam, seed: 3, status: .failed(epoch: 12, step: 3, reason: "50 % & more"))],
    published: try ReferenceTable.read("\(repository)/paper-tables/reference.csv"))
  let result = try compile(
    [table, PublishedComparison(table), Claims(RunCollection(runs: fullSet().map(collected)))]
      + Ablation.allCases.map { makeAblation($0, ablationSet($0)) })
  #expect(result.status == 0, "\(result.output.suffix(2000))")
  #expect(!result.output.contains("Undefined") && !result.output.contains("Missing"))
}

/// The published runs' tables, in one column and in two: nothing juts out of the text by more than a hair, and no table is
/// higher than a page.
@Test(.enabled(if: hasLaTeX), arguments: ["a4paper", "a4paper,twocolumn"])
func publishedTablesFitThePage(options: String) throws {
  let report = Report(
    results: "\(repository)/results/published", reference: "\(repository)/paper-tables/reference.csv",
    read: RunFile.read, digest: { _ in "" })
  let result = try compile(
    report.pages(of: RunCollection(results: report.results, read: report.read)), options: options)
  #expect(result.status == 0, "\(result.output.suffix(2000))")
  let excess = result.output.matches(of: /Overfull .hbox \(([0-9.]+)pt too wide\)/).compactMap { Double($0.1) }
  #expect(excess.allSatisfy { $0 <= 3 }, "\(excess)")
  #expect(!result.output.contains("Float too large"))
}
