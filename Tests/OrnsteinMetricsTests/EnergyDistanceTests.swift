import OrnsteinMetrics
import OrnsteinNumerics
import RealModule
import TestSupport
import Testing

@Suite struct EnergyDistanceTests {
  private func compare(
    _ x: Batch<Float>, _ y: Batch<Float>, cuts: Int = 1, threads: Int = 1
  ) throws -> Comparison {
    try EnergyDistance.compare(
      PooledSamples(x, y, key: NoiseKey(seed: 1), cuts: cuts), threads: threads)
  }

  /// SciPy's distances, averaged without bias, and its delete-one jackknife; the points are rounded to
  /// single precision first, which is the error allowed.
  @Test func agreesWithSciPy() throws {
    let x = Batch<Double>(GoldenSamples.pointsX, dimension: 3).converted(to: Float.self)
    let y = Batch<Double>(GoldenSamples.pointsY, dimension: 3).converted(to: Float.self)
    let found = try compare(x, y)
    #expect(agrees(found.value, GoldenSamples.unbiasedEnergy, relative: 2e-6))
    #expect(agrees(found.standardError, GoldenSamples.jackknifeError, relative: 2e-6))
  }

  /// For uniform laws on [0, 1] and [a, 1 + a] the distance is 2 a^2 - 2 a^3 / 3 (twice the area of the
  /// squared difference of distribution functions); the estimate has no bias at any size.
  @Test(arguments: [0, 0.3, 1])
  func hasNoBiasForUniformLaws(_ shift: Double) throws {
    let values = try (0..<2000).map { repetition in
      let x = draws(.uniform, 12, seed: UInt64(2 * repetition), shift: 0)
      let y = draws(.uniform, 7, seed: UInt64(2 * repetition + 1), shift: shift)
      return try compare(x, y).value
    }
    let expected = 2 * shift * shift - 2 * shift * shift * shift / 3
    #expect(StatisticalGate.meanAgrees(values, expected: expected, falseAlarmRate: 1e-6))
  }

  /// E|Z| of Z ~ N(m, s^2) is s sqrt(2 / pi) exp(-m^2 / 2 s^2) + m erf(m / s sqrt 2).
  @Test(arguments: [0, 0.5, 2])
  func hasNoBiasForNormalLaws(_ shift: Double) throws {
    func meanDistance(_ m: Double) -> Double {
      2 / .sqrt(.pi) * .exp(-m * m / 4) + m * .erf(m / 2)
    }
    let values = try (0..<2000).map { repetition in
      let x = draws(.normal, 10, seed: UInt64(2 * repetition), shift: 0)
      let y = draws(.normal, 15, seed: UInt64(2 * repetition + 1), shift: shift)
      return try compare(x, y).value
    }
    let expected = 2 * meanDistance(shift) - 2 * meanDistance(0)
    #expect(StatisticalGate.meanAgrees(values, expected: expected, falseAlarmRate: 1e-6))
  }

  @Test func doesNotDependOnThreadsNorMuchOnOrder() throws {
    let x = draws(.normal, 900, seed: 1, shift: 0)
    let y = draws(.normal, 700, seed: 2, shift: 0.1)
    let one = try compare(x, y, cuts: 5)
    #expect(try compare(x, y, cuts: 5, threads: 3) == one)
    // Distances of about 1 are summed in single precision, 32 at a time: each of the four means is
    // right to 32 * 2^-24 = 2e-6.
    let reversed = Batch<Float>(x.elements.reversed(), dimension: 1)
    #expect(agrees(try compare(reversed, y).value, one.value, absolute: 1e-5))
    #expect(agrees(try compare(y, x).value, one.value, absolute: 1e-5))
  }

  /// Under one law the p-value is uniform on its steps: its mean over many pairs is that of the steps.
  @Test func pValuesAreExactUnderOneLaw() throws {
    let cuts = 19
    let values = try (0..<1500).map { repetition in
      let x = draws(.normal, 9, seed: UInt64(2 * repetition), shift: 0)
      let y = draws(.normal, 14, seed: UInt64(2 * repetition + 1), shift: 0)
      return try EnergyDistance.compare(
        PooledSamples(x, y, key: NoiseKey(seed: UInt64(repetition)), cuts: cuts)
      ).pValue
    }
    let steps = Double(cuts + 1)
    #expect(
      StatisticalGate.meanAgrees(
        values, expected: (steps + 1) / (2 * steps), falseAlarmRate: 1e-6))
  }
}

enum Law { case uniform, normal }

/// Independent draws of a law on the line, shifted.
func draws(_ law: Law, _ count: Int, seed: UInt64, shift: Double) -> Batch<Float> {
  var batch = Batch<Double>(count: count, dimension: 1)
  batch.withUnsafeMutableBufferPointer { output in
    let stream = NoiseKey(seed: seed).stream(.test)
    switch law {
    case .uniform: DoubleKernels.uniforms(into: output, stream: stream, first: 0)
    case .normal: DoubleKernels.normals(into: output, stream: stream, first: 0)
    }
    for index in output.indices { output[index] += shift }
  }
  return batch.converted(to: Float.self)
}
