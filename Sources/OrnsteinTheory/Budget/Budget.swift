import OrnsteinDiffusion
import OrnsteinNumerics
import RealModule

/// What the law of a plan's points can differ by from the data, part by part, before a point is drawn.
///
/// The Kullback-Leibler divergence of the noised data from the points at the stop is at most that of the
/// paths,
///
///     KL(p_stop | q) <= initialization + score + discretization = path,
///
/// each part in nats; what noise is left at the stop is a Wasserstein-2 distance of its own.
public struct Budget: Sendable, Hashable, Codable {
  /// What the sampler freezes over a step; `nil` if its paths have no known divergence.
  public var freezing: Freezing?
  /// The number of steps between levels with noise.
  public var steps: Int
  /// KL(p_horizon | start).
  public var initialization: Quantity
  /// What the error of the score adds: for a frozen denoiser half of the sum of (u_a - u_b)
  /// E|m^ - m|^2, else the squared score error of each step and its product with the score.
  public var score: Quantity
  /// What the same steps cost an exact score.
  public var discretization: Quantity
  /// The sum, the divergence of the paths.
  public var path: Quantity
  /// The bound that the sum is for the total variation between noised data and points at the stop.
  public var totalVariation: Quantity
  /// The Wasserstein-2 distance between data and exactly noised data at the stop, after the finish.
  public var earlyStopping: Quantity
  /// At least -E log q of held-out data with the noise of the stop, sigma / alpha, in nats a point.
  ///
  /// Known from data alone: it is the bound on the evidence that training lowers.
  public var negativeLogLikelihood: Quantity

  /// The budget of a plan for an exact target.
  ///
  /// - Parameters:
  ///   - plan: The plan.
  ///   - target: The law; the error of ``/OrnsteinDiffusion/PerturbedScore`` counts as score error.
  ///   - rows: The number of paths, where the law must be sampled.
  ///   - key: The randomness of the paths.
  ///   - threads: How many threads work; the numbers do not depend on it.
  /// - Throws: ``BudgetError/noNoiseAtStop``, ``OracleError``, or what keeps the plan from being carried
  ///   out.
  public init(
    of plan: SamplingPlan, for target: any ExactTarget<Double>, rows: Int = 16_384,
    key: NoiseKey = NoiseKey(seed: 0), threads: Int = 1
  ) throws {
    let times = try PlanEnds(plan).canonicalTimes
    var measured = [times[0], times[times.count - 1]]
    if Freezing(of: plan) != nil {
      measured =
        times.count > 160
        ? CandidateTimes.evenInLogSNR(193, from: measured[0], to: measured[1])
        : CandidateTimes.union([
          times, CandidateTimes.evenInLogSNR(129, from: measured[0], to: measured[1]),
        ])
    }
    try self.init(
      of: plan,
      statistics: PathStatistics(
        of: target, times: measured, rows: rows, key: key, threads: threads))
  }

  /// The budget of a plan from measured statistics.
  ///
  /// Of a model measured on data the score error and the cost of the steps are unknown, but the
  /// likelihood is bounded. Of one measured against its own samples the cost of the steps is an estimate
  /// that takes the score for right.
  ///
  /// - Parameters:
  ///   - plan: The plan.
  ///   - statistics: Statistics at times from the stop of the plan to its horizon, or beyond.
  ///   - startMoments: The moments that a moment-matched start uses; `nil` for those of the statistics.
  /// - Throws: ``BudgetError``, ``OracleError``, or what keeps the plan from being carried out.
  public init(
    of plan: SamplingPlan, statistics: PathStatistics, startMoments: DataMoments? = nil
  ) throws {
    let ends = try PlanEnds(plan)
    let times = ends.canonicalTimes
    let local = try statistics.resampled(at: times)
    let start = try StartDivergence(
      plan.initialLaw, moments: local.moments, startMoments: startMoments,
      canonicalTime: times[times.count - 1])
    steps = times.count - 1
    freezing = ends.stepsAreFrozen ? Freezing(of: plan) : nil
    initialization = .exact(start.normalPart) + (try local.normality(at: times.count - 1))
    score = .unknown
    discretization = .unknown
    negativeLogLikelihood = .unknown
    if let freezing {
      let whole = PathCost(local, freezing: freezing)
      switch local.basis {
      case .exact, .sampled:
        discretization = PathCost(local, freezing: freezing, part: .discretization).total
        score =
          local.mean.error == nil
          ? .exact(0) : PathCost(local, freezing: freezing, part: .score).total
      case .selfConsistent: discretization = whole.total
      case .data:
        negativeLogLikelihood = start.negativeLogLikelihood(
          relativeCost: whole.total, freezing: freezing, stop: times[0])
      }
    }
    path = initialization + score + discretization
    totalVariation = TotalVariationBounds.best(path)
    earlyStopping = ends.earlyStopping(local)
  }
}
