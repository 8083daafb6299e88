import Foundation
import Testing
import Training

@testable import Storage

private let expectedJSON = """
  {"arm": "sam-pof", "at_search_limit": "reject", "augmentation": "cutout", "batch_size": 32, \
  "data_source": "synthetic", "dataset": "fashion-mnist", "depth": 10, "learning_rate": 0.1, "momentum": 0.9, \
  "perturbation_groups": 16, "perturbation_range": 2.0, "post_epochs": 3, "post_learning_rate": 0.00016, \
  "post_training": "pof", "pre_epochs": 2, "pre_training": "sam", "profile": "smoke", "rho": 0.05, \
  "search_limit": 10000.0, "seed": 3, "test_interval": 5, "test_limit": 0, "train_limit": 500, \
  "weak_batch_size": 256, "weak_statistics": true, "weight_decay": 0.0005, "width": 1}
  """

/// A run's identity must not change by accident: this text is what is hashed.
@Test func configurationAsText() throws {
  let configuration = Sample.configuration
  #expect(configuration.json == expectedJSON)
  #expect(configuration.digest == SHA256.hex(expectedJSON))
  #expect(try RunConfiguration(json: expectedJSON) == configuration)
  var other = configuration
  other.seed += 1
  #expect(other.digest != configuration.digest)
}

@Test func settingsAreTheDeclaration() throws {
  let settings = Sample.configuration.settings
  #expect(settings.map(\.name).prefix(5) == ["profile", "dataset", "data_source", "augmentation", "arm"])
  #expect(settings.count == Mirror(reflecting: Sample.configuration).children.count)
  let values = Dictionary(uniqueKeysWithValues: settings.map { ($0.name, $0.value) })
  #expect(values["data_source"] == .text("synthetic"))
  #expect(values["post_training"] == .text("pof"))
  #expect(values["batch_size"] == .integer(32))
  #expect(values["post_learning_rate"] == .real(1.6e-4))
  #expect(values["weak_statistics"] == .flag(true))
}

/// Settings that came after the first runs are left out at their default: those runs keep their identity.
@Test func laterSettingsAreLeftOutAtTheirDefault() throws {
  let names = ["training_part", "perturbed_layers", "perturbation_direction", "perturbation_step", "post_testing"]
  let plain = Sample.configuration
  #expect(plain.statedSettings.map(\.name) == plain.settings.map(\.name).filter { !names.contains($0) })
  for name in names { #expect(!plain.json.contains(name)) }

  var varied = plain
  varied.trainingPart = .withoutExtra
  varied.perturbedLayers = .lowest
  varied.perturbationDirection = .random
  varied.perturbationStep = .fixedFourfold
  varied.postTesting = .interval
  #expect(varied.statedSettings.map(\.name) == varied.settings.map(\.name))
  #expect(try RunConfiguration(json: varied.json) == varied)
  #expect(varied.digest != plain.digest)

  // Spelled out, a default is the same configuration; another word is refused with the key's name.
  let spelled = plain.json.replacingOccurrences(of: "{\"arm\"", with: "{\"perturbed_layers\": \"classifier\", \"arm\"")
  #expect(spelled != plain.json)
  #expect(try RunConfiguration(json: spelled) == plain)
  #expect { try RunConfiguration(json: spelled.replacingOccurrences(of: "\"classifier\"", with: "\"stem\"")) } throws: {
    guard case .wrongValue("perturbed_layers", _)? = $0 as? ConfigurationError else { return false }
    return true
  }
}

@Test(arguments: [0.1 + 0.2, 1e-300, Double.leastNonzeroMagnitude, 1e22, -0.0, 1.7976931348623157e308, 3])
func doublesReadBackEqual(number: Double) throws {
  var configuration = Sample.configuration
  configuration.rho = number
  #expect(try RunConfiguration(json: configuration.json).rho.bitPattern == number.bitPattern)
}

@Test func anyTextSurvives() throws {
  var configuration = Sample.configuration
  configuration.profile = "quick \"x\" \\ \n\u{1}\u{7f} \u{e4}\u{1F600}"
  #expect(configuration.json.utf8.allSatisfy { 0x20..<0x7f ~= $0 })
  #expect(try RunConfiguration(json: configuration.json) == configuration)
}

/// Integers may stand for doubles, members in any order: users write by hand.
@Test func handWrittenJSON() throws {
  let text = expectedJSON.replacingOccurrences(of: "\"rho\": 0.05", with: "\"rho\" : 1").replacingOccurrences(
    of: "{", with: "{\n  ")
  #expect(try RunConfiguration(json: text).rho == 1)
}

@Test(arguments: [
  ("\"seed\": 3", "\"seed\": 3, \"sed\": 3", ConfigurationError.unknown(key: "sed")),
  ("\"seed\": 3", "\"seed\": 3, \"weakStatistics\": true", .unknown(key: "weakStatistics")),
  ("\"batch_size\": 32, ", "", .missing(key: "batch_size")),
  ("\"batch_size\": 32", "\"batchSize\": 32", .unknown(key: "batchSize")),
])
func wrongKeysAreNamed(old: String, new: String, error: ConfigurationError) {
  let text = expectedJSON.replacingOccurrences(of: old, with: new)
  #expect(throws: error) { try RunConfiguration(json: text) }
}

@Test(arguments: [
  ("\"batch_size\": 32", "\"batch_size\": \"32\"", "batch_size"),
  ("\"batch_size\": 32", "\"batch_size\": 32.5", "batch_size"),
  ("\"batch_size\": 32", "\"batch_size\": 99999999999999999999", "batch_size"),
  ("\"batch_size\": 32", "\"batch_size\": null", "batch_size"),
  ("\"seed\": 3", "\"seed\": 3, \"seed\" : 4", "seed"),
  ("\"seed\": 3", "\"seed\": 3, \"s\\u0065ed\": 4", "seed"),
  ("\"width\": 1", "\"width\": 0.5", "width"),
  ("\"batch_size\": 32", "\"batch_size\": [32]", "batch_size"),
  ("\"weak_statistics\": true", "\"weak_statistics\": 1", "weak_statistics"),
  ("\"rho\": 0.05", "\"rho\": \"nan\"", "rho"),
  ("\"pre_training\": \"sam\"", "\"pre_training\": \"adam\"", "pre_training"),
  ("\"arm\": \"sam-pof\"", "\"arm\": 7", "arm"),
])
func wrongValuesAreNamed(old: String, new: String, key: String) throws {
  let text = expectedJSON.replacingOccurrences(of: old, with: new)
  try #require(text != expectedJSON)
  let error = #expect(throws: ConfigurationError.self) { try RunConfiguration(json: text) }
  guard case .wrongValue(let found, _) = error else {
    Issue.record("unexpected \(String(describing: error))")
    return
  }
  #expect(found == key)
  #expect(error?.description.contains("\"\(key)\"") == true)
}

@Test(arguments: ["", "[]", "3", "{", expectedJSON + "x", String(expectedJSON.dropLast())])
func notJSONIsRefused(text: String) {
  let error = #expect(throws: ConfigurationError.self) { try RunConfiguration(json: text) }
  guard case .notJSON = error else {
    Issue.record("unexpected \(String(describing: error))")
    return
  }
}

/// Each key may cost a decoding of the whole text.
@Test func manyKeysAreRefusedAtOnce() {
  let extra = (0..<20_000).map { "\"k\($0)\": 0.5, " }.joined()
  let text = expectedJSON.replacingOccurrences(of: "\"width\": 1", with: extra + "\"width\": 0.5")
  let error = #expect(throws: ConfigurationError.self) { try RunConfiguration(json: text) }
  #expect(error?.description.contains("keys, more than") == true)
}

/// Quotes beside combining marks and escapes do not mislead the search for repeated keys.
@Test func oddTextIsNoKey() throws {
  for profile in ["\u{301}x", "a\\", "\"seed\": 3", "\\\"", "\r\n"] {
    var configuration = Sample.configuration
    configuration.profile = profile
    #expect(try RunConfiguration(json: configuration.json) == configuration)
    let raw = expectedJSON.replacingOccurrences(of: "\"smoke\"", with: "\"\u{301}\"")
    #expect(try RunConfiguration(json: raw).profile == "\u{301}")
  }
}

@Test func infinityCannotHide() {
  var configuration = Sample.configuration
  configuration.searchLimit = .infinity
  #expect(throws: ConfigurationError.self) { try RunConfiguration(json: configuration.json) }
}
