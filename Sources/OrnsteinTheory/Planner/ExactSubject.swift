import OrnsteinDiffusion
import OrnsteinNumerics

/// An exact target to plan for: every error can be measured.
public struct ExactSubject: PlanSubject {
  /// The law.
  public let target: any ExactTarget<Double>
  /// The randomness of the pilots.
  public let key: NoiseKey

  /// A target to plan for.
  public init(_ target: any ExactTarget<Double>, key: NoiseKey = NoiseKey(seed: 0)) {
    self.target = target
    self.key = key
  }

  /// The number of coordinates.
  public var dimension: Int { target.dimension }

  /// The mean and covariance of the data.
  public var moments: DataMoments { target.moments }

  /// Laws with a density are compared with; distances to others only exist as Wasserstein distances.
  public func comparesWithData(_ metric: ErrorMetric) -> Bool {
    metric == .wasserstein || target.hasDensity
  }

  /// The errors of a plan whose sampler draws no noise, by parts and as a whole.
  public func flowBudget(
    of plan: SamplingPlan, metric: ErrorMetric, rows: Int, threads: Int
  ) throws -> ErrorBudget {
    let law = (target as? PerturbedScore<Double>)?.base ?? target
    return try FlowPilot(
      law: law, sampler: try plan.makeSampler(for: target), finish: plan.finish, rows: rows,
      threads: threads, key: key, hasScoreError: target is PerturbedScore<Double>
    ).budget(metric)
  }

  /// The statistics of the law.
  public func pathStatistics(
    at times: [Double], process: ProcessSpecification, threads: Int
  ) throws -> PathStatistics {
    try PathStatistics(of: target, times: times, key: key, threads: threads)
  }

  /// The distance of the noised data from the data.
  public func stopError(at level: NoiseLevel, metric: ErrorMetric, rows: Int) -> Quantity {
    switch metric {
    case .wasserstein:
      .bound(EarlyStopping.boundRescaled(at: level, dimension: dimension))
    case .divergence, .totalVariation:
      target.hasDensity
        ? StopDivergence(law: target, level: level, rows: rows, key: key)[metric] : .exact(0)
    }
  }

  /// The levels of a plan.
  public func levels(of plan: SamplingPlan) throws -> [NoiseLevel] {
    try plan.makeSampler(for: target).levels
  }

  /// The seconds that one row takes.
  public func secondsPerRow(of plan: SamplingPlan) throws -> Double {
    try secondsPerRow(of: try plan.makeSampler(for: target))
  }
}

/// How far data with the noise of a level, x / alpha, is from data, for laws with densities.
struct StopDivergence {
  private let ratios: LogRatioSample

  init(law: any ExactTarget<Double>, level: NoiseLevel, rows: Int, key: NoiseKey) {
    let rescaled = NoiseLevel(time: level.time, alpha: 1, sigma: level.sigma / level.alpha)
    let points = law.drawNoised(at: rescaled, rows: rows, key: key, purpose: .pilotEdges)
    let data = law.logDensity(of: points, at: NoiseLevel(time: 0, alpha: 1, sigma: 0))
    let noised = law.logDensity(of: points, at: rescaled)
    ratios = LogRatioSample(zip(data, noised).map { $0 - $1 })
  }

  subscript(metric: ErrorMetric) -> Quantity {
    metric == .totalVariation ? ratios.totalVariation : ratios.divergenceFromReference
  }
}

extension ExactTarget<Double> {
  /// Exact points of the noised data.
  func drawNoised(
    at level: NoiseLevel, rows: Int, key: NoiseKey, purpose: NoisePurpose
  ) -> Batch<Double> {
    var points = drawExactly(rows: 0..<rows, key: key)
    var noise = [Double](repeating: 0, count: rows * dimension)
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
