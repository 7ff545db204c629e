import Ornstein

/// `name=value,name=value`: what is known of a row.
struct Conditions {
  /// The names and values, as they were given.
  let values: [(name: String, text: String)]

  /// Reads the conditions.
  ///
  /// - Throws: A `CommandFailure` that says what is malformed.
  init(_ text: String) throws(CommandFailure) {
    var values: [(name: String, text: String)] = []
    for part in try Self.split(text, at: ",", whole: text) {
      let sides = try Self.split(part, at: "=", whole: text)
      guard sides.count == 2 else {
        throw Self.malformed(text, "\"\(part.trimmed)\" is no name=value")
      }
      let (name, value) = (Self.unquoted(sides[0]), Self.unquoted(sides[1]))
      guard !name.isEmpty else { throw Self.malformed(text, "a name is empty") }
      guard !value.isEmpty else { throw Self.malformed(text, "\"\(name)\" has no value") }
      guard !values.contains(where: { $0.name == name }) else {
        throw Self.malformed(text, "\"\(name)\" is given twice")
      }
      values.append((name, value))
    }
    self.values = values
  }

  /// The values by coordinate of a target with the coordinates x0, x1, ….
  func coordinates(dimension: Int) throws(CommandFailure) -> [Int: Double] {
    var coordinates: [Int: Double] = [:]
    for (name, text) in values {
      guard let coordinate = (0..<dimension).first(where: { "x\($0)" == name }) else {
        throw CommandFailure(
          .badUsage,
          "--where names \"\(name)\"; the coordinates of the target are x0 to x\(dimension - 1).")
      }
      coordinates[coordinate] = try Self.number(text, name)
    }
    guard coordinates.count < dimension else {
      throw CommandFailure(
        .badUsage, "--where gives every coordinate, so nothing is left to draw; leave one out.")
    }
    return coordinates
  }

  /// A finite number.
  static func number(_ text: String, _ name: String) throws(CommandFailure) -> Double {
    guard let value = Double(text), value.isFinite else {
      throw CommandFailure(
        .badUsage, "--where gives \"\(name)\" the value \"\(text)\", which is not a finite number.")
    }
    return value
  }

  /// The values by name, for records.
  var record: [String: String] {
    Dictionary(values.map { ($0.name, $0.text) }, uniquingKeysWith: { $1 })
  }

  private static func malformed(_ text: String, _ reason: String) -> CommandFailure {
    CommandFailure(
      .badUsage, "--where is \"\(text)\": \(reason); write it as name=value,name=value.")
  }

  /// The parts between separators that are not inside double quotes.
  private static func split(
    _ text: String, at separator: Character, whole: String
  ) throws(CommandFailure) -> [String] {
    var parts = [""]
    var isQuoted = false
    for character in text {
      if character == "\"" { isQuoted.toggle() }
      if character == separator, !isQuoted {
        parts.append("")
      } else {
        parts[parts.count - 1].append(character)
      }
    }
    guard !isQuoted else { throw malformed(whole, "a quote is opened and never closed") }
    return parts
  }

  private static func unquoted(_ text: String) -> String {
    let text = text.trimmed
    guard text.count >= 2, text.first == "\"", text.last == "\"" else { return text }
    return String(text.dropFirst().dropLast())
  }
}

extension String {
  fileprivate var trimmed: String {
    var text = Substring(self)
    while text.first == " " { text.removeFirst() }
    while text.last == " " { text.removeLast() }
    return String(text)
  }
}
