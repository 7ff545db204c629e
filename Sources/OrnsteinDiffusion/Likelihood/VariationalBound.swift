import OrnsteinNumerics
import RealModule

/// A lower bound of the log-density of data under an ancestral sampler: the evidence lower bound of a
/// plan, datum by datum.
///
/// The sampler starts from the base law and freezes the denoiser m over each step of its levels (the
/// predictor `ancestral`). With u = alpha^2 / sigma^2, for a clean point x_0 and x_k = alpha_k x_0 +
/// sigma_k xi,
///
///     -E log q(x_stop) <= KL(N(alpha_T x_0, sigma_T^2 I) | base)
///                         + sum_k (u_{k-1} - u_k) / 2 E |x_0 - m(x_k)|^2
///                         + d / 2 log(2 pi e sigma_stop^2),
///
/// the mean over the noise of the stop level; the last term is the entropy of that noise. Its mean over
/// the data exceeds the entropy of the noised data by the path KL of the plan. As a bound of data, x_0
/// with noise of deviation sigma / alpha of the stop level, it is less by d log alpha.
///
/// For a sampler that knows the data's own noise (``FrozenDenoiser/baseVariance`` s_0^2), with
/// t_k = sigma_k^2 / alpha_k^2, v_k = s_0^2 + t_k and r = t_{k-1} v_k / (t_k v_{k-1}), the terms of the
/// steps are
///
///     v_k (t_k - t_{k-1}) / (2 t_k v_{k-1}) |xi + sigma_k s(x_k)|^2 + d / 2 (r - 1 - log r),
///
/// and the levels may end at clean data: the last step then has a density of its own, and the bound is
/// one of the data themselves. The part (s_0^2 / v_k)^2 |xi|^2 of the square is replaced by its mean, which
/// takes most of the noise of the steps near the end.
///
/// Each datum has noise of its own at each level, a function of its number, the level's place and the
/// seed: two models or plans of equal levels are compared on common random numbers.
///
/// - Source: Kingma et al., arXiv 2107.00630, equations 11 to 15; Watson et al., arXiv 2106.03802.
public struct VariationalBound<Scalar: BatchScalar>: Sendable {
  private static var chunkRows: Int { 128 }

  /// The score.
  public let model: any ScoreModel<Scalar>
  /// The levels of the sampler, from the horizon to the stop.
  public let levels: [NoiseLevel]
  /// The variance of the data's own noise that the sampler knows, 0 for none.
  public let baseVariance: Double
  /// How many times each datum is noised at each level.
  public let draws: Int
  private let base: BaseDensity<Scalar>
  private let key: NoiseKey

  /// The bound of a model under some levels.
  ///
  /// - Parameters:
  ///   - model: The score of the noised data.
  ///   - levels: The levels of the sampler, from the horizon to the stop, two or more.
  ///   - base: The law at the horizon.
  ///   - baseVariance: The variance of the data's own noise that the sampler knows; where it is above 0,
  ///     the stop may be clean data.
  ///   - draws: How many times each datum is noised at each level, 1 or more.
  ///   - key: The randomness of the noise.
  /// - Throws: ``LikelihoodError`` for levels or settings that make no sense.
  public init(
    _ model: any ScoreModel<Scalar>, levels: [NoiseLevel], base: BaseLaw = .process,
    baseVariance: Double = 0, draws: Int = 1, key: NoiseKey = NoiseKey(seed: 0)
  ) throws(LikelihoodError) {
    guard baseVariance >= 0, baseVariance.isFinite else {
      throw .invalidSetting(
        name: "base variance", value: baseVariance, requirement: "must be 0 or more and finite")
    }
    guard (1...65_536).contains(draws) else {
      throw .invalidSetting(
        name: "number of draws", value: Double(draws), requirement: "must be between 1 and 65536")
    }
    guard let first = levels.first, let last = levels.last, levels.count >= 2,
      last.sigma > 0 || baseVariance > 0, first.alpha > 0,
      zip(levels, levels.dropFirst()).allSatisfy({ $0.logSNR < $1.logSNR })
    else {
      throw .invalidLevels(
        stop: levels.last?.time ?? .nan, horizon: levels.first?.time ?? .nan)
    }
    self.model = model
    self.levels = levels
    self.baseVariance = baseVariance
    self.draws = draws
    self.key = key
    self.base = try BaseDensity(base, of: model, at: first)
  }

  /// The lower bounds of the log-densities at the stop level of noised data, in the mean over their
  /// noise.
  ///
  /// - Parameters:
  ///   - points: Clean points x_0.
  ///   - firstRow: The number of the first row, which decides on its noise.
  ///   - threads: How many threads work; does not change the result.
  /// - Returns: One bound a row, with the standard error over its draws where there are two or more.
  /// - Throws: ``LikelihoodError`` for points of another dimension or that are not finite, or a score
  ///   that is not finite.
  public func logDensities<Point: BatchScalar>(
    of points: Batch<Point>, firstRow: Int = 0, threads: Int = 1
  ) throws -> [LogDensity] {
    let d = model.dimension
    guard points.dimension == d else {
      throw LikelihoodError.wrongDimension(found: points.dimension, expected: d)
    }
    return try [LogDensity](unsafeUninitializedCapacity: points.count) { output, initialized in
      nonisolated(unsafe) let output = output
      try Chunks(of: firstRow..<firstRow + points.count, size: Self.chunkRows)
        .forEach(threads: threads) { rows, workspace in
          try workspace.withBuffer(of: Double.self, count: rows.count * d) { clean in
            try points.withUnsafeBufferPointer { points in
              let first = (rows.lowerBound - firstRow) * d
              for index in clean.indices {
                clean[index] = Double(points[first + index])
                guard clean[index].isFinite else {
                  throw LikelihoodError.pointNotFinite(row: rows.lowerBound + index / d)
                }
              }
            }
            try write(rows, UnsafeBufferPointer(clean), workspace) { row, bound in
              (output.baseAddress.unsafelyUnwrapped + (row - firstRow)).initialize(to: bound)
            }
          }
        }
      initialized = points.count
    }
  }

  /// The same as bounds of data, with noise of deviation sigma / alpha of the stop level.
  ///
  /// - Parameters:
  ///   - points: Clean points x_0.
  ///   - firstRow: The number of the first row, which decides on its noise.
  ///   - threads: How many threads work; does not change the result.
  /// - Returns: One bound a row, with the standard error over its draws where there are two or more.
  /// - Throws: ``LikelihoodError`` as ``logDensities(of:firstRow:threads:)``.
  public func logDensities<Point: BatchScalar>(
    ofData points: Batch<Point>, firstRow: Int = 0, threads: Int = 1
  ) throws -> [LogDensity] {
    let shift = Double(model.dimension) * .log(levels[levels.count - 1].alpha)
    return try logDensities(of: points, firstRow: firstRow, threads: threads).map {
      LogDensity(value: $0.value + shift, standardError: $0.standardError)
    }
  }

  private func write(
    _ rows: Range<Int>, _ clean: UnsafeBufferPointer<Double>, _ workspace: Workspace,
    _ body: (Int, LogDensity) -> Void
  ) throws {
    let (n, d, last) = (rows.count, model.dimension, levels[levels.count - 1])
    // Without noise at the end, the last step has a density of x / alpha, without any entropy.
    let entropy =
      Double(d) * (last.sigma > 0 ? (1 + .log(2 * .pi)) / 2 + .log(last.sigma) : .log(last.alpha))
    try workspace.withBuffer(of: Double.self, count: 3 * n) { sums in
      sums.update(repeating: 0)
      let costs = UnsafeMutableBufferPointer(rebasing: sums[..<n])
      for draw in 0..<draws {
        costs.update(repeating: 0)
        addSteps(rows, clean, draw: draw, to: costs, workspace)
        addStart(rows, clean, draw: draw, to: costs, workspace)
        for row in 0..<n {
          let change = costs[row] - sums[n + row]
          sums[n + row] += change / Double(draw + 1)
          sums[2 * n + row] += change * (costs[row] - sums[n + row])
        }
      }
      for row in 0..<n {
        let value = -sums[n + row] - entropy
        guard value.isFinite else { throw LikelihoodError.notFinite(row: rows.lowerBound + row) }
        let variance = draws > 1 ? sums[2 * n + row] / Double(draws - 1) / Double(draws) : nil
        body(
          rows.lowerBound + row,
          LogDensity(value: value, standardError: variance.map { $0.squareRoot() }))
      }
    }
  }

  /// The noise of some rows at one level.
  private func noise(
    _ rows: Range<Int>, draw: Int, level: Int, into output: UnsafeMutableBufferPointer<Double>
  ) {
    Double.Kernels.normals(
      into: output, stream: key.stream(.variationalNoise, step: level),
      first: UInt64(rows.lowerBound) * UInt64(model.dimension) + (UInt64(draw) << 44))
  }

  /// The factor of |xi + sigma s|^2 of a step, the share of |xi|^2 whose deviation from its mean is taken
  /// from it, and what is added for each coordinate.
  private func cost(of step: Int) -> (factor: Double, share: Double, constant: Double) {
    let (level, next) = (levels[step], levels[step + 1])
    let (t, s) = (level.variance, next.variance)
    guard baseVariance > 0 else {
      // x_0 - m = -(sigma / alpha) (xi + sigma s), without a difference of large numbers.
      return ((next.signalToNoiseRatio - level.signalToNoiseRatio) / 2 * t, 0, 0)
    }
    let ratio = (baseVariance + t) / (baseVariance + s)
    let factor = ratio * (t - s) / (2 * t)
    // What is left of xi for normal data of the base variance.
    let rest = baseVariance / (baseVariance + t)
    // The step to clean data has a density of deviation sqrt(t / ratio).
    guard s > 0 else { return (factor, rest * rest, .log(2 * .pi * t / ratio) / 2) }
    let variances = s / t * ratio
    return (factor, rest * rest, (variances - 1 - .log(variances)) / 2)
  }

  /// Adds the terms of every step.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  private func addSteps(
    _ rows: Range<Int>, _ clean: UnsafeBufferPointer<Double>, draw: Int,
    to costs: UnsafeMutableBufferPointer<Double>, _ workspace: Workspace
  ) {
    let d = model.dimension
    workspace.withBuffer(of: Double.self, count: clean.count) { noise in
      workspace.withBuffer(of: Scalar.self, count: 2 * clean.count) { buffer in
        let points = UnsafeMutableBufferPointer(rebasing: buffer[..<clean.count])
        let score = UnsafeMutableBufferPointer(rebasing: buffer[clean.count...])
        for (index, level) in levels.dropLast().enumerated() {
          let (alpha, sigma) = (level.alpha, level.sigma)
          let (factor, share, constant) = cost(of: index)
          self.noise(rows, draw: draw, level: index, into: noise)
          for place in points.indices {
            points[place] = Scalar(alpha * clean[place] + sigma * noise[place])
          }
          var span = MutableSpan(_unsafeElements: score)
          model.score(
            of: Span(_unsafeElements: UnsafeBufferPointer(points)), at: level, into: &span,
            workspace: workspace)
          for row in costs.indices {
            var square = 0.0
            for place in row * d..<(row + 1) * d {
              let rest = noise[place] + sigma * Double(score[place])
              square += rest * rest - share * (noise[place] * noise[place] - 1)
            }
            costs[row] += factor * square + Double(d) * constant
          }
        }
      }
    }
  }

  /// Adds KL(N(alpha_T x_0, sigma_T^2 I) | base), or a draw of it.
  private func addStart(
    _ rows: Range<Int>, _ clean: UnsafeBufferPointer<Double>, draw: Int,
    to costs: UnsafeMutableBufferPointer<Double>, _ workspace: Workspace
  ) {
    let (d, first) = (model.dimension, levels[0])
    let (alpha, sigma) = (first.alpha / first.scale, first.sigma / first.scale)
    workspace.withBuffer(of: Double.self, count: clean.count + costs.count) { buffer in
      let noise = UnsafeMutableBufferPointer(rebasing: buffer[..<clean.count])
      let densities = UnsafeMutableBufferPointer(rebasing: buffer[clean.count...])
      if case .exact = base {
        self.noise(rows, draw: draw, level: 0, into: noise)
        var squares = [Double](repeating: 0, count: costs.count)
        for place in noise.indices {
          squares[place / d] += noise[place] * noise[place]
          noise[place] = alpha * clean[place] + sigma * noise[place]
        }
        base.logDensity(
          of: UnsafeBufferPointer(noise), dimension: d, into: densities, workspace: workspace)
        for row in costs.indices {
          costs[row] -=
            densities[row] + (squares[row] + Double(d) * .log(2 * .pi * sigma * sigma)) / 2
        }
        return
      }
      for row in costs.indices {
        let mean = clean[row * d..<(row + 1) * d].map { alpha * $0 }
        costs[row] += base.divergence(ofMean: mean, variance: sigma * sigma) ?? .nan
      }
    }
  }
}

extension NoiseLevel {
  /// u = alpha^2 / sigma^2.
  fileprivate var signalToNoiseRatio: Double { (alpha / sigma) * (alpha / sigma) }

  /// sigma^2 / alpha^2.
  fileprivate var variance: Double { (sigma / alpha) * (sigma / alpha) }
}
