import OrnsteinNumerics
import RealModule

/// Plans the levels and coefficients of a planned sampler for a model.
struct PilotRun {
  let score: PilotScore
  let moments: DataMoments
  let grid: GridSpecification
  let eta: Double
  /// Whether the points start from the law of the process, which needs its whole horizon.
  let startsAtHorizon: Bool

  /// A pilot run of a model.
  ///
  /// - Parameters:
  ///   - moments: The moments of the data, or `nil` to learn them from the model.
  ///   - startsAtHorizon: Whether to start at the horizon of the process in place of ten times the
  ///     largest deviation of the data.
  /// - Throws: ``SamplingError`` or ``GridError``.
  init<Scalar: BatchScalar>(
    _ model: any ScoreModel<Scalar>, process: any ForwardProcess, moments: DataMoments?,
    grid: GridSpecification, eta: Double, startsAtHorizon: Bool
  ) throws {
    score = PilotScore(
      model,
      levels: PlannedLevels(process: process, reachesBeyondHorizon: model is any LogDensityModel))
    if let moments, moments.dimension != model.dimension {
      throw SamplingError.invalidMoments(
        "they are of dimension \(moments.dimension), the model is of dimension \(model.dimension)")
    }
    self.moments = try moments ?? Self.learn(score, grid)
    self.grid = grid
    self.eta = eta
    self.startsAtHorizon = startsAtHorizon
  }

  /// Above this number of steps their errors are negligible, and nothing is fitted.
  private static let mostFitted = 1000

  /// The plan.
  func plan() throws -> MultistepPlan {
    let deviation = try largestDeviation()
    let (start, end) = try score.levels.ends(
      grid, deviation: startsAtHorizon ? .infinity : deviation)
    let range = try PilotRange(
      score, moments: moments, deviation: deviation, start: start, end: end)
    guard grid.steps <= Self.mostFitted, range.floor.isFinite, range.tail.isFinite else {
      return plain(range)
    }
    let intervals = grid.steps <= 200 ? max(128, 5 * grid.steps) : max(1000, grid.steps * 3 / 2)
    let paths = try PilotPaths(in: range, intervals: intervals)
    guard paths.isFinite else { return plain(range) }
    let nodes = NodePlan.nodes(paths, steps: grid.steps, tail: range.tail)
    let deviations = nodes.map { paths.deviations[$0] }
    let steps =
      eta > 0
      ? try DiffusionFit(paths, in: range, along: deviations, eta: eta).best()
      : FlowFit(paths: paths, nodes: nodes).best().map { MultistepCoefficients(slopes: $0) }
    guard steps.allSatisfy({ ($0.slopes + $0.noises).allSatisfy(\.isFinite) }) else {
      return plain(range)
    }
    return MultistepPlan(
      levels: deviations.map(score.levels.level),
      rule: MultistepRule(normal: paths.normal, eta: eta, steps: steps))
  }

  /// Adams-Bashforth on levels that suit the scale of the data.
  private func plain(_ range: PilotRange) -> MultistepPlan {
    let d = moments.dimension
    let variances = (0..<d).map {
      max(moments.covariance[$0 * d + $0], 1e-12 * range.deviation * range.deviation)
    }
    let normal = MatchedNormal(mean: moments.mean, variances: variances)
    let usual = 0.02 * normal.meanVariance.squareRoot()
    let deviations = PlannedLevels.spread(
      steps: grid.steps, from: range.start,
      lowest: range.floor > 0 ? min(usual, range.floor) : usual,
      to: range.end)
    return MultistepPlan(
      levels: deviations.map(score.levels.level),
      rule: .adams(normal, along: deviations, order: eta > 0 ? 1 : 4, eta: eta))
  }

  /// The root of the largest eigenvalue of the covariance.
  private func largestDeviation() throws(SamplingError) -> Double {
    guard (moments.mean + moments.covariance).allSatisfy(\.isFinite) else {
      throw .invalidMoments("some are not finite")
    }
    let values: [Double]
    do {
      values = try SymmetricEigendecomposition(
        of: moments.covariance, dimension: moments.dimension
      ).values
    } catch {
      throw .invalidMoments("\(error)")
    }
    let size = 1 + moments.mean.reduce(0) { max($0, abs($1)) }
    return max(values.last ?? 0, 1e-12 * size * size).squareRoot()
  }

  /// The mean and a common variance of the coordinates from denoised noise: at high noise the denoiser
  /// of data of variance c is mean + c / (c + sigma^2) (y - mean).
  private static func learn(_ score: PilotScore, _ grid: GridSpecification) throws -> DataMoments {
    let process = score.levels.process
    let d = score.dimension
    let sigma =
      try grid.horizon == nil
      ? process.level(at: process.horizon).relativeDeviation
      : score.levels.start(grid, deviation: 1)
    let count = 256
    var y = [Double](repeating: 0, count: count * d)
    y.withUnsafeMutableBufferPointer {
      DoubleKernels.normals(into: $0, stream: PilotRange.key.stream(.pilotMoments), first: 0)
    }
    for index in y.indices { y[index] *= sigma }
    let denoised = score.euler(y, from: sigma, to: 0)
    func mean(_ values: [Double]) -> [Double] {
      (0..<d).map { axis in
        stride(from: axis, to: values.count, by: d).reduce(0) { $0 + values[$1] } / Double(count)
      }
    }
    let (centre, data) = (mean(y), mean(denoised))
    var (mixed, square) = (0.0, 0.0)
    for index in y.indices {
      let away = y[index] - centre[index % d]
      mixed += away * (denoised[index] - data[index % d])
      square += away * away
    }
    let variance = min(max(sigma * sigma * mixed / square, 1e-6), sigma * sigma)
    guard variance.isFinite, data.allSatisfy(\.isFinite) else {
      return DataMoments(
        mean: [Double](repeating: 0, count: d),
        covariance: (0..<d * d).map { $0 / d == $0 % d ? 1 : 0 })
    }
    return DataMoments(
      mean: data, covariance: (0..<d * d).map { $0 / d == $0 % d ? variance : 0 })
  }
}
