import OrnsteinMetrics
import OrnsteinNumerics
import RealModule
import TestSupport
import Testing

/// Distances of clouds of points against POT, scikit-learn and SciPy.
@Suite struct TransportTests {
  static func batches(_ cloud: GoldenCloud) -> (Batch<Float>, Batch<Float>) {
    (
      Batch(cloud.x.map { Float($0) }, dimension: cloud.dimension),
      Batch(cloud.y.map { Float($0) }, dimension: cloud.dimension)
    )
  }

  @Test func agreesWithPOT() throws {
    for cloud in GoldenSamples.clouds {
      let (x, y) = Self.batches(cloud)
      for (order, expected) in [(1.0, cloud.wasserstein1), (2, cloud.wasserstein2)] {
        let ours = try OptimalTransport.distance(x, y, order: order)
        #expect(agrees(ours, expected, relative: 1e-10))
        #expect(agrees(try OptimalTransport.distance(y, x, order: order), ours, relative: 1e-10))
      }
    }
  }

  @Test func kernelDiscrepancyAgreesWithScikitLearn() throws {
    for cloud in GoldenSamples.clouds {
      guard let expected = cloud.kernel else { continue }
      let (x, y) = Self.batches(cloud)
      let pool = PooledSamples(x, y, key: NoiseKey(seed: 1), cuts: 3)
      let ours = try KernelDiscrepancy.compare(pool, bandwidth: cloud.bandwidth)
      #expect(agrees(ours.value, expected, absolute: 1e-6))
      #expect(try KernelDiscrepancy.compare(pool, bandwidth: cloud.bandwidth, threads: 2) == ours)
    }
  }

  /// SciPy's distance is the root of that with the pairs of a row with itself.
  @Test func energyDistanceAgreesWithSciPy() throws {
    for (x, y, expected) in GoldenSamples.energies {
      let pool = PooledSamples(
        Batch(x.map { Float($0) }, dimension: 1), Batch(y.map { Float($0) }, dimension: 1),
        key: NoiseKey(seed: 1), cuts: 1)
      func spread(_ values: [Double]) -> Double {
        values.reduce(0) { sum, a in sum + values.reduce(0) { $0 + abs(a - $1) } }
      }
      let (n, m) = (Double(x.count), Double(y.count))
      let bias =
        spread(x) * (1 / (n * (n - 1)) - 1 / (n * n)) + spread(y)
        * (1 / (m * (m - 1)) - 1 / (m * m))
      let ours = try EnergyDistance.compare(pool).value + bias
      #expect(agrees(ours, expected * expected, absolute: 1e-6))
    }
  }

  @Test func frechetDistanceAgreesWithSciPy() throws {
    for cloud in GoldenSamples.clouds {
      guard let expected = cloud.frechet else { continue }
      let (x, y) = Self.batches(cloud)
      let pool = PooledSamples(x, y, key: NoiseKey(seed: 1), cuts: 3)
      let ours = try #require(try FrechetDistance.compare(pool))
      #expect(agrees(ours.value, expected, relative: 1e-9))
    }
  }

  /// X = {0, 1, 2.5}, Y = {0.5, 3}: energy -4/3, MMD^2 with bandwidth 1 -0.60744646973355, W2^2 0.875.
  @Test func byHand() throws {
    let (x, y) = (Batch<Float>([0, 1, 2.5], dimension: 1), Batch<Float>([0.5, 3], dimension: 1))
    let pool = PooledSamples(x, y, key: NoiseKey(seed: 1), cuts: 1)
    #expect(agrees(try EnergyDistance.compare(pool).value, -4.0 / 3, absolute: 1e-6))
    #expect(
      agrees(
        try KernelDiscrepancy.compare(pool, bandwidth: 1).value, -0.60744646973355, absolute: 1e-6))
    let distance = try OptimalTransport.distance(x, y)
    #expect(agrees(distance * distance, 0.875, relative: 1e-12))
  }

  /// All 720 assignments of six points.
  @Test func agreesWithAllPermutations() throws {
    func best(_ costs: [[Double]], _ row: Int, _ used: Set<Int>) -> Double {
      if row == costs.count { return 0 }
      return costs.indices.filter { !used.contains($0) }.map {
        costs[row][$0] + best(costs, row + 1, used.union([$0]))
      }.min() ?? 0
    }
    for seed in 0..<20 {
      let x = draws(.normal, 18, seed: UInt64(seed), shift: 0).elements
      let y = draws(.uniform, 18, seed: UInt64(seed + 50), shift: 0).elements
      let (a, b) = (Batch<Float>(x, dimension: 3), Batch<Float>(y, dimension: 3))
      let costs = (0..<6).map { i in
        (0..<6).map { j in
          (0..<3).reduce(0.0) { sum, k in
            let difference = Double(a[i, k]) - Double(b[j, k])
            return sum + difference * difference
          }
        }
      }
      let expected = (best(costs, 0, []) / 6).squareRoot()
      #expect(agrees(try OptimalTransport.distance(a, b), expected, relative: 1e-12))
    }
  }

  /// Points shifted by v are |v| apart, and a sample is at 0 from itself in any order.
  @Test func shiftOfACloud() throws {
    let x = Batch<Float>(draws(.normal, 600, seed: 1, shift: 0).elements, dimension: 2)
    let y = Batch<Float>(x.elements.enumerated().map { $1 + ($0 % 2 == 0 ? 3 : 4) }, dimension: 2)
    #expect(agrees(try OptimalTransport.distance(x, y), 5, relative: 1e-6))
    let reversed = Batch<Float>(
      (0..<x.count).reversed().flatMap { x.point($0) }, dimension: 2)
    #expect(try OptimalTransport.distance(x, reversed) == 0)
  }

  @Test func refusesWhatIsTooLarge() {
    let many = Batch<Float>(count: OptimalTransport.rowLimit + 1, dimension: 1)
    #expect(throws: MetricError.tooManyRows(found: 2001, most: 2000)) {
      try OptimalTransport.distance(many, many)
    }
  }

  /// The floor of a kernel distance: the p-value of samples of one law is uniform on its ranks.
  @Test func pValuesOfCutsAreUniform() throws {
    var values: [Double] = []
    for seed in 0..<300 {
      let pool = PooledSamples(
        draws(.normal, 30, seed: UInt64(2 * seed), shift: 0),
        draws(.normal, 30, seed: UInt64(2 * seed + 1), shift: 0), key: NoiseKey(seed: UInt64(seed)),
        cuts: 99)
      // Spread over the step below, so that the law is continuous.
      let jitter = Double(draws(.uniform, 1, seed: UInt64(9000 + seed), shift: 0)[0, 0])
      values.append(try KernelDiscrepancy.compare(pool, bandwidth: 1).pValue - jitter / 100)
    }
    #expect(StatisticalGate.kolmogorovSmirnov(values) { min(max($0, 0), 1) } > 1e-4)
  }
}
