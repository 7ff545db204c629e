import OrnsteinMetrics
import OrnsteinNumerics
import TestSupport
import Testing

@Suite struct WassersteinTests {
  @Test func agreesWithSciPy() {
    for (x, y, distance) in GoldenSamples.lines {
      #expect(agrees(Wasserstein.distance(x, y), distance, relative: 1e-13))
      #expect(agrees(Wasserstein.distance(y, x), distance, relative: 1e-13))
    }
  }

  @Test func byHand() {
    #expect(Wasserstein.distance([0], [3]) == 3)
    #expect(Wasserstein.distance([0, 1], [0, 1]) == 0)
    // Half of the mass at 0 moves to 1, and half of that at 2 too.
    #expect(Wasserstein.distance([0, 2], [0, 1, 1, 2]) == 0.5)
    #expect(agrees(Wasserstein.distance([0, 0, 3], [1]), 4.0 / 3, relative: 1e-15))
  }

  @Test func isTheShiftOfAShiftedSample() {
    let x = draws(.normal, 500, seed: 3, shift: 0).elements.map(Double.init)
    #expect(agrees(Wasserstein.distance(x, x.map { $0 + 1.25 }), 1.25, relative: 1e-12))
    #expect(Wasserstein.distance(x, x.reversed()) == 0)
  }

  /// On a line every direction is the same: the sliced distance is the distance.
  @Test func slicesOfALineAreTheLine() throws {
    let x = draws(.normal, 200, seed: 4, shift: 0)
    let y = draws(.normal, 150, seed: 5, shift: 0.5)
    let pool = PooledSamples(x, y, key: NoiseKey(seed: 1), cuts: 3)
    let sliced = try SlicedWasserstein.compare(pool, directions: 7, key: NoiseKey(seed: 2))
    let line = Wasserstein.distance(
      x.elements.map(Double.init), y.elements.map(Double.init))
    #expect(agrees(sliced.value, line, relative: 1e-5))
    #expect(
      try SlicedWasserstein.compare(pool, directions: 7, key: NoiseKey(seed: 2), threads: 3)
        == sliced)
  }

  /// Points shifted by v are |v·u| apart along u, and the mean of |v·u| over directions of the plane is
  /// 2 |v| / pi.
  @Test func slicesOfAShiftInThePlane() throws {
    let x = Batch<Float>((0..<400).map { Float($0 % 20) / 10 }, dimension: 2)
    let y = Batch<Float>(
      x.elements.enumerated().map { $1 + ($0.isMultiple(of: 2) ? 3 : 4) }, dimension: 2)
    let pool = PooledSamples(x, y, key: NoiseKey(seed: 1), cuts: 1)
    let directions = 4000
    let found = try SlicedWasserstein.compare(pool, directions: directions, key: NoiseKey(seed: 3))
    // The variance of |cos| on the circle is 1/2 - 4 / pi^2.
    let error = 5 * ((0.5 - 4 / (Double.pi * Double.pi)) / Double(directions)).squareRoot()
    let z = StatisticalGate.threshold(falseAlarmRate: 1e-6)
    #expect(abs(found.value - 10 / .pi) < z * error)
  }
}
