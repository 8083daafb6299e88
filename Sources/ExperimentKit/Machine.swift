// Where a run is made: source tree, processor, memory, time. For the record only; nothing here changes a result.

import Foundation
import Storage

public enum Machine {
  /// Cores that this process may use: of the machine, or those that taskset, a batch system or a container left it.
  static var cores: Int {
    let online = max(1, ProcessInfo.processInfo.activeProcessorCount)
    // A mask in hexadecimal; it may have bits for processors that are not there.
    let allowed = field("Cpus_allowed:", of: "/proc/self/status").map { mask in
      mask.reduce(0) { $0 + ($1.hexDigitValue ?? 0).nonzeroBitCount }
    }
    return min(online, max(1, allowed ?? online))
  }

  /// The published values: in the working folder, or else in the source tree of this executable.
  public static var referencePath: String {
    let relative = "paper-tables/reference.csv"
    guard !FileManager.default.fileExists(atPath: relative), let package = packageFolder else { return relative }
    return "\(package)/\(relative)"
  }

  /// Bytes of memory that this machine has.
  static var memory: Int { Int(clamping: ProcessInfo.processInfo.physicalMemory) }

  /// Bytes that are free where a folder lies or will lie; nil where that is not known.
  static func freeDisk(_ folder: String) -> Int? {
    var url = URL(fileURLWithPath: folder)
    while !FileManager.default.fileExists(atPath: url.path), url.path != "/" { url.deleteLastPathComponent() }
    let attributes = try? FileManager.default.attributesOfFileSystem(forPath: url.path)
    return (attributes?[.systemFreeSize] as? NSNumber)?.intValue
  }

  /// Peak resident memory of this process in bytes; 0 where the system does not say.
  public static var peakMemory: Int {
    field("VmHWM:", of: "/proc/self/status").flatMap { Int($0.split(separator: " ").first ?? "") }.map { $0 * 1024 }
      ?? 0
  }

  /// Resident memory of this process in bytes; 0 where the system does not say.
  public static var residentMemory: Int {
    field("VmRSS:", of: "/proc/self/status").flatMap { Int($0.split(separator: " ").first ?? "") }.map { $0 * 1024 }
      ?? 0
  }

  /// Name of the processor.
  public static var cpu: String {
    field("model name", of: "/proc/cpuinfo").map { String($0.drop { $0 == ":" || $0 == " " }) } ?? "unknown"
  }

  /// Folder of this executable, where the others lie as well.
  public static var executableFolder: String {
    let path = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? "./executable"
    return String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
  }

  /// Folder of the package that this executable was built in; nil where it was moved elsewhere.
  public static var packageFolder: String? {
    var folder = executableFolder
    while let slash = folder.lastIndex(of: "/") {
      if FileManager.default.fileExists(atPath: folder + "/Package.swift") { return folder }
      folder = String(folder[..<slash])
    }
    return nil
  }

  /// What this process adds to a configuration.
  static func environment(threads: Int, versions: [String: String]) -> Environment {
    let tree = sourceTree()
    return Environment(
      commit: tree?.commit ?? "unknown", dirty: tree?.dirty ?? false, versions: versions, cpu: ascii(cpu),
      threads: threads)
  }

  /// Name of this machine in its network; "unknown" where it has none.
  static var host: String {
    var name = [CChar](repeating: 0, count: 256)
    guard gethostname(&name, name.count - 1) == 0 else { return "unknown" }
    let text = name.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
    return text.isEmpty ? "unknown" : ascii(text)
  }

  /// HDF5 attributes hold a little less than 4 KB; a longer command line is cut.
  private static let longestCommand = 4000

  /// Options by which the main job tells a run its place in the table: no part of what the run is.
  private static let placeInTable = ["--run-number", "--run-count", "--remaining-cost"]

  /// The command line, quoted for a shell; the executable by its name alone, a run's place in a table left out.
  static func command(_ all: [String]) -> String {
    let arguments = all.enumerated().filter { index, argument in
      !placeInTable.contains(argument) && (index == 0 || !placeInTable.contains(all[index - 1]))
    }.map(\.element)
    let plain = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./=,:+")
    let words = arguments.enumerated().map { index, argument in
      index == 0 ? argument.split(separator: "/").last.map(String.init) ?? argument : argument
    }
    let quoted = words.map { word in
      !word.isEmpty && word.allSatisfy(plain.contains)
        ? word : "'" + word.replacingOccurrences(of: "'", with: "'\\''") + "'"
    }
    return String(ascii(quoted.joined(separator: " ")).prefix(longestCommand))
  }

  /// Now in UTC, ISO 8601.
  static func now() -> String { Date().formatted(.iso8601) }

  private static func ascii(_ text: String) -> String {
    text.unicodeScalars.map { $0.isASCII && $0.value >= 32 ? String($0) : $0.escaped(asASCII: true) }.joined()
  }

  private static func field(_ name: String, of path: String) -> String? {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8),
      let line = text.split(separator: "\n").first(where: { $0.hasPrefix(name) })
    else { return nil }
    return line.dropFirst(name.count).trimmingCharacters(in: .whitespaces)
  }

  /// Commit of the source tree that this executable was built in, or else of the one that it is run in.
  private static func sourceTree() -> (commit: String, dirty: Bool)? {
    for folder in [executableFolder, FileManager.default.currentDirectoryPath] {
      guard let top = git(["rev-parse", "--show-toplevel"], in: folder),
        let package = try? String(contentsOfFile: top + "/Package.swift", encoding: .utf8),
        package.contains("name: \"pof-in-swift\""),
        let state = state(ofTree: top)
      else { continue }
      return state
    }
    return nil
  }

  /// Commit of a source tree, and whether what is built from it may differ: tracked files outside results and tables
  /// are changed, or there are new ones among the sources.
  static func state(ofTree top: String) -> (commit: String, dirty: Bool)? {
    guard let commit = git(["rev-parse", "HEAD"], in: top),
      let changes = git(
        ["status", "--porcelain", "--untracked-files=no", "--", ".", ":(exclude)results", ":(exclude)paper-tables"],
        in: top),
      let new = git(
        ["ls-files", "--others", "--exclude-standard", "--", "Sources", "Experiments", "Package.swift"], in: top)
    else { return nil }
    return (commit, !changes.isEmpty || !new.isEmpty)
  }

  private static func git(_ arguments: [String], in folder: String) -> String? {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["git", "-C", folder] + arguments
    // No refresh of the index: a run changes nothing in the source tree.
    process.environment = ProcessInfo.processInfo.environment.merging(["GIT_OPTIONAL_LOCKS": "0"]) { $1 }
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    process.standardInput = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return nil }
    let data = (try? output.fileHandleForReading.readToEnd()) ?? Data()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { return nil }
    return String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
  }
}
