import ExperimentKit

@main enum Reproduce {
  static func main() { Reproduction.main() }
}
