import OrnsteinDiffusion
import OrnsteinNumerics
import RealModule
import TestSupport
import Testing

@Suite struct FlowLikelihoodTests {
  /// Sixteen dimensions: axes of their own variances, and a component that is turned.
  static let mixture16: GaussianMixture<Double> = {
    let diagonal = (0..<16).map { 0.1 + 0.12 * Double($0) }
    let full = (0..<16).map { i in
      (0..<16).map { j in (i == j ? 0.8 : 0) + 0.3 * Double.pow(0.6, Double(abs(i - j))) }
    }
    return Targets.make(
      [0.5, 0.2, 0.3],
      [
        (0..<16).map { $0.isMultiple(of: 2) ? 1.5 : -0.5 }, Array(repeating: -1, count: 16),
        (0..<16).map { 0.2 * Double($0) - 1 },
      ], [.diagonal(diagonal), .full(full), .isotropic(0.3)], Double.self)
  }()

  /// The published golden value, once the law at the horizon is that of the noised data.
  @Test func goldenValueInOneDimension() throws {
    let flow = try FlowLikelihood(Targets.gm1(Double.self), stop: 0.1, base: .exact)
    let density = try flow.logDensities(of: Batch<Double>(rows: [[0.7]]))[0]
    #expect(abs(density.value + 1.3588023212959) < 1e-4)
    #expect(density.numericalError <= 1e-4)
    #expect(density.standardError == nil)
  }

  @Test func goldenValueInTwoDimensions() throws {
    let flow = try FlowLikelihood(Targets.gm2(Double.self), stop: 0.4, base: .exact)
    let density = try flow.logDensities(of: Batch<Double>(rows: [[0.3, -0.7]]))[0]
    #expect(abs(density.value + 2.5150941102552) < 1e-4)
  }

  private static let processes: [ProcessSpecification] = [
    .ornsteinUhlenbeck, .slowOrnsteinUhlenbeck, .linearVariancePreserving(),
    .cosineVariancePreserving(), .subVariancePreserving(), .varianceExploding(), .rectifiedFlow,
    .localization,
  ]

  /// Exact mixtures within 1e-4 nats of their closed form under every process, from its usual stop
  /// time, at points that its law draws; the error is below the tolerance and near its estimate.
  @Test(arguments: processes)
  func exactMixturesComeOutRight(specification: ProcessSpecification) throws {
    let process = try specification.make()
    let level = process.level(at: process.defaultStop)
    for target in [Targets.gm1(Double.self), Targets.gm2(Double.self), Self.mixture16] {
      let points = ExactExample.noised(target, at: level, count: 24, seed: 3)
      let expected = target.logDensity(of: points, at: level)
      let flow = try FlowLikelihood(target, process: process, base: .exact)
      let found = try flow.logDensities(of: points)
      for (density, truth) in zip(found, expected) {
        #expect(
          abs(density.value - truth) <= 1e-4,
          "\(specification.name), d \(target.dimension): \(density) instead of \(truth)")
        #expect(density.numericalError <= 1.1e-4)
      }
    }
  }

  /// A tighter tolerance is kept, and costs accuracy nowhere.
  @Test func errorFollowsTheTolerance() throws {
    let target = Self.mixture16
    let level = OrnsteinUhlenbeck.canonical.level(at: 0.01)
    let points = ExactExample.noised(target, at: level, count: 40, seed: 8)
    let expected = target.logDensity(of: points, at: level)
    var worst: [Double] = []
    for tolerance in [1e-1, 1e-3, 1e-5, 1e-7] {
      let flow = try FlowLikelihood(target, stop: 0.01, base: .exact, tolerance: tolerance)
      let found = try flow.logDensities(of: points)
      let errors = zip(found, expected).map { abs($0.value - $1) }
      worst.append(errors.max() ?? .nan)
      #expect(worst[worst.count - 1] <= tolerance)
      #expect(found.allSatisfy { $0.numericalError <= 1.1 * tolerance })
    }
    #expect(zip(worst, worst.dropFirst()).allSatisfy { $1 < 0.2 * $0 }, "\(worst)")
  }

  /// From a normal law at the horizon, the density of normal data is normal: with the moments it is
  /// that of the data, with the process it is moved by what the horizon had left.
  @Test func normalBases() throws {
    let target = Targets.gaussian(Double.self)
    let (stop, horizon) = (0.05, 1.5)
    let level = OrnsteinUhlenbeck.canonical.level(at: stop)
    let points = ExactExample.noised(target, at: level, count: 10, seed: 5)
    let matched = try FlowLikelihood(
      target, stop: stop, horizon: horizon, base: .moments(target.moments), tolerance: 1e-7)
    let expected = target.logDensity(of: points, at: level)
    for (density, truth) in zip(try matched.logDensities(of: points), expected) {
      #expect(abs(density.value - truth) < 1e-7)
    }
    // One dimension, variance c: the flow maps x - alpha m by sqrt(v_T / v_stop), an affine map.
    let (mean, variance) = (1.5, 0.25)
    let line = Targets.make([1], [[mean]], [.isotropic(variance)], Double.self)
    let flow = try FlowLikelihood(line, stop: stop, horizon: horizon, tolerance: 1e-8)
    func law(_ time: Double) -> (mean: Double, variance: Double) {
      let decay = Double.exp(-time)
      return (mean * decay, 1 + (variance - 1) * decay * decay)
    }
    let (low, high) = (law(stop), law(horizon))
    for x in [-1.0, 0.4, 1.4, 3] {
      let slope = (high.variance / low.variance).squareRoot()
      let end = high.mean + slope * (x - low.mean)
      let truth = .log(slope) - end * end / 2 - .log(2 * .pi) / 2
      let found = try flow.logDensities(of: Batch<Double>(rows: [[x]]))[0]
      #expect(abs(found.value - truth) < 1e-8)
    }
  }

  /// The density of x / alpha at a point of data.
  @Test func dataHaveTheDensityOfRescaledPoints() throws {
    let target = Targets.gm2(Double.self)
    let flow = try FlowLikelihood(target, stop: 0.3, base: .exact, tolerance: 1e-6)
    let points = target.drawExactly(rows: 0..<5, key: NoiseKey(seed: 1))
    // The mixture whose covariances are widened by (sigma / alpha)^2.
    let extra = flow.stop.sigma / flow.stop.alpha * (flow.stop.sigma / flow.stop.alpha)
    let widened = Targets.make(
      [0.4, 0.6], [[-1, 2], [1.5, -0.5]],
      [
        .full([[1 + extra, 0.3], [0.3, 0.5 + extra]]), .diagonal([0.2 + extra, 0.8 + extra]),
      ], Double.self)
    let clean = NoiseLevel(time: 0, alpha: 1, sigma: 0)
    for (found, truth) in zip(
      try flow.logDensities(ofData: points), widened.logDensity(of: points, at: clean))
    {
      #expect(abs(found.value - truth) < 1e-6)
    }
  }

  /// Threads, batch-mates and cuts never matter, neither with exact nor with estimated traces.
  @Test(arguments: [TraceEstimate.exact, .hutchinson(probes: 3)])
  func bitsDependOnTheRowAlone(trace: TraceEstimate) throws {
    let target = Targets.gm2(Float.self)
    let flow = try FlowLikelihood(
      target, stop: 0.02, base: .exact, trace: trace, tolerance: 1e-3, key: NoiseKey(seed: 4))
    let points = target.drawExactly(rows: 0..<300, key: NoiseKey(seed: 2))
    let all = try flow.logDensities(of: points)
    #expect(try flow.logDensities(of: points, threads: 3) == all)
    for rows in [0..<1, 100..<101, 120..<140, 250..<300] {
      #expect(
        try flow.logDensities(of: points[rows], firstRow: rows.lowerBound) == Array(all[rows]))
    }
    #expect(try flow.logDensities(of: points[0..<0]).isEmpty)
  }

  @Test func singlePrecisionFollowsDouble() throws {
    let target = Targets.gm2(Double.self)
    let points = target.drawExactly(rows: 0..<50, key: NoiseKey(seed: 2))
    let exact = try FlowLikelihood(target, stop: 0.01, base: .exact).logDensities(of: points)
    let single = try FlowLikelihood(Targets.gm2(Float.self), stop: 0.01, base: .exact)
      .logDensities(of: points)
    for (a, b) in zip(exact, single) { #expect(abs(a.value - b.value) < 1e-3) }
  }

  /// Log-densities of minus a thousand and less have rounding errors above the tolerance, which no step is
  /// short enough for: without regard to them, each of these rows takes a million evaluations.
  @Test func farRowsEndWithTheErrorOfTheirDigits() throws {
    func mixture<Scalar: BatchScalar>(_: Scalar.Type) throws -> GaussianMixture<Scalar> {
      try GaussianMixture(
        weights: [Double](repeating: 1 / 600, count: 600),
        means: (0..<600).map { [10 * Double($0 * $0) / 360_000] },
        covariances: [MixtureCovariance](repeating: .isotropic(0.18), count: 600))
    }
    let flow = try FlowLikelihood(mixture(Float.self), stop: 1e-3, base: .exact, tolerance: 1e-3)
    let points = Batch<Double>(rows: [[9.9], [30], [100], [1e4]])
    let truths = try mixture(Double.self).logDensity(
      of: points, at: OrnsteinUhlenbeck.canonical.level(at: 1e-3))
    for (found, truth) in zip(try flow.logDensities(of: points), truths) {
      #expect(abs(found.value - truth) <= 2 * found.numericalError + 1e-3)
      #expect(found.numericalError <= 1e-3 + 1e-5 * abs(truth))
    }
  }

  @Test func mistakesAreNamed() throws {
    let target = Targets.gm2(Double.self)
    let score = ClosureScore<Double>(dimension: 2) { points, _, score in
      for index in 0..<points.count { score[index] = points[index] > 5 ? .nan : -points[index] }
    }
    #expect(throws: LikelihoodError.densityMissing) { try FlowLikelihood(score, base: .exact) }
    #expect(throws: LikelihoodError.self) { try FlowLikelihood(target, tolerance: 0) }
    #expect(throws: LikelihoodError.self) { try FlowLikelihood(target, stop: 2, horizon: 1) }
    #expect(throws: LikelihoodError.self) { try FlowLikelihood(target, stop: 0) }
    #expect(throws: LikelihoodError.self) {
      try FlowLikelihood(target, trace: .hutchinson(probes: 0))
    }
    #expect(throws: LikelihoodError.self) {
      try FlowLikelihood(target, base: .moments(Targets.gm1(Double.self).moments))
    }
    let flow = try FlowLikelihood(score)
    #expect(throws: LikelihoodError.wrongDimension(found: 1, expected: 2)) {
      try flow.logDensities(of: Batch<Double>(rows: [[1]]))
    }
    #expect(throws: LikelihoodError.pointNotFinite(row: 11)) {
      try flow.logDensities(of: Batch<Double>(rows: [[1, 2], [0, .infinity]]), firstRow: 10)
    }
    #expect(throws: LikelihoodError.notFinite(row: 1)) {
      try flow.logDensities(of: Batch<Double>(rows: [[1, 2], [0, 9]]))
    }
  }
}
