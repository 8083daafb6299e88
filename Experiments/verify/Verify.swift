// The executable `verify`: whether this machine makes a recorded run again. All work is ExperimentKit's.

import ExperimentKit

@main enum Verify {
  static func main() { Verification.main() }
}
