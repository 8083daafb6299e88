// Calls gnuplot on a figure in a folder of its own and hands back the picture. It chooses no colours and no data.

import Foundation
import Synchronization

/// The gnuplot executable.
public struct Gnuplot: Sendable {
  public let executable: String

  /// - Parameter path: directories as in the variable PATH.
  /// - Throws: `ReportError.gnuplotMissing`.
  public init(path: String = ProcessInfo.processInfo.environment["PATH"] ?? "") throws(ReportError) {
    let candidates = path.split(separator: ":").map { "\($0)/gnuplot" }
    guard let found = candidates.first(where: FileManager.default.isExecutableFile(atPath:)) else {
      throw .gnuplotMissing
    }
    executable = found
  }

  /// Draws many figures, several at a time; in their order.
  /// - Throws: what the first that fails throws.
  public func render(_ figures: [Figure]) throws -> [Data] {
    let results = Mutex([Result<Data, any Error>?](repeating: nil, count: figures.count))
    DispatchQueue.concurrentPerform(iterations: figures.count) { index in
      let result = Result { try render(figures[index]) }
      results.withLock { $0[index] = result }
    }
    return try results.withLock { try $0.compactMap { try $0?.get() } }
  }

  /// Draws the figure.
  /// - Throws: `ReportError`.
  public func render(_ figure: Figure) throws -> Data { try draw(figure).picture }

  /// The picture, and what gnuplot said meanwhile.
  func draw(_ figure: Figure) throws -> (picture: Data, message: String) {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("pof-figure-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let script = folder.appendingPathComponent("\(figure.name).gp")
    try Data(figure.csv.utf8).write(to: folder.appendingPathComponent("\(figure.name).csv"))
    try Data(figure.script.utf8).write(to: script)

    let process = Process()
    process.executableURL = URL(fileURLWithPath: executable)
    // -d: no start-up file of the user takes part.
    process.arguments = ["-d", script.lastPathComponent]
    process.currentDirectoryURL = folder
    var environment = ProcessInfo.processInfo.environment.filter {
      !$0.key.hasPrefix("GNUPLOT") && $0.key != "GDFONTPATH"
    }
    environment["LC_ALL"] = "C"
    process.environment = environment
    let errors = Pipe()
    process.standardError = errors
    process.standardOutput = FileHandle.nullDevice
    process.standardInput = FileHandle.nullDevice
    do {
      try process.run()
    } catch {
      throw ReportError.gnuplotFailed(figure: figure.name, message: "it could not be started")
    }
    // A signal may interrupt reading; the picture decides then.
    let message = String(decoding: (try? errors.fileHandleForReading.readToEnd()) ?? Data(), as: UTF8.self)
    process.waitUntilExit()
    let picture = FileManager.default.contents(atPath: folder.appendingPathComponent("\(figure.name).png").path)
    guard process.terminationReason == .exit, process.terminationStatus == 0, let picture, !picture.isEmpty else {
      let line =
        message.split(separator: "\n").last { $0.contains("line") } ?? message.split(separator: "\n").last ?? ""
      throw ReportError.gnuplotFailed(figure: figure.name, message: String(line))
    }
    return (picture, message)
  }
}
