import OrnsteinNumerics
import RealModule

/// Carries points of canonical coordinates along the probability flow to more noise, with the integral
/// of the trace.
///
/// With lambda the half log-SNR, dt = -sigma^2 dlambda, and tau = -lambda growing:
/// dz/dtau = -sigma^2 (z + s), dD/dtau = sigma^2 (d + div s).
struct FlowIntegrator<Scalar: BatchScalar>: Sendable {
  /// The length of a whole step in the half log-SNR.
  private static var widest: Double { 1 }
  /// How often a whole step may be halved.
  private static var mostHalvings: Int { 13 }

  let derivative: ScoreDerivative<Scalar>
  let process: any ForwardProcess
  let trace: TraceEstimate
  let tolerance: Double
  let key: NoiseKey
  private let stop: NoiseLevel
  private let horizon: NoiseLevel
  private let first: Double
  private let last: Double

  init(
    _ derivative: ScoreDerivative<Scalar>, process: any ForwardProcess, from stop: NoiseLevel,
    to horizon: NoiseLevel, trace: TraceEstimate, tolerance: Double, key: NoiseKey
  ) {
    self.derivative = derivative
    self.process = process
    self.trace = trace
    self.tolerance = tolerance
    self.key = key
    self.stop = stop
    self.horizon = horizon
    first = -stop.logSNR
    last = -horizon.logSNR
  }

  /// The number of traces that are carried: one, or one a probe.
  var traceCount: Int {
    if case .hutchinson(let probes) = trace { probes } else { 1 }
  }

  /// Moves points to the horizon.
  ///
  /// - Parameters:
  ///   - z: `rows.count * dimension` coordinates, replaced.
  ///   - rows: The numbers of the rows, which decide on their probes.
  ///   - changes: Receives the integrals of d + div s, `traceCount` a row.
  ///   - errors: Receives the error estimate of each row.
  ///   - workspace: Scratch memory of the calling thread.
  func carry(
    _ z: UnsafeMutableBufferPointer<Double>, rows: Range<Int>,
    changes: UnsafeMutableBufferPointer<Double>, errors: UnsafeMutableBufferPointer<Double>,
    workspace: Workspace
  ) throws(LikelihoodError) {
    let (n, d) = (rows.count, derivative.dimension)
    changes.update(repeating: 0)
    errors.update(repeating: 0)
    let probes = trace == .exact ? 0 : traceCount
    let failed: Int? = workspace.withBuffer(of: Double.self, count: n * (d + traceCount)) {
      slopes in
      workspace.withBuffer(of: Scalar.self, count: probes * n * d) { directions in
        workspace.withBuffer(of: Int32.self, count: 2 * n) { integers in
          for probe in 0..<probes { draw(probe, rows, into: directions) }
          var run = FlowRun(
            d: d, traces: traceCount, z: z, changes: changes, errors: errors, slopes: slopes,
            directions: directions, probes: probes,
            halvings: UnsafeMutableBufferPointer(rebasing: integers[..<n]))
          run.halvings.update(repeating: 1)
          let all = UnsafeMutableBufferPointer(rebasing: integers[n...])
          for row in 0..<n { all[row] = Int32(row) }
          writeSlopes(&run, UnsafeBufferPointer(all), workspace)
          let steps = max(1, Int(((last - first) / Self.widest).rounded(.up)))
          let width = (last - first) / Double(steps)
          for step in 0..<steps {
            let from = first + Double(step) * width
            let to = step == steps - 1 ? last : first + Double(step + 1) * width
            advance(&run, UnsafeBufferPointer(all), from, to, 0, workspace)
          }
          return run.failed
        }
      }
    }
    if let failed { throw .notFinite(row: rows.lowerBound + failed) }
  }

  /// Signs of a probe for all rows, each a function of its number.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  private func draw(
    _ probe: Int, _ rows: Range<Int>, into directions: UnsafeMutableBufferPointer<Scalar>
  ) {
    let count = rows.count * derivative.dimension
    let block = UnsafeMutableBufferPointer(
      rebasing: directions[(probe * count)..<((probe + 1) * count)])
    Scalar.Kernels.uniforms(
      into: block, stream: key.stream(.traceProbes, step: probe),
      first: UInt64(rows.lowerBound) * UInt64(derivative.dimension))
    for index in block.indices { block[index] = block[index] < 0.5 ? -1 : 1 }
  }

  /// The level of a tau, exactly that of the ends at the ends.
  private func level(_ tau: Double) -> NoiseLevel {
    if tau <= first { return stop }
    if tau >= last { return horizon }
    return process.level(at: process.time(ofLogSNR: -tau))
  }

  /// The slopes at the first level.
  private func writeSlopes(
    _ run: inout FlowRun<Scalar>, _ rows: UnsafeBufferPointer<Int32>, _ workspace: Workspace
  ) {
    let width = run.d + run.traces
    workspace.withBuffer(of: Double.self, count: rows.count * width) { slope in
      workspace.withBuffer(of: Scalar.self, count: run.probes * rows.count * run.d) { directions in
        run.gatherDirections(rows, into: directions)
        evaluate(
          UnsafeBufferPointer(run.z), directions, at: first, run.traces, into: slope, workspace)
        run.slopes.baseAddress.unsafelyUnwrapped
          .update(from: slope.baseAddress.unsafelyUnwrapped, count: rows.count * width)
      }
    }
  }

  /// Takes some rows from one level to another, in one step each or in halves.
  private func advance(
    _ run: inout FlowRun<Scalar>, _ rows: UnsafeBufferPointer<Int32>, _ from: Double, _ to: Double,
    _ depth: Int, _ workspace: Workspace
  ) {
    guard !rows.isEmpty, run.failed == nil else { return }
    workspace.withBuffer(of: Int32.self, count: rows.count) { list in
      // Rows to try fill the list from the front, rows to halve from the back.
      var (tried, halved) = (0, rows.count)
      for row in rows {
        if Int(run.halvings[Int(row)]) <= depth || depth >= Self.mostHalvings {
          list[tried] = row
          tried += 1
        } else {
          halved -= 1
          list[halved] = row
        }
      }
      if tried > 0 {
        let trying = UnsafeMutableBufferPointer(rebasing: list[..<tried])
        let rejected = attempt(&run, trying, from, to, depth, workspace)
        // Between the others and the end of the list, which they may overlap.
        halved -= rejected
        if let start = list.baseAddress { (start + halved).update(from: start, count: rejected) }
      }
      let rest = UnsafeBufferPointer(rebasing: list[halved...])
      let middle = from + (to - from) / 2
      advance(&run, rest, from, middle, depth + 1, workspace)
      advance(&run, rest, middle, to, depth + 1, workspace)
    }
  }

  /// Tries one step of some rows; moves those whose error is small enough, and gathers the others at
  /// the front of the list.
  ///
  /// - Returns: The number of the others.
  private func attempt(
    _ run: inout FlowRun<Scalar>, _ rows: UnsafeMutableBufferPointer<Int32>, _ from: Double,
    _ to: Double, _ depth: Int, _ workspace: Workspace
  ) -> Int {
    let (m, d, traces) = (rows.count, run.d, run.traces)
    let width = d + traces
    let step = to - from
    let allowed = tolerance / 2 * step / (last - first)
    var rejected = 0
    workspace.withBuffer(of: Double.self, count: m * (7 * width + d)) { buffer in
      workspace.withBuffer(of: Scalar.self, count: run.probes * m * d) { directions in
        run.gatherDirections(UnsafeBufferPointer(rows), into: directions)
        let stages = buffer.baseAddress.unsafelyUnwrapped
        let place = UnsafeMutableBufferPointer(rebasing: buffer[(7 * m * width)...])
        run.gatherSlopes(UnsafeBufferPointer(rows), into: stages)
        for stage in 1..<7 {
          run.place(
            UnsafeBufferPointer(rows), stages, DormandPrince.weights[stage], times: step,
            into: place)
          evaluate(
            UnsafeBufferPointer(place), directions,
            at: stage >= 5 ? to : from + DormandPrince.nodes[stage] * step, traces,
            into: UnsafeMutableBufferPointer(
              rebasing: buffer[(stage * m * width)..<((stage + 1) * m * width)]), workspace)
        }
        let variance = 1 / (1 + .exp(-2 * to))
        for index in 0..<m {
          let row = Int(rows[index])
          let error = run.error(
            index, of: m, stages, place, step: step, variance: variance)
          // Far from all data, shorter steps would only add rounding errors.
          let allowed = max(
            allowed, run.roundingError(index, of: m, stages, place, step: step, variance: variance))
          if error <= allowed || (depth >= Self.mostHalvings && error.isFinite) {
            run.accept(
              row, index, of: m, stages, place, step: step, error: error)
            let ratio = error / allowed
            run.halvings[row] = Int32(ratio < 0.02 ? max(0, depth - 1) : depth)
          } else if depth >= Self.mostHalvings {
            run.failed = min(row, run.failed ?? row)
          } else {
            var more = 1
            if error.isFinite {
              // The error of a step of given length falls by 16 with each halving.
              more = min(max(1, Int((.log2(error / allowed) / 4 + 0.2).rounded(.up))), 4)
            }
            run.halvings[row] = Int32(min(depth + more, Self.mostHalvings))
            rows[rejected] = rows[index]
            rejected += 1
          }
        }
      }
    }
    return rejected
  }

  /// The slopes dz/dtau and dD/dtau of points, `d + traces` numbers a point.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  private func evaluate(
    _ z: UnsafeBufferPointer<Double>, _ directions: UnsafeMutableBufferPointer<Scalar>,
    at tau: Double, _ traces: Int, into slopes: UnsafeMutableBufferPointer<Double>,
    _ workspace: Workspace
  ) {
    let d = derivative.dimension
    let m = z.count / d
    let level = level(tau)
    let (scale, variance) = (level.scale, 1 / (1 + .exp(-2 * tau)))
    let width = d + traces
    workspace.withBuffer(of: Scalar.self, count: 2 * m * d + directions.count) { buffer in
      let points = UnsafeMutableBufferPointer(rebasing: buffer[..<(m * d)])
      let score = UnsafeMutableBufferPointer(rebasing: buffer[(m * d)..<(2 * m * d)])
      for index in 0..<m * d { points[index] = Scalar(scale * z[index]) }
      let place = Span(_unsafeElements: UnsafeBufferPointer(points))
      var scores = MutableSpan(_unsafeElements: score)
      if directions.isEmpty {
        workspace.withBuffer(of: Double.self, count: m) { divergence in
          var span = MutableSpan(_unsafeElements: divergence)
          derivative.score(
            of: place, at: level, into: &scores, divergence: &span, workspace: workspace)
          for row in 0..<m {
            slopes[row * width + d] = variance * (Double(d) + scale * scale * divergence[row])
          }
        }
      } else {
        let products = UnsafeMutableBufferPointer(rebasing: buffer[(2 * m * d)...])
        var span = MutableSpan(_unsafeElements: products)
        derivative.score(
          of: place, alongEach: Span(_unsafeElements: UnsafeBufferPointer(directions)), at: level,
          into: &scores, derivatives: &span, workspace: workspace)
        for row in 0..<m {
          for probe in 0..<traces {
            var sum = 0.0
            for j in 0..<d {
              let index = (probe * m + row) * d + j
              sum += Double(directions[index]) * Double(products[index])
            }
            slopes[row * width + d + probe] = variance * (Double(d) + scale * scale * sum)
          }
        }
      }
      for row in 0..<m {
        for j in 0..<d {
          slopes[row * width + j] =
            -variance * (z[row * d + j] + scale * Double(score[row * d + j]))
        }
      }
    }
  }
}
