import OrnsteinDiffusion
import OrnsteinNumerics
import RealModule

/// Measures the errors of a deterministic sampler of an exact target on some rows of its own.
///
/// Divergence and total variation come from densities (``PushforwardOracle``): the flow keeps both, so
/// the initialization costs what the laws at the horizon differ by, and the steps what the images of
/// exact points differ by from the data. The Wasserstein distance comes from couplings by the starting
/// point: the sampler, the exact flow from the same point, and the exact flow from where that point
/// comes from when the horizon is moved up by 6; each is at least the distance of the laws.
struct FlowPilot {
  let target: any ExactTarget<Double>
  let sampler: Sampler<Double>
  let finish: Finish
  let rows: Int
  let threads: Int
  let key: NoiseKey

  /// The level at which the run ends, or the last with noise before a clean end.
  private var end: NoiseLevel { sampler.levels[sampler.levels.count - 1] }

  /// Whether the finished points stand for data, not for the law at the stop.
  private var isRescaled: Bool { finish != .none || end.sigma == 0 }

  /// Whether points can be compared with the data itself.
  var comparesWithData: Bool { target.hasDensity && isRescaled }

  /// The errors in a metric.
  func budget(_ metric: ErrorMetric) throws -> ErrorBudget {
    switch metric {
    case .wasserstein: try wassersteinBudget()
    case .divergence: try densityBudget(metric) { $0.divergenceFromReference }
    case .totalVariation: try densityBudget(metric) { $0.totalVariation }
    }
  }

  private static let clean = NoiseLevel(time: 0, alpha: 1, sigma: 0)

  /// log of the density of finished points under the law of exact ones: of the data with the noise of
  /// the end, or without.
  private func logReference(_ points: Batch<Double>, noisy: Bool) -> [Double] {
    guard noisy, end.sigma > 0 else {
      return target.logDensity(of: points, at: Self.clean)
    }
    guard isRescaled else { return target.logDensity(of: points, at: end) }
    let level = NoiseLevel(time: end.time, alpha: 1, sigma: end.sigma / end.alpha)
    return target.logDensity(of: points, at: level)
  }

  private func densityBudget(
    _ metric: ErrorMetric, _ distance: (LogRatioSample) -> Quantity
  ) throws -> ErrorBudget {
    let oracle = try PushforwardOracle(sampler)
    let horizon = sampler.levels[0]
    func compare(_ reference: [Double], _ law: [Double]) -> Quantity {
      distance(LogRatioSample(zip(reference, law).map { $0 - $1 }))
    }
    let drawn = try oracle.draw(rows: 0..<rows, threads: threads)
    let initialization = compare(
      target.logDensity(of: drawn.starts, at: horizon), oracle.logStartDensity(of: drawn.starts))
    let exact = noised(at: horizon, purpose: .pilotStart)
    let images = try oracle.images(
      of: exact, logDensity: target.logDensity(of: exact, at: horizon), threads: threads)
    let discretization = compare(logReference(images.points, noisy: true), images.logDensity)
    let stop: Quantity
    if end.sigma == 0 {
      stop = .exact(0)
    } else if comparesWithData {
      let level = NoiseLevel(time: end.time, alpha: 1, sigma: end.sigma / end.alpha)
      let points = noised(at: level, purpose: .pilotEdges)
      stop = compare(logReference(points, noisy: false), target.logDensity(of: points, at: level))
    } else {
      stop = .exact(0)
    }
    let whole = compare(logReference(drawn.points, noisy: !comparesWithData), drawn.logDensity)
    return ErrorBudget(
      metric: metric, reference: comparesWithData ? .data : .stop, initialization: initialization,
      score: .exact(0), discretization: discretization, earlyStopping: stop, whole: whole)
  }

  /// Exact points of the noised data.
  private func noised(at level: NoiseLevel, purpose: NoisePurpose) -> Batch<Double> {
    let d = target.dimension
    var points = target.drawExactly(rows: 0..<rows, key: key)
    var noise = [Double](repeating: 0, count: rows * d)
    noise.withUnsafeMutableBufferPointer {
      DoubleKernels.normals(into: $0, stream: key.stream(purpose), first: 0)
    }
    points.withUnsafeMutableBufferPointer { points in
      for index in points.indices {
        points[index] = level.alpha * points[index] + level.sigma * noise[index]
      }
    }
    return points
  }
}

extension FlowPilot {
  /// How closely the reference flow is followed, relative to the points.
  private static let tolerance = 1e-10
  /// The noise at which a flow counts as having arrived, in deviations of the data.
  private static let arrival = 1e-6

  private func wassersteinBudget() throws -> ErrorBudget {
    let moments: DataMoments? =
      if case .moments(let moments) = sampler.start { moments } else { nil }
    let d = target.dimension
    let variance =
      (0..<d).reduce(0) { $0 + target.moments.covariance[$1 * d + $1] } / Double(d)
    let deviation = max(variance, 1e-24).squareRoot()
    let flow = FlowOracle(target, tolerance: Self.tolerance * min(1, deviation))
    let arrived = NoiseLevel(time: 0, alpha: 1, sigma: Self.arrival * deviation)
    let starts = sampler.drawStart(rows: 0..<rows)
    let drawn = try sampler.draw(rows: 0..<rows, threads: threads)
    let clean = try FlowCoupling(
      flow, from: starts, matched: moments, at: sampler.levels[0], to: arrived, threads: threads)
    let whole = rootMeanSquareDistance(drawn, clean.exactImages)
    let initialization = rootMeanSquareDistance(clean.images, clean.exactImages)
    guard end.sigma > 0 else {
      return ErrorBudget(
        metric: .wasserstein, initialization: initialization, score: .exact(0),
        discretization: rootMeanSquareDistance(drawn, clean.images), earlyStopping: .exact(0),
        whole: whole)
    }
    let stopped = try FlowCoupling(
      flow, from: starts, matched: moments, at: sampler.levels[0], to: end, threads: threads)
    let factor = finish == .none ? end.alpha : 1
    let images = Batch(stopped.images.elements.map { factor * $0 }, dimension: d)
    return ErrorBudget(
      metric: .wasserstein, initialization: initialization, score: .exact(0),
      discretization: rootMeanSquareDistance(drawn, images),
      earlyStopping: rootMeanSquareDistance(images, clean.images), whole: whole)
  }
}
