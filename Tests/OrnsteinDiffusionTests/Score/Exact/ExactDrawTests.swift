import OrnsteinDiffusion
import OrnsteinNumerics
import RealModule
import Testing
import TestSupport

/// Exact draws; every test states the probability that right code fails it.
@Suite struct ExactDrawTests {
  /// False-alarm rate 1e-6 a case.
  @Test(arguments: ExactExample.all) func drawsHaveTheMoments(_ example: ExactExample) {
    check(example.double)
    check(example.float)
    func check<Scalar>(_ target: some ExactTarget<Scalar>) {
      let (d, n) = (target.dimension, 100_000)
      let drawn = target.drawExactly(rows: 0..<n, key: NoiseKey(seed: 41))
      let moments = target.moments
      let rate = 1e-6 / Double(d + d * d)
      for i in 0..<d {
        let centred = (0..<n).map { Double(drawn[$0, i]) - moments.mean[i] }
        #expect(StatisticalGate.meanAgrees(centred, expected: 0, falseAlarmRate: rate))
        for j in 0...i {
          let products = (0..<n).map { centred[$0] * (Double(drawn[$0, j]) - moments.mean[j]) }
          let expected = moments.covariance[i * d + j]
          if products.allSatisfy({ abs($0 - expected) < 1e-5 }) { continue }
          #expect(
            StatisticalGate.meanAgrees(products, expected: expected, falseAlarmRate: rate))
        }
      }
    }
  }

  /// The first coordinate, by the Kolmogorov-Smirnov test; false-alarm rate 1e-6 each.
  @Test func coordinatesFollowTheirDistribution() throws {
    func p(_ target: some ExactTarget<Double>, _ distribution: (Double) -> Double) -> Double {
      let drawn = target.drawExactly(rows: 0..<100_000, key: NoiseKey(seed: 42))
      return StatisticalGate.kolmogorovSmirnov(
        (0..<drawn.count).map { drawn[$0, drawn.dimension - 1] }, distribution: distribution)
    }
    let cube = try SolidCube<Double>(halfWidth: 2, dimension: 3)
    #expect(p(cube) { min(max(($0 + 2) / 4, 0), 1) } > 1e-6)
    let circle = try SphereUniform<Double>(radius: 2, dimension: 2)
    #expect(p(circle) { 0.5 + .asin(min(max($0 / 2, -1), 1)) / .pi } > 1e-6)
    let sphere = try SphereUniform<Double>(radius: 2, dimension: 3)
    #expect(p(sphere) { min(max(($0 + 2) / 4, 0), 1) } > 1e-6)
    let line = try LinearManifold(
      try SolidCube<Double>(halfWidth: 1, dimension: 1), axes: [[0.6, 0.8]], offset: [0, 1])
    #expect(p(line) { min(max((($0 - 1) / 0.8 + 1) / 2, 0), 1) } > 1e-6)
  }

  @Test func drawsLieOnTheSupport() throws {
    let key = NoiseKey(seed: 43)
    let sphere = try SphereUniform<Float>(radius: 3, dimension: 5)
    let drawn = sphere.drawExactly(rows: 0..<1000, key: key)
    for row in 0..<1000 {
      let square = drawn.point(row).reduce(0) { $0 + Double($1) * Double($1) }
      #expect(agrees(square, 9, relative: 1e-6))
    }
    let vertices = try CubeVertices<Float>(halfWidth: 0.5, dimension: 4)
    #expect(
      vertices.drawExactly(rows: 0..<100, key: key).elements.allSatisfy { abs($0) == 0.5 })
    let measure = try EmpiricalMeasure<Double>(
      points: Batch(rows: ExactExample.points), weights: [1, 0, 0, 2, 0])
    for row in 0..<100 {
      let point = measure.drawExactly(rows: row..<row + 1, key: key).elements
      #expect(point == ExactExample.points[0] || point == ExactExample.points[3])
    }
  }

  /// The frequencies of points, by the chi-squared test; false-alarm rate 1e-6.
  @Test func pointsComeWithTheirWeights() throws {
    let measure = try EmpiricalMeasure<Double>(
      points: Batch([0, 1, 2, 3, 4], dimension: 1), weights: ExactExample.pointWeights)
    let drawn = measure.drawExactly(rows: 0..<100_000, key: NoiseKey(seed: 44))
    var counts = [Double](repeating: 0, count: 5)
    for number in drawn.elements { counts[Int(number)] += 1 }
    let statistic = zip(counts, ExactExample.pointWeights).reduce(0) {
      let expected = 100_000 * $1.1
      return $0 + ($1.0 - expected) * ($1.0 - expected) / expected
    }
    #expect(StatisticalGate.chiSquaredTail(statistic, degreesOfFreedom: 4) > 1e-6)
  }

  @Test(arguments: ExactExample.all) func rowsComeOutAloneAsTogether(_ example: ExactExample) {
    check(example.double)
    check(example.float)
    func check<Scalar>(_ target: some ExactTarget<Scalar>) {
      let key = NoiseKey(seed: 45)
      let whole = target.drawExactly(rows: 0..<500, key: key)
      for rows in [0..<1, 499..<500, 17..<250] {
        #expect(target.drawExactly(rows: rows, key: key) == whole[rows])
      }
    }
  }

  /// A score does not depend on the other points of its batch.
  @Test(arguments: ExactExample.all) func scoresComeOutAloneAsTogether(_ example: ExactExample) {
    check(example.double)
    check(example.float)
    func check<Scalar>(_ target: some ExactTarget<Scalar>) {
      let level = ExactExample.levels[2]
      let x = target.drawExactly(rows: 0..<100, key: NoiseKey(seed: 46))
      let whole = target.score(of: x, at: level)
      for rows in [0..<1, 99..<100, 17..<60] {
        #expect(target.score(of: x[rows], at: level) == whole[rows])
      }
    }
  }
}
