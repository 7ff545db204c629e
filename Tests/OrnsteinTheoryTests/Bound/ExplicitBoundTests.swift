import OrnsteinDiffusion
import OrnsteinTheory
import RealModule
import TestSupport
import Testing

/// Bounds with known constants: tabled values, and never below the exact cost.
@Suite struct ExplicitBoundTests {
  /// The golden bounds of GM1 from T = 2 to 0.05, and the exact costs below them.
  @Test(arguments: [
    (10.0, 3.1292913763121, 0.46140818652488), (20, 1.3227630747609, 0.21059854738446),
    (40, 0.60995005155733, 0.10072940301644),
  ])
  func frozenDenoiserOfAnyLaw(_ steps: Double, _ golden: Double, _ exact: Double) throws {
    let bound = DiscretizationBound.frozenDenoiser(dimension: 1, steps: steps, from: 2, to: 0.05)
    #expect(bound.certainty == .bound)
    #expect(agrees(bound.value, golden))
    let levels = try levels(.logSNR, steps: Int(steps), horizon: 2, stop: 0.05)
    let closed = DiscretizationBound.frozenDenoiser(
      dimension: 1, secondMoment: 3.65, along: levels)
    let curves = DataCurveBounds(dimension: 1, secondMoment: 3.65)
    let summed = DiscretizationBound.frozenDenoiser(along: levels) {
      curves.meanSquaredError(at: $0)
    }
    #expect(exact <= summed.value && summed.value <= closed.value && closed.value <= golden)
    let truth = CurveTruth.gm1
    let sharp = DiscretizationBound.frozenDenoiser(along: levels) { truth.meanSquaredError($0) }
    #expect(exact <= sharp.value && sharp.value <= summed.value)
  }

  /// d = 1, T = 2, 200 equal steps without a stop, on N(0, c): exact costs and their bounds.
  @Test(arguments: [(1.0, 0.019933, 0.020067), (0.25, 0.04136, 0.3203), (0.1, 0.0743, 2.0007)])
  func smoothLaws(_ variance: Double, _ exact: Double, _ bound: Double) throws {
    let levels = try levels(.uniform, steps: 200, horizon: 2, stop: 0)
    let value = DiscretizationBound.smooth(
      lipschitz: max(1, 1 / variance), dimension: 1, along: levels
    ).value
    #expect(agrees(value, bound, relative: 2e-4))
    let cost = zip(levels, levels.dropFirst()).reduce(0.0) { sum, ends in
      let (b, a) = (ends.0.canonicalTime, ends.1.canonicalTime)
      let integral =
        Double.log((.exp(2 * b) + variance - 1) / (.exp(2 * a) + variance - 1)) / 2
      let fisher = 1 / (1 + (variance - 1) * Double.exp(-2 * b))
      return sum + integral + fisher * (b - a + 2 * Double.expMinusOne(-(b - a)))
    }
    #expect(agrees(cost, exact, relative: 1e-3))
    #expect(cost <= value)
  }

  @Test func initializationAndStop() throws {
    let inputs = try BoundInputs([
      .dimension: 1, .secondMoment: 3.65, .horizon: 2, .stop: 0.05, .steps: 10,
    ])
    let evaluation = try #require(ExplicitBound.denoiserAny.evaluate(inputs))
    #expect(agrees(evaluation.initialization.value, 0.033510944940516))
    #expect(0.0011187590769802 <= evaluation.initialization.value)
    #expect(
      agrees(WassersteinBound.stop(forSmoothing: 0.1, dimension: 3), 0.0016638950463373))
    #expect(
      agrees(WassersteinBound.smoothing(dimension: 3, stop: 0.0016638950463373), 0.1))
    #expect(
      agrees(WassersteinBound.divergence(forDistance: 0.1, supportRadius: 2), 1e-4 / 128))
  }

  /// The exact cost of every frozen quantity is below every bound that is about it.
  @Test(arguments: CurveTruth.all)
  func noExactCostExceedsItsBound(_ truth: CurveTruth) throws {
    for (horizon, stop) in [(2.0, 0.05), (3, 0.002)] {
      for steps in [3, 12, 60] {
        let inputs = try BoundInputs([
          .dimension: truth.dimension, .secondMoment: truth.secondMoment,
          .lipschitz: truth.lipschitz(stop), .horizon: horizon, .stop: stop,
          .steps: Double(steps),
          .fisherInformation: truth.relativeFisher(at: stop) * .exp(2 * stop),
        ])
        for bound in ExplicitBound.allCases {
          let times = try levels(bound.grid, steps: steps, horizon: horizon, stop: stop)
            .map(\.canonicalTime).reversed()
          let exact = truth.cost(bound, along: Array(times))
          let evaluation = try #require(bound.evaluate(inputs))
          #expect(evaluation.discretization.certainty == .bound)
          #expect(
            exact <= evaluation.discretization.value * (1 + 1e-9),
            "\(bound) on \(truth), T \(horizon), stop \(stop), \(steps) steps")
        }
      }
    }
  }

  /// The bound by the Hessian is above the exact cost, and by the exact Hessian it is exact to leading
  /// order.
  @Test func hessianBoundIsSharp() throws {
    let levels = try levels(.uniform, steps: 400, horizon: 2, stop: 0.05)
    let truth = CurveTruth.normal(mean: 0, variance: 0.25, dimension: 2)
    let cost = truth.cost(.scoreAny, along: levels.map(\.canonicalTime).reversed())
    func variance(_ time: Double) -> Double { 1 - 0.75 * .exp(-2 * time) }
    let bound = DiscretizationBound.frozenScore(
      along: levels, squaredHessian: { 2 / (variance($0) * variance($0)) },
      fisherInformation: { 2 / variance($0) })
    #expect(cost <= bound.value && bound.value <= 1.03 * cost)
  }

  /// Marginal divergences of real runs on normal data are below the whole bound.
  @Test(arguments: ExplicitBound.allCases)
  func divergenceOfRunsIsBounded(_ bound: ExplicitBound) throws {
    let oracle = try GaussianOracle(Targets.line)
    for steps in [5, 20, 80] {
      let inputs = try BoundInputs([
        .dimension: 1, .secondMoment: 2.5, .lipschitz: 4, .horizon: 3, .stop: 0.01,
        .steps: Double(steps), .fisherInformation: 2.25 + 2.25,
      ])
      let evaluation = try #require(bound.evaluate(inputs))
      let plan = SamplingPlan(
        grid: GridSpecification(bound.grid, steps: steps, horizon: 3, stop: 0.01),
        predictor: bound.sampler, initialLaw: .process, finish: .none)
      let stop = OrnsteinUhlenbeck.canonical.level(at: 0.01)
      let law = try oracle.law(of: plan)
      let divergence = try oracle.exactLaw(at: stop).klDivergence(to: law)
      #expect(divergence <= evaluation.divergence.value)
      #expect(evaluation.totalVariation.value <= (evaluation.divergence.value / 2).squareRoot())
      let distance = try Targets.line.wassersteinDistance(to: oracle.exactLaw(at: stop))
      #expect(distance <= evaluation.earlyStopping.value)
    }
  }

  /// A constant score error of size e adds no more than the bound says, on normal data.
  @Test(arguments: ExplicitBound.allCases)
  func scoreErrorsAreBounded(_ bound: ExplicitBound) throws {
    let error = 0.3
    let oracle = try GaussianOracle(Targets.line) { _ in
      AffineScoreError(matrix: [0], offset: [error])
    }
    let inputs = try BoundInputs([
      .dimension: 1, .secondMoment: 2.5, .lipschitz: 4, .horizon: 3, .stop: 0.01, .steps: 40,
      .fisherInformation: 4.5, .scoreError: error,
    ])
    let evaluation = try #require(bound.evaluate(inputs))
    #expect(!evaluation.assumesExactScore && evaluation.score.value >= 0)
    let plan = SamplingPlan(
      grid: GridSpecification(bound.grid, steps: 40, horizon: 3, stop: 0.01),
      predictor: bound.sampler, initialLaw: .process, finish: .none)
    let stop = OrnsteinUhlenbeck.canonical.level(at: 0.01)
    let divergence = try oracle.exactLaw(at: stop).klDivergence(to: oracle.law(of: plan))
    #expect(divergence <= evaluation.divergence.value)
    let levels = try levels(.logSNR, steps: 40, horizon: 3, stop: 0.01)
    let exact = zip(levels, levels.dropFirst()).reduce(0.0) { sum, ends in
      func ratio(_ level: NoiseLevel) -> Double { CurveTruth.ratio(at: level.canonicalTime) }
      let factor = pow4(ends.0.sigma) / (ends.0.alpha * ends.0.alpha)
      return sum + (ratio(ends.1) - ratio(ends.0)) / 2 * factor * error * error
    }
    if bound == .denoiserAny { #expect(agrees(evaluation.score.value, exact, relative: 1e-9)) }
  }

  private func pow4(_ x: Double) -> Double { x * x * x * x }
}
