import OrnsteinDiffusion
import OrnsteinNumerics
import RealModule
import Testing
import TestSupport

/// The exact score of mixtures in phase space.
@Suite struct PhaseSpaceMixtureTests {
  static let process = PhaseSpaceProcessTests.process()

  func velocityScore<Scalar>(
    _ target: GaussianMixture<Scalar>, _ x: [Double], _ v: [Double], _ time: Double
  ) -> [Double] {
    var score = [Scalar](repeating: 0, count: x.count)
    let (positions, velocities) = (x.map { Scalar($0) }, v.map { Scalar($0) })
    score.withUnsafeMutableBufferPointer { buffer in
      var span = MutableSpan(_unsafeElements: buffer)
      positions.withUnsafeBufferPointer { positions in
        velocities.withUnsafeBufferPointer { velocities in
          target.velocityScore(
            of: Span(_unsafeElements: positions), Span(_unsafeElements: velocities), at: time,
            of: Self.process, into: &span, workspace: Workspace())
        }
      }
    }
    return score.map { Double($0) }
  }

  @Test func scoresAreGradients() {
    let target = Targets.gm2(Double.self)
    for time in [0.02, 0.1, 0.4, 1] {
      let (x, v) = ([0.3, -0.7], [0.2, -0.4])
      let law = PhaseSpaceMixture(target, at: time, of: Self.process)
      let exact = law.score(x: x, v: v)
      let h = 1e-5
      for i in 0..<2 {
        func density(_ dx: Double, _ dv: Double) -> Double {
          var (x, v) = (x, v)
          x[i] += dx
          v[i] += dv
          return law.score(x: x, v: v).logDensity
        }
        #expect(
          agrees((density(h, 0) - density(-h, 0)) / (2 * h), exact.position[i], relative: 1e-6))
        #expect(
          agrees((density(0, h) - density(0, -h)) / (2 * h), exact.velocity[i], relative: 1e-6))
      }
      #expect(agrees(velocityScore(target, x, v, time), exact.velocity, relative: 1e-12))
      #expect(
        agrees(
          velocityScore(Targets.fullGM2(Double.self), x, v, time), exact.velocity,
          relative: 1e-11))
      #expect(
        agrees(velocityScore(Targets.gm2(Float.self), x, v, time), exact.velocity, relative: 1e-5))
    }
  }

  /// One dimension: the density integrates to 1, and its means are those of the flow.
  @Test func densityIntegratesToOne() {
    let target = Targets.gm1(Double.self)
    for time in [0.05, 0.5] {
      let law = PhaseSpaceMixture(target, at: time, of: Self.process)
      let flow = Self.process.flow(over: time)
      let (width, height) = (0.1, 0.05)
      var (sum, x, v) = (0.0, 0.0, 0.0)
      for i in -100...100 {
        for j in -100...100 {
          let place = (x: Double(i) * width, v: Double(j) * height)
          let density = Double.exp(law.score(x: [place.x], v: [place.v]).logDensity)
          sum += density
          x += density * place.x
          v += density * place.v
        }
      }
      let mean = target.moments.mean[0]
      #expect(agrees(sum * width * height, 1))
      #expect(agrees(x * width * height, flow.xx * mean))
      #expect(agrees(v * width * height, flow.vx * mean))
    }
  }

  /// A product of mixtures has the scores of its factors side by side, so the path cost of a scheme
  /// that freezes the score is a sum over coordinates, point by point.
  @Test func productsHaveTheScoresOfTheirFactors() {
    let parts = [(0.4, -1.0, 0.3), (0.6, 1.2, 0.1)]
    let line = Targets.make(
      parts.map(\.0), parts.map { [$0.1] }, parts.map { .isotropic($0.2) }, Double.self)
    let product = Targets.make(
      parts.flatMap { a in parts.flatMap { b in parts.map { a.0 * b.0 * $0.0 } } },
      parts.flatMap { a in parts.flatMap { b in parts.map { [a.1, b.1, $0.1] } } },
      parts.flatMap { a in parts.flatMap { b in parts.map { .diagonal([a.2, b.2, $0.2]) } } },
      Double.self)
    let (x, v) = ([0.3, -1.1, 2], [0.1, 0.5, -0.6])
    for time in [0.05, 0.3, 1] {
      let whole = PhaseSpaceMixture(product, at: time, of: Self.process).score(x: x, v: v)
      let factor = PhaseSpaceMixture(line, at: time, of: Self.process)
      let factors = (0..<3).map { factor.score(x: [x[$0]], v: [v[$0]]) }
      #expect(agrees(whole.velocity, factors.map { $0.velocity[0] }, relative: 1e-10))
      #expect(agrees(whole.logDensity, factors.reduce(0) { $0 + $1.logDensity }))
    }
  }

  /// A point mass has a score at any time above 0, that of its normal law.
  @Test func pointMassesHaveScores() {
    let target = Targets.make([1], [[0.7]], [.isotropic(0)], Double.self)
    for time in [1e-4, 0.01, 0.25, 1] {
      let score = PhaseSpaceMixture(target, at: time, of: Self.process)
        .score(x: [0.71], v: [0.02])
      #expect(score.velocity[0].isFinite)
      let law = Self.process.law(mean: 0.7, variance: 0, at: time)
      let (dx, dv) = (0.71 - law.mean.x, 0.02 - law.mean.v)
      let c = law.covariance
      let expected = -(-c.xv * dx + c.xx * dv) / c.determinant
      #expect(agrees(score.velocity[0], expected, relative: 1e-6))
    }
  }
}
