import OrnsteinNumerics

/// Normal numbers that a program adds with a deviation of its own for each column.
public struct ColumnNoise: Sendable, Hashable {
  /// The standard deviation of each column.
  public let deviations: ColumnNumbers
  /// What the numbers are for.
  public let purpose: NoisePurpose
  /// The number of the stream among those of its purpose.
  public let step: Int
}

/// output <- sum_j diag(c_j) register_j + diag(deviation) z: a ``LinearCombination`` whose
/// coefficients are one number a column.
///
/// The output may be among the inputs.
public struct ColumnCombination: Sendable, Hashable {
  /// Where the sum goes.
  public let output: Register
  /// What is summed, in this order; each register once, at least one.
  public let registers: [Register]
  /// The coefficients, `registers.count` rows of one number a column.
  public let coefficients: ColumnNumbers
  /// The noise, or `nil`.
  public let noise: ColumnNoise?

  /// The number of columns.
  public var dimension: Int { coefficients.count / registers.count }

  /// The coefficients of a term, one a column.
  public func coefficients(ofTerm index: Int) -> [Double] {
    Array(coefficients.values[index * dimension..<(index + 1) * dimension])
  }

  /// The terms and the noise that a column sees.
  public func column(_ column: Int) -> LinearCombination {
    LinearCombination(
      output: output,
      terms: registers.enumerated().map { index, register in
        .init(coefficients.values[index * dimension + column], register)
      },
      noise: noise.map {
        NoiseTerm(deviation: $0.deviations.values[column], purpose: $0.purpose, step: $0.step)
      })
  }

  /// Whether all numbers are finite.
  var isFinite: Bool {
    coefficients.isFinite && (noise?.deviations.isFinite ?? true)
  }
}

/// Numbers of a program that are many: kept in both precisions, so that a run converts nothing.
public struct ColumnNumbers: Sendable, Hashable {
  /// The numbers.
  public let values: [Double]
  private let rounded: [Float]

  /// Some numbers.
  public init(_ values: [Double]) {
    self.values = values
    rounded = values.map { Float($0) }
  }

  /// How many they are.
  public var count: Int { values.count }

  /// Whether all are finite, in both precisions.
  var isFinite: Bool { values.allSatisfy(\.isFinite) && rounded.allSatisfy(\.isFinite) }

  /// Lends the numbers in the precision of a run.
  @inline(__always)
  func withPointer<Scalar: BatchScalar>(
    to type: Scalar.Type, _ body: (UnsafePointer<Scalar>) -> Void
  ) {
    func lend(_ bytes: UnsafeRawBufferPointer) {
      guard let base = bytes.bindMemory(to: Scalar.self).baseAddress else { return }
      body(base)
    }
    if Scalar.self == Float.self {
      rounded.withUnsafeBytes(lend)
    } else {
      values.withUnsafeBytes(lend)
    }
  }
}
