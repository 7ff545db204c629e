extension Scaling: CustomStringConvertible {
  /// The formula, as `L² T² d / N`.
  public var description: String {
    switch self {
    case .input(let input): return input.symbol
    case .sum(let parts): return parts.map(\.description).joined(separator: " + ")
    case .logarithm(let argument): return "log(\(argument.compact))"
    case .decay(let rate): return "e^(-\(rate == 1 ? "" : "\(rate)")T)"
    case .minimum(let parts):
      return "min{" + parts.map(\.description).joined(separator: ", ") + "}"
    case .power(let base, let numerator, let denominator):
      if numerator < 0 { return "1 / " + base.to(-numerator, denominator).factorText }
      return Self.power(base, numerator, denominator)
    case .product(let factors):
      let above = factors.filter { !$0.isDivisor }.map(\.factorText)
      let below = factors.filter(\.isDivisor).map(\.inverse.factorText)
      let numerator = above.isEmpty ? "1" : above.joined(separator: " ")
      guard !below.isEmpty else { return numerator }
      return numerator + " / "
        + (below.count == 1 ? below[0] : "(" + below.joined(separator: " ") + ")")
    }
  }

  private var isDivisor: Bool {
    if case .power(_, let numerator, _) = self { numerator < 0 } else { false }
  }

  private var inverse: Scaling {
    guard case .power(let base, let numerator, let denominator) = self else { return to(-1) }
    return numerator == -1 && denominator == 1 ? base : base.to(-numerator, denominator)
  }

  /// The text without blanks around a fraction bar, for arguments of functions.
  private var compact: String {
    if case .power(let base, -1, 1) = self { "1/\(base.factorText)" } else { description }
  }

  private var factorText: String {
    if case .sum = self { "(\(description))" } else { description }
  }

  private static func power(_ base: Scaling, _ numerator: Int, _ denominator: Int) -> String {
    if denominator == 1 {
      if numerator == 1 { return base.factorText }
      let exponent = superscript(numerator)
      if case .logarithm(let argument) = base { return "log\(exponent)(\(argument.compact))" }
      return base.factorText + exponent
    }
    if case .input(.secondMoment) = base, numerator == 1, denominator == 2 { return "𝔪₂" }
    if numerator == 1, denominator == 2 {
      if case .input = base { return "√\(base.description)" }
      return "√(\(base.description))"
    }
    if case .logarithm(let argument) = base {
      return "log^(\(numerator)/\(denominator))(\(argument.compact))"
    }
    return "\(base.factorText)^(\(numerator)/\(denominator))"
  }

  private static func superscript(_ number: Int) -> String {
    let digits = Array("⁰¹²³⁴⁵⁶⁷⁸⁹")
    return String("\(number)".compactMap { $0.wholeNumberValue.map { digits[$0] } })
  }
}

/// The clock of a paper.
public enum TimeConvention: String, Sendable, Codable, CaseIterable {
  /// dX = -X dt + sqrt(2) dW, the clock of this library.
  case canonical
  /// dX = -X/2 dt + dW, whose times are twice the canonical ones.
  case slow
  /// A chain of N steps with a schedule of its own, which has no horizon to choose.
  case chain

  /// A time of the convention per canonical time.
  public var timesCanonical: Double { self == .slow ? 2 : 1 }

  /// The equation of the forward process.
  public var equation: String {
    switch self {
    case .canonical: "dX = -X dt + √2 dW"
    case .slow: "dX = -X/2 dt + dW, times twice the canonical ones"
    case .chain: "a chain of N steps with its own schedule"
    }
  }

  func isTime(_ input: BoundInput) -> Bool {
    switch input {
    case .horizon, .stop, .predictorStep, .correctorStep: true
    default: false
    }
  }
}
