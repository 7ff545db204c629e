/// A number that a bound needs to know about the data, the model or the run.
public enum BoundInput: String, Sendable, Codable, CaseIterable {
  /// d, the number of coordinates.
  case dimension
  /// M_2 = E |X_0|^2.
  case secondMoment = "second-moment"
  /// L, a bound of the norm of the Hessian of log p_t, at all points and times.
  case lipschitz
  /// The root of the mean squared error of the score, at every level.
  case scoreError = "score-error"
  /// The mean error of the Jacobian of the score, at every level.
  case jacobianError = "jacobian-error"
  /// delta, the canonical time at which one stops.
  case stop
  /// T, the canonical time at which one starts.
  case horizon
  /// N, the number of steps.
  case steps
  /// The canonical time of a step of the predictor.
  case predictorStep = "predictor-step"
  /// The time of a step of the corrector.
  case correctorStep = "corrector-step"
  /// k, a number with u M(u) <= k for all u: the dimension of a subspace that holds the data, or
  /// less.
  case intrinsicDimension = "intrinsic-dimension"
  /// I = E |grad log p_0(X_0) + X_0|^2, the Fisher information relative to N(0, I).
  case fisherInformation = "fisher-information"
  /// KL(p_0 | N(0, I)).
  case relativeEntropy = "relative-entropy"
  /// R, the radius of a ball around 0 that holds the data.
  case supportRadius = "support-radius"
  /// The wanted error.
  case error

  /// The symbol in formulas.
  public var symbol: String {
    switch self {
    case .dimension: "d"
    case .secondMoment: "M₂"
    case .lipschitz: "L"
    case .scoreError: "ε_score"
    case .jacobianError: "ε_J"
    case .stop: "δ"
    case .horizon: "T"
    case .steps: "N"
    case .predictorStep: "h_pred"
    case .correctorStep: "h_corr"
    case .intrinsicDimension: "k"
    case .fisherInformation: "I"
    case .relativeEntropy: "KL₀"
    case .supportRadius: "R"
    case .error: "ε"
    }
  }

  /// What it is, in a few words.
  public var meaning: String {
    switch self {
    case .dimension: "the number of coordinates"
    case .secondMoment: "E |X_0|²"
    case .lipschitz: "the largest norm of the Hessian of log p_t"
    case .scoreError: "the root of the mean squared error of the score at every level"
    case .jacobianError: "the mean error of the Jacobian of the score at every level"
    case .stop: "the canonical time at which one stops"
    case .horizon: "the canonical time at which one starts"
    case .steps: "the number of steps"
    case .predictorStep: "the canonical time of a step of the predictor"
    case .correctorStep: "the time of a step of the corrector"
    case .intrinsicDimension: "the largest value of u M(u), at most the dimension of the data"
    case .fisherInformation: "E |grad log p_0(X_0) + X_0|²"
    case .relativeEntropy: "KL(p_0 | N(0, I))"
    case .supportRadius: "the radius of a ball around 0 that holds the data"
    case .error: "the wanted error"
    }
  }
}

/// Why a number cannot be what it is said to be.
public enum BoundError: Error, Equatable, Sendable, CustomStringConvertible {
  /// This input cannot have this value; the text says what it must be.
  case invalid(BoundInput, value: Double, requirement: String)

  /// One sentence for a person.
  public var description: String {
    switch self {
    case .invalid(let input, let value, let requirement):
      "The \(input.rawValue.split(separator: "-").joined(separator: " ")) is \(value); "
        + "it must be \(requirement)."
    }
  }
}

/// What is known about the data, the model and the run; whatever is not known is absent.
///
/// All times are canonical, those of dX = -X dt + sqrt(2) dW.
public struct BoundInputs: Sendable, Hashable {
  private var values: [BoundInput: Double] = [:]

  /// Nothing is known.
  public init() {}

  /// Some numbers.
  ///
  /// - Parameter values: The numbers by what they are.
  /// - Throws: ``BoundError`` for a number that cannot be what it is said to be.
  public init(_ values: [BoundInput: Double]) throws(BoundError) {
    for input in BoundInput.allCases {
      guard let value = values[input] else { continue }
      try Self.check(value, of: input)
      self.values[input] = value
    }
    try checkTimes()
  }

  /// A number, if it is known.
  public subscript(input: BoundInput) -> Double? { values[input] }

  /// All that is known.
  public var known: [BoundInput] { BoundInput.allCases.filter { values[$0] != nil } }

  /// These inputs with one of them replaced or added.
  ///
  /// - Parameters:
  ///   - input: Which.
  ///   - value: Its new value, or `nil` to forget it.
  /// - Throws: ``BoundError`` for a number that cannot be what it is said to be.
  public func setting(_ input: BoundInput, to value: Double?) throws(BoundError) -> BoundInputs {
    var values = values
    values[input] = value
    return try BoundInputs(values)
  }

  /// These inputs, and of others what is absent here.
  public func completed(by others: BoundInputs) -> BoundInputs {
    var inputs = self
    inputs.values.merge(others.values) { own, _ in own }
    return inputs
  }

  private static func check(_ value: Double, of input: BoundInput) throws(BoundError) {
    let requirement: String?
    switch input {
    case .dimension, .steps:
      requirement =
        value >= 1 && value <= 1e15 && value == value.rounded()
        ? nil : "a whole number, 1 or more"
    case .scoreError, .jacobianError, .fisherInformation, .relativeEntropy, .stop,
      .secondMoment, .intrinsicDimension:
      requirement = value >= 0 && value.isFinite ? nil : "a number, 0 or more"
    case .lipschitz, .horizon, .predictorStep, .correctorStep, .supportRadius, .error:
      requirement = value > 0 && value.isFinite ? nil : "a number above 0"
    }
    if let requirement { throw .invalid(input, value: value, requirement: requirement) }
  }

  private func checkTimes() throws(BoundError) {
    if let horizon = values[.horizon], horizon > 300 {
      throw .invalid(.horizon, value: horizon, requirement: "300 at most")
    }
    if let stop = values[.stop], stop >= values[.horizon] ?? 300 {
      throw .invalid(.stop, value: stop, requirement: "below the horizon")
    }
    if let k = values[.intrinsicDimension], let d = values[.dimension], k > d {
      throw .invalid(.intrinsicDimension, value: k, requirement: "at most the dimension")
    }
    if let moment = values[.secondMoment], let radius = values[.supportRadius],
      moment > radius * radius * (1 + 1e-9)
    {
      throw .invalid(
        .secondMoment, value: moment, requirement: "at most the square of the support radius")
    }
  }
}
