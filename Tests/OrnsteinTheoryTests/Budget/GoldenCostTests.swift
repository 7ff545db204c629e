import OrnsteinDiffusion
import OrnsteinNumerics
import OrnsteinTheory
import RealModule
import Testing
import TestSupport

/// Costs of steps and grids against published-precision values made by an independent program.
@Suite struct GoldenCostTests {
  static func cost(
    _ target: any ExactTarget<Double>, _ times: [Double], _ freezing: Freezing
  ) throws -> Double {
    let total = PathCost(try PathStatistics(of: target, times: times), freezing: freezing).total
    #expect(total.certainty == .exact)
    return total.value
  }

  @Test(arguments: [
    (Freezing.score, 0.015064710603834), (.denoiser, 0.093410234773518),
    (.relativeScore, 0.01763597269968), (.noise, 0.01817777544981),
  ])
  func stepsOfAMixture(_ freezing: Freezing, _ expected: Double) throws {
    #expect(agrees(try Self.cost(Targets.gm1, [0.3, 0.5], freezing), expected, relative: 1e-8))
  }

  @Test(arguments: [
    (Freezing.score, 0.079289409963356), (.denoiser, 0.0043913926025393),
    (.relativeScore, 0.010385512429356),
  ])
  func stepsOfANormalLaw(_ freezing: Freezing, _ expected: Double) throws {
    let line = Targets.mixture([1], [[0]], [.isotropic(0.25)], Double.self)
    #expect(agrees(try Self.cost(line, [0.3, 0.5], freezing), expected, relative: 1e-10))
  }

  /// The integrals of a normal law have closed forms of their own.
  @Test func integralsOfANormalLaw() throws {
    let (a, b, c) = (0.3, 0.5, 0.25)
    let line = Targets.mixture([1], [[0]], [.isotropic(c)], Double.self)
    func information(_ t: Double) -> Double { 1 / (1 + (c - 1) * .exp(-2 * t)) }
    let integral = Double.log((.exp(2 * b) + c - 1) / (.exp(2 * a) + c - 1)) / 2
    let expected = integral + information(b) * (b - a - 2 * (1 - .exp(a - b)))
    #expect(agrees(try Self.cost(line, [a, b], .score), expected, relative: 1e-12))
  }

  struct Row: Sendable {
    var steps: Int
    var kind: GridKind
    var costs: [Double]
  }

  static let rows = [
    Row(
      steps: 10, kind: .uniform,
      costs: [0.25713932013047, 1.4414892391908, 0.1017927605503, 0.29079297148357]),
    Row(
      steps: 10, kind: .geometric,
      costs: [0.46737126912517, 0.35240056436811, 0.064724687354516, 0.48351888984323]),
    Row(
      steps: 10, kind: .logSNR,
      costs: [0.30392119773016, 0.46140818652488, 0.067525768381243, 0.31712211906617]),
    Row(
      steps: 10, kind: .karras,
      costs: [0.28005245416826, 0.5324992055785, 0.071421060210847, 0.29436248796144]),
    Row(
      steps: 10, kind: .exponential,
      costs: [0.41530020805921, 0.36551052027851, 0.066288369576573, 0.43083851652293]),
    Row(
      steps: 20, kind: .logSNR,
      costs: [0.15691023015659, 0.21059854738446, 0.032755924783051, 0.16034462509812]),
    Row(
      steps: 40, kind: .logSNR,
      costs: [0.079723245746436, 0.10072940301644, 0.016075875704533, 0.080599935925925]),
    Row(
      steps: 40, kind: .exponential,
      costs: [0.10313946846483, 0.084787392162692, 0.015790819697395, 0.10417155603698]),
  ]

  @Test(arguments: rows) func gridsOfAMixture(_ row: Row) throws {
    let statistics = try PathStatistics(
      of: Targets.gm1, times: canonicalTimes(row.kind, steps: row.steps))
    for (freezing, expected) in zip(
      [Freezing.score, .denoiser, .relativeScore, .noise], row.costs)
    {
      let cost = PathCost(statistics, freezing: freezing).total.value
      #expect(agrees(cost, expected, relative: 1e-8), "\(freezing): \(cost) for \(expected)")
    }
  }

  static let curves: [(t: Double, values: [Double])] = [
    (
      0.05,
      [1.0269677325776, 0.094892679832235, 4.2213803309645, 0.68520903996477, 2.4247868903732]
    ),
    (
      0.2, [0.56267011994278, 0.40059069526849, 1.1310255847785, 0.41464467264913, 1.3390182419374]
    ),
    (
      0.5, [0.53898903149089, 1.132852817698, 0.35872290399977, 0.15866867934225, 0.51386955059521]
    ),
    (1, [0.74326736248841, 2.2829562869535, 0.55745081408687, 0.029719220841528, 0.1019058630653]),
    (
      2,
      [0.95476450213829, 3.3618163815093, 0.91159876354634, 0.0011187590769802, 0.0033009451932389]
    ),
  ]

  @Test func curvesOfAMixture() throws {
    let statistics = try PathStatistics(of: Targets.gm1, times: Self.curves.map(\.t))
    for (index, row) in Self.curves.enumerated() {
      let level = statistics[index]
      let noise = OrnsteinUhlenbeck.canonical.level(at: row.t)
      let divergence =
        try InitializationDivergence.normalPart(
          of: .process, moments: Targets.gm1.moments, at: noise) + level.normality.value
      let values = [
        level.fisherInformation.value, level.meanSquareError.value, level.squaredHessian.value,
        divergence, level.relativeFisherInformation.value,
      ]
      #expect(agrees(values, row.values, relative: 1e-8), "t = \(row.t): \(values)")
      #expect(level.squaredScore == level.fisherInformation)
      #expect(level.squaredScoreError == .exact(0))
    }
  }

  /// A model -0.8 x on the mixture, as the exact score with an affine error at one level only: the
  /// mean square against the true score at another follows from its second moments.
  @Test func aLinearModelOfAMixture() throws {
    let (a, b) = (0.3, 0.5)
    let statistics = try PathStatistics(of: Targets.gm1, times: [a, b])
    let (early, late) = (statistics[0], statistics[1])
    let moments = Targets.gm1.moments.noised(at: late.level)
    let second = moments.secondMoment
    // E<-0.8 X_b, s_a> = -0.8 e^{-h} E<X_b, s_b> = 0.8 e^{-h}.
    let distance =
      0.64 * second + early.fisherInformation.value - 2 * 0.8 * .exp(a - b)
    #expect(agrees(distance, 0.45853381182712, relative: 1e-10))
    let increment =
      early.fisherInformation.value + late.fisherInformation.value * (1 - 2 * .exp(a - b))
    #expect(agrees(increment, 0.16099472470726, relative: 1e-10))
  }

  @Test(arguments: [
    (Freezing.score, 0.3951456553215, [0, 14, 19, 23, 26, 29, 32]),
    (.denoiser, 0.61302101315935, [0, 3, 6, 9, 13, 18, 32]),
    (.relativeScore, 0.09963614052052, [0, 6, 10, 14, 18, 22, 32]),
  ])
  func optimalGrids(_ freezing: Freezing, _ cost: Double, _ places: [Int]) throws {
    let times = try canonicalTimes(.logSNR, steps: 32)
    let grid = OptimalGrid(
      PathCost(try PathStatistics(of: Targets.gm1, times: times), freezing: freezing))
    #expect(agrees(grid.totalCost(steps: 6), cost, relative: 1e-8))
    #expect(grid.places(steps: 6) == places)
  }

  @Test func initialBounds() throws {
    #expect(
      agrees(
        InitializationDivergence.bound(secondMoment: 3.65, dimension: 1, canonicalTime: 2),
        0.033510944940516))
    #expect(
      agrees(EarlyStopping.stop(forRescaledError: 0.1, dimension: 3), 0.0016638950463373))
  }
}
