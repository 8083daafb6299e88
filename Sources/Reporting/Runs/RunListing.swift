// What lies below a results folder at one moment, so that two moments can be compared. No file is opened.

import Foundation

/// The run files below a results folder, by what shows that they have changed.
public struct RunListing: Sendable, Equatable {
  struct Entry: Sendable, Equatable {
    /// Relative to the results folder.
    var path: String
    /// In bytes.
    var size: Int
    /// Of the last modification, since 1970.
    var seconds: Int
    var nanoseconds: Int
  }

  /// Sorted by path.
  var entries: [Entry]

  /// Number of run files.
  public var count: Int { entries.count }

  init(entries: [Entry]) { self.entries = entries }

  /// Empty where the folder is not there or cannot be listed, which a report tells. Files that vanish meanwhile are
  /// left out.
  public init(results: String) {
    let paths = (try? RunCollection.files(below: results)) ?? []
    entries = paths.compactMap { path in
      guard RunPlace(path: path) != nil else { return nil }
      var information = stat()
      guard stat("\(results)/\(path)", &information) == 0 else { return nil }
      return Entry(
        path: path, size: Int(information.st_size), seconds: information.st_mtim.tv_sec,
        nanoseconds: information.st_mtim.tv_nsec)
    }
  }
}
