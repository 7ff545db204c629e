import OrnsteinDiffusion
import OrnsteinNumerics
import RealModule
import Testing
import TestSupport

/// Noise far smaller and larger than the data, and points far away.
@Suite struct ExactExtremeTests {
  struct Case: Sendable {
    var halfWidth, alpha, sigma, x, logDensity, score, mean, variance: Double

    init(
      _ halfWidth: Double, _ alpha: Double, _ sigma: Double, _ x: Double, _ logDensity: Double,
      _ score: Double, _ mean: Double, _ variance: Double
    ) {
      (self.halfWidth, self.alpha, self.sigma, self.x) = (halfWidth, alpha, sigma, x)
      (self.logDensity, self.score, self.mean, self.variance) = (logDensity, score, mean, variance)
    }
  }

  /// The interval, computed with 300 digits: half-width, alpha, sigma, x, log-density, score,
  /// posterior mean and variance.
  static let intervals: [Case] = [
    Case(1, 1, 1e-06, 0.5, -0.6931471805599453, -0.0, 0.5, 1e-12),
    Case(
      1, 1, 1e-06, 1.000001, -2.534168825443741, -1525135.2760950937, 0.9999994748647238,
      1.990976655799683e-13),
    Case(
      1, 1, 1e-06, 1.5, -125000000014.73447, -500000000002.00006, 0.999999999998,
      3.999999999903999e-24),
    Case(
      1, 1, 1e-06, -3, -2000000000016.1208, 2000000000000.5002, -0.9999999999995,
      2.4999999999962497e-25),
    Case(
      1, 0.9, 0.3, 0.89, -1.2546900217803119, -2.589285719869602, 0.7299603169019288,
      0.04119011195356892),
    Case(
      1, 0.9, 0.3, -1.7, -6.1525777807221305, 9.917192145538639, -0.897169674335025,
      0.009132301310320744),
    Case(
      2, 0.5, 0.9, 0.1, -1.0071281303417752, -0.08052144237049633, 0.06955526335979596,
      1.1251430854137894),
    Case(
      1, 0.7, 0.7, 30, -881.0004472688667, -59.830009210516906, 0.9761364097810283,
      0.0005688241820477951),
    Case(
      1, 0.5, 1, -1.2, -1.6225323239370268, 1.1054045459169881, -0.18919090816602388,
      0.3016820279572309),
    Case(
      1, 0.5, 1, 1.9, -2.6233535555363545, -1.7548852512775748, 0.2902294974448505,
      0.27431490530898667),
    Case(
      1, 0.5, 1, 2.1, -2.9929740075527818, -1.9413950331088312, 0.3172099337823376,
      0.2652250804734003),
    Case(
      1, 0.5, 1, 10000.0, -49995010.25422891, -9999.500100004998, 0.9997999900035006,
      4.0003997899540144e-08),
    Case(
      1, 1, 10000.0, 30000.0, -14.629278891847521, -0.00029999999900000003, 9.999999926666668e-05,
      0.333333326888889),
    Case(
      1, 1, 10000.0, 1000000000.0, -5000000003.125011, -9.999999991, 0.9000000040423073,
      0.009999991769385494),
    Case(1, 1e-09, 1, 0.3, -0.9639385332046727, -0.3, 1e-10, 0.3333333333333333),
    Case(
      1, 1, 0.1, 1000000.0, -49999900000067.73, -99999900.00000098, 0.99999998999999,
      1.0000020000029402e-16),
    Case(
      1, 1.2, 1.2, 0.999, -1.5045652744698752, -0.49861849217799437, 0.23415780938640682,
      0.26253527675073063),
    Case(
      1, 1.2, 1.19, 0.2, -1.261224476557183, -0.09958027147663394, 0.04915364796828225,
      0.2891771901493356),
    Case(1, 0, 1, 0.4, -0.9989385332046727, -0.4, 0.0, 0.3333333333333333),
  ]

  @Test(arguments: intervals) func interval(_ expected: Case) throws {
    let target = try SolidCube<Double>(halfWidth: expected.halfWidth, dimension: 1)
    let level = NoiseLevel(time: 0, alpha: expected.alpha, sigma: expected.sigma)
    let x = Batch<Double>([expected.x], dimension: 1)
    #expect(agrees(target.logDensity(of: x, at: level), [expected.logDensity]))
    #expect(
      agrees(target.score(of: x, at: level).elements, [expected.score], absolute: 1e-300))
    #expect(agrees(target.posteriorMean(of: x, at: level), [expected.mean]))
    let variance = target.posteriorCovariance(of: x, at: level)
    #expect(agrees(variance, [expected.variance]))
    let ratio = expected.alpha / expected.sigma
    let curvature = (ratio * ratio * expected.variance - 1) / (expected.sigma * expected.sigma)
    #expect(
      agrees(
        target.hessian(of: x, at: level), [curvature],
        absolute: 1e-10 / (expected.sigma * expected.sigma)))
  }

  static let levels = [
    NoiseLevel(time: 0, alpha: 1, sigma: 1e-6), NoiseLevel(time: 0, alpha: 1, sigma: 1e4),
    NoiseLevel(time: 0, alpha: 1e-6, sigma: 1), NoiseLevel(time: 0, alpha: 0, sigma: 1),
    NoiseLevel(time: 0, alpha: 0.5, sigma: 1e-3),
  ]

  @Test(arguments: ExactExample.all, levels)
  func everyNumberIsFinite(_ example: ExactExample, _ level: NoiseLevel) {
    check(example.double)
    check(example.float)
    func check<Scalar>(_ target: some ExactTarget<Scalar>) {
      let d = target.dimension
      let scales: [Double] = [0, 1e-12, 1e-3, 0.7, 1, 5, 1e3, 1e6]
      let x = Batch<Scalar>(
        scales.flatMap { scale in (0..<d).map { Scalar(scale * (1 - 0.3 * Double($0))) } },
        dimension: d)
      let numbers =
        target.score(of: x, at: level).elements.map { Double($0) }
        + target.logDensity(of: x, at: level) + target.hessian(of: x, at: level)
        + target.hessianTrace(of: x, at: level) + target.posteriorMean(of: x, at: level)
        + target.posteriorCovariance(of: x, at: level)
      let isFinite = numbers.allSatisfy { $0.isFinite }
      #expect(isFinite)
    }
  }

  /// Without signal the law is N(0, sigma^2 I), and the posterior is the law of the data.
  @Test(arguments: ExactExample.all) func noSignal(_ example: ExactExample) {
    check(example.double)
    func check(_ target: some ExactTarget<Double>) {
      let level = NoiseLevel(time: 0, alpha: 0, sigma: 1.5)
      let x = ExactExample.noised(target, at: level, count: 5, seed: 3)
      let moments = target.moments
      #expect(
        agrees(
          target.score(of: x, at: level).elements, x.elements.map { -$0 / 2.25 }, absolute: 1e-14))
      for row in 0..<5 {
        let d = target.dimension
        #expect(
          agrees(
            Array(target.posteriorMean(of: x, at: level)[row * d..<(row + 1) * d]), moments.mean,
            absolute: 1e-12))
        #expect(
          agrees(
            Array(target.posteriorCovariance(of: x, at: level)[row * d * d..<(row + 1) * d * d]),
            moments.covariance, absolute: 1e-12))
      }
    }
  }

  @Test(arguments: ExactExample.all, ExactExample.levels)
  func singlePrecisionAgreesWithDouble(_ example: ExactExample, _ level: NoiseLevel) {
    func check(_ target: some ExactTarget<Double>, _ single: some ExactTarget<Float>) {
      let x = ExactExample.noised(target, at: level, count: 50, seed: 8)
        .converted(to: Float.self)
      let double = x.converted(to: Double.self)
      #expect(
        agrees(
          single.score(of: x, at: level).elements.map(Double.init),
          target.score(of: double, at: level).elements, relative: 1e-4,
          absolute: 2e-5 / level.sigma))
      #expect(
        agrees(
          single.logDensity(of: x, at: level), target.logDensity(of: double, at: level),
          relative: 1e-5, absolute: 1e-5))
      #expect(
        agrees(
          single.hessian(of: x, at: level), target.hessian(of: double, at: level),
          relative: 1e-4, absolute: 2e-5 / (level.sigma * level.sigma)))
    }
    open(example.double, example.float)
    func open(_ double: some ExactTarget<Double>, _ single: any ExactTarget<Float>) {
      open(single, double)
    }
    func open(_ single: some ExactTarget<Float>, _ double: some ExactTarget<Double>) {
      check(double, single)
    }
  }

  @Test func cubeHasADensityWithoutNoise() throws {
    let cube = try SolidCube<Double>(halfWidth: 2, dimension: 2)
    let level = NoiseLevel(time: 0, alpha: 0.5, sigma: 0)
    let x = Batch<Double>(rows: [[0.3, -0.9], [0.3, 1.1]])
    #expect(cube.hasDensity)
    #expect(cube.logDensity(of: x, at: level) == [-2 * Double.log(2), -.infinity])
    #expect(cube.score(of: x, at: level).elements == [0, 0, 0, 0])
  }
}
