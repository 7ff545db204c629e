import OrnsteinDiffusion
import OrnsteinMetrics
import OrnsteinNumerics
import RealModule
import TestSupport
import Testing

/// Cells and what their counts say.
@Suite struct PartitionTests {
  static func plane(_ covariance: MixtureCovariance, _ mean: [Double] = [0, 0]) throws
    -> ReferenceLaw
  {
    ReferenceLaw(
      try GaussianMixture<Double>(weights: [1], means: [mean], covariances: [covariance]))
  }

  /// The probability of a quadrant is 1/4 + asin(correlation) / (2 pi).
  @Test(arguments: [0, 0.3, -0.7, 0.99, -0.9999])
  func quadrants(_ correlation: Double) throws {
    let law = try Self.plane(.full([[4, 2 * correlation], [2 * correlation, 1]]))
    // Four points whose medians are the axes.
    let boxes = PlaneBoxes(
      cutting: Batch(rows: [[-9, -1], [-9, 0], [0, -1], [0, 0]]), depth: 2)
    let masses = try #require(boxes.masses(under: law))
    let quadrant = 0.25 + .asin(correlation) / (2 * .pi)
    let expected = (0..<4).map { index in
      let box = boxes[index]
      let isSame = (box.low.0 == 0) == (box.low.1 == 0)
      return isSame ? quadrant : 0.5 - quadrant
    }
    #expect(agrees(masses, expected, relative: 1e-8, absolute: 1e-9))
  }

  @Test func boxesHoldAllAndTheirShare() throws {
    let law = ReferenceLaw(
      try GaussianMixture<Double>(
        weights: [0.4, 0.6], means: [[-1, 2], [1.5, -0.5]],
        covariances: [.full([[1, 0.3], [0.3, 0.5]]), .diagonal([0.2, 0.8])]),
      at: NoiseLevel(time: 0.1, alpha: 0.9, sigma: 0.2))
    let draws = law.draw(rows: 0..<20_000, key: NoiseKey(seed: 3))
    let boxes = PlaneBoxes(cutting: draws[0..<4000], depth: 5)
    let masses = try #require(boxes.masses(under: law))
    #expect(agrees(masses.reduce(0, +), 1, relative: 1e-10))
    var counts = [Int](repeating: 0, count: boxes.count)
    for row in 4000..<20_000 { counts[boxes.box(of: draws[row, 0], draws[row, 1])] += 1 }
    let chiSquared = zip(counts, masses).reduce(0.0) {
      let expected = $1.1 * 16_000
      return $0 + (Double($1.0) - expected) * (Double($1.0) - expected) / expected
    }
    #expect(StatisticalGate.chiSquaredTail(chiSquared, degreesOfFreedom: 31) > 1e-5)
    let cube = ReferenceLaw(try SolidCube<Double>(halfWidth: 1, dimension: 2))
    let cells = PlaneBoxes(
      cutting: cube.draw(rows: 0..<1000, key: NoiseKey(seed: 3)), depth: 3)
    let shares = try #require(cells.masses(under: cube))
    #expect(agrees(shares.reduce(0, +), 1, relative: 1e-12))
  }

  @Test func countsByHand() {
    let found = PartitionDistance(
      name: "cells", counts: [30, 50, 20], masses: [0.25, 0.25, 0.5],
      draws: [[25, 25, 50], [20, 30, 50]])
    #expect(agrees(found.comparison.value, 0.3, relative: 1e-14))
    #expect(agrees(found.comparison.floor, 0.025, relative: 1e-14))
    #expect(agrees(found.chiSquared, 1 + 25 + 18, relative: 1e-13))
    #expect(agrees(found.comparison.pValue, .exp(-22), relative: 1e-10))
    #expect(agrees(found.debiased, 0.3 * (1 - 2.0 / 44).squareRoot(), relative: 1e-13))
  }

  /// The p-value of exact draws is uniform, with exact masses and with those of draws.
  @Test(arguments: [true, false])
  func pValuesAreUniform(_ isExact: Bool) {
    let masses = [0.1, 0.2, 0.3, 0.15, 0.25]
    func counts(_ seed: Int, _ rows: Int) -> [Int] {
      var result = [Int](repeating: 0, count: 5)
      for u in draws(.uniform, rows, seed: UInt64(seed), shift: 0).elements {
        var (cell, sum) = (0, masses[0])
        while cell < 4, Double(u) > sum {
          cell += 1
          sum += masses[cell]
        }
        result[cell] += 1
      }
      return result
    }
    let values = (0..<400).map { seed in
      PartitionDistance(
        name: "cells", counts: counts(10 * seed, 500), masses: isExact ? masses : nil,
        draws: (1..<6).map { counts(10 * seed + $0, 500) }
      ).comparison.pValue
    }
    #expect(StatisticalGate.kolmogorovSmirnov(values) { min(max($0, 0), 1) } > 1e-4)
  }
}
