import OrnsteinDiffusion
import OrnsteinLearning
import OrnsteinNumerics
import RealModule
import TestSupport
import Testing

/// The score as a model: bits, derivatives, levels it has not seen, and numbers that are no model.
@Suite struct PolynomialModelTests {
  static func learned(
    threads: Int = 1, rows: Int = 4_000, seed: UInt64 = 1
  ) throws -> LearnedPolynomials {
    let target = try SmoothedTarget.points([[-4, 0, 1], [4, 1, 0], [0, -3, 0]])
    var settings = PolynomialSettings()
    settings.maximumDegree = 4
    settings.reducedAbove = 2
    return try PolynomialRegression(settings).fit(
      target.draw(rows, seed: 40).data, key: NoiseKey(seed: seed), threads: threads)
  }

  @Test func threadsDoNotChangeTheBits() throws {
    let one = try Self.learned(threads: 1, rows: 20_000)
    let three = try Self.learned(threads: 3, rows: 20_000)
    #expect(one.score.tensors == three.score.tensors)
    #expect(one.record.levels == three.record.levels)
    let other = try Self.learned(threads: 1, rows: 20_000, seed: 2)
    #expect(one.score.tensors != other.score.tensors)
  }

  @Test func tensorsKeepEveryBit() throws {
    let score = try Self.learned().score
    let copy = try PiecewisePolynomialScore<Double>(tensors: score.tensors.shuffled())
    #expect(copy.tensors == score.tensors)
    #expect(copy.moments == score.moments)
    let points = try SmoothedTarget.points([[0, 0, 0]], baseVariance: 9).draw(100, seed: 1).data
    for sigma in [0.01, 0.4, 2, 50] {
      let level = NoiseLevel(time: 0, alpha: 0.8, sigma: sigma)
      #expect(copy.score(of: points, at: level) == score.score(of: points, at: level))
    }
  }

  @Test func brokenTensorsAreNamed() throws {
    let tensors = try Self.learned().score.tensors
    for index in tensors.indices {
      var missing = tensors
      missing.remove(at: index)
      #expect(throws: PolynomialError.missingTensor(name: tensors[index].name)) {
        try PiecewisePolynomialScore<Double>(tensors: missing)
      }
      guard case .double(var values) = tensors[index].elements, !values.isEmpty else { continue }
      values[0] = .nan
      var broken = tensors
      broken[index] = Tensor(
        name: tensors[index].name, shape: tensors[index].shape, elements: .double(values))
      #expect(throws: PolynomialError.self) {
        try PiecewisePolynomialScore<Double>(tensors: broken)
      }
      broken[index] = Tensor(
        name: tensors[index].name, shape: [values.count - 1],
        elements: .double(Array(values.dropLast())))
      #expect(throws: PolynomialError.self) {
        try PiecewisePolynomialScore<Double>(tensors: broken)
      }
    }
  }

  @Test func theScoreOfAPointDoesNotDependOnItsBatch() throws {
    let score = try Self.learned().score
    let points = try SmoothedTarget.points([[0, 0, 0]], baseVariance: 9).draw(333, seed: 2).data
    let level = NoiseLevel(time: 0, alpha: 0.6, sigma: 0.8)
    let all = score.score(of: points, at: level)
    for rows in [0..<1, 5..<70, 200..<333] {
      #expect(score.score(of: points[rows], at: level) == all[rows])
    }
    let single = score.converted(to: Float.self)
      .score(of: points.converted(to: Float.self), at: level)
    let exact = score.score(
      of: points.converted(to: Float.self).converted(to: Double.self), at: level)
    for (a, b) in zip(single.elements, exact.elements) {
      #expect(agrees(Double(a), b, relative: 1e-6, absolute: 1e-30))
    }
  }

  @Test func derivativesAreTheLimitsOfDifferences() throws {
    let score = try Self.learned().score
    let points = try SmoothedTarget.points([[0, 0, 0]], baseVariance: 12).draw(200, seed: 3).data
    let directions = try SmoothedTarget.points([[0, 0, 0]]).draw(200, seed: 4).data
    for sigma in [0.001, 0.3, 1.5, 12, 40] {
      let level = NoiseLevel(time: 0, alpha: 0.9, sigma: sigma)
      let (value, derivative) = ScoreDerivative(score).score(
        of: points, along: directions, at: level)
      #expect(value == score.score(of: points, at: level))
      func moved(_ step: Double) -> Batch<Double> {
        Batch(
          zip(points.elements, directions.elements).map { $0 + step * $1 }, dimension: 3)
      }
      let (left, right) = (
        score.score(of: moved(-1e-6), at: level), score.score(of: moved(1e-6), at: level)
      )
      let scale = (derivative.elements.map { abs($0) }.max() ?? 0)
      var misses = 0
      for row in 0..<points.count {
        for j in 0..<3 {
          let difference = (right[row, j] - left[row, j]) / 2e-6
          if abs(difference - derivative[row, j]) > 1e-5 * scale { misses += 1 }
        }
      }
      // Only a difference across a border of cells or of clipping, within 1e-6, may be another one.
      #expect(misses <= 6, "sigma \(sigma): \(misses)")
    }
  }

  @Test func aboveTheLevelsTheLawIsNormal() throws {
    let score = try Self.learned().score
    let normal = try GaussianMixture<Double>(
      weights: [1], means: [score.moments.mean],
      covariances: [
        .full((0..<3).map { Array(score.moments.covariance[($0 * 3)..<($0 * 3 + 3)]) })
      ])
    let sigma = 3 * score.levels[0].variance.squareRoot()
    let level = NoiseLevel(time: 0, alpha: 1, sigma: sigma)
    let points = try SmoothedTarget.points([[0, 0, 0]], baseVariance: sigma * sigma)
      .draw(50, seed: 5).data
    // Eigenvalues of the covariance below the base variance are raised to it.
    let (found, exact) = (score.score(of: points, at: level), normal.score(of: points, at: level))
    #expect(agrees(found.elements, exact.elements, relative: 1e-3, absolute: 1e-6))
    let nothing = NoiseLevel(time: 0, alpha: 0, sigma: 2)
    #expect(score.score(of: points, at: nothing).elements == points.elements.map { $0 * -0.25 })
  }

  @Test func levelsJoinWithoutJumps() throws {
    let score = try Self.learned().score
    let points = try SmoothedTarget.points([[0, 0, 0]], baseVariance: 9).draw(50, seed: 6).data
    let variances = score.levels.map(\.addedVariance) + [4 * score.levels[0].variance - 1]
    for variance in variances where variance > 0 {
      let below = score.posteriorMeans(of: points, addedVariance: variance * (1 - 1e-12))
      let above = score.posteriorMeans(of: points, addedVariance: variance * (1 + 1e-12))
      #expect(agrees(below.elements, above.elements, relative: 1e-9, absolute: 1e-9))
    }
  }

  @Test func theScoreOfTheMeansIsThatOfThePointsAtLowerLevels() throws {
    let score = try Self.learned().score
    let means = try score.ofMeans()
    let points = try SmoothedTarget.points([[0, 0, 0]], baseVariance: 9).draw(50, seed: 7).data
    for added in [0.01, 1, 20, 300] {
      let one = score.score(
        of: points, at: NoiseLevel(time: 0, alpha: 1, sigma: added.squareRoot()))
      let other = means.score(
        of: points, at: NoiseLevel(time: 0, alpha: 1, sigma: (1 + added).squareRoot()))
      #expect(agrees(one.elements, other.elements, relative: 1e-9, absolute: 1e-12))
    }
  }

  @Test func thePlanIsThatOfTheMeans() throws {
    let score = try Self.learned().score
    let means = try score.ofMeans()
    let (first, last) = (score.levels[0].variance, score.levels[score.levels.count - 1].variance)
    let plan = SamplingPlan(
      grid: GridSpecification(
        .logSNR, steps: 30, horizon: .log(onePlus: first) / 2, stop: .log(onePlus: last) / 2),
      predictor: .frozenDenoiser, initialLaw: .momentMatched, seed: 5)
    let expected = try plan.makeSampler(for: means).draw(rows: 0..<200, threads: 1)
    let found = try score.plan(steps: 30, seed: 5).makeSampler(for: score)
      .draw(rows: 0..<200, threads: 1)
    #expect(agrees(found.elements, expected.elements, relative: 1e-6, absolute: 1e-6))
  }

  @Test func learningCanBeStopped() throws {
    let target = try SmoothedTarget.points([[-1], [1]])
    var seen: [Int] = []
    let learned = try PolynomialRegression().fit(
      target.draw(1_000, seed: 1).data, key: NoiseKey(seed: 1)
    ) { event in
      seen.append(event.level)
      return event.level < 2
    }
    #expect(seen == [0, 1, 2])
    #expect(learned.record.finish == .stopped && learned.score.levels.count == 3)
    let draws = try learned.score.plan(steps: 20).makeSampler(for: learned.score)
      .draw(rows: 0..<100, threads: 1)
    #expect(!draws.elements.contains { !$0.isFinite })
  }

  @Test func badInputIsNamed() throws {
    let rows = try SmoothedTarget.points([[-1], [1]]).draw(100, seed: 1).data
    func fit(_ settings: PolynomialSettings, _ data: Batch<Double>) throws {
      _ = try PolynomialRegression(settings).fit(data, key: NoiseKey(seed: 1))
    }
    var broken = rows
    broken[7, 0] = .nan
    #expect(throws: PolynomialError.dataNotFinite(row: 7, column: 0)) { try fit(.init(), broken) }
    #expect(throws: PolynomialError.tooFewRows(count: 19, minimum: 20)) {
      try fit(.init(), rows[0..<19])
    }
    broken[7, 0] = 1e200
    #expect(throws: PolynomialError.dataTooLarge) { try fit(.init(), broken) }
    for settings in [
      PolynomialSettings(baseVariance: .known(-1)), PolynomialSettings(levelRatio: 1),
      PolynomialSettings(baseVariance: .known(0), stop: 0), PolynomialSettings(minimumWeight: 0),
      PolynomialSettings(maximumDegree: -1), PolynomialSettings(stop: .nan),
    ] {
      #expect(throws: PolynomialError.self) { try fit(settings, rows) }
    }
  }

  @Test func dataWithoutAnyScaleAreLearned() throws {
    let same = Batch<Double>((0..<50).flatMap { _ in [3.0, -1] }, dimension: 2)
    for variance in [0, 1.0] {
      let learned = try PolynomialRegression(
        PolynomialSettings(baseVariance: .known(variance))
      ).fit(same, key: NoiseKey(seed: 1))
      let draws = try learned.score.sampler(steps: 50, key: NoiseKey(seed: 1))
        .draw(rows: 0..<100, threads: 1)
      #expect(!draws.elements.contains { !$0.isFinite })
      if variance == 0 {
        for row in 0..<100 {
          #expect(abs(draws[row, 0] - 3) < 1e-6 && abs(draws[row, 1] + 1) < 1e-6)
        }
      }
    }
  }

  @Test func rowsCanBeSplitByLevel() throws {
    let target = try SmoothedTarget.points([[-1], [1]])
    var settings = PolynomialSettings()
    settings.splitsRows = true
    let learned = try PolynomialRegression(settings).fit(
      target.draw(40_000, seed: 1).data, key: NoiseKey(seed: 1), threads: 2)
    #expect(learned.record.levels.map(\.rows).reduce(0, +) == 40_000)
    #expect(target.pathDivergence(of: learned.score) < 0.01)
  }
}
