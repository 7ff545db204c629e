import OrnsteinDiffusion
import OrnsteinNumerics
import OrnsteinTheory
import RealModule
import Testing
import TestSupport

/// Densities through Langevin steps that are accepted or rejected.
@Suite struct DensityAcceptanceTests {
  static let level = OrnsteinUhlenbeck.canonical.level(at: 0.1)

  /// A level's points after some corrections by MALA.
  func corrected(
    _ step: Double, times: Int, from start: DensityOracle.Start, count: Int = 1201
  ) throws -> PropagatedDensity {
    var builder = ProgramBuilder()
    builder.begin(step: 0, at: Self.level)
    try MetropolisCorrector(step: step, steps: times, unit: .scale)
      .emit(at: 0, of: [Self.level], into: &builder)
    return try DensityOracle(Targets.gm1, grid: DensityGrid(-9...9, count: count))
      .density(after: try builder.build(), from: start, at: Self.level)
  }

  func distance(_ density: PropagatedDensity) throws -> DensityComparison {
    try DensityOracle(Targets.gm1).compare(density, withNoisedAt: Self.level)
  }

  /// The law of the level is kept, whatever the step.
  @Test(arguments: [0.02, 0.5, 3])
  func theLawOfTheLevelIsKept(_ step: Double) throws {
    let kept = try distance(corrected(step, times: 3, from: .exact))
    #expect(kept.totalVariation < 1e-10)
    #expect(abs(kept.referenceToDensity) < 1e-10)
  }

  /// A reversible kernel never leads away from the law that it keeps, and here it leads there.
  @Test func otherLawsComeNearer() throws {
    let start = DensityOracle.Start.law(GaussianLaw(mean: -1, variance: 2))
    var last = Double.infinity
    for times in [1, 2, 4, 8, 64] {
      let now = try distance(corrected(0.7, times: times, from: start, count: 601)).totalVariation
      #expect(now < last)
      last = now
    }
    #expect(last < 1e-3)
  }

  /// Expectations after one step against sums over points and noises, where no density is formed.
  @Test(arguments: [0.1, 1.0])
  func expectationsAreThoseOfPointsAndNoises(_ step: Double) throws {
    let target = Targets.gm1
    let (mean, variance) = (0.4, 1.7)
    let density = try corrected(
      step, times: 1, from: .law(GaussianLaw(mean: mean, variance: variance)), count: 2401)
    let h = step * Self.level.scale * Self.level.scale
    let nodes = (0...600).map { -8 + 16 * Double($0) / 600 }
    let xs = nodes.map { mean + $0 * variance.squareRoot() }
    func values(_ x: [Double]) -> (score: [Double], logDensity: [Double]) {
      let batch = Batch(x, dimension: 1)
      return (
        target.score(of: batch, at: Self.level).elements,
        target.logDensity(of: batch, at: Self.level)
      )
    }
    let here = values(xs)
    for f in [{ $0 }, { $0 * $0 }, { .cos($0) }, { .exp(-$0 * $0) }] as [(Double) -> Double] {
      var expected = 0.0
      for (i, x) in xs.enumerated() {
        let forward = x + h * here.score[i]
        let ys = nodes.map { forward + Double.sqrt(2 * h) * $0 }
        let there = values(ys)
        for (j, y) in ys.enumerated() {
          let back = x - y - h * there.score[j]
          let logRatio =
            there.logDensity[j] - here.logDensity[i]
            + ((y - forward) * (y - forward) - back * back) / (4 * h)
          let share = Double.exp(min(0, logRatio))
          let weight = Double.exp(-(nodes[i] * nodes[i] + nodes[j] * nodes[j]) / 2) / (2 * .pi)
          expected += weight * (16.0 / 600) * (16.0 / 600) * (share * f(y) + (1 - share) * f(x))
        }
      }
      let value = density.integral(of: f)
      #expect(agrees(value, expected, relative: 0, absolute: 3e-5), "\(value) and \(expected)")
    }
  }

  /// Points of the real driver follow the density.
  ///
  /// False-alarm rate 1e-6 for each plan.
  @Test(arguments: ["sampler", "corrector"])
  func driverFollowsTheDensity(_ role: String) throws {
    var plan = SamplingPlan(
      grid: GridSpecification(.logSNR, steps: 6, horizon: 1.5, stop: 0.05), finish: .none, seed: 12)
    if role == "sampler" {
      plan.predictor = try PredictorSpecification(name: "mala", options: ["step": 1.5])
    } else {
      plan.predictor = .frozenScore
      plan.corrector = try CorrectorSpecification(name: "mala", options: ["steps": 2])
    }
    let density = try DensityOracle(Targets.gm1, grid: DensityGrid(-9...9, count: 1201))
      .density(of: plan)
    var (sum, cumulative) = (0.0, [Double]())
    for index in density.points.indices {
      let mass = density.volumes[index] * .exp(density.logDensity[index])
      cumulative.append(sum + mass / 2)
      sum += mass
    }
    let drawn = try plan.makeSampler(for: Targets.gm1).draw(rows: 0..<40_000, threads: 2)
    let p = StatisticalGate.kolmogorovSmirnov(drawn.elements) { x in
      guard let above = density.points.firstIndex(where: { $0 > x }), above > 0 else {
        return x < density.points[0] ? 0 : 1
      }
      let (low, high) = (density.points[above - 1], density.points[above])
      let share = (x - low) / (high - low)
      return cumulative[above - 1] + share * (cumulative[above] - cumulative[above - 1])
    }
    #expect(p > 1e-6, "p-value \(p)")
  }

  /// A model without a density accepts nothing.
  @Test func modelsWithoutDensityAreRefused() throws {
    struct Slope: HessianModel {
      typealias Scalar = Double
      let dimension = 1
      let multiplyAddsPerPoint = 0
      let inner = Targets.gm1
      func score(
        of points: Span<Double>, at level: NoiseLevel, into scores: inout MutableSpan<Double>,
        workspace: Workspace
      ) { inner.score(of: points, at: level, into: &scores, workspace: workspace) }
      func hessian(
        of points: Span<Double>, at level: NoiseLevel, into hessians: inout MutableSpan<Double>
      ) { inner.hessian(of: points, at: level, into: &hessians) }
      func hessianTrace(
        of points: Span<Double>, at level: NoiseLevel, into traces: inout MutableSpan<Double>
      ) { inner.hessianTrace(of: points, at: level, into: &traces) }
      func hessianProduct(
        of points: Span<Double>, with directions: Span<Double>, at level: NoiseLevel,
        into products: inout MutableSpan<Double>
      ) { inner.hessianProduct(of: points, with: directions, at: level, into: &products) }
    }
    let oracle = try DensityOracle(model: Slope(), target: Targets.gm1)
    let plan = SamplingPlan(
      grid: GridSpecification(.logSNR, steps: 2, horizon: 1.5, stop: 0.05),
      predictor: try PredictorSpecification(name: "mala"), finish: .none)
    #expect(throws: OracleError.logDensityMissing(step: 0)) { try oracle.density(of: plan) }
  }
}
