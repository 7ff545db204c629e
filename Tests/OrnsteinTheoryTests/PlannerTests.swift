import OrnsteinDiffusion
import OrnsteinNumerics
import OrnsteinTheory
import RealModule
import TestSupport
import Testing

/// Plans, and whether what they promise holds.
@Suite struct PlannerTests {
  static let plane: GaussianMixture<Double> = Targets.mixture(
    [0.5, 0.3, 0.2], [[-2, 0], [2, 1], [0, -2]],
    [.full([[0.4, 0.1], [0.1, 0.2]]), .isotropic(0.3), .diagonal([0.5, 0.1])], Double.self)

  static let standard = SamplingPlan(initialLaw: .momentMatched)

  static func planner(_ target: any ExactTarget<Double>) -> Planner {
    Planner(ExactSubject(target), standard: standard, threads: 2)
  }

  /// The error of a plan's law on the line from the masses that the images of 40001 nodes enclose, with
  /// no density: the sampler's map is increasing.
  static func trueError(of plan: SamplingPlan) throws -> Double {
    let sampler = try plan.makeSampler(for: Targets.gm1)
    let start = GaussianLaw(Targets.gm1.moments).noised(at: sampler.levels[0])
    let deviation = start.covariance[0].squareRoot()
    let places = (0...40_000).map { -5 + Double($0) / 4000 }
    let nodes = Batch(places.map { start.mean[0] + deviation * $0 }, dimension: 1)
    let images = try PushforwardOracle(sampler).images(
      of: nodes, logDensity: [Double](repeating: 0, count: nodes.count), threads: 2
    ).points.elements
    func normal(_ x: Double) -> Double { .erfc(-x / 2.0.squareRoot()) / 2 }
    func exact(_ x: Double) -> Double {
      0.3 * normal((x + 2) / 0.5) + 0.5 * normal((x - 0.5) / 0.5.squareRoot())
        + 0.2 * normal(x - 3)
    }
    var distance = normal(places[0]) + exact(images[0])
    for index in 1..<places.count {
      #expect(images[index] > images[index - 1])
      let drawn = normal(places[index]) - normal(places[index - 1])
      distance += abs(drawn - exact(images[index]) + exact(images[index - 1]))
    }
    return distance / 2
  }

  /// False-alarm rate below 1e-3 a case: the plan keeps 3 standard errors.
  @Test(arguments: [0.3, 0.1, 0.03, 0.01]) func plansMeetTheErrorOnTheLine(error: Double) throws {
    let answer = try Self.planner(Targets.gm1).cheapest(error: error, metric: .totalVariation)
    let truth = try Self.trueError(of: answer.plan)
    #expect(truth <= error)
    let whole = try #require(answer.budget.whole)
    #expect(abs(truth - whole.value) <= 5 * whole.standardError + 1e-6)
  }

  @Test(arguments: ["ddpm", "ancestral"]) func pathsMeetTheErrorOnTheLine(name: String) throws {
    let predictor = try PredictorSpecification(name: name)
    let answer = try Self.planner(Targets.gm1).cheapest(
      error: 0.2, metric: .totalVariation, predictor: predictor)
    #expect(answer.plan.predictor == predictor)
    // The law by propagation of densities; steps as short as the last ones need a fine grid.
    let oracle = try DensityOracle(Targets.gm1, grid: DensityGrid(-16...16, count: 12_801))
    var plan = answer.plan
    plan.finish = .none
    let density = try oracle.density(of: plan)
    let end = try #require(try plan.levels().last)
    let atStop = try oracle.compare(density, withNoisedAt: end)
    #expect(atStop.totalVariation + answer.budget.earlyStopping.value <= 0.2)
    let path = try #require(answer.path)
    #expect(atStop.referenceToDensity <= path.path.value)
  }

  @Test func couplingsBoundTheWassersteinDistance() throws {
    // On the line the distance is that of quantiles; a coupling cannot be closer.
    let planner = Self.planner(Targets.gm1)
    let answer = try planner.best(steps: 6, metric: .wasserstein)
    let sampler = try answer.plan.makeSampler(for: Targets.gm1)
    let drawn = try sampler.draw(rows: 0..<20_000, threads: 2).elements.sorted()
    let exact = Targets.gm1.drawExactly(rows: 0..<20_000, key: NoiseKey(seed: 9)).elements.sorted()
    let square = zip(drawn, exact).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } / 20_000
    let whole = try #require(answer.budget.whole)
    // Two samples of one law differ by some 0.02 at this size.
    #expect(square.squareRoot() <= whole.value + 0.03)
    #expect(whole.value > 0)
    let finer = try planner.best(steps: 20, metric: .wasserstein)
    #expect(finer.budget.discretization.value < 0.2 * answer.budget.discretization.value)
  }

  @Test func normalDataCostsWhatTheClosedFormSays() throws {
    let normal = Targets.Normal.full3
    let answer = try Self.planner(normal.model(Double.self)).cheapest(
      error: 1e-3, metric: .divergence)
    let law = try GaussianOracle(normal.law).law(of: answer.plan)
    let truth = try normal.law.klDivergence(to: law)
    #expect(truth <= 1e-3)
    let whole = try #require(answer.budget.whole)
    #expect(abs(whole.value - truth) <= 5 * whole.standardError)
  }

  @Test func partsAreThoseOfTheLaws() throws {
    // From N(0, 1) at time 1 the start costs the divergence of the published curve.
    var standard = Self.standard
    standard.initialLaw = .process
    standard.grid.horizon = 1
    standard.grid.stop = 0.05
    let planner = Planner(ExactSubject(Targets.gm1), standard: standard, threads: 1)
    let answer = try planner.best(
      steps: 40, predictor: try PredictorSpecification(name: "dpm++2m"), metric: .divergence)
    let start = answer.budget.initialization
    #expect(abs(start.value - 0.029719220841528) <= 5 * start.standardError)
    #expect(start.standardError < 0.005)
    let path = try planner.best(
      steps: 40, predictor: try PredictorSpecification(name: "ancestral"), metric: .divergence)
    #expect(agrees(path.budget.initialization.value, 0.029719220841528, relative: 1e-8))
  }

  @Test func moreStepsOrALargerErrorNeverCostMore() throws {
    let planner = Self.planner(Self.plane)
    let steps = try [0.3, 0.1, 0.03, 0.01].map {
      try planner.cheapest(error: $0, metric: .totalVariation).evaluations
    }
    #expect(steps == steps.sorted())
  }

  @Test func impossibleErrorsNameTheReason() throws {
    var standard = Self.standard
    standard.grid.stop = 0.2
    let planner = Planner(ExactSubject(Targets.gm1), standard: standard, threads: 2)
    let failure = #expect(throws: PlannerError.self) {
      try planner.cheapest(error: 0.01, metric: .totalVariation)
    }
    guard case .unreachable(_, _, let part) = failure else {
      Issue.record("\(String(describing: failure))")
      return
    }
    #expect(part == .earlyStopping)
    #expect(throws: PlannerError.self) {
      try planner.cheapest(error: -1, metric: .totalVariation)
    }
    #expect(throws: PlannerError.self) {
      try planner.best(
        steps: 10, predictor: try PredictorSpecification(name: "euler-maruyama"),
        metric: .totalVariation)
    }
  }

  @Test func singularLawsAreComparedAtTheStop() throws {
    let vertices = try CubeVertices<Double>(halfWidth: 1, dimension: 2)
    let answer = try Self.planner(vertices).cheapest(error: 0.1, metric: .totalVariation)
    #expect(answer.budget.reference == .stop)
    #expect(answer.budget.meets(0.1))
    #expect(answer.plan.grid.stop != nil)
  }

  @Test func learnedScoresHaveUnknownParts() throws {
    let float: GaussianMixture<Float> = Targets.mixture(
      [0.3, 0.5, 0.2], [[-2], [0.5], [3]], [.isotropic(0.25), .isotropic(0.5), .identity],
      Float.self)
    let subject = LearnedSubject(float, moments: Targets.gm1.moments)
    let planner = Planner(subject, standard: Self.standard, threads: 2)
    let answer = try planner.best(steps: 20, metric: .totalVariation)
    #expect(!answer.budget.score.isKnown)
    #expect(!answer.budget.total.isKnown)
    // The score is that of an exact law, so the steps cost what they cost there.
    let exact = try Self.planner(Targets.gm1).best(steps: 20, metric: .totalVariation)
    #expect(abs(answer.budget.discretization.value - exact.budget.discretization.value) < 2e-3)
    let path = try planner.best(
      steps: 50, predictor: .frozenScore, metric: .totalVariation)
    #expect(path.plan.grid.stop == nil && !path.budget.total.isKnown)
    let met = try planner.cheapest(error: 0.05, metric: .totalVariation)
    let last = try #require(try met.plan.levels().last)
    #expect(last.canonicalTime < 0.01)
  }

  @Test func comparisonsNameEverySampler() throws {
    let names = ["ode", "dpm++2m", "ddpm", "euler-maruyama"]
    let answers = try Self.planner(Targets.gm1).compare(
      evaluations: 16, predictors: names.map { try PredictorSpecification(name: $0) },
      metric: .totalVariation)
    #expect(answers.map(\.plan.predictor.name) == names)
    #expect(answers.map { $0.budget.total.isKnown } == [true, true, true, false])
    #expect(answers.allSatisfy { $0.evaluations <= 17 })
  }

  @Test func answersSurviveAFile() throws {
    let quantities: [Quantity] = [
      .exact(1.5), .bound(0.25), .estimate(3, standardError: 0.5), .unknown,
    ]
    #expect(quantities.map(\.text) == ["1.5", "<= 0.25", "3.0 ± 0.5", "unknown"])
    #expect((Quantity.exact(1) + .bound(2)).name == "bound")
    #expect(
      (Quantity.estimate(1, standardError: 3) + .estimate(2, standardError: 4)).standardError == 5)
    #expect(!(Quantity.unknown + .exact(1)).isKnown)
  }
}
