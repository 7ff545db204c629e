import OrnsteinDiffusion
import OrnsteinNumerics
import RealModule
import Testing
import TestSupport

/// Identities that tie together what a target says of itself.
@Suite struct ExactIdentityTests {
  /// The derivative at 0 by a difference of order 4 of spacing h.
  func derivative(_ h: Double, _ value: (Double) -> [Double]) -> [Double] {
    let (a, b, c, d) = (value(-2 * h), value(-h), value(h), value(2 * h))
    return a.indices.map { (a[$0] - 8 * b[$0] + 8 * c[$0] - d[$0]) / (12 * h) }
  }

  func moved(_ x: Batch<Double>, along v: Batch<Double>, by h: Double) -> Batch<Double> {
    Batch(zip(x.elements, v.elements).map { $0 + h * $1 }, dimension: x.dimension)
  }

  func directions(_ count: Int, _ dimension: Int) -> Batch<Double> {
    var v = Batch<Double>(count: count, dimension: dimension)
    v.withUnsafeMutableBufferPointer {
      DoubleKernels.normals(into: $0, stream: NoiseKey(seed: 5).stream(.test), first: 0)
    }
    return v
  }

  @Test(arguments: ExactExample.all, ExactExample.levels)
  func scoreIsTheGradientOfTheLogDensity(_ example: ExactExample, _ level: NoiseLevel) {
    check(example.double, level)
    func check(_ target: some ExactTarget<Double>, _ level: NoiseLevel) {
      let x = ExactExample.noised(target, at: level, count: 20, seed: 1)
      let v = directions(20, target.dimension)
      let expected = derivative(2e-3 * level.sigma) {
        target.logDensity(of: moved(x, along: v, by: $0), at: level)
      }
      let score = target.score(of: x, at: level)
      for row in 0..<20 {
        let slope = zip(score.point(row), v.point(row)).reduce(0) { $0 + $1.0 * $1.1 }
        #expect(agrees(slope, expected[row], relative: 1e-7, absolute: 1e-8 / level.sigma))
      }
    }
  }

  @Test(arguments: ExactExample.all, ExactExample.levels)
  func hessianIsTheDerivativeOfTheScore(_ example: ExactExample, _ level: NoiseLevel) {
    check(example.double)
    func check(_ target: some ExactTarget<Double>) {
      let d = target.dimension
      let x = ExactExample.noised(target, at: level, count: 20, seed: 2)
      let v = directions(20, d)
      let expected = derivative(2e-3 * level.sigma) {
        target.score(of: moved(x, along: v, by: $0), at: level).elements
      }
      let unit = 1 / (level.sigma * level.sigma)
      let product = target.hessianProduct(of: x, with: v, at: level)
      #expect(agrees(product, expected, relative: 1e-7, absolute: 1e-8 * unit))
      let hessian = target.hessian(of: x, at: level)
      let traces = target.hessianTrace(of: x, at: level)
      for row in 0..<20 {
        let matrix = Array(hessian[row * d * d..<(row + 1) * d * d])
        let trace = (0..<d).reduce(0) { $0 + matrix[$1 * d + $1] }
        #expect(agrees(traces[row], trace, relative: 1e-11, absolute: 1e-11 * unit))
        for i in 0..<d {
          let sum = (0..<d).reduce(0) { $0 + matrix[i * d + $1] * v[row, $1] }
          #expect(agrees(sum, product[row * d + i], relative: 1e-10, absolute: 1e-11 * unit))
          for j in 0..<i {
            #expect(
              agrees(
                matrix[i * d + j], matrix[j * d + i], relative: 1e-10, absolute: 1e-12 * unit))
          }
        }
      }
    }
  }

  /// x + sigma^2 s = alpha E[X_0 | x] and I + sigma^2 H = alpha^2 / sigma^2 Cov(X_0 | x).
  @Test(arguments: ExactExample.all, ExactExample.levels)
  func posteriorIsThatOfTweedie(_ example: ExactExample, _ level: NoiseLevel) {
    check(example.double)
    func check(_ target: some ExactTarget<Double>) {
      let d = target.dimension
      let x = ExactExample.noised(target, at: level, count: 20, seed: 3)
      let mean = target.denoiser(of: x, at: level).elements
      let square = level.sigma * level.sigma
      let scale = level.alpha * level.alpha / square
      #expect(
        agrees(
          target.posteriorMean(of: x, at: level), mean, relative: 1e-11,
          absolute: 1e-13 * (1 + square) / level.alpha))
      let covariance = target.posteriorCovariance(of: x, at: level)
      let hessian = target.hessian(of: x, at: level)
      for index in covariance.indices {
        let isDiagonal = index % (d * d) / d == index % d
        let expected = ((isDiagonal ? 1 : 0) + square * hessian[index]) / scale
        #expect(agrees(covariance[index], expected, relative: 1e-10, absolute: 1e-12 / scale))
      }
    }
  }

  /// The Fokker-Planck equation of the canonical process: d/dt log p = d + <x, s> + tr H + |s|^2.
  @Test(arguments: ExactExample.all, [0.05, 0.3, 1.2])
  func fokkerPlanck(_ example: ExactExample, _ time: Double) {
    check(example.double)
    func check(_ target: some ExactTarget<Double>) {
      let process = OrnsteinUhlenbeck.canonical
      let level = process.level(at: time)
      let x = ExactExample.noised(target, at: level, count: 20, seed: 4)
      let rate = derivative(1e-3 * time) {
        target.logDensity(of: x, at: process.level(at: time + $0))
      }
      let score = target.score(of: x, at: level)
      let traces = target.hessianTrace(of: x, at: level)
      for row in 0..<20 {
        let (point, pull) = (x.point(row), score.point(row))
        var expected = Double(target.dimension) + traces[row]
        for i in point.indices { expected += point[i] * pull[i] + pull[i] * pull[i] }
        #expect(agrees(rate[row], expected, relative: 1e-7, absolute: 1e-7 / time))
      }
    }
  }

  /// E s(X) = 0 and E s_i(X) X_j = -[i = j], over exact draws; false-alarm rate 1e-6 a case.
  @Test(arguments: ExactExample.all) func stein(_ example: ExactExample) {
    check(example.double)
    func check(_ target: some ExactTarget<Double>) {
      let (d, n) = (target.dimension, 50_000)
      let level = ExactExample.levels[0]
      let x = ExactExample.noised(target, at: level, count: n, seed: 6)
      let score = target.score(of: x, at: level)
      let rate = 1e-6 / Double(d + d * d)
      for i in 0..<d {
        #expect(
          StatisticalGate.meanAgrees(
            (0..<n).map { score[$0, i] }, expected: 0, falseAlarmRate: rate))
        for j in 0..<d {
          #expect(
            StatisticalGate.meanAgrees(
              (0..<n).map { score[$0, i] * x[$0, j] }, expected: i == j ? -1 : 0,
              falseAlarmRate: rate))
        }
      }
    }
  }

  /// A density integrates to 1, by the trapezoidal rule.
  @Test(arguments: ExactExample.all.filter { $0.double.dimension == 1 }, ExactExample.levels)
  func densityIntegratesToOne(_ example: ExactExample, _ level: NoiseLevel) {
    let step = 0.01
    let nodes = Batch<Double>((-4000...4000).map { step * Double($0) }, dimension: 1)
    check(example.double)
    func check(_ target: some ExactTarget<Double>) {
      let total = target.logDensity(of: nodes, at: level).reduce(0) { $0 + step * .exp($1) }
      #expect(agrees(total, 1))
    }
  }
}
