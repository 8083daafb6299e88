// The executable `reproduce`: all runs of a table, then the table. All work is ExperimentKit's.

import ExperimentKit

@main enum Reproduce {
  static func main() { Reproduction.main() }
}
