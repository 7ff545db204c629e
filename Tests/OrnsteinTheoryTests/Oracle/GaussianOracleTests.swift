import OrnsteinDiffusion
import OrnsteinNumerics
import OrnsteinTheory
import RealModule
import Testing
import TestSupport

@Suite struct GaussianOracleTests {
  let target = Targets.Normal.full3.law

  /// Normal starts of any axes, and errors of the score of any axes, against arithmetic with whole
  /// matrices: for x' = a x + b (score + A x + b_0) + c z the mean and covariance follow from
  /// M = a I + b (A - D^{-1}).
  @Test func startsAndErrorsMayMixTheAxes() throws {
    let levels = try levels(.logSNR, steps: 7, horizon: 2, stop: 0.05)
    let error = AffineScoreError(
      matrix: [0.1, 0.05, 0, -0.02, 0.2, 0.1, 0.03, 0, -0.1], offset: [0.3, -0.2, 0.1])
    let start = GaussianLaw(
      mean: [0.5, 1, -1], covariance: [1, 0.2, 0.1, 0.2, 2, -0.3, 0.1, -0.3, 0.7])
    let oracle = try GaussianOracle(target, scoreError: { _ in error })
    let laws = try oracle.laws(
      along: try program(along: levels, eulerMaruyama), from: start)
    #expect(laws.count == 9)

    let algebra = SystemLinearAlgebra.current
    func times(_ a: [Double], _ b: [Double], columns: Int = 3) -> [Double] {
      algebra.product(a, b, rows: 3, inner: 3, columns: columns)
    }
    var (mean, covariance) = (start.mean, start.covariance)
    for (index, t) in levels.dropLast().enumerated() {
      let step = eulerMaruyama(t, levels[index + 1])
      let noised = target.noised(at: t)
      let precision = inverse(noised.covariance)
      let pull = times(precision, noised.mean, columns: 1)
      var matrix = [Double](repeating: 0, count: 9)
      for i in 0..<9 { matrix[i] = step.score * (error.matrix[i] - precision[i]) }
      for i in 0..<3 { matrix[i * 4] += step.position }
      mean = times(matrix, mean, columns: 1)
      for i in 0..<3 { mean[i] += step.score * (pull[i] + error.offset[i]) }
      covariance = times(times(matrix, covariance), transposed(matrix))
      for i in 0..<3 { covariance[i * 4] += step.noise * step.noise }
      #expect(agrees(laws[index + 1].mean, mean, relative: 1e-11, absolute: 1e-12))
      #expect(agrees(laws[index + 1].covariance, covariance, relative: 1e-11, absolute: 1e-12))
    }
    #expect(laws[8] == laws[7])
  }

  /// An error of the score along the axes of the data alone does not mix them.
  @Test func errorsAlongTheAxesAgreeWithShiftedTargets() throws {
    // On N(m, C) with C = c I, score + k is the score of data whose mean is m + v k / alpha.
    let level = OrnsteinUhlenbeck.canonical.level(at: 0.7)
    let round = GaussianLaw(mean: [1, 2], covariance: [0.5, 0, 0, 0.5])
    let variance = level.alpha * level.alpha * 0.5 + level.sigma * level.sigma
    let shifted = GaussianLaw(
      mean: [1 + variance * 0.3 / level.alpha, 2], covariance: round.covariance)
    let next = OrnsteinUhlenbeck.canonical.level(at: 0.6)
    let program = try program(along: [level, next], frozenNoise)
    let wrong = try GaussianOracle(
      round,
      scoreError: { _ in AffineScoreError(matrix: [0, 0, 0, 0], offset: [0.3, 0]) })
    let start = GaussianLaw(dimension: 2, deviation: 1)
    let law = try wrong.law(after: program, from: start)
    let expected = try GaussianOracle(shifted).law(after: program, from: start)
    #expect(agrees(law.mean, expected.mean, relative: 1e-13))
    #expect(agrees(law.covariance, expected.covariance, relative: 1e-13))
  }

  @Test func errorsHaveAMeanSquare() {
    let error = AffineScoreError(matrix: [2, 0, 0, 1], offset: [1, -1])
    let law = GaussianLaw(mean: [0.5, 2], covariance: [1, 0.3, 0.3, 2])
    // E(2 x + 1)^2 + E(y - 1)^2 = 4 + 4 + 2 + 1.
    #expect(agrees(error.meanSquare(under: law), 4 + 4 + 2 + 1, relative: 1e-14))
  }

  /// Two uses of a noise are the same numbers, however far apart and whatever lies between.
  @Test func sharedNoisesStayTheSame() throws {
    let level = OrnsteinUhlenbeck.canonical.level(at: 0.5)
    var builder = ProgramBuilder()
    let (noise, copy) = (builder.register("noise"), builder.register("copy"))
    builder.begin(step: 0, at: level)
    builder.drawNormals(into: noise)
    builder.combine([(1, .position)], noise: 0.7)
    builder.combine(into: copy, [(2, .position), (-1, noise)])
    builder.combine([(0.5, .position), (0.25, copy), (1, noise)])
    let law = try GaussianOracle(Targets.line).law(
      after: try builder.build(), from: GaussianLaw(mean: 1, variance: 4))
    // x + 0.7 z' - 0.25 z + z.
    #expect(agrees(law.mean[0], 1, relative: 1e-14))
    #expect(agrees(law.covariance[0], 4 + 0.49 + 0.5625, relative: 1e-14))
  }

  @Test func lawsAlongTheWayAreThoseOfShorterRuns() throws {
    let levels = try levels(.uniform, steps: 6, horizon: 2, stop: 0.1)
    let oracle = try GaussianOracle(target)
    let start = oracle.law(of: .process, at: levels[0])
    let laws = try oracle.laws(along: try program(along: levels, frozenNoise), from: start)
    for count in 2...7 {
      let short = try program(along: Array(levels.prefix(count)), frozenNoise)
      let law = try oracle.law(after: short, from: start)
      #expect(agrees(law.mean, laws[count - 1].mean, relative: 1e-14))
      #expect(agrees(law.covariance, laws[count - 1].covariance, relative: 1e-14))
    }
  }

  @Test func startsAreWhatTheySay() throws {
    let oracle = try GaussianOracle(target)
    let level = try VarianceExploding(minimum: 0.01, maximum: 50).level(at: 0.7)
    #expect(
      oracle.law(of: .process, at: level) == GaussianLaw(dimension: 3, deviation: level.scale))
    #expect(oracle.law(of: .exact, at: level) == oracle.exactLaw(at: level))
    #expect(oracle.law(of: .moments(target.moments), at: level) == oracle.exactLaw(at: level))
    #expect(oracle.law(of: .law(target), at: level) == target)
  }

  @Test func whatHasNoClosedFormIsRefused() throws {
    struct Cube: PointOperation {
      var couplesRows: Bool { false }
      var evaluations: Int { 0 }
      func apply<Scalar: BatchScalar>(to chunk: ChunkState<Scalar>) {}
    }
    let level = OrnsteinUhlenbeck.canonical.level(at: 0.5)
    let oracle = try GaussianOracle(Targets.line)
    let start = GaussianLaw(mean: 0, variance: 1)
    var builder = ProgramBuilder()
    builder.begin(step: 3, at: level)
    builder.apply(Cube())
    let cube = try builder.build()
    #expect(throws: OracleError.notAffine(step: 3, operation: "Cube")) {
      try oracle.law(after: cube, from: start)
    }
    builder = ProgramBuilder()
    let empty = builder.register("empty")
    builder.begin(step: 0, at: level)
    builder.combine([(1, .position), (1, empty)])
    let unwritten = try builder.build()
    #expect(throws: OracleError.readsNothing(step: 0, register: 1)) {
      try oracle.law(after: unwritten, from: start)
    }
    #expect(throws: OracleError.self) { try oracle.law(after: cube, from: target) }
    #expect(throws: OracleError.self) {
      try GaussianOracle(GaussianLaw(mean: [0, 0], covariance: [1, 2, 2, 1]))
    }
  }

  private func transposed(_ m: [Double]) -> [Double] {
    (0..<9).map { m[($0 % 3) * 3 + $0 / 3] }
  }

  /// The inverse of a three-by-three matrix by cofactors.
  private func inverse(_ m: [Double]) -> [Double] {
    func cofactor(_ i: Int, _ j: Int) -> Double {
      let (a, b, c, d) = ((i + 1) % 3, (i + 2) % 3, (j + 1) % 3, (j + 2) % 3)
      return m[a * 3 + c] * m[b * 3 + d] - m[a * 3 + d] * m[b * 3 + c]
    }
    let determinant = (0..<3).reduce(0) { $0 + m[$1] * cofactor(0, $1) }
    return (0..<9).map { cofactor($0 % 3, $0 / 3) / determinant }
  }
}
