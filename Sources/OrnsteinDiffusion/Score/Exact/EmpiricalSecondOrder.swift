import OrnsteinNumerics
import RealModule

/// The posterior of an empirical measure at one query, in double precision: two passes over the
/// points, nothing stored but the mean.
struct EmpiricalPosterior {
  /// E[X_0 | x].
  private(set) var mean: [Double]
  /// The largest log-weight of a point.
  private var largest = -Double.infinity
  /// The sum of the weights over the largest.
  private var total = 0.0

  init(dimension: Int) { mean = [Double](repeating: 0, count: dimension) }

  /// Computes the mean.
  mutating func update<Scalar: BatchScalar>(
    _ measure: EmpiricalMeasure<Scalar>, at x: [Double], _ level: NoiseLevel
  ) {
    let d = x.count
    (largest, total) = (-.infinity, 0)
    for j in 0..<d { mean[j] = 0 }
    measure.points.withUnsafeBufferPointer { points in
      for i in measure.weights.indices {
        let exponent = Self.exponent(points, i, measure.weights[i], x, level)
        if exponent > largest {
          let factor = Double.exp(largest - exponent)
          total *= factor
          for j in 0..<d { mean[j] *= factor }
          largest = exponent
        }
        let weight = Double.exp(exponent - largest)
        total += weight
        for j in 0..<d { mean[j] += weight * Double(points[i * d + j]) }
      }
    }
    for j in 0..<d { mean[j] /= total }
  }

  /// Calls `body` with the probability and the place less the mean of each point that counts.
  func forEachPoint<Scalar: BatchScalar>(
    _ measure: EmpiricalMeasure<Scalar>, at x: [Double], _ level: NoiseLevel,
    _ centred: inout [Double], _ body: (Double, [Double]) -> Void
  ) {
    let d = x.count
    measure.points.withUnsafeBufferPointer { points in
      for i in measure.weights.indices {
        let exponent = Self.exponent(points, i, measure.weights[i], x, level)
        guard exponent - largest > -745 else { continue }
        for j in 0..<d { centred[j] = Double(points[i * d + j]) - mean[j] }
        body(.exp(exponent - largest) / total, centred)
      }
    }
  }

  private static func exponent<Scalar: BatchScalar>(
    _ points: UnsafeBufferPointer<Scalar>, _ i: Int, _ weight: Double, _ x: [Double],
    _ level: NoiseLevel
  ) -> Double {
    var square = 0.0
    for j in 0..<x.count {
      let difference = (x[j] - level.alpha * Double(points[i * x.count + j])) / level.sigma
      square += difference * difference
    }
    return .log(weight) - square / 2
  }
}

extension EmpiricalMeasure {
  /// Writes E[X_0 | X_t = x] for each query.
  public func posteriorMean(
    of points: Span<Scalar>, at level: NoiseLevel, into output: inout MutableSpan<Double>
  ) {
    checkCount(output.count, per: dimension, coordinates: points.count)
    forEachQuery(points, at: level) { row, _, posterior, _ in
      for j in 0..<dimension { output[row * dimension + j] = posterior.mean[j] }
    }
  }

  /// Writes Cov(X_0 | X_t = x) for each query.
  public func posteriorCovariance(
    of points: Span<Scalar>, at level: NoiseLevel, into output: inout MutableSpan<Double>
  ) {
    let d = dimension
    checkCount(output.count, per: d * d, coordinates: points.count)
    for index in 0..<output.count { output[index] = 0 }
    forEachQuery(points, at: level) { row, x, posterior, centred in
      posterior.forEachPoint(self, at: x, level, &centred) { probability, place in
        for i in 0..<d {
          for j in 0..<d {
            output[(row * d + i) * d + j] += probability * place[i] * place[j]
          }
        }
      }
    }
  }

  /// Writes the Hessian of each query times its direction, from the posterior covariance times it.
  public func hessianProduct(
    of points: Span<Scalar>, with directions: Span<Scalar>, at level: NoiseLevel,
    into output: inout MutableSpan<Double>
  ) {
    let d = dimension
    checkCount(output.count, per: d, coordinates: points.count)
    checkCount(directions.count, per: d, coordinates: points.count)
    let ratio = level.alpha / level.sigma
    let variance = level.sigma * level.sigma
    forEachQuery(points, at: level) { row, x, posterior, centred in
      for j in 0..<d { output[row * d + j] = 0 }
      posterior.forEachPoint(self, at: x, level, &centred) { probability, place in
        var along = 0.0
        for j in 0..<d { along += place[j] * Double(directions[row * d + j]) }
        for j in 0..<d { output[row * d + j] += probability * along * place[j] }
      }
      for j in 0..<d {
        let product = ratio * ratio * output[row * d + j] - Double(directions[row * d + j])
        output[row * d + j] = product / variance
      }
    }
  }

  /// Writes the trace of the Hessian of each query.
  public func hessianTrace(
    of points: Span<Scalar>, at level: NoiseLevel, into output: inout MutableSpan<Double>
  ) {
    checkCount(output.count, per: 1, coordinates: points.count)
    let ratio = level.alpha / level.sigma
    let variance = level.sigma * level.sigma
    forEachQuery(points, at: level) { row, x, posterior, centred in
      var spread = 0.0
      posterior.forEachPoint(self, at: x, level, &centred) { probability, place in
        for number in place { spread += probability * number * number }
      }
      output[row] = (ratio * ratio * spread - Double(dimension)) / variance
    }
  }

  private func forEachQuery(
    _ points: Span<Scalar>, at level: NoiseLevel,
    _ body: (Int, [Double], EmpiricalPosterior, inout [Double]) -> Void
  ) {
    check(level)
    var posterior = EmpiricalPosterior(dimension: dimension)
    var x = [Double](repeating: 0, count: dimension)
    var centred = x
    for row in 0..<points.count / dimension {
      for j in 0..<dimension { x[j] = Double(points[row * dimension + j]) }
      posterior.update(self, at: x, level)
      body(row, x, posterior, &centred)
    }
  }
}
