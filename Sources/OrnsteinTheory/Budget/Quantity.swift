/// A number of an error budget, and how far it can be trusted.
///
/// Sums of quantities keep the weakest trust of their terms: a sum with an unknown term is unknown, a
/// sum with a bound is a bound, and standard errors of independent estimates add in squares.
public struct Quantity: Sendable, Hashable {
  /// How a number came about.
  public enum Certainty: Sendable, Hashable {
    /// A closed form, or quadrature to rounding.
    case exact
    /// At least the true value.
    case bound
    /// The mean of a sample, with its standard error.
    case estimate(standardError: Double)
    /// Nothing is known; the value means nothing.
    case unknown
  }

  /// The number, in the unit of the quantity; 0 if unknown.
  public let value: Double
  /// How the number came about.
  public let certainty: Certainty

  private init(value: Double, certainty: Certainty) {
    self.value = value
    self.certainty = certainty
  }

  /// A number that is right to rounding.
  public static func exact(_ value: Double) -> Quantity {
    Quantity(value: value, certainty: .exact)
  }

  /// A number that the truth does not exceed.
  public static func bound(_ value: Double) -> Quantity {
    Quantity(value: value, certainty: .bound)
  }

  /// A number from a sample.
  public static func estimate(_ value: Double, standardError: Double) -> Quantity {
    Quantity(value: value, certainty: .estimate(standardError: standardError))
  }

  /// A number that nobody knows.
  public static let unknown = Quantity(value: 0, certainty: .unknown)

  /// Whether there is a number at all.
  public var isKnown: Bool { certainty != .unknown }

  /// The standard error: 0 but for estimates.
  public var standardError: Double {
    if case .estimate(let standardError) = certainty { standardError } else { 0 }
  }

  /// The sum, as far as it can be trusted.
  ///
  /// Standard errors add in squares, as for independent terms; an estimate and a bound make an estimate
  /// of a bound, which is marked as an estimate.
  public static func + (left: Quantity, right: Quantity) -> Quantity {
    let value = left.value + right.value
    switch (left.certainty, right.certainty) {
    case (.unknown, _), (_, .unknown): return .unknown
    case (.estimate, _), (_, .estimate):
      let squares =
        left.standardError * left.standardError + right.standardError * right.standardError
      return .estimate(value, standardError: squares.squareRoot())
    case (.bound, _), (_, .bound): return .bound(value)
    case (.exact, .exact): return .exact(value)
    }
  }

  /// A multiple; the factor must be 0 or more, so that bounds stay bounds.
  public static func * (factor: Double, quantity: Quantity) -> Quantity {
    precondition(factor >= 0, "A quantity times \(factor) would turn a bound around.")
    switch quantity.certainty {
    case .unknown: return .unknown
    case .exact: return .exact(factor * quantity.value)
    case .bound: return .bound(factor * quantity.value)
    case .estimate(let standardError):
      return .estimate(factor * quantity.value, standardError: factor * standardError)
    }
  }
}

extension Quantity: Codable {
  private enum CodingKeys: String, CodingKey {
    case value, kind, standardError
  }

  /// Writes `{"kind": "exact" | "bound" | "estimate" | "unknown"}` with `value` and `standardError`
  /// where they mean something.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(name, forKey: .kind)
    if isKnown { try container.encode(value, forKey: .value) }
    if case .estimate(let standardError) = certainty {
      try container.encode(standardError, forKey: .standardError)
    }
  }

  /// Reads what ``encode(to:)`` wrote.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    func number(_ key: CodingKeys) throws -> Double {
      try container.decode(Double.self, forKey: key)
    }
    switch try container.decode(String.self, forKey: .kind) {
    case "exact": self = .exact(try number(.value))
    case "bound": self = .bound(try number(.value))
    case "estimate":
      self = .estimate(try number(.value), standardError: try number(.standardError))
    case "unknown": self = .unknown
    case let kind:
      throw DecodingError.dataCorruptedError(
        forKey: .kind, in: container, debugDescription: "\"\(kind)\" is no kind of quantity")
    }
  }

  /// The word for the certainty: exact, bound, estimate or unknown.
  public var name: String {
    switch certainty {
    case .exact: "exact"
    case .bound: "bound"
    case .estimate: "estimate"
    case .unknown: "unknown"
    }
  }
}
