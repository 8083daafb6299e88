// A run's configuration as text, as a digest and as named settings. The declaration of RunConfiguration is the only list
// of settings: names and values are read off it, so a new property appears everywhere by itself.

import Foundation
import Training

/// Why a text is not a run's configuration.
public enum ConfigurationError: Error, Equatable, CustomStringConvertible {
  case notJSON(reason: String)
  case missing(key: String)
  case unknown(key: String)
  case wrongValue(key: String, reason: String)

  public var description: String {
    switch self {
    case .notJSON(let reason): "configuration is not a JSON object: \(reason)"
    case .missing(let key): "configuration lacks the key \"\(key)\""
    case .unknown(let key): "configuration has the unknown key \"\(key)\": check its spelling or remove it"
    case .wrongValue(let key, let reason): "configuration key \"\(key)\": \(reason)"
    }
  }
}

extension RunConfiguration {
  /// Every setting by its name in snake_case, in the order of the declaration.
  public var settings: [(name: String, value: SettingValue)] { settings(of: Mirror(reflecting: self).children) }

  /// The same without those that a text leaves out, since they came later and are at their default.
  public var statedSettings: [(name: String, value: SettingValue)] {
    settings(of: Mirror(reflecting: self).children.filter { ($0.value as? any LaterSetting)?.isUnstated != true })
  }

  private func settings(of children: some Sequence<Mirror.Child>) -> [(name: String, value: SettingValue)] {
    children.map { child in
      let name = Self.snakeCase(child.label ?? "")
      switch child.value {
      case let value as Int: return (name, .integer(value))
      case let value as Double: return (name, .real(value))
      case let value as Bool: return (name, .flag(value))
      case let value as String: return (name, .text(value))
      case let value as any RawRepresentable:
        if let text = value.rawValue as? String { return (name, .text(text)) }
        fallthrough
      default: preconditionFailure("setting \(name) has a type that run files do not hold: \(type(of: child.value))")
      }
    }
  }

  /// One line of JSON: keys in snake_case, sorted; plain ASCII; doubles in the fewest digits that read back equal.
  public var json: String { Self.json(statedSettings.sorted { $0.name < $1.name }) }

  private static func json(_ settings: [(name: String, value: SettingValue)]) -> String {
    let members = settings.map { name, value in
      let text: String
      switch value {
      case .integer(let number): text = "\(number)"
      // JSON has no inf and nan; as strings they are refused when read, with the key's name.
      case .real(let number): text = number.isFinite ? "\(number)" : "\"\(number)\""
      case .flag(let isSet): text = isSet ? "true" : "false"
      case .text(let string): text = quoted(string)
      }
      return "\(quoted(name)): \(text)"
    }
    return "{\(members.joined(separator: ", "))}"
  }

  /// SHA-256 of `json`, in hexadecimal: the run's identity.
  public var digest: String { SHA256.hex(json) }

  /// Reads what `json` wrote, or what a user made of it.
  /// - Throws: `ConfigurationError` for missing, unknown and repeated keys and for values of a wrong type.
  public init(json: String) throws {
    let members: [String: Scalar]
    do {
      members = try JSONDecoder().decode([String: Scalar].self, from: Data(json.utf8))
      // What follows may decode once for each member.
      guard members.count <= Self.memberLimit else {
        throw ConfigurationError.notJSON(reason: "\(members.count) keys, more than any configuration has")
      }
      self = try Self.decode(json)
    } catch let error as DecodingError {
      throw Self.explain(error)
    } catch is NumberError {
      throw Self.findFraction(try JSONDecoder().decode([String: Scalar].self, from: Data(json.utf8)))
    }
    let known = Set(settings.map(\.name))
    if let key = members.keys.sorted().first(where: { !known.contains($0) }) {
      throw ConfigurationError.unknown(key: key)
    }
    if let key = Self.repeatedKey(json) { throw ConfigurationError.wrongValue(key: key, reason: "stated twice") }
  }

  private static let memberLimit = 256

  /// A number of valid JSON does not fit its key. The decoder does not say which.
  private struct NumberError: Error {}

  private static func decode(_ json: String) throws -> RunConfiguration {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    do {
      return try decoder.decode(RunConfiguration.self, from: Data(json.utf8))
    } catch DecodingError.dataCorrupted(let context) where context.codingPath.isEmpty {
      throw NumberError()
    }
  }

  private struct Scalar: Decodable {
    let value: SettingValue

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let flag = try? container.decode(Bool.self) {
        value = .flag(flag)
      } else if let number = try? container.decode(Int.self) {
        value = .integer(number)
      } else if let number = try? container.decode(Double.self) {
        value = .real(number)
      } else {
        value = .text(try container.decode(String.self))
      }
    }
  }

  /// The key that fails even when every other number is one that fits anywhere.
  private static func findFraction(_ members: [String: Scalar]) -> ConfigurationError {
    let all = members.map { (name: $0.key, value: $0.value.value) }.sorted { $0.name < $1.name }
    for (name, value) in all {
      guard case .real(let number) = value else { continue }
      let others = all.map { member in
        if case .real = member.value, member.name != name { return (name: member.name, value: SettingValue.integer(1)) }
        return member
      }
      do {
        _ = try decode(json(others))
      } catch is NumberError {
        return .wrongValue(key: name, reason: "\(number) is no integer, or too large for one")
      } catch {
        continue
      }
    }
    return .notJSON(reason: "a number does not fit its key")
  }

  /// The first key of a valid, flat object that is there twice: the decoder would take one of the values silently.
  private static func repeatedKey(_ json: String) -> String? {
    let (quote, escape) = (UInt8(ascii: "\""), UInt8(ascii: "\\"))
    var seen: Set<String> = []
    var rest = Array(json.utf8)[...]
    while let start = rest.firstIndex(of: quote) {
      var end = start + 1
      while end < rest.endIndex, rest[end] != quote { end += rest[end] == escape ? 2 : 1 }
      let quoted = rest[start..<min(end + 1, rest.endIndex)]
      // Escapes can spell a key in other ways.
      let text =
        quoted.contains(escape)
        ? (try? JSONDecoder().decode(String.self, from: Data(quoted))) ?? ""
        : String(decoding: quoted.dropFirst().dropLast(), as: UTF8.self)
      rest = rest.dropFirst(end + 1 - rest.startIndex)
      let isKey = rest.first { $0 > 0x20 } == UInt8(ascii: ":")
      if isKey && !seen.insert(text).inserted { return text }
    }
    return nil
  }

  private static func explain(_ error: DecodingError) -> ConfigurationError {
    func wrong(_ context: DecodingError.Context, _ reason: String) -> ConfigurationError {
      guard let key = context.codingPath.last else { return .notJSON(reason: reason) }
      return .wrongValue(key: snakeCase(key.stringValue), reason: reason)
    }
    switch error {
    case .keyNotFound(let key, _): return .missing(key: snakeCase(key.stringValue))
    case .typeMismatch(let type, let context): return wrong(context, "expected \(type)")
    case .valueNotFound(let type, let context): return wrong(context, "is null, expected \(type)")
    case .dataCorrupted(let context): return wrong(context, context.debugDescription)
    @unknown default: return .notJSON(reason: "\(error)")
    }
  }

  private static func snakeCase(_ name: String) -> String {
    name.reduce(into: "") { $0 += $1.isUppercase ? "_\($1.lowercased())" : "\($1)" }
  }

  private static func quoted(_ text: String) -> String {
    var result = "\""
    for unit in text.utf16 {
      switch unit {
      case 0x22, 0x5c: result += "\\\(Character(UnicodeScalar(UInt8(unit))))"
      case 0x20..<0x7f: result.append(Character(UnicodeScalar(UInt8(unit))))
      default:
        let digits = String(unit, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      }
    }
    return result + "\""
  }
}
