// What can keep a report from being made.

/// Errors of the report, one or two lines each.
public enum ReportError: Error, Equatable, CustomStringConvertible {
  case resultsMissing(String)
  case unlistable(String)
  case noRuns(String)
  case gnuplotMissing
  case gnuplotFailed(figure: String, message: String)
  case picture(String)

  public var description: String {
    switch self {
    case .resultsMissing(let path):
      "\(path): no such directory; make runs first (make reproduce-table1) or name another"
    case .unlistable(let path): "\(path): this directory cannot be listed; check its permissions"
    case .noRuns(let path):
      "\(path): no run files <profile>/<dataset>/<augmentation>/<arm>/seed<k>.h5 of an arm of Table 1 or of an "
        + "ablation; make them with: make reproduce-table1"
    case .gnuplotMissing: "gnuplot is not on the PATH; install it with: make setup"
    case .gnuplotFailed(let figure, let message): "gnuplot could not draw \(figure): \(message)"
    case .picture(let message): "libpng: \(message)"
    }
  }
}
