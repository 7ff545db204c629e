import Foundation
import OrnsteinDiffusion
import OrnsteinNumerics
import OrnsteinTheory
import RealModule
import Testing
import TestSupport

@Suite struct BudgetTests {
  static func plan(
    _ freezing: Freezing, steps: Int = 10, start: InitialLaw = .process,
    process: ProcessSpecification = .ornsteinUhlenbeck
  ) -> SamplingPlan {
    SamplingPlan(
      process: process, grid: GridSpecification(.logSNR, steps: steps, horizon: 2, stop: 0.05),
      predictor: freezing.predictor, initialLaw: start, finish: .none)
  }

  /// On a mixture on the line every part is exact.
  @Test func everyPartOfAMixture() throws {
    let budget = try Budget(of: Self.plan(.score), for: Targets.gm1)
    #expect(budget.freezing == .score && budget.steps == 10)
    #expect(agrees(budget.initialization.value, 0.0011187590769802, relative: 1e-8))
    #expect(agrees(budget.discretization.value, 0.30392119773016, relative: 1e-8))
    #expect(budget.score == .exact(0))
    #expect(budget.path.certainty == .exact)
    #expect(agrees(budget.path.value, 0.30392119773016 + 0.0011187590769802, relative: 1e-8))
    let variation = min(
      (budget.path.value / 2).squareRoot(), (1 - .exp(-budget.path.value)).squareRoot())
    #expect(agrees(budget.totalVariation.value, variation, relative: 1e-12))
    #expect(budget.totalVariation.certainty == .bound)
    // sqrt((1 - e^{-delta})^2 M_2 + sigma^2 d), M_2 = 3.65... of the mixture.
    let second = Targets.gm1.moments.secondMoment
    let loss = 1 - Double.exp(-0.05)
    let early = (loss * loss * second + 1 - .exp(-0.1)).squareRoot()
    #expect(agrees(budget.earlyStopping.value, early, relative: 1e-12))
    #expect(budget.negativeLogLikelihood == .unknown)
  }

  /// Time changes and scales change no divergence.
  @Test(arguments: [
    ProcessSpecification.slowOrnsteinUhlenbeck, .varianceExploding(), .rectifiedFlow,
  ])
  func divergencesAreThoseOfTheCanonicalProcess(_ process: ProcessSpecification) throws {
    let canonical = Self.plan(.denoiser)
    var other = Self.plan(.denoiser, process: process)
    let made = try process.make()
    other.grid.horizon = made.time(ofCanonicalTime: 2)
    other.grid.stop = made.time(ofCanonicalTime: 0.05)
    let (a, b) = (
      try Budget(of: canonical, for: Targets.gm1), try Budget(of: other, for: Targets.gm1)
    )
    #expect(agrees(a.path.value, b.path.value, relative: 1e-8))
  }

  /// The score term of a known affine error: exactly half of the sum of (u_a - u_b)
  /// (sigma^4 / alpha^2) e^2 where the denoiser is frozen.
  @Test func scoreErrorsOfAFrozenDenoiserAdd() throws {
    let error = ScoreError.affine(matrix: [[0.2]], offset: [-0.1])
    let target = try PerturbedScore(Targets.gm1, error: error)
    let budget = try Budget(of: Self.plan(.denoiser), for: target)
    let exact = try Budget(of: Self.plan(.denoiser), for: Targets.gm1)
    #expect(budget.discretization == exact.discretization)
    let levels = try Self.plan(.denoiser).levels()
    var expected = 0.0
    for (t, s) in zip(levels, levels.dropFirst()) {
      func signalToNoise(_ level: NoiseLevel) -> Double {
        1 / .expMinusOne(2 * level.canonicalTime)
      }
      let square = try #require(error.meanSquare(under: Targets.gm1.moments.noised(at: t)))
      let sigma = t.sigma * t.sigma
      expected +=
        (signalToNoise(s) - signalToNoise(t)) * sigma * sigma / (t.alpha * t.alpha) * square / 2
    }
    #expect(agrees(budget.score.value, expected, relative: 1e-10))
  }

  /// Excess risks in the four parametrisations are the squared score error times a known factor: z-tests
  /// at 1e-6 on common draws, 24 of them.
  @Test(arguments: [BudgetTarget.affineError, .constantError, .sinusoidalError])
  func excessRisks(_ name: BudgetTarget) throws {
    let target = try #require(try name.make() as? PerturbedScore<Double>)
    let times = [0.1, 0.6]
    let statistics = try PathStatistics(of: target, times: times, rows: 200_000)
    let clean = target.drawExactly(rows: 0..<40_000, key: NoiseKey(seed: 21))
    var noise = clean
    noise.withUnsafeMutableBufferPointer {
      DoubleKernels.normals(into: $0, stream: NoiseKey(seed: 22).stream(.test), first: 0)
    }
    for (index, time) in times.enumerated() {
      let level = OrnsteinUhlenbeck.canonical.level(at: time)
      var points = clean
      points.withUnsafeMutableBufferPointer { points in
        clean.withUnsafeBufferPointer { clean in
          noise.withUnsafeBufferPointer { noise in
            for i in points.indices { points[i] = level.alpha * clean[i] + level.sigma * noise[i] }
          }
        }
      }
      let squared = statistics[index].squaredScoreError
      for parametrization in ScoreParametrization.allCases {
        let wrong = target.predict(parametrization, of: points, at: level)
        let right = target.base.predict(parametrization, of: points, at: level)
        let excess = (0..<clean.count).map { row in
          (0..<clean.dimension).reduce(0.0) { sum, axis in
            let (x, xi) = (clean[row, axis], noise[row, axis])
            let truth =
              switch parametrization {
              case .score: -xi / level.sigma
              case .denoiser: x
              case .noise: xi
              case .velocity: level.alpha * xi - level.sigma * x
              }
            let (a, b) = (wrong[row, axis] - truth, right[row, axis] - truth)
            return sum + a * a - b * b
          }
        }
        let expected =
          squared.value * parametrization.excessRisk(perSquaredScoreErrorAt: level)
        #expect(
          StatisticalGate.meanAgrees(excess, expected: expected, falseAlarmRate: 1e-6),
          "\(parametrization) at \(time)")
      }
    }
  }

  /// On data an exact model has the loss and the score of the law, and the bound of the likelihood is
  /// the entropy of the noised law and the divergence of the paths: gates of 4.5 standard errors of 64
  /// groups, one in 30,000 a number, 24 numbers.
  @Test(arguments: Freezing.allCases) func dataSaysWhatTheLawDoes(_ freezing: Freezing) throws {
    let times = CandidateTimes.evenInLogSNR(61, from: 0.05, to: 2)
    let law = try PathStatistics(of: Targets.gm1, times: times)
    let data = Targets.gm1.drawExactly(rows: 0..<20_000, key: NoiseKey(seed: 4))
    let measured = try PathStatistics(
      of: Targets.gm1, on: data, times: times, rows: 20_000, key: NoiseKey(seed: 6), threads: 2)
    #expect(!measured.isAbsolute && measured.basis == .data)
    for index in [0, 30, 60] {
      let (a, b) = (measured[index], law[index])
      for path in [
        \LevelStatistics.denoisingLoss, \.squaredScore, \.alignment,
      ] {
        let value = a[keyPath: path]
        #expect(abs(value.value - b[keyPath: path].value) < 4.5 * value.standardError, "\(path)")
      }
      #expect(a.meanSquareError == .unknown && a.squaredScoreError == .unknown)
    }
    for start in InitialLaw.allCases {
      let plan = Self.plan(freezing, steps: 12, start: start)
      let budget = try Budget(of: plan, statistics: measured)
      #expect(budget.path == .unknown && budget.initialization.certainty == .bound)
      let exact = try Budget(of: plan, for: Targets.gm1)
      #expect(exact.path.value <= budget.initialization.value + exact.discretization.value)
      // h(p_stop) of the mixture at 0.05, and the points are divided by e^{-0.05}.
      let truth = 1.9326390721381 + 0.05 + exact.path.value
      let bound = budget.negativeLogLikelihood
      #expect(
        abs(bound.value - truth) < 4.5 * bound.standardError + 1e-4, "\(bound), not \(truth)")
      #expect(bound.standardError < 0.02)
    }
  }

  /// What follows a stop: the denoiser's own error, and steps to clean levels.
  @Test func finishes() throws {
    var plan = Self.plan(.denoiser)
    plan.finish = .rescale
    let rescaled = try Budget(of: plan, for: Targets.gm1)
    #expect(agrees(rescaled.earlyStopping.value, Double.expMinusOne(0.1).squareRoot()))
    plan.finish = .denoise
    let denoised = try Budget(of: plan, for: Targets.gm1)
    #expect(
      agrees(denoised.earlyStopping.value, 0.094892679832235.squareRoot(), relative: 1e-8))
    plan.finish = .none
    plan.grid.endsClean = true
    plan.grid.steps = 11
    // The step to the clean level replaces points by their posterior means.
    let clean = try Budget(of: plan, for: Targets.gm1)
    #expect(agrees(clean.earlyStopping.value, denoised.earlyStopping.value, relative: 1e-8))
    #expect(agrees(clean.path.value, denoised.path.value, relative: 1e-10))
    plan.predictor = .frozenScore
    #expect(try Budget(of: plan, for: Targets.gm1).path == .unknown)
  }

  @Test func samplersThatFreezeNothingAreUnknown() throws {
    var plan = Self.plan(.score)
    plan.predictor = .denoisingDiffusionImplicit()
    let budget = try Budget(of: plan, for: Targets.gm1)
    #expect(budget.freezing == nil && budget.path == .unknown)
    #expect(budget.totalVariation == .unknown)
    #expect(agrees(budget.initialization.value, 0.0011187590769802, relative: 1e-8))
    #expect(budget.earlyStopping.isKnown)
  }

  @Test func budgetsAreWrittenAndRead() throws {
    let target = try BudgetTarget.sinusoidalError.make()
    let budget = try Budget(of: Self.plan(.score), for: target, rows: 4096)
    let data = try JSONEncoder().encode(budget)
    #expect(try JSONDecoder().decode(Budget.self, from: data) == budget)
  }

  /// Bounds of the initialization hold, and the matched start leaves only what is not normal.
  @Test(arguments: [BudgetTarget.gm1, .vertices, .cube, .sphere, .circle, .normal3, .affineError])
  func initialBoundsHold(_ name: BudgetTarget) throws {
    let target = try name.make()
    for time in [0.3, 1, 3] {
      let level = OrnsteinUhlenbeck.canonical.level(at: time)
      let statistics = try PathStatistics(of: target, times: [time / 2, time])
      let normality = statistics[1].normality.value
      #expect(normality >= 0)
      for start in InitialLaw.allCases {
        let truth =
          normality
          + (try InitializationDivergence.normalPart(
            of: start, moments: target.moments, at: level))
        let bound = try InitializationDivergence.bound(
          from: start, moments: target.moments, at: level)
        #expect(truth <= bound + 1e-12)
      }
      #expect(
        agrees(
          try InitializationDivergence.bound(from: .process, moments: target.moments, at: level),
          InitializationDivergence.bound(
            secondMoment: target.moments.secondMoment, dimension: target.dimension,
            canonicalTime: time), relative: 1e-9))
      let sharper = try InitializationDivergence.normalityBound(
        moments: target.moments, at: level,
        meanSquareError: statistics[1].meanSquareError.value)
      #expect(normality <= sharper + 1e-9)
    }
  }

  @Test func variationBounds() {
    for divergence in [0, 1e-6, 0.3, 1, 5, 100] {
      let best = TotalVariationBounds.best(divergence)
      #expect(best <= 1 && best <= TotalVariationBounds.pinsker(divergence))
      if best < 1 {
        #expect(
          agrees(
            TotalVariationBounds.divergence(forTotalVariation: best), divergence, relative: 1e-9))
      }
    }
    // Equal normal laws a distance apart: KL = shift^2 / 2, TV = erf(shift / sqrt(8)).
    for shift in [0.1, 1, 3] {
      let (divergence, variation) = (shift * shift / 2, Double.erf(shift / Double(8).squareRoot()))
      #expect(variation <= TotalVariationBounds.best(divergence))
    }
    let estimate = TotalVariationBounds.best(.estimate(0.08, standardError: 0.004))
    #expect(agrees(estimate.value, 0.2) && agrees(estimate.standardError, 0.005))
    #expect(TotalVariationBounds.best(.unknown) == .unknown)
  }
}
