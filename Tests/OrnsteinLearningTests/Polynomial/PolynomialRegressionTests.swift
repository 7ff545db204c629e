import OrnsteinDiffusion
import OrnsteinLearning
import OrnsteinNumerics
import RealModule
import TestSupport
import Testing

/// The regression finds known posterior means.
@Suite struct PolynomialRegressionTests {
  @Test func onePointNeedsConstantsOnly() throws {
    let target = try SmoothedTarget.points([[0.5, -2]])
    let count = 20_000
    let learned = try PolynomialRegression().fit(
      target.draw(count, seed: 3).data, key: NoiseKey(seed: 1), threads: 2)
    // The mean of the rows has deviation 1 / sqrt(count); the noise of the responses is averaged out.
    let limit =
      StatisticalGate.threshold(falseAlarmRate: 1e-6) * (2.0 / Double(count)).squareRoot()
    for level in learned.score.levels {
      #expect(level.cells.count == 1)
      let error = target.scoreError(of: learned.score, addedVariance: level.addedVariance)
      #expect(error.squareRoot() * level.variance < 3 * limit)
    }
    // The least of 17 risks is that of a higher degree by chance now and then, at the same error.
    let constant = learned.record.levels.filter { $0.degrees == 0...0 }
    #expect(constant.count * 2 >= learned.record.levels.count)
  }

  @Test func twoPointsGiveTheCoefficientsOfTheHyperbolicTangent() throws {
    let target = try SmoothedTarget.points([[-1], [1]])
    var settings = PolynomialSettings()
    // The last level is tau^2 = 2.
    settings.stop = 1
    let learned = try PolynomialRegression(settings).fit(
      target.draw(200_000, seed: 5).data, key: NoiseKey(seed: 2), threads: 2)
    let exact = try NoiseStabilityTests.hyperbolicTangent()
    let found = try HermiteExpansion(dimension: 1, variance: 2, degree: 7, nodes: 100) {
      learned.score.posteriorMeans(of: Batch(rows: [$0]), addedVariance: 1)[0, 0]
    }
    // Each coefficient is a mean of 200 000 responses of deviation 2, with a leverage of a few.
    for degree in [1, 3, 5] {
      #expect(abs(found.coefficients[degree] - exact.coefficients[degree]) < 0.02)
    }
    for degree in [0, 2, 4] { #expect(abs(found.coefficients[degree]) < 0.02) }
    let error = target.scoreError(of: learned.score, addedVariance: 1)
    #expect(error < 1e-3, "error \(error)")
  }

  @Test func theImplicitLossFindsTheScoreWithoutNoise() throws {
    let target = try SmoothedTarget.points([[-0.8], [0.8]])
    let learned = try PolynomialRegression().fit(
      target.draw(100_000, seed: 6).data, key: NoiseKey(seed: 2), threads: 2)
    #expect(learned.score.levels.last?.addedVariance == 0)
    #expect(target.scoreError(of: learned.score, addedVariance: 0) < 2e-3)
  }

  @Test func theImplicitLossMindsTheBordersOfCells() throws {
    let target = try SmoothedTarget.segment(halfLength: 4, dimension: 2, baseVariance: 0.09)
    var settings = PolynomialSettings(baseVariance: .known(0.09))
    settings.minimumWeight = 0.05
    let learned = try PolynomialRegression(settings).fit(
      target.draw(60_000, seed: 6).data, key: NoiseKey(seed: 2), threads: 2)
    #expect(learned.record.levels.last?.cells ?? 0 >= 3)
    // The score itself has E‖s‖^2 of about 1 / s_0^2 = 11 across the segment.
    #expect(target.scoreError(of: learned.score, addedVariance: 0) < 0.25)
  }

  @Test func theErrorFallsWithRowsAndDegree() throws {
    let target = try SmoothedTarget.points([[-1.5, 0], [1.5, 0.5], [0, -1.5]])
    func divergence(rows: Int, degree: Int) throws -> Double {
      var settings = PolynomialSettings()
      settings.maximumDegree = degree
      let learned = try PolynomialRegression(settings).fit(
        target.draw(rows, seed: 8).data, key: NoiseKey(seed: 3), threads: 2)
      return target.pathDivergence(of: learned.score)
    }
    let byRows = try [1_000, 6_000, 36_000].map { try divergence(rows: $0, degree: 10) }
    #expect(byRows[1] < 0.6 * byRows[0], "\(byRows)")
    #expect(byRows[2] < 0.6 * byRows[1], "\(byRows)")
    let byDegree = try [0, 1, 3, 7].map { try divergence(rows: 36_000, degree: $0) }
    for (lower, higher) in zip(byDegree, byDegree.dropFirst()) {
      #expect(higher < 0.6 * lower, "\(byDegree)")
    }
  }

  @Test func theRecordKnowsItsError() throws {
    let target = try SmoothedTarget.points([[-1, 0], [1, 0.5], [0, -1]])
    let learned = try PolynomialRegression().fit(
      target.draw(20_000, seed: 9).data, key: NoiseKey(seed: 3), threads: 2)
    let truth = target.pathDivergence(of: learned.score)
    // An estimate from two halves: of the right size, not exact.
    #expect(
      learned.record.pathDivergence > truth / 4, "truth \(truth), \(learned.record.pathDivergence)")
    #expect(
      learned.record.pathDivergence < truth * 4, "truth \(truth), \(learned.record.pathDivergence)")
  }

  @Test(arguments: [2, 10]) func posteriorMeansAreWarmStarts(dimension: Int) throws {
    var means: [[Double]] = []
    for k in 0..<5 {
      var mean = [Double](repeating: 0, count: dimension)
      mean[0] = 8 * .cos(2 * .pi * Double(k) / 5)
      mean[1] = 8 * .sin(2 * .pi * Double(k) / 5)
      means.append(mean)
    }
    let target = try SmoothedTarget.points(means)
    let learned = try PolynomialRegression().fit(
      target.draw(30_000, seed: 10).data, key: NoiseKey(seed: 4), threads: 2)
    let (data, truth) = target.draw(5_000, seed: 11)
    for level in learned.score.levels {
      let points = SmoothedTarget.adding(level.addedVariance, to: data, seed: 12, step: 2)
      let found = learned.score.posteriorMeans(of: points, addedVariance: level.addedVariance)
      // alpha_min is 1/5.
      let limit = 2 * level.variance.squareRoot() * Double.log(5).squareRoot()
      var near = 0
      for row in 0..<points.count {
        var least = Double.infinity
        for mean in means {
          var square = 0.0
          for j in 0..<dimension { square += (found[row, j] - mean[j]) * (found[row, j] - mean[j]) }
          least = min(least, square)
        }
        if least.squareRoot() <= limit { near += 1 }
      }
      #expect(Double(near) >= 0.99 * Double(truth.count), "tau^2 \(level.variance): \(near)")
    }
    let centres = learned.score.levels.last?.cells.map(\.centre) ?? []
    #expect((5...20).contains(centres.count))
    for mean in means {
      let isNear = centres.contains { centre in
        zip(centre, mean).allSatisfy { abs($0 - $1) < 1.5 }
      }
      #expect(isNear)
    }
  }

  @Test func manifoldsInTenDimensionsAreLearned() throws {
    let targets: [(SmoothedTarget, rows: Int)] = [
      (try .circle(radius: 2, dimension: 10, baseVariance: 0.25), 100_000),
      (try .segment(halfLength: 2, dimension: 10, baseVariance: 0.25), 100_000),
      (try .circle(radius: 2, dimension: 2, baseVariance: 0.25), 30_000),
      (try .sphere(radius: 1, dimension: 10, baseVariance: 0.25), 30_000),
      (try .square(halfWidth: 2, dimension: 10, baseVariance: 0.25), 30_000),
    ]
    for (target, rows) in targets {
      let settings = PolynomialSettings(baseVariance: .known(0.25))
      let learned = try PolynomialRegression(settings).fit(
        target.draw(rows, seed: 13).data, key: NoiseKey(seed: 5), threads: 2)
      let divergence = target.pathDivergence(of: learned.score, count: 2_000)
      // TV <= sqrt(KL / 2) < 0.1.
      #expect(divergence < 0.02, "\(target.name): \(divergence)")
    }
  }

  /// At a fixed degree the cost is a polynomial of the dimension and about linear in the rows.
  @Test func theCostIsPolynomial() throws {
    func level(dimension: Int, rows: Int) throws -> (seconds: Double, multiplyAdds: Int) {
      let target = try SmoothedTarget.points([[Double](repeating: 0, count: dimension)])
      let settings = PolynomialSettings(
        baseVariance: .known(0.5), levelRatio: 0.3, coverRadius: 100, maximumDegree: 2, copies: 2,
        reducedAbove: .max)
      let data = target.draw(rows, seed: 17).data
      var seconds = Double.infinity
      var evaluation = 0
      for _ in 0..<2 {
        let learned = try PolynomialRegression(settings).fit(data, key: NoiseKey(seed: 2))
        seconds = min(seconds, learned.record.seconds / Double(learned.record.levels.count))
        evaluation = learned.score.multiplyAddsPerPoint
      }
      return (seconds, evaluation)
    }
    let (few, many) = (
      try level(dimension: 4, rows: 8_000), try level(dimension: 24, rows: 8_000)
    )
    // Squares of (n + 1)(n + 2) / 2 polynomials grow by 469; a power of 5 is 7776, 2^n is a million.
    #expect(many.seconds < 7776 * few.seconds, "\(few.seconds), \(many.seconds)")
    // Two levels of at most (n + 1)(n + 2) / 2 polynomials for n + 1 numbers, and n^2 to find them.
    for (n, found) in [(4, few), (24, many)] {
      #expect(found.multiplyAdds <= 2 * ((n + 1) * (n + 2) / 2 * (n + 1) + n * n + n) + 2 * n)
    }
    let long = try level(dimension: 4, rows: 128_000)
    // 16 times the rows; a square would be 256.
    #expect(long.seconds < 100 * few.seconds, "\(few.seconds), \(long.seconds)")
  }

  @Test func theBaseVarianceIsEstimatedFromEmptyDirections() throws {
    let target = try SmoothedTarget.circle(radius: 2, dimension: 8, baseVariance: 0.04)
    let settings = PolynomialSettings(baseVariance: .estimated, maximumDegree: 2)
    let learned = try PolynomialRegression(settings).fit(
      target.draw(20_000, seed: 14).data, key: NoiseKey(seed: 5), threads: 2)
    #expect(agrees(learned.record.baseVariance, 0.04, relative: 0.02))
  }

  @Test func aBaseVarianceIsFoundWhereNoDirectionIsEmpty() throws {
    let target = try SmoothedTarget.circle(radius: 3, dimension: 2, baseVariance: 0.09)
    let settings = PolynomialSettings(baseVariance: .estimated)
    let learned = try PolynomialRegression(settings).fit(
      target.draw(15_000, seed: 15).data, key: NoiseKey(seed: 5), threads: 2)
    // Half the variance of the data in each direction is 4.6; any size of cells that resolves 0.09 will do.
    #expect(learned.record.baseVariance > 0.01 && learned.record.baseVariance < 0.5)
    let divergence = target.pathDivergence(of: learned.score)
    #expect(divergence < 0.1, "\(divergence) with \(learned.record.baseVariance)")
  }
}
