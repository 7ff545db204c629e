import OrnsteinLearning
import RealModule
import TestSupport
import Testing

/// The generator, its eigenvalues, and how noise stability bounds the tails of Hermite expansions.
@Suite struct NoiseStabilityTests {
  /// tanh(y / 2) under N(0, 2): the posterior mean of two points +-1 at tau^2 = 2.
  static func hyperbolicTangent() throws -> HermiteExpansion {
    try HermiteExpansion(dimension: 1, variance: 2, degree: 255, nodes: 400) { .tanh($0[0] / 2) }
  }

  /// Values of the part of degree below 60.
  @Test func hyperbolicTangentHasItsGoldenValues() throws {
    let f = try Self.hyperbolicTangent().truncated(belowDegree: 60)
    #expect(agrees(f.coefficients[1], 0.51358840799438))
    #expect(agrees(f.coefficients[3], -0.0937126077856))
    #expect(agrees(f.coefficients[5], 0.030526197239822))
    #expect(agrees(f.coefficients[7], -0.012208723194205))
    let tails = [
      (2, 0.099515099912), (4, 0.033484358326), (8, 0.0063482763470), (16, 0.00053583644927),
    ]
    for (degree, tail) in tails { #expect(agrees(f.tail(fromDegree: degree), tail)) }
    #expect(agrees(f.generated().norm, 0.30712065831849))
    #expect(agrees(f.generated(times: 2).norm, 0.38231350098828))
    #expect(agrees(f.generated(times: 4).norm, 7.1752811689801))
    let bounds = [(1, 0.0383900822898), (2, 0.0059736484529), (4, 0.0017517776291)]
    for (m, bound) in bounds {
      #expect(agrees(f.noiseStabilityBound(degree: 16, times: m), bound))
    }
  }

  /// 𝓛^m tanh(y / 2) by hand: a polynomial in T = tanh(y / 2) and y, as T' = (1 - T^2) / 2.
  @Test func theWholeHyperbolicTangentHasTheNormsOfItsDerivatives() throws {
    typealias Polynomial = [[Int]: Double]
    func derivative(_ p: Polynomial) -> Polynomial {
      var result: Polynomial = [:]
      for (powers, c) in p {
        let (a, b) = (powers[0], powers[1])
        if a > 0 {
          result[[a - 1, b], default: 0] += c * Double(a) / 2
          result[[a + 1, b], default: 0] -= c * Double(a) / 2
        }
        if b > 0 { result[[a, b - 1], default: 0] += c * Double(b) }
      }
      return result
    }
    let f = try Self.hyperbolicTangent()
    var exact: Polynomial = [[1, 0]: 1]
    for m in 1...4 {
      let slope = derivative(exact)
      var next = derivative(slope)
      for (powers, c) in slope { next[[powers[0], powers[1] + 1], default: 0] -= c / 2 }
      exact = next
      var square = 0.0
      // The trapezoid rule is exact to rounding for analytic functions that vanish at the ends.
      for y in stride(from: -24.0, through: 24.0, by: 0.01) {
        let t = Double.tanh(y / 2)
        let value = exact.reduce(0) { sum, term in
          sum + term.value * Double.pow(t, term.key[0]) * Double.pow(y, term.key[1])
        }
        square += 0.01 * value * value * Double.exp(-y * y / 4) / (4 * Double.pi).squareRoot()
      }
      #expect(agrees(f.generated(times: m).norm, square.squareRoot()))
    }
  }

  @Test func polynomialsAreEigenfunctionsOfTheGenerator() {
    let variance = 1.7
    let basis = HermiteBasis(dimension: 3, degree: 5)
    let generator = OrnsteinUhlenbeckGenerator(variance: variance)
    let point = [0.4, -1.3, 0.9]
    for function in 0..<basis.count {
      let polynomial = { (y: [Double]) in
        basis.values(at: y.map { $0 / variance.squareRoot() })[function]
      }
      let expected =
        -Double(basis.totalDegree(function)) / variance * polynomial(point)
      #expect(abs(generator.value(of: polynomial, at: point) - expected) < 1e-7)
    }
  }

  @Test func theGeneratorOfAnExpansionIsThatOfItsFunction() throws {
    let f = { (y: [Double]) in Double.sin(0.7 * y[0]) * Double.exp(-0.2 * y[1]) }
    let variance = 0.8
    let expansion = try HermiteExpansion(
      dimension: 2, variance: variance, degree: 24, nodes: 40, of: f)
    let generator = OrnsteinUhlenbeckGenerator(variance: variance)
    // By hand: second derivatives less y / tau^2 times first ones.
    let exact = { (y: [Double]) in
      let (a, b) = (0.7 * y[0], Double.exp(-0.2 * y[1]))
      return (-0.49 + 0.04 + 0.2 * y[1] / variance) * .sin(a) * b
        - 0.7 * y[0] / variance * .cos(a) * b
    }
    for point in [[0.1, 0.5], [-0.9, 1.1], [0.6, -0.8]] {
      #expect(agrees(expansion.generated()(point), exact(point), relative: 1e-9, absolute: 1e-9))
      #expect(agrees(generator.value(of: f, at: point), exact(point), relative: 1e-8))
      let twice = generator.applied(times: 2, to: f)(point)
      #expect(agrees(expansion.generated(times: 2)(point), twice, relative: 1e-4, absolute: 1e-4))
    }
  }

  /// A posterior mean of points mu_i with weights, along a direction.
  static func posteriorMean(
    _ points: [[Double]], _ weights: [Double], variance: Double
  ) -> ([Double]) -> Double {
    { y in
      var (top, bottom) = (0.0, 0.0)
      for (mu, weight) in zip(points, weights) {
        let inner = zip(y, mu).reduce(0) { $0 + $1.0 * $1.1 }
        let square = mu.reduce(0) { $0 + $1 * $1 }
        let mass = weight * .exp((inner - square / 2) / variance)
        top += mass * mu[0]
        bottom += mass
      }
      return top / bottom
    }
  }

  struct Function: Sendable, CustomTestStringConvertible {
    var name: String
    var dimension: Int
    var variance: Double
    var degree: Int
    var nodes: Int
    var value: @Sendable ([Double]) -> Double
    var testDescription: String { name }
  }

  static let functions: [Function] = [
    Function(name: "tanh", dimension: 1, variance: 2, degree: 120, nodes: 200) {
      .tanh($0[0] / 2)
    },
    Function(name: "sine", dimension: 1, variance: 1, degree: 60, nodes: 100) { .sin(2 * $0[0]) },
    Function(name: "bell", dimension: 1, variance: 0.5, degree: 80, nodes: 120) {
      .exp(-$0[0] * $0[0] / 2)
    },
    Function(name: "cubic", dimension: 1, variance: 3, degree: 8, nodes: 20) {
      $0[0] * $0[0] * $0[0] - $0[0]
    },
    Function(name: "logistic", dimension: 1, variance: 1, degree: 80, nodes: 120) {
      1 / (1 + .exp(-$0[0] - 0.3))
    },
    Function(name: "three points", dimension: 1, variance: 2, degree: 120, nodes: 200) {
      posteriorMean([[-1], [0.2], [1.3]], [0.3, 0.5, 0.2], variance: 2)($0)
    },
    Function(name: "plane wave", dimension: 2, variance: 1, degree: 30, nodes: 40) {
      .cos($0[0] + 0.5 * $0[1])
    },
    Function(name: "four points in the plane", dimension: 2, variance: 2, degree: 36, nodes: 60) {
      posteriorMean(
        [[0.6, 0.2], [-0.5, 0.7], [0.1, -0.8], [-0.3, -0.3]], [0.3, 0.2, 0.4, 0.1], variance: 2)(
          $0)
    },
    Function(name: "five points in space", dimension: 3, variance: 2, degree: 16, nodes: 24) {
      posteriorMean(
        [
          [0.6, 0.2, -0.1], [-0.5, 0.5, 0.3], [0.1, -0.6, 0.4], [-0.3, -0.3, -0.5],
          [0.2, 0.1, 0.7],
        ], [0.25, 0.2, 0.3, 0.1, 0.15], variance: 2)($0)
    },
    Function(name: "product", dimension: 3, variance: 1, degree: 14, nodes: 22) {
      .sin(0.8 * $0[0]) * .cos(0.5 * $0[1]) * (1 + 0.3 * $0[2])
    },
  ]

  /// ‖f‖^2 and ‖𝓛 f‖^2 by quadrature of values, without any expansion.
  private func norms(of function: Function) throws -> (value: Double, generated: Double) {
    let rule = try GaussHermiteRule(count: function.nodes)
    let generator = OrnsteinUhlenbeckGenerator(variance: function.variance)
    let scale = function.variance.squareRoot()
    var (value, generated) = (0.0, 0.0)
    func visit(_ point: [Double], _ weight: Double) {
      guard point.count == function.dimension else {
        for (node, mass) in zip(rule.nodes, rule.weights) {
          visit(point + [scale * node], weight * mass)
        }
        return
      }
      guard weight > 1e-18 else { return }
      let f = function.value(point)
      let l = generator.value(of: function.value, at: point)
      value += weight * f * f
      generated += weight * l * l
    }
    visit([], 1)
    return (value, generated)
  }

  @Test(arguments: functions) func tailsObeyTheBoundForEveryPowerAndDegree(
    function: Function
  ) throws {
    let f = try HermiteExpansion(
      dimension: function.dimension, variance: function.variance, degree: function.degree,
      nodes: function.nodes, of: function.value)
    let (value, generated) = try norms(of: function)
    // The expansion is the whole function: nothing is left beyond its degree.
    #expect(agrees(f.norm * f.norm, value, relative: 1e-8))
    #expect(agrees(f.generated().norm, generated.squareRoot(), relative: 1e-5))
    for degree in 1...function.degree {
      let below = f.truncated(belowDegree: degree).norm
      // By Parseval from the norm of values, not from the coefficients of the tail.
      let tail = max(value - below * below, 0).squareRoot()
      #expect(abs(tail - f.tail(fromDegree: degree)) < 1e-4 * value.squareRoot())
      for m in 0...8 {
        let bound = f.noiseStabilityBound(degree: degree, times: m)
        #expect(f.tail(fromDegree: degree) <= bound * (1 + 1e-12))
      }
      let first = function.variance / Double(degree) * generated.squareRoot()
      #expect(tail <= first * (1 + 1e-5) + 1e-7)
    }
  }

  @Test func tailsOfPosteriorMeansDecayGeometrically() throws {
    for function in Self.functions where function.name.contains("points") {
      let f = try HermiteExpansion(
        dimension: function.dimension, variance: function.variance, degree: function.degree,
        nodes: function.nodes, of: function.value)
      for degree in stride(from: 2, through: 8, by: 2) {
        #expect(
          f.tail(fromDegree: degree + 2) < 0.6 * f.tail(fromDegree: degree),
          "\(function.name), degree \(degree)")
      }
    }
  }

  @Test func stabilityUnderNoiseIsTheMeanOfTheNoisedProduct() throws {
    let f = try Self.hyperbolicTangent()
    let rule = try GaussHermiteRule(count: 120)
    let (rho, scale) = (0.6, 2.0.squareRoot())
    let mean = rule.mean { a in
      rule.mean { b in
        let y = scale * a
        return .tanh(y / 2) * .tanh((rho * y + (1 - rho * rho).squareRoot() * scale * b) / 2)
      }
    }
    #expect(agrees(f.noiseStability(correlation: rho), mean, relative: 1e-9))
  }
}
