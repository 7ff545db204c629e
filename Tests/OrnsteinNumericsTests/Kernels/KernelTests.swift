import OrnsteinNumerics
import Testing

/// The tests of the C kernels.
@Suite struct KernelTests {
  /// Runs `body` with the kernels of one instruction set.
  static func on(_ set: InstructionSet, _ body: () throws -> Void) rethrows {
    #expect(try set.perform(body) != nil)
  }

  /// Reproducible numbers of (-1, 1) for test data.
  static func numbers<Scalar: BatchScalar>(_ count: Int, seed: UInt64) -> [Scalar] {
    let stream = NoiseStream(seed: seed, purpose: NoisePurpose.test.rawValue, step: 0)
    return (0..<count).map { Scalar(2 * PlainKernels.uniform(element: $0, of: stream) - 1) }
  }

  /// The distance of `value` from `truth` in units in the last place of the truth as a `Scalar`.
  static func ulps<Scalar: BatchScalar>(_ value: Scalar, from truth: Double) -> Double {
    let rounded = Scalar(truth)
    if rounded.isNaN { return value.isNaN ? 0 : .infinity }
    if rounded.isInfinite || !value.isFinite { return value == rounded ? 0 : .infinity }
    return abs(Double(value) - truth) / Double(rounded.ulp)
  }

  /// The half distance between 1 and the next number.
  static func roundoff<Scalar: BatchScalar>(_ type: Scalar.Type) -> Double {
    Double(Scalar.ulpOfOne) / 2
  }
}
