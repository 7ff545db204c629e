import RealModule

/// How a term grows with what it depends on: an expression without its constant factor.
///
/// Text, value, ratios and exponents come from the one expression, so they cannot disagree. Since the
/// constant factor of most published bounds is not known, the value of such an expression is a
/// scale, not a bound; ratios of two values mean something.
public indirect enum Scaling: Sendable, Hashable {
  /// One of the inputs.
  case input(BoundInput)
  /// A sum.
  case sum([Scaling])
  /// A product.
  case product([Scaling])
  /// A power with the exponent `numerator / denominator`.
  case power(Scaling, numerator: Int, denominator: Int)
  /// max(0, log x).
  case logarithm(Scaling)
  /// e^{-rate T}, T the horizon.
  case decay(rate: Int)
  /// The least of some.
  case minimum([Scaling])

  /// d.
  public static let d = Scaling.input(.dimension)
  /// The second moment.
  public static let secondMoment = Scaling.input(.secondMoment)
  /// L.
  public static let lipschitz = Scaling.input(.lipschitz)
  /// The horizon T.
  public static let horizon = Scaling.input(.horizon)
  /// The number of steps N.
  public static let steps = Scaling.input(.steps)
  /// The wanted error.
  public static let error = Scaling.input(.error)
  /// The intrinsic dimension k.
  public static let intrinsic = Scaling.input(.intrinsicDimension)
  /// log(1 / delta).
  public static let logStop = Scaling.logarithm(Scaling.input(.stop).to(-1))
  /// The root of the second moment.
  public static let rootMoment = Scaling.secondMoment.to(1, 2)

  /// A power.
  ///
  /// - Parameters:
  ///   - numerator: The numerator of the exponent.
  ///   - denominator: Its denominator.
  public func to(_ numerator: Int, _ denominator: Int = 1) -> Scaling {
    .power(self, numerator: numerator, denominator: denominator)
  }

  /// A product.
  public static func * (left: Scaling, right: Scaling) -> Scaling {
    .product(left.factors + right.factors)
  }

  /// A quotient.
  public static func / (left: Scaling, right: Scaling) -> Scaling { left * right.to(-1) }

  /// A sum.
  public static func + (left: Scaling, right: Scaling) -> Scaling {
    if case .sum(let terms) = left { return .sum(terms + [right]) }
    return .sum([left, right])
  }

  private var factors: [Scaling] {
    if case .product(let factors) = self { factors } else { [self] }
  }

  /// The inputs that the expression needs, in the order of ``BoundInput``.
  public var needs: [BoundInput] {
    var found: Set<BoundInput> = []
    collect(into: &found)
    return BoundInput.allCases.filter(found.contains)
  }

  private func collect(into found: inout Set<BoundInput>) {
    switch self {
    case .input(let input): found.insert(input)
    case .sum(let parts), .product(let parts), .minimum(let parts):
      for part in parts { part.collect(into: &found) }
    case .power(let base, _, _), .logarithm(let base): base.collect(into: &found)
    case .decay: found.insert(.horizon)
    }
  }

  /// The value of the expression, or `nil` if an input is absent.
  ///
  /// - Parameters:
  ///   - inputs: What is known, with canonical times.
  ///   - convention: The clock that the times of the expression are told by.
  public func value(for inputs: BoundInputs, in convention: TimeConvention = .canonical) -> Double?
  {
    switch self {
    case .input(let input):
      return inputs[input].map { convention.isTime(input) ? convention.timesCanonical * $0 : $0 }
    case .sum(let parts):
      return Self.fold(parts, inputs, convention, from: 0, +)
    case .product(let parts):
      return Self.fold(parts, inputs, convention, from: 1, *)
    case .minimum(let parts):
      return Self.fold(parts, inputs, convention, from: .infinity, Swift.min)
    case .power(let base, let numerator, let denominator):
      guard let base = base.value(for: inputs, in: convention) else { return nil }
      return .pow(base, Double(numerator) / Double(denominator))
    case .logarithm(let argument):
      return argument.value(for: inputs, in: convention).map { max(0, .log($0)) }
    case .decay(let rate):
      return inputs[.horizon].map { .exp(-Double(rate) * convention.timesCanonical * $0) }
    }
  }

  private static func fold(
    _ parts: [Scaling], _ inputs: BoundInputs, _ convention: TimeConvention, from start: Double,
    _ combine: (Double, Double) -> Double
  ) -> Double? {
    var result = start
    for part in parts {
      guard let value = part.value(for: inputs, in: convention) else { return nil }
      result = combine(result, value)
    }
    return result
  }

  /// The exponent of an input where the expression is a power of it times something that does not
  /// depend on it; `nil` where it enters a sum, a logarithm or a minimum.
  public func exponent(of input: BoundInput) -> Double? {
    guard needs.contains(input) else { return 0 }
    switch self {
    case .input: return 1
    case .product(let factors):
      var total = 0.0
      for factor in factors {
        guard let exponent = factor.exponent(of: input) else { return nil }
        total += exponent
      }
      return total
    case .power(let base, let numerator, let denominator):
      return base.exponent(of: input).map { $0 * Double(numerator) / Double(denominator) }
    case .sum, .logarithm, .decay, .minimum: return nil
    }
  }
}
