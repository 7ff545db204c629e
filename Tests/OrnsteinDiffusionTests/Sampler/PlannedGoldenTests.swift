import OrnsteinDiffusion
import OrnsteinNumerics
import RealModule
import Testing
import TestSupport

/// Values of an independent implementation in other arithmetic (NumPy), to 1e-10.
@Suite struct PlannedGoldenTests {
  static func levels(_ deviations: [Double]) -> [NoiseLevel] {
    deviations.enumerated().map { index, sigma in
      NoiseLevel(time: Double(deviations.count - index), alpha: 1, sigma: sigma)
    }
  }

  /// The terms of the last sum of a program with more than one term.
  func lastSum(_ predictor: any Predictor, _ deviations: [Double]) throws -> LinearCombination {
    let program = try SamplingMethod(predictor: predictor, finish: .none)
      .program(along: Self.levels(deviations))
    let sums = program.instructions.compactMap {
      if case .combine(let combination) = $0 { combination } else { nil }
    }
    return try #require(sums.last { $0.output == .position })
  }

  /// Adams coefficients of the method without a plan, the oldest slope first; a step multiplies them
  /// by sqrt(1 + sigma'^2).
  @Test(arguments: [
    (
      [4, 2, 1, 0.5], [-0.09572628491760372, 0.38825584266354685, -0.7786349015951819]
    ),
    ([1, 0.5, 0], [0.3466857539514112, -0.8120903299097998]),
    (
      [3, 2, 1.5, 1, 0.25],
      [0.4120999876035218, -2.882409424884853, 4.611095304820076, -2.875021744675628]
    ),
  ])
  func adamsCoefficients(_ deviations: [Double], _ expected: [Double]) throws {
    let sum = try lastSum(PlannedFlow(), deviations)
    let next = deviations[deviations.count - 1]
    let found = sum.terms.dropFirst().reversed().map {
      $0.coefficient / (1 + next * next).squareRoot()
    }
    #expect(agrees(Array(found), expected))
  }

  /// Steps on .3 N(-1, .04) + .7 N(.5, .09), here in coordinates of mean 0 and variance 1, where the
  /// state w is that of the original ones.
  @Test func stepsOnAMixture() throws {
    let (mean, variance) = (0.05, 0.5475)
    let scale = variance.squareRoot()
    let mixture = try GaussianMixture<Double>(
      weights: [0.3, 0.7], means: [[(-1 - mean) / scale], [(0.5 - mean) / scale]],
      covariances: [.isotropic(0.04 / variance), .isotropic(0.09 / variance)])
    let deviations = [4, 2, 1, 0.5, 0.25, 0].map { $0 / scale }
    let program = try SamplingMethod(predictor: PlannedFlow(), finish: .rescale)
      .program(along: Self.levels(deviations))
    var replay = FlowReplay()
    replay.score = { x, level in mixture.score(of: Batch(rows: [[x]]), at: level)[0, 0] }
    var states: [Double] = []
    let start = 0.7 * (1 + deviations[0] * deviations[0]).squareRoot()
    let end = replay.run(program, from: start, states: &states)
    let w = zip(states, deviations).dropFirst().map { $0 / (1 + $1 * $1).squareRoot() }
    #expect(
      agrees(
        w,
        [
          0.7008359938384381, 0.709112101267248, 0.7503755988176587, 0.7782472024908889,
          0.743140161033788,
        ]))
    #expect(agrees(mean + scale * end, 0.5998735046993764))
  }

  /// From 1 to 0.5 with eta 1/4 the flow goes to sigma'' and noise leads back.
  @Test func aimAndNoiseOfTheDiffusion() throws {
    let sum = try lastSum(PlannedDiffusion(eta: 0.25), [1, 0.5])
    let noise = try #require(sum.noise)
    #expect(agrees(noise.deviation, 0.2705980500730985))
    let aim = 0.42044820762685725
    #expect(agrees(sum.terms[0].coefficient, ((1 + aim * aim) / 2).squareRoot()))
  }

  @Test func ridgeInBackwardDifferences() {
    let columns = [
      [2, 1.5, 3.5, -1.5, -0.2], [1.5, 1.8, 3.2, -1.2, 0.1], [1, 2, 3, -1, 0.5],
    ]
    let target = [0.9, -0.4, 2, 0.3, -1]
    let size = columns.reduce(0) { $0 + $1.reduce(0) { $0 + $1 * $1 } } / 3
    let expected = [
      (0.1, [-0.677909007913181, 0.13019123560040136, 0.809575338512036]),
      (1e-3, [-1.6516904149827258, 1.7448328720778028, 0.1572913502860105]),
    ]
    for (ridge, solution) in expected {
      let found = RidgeFit.solve(columns, target: target, ridge: ridge * ridge * size)
      #expect(agrees(Array(found.reversed()), solution, relative: 1e-9))
    }
    #expect(RidgeFit.solve([[0, 0], [0, 0]], target: [1, 2], ridge: 0) == [0, 0])
  }
}
