import OrnsteinDiffusion
import OrnsteinNumerics
import OrnsteinTheory
import RealModule
import TestSupport
import Testing

/// Densities that deterministic samplers give to their points.
@Suite struct PushforwardTests {
  static let predictors: [PredictorSpecification] = {
    do {
      return try ["probability-flow", "ddim", "heun", "dpm++2m", "dpm++3m", "unipc", "lms", "ode"]
        .map { try PredictorSpecification(name: $0) }
    } catch {
      fatalError("\(error)")
    }
  }()

  /// A normal law at a point.
  static func logNormal(_ point: [Double], _ law: GaussianLaw) throws -> Double {
    let d = point.count
    let values = try SymmetricEigendecomposition(of: law.covariance, dimension: d)
    return (0..<d).reduce(0) { sum, index in
      let projection = (0..<d).reduce(0) {
        $0 + values.vectors[index * d + $1] * (point[$1] - law.mean[$1])
      }
      return sum - projection * projection / values.values[index] / 2
        - .log(2 * .pi * values.values[index]) / 2
    }
  }

  @Test(arguments: predictors, Targets.Normal.allCases)
  func densitiesOfNormalDataAreThoseOfTheClosedForm(
    predictor: PredictorSpecification, target: Targets.Normal
  ) throws {
    for initialLaw in [InitialLaw.process, .momentMatched] {
      let plan = SamplingPlan(
        grid: GridSpecification(.logSNR, steps: 12, horizon: 3, stop: 0.01), predictor: predictor,
        initialLaw: initialLaw, seed: 5)
      let model = target.model(Double.self)
      let sampler = try plan.makeSampler(for: model)
      let sample = try PushforwardOracle(sampler).draw(rows: 0..<50, threads: 2)
      let drawn = try sampler.draw(rows: 0..<50, threads: 1)
      let law = try GaussianOracle(target.law).law(of: plan)
      for row in 0..<50 {
        let point = (0..<model.dimension).map { sample.points[row, $0] }
        for axis in point.indices { #expect(abs(point[axis] - drawn[row, axis]) < 1e-10) }
        #expect(abs(sample.logDensity[row] - (try Self.logNormal(point, law))) < 1e-8)
      }
    }
  }

  struct Published: Sendable, CustomTestStringConvertible {
    var name: String
    var steps: Int
    var divergence: Double
    var totalVariation: Double

    var testDescription: String { "\(name) \(steps)" }
  }

  /// KL(p || q) and TV of the mixture on the line, by quadrature: time 2 to 0.05, start N(0, 1).
  static let published = [
    Published(
      name: "probability-flow", steps: 10, divergence: 0.00831559683, totalVariation: 0.0451398629),
    Published(
      name: "probability-flow", steps: 20, divergence: 0.00344269749, totalVariation: 0.0264745160),
    Published(
      name: "probability-flow", steps: 40, divergence: 0.00190967853, totalVariation: 0.0180632174),
    Published(name: "ddim", steps: 10, divergence: 0.0126043949, totalVariation: 0.0530130440),
    Published(name: "ddim", steps: 20, divergence: 0.00483494507, totalVariation: 0.0314829091),
    Published(name: "ddim", steps: 40, divergence: 0.00247367956, totalVariation: 0.0219381008),
  ]

  /// False-alarm rate below 1e-4 in all: eighteen means of 20000 terms, each within 5 errors.
  @Test(arguments: published) func divergencesOnTheLineAreThoseOfQuadrature(of row: Published)
    throws
  {
    let plan = SamplingPlan(
      grid: GridSpecification(.logSNR, steps: row.steps, horizon: 2, stop: 0.05),
      predictor: try PredictorSpecification(name: row.name), initialLaw: .process, finish: .none,
      seed: 3)
    let sampler = try plan.makeSampler(for: Targets.gm1)
    let sample = try PushforwardOracle(sampler).draw(rows: 0..<20_000, threads: 2)
    let level = try #require(sampler.program.levels.last)
    let end = try plan.levels().last ?? level
    let reference = Targets.gm1.logDensity(of: sample.points, at: end)
    let ratios = LogRatioSample(zip(reference, sample.logDensity).map { $0 - $1 })
    func isWithin(_ quantity: Quantity, _ truth: Double) -> Bool {
      abs(quantity.value - truth) <= 5 * quantity.standardError
        && quantity.standardError < 0.05 * truth + 1e-9
    }
    #expect(isWithin(ratios.totalVariation, row.totalVariation))
    #expect(isWithin(ratios.divergenceFromReference, row.divergence))
    #expect(abs(ratios.overlap.value - 1) <= 5 * ratios.overlap.standardError)
  }

  @Test func numbersDoNotDependOnThreadsOrOnTheCut() throws {
    let plan = SamplingPlan(
      grid: GridSpecification(.logSNR, steps: 8), predictor: .plannedFlow,
      initialLaw: .momentMatched)
    let oracle = try PushforwardOracle(plan.makeSampler(for: Targets.gm1))
    let whole = try oracle.draw(rows: 0..<100, threads: 1)
    let part = try oracle.draw(rows: 37..<80, threads: 2)
    #expect(Array(whole.logDensity[37..<80]) == part.logDensity)
    #expect(Array(whole.points.elements[37..<80]) == Array(part.points.elements))
  }

  @Test func noiseAndFoldsAreRefused() throws {
    let noisy = try SamplingPlan(predictor: .frozenScore).makeSampler(for: Targets.gm1)
    #expect(throws: OracleError.self) { try PushforwardOracle(noisy) }
    // Each of three Euler steps of a slope of -1000 overshoots and turns the line around.
    let steep = ClosureScore<Double>(dimension: 1) { points, _, score in
      for index in 0..<points.count { score[index] = -1000 * points[index] }
    }
    let coarse = try SamplingPlan(
      grid: GridSpecification(.uniform, steps: 3, horizon: 3, stop: 0.01),
      predictor: try PredictorSpecification(name: "probability-flow-euler"), initialLaw: .process
    ).makeSampler(for: steep)
    #expect(throws: OracleError.notMonotone(step: 3)) {
      _ = try PushforwardOracle(coarse).draw(rows: 0..<20, threads: 1)
    }
  }

  /// P(|x| < 2e-4) is 1.6e-4 under the normal start: 1.6 rows of 10,000.
  @Test func oneReversedRowCountsAsLost() throws {
    let slope = ClosureScore<Double>(dimension: 1) { points, _, score in
      for index in 0..<points.count {
        // A narrow strip of starts is thrown far across.
        score[index] = abs(points[index]) < 2e-4 ? -1e4 * points[index] : -points[index]
      }
    }
    let sampler = try SamplingPlan(
      grid: GridSpecification(.uniform, steps: 1, horizon: 1, stop: 0.5),
      predictor: try PredictorSpecification(name: "probability-flow-euler"), initialLaw: .process
    ).makeSampler(for: slope)
    let drawn = try PushforwardOracle(sampler).draw(rows: 0..<10_000, threads: 2)
    let lost = (0..<10_000).filter { abs(drawn.starts[$0, 0]) < 2e-4 }
    #expect((1...10).contains(lost.count))
    #expect(drawn.logDensity.indices.filter { drawn.logDensity[$0] == .infinity } == lost)
    let ratios = LogRatioSample(drawn.logDensity.map { $0 == .infinity ? -.infinity : 0 })
    #expect(ratios.totalVariation.value == Double(lost.count) / 10_000)
  }

  @Test func ratiosOfNormalLawsGiveTheirDivergences() {
    // q = N(0, 1) by its quantiles, p = N(0.5, 1): KL = 1/8 both ways, TV = 0.1974126513658474.
    let count = 20_000
    let ratios = (0..<count).map { index -> Double in
      let z = quantile((Double(index) + 0.5) / Double(count))
      return z / 2 - 0.125
    }
    let sample = LogRatioSample(ratios)
    #expect(abs(sample.totalVariation.value - 0.1974126513658474) < 1e-4)
    #expect(abs(sample.divergenceFromReference.value - 0.125) < 1e-3)
    #expect(abs(sample.divergenceToReference.value - 0.125) < 1e-3)
    #expect(abs(sample.overlap.value - 1) < 1e-3)
  }

  /// The normal quantile by Newton steps on the distribution function.
  private func quantile(_ probability: Double) -> Double {
    var z = 0.0
    for _ in 0..<60 {
      let gap = .erfc(-z / 2.0.squareRoot()) / 2 - probability
      let density = Double.exp(-z * z / 2) / (2 * .pi).squareRoot()
      z -= max(-0.5, min(0.5, gap / density))
    }
    return z
  }
}
