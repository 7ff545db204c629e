import OrnsteinDiffusion
import OrnsteinNumerics
import RealModule
import TestSupport
import Testing

/// Conditional and marginal laws against quadrature, the product rule, matrix algebra and draws.
@Suite struct ConditionalMixtureTests {
  static let clean = NoiseLevel(time: 0, alpha: 1, sigma: 0)

  /// A mixture of five dimensions with all kinds of covariances, drawn from a seed.
  static func mixture(seed: UInt64, _ kinds: [Int] = [0, 1, 2, 3, 3, 3]) throws
    -> GaussianMixture<Double>
  {
    let d = 5
    let numbers = normals(kinds.count * (2 * d + d * d), seed: seed)
    var place = 0
    func next() -> Double {
      place += 1
      return numbers[place - 1]
    }
    var means: [[Double]] = []
    var covariances: [MixtureCovariance] = []
    for kind in kinds {
      means.append((0..<d).map { _ in 1.5 * next() })
      switch kind {
      case 0: covariances.append(.identity)
      case 1: covariances.append(.isotropic(0.2 + abs(next())))
      case 2: covariances.append(.diagonal((0..<d).map { _ in 0.2 + abs(next()) }))
      default:
        let root = (0..<d * d).map { _ in next() }
        var rows = [[Double]](repeating: [Double](repeating: 0, count: d), count: d)
        for i in 0..<d {
          for j in 0..<d {
            rows[i][j] = i == j ? 0.1 : 0
            for k in 0..<d { rows[i][j] += root[i * d + k] * root[j * d + k] / 2 }
          }
        }
        covariances.append(.full(rows))
      }
    }
    let weights = kinds.indices.map { 1 + Double($0) }
    let total = weights.reduce(0, +)
    return try GaussianMixture(
      weights: weights.map { $0 / total }, means: means, covariances: covariances)
  }

  static func normals(_ count: Int, seed: UInt64) -> [Double] {
    var numbers = [Double](repeating: 0, count: count)
    numbers.withUnsafeMutableBufferPointer {
      DoubleKernels.normals(into: $0, stream: NoiseKey(seed: seed).stream(.test), first: 0)
    }
    return numbers
  }

  static func logDensity(_ mixture: GaussianMixture<Double>, _ point: [Double]) -> Double {
    mixture.logDensity(of: Batch(rows: [point]), at: clean)[0]
  }

  /// p(x) = p(x_o) p(x_m | x_o) at points near and far, for every choice of observed coordinates.
  @Test(arguments: [1, 2, 3] as [UInt64]) func productRule(seed: UInt64) throws {
    let mixture = try Self.mixture(seed: seed)
    for mask in 1..<31 {
      let observed = (0..<5).filter { mask >> $0 & 1 == 1 }
      let missing = (0..<5).filter { mask >> $0 & 1 == 0 }
      let marginal = try mixture.marginal(of: observed)
      let regression = try MixtureRegression(of: mixture, on: observed.reversed())
      #expect(regression.observed == observed)
      #expect(regression.missing == missing)
      for scale in [0.5, 2, 20] {
        let point = Self.normals(5, seed: seed + UInt64(mask) * 100).map { scale * $0 }
        let given = Dictionary(uniqueKeysWithValues: observed.map { ($0, point[$0]) })
        let conditional = try mixture.conditional(on: given)
        let whole = Self.logDensity(mixture, point)
        let first = Self.logDensity(marginal, observed.map { point[$0] })
        let second = Self.logDensity(conditional, missing.map { point[$0] })
        // Far out, a component that the other coordinates would bring back has the weight 0.
        if scale < 20 {
          #expect(agrees(first + second, whole, relative: 1e-10, absolute: 1e-10))
        }
        let found = try regression.point(given: observed.map { point[$0] })
        #expect(agrees(found.logDensity, first, relative: 1e-10, absolute: 1e-10))
        #expect(agrees(found.probabilities.reduce(0, +), 1))
        #expect(agrees(found.mean, conditional.moments.mean, relative: 1e-10, absolute: 1e-12))
        let m = missing.count
        let variances = (0..<m).map { conditional.moments.covariance[$0 * m + $0] }
        #expect(agrees(found.variances, variances, relative: 1e-9, absolute: 1e-12))
      }
    }
  }

  /// Equal covariances are factored once, which must not show.
  @Test func tiedCovariancesAreFactoredOnce() throws {
    let free = try Self.mixture(seed: 4, [3])
    let covariance = free.description.components[0].covariance
    let tied = try GaussianMixture<Double>(
      weights: [0.2, 0.5, 0.3], means: [[0, 1, 2, 3, 4], [1, 1, 0, 0, -1], [-2, 0, 1, 0.5, 0]],
      covariances: [covariance, covariance, covariance])
    let point = [0.3, -0.2, 1, 0.7, 0.1]
    let marginal = Self.logDensity(try tied.marginal(of: [4, 1]), [point[4], point[1]])
    let conditional = try tied.conditional(on: [1: point[1], 4: point[4]])
    let rest = Self.logDensity(conditional, [point[0], point[2], point[3]])
    #expect(agrees(marginal + rest, Self.logDensity(tied, point), absolute: 1e-11))
  }

  /// Bayes' rule with the evidence by the trapezoidal rule, which converges geometrically here.
  @Test(arguments: [-3.0, -0.4, 0.9, 2.5]) func bayesByQuadrature(value: Double) throws {
    for (mixture, given) in [
      (Targets.gm2(Double.self), 0), (Targets.gm2(Double.self), 1),
      (Targets.gaussian(Double.self), 1),
    ] {
      func joint(_ other: Double) -> Double {
        .exp(Self.logDensity(mixture, given == 0 ? [value, other] : [other, value]))
      }
      let step = 0.02
      let grid = stride(from: -15.0, through: 15, by: step).map { $0 }
      let masses = grid.map { step * joint($0) }
      let evidence = masses.reduce(0, +)
      let mean = zip(grid, masses).reduce(0) { $0 + $1.0 * $1.1 } / evidence
      let square = zip(grid, masses).reduce(0) { $0 + ($1.0 - mean) * ($1.0 - mean) * $1.1 }
      let law = try mixture.conditional(on: [given: value])
      let moments = try mixture.conditionalMoments(on: [given: value])
      #expect(agrees(moments.mean[0], mean, relative: 1e-9, absolute: 1e-10))
      #expect(agrees(moments.covariance[0], square / evidence, relative: 1e-9))
      for other in [-2.0, 0.1, 1.4] {
        let density = Double.exp(Self.logDensity(law, [other]))
        #expect(agrees(density, joint(other) / evidence, relative: 1e-9, absolute: 1e-300))
      }
      let marginal = Self.logDensity(try mixture.marginal(of: [given]), [value])
      #expect(agrees(.exp(marginal), evidence, relative: 1e-9))
    }
  }

  /// A correlated normal law by the formulas of school.
  @Test func normalLaw() throws {
    let law = try Targets.gaussian(Double.self).conditional(on: [0: 2])
    #expect(agrees(law.moments.mean, [-0.5 + 0.1 / 0.25 * 0.5]))
    #expect(agrees(law.moments.covariance, [0.6 - 0.1 * 0.1 / 0.25]))
  }

  @Test func marginalsKeepMomentsAndOrder() throws {
    let mixture = try Self.mixture(seed: 7)
    let moments = mixture.moments
    let part = try mixture.marginal(of: [3, 0]).moments
    #expect(agrees(part.mean, [moments.mean[3], moments.mean[0]]))
    #expect(
      agrees(
        part.covariance,
        [(3, 3), (3, 0), (0, 3), (0, 0)].map { moments.covariance[$0.0 * 5 + $0.1] }))
    let again = try mixture.marginal(of: [4, 2, 0]).marginal(of: [2, 0])
    #expect(again.description == (try mixture.marginal(of: [0, 4]).description))
  }

  /// Diagonal kinds stay what they are.
  @Test func kindsAreKept() throws {
    let law = try Self.mixture(seed: 5).conditional(on: [1: 0.3, 2: 0])
    let kinds = law.description.components.map { component in
      switch component.covariance {
      case .identity: "identity"
      case .isotropic: "isotropic"
      case .diagonal: "diagonal"
      case .full: "full"
      }
    }
    #expect(kinds == ["identity", "isotropic", "diagonal", "full", "full", "full"])
    let mixture = try Self.mixture(seed: 5)
    let same = try mixture.conditional(on: [:])
    #expect(same.description == mixture.description)
  }

  /// Draws of the conditional law, and joint draws that happen to have the value, have one law.
  ///
  /// Each test fails for right code with probability 1e-6.
  @Test func drawsAgreeWithRejection() throws {
    let mixture = Targets.gm2(Double.self)
    let (value, halfWidth) = (0.4, 0.01)
    let law = try mixture.conditional(on: [1: value])
    let components = law.description.components
    func distribution(_ x: Double) -> Double {
      components.reduce(0) { sum, component in
        let deviation = component.covariance.matrixEntry.squareRoot()
        return sum + component.weight
          * StatisticalGate.normalDistribution((x - component.mean[0]) / deviation)
      }
    }
    let drawn = law.drawExactly(rows: 0..<100_000, key: NoiseKey(seed: 21)).elements
    #expect(StatisticalGate.kolmogorovSmirnov(drawn, distribution: distribution) > 1e-6)
    let joint = mixture.drawExactly(rows: 0..<1_000_000, key: NoiseKey(seed: 22))
    let kept = (0..<joint.count).filter { abs(joint[$0, 1] - value) < halfWidth }
      .map { joint[$0, 0] }
    #expect(kept.count > 2000)
    #expect(StatisticalGate.kolmogorovSmirnov(kept, distribution: distribution) > 1e-6)
    // Draws through the point, as imputation makes them.
    let point = try MixtureRegression(of: mixture, on: [1]).point(given: [value])
    let normals = Self.normals(50_000, seed: 23)
    var uniforms = [Double](repeating: 0, count: 50_000)
    uniforms.withUnsafeMutableBufferPointer {
      DoubleKernels.uniforms(
        into: $0, stream: NoiseKey(seed: 24).stream(.test, step: 1), first: 0)
    }
    let singles = normals.indices.map { row -> Double in
      var point1 = [normals[row]]
      point.draw(uniform: uniforms[row], normals: &point1)
      return point1[0]
    }
    #expect(StatisticalGate.kolmogorovSmirnov(singles, distribution: distribution) > 1e-6)
  }

  /// Draws of several missing coordinates have their covariance; fails for right code with
  /// probability 1e-6.
  @Test func drawsHaveTheConditionalCovariance() throws {
    let mixture = try Self.mixture(seed: 9, [3])
    let point = try MixtureRegression(of: mixture, on: [0, 3]).point(given: [0.5, -1])
    let moments = try mixture.conditionalMoments(on: [0: 0.5, 3: -1])
    let rows = 100_000
    let normals = Self.normals(3 * rows, seed: 25)
    let drawn = (0..<rows).flatMap { row -> [Double] in
      var values = Array(normals[3 * row..<3 * row + 3])
      point.draw(uniform: 0.5, normals: &values)
      return values
    }
    let findings = StatisticalGate.deviations(
      of: Batch(drawn, dimension: 3), fromGaussianWithMean: moments.mean,
      covariance: moments.covariance, falseAlarmRate: 1e-6)
    #expect(findings.isEmpty, "\(findings)")
  }
}

extension MixtureCovariance {
  /// The variance of a law of one dimension.
  fileprivate var matrixEntry: Double {
    switch self {
    case .identity: 1
    case .isotropic(let variance): variance
    case .diagonal(let variances): variances[0]
    case .full(let rows): rows[0][0]
    }
  }
}
