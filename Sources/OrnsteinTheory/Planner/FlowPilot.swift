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
  let law: any ExactTarget<Double>
  let sampler: Sampler<Double>
  let finish: Finish
  let rows: Int
  let threads: Int
  let key: NoiseKey
  let hasScoreError: Bool

  /// The level at which the run ends, or the last with noise before a clean end.
  private var end: NoiseLevel { sampler.levels[sampler.levels.count - 1] }

  /// Whether the finished points stand for data, not for the law at the stop.
  private var isRescaled: Bool { finish != .none || end.sigma == 0 }

  /// Whether points can be compared with the data itself.
  var comparesWithData: Bool { law.hasDensity && isRescaled }

  /// The errors in a metric.
  func budget(_ metric: ErrorMetric) throws -> ErrorBudget {
    switch metric {
    case .wasserstein: try wassersteinBudget()
    case .divergence: try densityBudget(metric) { $0.divergenceFromReference }
    case .totalVariation: try densityBudget(metric) { $0.totalVariation }
    }
  }

  /// What a wrong score costs cannot be told from what the steps cost, so it counts with those.
  private var score: Quantity { hasScoreError ? .unknown : .exact(0) }

  private static let clean = NoiseLevel(time: 0, alpha: 1, sigma: 0)

  /// log of the density of finished points under the law of exact ones: of the data with the noise of
  /// the end, or without.
  private func logReference(_ points: Batch<Double>, noisy: Bool) -> [Double] {
    guard noisy, end.sigma > 0 else {
      return law.logDensity(of: points, at: Self.clean)
    }
    guard isRescaled else { return law.logDensity(of: points, at: end) }
    let level = NoiseLevel(time: end.time, alpha: 1, sigma: end.sigma / end.alpha)
    return law.logDensity(of: points, at: level)
  }

  private func densityBudget(
    _ metric: ErrorMetric, _ distance: (LogRatioSample) -> Quantity
  ) throws -> ErrorBudget {
    let oracle = try PushforwardOracle(sampler)
    let horizon = sampler.levels[0]
    func compare(_ reference: [Double], _ law: [Double]) -> Quantity {
      let sample = LogRatioSample(zip(reference, law).map { $0 - $1 })
      return sample.folds ? .unknown : distance(sample)
    }
    let drawn = try oracle.draw(rows: 0..<rows, threads: threads)
    let initialization = compare(
      law.logDensity(of: drawn.starts, at: horizon), oracle.logStartDensity(of: drawn.starts))
    let exact = law.drawNoised(
      at: horizon, rows: rows, key: key, purpose: .pilotStart)
    let images = try oracle.images(
      of: exact, logDensity: law.logDensity(of: exact, at: horizon), threads: threads)
    let discretization = compare(logReference(images.points, noisy: true), images.logDensity)
    let stop: Quantity
    if end.sigma == 0 {
      stop = .exact(0)
    } else if comparesWithData {
      stop = StopDivergence(law: law, level: end, rows: rows, key: key)[metric]
    } else {
      stop = .exact(0)
    }
    let whole = compare(logReference(drawn.points, noisy: !comparesWithData), drawn.logDensity)
    return ErrorBudget(
      metric: metric, reference: comparesWithData ? .data : .stop, initialization: initialization,
      score: score, discretization: discretization, earlyStopping: stop, whole: whole)
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
    let d = law.dimension
    let variance =
      (0..<d).reduce(0) { $0 + law.moments.covariance[$1 * d + $1] } / Double(d)
    let deviation = max(variance, 1e-24).squareRoot()
    let flow = FlowOracle(law, tolerance: Self.tolerance * min(1, deviation))
    let arrived = NoiseLevel(time: 0, alpha: 1, sigma: Self.arrival * deviation)
    let starts = sampler.drawStart(rows: 0..<rows)
    let drawn = try sampler.draw(rows: 0..<rows, threads: threads)
    let clean = try FlowCoupling(
      flow, from: starts, matched: moments, at: sampler.levels[0], to: arrived, threads: threads)
    let whole = rootMeanSquareDistance(drawn, clean.exactImages)
    let initialization = rootMeanSquareDistance(clean.images, clean.exactImages)
    guard end.sigma > 0 else {
      return ErrorBudget(
        metric: .wasserstein, initialization: initialization, score: score,
        discretization: rootMeanSquareDistance(drawn, clean.images), earlyStopping: .exact(0),
        whole: whole)
    }
    let stopped = try FlowCoupling(
      flow, from: starts, matched: moments, at: sampler.levels[0], to: end, threads: threads)
    let factor = finish == .none ? end.alpha : 1
    let images = Batch(stopped.images.elements.map { factor * $0 }, dimension: d)
    return ErrorBudget(
      metric: .wasserstein, initialization: initialization, score: score,
      discretization: rootMeanSquareDistance(drawn, images),
      earlyStopping: rootMeanSquareDistance(images, clean.images), whole: whole)
  }
}
