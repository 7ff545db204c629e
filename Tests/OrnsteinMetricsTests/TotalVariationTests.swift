import OrnsteinMetrics
import OrnsteinNumerics
import TestSupport
import Testing

@Suite struct TotalVariationTests {
  private func distance(_ first: [Int], _ second: [Int]) -> Double {
    let rows = Batch<Float>(count: first.count, dimension: 1)
    let others = Batch<Float>(count: second.count, dimension: 1)
    let pool = PooledSamples(rows, others, key: NoiseKey(seed: 1), cuts: 1)
    return TotalVariation.compare(first + second, in: pool).value
  }

  @Test func byHand() {
    #expect(distance([0, 1], [0, 1, 1, 0]) == 0)
    #expect(distance([0, 0], [1, 1, 1]) == 1)
    #expect(distance([0, 0, 1, 2], [0, 2, 2, 2]) == 0.5)
    #expect(agrees(distance([0, 1], [0, 0, 1]), 1.0 / 6, relative: 1e-14))
  }
}
