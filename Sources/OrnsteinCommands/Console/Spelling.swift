/// Numbers and durations as a person reads them.
package enum Spelling {
  /// A number with `digits` significant digits, as `0.0312`, `1.2e-5`, `340`.
  package static func number(_ value: Double, digits: Int = 4) -> String {
    guard value.isFinite else { return "\(value)" }
    guard value != 0 else { return "0" }
    let (mantissa, exponent) = decimal(abs(value), digits: digits)
    let sign = value < 0 ? "-" : ""
    if exponent < -4 || exponent >= max(digits, 7) {
      let rest = trimmed(mantissa.dropFirst())
      return sign + mantissa.prefix(1) + (rest.isEmpty ? "" : "." + rest) + "e\(exponent)"
    }
    if exponent < 0 {
      return sign + "0." + String(repeating: "0", count: -exponent - 1) + trimmed(mantissa[...])
    }
    let whole = mantissa.prefix(exponent + 1)
    let padded = whole + String(repeating: "0", count: max(0, exponent + 1 - whole.count))
    let rest = trimmed(mantissa.dropFirst(exponent + 1))
    return sign + padded + (rest.isEmpty ? "" : "." + rest)
  }

  /// A duration, as `42 s`, `3 min 05 s`, `2 h 10 min`.
  package static func duration(seconds: Double) -> String {
    guard seconds.isFinite, seconds >= 0 else { return "unknown" }
    if seconds < 10 { return "\(number(seconds, digits: 2)) s" }
    let total = Int(seconds.rounded())
    if total < 60 { return "\(total) s" }
    let twoDigits = { (value: Int) in value < 10 ? "0\(value)" : "\(value)" }
    if total < 3600 { return "\(total / 60) min \(twoDigits(total % 60)) s" }
    return "\(total / 3600) h \(twoDigits(total % 3600 / 60)) min"
  }

  private static func decimal(_ value: Double, digits: Int) -> (mantissa: String, exponent: Int) {
    var exponent = 0
    var scaled = value
    while scaled >= 10 { (scaled, exponent) = (scaled / 10, exponent + 1) }
    while scaled < 1 { (scaled, exponent) = (scaled * 10, exponent - 1) }
    var factor = 1.0
    for _ in 1..<digits { factor *= 10 }
    var integer = Int((scaled * factor).rounded())
    if Double(integer) >= factor * 10 { (integer, exponent) = (integer / 10, exponent + 1) }
    return (String(integer), exponent)
  }

  private static func trimmed(_ digits: Substring) -> String {
    var digits = digits
    while digits.last == "0" { digits = digits.dropLast() }
    return String(digits)
  }
}
