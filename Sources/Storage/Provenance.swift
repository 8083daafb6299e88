// Where, when and by what a run was made: everything that may differ between equal runs, apart from timing. None of it
// is part of a run's identity.

/// What decides the bits of a run beside its configuration: code, processor, threads and libraries.
public struct Environment: Sendable, Equatable {
  /// Commit of the source tree, or "unknown".
  public var commit: String
  /// Whether source files differed from the commit, new ones included (results and tables do not count).
  public var dirty: Bool
  /// Library and tool versions by name, such as `oneDNN`: `2.6.3`.
  public var versions: [String: String]
  public var cpu: String
  public var threads: Int

  public init(commit: String, dirty: Bool, versions: [String: String], cpu: String, threads: Int) {
    self.commit = commit
    self.dirty = dirty
    self.versions = versions
    self.cpu = cpu
    self.threads = threads
  }
}

/// A stretch of training under one environment, however many processes worked in it.
public struct Segment: Sendable, Equatable {
  public var environment: Environment
  /// Where it began: epoch, and step within it, both from 1.
  public var firstEpoch: Int
  public var firstStep: Int
  /// Processes that began or went on with training in it.
  public var starts: Int

  public init(environment: Environment, firstEpoch: Int, firstStep: Int, starts: Int = 1) {
    self.environment = environment
    self.firstEpoch = firstEpoch
    self.firstStep = firstStep
    self.starts = starts
  }
}

/// Where and when a run was made.
public struct Provenance: Sendable, Equatable {
  /// All training behind the network, that of the shared pre-training included, in order. Never empty.
  public private(set) var segments: [Segment]
  /// The command line that made the run: of its last process, where there were several.
  public var command: String
  /// Start of the run's first process, ISO 8601 in UTC.
  public var started: String
  /// Wall-clock seconds of all processes of the run so far.
  public var duration: Double

  /// - Precondition: there is a segment.
  public init(segments: [Segment], command: String, started: String, duration: Double) {
    precondition(!segments.isEmpty, "a run without any training has no provenance")
    self.segments = segments
    self.command = command
    self.started = started
    self.duration = duration
  }

  /// Of the last process.
  public var environment: Environment { segments[segments.count - 1].environment }

  /// Whether any part was trained by code that no commit holds.
  public var dirty: Bool { segments.contains { $0.environment.dirty } }

  /// Whether one environment did everything, so that the same environment makes the same bytes again: equal bits are
  /// promised for equal threads, processors, libraries and code alone. Code that no commit holds is nothing to be equal to.
  public var promisesEqualBytes: Bool { segments.count == 1 && !dirty && environment.commit != "unknown" }

  /// Notes that a process starts training there: in the segment under way where its environment is the same, in a new
  /// one otherwise. Segments that began there or later left nothing that is still there.
  public mutating func start(in environment: Environment, epoch: Int, step: Int) {
    let kept = segments.prefix { ($0.firstEpoch, $0.firstStep) < (epoch, step) }
    if let last = kept.last, last.environment == environment {
      segments = Array(kept)
      segments[segments.count - 1].starts += 1
    } else {
      segments = kept + [Segment(environment: environment, firstEpoch: epoch, firstStep: step)]
    }
  }
}
