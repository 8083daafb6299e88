// `fuzz`: a bounded number of seeded hostile inputs for every reader, each in a process that may die of it. It ends by
// itself, prints counts, keeps every input that did what it must not, and knows no coverage.

import ArgumentParser
import FileMutations
import Foundation

@main struct Fuzz: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fuzz",
    abstract: "Feeds mutated files to every reader; exits 1 where one crashes, hangs, takes memory or lies.",
    discussion:
      "A kept input FAILURES/<reader>-<seed>-<index> is made again by --reader R --seed S --first I --inputs 1.")

  @Option(help: "Inputs over all readers, or for the one of --reader.") var inputs = 1_000_000
  @Option(help: "Seed of all mutations.") var seed: UInt64 = 1
  @Option(help: "Only this reader.") var reader: String?
  @Option(help: "Index of the first input.") var first = 0
  @Option(help: "Folder of run files and checkpoints to start from.") var originals = "Tests/StorageTests/Fixtures"
  @Option(help: "Published numbers to start from.") var reference = "paper-tables/reference.csv"
  @Option(help: "Folder for inputs that did what they must not.") var failures = "fuzz-failures"
  @Option(help: "Processes at a time.") var jobs = 2
  @Option(help: "Seconds that an input may take.") var seconds: UInt32 = 20
  @Option(help: "MiB by which an input may let memory grow.") var memory = 256
  @Option(help: "Failures after which no more inputs are read.") var limit = 25
  @Option(help: .hidden) var worker: String?

  func run() throws {
    if let worker {
      try Worker(fuzz: self, folder: worker).run()
    } else {
      try Foreman(fuzz: self).run()
    }
  }
}
