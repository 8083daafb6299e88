// A report that is kept fresh while runs go on: when it is made again, and what is said. How it is made, clock and
// listing are handed in.

/// Decides at each look at the run files whether the report is made again.
struct RefreshRule: Sendable {
  /// Seconds after the end of a report when changes no longer wait for a quiet moment, and one that failed is tried
  /// again.
  static let patience = 10.0

  /// At the last look.
  private var seen: RunListing?
  /// What the last report was made from, or failed at.
  private var tried: RunListing?
  /// What the last report that did not fail was made from.
  private var reported: RunListing?
  /// When the last report was done, or had failed.
  private var ended: Double?

  /// Whether a report is due: at the first look; where files have changed since the last report, but not since the last
  /// look; where they have changed, or the last report failed, and enough time has passed.
  mutating func isDue(_ listing: RunListing, at now: Double) -> Bool {
    defer { seen = listing }
    guard let ended else { return true }
    guard listing != reported else { return false }
    return now - ended >= Self.patience || (listing == seen && listing != tried)
  }

  /// - Parameter listing: taken before the report was begun, so that what has changed meanwhile is seen.
  mutating func finish(_ listing: RunListing, succeeded: Bool, at now: Double) {
    tried = listing
    if succeeded { reported = listing }
    ended = now
  }
}

/// Makes a report again and again, until it is stopped.
public struct ReportWatch {
  private let list: () -> RunListing
  private let make: () throws -> Void
  private let clock: () -> Double
  private let isStopped: () -> Bool
  private let pause: () -> Void
  private let say: (String) -> Void

  /// - Parameters:
  ///   - list: the run files at this moment.
  ///   - make: makes the report.
  ///   - clock: seconds from any origin, never going back.
  ///   - isStopped: asked after every pause and every report.
  ///   - pause: from one look at the run files to the next.
  ///   - say: takes one line for each report: of what it was made, or why it could not be made, where that was not the
  ///     reason the last time.
  public init(
    list: @escaping () -> RunListing, make: @escaping () throws -> Void, clock: @escaping () -> Double,
    isStopped: @escaping () -> Bool, pause: @escaping () -> Void, say: @escaping (String) -> Void
  ) {
    (self.list, self.make, self.clock) = (list, make, clock)
    (self.isStopped, self.pause, self.say) = (isStopped, pause, say)
  }

  /// Returns when it is stopped; a report under way is finished before.
  public func run() {
    var rule = RefreshRule()
    var lastProblem: String?
    while !isStopped() {
      let listing = list()
      let begun = clock()
      if rule.isDue(listing, at: begun) {
        var problem: String?
        do { try make() } catch { problem = "\(error)" }
        let ended = clock()
        rule.finish(listing, succeeded: problem == nil, at: ended)
        if let problem {
          // A signal to all processes of a terminal ends gnuplot under the report, too.
          if problem != lastProblem, !isStopped() { say(problem) }
        } else {
          let files = listing.count == 1 ? "1 run file" : "\(listing.count) run files"
          say("tables and figures from \(files) in \(NumberText.fixed(ended - begun, 1)) s")
        }
        lastProblem = problem
        if isStopped() { return }
      }
      pause()
    }
  }
}
