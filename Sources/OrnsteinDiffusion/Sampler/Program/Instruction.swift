import OrnsteinNumerics

/// Normal numbers that a program adds: deviation times the normals of a stream.
public struct NoiseTerm: Sendable, Hashable {
  /// The standard deviation.
  public var deviation: Double
  /// What the numbers are for.
  public var purpose: NoisePurpose
  /// The number of the stream among those of its purpose; two terms with the same one are the same
  /// numbers.
  public var step: Int

  /// A term by its parts.
  public init(deviation: Double, purpose: NoisePurpose, step: Int) {
    self.deviation = deviation
    self.purpose = purpose
    self.step = step
  }
}

/// output <- sum_j coefficient_j register_j + deviation z.
///
/// The output may be among the inputs.
public struct LinearCombination: Sendable, Hashable {
  /// A register times a number.
  public struct Term: Sendable, Hashable {
    /// The register.
    public var register: Register
    /// The number.
    public var coefficient: Double

    /// A term by its parts.
    public init(_ coefficient: Double, _ register: Register) {
      self.register = register
      self.coefficient = coefficient
    }
  }

  /// Where the sum goes.
  public var output: Register
  /// What is summed, in this order; each register once.
  public var terms: [Term]
  /// The noise, or `nil`.
  public var noise: NoiseTerm?

  /// Whether all numbers are finite.
  var isFinite: Bool {
    terms.allSatisfy(\.coefficient.isFinite) && (noise?.deviation.isFinite ?? true)
  }
}

/// One instruction of a sampler program.
///
/// All but ``apply(_:)`` are affine in the registers wherever the score is, which is what makes the
/// law of a program on Gaussian data computable without drawing.
public enum Instruction: Sendable {
  /// A step begins: everything that follows leads from `level`, number `step` of the levels, on.
  case begin(step: Int, level: NoiseLevel)
  /// output <- score of the points in a register at a level.
  case evaluate(Register, level: NoiseLevel, output: Register)
  /// output <- a sum of registers and noise.
  case combine(LinearCombination)
  /// output <- a sum of registers and noise, with coefficients for each column.
  case combineColumns(ColumnCombination)
  /// Every row of a register <- one point.
  case fill(Register, ColumnNumbers)
  /// A part that is not affine.
  case apply(any PointOperation)
}
