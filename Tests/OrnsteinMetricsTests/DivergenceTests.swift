import OrnsteinDiffusion
import OrnsteinMetrics
import OrnsteinNumerics
import RealModule
import TestSupport
import Testing

/// Total variation and KL of samples of one exact law from another, against closed forms.
@Suite struct DivergenceTests {
  static func normal(_ mean: [Double], _ covariance: MixtureCovariance) throws -> ReferenceLaw {
    ReferenceLaw(
      try GaussianMixture<Double>(weights: [1], means: [mean], covariances: [covariance]))
  }

  static func gm1(shift: Double = 0) throws -> ReferenceLaw {
    ReferenceLaw(
      try GaussianMixture<Double>(
        weights: [0.3, 0.5, 0.2], means: [[-2 + shift], [0.5 + shift], [3 + shift]],
        covariances: [.isotropic(0.25), .isotropic(0.5), .identity]))
  }

  struct Pair: Sendable, CustomTestStringConvertible {
    var name: String
    var samples: ReferenceLaw
    var target: ReferenceLaw
    var distance: Double
    var testDescription: String { name }
  }

  /// GM1 shifted by quadrature of |p - q| / 2 (4e5 trapezoids); normal laws by closed forms.
  static func pairs() throws -> [Pair] {
    let shift = [0.3, 0, 0, 0, 0, 0, 0, 0]
    return [
      Pair(
        name: "GM1 by 0.3", samples: try gm1(shift: 0.3), target: try gm1(),
        distance: 0.13904671396606524),
      Pair(
        name: "GM1 by 0.05", samples: try gm1(shift: 0.05), target: try gm1(),
        distance: 0.02357724935293655),
      Pair(
        name: "N(0, 1) to N(1/2, 2)", samples: try normal([0], .identity),
        target: try normal([0.5], .isotropic(2)), distance: 0.22079727790048),
      Pair(
        name: "a shift in 8 dimensions", samples: try normal(shift, .identity),
        target: try normal([Double](repeating: 0, count: 8), .identity),
        distance: .erf(0.3 / (2 * Double.sqrt(2)))),
      Pair(
        name: "a shift in the plane", samples: try normal([0.12, 0.16], .identity),
        target: try normal([0, 0], .identity), distance: .erf(0.2 / (2 * Double.sqrt(2)))),
    ]
  }

  /// The witness is unbiased for the sets it chooses, which see at most the distance: 4.4 standard errors
  /// above has a false-alarm rate of 1e-5; and with 50000 samples it misses at most a tenth and three
  /// standard errors.
  @Test func witnessIsSharpFromBelow() throws {
    for pair in try Self.pairs() {
      let samples = pair.samples.draw(rows: 0..<50_000, key: NoiseKey(seed: 21), threads: 2)
      let found = try TotalVariationWitness(
        of: samples, from: pair.target, key: NoiseKey(seed: 22), threads: 2)
      #expect(found.value < pair.distance + 4.4 * found.standardError, "\(pair.name): \(found)")
      #expect(
        found.value > 0.9 * pair.distance - 3 * found.standardError, "\(pair.name): \(found)")
      #expect(found.lowerBound < pair.distance)
      #expect(found.pValue < 1e-6)
      #expect(
        try TotalVariationWitness(
          of: samples, from: pair.target, key: NoiseKey(seed: 22), threads: 1) == found)
    }
  }

  /// One sample in 20 far away, or outside of the support: the distance is 0.05.
  @Test func witnessSeesWildSamples() throws {
    let targets = [
      try Self.normal([0, 0], .identity),
      ReferenceLaw(try SolidCube<Double>(halfWidth: 1, dimension: 2)),
    ]
    for target in targets {
      for distance in [9, 1e12] {
        var samples = target.draw(rows: 0..<20_000, key: NoiseKey(seed: 41))
        for row in stride(from: 0, to: 20_000, by: 20) { samples[row, 0] = distance }
        let found = try TotalVariationWitness(
          of: samples, from: target, key: NoiseKey(seed: 42), threads: 2)
        #expect(abs(found.value - 0.05) < 4.4 * found.standardError, "\(found)")
      }
    }
  }

  /// Of exact samples the value has the mean 0, and the p-value is uniform: 150 samples, false-alarm rate
  /// 1e-4 each.
  @Test func witnessOfExactSamplesIsCalibrated() throws {
    let law = try Self.gm1()
    var (values, pValues): ([Double], [Double]) = ([], [])
    for seed in 0..<150 {
      let found = try TotalVariationWitness(
        of: law.draw(rows: 0..<600, key: NoiseKey(seed: UInt64(500 + seed))), from: law,
        key: NoiseKey(seed: UInt64(seed)), threads: 2)
      values.append(found.value)
      pValues.append(found.pValue)
    }
    #expect(StatisticalGate.meanAgrees(values, expected: 0, falseAlarmRate: 1e-4))
    #expect(StatisticalGate.kolmogorovSmirnov(pValues) { min(max($0, 0), 1) } > 1e-4)
  }

  /// KL(N(.3, .8) | N(-.2, 1.5)) = .16430432971119 and KL(N(a, A) | N(b, B)) = .64120504402706; the bias
  /// that exact draws do not have is below 0.02 here.
  @Test func neighboursGiveTheDivergence() throws {
    let pairs = [
      (
        try Self.normal([0.3], .isotropic(0.8)), try Self.normal([-0.2], .isotropic(1.5)),
        0.16430432971119
      ),
      (
        try Self.normal([0.2, -0.4], .full([[1, 0.3], [0.3, 0.5]])),
        try Self.normal([0, 0.5], .full([[0.8, -0.1], [-0.1, 1.2]])), 0.64120504402706
      ),
    ]
    for (samples, target, expected) in pairs {
      let found = try NeighbourDivergence(
        of: samples.draw(rows: 0..<20_000, key: NoiseKey(seed: 31)), from: target,
        key: NoiseKey(seed: 32), threads: 2)
      #expect(abs(found.value - expected) < 4 * found.standardError + 0.02, "\(found)")
      #expect(found.pValue < 1e-9)
    }
    let exact = try NeighbourDivergence(
      of: pairs[1].0.draw(rows: 0..<5000, key: NoiseKey(seed: 33)), from: pairs[1].0,
      key: NoiseKey(seed: 34))
    #expect(abs(exact.value) < 4.4 * exact.standardError)
  }

  @Test func neighboursAreRefusedWhereTheySayNothing() throws {
    let law = try Self.normal([Double](repeating: 0, count: 9), .identity)
    let error = #expect(throws: MetricError.self) {
      try NeighbourDivergence(
        of: law.draw(rows: 0..<100, key: NoiseKey(seed: 1)), from: law, key: NoiseKey(seed: 1))
    }
    #expect(error?.description.contains("9 dimensions") ?? false)
    let plane = try Self.normal([0, 0], .identity)
    let copies = Batch<Double>((0..<100).map { Double($0 % 4) }, dimension: 2)
    let second = #expect(throws: MetricError.self) {
      try NeighbourDivergence(of: copies, from: plane, key: NoiseKey(seed: 1))
    }
    #expect(second?.description.contains("copies") ?? false)
  }

  @Test(arguments: [1, 3, 8])
  func treeFindsTheNeighbours(_ dimension: Int) {
    let points = Batch<Double>(
      draws(.normal, 300 * dimension, seed: 4, shift: 0).elements.map(Double.init),
      dimension: dimension)
    let found = NeighbourTree(points).squaredDistances(toNeighbour: 5, threads: 2)
    for row in 0..<300 {
      let squares = (0..<300).filter { $0 != row }.map { other in
        (0..<dimension).reduce(0.0) { sum, j in
          let difference = points[row, j] - points[other, j]
          return sum + difference * difference
        }
      }.sorted()
      #expect(agrees(found[row], squares[4], relative: 1e-14))
    }
  }
}
