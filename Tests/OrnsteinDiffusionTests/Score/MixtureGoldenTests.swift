import OrnsteinDiffusion
import OrnsteinNumerics
import RealModule
import Testing
import TestSupport

/// Values computed independently in double precision.
@Suite struct MixtureGoldenTests {
  let level = OrnsteinUhlenbeck.canonical.level(at: 0.4)
  let x = Batch<Double>(rows: [[0.3, -0.7]])

  func fill(_ count: Int, _ body: (inout MutableSpan<Double>) -> Void) -> [Double] {
    var output = [Double](repeating: 0, count: count)
    var span = output.mutableSpan
    body(&span)
    return output
  }

  @Test(arguments: [Targets.gm2(Double.self), Targets.fullGM2(Double.self)])
  func twoDimensions(of mixture: GaussianMixture<Double>) {
    #expect(agrees(mixture.logDensity(of: x, at: level), [-2.5150941102552]))
    let score = mixture.score(of: x, at: level).elements
    #expect(agrees(score, [1.0396574286717, 0.46281369250933]))
    let hessian = x.withSpan { x in
      fill(4) { mixture.hessian(of: x, at: level, into: &$0) }
    }
    let expected = [-1.3997579076299, -0.1439957247997, -0.1439957247997, -0.95532158304916]
    #expect(agrees(hessian, expected))
    let trace = x.withSpan { x in
      fill(1) { mixture.hessianTrace(of: x, at: level, into: &$0) }
    }
    #expect(agrees(trace, [expected[0] + expected[3]]))
    let direction = Batch<Double>(rows: [[0.6, -1.1]])
    let product = x.withSpan { x in
      direction.withSpan { direction in
        fill(2) { mixture.hessianProduct(of: x, with: direction, at: level, into: &$0) }
      }
    }
    #expect(
      agrees(
        product,
        [
          0.6 * expected[0] - 1.1 * expected[1], 0.6 * expected[2] - 1.1 * expected[3],
        ]))
    let mean = x.withSpan { x in
      fill(2) { mixture.posteriorMean(of: x, at: level, into: &$0) }
    }
    #expect(agrees(mean, [1.3016308230225, -0.66407368712569]))
    let covariance = x.withSpan { x in
      fill(4) { mixture.posteriorCovariance(of: x, at: level, into: &$0) }
    }
    #expect(
      agrees(
        covariance,
        [0.28088645969071, -0.09717837933183, -0.09717837933183, 0.58082315433237]))
    let derivative = mixture.scoreDerivativeAlongFlow(at: [0.3, -0.7], canonicalTime: 0.4)
    #expect(agrees(derivative, [-1.237669536032, 0.53751263757209]))
  }

  @Test(arguments: [
    (0.1, -1.3588023212959, -0.32115135281621, -1.4249318586064),
    (0.5, -1.368929452431, -0.31226070885895, -0.58731385413206),
    (1, -1.2285097717485, -0.45608798553298, -0.68978266078386),
  ])
  func oneDimension(_ time: Double, _ logDensity: Double, _ score: Double, _ hessian: Double) {
    let mixture = Targets.gm1(Double.self)
    let level = OrnsteinUhlenbeck.canonical.level(at: time)
    let x = Batch<Double>(rows: [[0.7]])
    #expect(agrees(mixture.logDensity(of: x, at: level), [logDensity]))
    #expect(agrees(mixture.score(of: x, at: level).elements, [score]))
    #expect(
      agrees(
        x.withSpan { x in fill(1) { mixture.hessian(of: x, at: level, into: &$0) } }, [hessian]))
  }

  /// Fisher information, mean squared error of the denoiser, E|H|^2, entropy, divergence from N(0, 1)
  /// and relative Fisher information, by the trapezoidal rule, which converges faster than any
  /// power here.
  @Test(arguments: [
    (
      0.05, 1.0269677325776, 0.094892679832235, 4.2213803309645, 1.9326390721381,
      0.68520903996477, 2.4247868903732
    ),
    (
      0.2, 0.56267011994278, 0.40059069526849, 1.1310255847785, 1.8924679215532,
      0.41464467264913, 1.3390182419374
    ),
    (
      0.5, 0.53898903149089, 1.132852817698, 0.35872290399977, 1.747710113415,
      0.15866867934225, 0.51386955059521
    ),
    (
      1, 0.74326736248841, 2.2829562869535, 0.55745081408687, 1.568538562652,
      0.029719220841528, 0.1019058630653
    ),
    (
      2, 0.95476450213829, 3.3618163815093, 0.91159876354634, 1.4420879956556,
      0.0011187590769802, 0.0033009451932389
    ),
  ])
  func curves(
    _ time: Double, _ fisher: Double, _ denoising: Double, _ hessianSquare: Double,
    _ entropy: Double, _ divergence: Double, _ relativeFisher: Double
  ) {
    let mixture = Targets.gm1(Double.self)
    let level = OrnsteinUhlenbeck.canonical.level(at: time)
    let step = 0.005
    let nodes = Batch<Double>((0...5600).map { -14 + step * Double($0) }, dimension: 1)
    let logDensity = mixture.logDensity(of: nodes, at: level)
    let score = mixture.score(of: nodes, at: level).elements
    let hessian = nodes.withSpan { x in
      fill(nodes.count) { mixture.hessian(of: x, at: level, into: &$0) }
    }
    let variance = nodes.withSpan { x in
      fill(nodes.count) { mixture.posteriorCovariance(of: x, at: level, into: &$0) }
    }
    func integral(_ value: (Int) -> Double) -> Double {
      (0..<nodes.count).reduce(0) { $0 + step * .exp(logDensity[$1]) * value($1) }
    }
    func relative(_ i: Int) -> Double { score[i] + nodes[i, 0] }
    let logNormal = { (i: Int) in -0.5 * (nodes[i, 0] * nodes[i, 0] + .log(2 * .pi)) }
    #expect(agrees(integral { _ in 1 }, 1, relative: 1e-8))
    #expect(agrees(integral { score[$0] * score[$0] }, fisher, relative: 1e-8))
    #expect(agrees(integral { variance[$0] }, denoising, relative: 1e-8))
    #expect(agrees(integral { hessian[$0] * hessian[$0] }, hessianSquare, relative: 1e-8))
    #expect(agrees(integral { -logDensity[$0] }, entropy, relative: 1e-8))
    #expect(agrees(integral { logDensity[$0] - logNormal($0) }, divergence, relative: 1e-8))
    #expect(agrees(integral { relative($0) * relative($0) }, relativeFisher, relative: 1e-8))
  }
}
