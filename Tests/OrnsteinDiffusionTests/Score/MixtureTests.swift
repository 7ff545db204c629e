import OrnsteinDiffusion
import OrnsteinNumerics
import RealModule
import Testing
import TestSupport

@Suite struct MixtureTests {
  /// Points of the noised law, far tails included.
  func points(_ mixture: GaussianMixture<Double>, at level: NoiseLevel) throws -> Batch<Double> {
    let drawn = try mixture.noised(at: level).drawExactly(rows: 0..<300, key: NoiseKey(seed: 5))
    var rows = (0..<drawn.count).map(drawn.point)
    rows.append(drawn.point(0).map { 6 * $0 + 3 })
    return Batch(rows: rows)
  }

  @Test(arguments: Targets.files)
  func fullPathAgreesWithTheDiagonalOne(_ file: String) throws {
    let description = try Targets.description(file: file)
    var rewritten = description
    for index in rewritten.components.indices {
      let d = description.dimension
      guard case .isotropic(let variance) = description.components[index].covariance else { return }
      rewritten.components[index].covariance = .full(
        (0..<d).map { i in (0..<d).map { $0 == i ? variance : 0 } })
    }
    let diagonal = try GaussianMixture<Double>(description)
    let full = try GaussianMixture<Double>(rewritten)
    let level = OrnsteinUhlenbeck.canonical.level(at: 0.1)
    let x = try points(diagonal, at: level)
    #expect(
      agrees(
        full.score(of: x, at: level).elements, diagonal.score(of: x, at: level).elements,
        relative: 1e-9, absolute: 1e-9))
    #expect(
      agrees(
        full.logDensity(of: x, at: level), diagonal.logDensity(of: x, at: level), relative: 1e-11))
  }

  @Test(arguments: ProcessSpecification.all)
  func scoresObeyTheCanonicalReduction(of specification: ProcessSpecification) throws {
    let process = try specification.make()
    let mixture = Targets.gm2(Double.self)
    for canonicalTime in [0.001, 0.05, 0.5, 2] {
      let level = process.level(at: process.time(ofCanonicalTime: canonicalTime))
      let x = try points(mixture, at: level)
      let reduced = Batch<Double>(x.elements.map { $0 / level.scale }, dimension: 2)
      let expected = mixture.score(of: reduced, at: level.canonical).elements
        .map { $0 / level.scale }
      // Differences of alpha mu and x carry the rounding of x, weighted by 1 / D.
      let scale = 1e-11 / level.sigma
      #expect(
        agrees(
          mixture.score(of: x, at: level).elements, expected, relative: 1e-9, absolute: scale))
    }
  }

  /// The score is s = E g over components with pulls g_k = (alpha mu_k - x) / D_k.
  ///
  /// Rounding moves a pull by eps (|x| + |mu|) / D and an exponent, which is a sum of pulls times
  /// differences, by eps (|exponent| + |g| (|x| + |mu|)); the score follows exponents by the standard
  /// deviation of the pulls, whose square is H_jj + E 1 / D.
  @Test(arguments: Targets.files)
  func singlePrecisionStaysCloseToDouble(_ file: String) throws {
    let description = try Targets.description(file: file)
    let (double, single) = (
      try GaussianMixture<Double>(description), try GaussianMixture<Float>(description)
    )
    let d = description.dimension
    let reach = description.components.flatMap(\.mean).reduce(0) { max($0, abs($1)) }
    for time in [0.01, 0.1, 1, 4] {
      let level = OrnsteinUhlenbeck.canonical.level(at: time)
      let rounded = try points(double, at: level).converted(to: Float.self)
      let x = rounded.converted(to: Double.self)
      let (expected, score) = (double.score(of: x, at: level), single.score(of: rounded, at: level))
      let logDensity = double.logDensity(of: x, at: level)
      var hessian = [Double](repeating: 0, count: x.count * d * d)
      x.withSpan { x in
        var span = hessian.mutableSpan
        double.hessian(of: x, at: level, into: &span)
      }
      let precision = 1 / (level.sigma * level.sigma)
      for row in 0..<x.count {
        let size = x.point(row).reduce(reach) { max($0, abs($1)) }
        let pulls = (0..<d).map {
          abs(expected[row, $0]) + (hessian[(row * d + $0) * d + $0] + precision).squareRoot()
        }
        let exponent = abs(logDensity[row]) + 20 + size * pulls.reduce(0, +)
        for axis in 0..<d {
          let spread = (hessian[(row * d + axis) * d + axis] + precision).squareRoot()
          let bound = 8 * Double(Float.ulpOfOne) * (size * precision + spread * exponent)
          let error = abs(Double(score[row, axis]) - expected[row, axis])
          #expect(error <= bound, "time \(time), row \(row): \(error / bound) of the bound")
        }
      }
    }
  }

  @Test(arguments: Targets.files)
  func scoreIsTheGradientOfTheLogDensity(_ file: String) throws {
    let mixture = try GaussianMixture<Double>(Targets.description(file: file))
    let level = OrnsteinUhlenbeck.canonical.level(at: 0.3)
    let x = try points(mixture, at: level)
    let score = mixture.score(of: x, at: level)
    let h = 1e-5
    for axis in 0..<mixture.dimension {
      var (up, down) = (x, x)
      for row in 0..<x.count {
        up[row, axis] += h
        down[row, axis] -= h
      }
      let (above, below) = (
        mixture.logDensity(of: up, at: level), mixture.logDensity(of: down, at: level)
      )
      for row in 0..<x.count {
        let slope = (above[row] - below[row]) / (2 * h)
        #expect(agrees(score[row, axis], slope, relative: 1e-6, absolute: 1e-6))
      }
    }
  }

  @Test(arguments: Targets.files)
  func hessianIsTheJacobianOfTheScore(_ file: String) throws {
    let mixture = try GaussianMixture<Double>(Targets.description(file: file))
    let level = OrnsteinUhlenbeck.canonical.level(at: 0.3)
    let (x, d) = (try points(mixture, at: level), mixture.dimension)
    var hessian = [Double](repeating: 0, count: x.count * d * d)
    x.withSpan { x in
      var span = hessian.mutableSpan
      mixture.hessian(of: x, at: level, into: &span)
    }
    let h = 1e-5
    for axis in 0..<d {
      var (up, down) = (x, x)
      for row in 0..<x.count {
        up[row, axis] += h
        down[row, axis] -= h
      }
      let (above, below) = (mixture.score(of: up, at: level), mixture.score(of: down, at: level))
      for row in 0..<x.count {
        for other in 0..<d {
          let slope = (above[row, other] - below[row, other]) / (2 * h)
          #expect(
            agrees(hessian[(row * d + other) * d + axis], slope, relative: 1e-5, absolute: 1e-5))
        }
      }
    }
  }

  @Test func tweedieGivesThePosteriorMean() throws {
    let mixture = Targets.gm2(Double.self)
    let level = try ProcessSpecification.varianceExploding().make().level(at: 0.6)
    let x = try points(mixture, at: level)
    var mean = [Double](repeating: 0, count: 2 * x.count)
    x.withSpan { x in
      var span = mean.mutableSpan
      mixture.posteriorMean(of: x, at: level, into: &span)
    }
    #expect(
      agrees(mixture.denoiser(of: x, at: level).elements, mean, relative: 1e-10, absolute: 1e-12))
  }

  @Test func deadAndPointComponentsAreAllowed() throws {
    let mixture = try GaussianMixture<Double>(
      weights: [0.5, 0, 0.5], means: [[-1], [9], [1]],
      covariances: [.isotropic(0), .isotropic(0), .full([[0]])])
    #expect(!mixture.hasDensity)
    let level = OrnsteinUhlenbeck.canonical.level(at: 0.3)
    let (x, variance) = (0.4, level.sigma * level.sigma)
    // Two points of mass 1/2 at +-1: the denoiser is tanh(alpha x / sigma^2).
    let expected = (level.alpha * .tanh(level.alpha * x / variance) - x) / variance
    let score = mixture.score(of: Batch(rows: [[x]]), at: level)
    #expect(agrees(score[0, 0], expected, relative: 1e-13))
    let drawn = mixture.drawExactly(rows: 0..<1000, key: NoiseKey(seed: 1)).elements
    #expect(drawn.allSatisfy { $0 == 1 || $0 == -1 })
  }

  @Test func scoresDoNotDependOnBatchMates() throws {
    for mixture in [
      Targets.gm2(Float.self), try GaussianMixture(Targets.description(file: "gmm40_d2")),
    ] {
      let level = OrnsteinUhlenbeck.canonical.level(at: 0.2)
      let x = mixture.drawExactly(rows: 0..<301, key: NoiseKey(seed: 3))
      let whole = mixture.score(of: x, at: level)
      for rows in [0..<1, 7..<8, 5..<133, 300..<301] {
        #expect(mixture.score(of: x[rows], at: level) == whole[rows])
      }
    }
  }
}
