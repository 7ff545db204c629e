import OrnsteinNumerics
import RealModule
import TestSupport
import Testing

/// The law of the noise, in both precisions: every test states how often correct code would fail it.
@Suite struct NormalsTests {
  static let count = 1 << 20
  static let falseAlarmRate = 1e-6

  static func normals<Scalar: BatchScalar>(
    _: Scalar.Type, seed: UInt64, step: Int = 0, count: Int = count
  ) -> [Double] {
    var batch = Batch<Scalar>(count: count, dimension: 1)
    batch.withUnsafeMutableBufferPointer {
      Scalar.Kernels.normals(
        into: $0, stream: NoiseKey(seed: seed).stream(.test, step: step), first: 0)
    }
    return batch.elements.map { Double($0) }
  }

  func checkLaw(_ sample: [Double]) {
    let pValue = StatisticalGate.kolmogorovSmirnov(
      sample, distribution: StatisticalGate.normalDistribution)
    #expect(pValue > Self.falseAlarmRate)
    // Moments 1 to 6 of a standard normal: 0, 1, 0, 3, 0, 15.
    for (order, expected) in [0.0, 1, 0, 3, 0, 15].enumerated() {
      let powers = sample.map { Double.pow($0, order + 1) }
      #expect(
        StatisticalGate.meanAgrees(
          powers, expected: expected, falseAlarmRate: Self.falseAlarmRate / 6),
        "moment \(order + 1)")
    }
    // Neighbours, and elements of the two Box-Muller partners, are uncorrelated.
    for lag in [1, 2, 16, 32, 48, 64] {
      let products = (0..<(sample.count - lag)).map { sample[$0] * sample[$0 + lag] }
      #expect(
        StatisticalGate.meanAgrees(
          products, expected: 0, falseAlarmRate: Self.falseAlarmRate / 6), "lag \(lag)")
      let squares = (0..<(sample.count - lag)).map {
        (sample[$0] * sample[$0] - 1) * (sample[$0 + lag] * sample[$0 + lag] - 1)
      }
      #expect(
        StatisticalGate.meanAgrees(squares, expected: 0, falseAlarmRate: Self.falseAlarmRate / 6),
        "squares at lag \(lag)")
    }
  }

  @Test func singlePrecisionFollowsTheNormalLaw() { checkLaw(Self.normals(Float.self, seed: 1)) }

  @Test func doublePrecisionFollowsTheNormalLaw() { checkLaw(Self.normals(Double.self, seed: 1)) }

  /// Counts beyond 4 standard deviations are Poisson to high accuracy: 1.33e8 draws are too many, so
  /// 8 million expect 506.9 and pass within the threshold of a normal with that variance.
  @Test func tailsHaveTheRightWeight() {
    let count = 8_000_000
    let beyond = Self.normals(Float.self, seed: 5, count: count).count { abs($0) > 4 }
    let expected = Double(count) * Double.erfc(4 / Double.sqrt(2))
    let threshold = StatisticalGate.threshold(falseAlarmRate: Self.falseAlarmRate)
    #expect(abs(Double(beyond) - expected) < threshold * expected.squareRoot())
  }

  @Test func streamsAreIndependent() {
    let base = Self.normals(Float.self, seed: 1, count: 1 << 16)
    for other in [
      Self.normals(Float.self, seed: 2, count: 1 << 16),
      Self.normals(Float.self, seed: 1 << 32 | 1, count: 1 << 16),
      Self.normals(Float.self, seed: 1, step: 1, count: 1 << 16),
    ] {
      #expect(
        StatisticalGate.meanAgrees(
          zip(base, other).map(*), expected: 0, falseAlarmRate: Self.falseAlarmRate))
    }
  }

  /// 256 equal cells: chi-squared with 255 degrees of freedom, and the ends are never reached.
  @Test func uniformsFillTheOpenInterval() {
    var batch = Batch<Float>(count: Self.count, dimension: 1)
    batch.withUnsafeMutableBufferPointer {
      Float.Kernels.uniforms(into: $0, stream: NoiseKey(seed: 3).stream(.test), first: 0)
    }
    var cells = [Int](repeating: 0, count: 256)
    for value in batch.elements {
      #expect(value > 0 && value < 1)
      cells[Int(value * 256)] += 1
    }
    let expected = Double(Self.count) / 256
    let statistic = cells.reduce(0) {
      $0 + (Double($1) - expected) * (Double($1) - expected) / expected
    }
    #expect(
      StatisticalGate.chiSquaredTail(statistic, degreesOfFreedom: 255) > Self.falseAlarmRate)
  }

  /// The tools of these tests against tables: chi-squared and Kolmogorov tail probabilities.
  @Test func gatesKnowTheirTails() {
    #expect(
      agrees(StatisticalGate.threshold(falseAlarmRate: 0.05), 1.959963984540054, relative: 1e-9))
    #expect(
      agrees(
        StatisticalGate.chiSquaredTail(18.307038053275146, degreesOfFreedom: 10), 0.05,
        relative: 1e-9))
    #expect(agrees(StatisticalGate.kolmogorovTail(1.3580986393225505), 0.05, relative: 1e-7))
  }
}
