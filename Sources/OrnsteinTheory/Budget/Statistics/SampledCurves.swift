import OrnsteinDiffusion
import OrnsteinNumerics
import RealModule

/// The curves of a law from paths, and those of each group of paths.
struct SampledCurves {
  /// The curves of all paths together.
  var mean: LawCurves
  /// The curves of each group; their scatter is the standard error.
  var groups: [LawCurves]

  /// The curves of an exact law.
  static func exact(
    _ target: any ExactTarget<Double>, times: [Double], rows: Int, key: NoiseKey, threads: Int
  ) throws -> SampledCurves {
    func open<Target: ExactTarget<Double>>(_ target: Target) throws -> SampledCurves {
      let paths = ForwardPaths<Double>(
        model: target, moments: target.moments, times: times, rows: rows, origin: .data, key: key
      ) { rows, points in
        var span = MutableSpan(_unsafeElements: points)
        target.drawExactly(rows: rows, key: key, into: &span)
      }
      let (groups, last) = try paths.run(threads: threads)
      let level = OrnsteinUhlenbeck.canonical.level(at: times[times.count - 1])
      let size = max(1, (rows + groups.count - 1) / groups.count)
      let normality = try Self.normality(of: target, at: level, points: last, group: size)
      return try SampledCurves(
        groups, times: times, moments: target.moments, normality: normality, usesControls: true)
    }
    return try open(target)
  }

  /// The curves of the law whose score a model's is, from points of the first level.
  static func selfConsistent<Scalar: BatchScalar>(
    _ model: any ScoreModel<Scalar>, moments: DataMoments, times: [Double], points: Batch<Scalar>,
    key: NoiseKey, threads: Int
  ) throws -> SampledCurves {
    let d = points.dimension
    let paths = ForwardPaths<Scalar>(
      model: model, moments: moments, times: times, rows: points.count, origin: .firstLevel,
      key: key
    ) { rows, output in
      points.withUnsafeBufferPointer {
        _ = output.update(
          fromContentsOf: UnsafeBufferPointer(
            rebasing: $0[rows.lowerBound * d..<rows.upperBound * d]))
      }
    }
    return try SampledCurves(
      paths.run(threads: threads).groups, times: times, moments: moments, normality: nil,
      usesControls: false)
  }

  private init(
    _ groups: [PathSums], times: [Double], moments: DataMoments, normality: [Double]?,
    usesControls: Bool
  ) throws {
    var all = groups[0]
    for group in groups.dropFirst() { all += group }
    let factors = (0..<PathSums.kinds).map { kind in
      (0..<all.intervals).map { interval in
        usesControls ? all.factors(kind: kind, interval: interval) : (0, 0)
      }
    }
    let variances: [Double]
    do {
      variances = try SymmetricEigendecomposition(
        of: moments.covariance, dimension: moments.dimension
      ).values.map { max($0, 0) }
    } catch {
      throw OracleError.invalidLaw("\(error)")
    }
    let ends = times.map(StepEnd.init)
    func curves(_ sums: PathSums, normality: Double) -> LawCurves {
      func mean(_ kind: Int, _ interval: Int) -> Double {
        sums.mean(kind: kind, interval: interval, factors: factors[kind][interval])
      }
      let top = times.count - 1
      var (falling, error, relative) = (
        [Double](repeating: 0, count: times.count), [Double](repeating: 0, count: times.count),
        [Double](repeating: 0, count: times.count)
      )
      falling[top] = mean(0, top + 1)
      relative[top] = mean(2, top + 1)
      for index in (0..<top).reversed() {
        falling[index] = falling[index + 1] + mean(0, index + 1)
        relative[index] = relative[index + 1] + mean(2, index + 1)
      }
      let fisher = times.indices.map { falling[$0] / ends[$0].squaredSignal }
      error[0] =
        usesControls
        ? mean(1, 0)
        : max(0, Double(moments.dimension) - ends[0].variance * fisher[0]) / ends[0].signalToNoise
      for index in times.indices.dropFirst() { error[index] = error[index - 1] + mean(1, index) }
      return LawCurves(
        times: times, fisher: fisher,
        relativeFisher: times.indices.map { relative[$0] * ends[$0].squaredSignal },
        meanSquareError: error, normality: normality, totalVariances: variances)
    }
    let last = normality.map { $0.reduce(0, +) / Double($0.count) }
    self.mean = curves(all, normality: last ?? .nan)
    self.groups = groups.indices.map { curves(groups[$0], normality: normality?[$0] ?? .nan) }
  }

  /// KL(p_t | G_t) by groups of points of p_t.
  ///
  /// The means of log r + 1 / r - 1 with r = p_t / G_t, whose variance is of the order of the square of
  /// the divergence; where G_t is so wide that 1 / r may have no variance, log r alone.
  private static func normality(
    of target: some LogDensityModel<Double>, at level: NoiseLevel, points: Batch<Double>,
    group: Int
  ) throws -> [Double] {
    guard let moments = (target as? any MomentsModel)?.moments else { return [] }
    let d = points.dimension
    let law = moments.noised(at: level)
    let factor: Cholesky
    let widest: Double
    do {
      factor = try Cholesky(of: law.covariance, dimension: d)
      widest =
        try SymmetricEigendecomposition(of: moments.covariance, dimension: d).values.max() ?? 0
    } catch {
      throw OracleError.invalidLaw("\(error)")
    }
    let isClose = level.alpha * level.alpha * widest < 0.5 * level.sigma * level.sigma
    let densities = target.logDensity(of: points, at: level)
    let constant = -(Double(d) * .log(2 * .pi) + factor.logDeterminant) / 2
    var (sums, counts): ([Double], [Double]) = ([], [])
    var whitened = [Double](repeating: 0, count: d)
    for row in 0..<points.count {
      var square = 0.0
      for i in 0..<d {
        var sum = points[row, i] - law.mean[i]
        for j in 0..<i { sum -= factor.lower[i * d + j] * whitened[j] }
        whitened[i] = sum / factor.lower[i * d + i]
        square += whitened[i] * whitened[i]
      }
      let ratio = densities[row] - (constant - square / 2)
      if row.isMultiple(of: group) {
        sums.append(0)
        counts.append(0)
      }
      sums[sums.count - 1] += isClose ? ratio + .expMinusOne(-ratio) : ratio
      counts[counts.count - 1] += 1
    }
    return zip(sums, counts).map { $0 / $1 }
  }
}
