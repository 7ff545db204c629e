import OrnsteinDiffusion
import OrnsteinNumerics
import RealModule
import Testing
import TestSupport

/// The path-space cost of freezing the velocity score.
@Suite struct PhaseSpacePathTests {
  static let process = PhaseSpaceProcessTests.process()

  func divergence(_ p: PhaseLaw, from q: PhaseLaw) -> Double {
    let (c, d) = (p.covariance, q.covariance)
    let (dx, dv) = (p.mean.x - q.mean.x, p.mean.v - q.mean.v)
    let det = d.determinant
    let trace = (d.vv * c.xx - 2 * d.xv * c.xv + d.xx * c.vv) / det
    let square = (d.vv * dx * dx - 2 * d.xv * dx * dv + d.xx * dv * dv) / det
    return (trace + square - 2 + .log(det / c.determinant)) / 2
  }

  /// The cost bounds the divergence of the laws at the stop, and falls like 1 / N.
  @Test func costBoundsTheLaw() throws {
    for (mean, variance) in [(1.5, 0.25), (0, 2), (1, 0.05)] {
      let oracle = PhaseSpaceOracle(mean: mean, variance: variance, process: Self.process)
      var points: [(step: Double, error: Double)] = []
      for count in [40, 80, 160, 320, 640] {
        let times = try PhaseSpacePlan(steps: count, stop: 0.01).grid().times
        let steps = zip(times, times.dropFirst()).map {
          PhaseSpaceMethod.frozenScore.step(from: $0, to: $1, of: Self.process)
        }
        let law = oracle.law(after: steps, from: oracle.truth(at: times[0]))
        let cost = oracle.frozenScorePathCost(along: times)
        let marginal = divergence(oracle.truth(at: 0.01), from: law)
        #expect(marginal > 0 && marginal <= cost, "\(count) steps: \(marginal), \(cost)")
        points.append((1 / Double(count), cost))
      }
      let order = observedOrder(Array(points[2...]))
      #expect(abs(order - 1) < 0.1, "slope \(order)")
    }
  }

  /// Path cost by drawing (U_t, U_b) jointly and averaging the integrand, with times spread over
  /// the steps; d coordinates of a product cost d times one, normal or not.
  ///
  /// Each comparison is a z-test of false-alarm rate 1e-6.
  @Test func productsCostTheirNumberOfCoordinates() throws {
    let times = [0.8, 0.5, 0.3, 0.15, 0.05]
    let normal = Targets.make([1], [[1.5]], [.isotropic(0.25)], Double.self)
    let closed = PhaseSpaceOracle(mean: 1.5, variance: 0.25, process: Self.process)
      .frozenScorePathCost(along: times)
    #expect(
      StatisticalGate.meanAgrees(
        costs(normal, times, rows: 10_000, seed: 1), expected: closed, falseAlarmRate: 1e-6))
    let cubed = Targets.make([1], [[1.5, 1.5, 1.5]], [.isotropic(0.25)], Double.self)
    #expect(
      StatisticalGate.meanAgrees(
        costs(cubed, times, rows: 10_000, seed: 2), expected: 3 * closed, falseAlarmRate: 1e-6))

    let parts = [(0.4, -1.0, 0.3), (0.6, 1.2, 0.1)]
    let line = Targets.make(
      parts.map(\.0), parts.map { [$0.1] }, parts.map { .isotropic($0.2) }, Double.self)
    let square = Targets.make(
      parts.flatMap { a in parts.map { a.0 * $0.0 } },
      parts.flatMap { a in parts.map { [a.1, $0.1] } },
      parts.flatMap { a in parts.map { .diagonal([a.2, $0.2]) } }, Double.self)
    let single = quadratureCost(line, times)
    #expect(
      StatisticalGate.meanAgrees(
        costs(line, times, rows: 10_000, seed: 3), expected: single, falseAlarmRate: 1e-6))
    #expect(
      StatisticalGate.meanAgrees(
        costs(square, times, rows: 10_000, seed: 4), expected: 2 * single, falseAlarmRate: 1e-6))
  }

  /// Gamma beta (b - a) |s_b(U_b) - s_t(U_t)|^2 summed over the steps, t uniform in each, one number
  /// a row.
  func costs(
    _ target: GaussianMixture<Double>, _ times: [Double], rows: Int, seed: UInt64
  ) -> [Double] {
    let d = target.dimension
    let key = NoiseKey(seed: seed)
    var clean = [Double](repeating: 0, count: rows * d)
    clean.withUnsafeMutableBufferPointer { buffer in
      var span = MutableSpan(_unsafeElements: buffer)
      target.drawExactly(rows: 0..<rows, key: key, into: &span)
    }
    func normals(_ step: Int) -> [Double] {
      [Double](unsafeUninitializedCapacity: rows * d) { buffer, count in
        DoubleKernels.normals(
          into: UnsafeMutableBufferPointer(rebasing: buffer[..<(rows * d)]),
          stream: key.stream(.test, step: step), first: 0)
        count = rows * d
      }
    }
    var sums = [Double](repeating: 0, count: rows)
    for (index, (b, a)) in zip(times, times.dropFirst()).enumerated() {
      let noise = (0..<5).map { normals(10 * index + $0) }
      let places = [Double](unsafeUninitializedCapacity: rows) { buffer, count in
        DoubleKernels.uniforms(
          into: UnsafeMutableBufferPointer(rebasing: buffer[..<rows]),
          stream: key.stream(.test, step: 10 * index + 9), first: 0)
        count = rows
      }
      let atStart = PhaseSpaceMixture(target, at: b, of: Self.process)
      for row in 0..<rows {
        let t = a + (b - a) * places[row]
        let (toT, toB) = (Self.process.flow(over: t), Self.process.flow(over: b - t))
        let (noiseT, noiseB) = (
          Self.process.noise(over: t).factor, Self.process.noise(over: b - t).factor
        )
        var (early, late) = ([PhaseVector](), [PhaseVector]())
        for i in row * d..<(row + 1) * d {
          var u = toT.applied(
            to: PhaseVector(
              x: clean[i],
              v: (Self.process.initialSpread * Self.process.mass).squareRoot() * noise[0][i]))
          u.x += noiseT.xx * noise[1][i]
          u.v += noiseT.vx * noise[1][i] + noiseT.vv * noise[2][i]
          early.append(u)
          var w = toB.applied(to: u)
          w.x += noiseB.xx * noise[3][i]
          w.v += noiseB.vx * noise[3][i] + noiseB.vv * noise[4][i]
          late.append(w)
        }
        let atT = PhaseSpaceMixture(target, at: t, of: Self.process)
          .score(x: early.map(\.x), v: early.map(\.v)).velocity
        let atB = atStart.score(x: late.map(\.x), v: late.map(\.v)).velocity
        let square = zip(atT, atB).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        sums[row] += Self.process.squaredDiffusion / 2 * (b - a) * square
      }
    }
    return sums
  }

  /// The cost in one dimension without randomness.
  ///
  /// With J_t = E s_v^2 and E[s_t | U_b] = F^T s_b,
  /// E |s_b - s_t|^2 = J_t + J_b - 2 (F_xv E s_x s_v + F_vv E s_v^2)(b).
  func quadratureCost(_ target: GaussianMixture<Double>, _ times: [Double]) -> Double {
    func moments(_ time: Double) -> (vv: Double, xv: Double) {
      let (width, height) = (0.15, 0.08)
      let law = PhaseSpaceMixture(target, at: time, of: Self.process)
      var (vv, xv) = (0.0, 0.0)
      for i in -35...35 {
        for j in -45...45 {
          let score = law.score(x: [Double(i) * width], v: [Double(j) * height])
          let weight = Double.exp(score.logDensity) * width * height
          vv += weight * score.velocity[0] * score.velocity[0]
          xv += weight * score.position[0] * score.velocity[0]
        }
      }
      return (vv, xv)
    }
    let rule = [
      (0.1834346424956498, 0.3626837833783620), (0.5255324099163290, 0.3137066458778873),
      (0.7966664774136267, 0.2223810344533745), (0.9602898564975363, 0.1012285362903763),
    ]
    var sum = 0.0
    for (b, a) in zip(times, times.dropFirst()) {
      let late = moments(b)
      for (node, weight) in rule {
        for place in [-node, node] {
          let t = a + (b - a) / 2 * (1 + place)
          let flow = Self.process.flow(over: b - t)
          sum +=
            weight * (b - a) / 2
            * (moments(t).vv + late.vv - 2 * (flow.xv * late.xv + flow.vv * late.vv))
        }
      }
    }
    return Self.process.squaredDiffusion / 2 * sum
  }
}
