import OrnsteinDiffusion
import OrnsteinNumerics
import RealModule

/// A learned score to plan for.
///
/// What the score itself is off by is unknown without data; the steps are measured against the exact
/// flow of the same score (``/OrnsteinDiffusion/FlowLikelihood``, ``FlowOracle``) or against its own
/// samples.
public struct LearnedSubject<Scalar: BatchScalar>: PlanSubject {
  /// The score.
  public let model: any ScoreModel<Scalar>
  /// The mean and covariance of the data.
  public let moments: DataMoments
  /// The randomness of the pilots.
  public let key: NoiseKey

  /// A score to plan for.
  public init(
    _ model: any ScoreModel<Scalar>, moments: DataMoments, key: NoiseKey = NoiseKey(seed: 0)
  ) {
    self.model = model
    self.moments = moments
    self.key = key
  }

  /// The number of coordinates.
  public var dimension: Int { model.dimension }

  /// A learned law is compared with its own flow, which has a density at every stop.
  public func comparesWithData(_ metric: ErrorMetric) -> Bool { true }

  /// What the steps cost, measured; what the start costs, bounded by the moments; the score unknown.
  public func flowBudget(
    of plan: SamplingPlan, metric: ErrorMetric, rows: Int, threads: Int
  ) throws -> ErrorBudget {
    let sampler = try plan.makeSampler(for: model, moments: moments)
    let horizon = sampler.levels[0]
    let divergence = Quantity.bound(
      try InitializationDivergence.bound(from: plan.initialLaw, moments: moments, at: horizon))
    let end = reference(of: sampler)
    switch metric {
    case .divergence, .totalVariation:
      let drawn = try PushforwardOracle(sampler).draw(rows: 0..<rows, threads: threads)
      let logReference = try logFlow(
        drawn.points, of: plan, from: horizon, to: end,
        rescaled: plan.finish != .none || sampler.levels[sampler.levels.count - 1].sigma == 0,
        threads: threads)
      let sample = LogRatioSample(zip(logReference, drawn.logDensity).map { $0 - $1 })
      let steps =
        sample.folds
        ? Quantity.unknown
        : metric == .totalVariation ? sample.totalVariation : sample.divergenceFromReference
      return ErrorBudget(
        metric: metric,
        initialization: metric == .totalVariation
          ? TotalVariationBounds.best(divergence) : divergence,
        score: .unknown, discretization: steps,
        earlyStopping: sampler.levels[sampler.levels.count - 1].sigma == 0 ? .exact(0) : .unknown)
    case .wasserstein:
      let flow = FlowOracle(
        WidenedScore(model), tolerance: Scalar.ulpOfOne > 1e-10 ? 2e-5 : 1e-9)
      let starts = sampler.drawStart(rows: 0..<rows)
      let drawn = try sampler.draw(rows: 0..<rows, threads: threads)
      let images = try flow.images(
        of: widened(starts), from: horizon, to: end, threads: threads)
      let rescale = plan.finish == .none ? 1 : 1 / end.alpha
      return ErrorBudget(
        metric: metric, initialization: .unknown, score: .unknown,
        discretization: rootMeanSquareDistance(
          widened(drawn),
          Batch(images.elements.map { rescale * $0 }, dimension: images.dimension)),
        earlyStopping: .bound(EarlyStopping.boundRescaled(at: end, dimension: dimension)))
    }
  }

  /// The level at which the flow is compared: the stop, or an eighth of the last noise before a clean
  /// end.
  private func reference(of sampler: Sampler<Scalar>) -> NoiseLevel {
    let last = sampler.levels[sampler.levels.count - 1]
    guard last.sigma == 0 else { return last }
    let noisy = sampler.levels[sampler.levels.count - 2]
    return NoiseLevel(
      time: noisy.time, alpha: 1, sigma: noisy.sigma / noisy.alpha / 8)
  }

  private func widened(_ points: Batch<Scalar>) -> Batch<Double> {
    Batch(points.elements.map { Double($0) }, dimension: points.dimension)
  }

  /// The densities of points under the exact flow of the score from the start of the plan.
  private func logFlow(
    _ points: Batch<Double>, of plan: SamplingPlan, from horizon: NoiseLevel, to end: NoiseLevel,
    rescaled: Bool, threads: Int
  ) throws -> [Double] {
    let canonical = OrnsteinUhlenbeck.canonical
    let likelihood = try FlowLikelihood(
      model, process: canonical, stop: end.canonicalTime, horizon: horizon.canonicalTime,
      base: plan.initialLaw == .process ? .process : .moments(moments),
      tolerance: 1e-3, key: key)
    if rescaled {
      return try likelihood.logDensities(ofData: points, threads: threads).map(\.value)
    }
    let scale = end.scale
    return try likelihood.logDensities(
      of: Batch(points.elements.map { $0 / scale }, dimension: points.dimension), threads: threads
    ).map { $0.value - Double(dimension) * .log(scale) }
  }

  /// The statistics of the score taken for that of its own samples.
  public func pathStatistics(
    at times: [Double], process: ProcessSpecification, threads: Int
  ) throws -> PathStatistics {
    let forward = try process.make()
    let plan = SamplingPlan(
      process: process,
      grid: GridSpecification(
        .logSNR, steps: 48, horizon: forward.time(ofCanonicalTime: times[times.count - 1]),
        stop: forward.time(ofCanonicalTime: times[0])))
    let (points, measured) = try plan.pilot(
      of: model, moments: moments, threads: threads, canonicalStop: times[0])
    return try PathStatistics(
      selfConsistent: model, points: points, moments: measured, times: times, threads: threads)
  }

  /// The distance of the noised data from the data.
  public func stopError(at level: NoiseLevel, metric: ErrorMetric, rows: Int) -> Quantity {
    metric == .wasserstein
      ? .bound(EarlyStopping.boundRescaled(at: level, dimension: dimension)) : .unknown
  }

  /// The levels of a plan.
  public func levels(of plan: SamplingPlan) throws -> [NoiseLevel] {
    try plan.makeSampler(for: model, moments: moments).levels
  }

  /// The seconds that one row takes.
  public func secondsPerRow(of plan: SamplingPlan) throws -> Double {
    try secondsPerRow(of: try plan.makeSampler(for: model, moments: moments))
  }
}

/// A score of single precision for points of double precision.
struct WidenedScore<Scalar: BatchScalar>: ScoreModel {
  private let model: any ScoreModel<Scalar>

  init(_ model: any ScoreModel<Scalar>) { self.model = model }

  var dimension: Int { model.dimension }

  var multiplyAddsPerPoint: Int { model.multiplyAddsPerPoint }

  func score(
    of points: Span<Double>, at level: NoiseLevel, into score: inout MutableSpan<Double>,
    workspace: Workspace
  ) {
    let count = points.count
    workspace.withBuffer(of: Scalar.self, count: 2 * count) { buffer in
      let narrow = UnsafeMutableBufferPointer(rebasing: buffer[..<count])
      let result = UnsafeMutableBufferPointer(rebasing: buffer[count...])
      for index in 0..<count { narrow[index] = Scalar(points[index]) }
      var span = MutableSpan(_unsafeElements: result)
      model.score(
        of: Span(_unsafeElements: UnsafeBufferPointer(narrow)), at: level, into: &span,
        workspace: workspace)
      for index in 0..<count { score[index] = Double(result[index]) }
    }
  }
}
