import OrnsteinNumerics
import RealModule

/// All that is known about one point, in double precision: the probability rho_k of each component,
/// the pulls g_k = D_k^{-1} (alpha mu_k - x), and the score.
struct MixturePoint {
  let probabilities: [Double]
  let pulls: [[Double]]
  let score: [Double]

  init(_ components: [MixtureComponent], _ x: [Double], at level: NoiseLevel) {
    let (signal, noise) = (level.alpha * level.alpha, level.sigma * level.sigma)
    var exponents: [Double] = []
    var pulls: [[Double]] = []
    for component in components {
      let coordinates = component.axial(x)
      var (square, pull) = (0.0, [Double](repeating: 0, count: x.count))
      for axis in x.indices where component.weight > 0 {
        let difference = level.alpha * component.axialMean[axis] - coordinates[axis]
        pull[axis] = difference / (signal * component.variances[axis] + noise)
        square += pull[axis] * difference
      }
      pulls.append(component.cartesian(pull))
      exponents.append(component.logConstant(signal, noise) - square / 2)
    }
    let largest = exponents.reduce(-.infinity, max)
    let shares = exponents.map { Double.exp($0 - largest) }
    let sum = shares.reduce(0, +)
    probabilities = shares.map { $0 / sum }
    self.pulls = pulls
    var score = [Double](repeating: 0, count: x.count)
    for (probability, pull) in zip(probabilities, pulls) {
      for axis in x.indices { score[axis] += probability * pull[axis] }
    }
    self.score = score
  }
}

extension GaussianMixture: HessianModel {
  /// Writes sum_k rho_k (g_k g_k^T - D_k^{-1}) - s s^T for each point.
  public func hessian(
    of points: Span<Scalar>, at level: NoiseLevel, into output: inout MutableSpan<Double>
  ) {
    let d = dimension
    checkOutput(output.count, per: d * d, points.count)
    forEach(points, at: level) { row, point in
      let hessian = hessian(point, at: level)
      for index in hessian.indices { output[row * d * d + index] = hessian[index] }
    }
  }

  /// Writes sum_k rho_k (|g_k|^2 - tr D_k^{-1}) - |s|^2 for each point.
  public func hessianTrace(
    of points: Span<Scalar>, at level: NoiseLevel, into output: inout MutableSpan<Double>
  ) {
    checkOutput(output.count, per: 1, points.count)
    let traces = precisionTraces(at: level)
    forEach(points, at: level) { row, point in
      var trace = -point.score.squaredNorm
      for (k, probability) in point.probabilities.enumerated() where probability > 0 {
        trace += probability * (point.pulls[k].squaredNorm - traces[k])
      }
      output[row] = trace
    }
  }

  /// Writes the Hessian of each point times its direction, without forming the Hessian.
  public func hessianProduct(
    of points: Span<Scalar>, with directions: Span<Scalar>, at level: NoiseLevel,
    into output: inout MutableSpan<Double>
  ) {
    let d = dimension
    checkOutput(output.count, per: d, points.count)
    checkOutput(directions.count, per: d, points.count)
    let precisions = components.map { $0.noisedVariances(at: level).map { 1 / $0 } }
    forEach(points, at: level) { row, point in
      let direction = (0..<d).map { Double(directions[row * d + $0]) }
      var product = point.score.scaled(by: -point.score.dot(direction))
      for (k, probability) in point.probabilities.enumerated() where probability > 0 {
        let along = point.pulls[k].dot(direction)
        let component = components[k]
        let axial = component.axial(direction)
        let pulled = component.cartesian((0..<d).map { precisions[k][$0] * axial[$0] })
        for axis in 0..<d {
          product[axis] += probability * (along * point.pulls[k][axis] - pulled[axis])
        }
      }
      for axis in 0..<d { output[row * d + axis] = product[axis] }
    }
  }

  /// The derivative of the score of the canonical process along its forward probability flow,
  /// D_t s = s - H s + sum_k rho_k ((g_k - s)(|g_k|^2 - tr P_k) - 2 P_k g_k) with P_k = D_k^{-1}.
  ///
  /// - Parameters:
  ///   - x: One point, `dimension` numbers.
  ///   - time: A canonical time.
  public func scoreDerivativeAlongFlow(at x: [Double], canonicalTime time: Double) -> [Double] {
    let level = OrnsteinUhlenbeck.canonical.level(at: time)
    checkLevel(level)
    let d = dimension
    let point = MixturePoint(components, x, at: level)
    let matrix = hessian(point, at: level)
    let traces = precisionTraces(at: level)
    var derivative = (0..<d).map { i in
      point.score[i] - (0..<d).reduce(0) { $0 + matrix[i * d + $1] * point.score[$1] }
    }
    for (k, probability) in point.probabilities.enumerated() where probability > 0 {
      let component = components[k]
      let axial = component.axial(point.pulls[k])
      let variances = component.noisedVariances(at: level)
      let pulled = component.cartesian((0..<d).map { axial[$0] / variances[$0] })
      let excess = point.pulls[k].squaredNorm - traces[k]
      for axis in 0..<d {
        derivative[axis] +=
          probability
          * ((point.pulls[k][axis] - point.score[axis]) * excess - 2 * pulled[axis])
      }
    }
    return derivative
  }

  private func hessian(_ point: MixturePoint, at level: NoiseLevel) -> [Double] {
    let d = dimension
    var hessian = [Double](repeating: 0, count: d * d)
    for (k, probability) in point.probabilities.enumerated() where probability > 0 {
      let precisions = components[k].noisedVariances(at: level).map { 1 / $0 }
      components[k].addMatrix(precisions, times: -probability, to: &hessian)
      // The spread of the pulls about their mean, the score: no large squares are subtracted.
      let spread = (0..<d).map { point.pulls[k][$0] - point.score[$0] }
      for i in 0..<d {
        for j in 0..<d { hessian[i * d + j] += probability * spread[i] * spread[j] }
      }
    }
    return hessian
  }

  private func precisionTraces(at level: NoiseLevel) -> [Double] {
    components.map { $0.noisedVariances(at: level).reduce(0) { $0 + 1 / $1 } }
  }

  private func checkOutput(_ count: Int, per point: Int, _ coordinates: Int) {
    precondition(
      count * dimension == coordinates * point,
      "\(coordinates / dimension) points do not fit a buffer of \(count) numbers.")
  }

  private func forEach(
    _ points: Span<Scalar>, at level: NoiseLevel, _ body: (Int, MixturePoint) -> Void
  ) {
    checkLevel(level)
    for row in 0..<points.count / dimension {
      let x = (0..<dimension).map { Double(points[row * dimension + $0]) }
      body(row, MixturePoint(components, x, at: level))
    }
  }
}

extension GaussianMixture: PosteriorModel {
  /// Writes sum_k rho_k (mu_k - alpha C_k g_k) for each point, right also where alpha is 0.
  public func posteriorMean(
    of points: Span<Scalar>, at level: NoiseLevel, into output: inout MutableSpan<Double>
  ) {
    let d = dimension
    checkOutput(output.count, per: d, points.count)
    forEach(points, at: level) { row, point in
      let mean = posterior(point, at: level).mean
      for axis in 0..<d { output[row * d + axis] = mean[axis] }
    }
  }

  /// Writes sum_k rho_k (sigma^2 C_k D_k^{-1} + (m_k - m)(m_k - m)^T) for each point.
  public func posteriorCovariance(
    of points: Span<Scalar>, at level: NoiseLevel, into output: inout MutableSpan<Double>
  ) {
    let d = dimension
    checkOutput(output.count, per: d * d, points.count)
    let noise = level.sigma * level.sigma
    forEach(points, at: level) { row, point in
      let (mean, means) = posterior(point, at: level)
      var covariance = [Double](repeating: 0, count: d * d)
      for (k, probability) in point.probabilities.enumerated() where probability > 0 {
        let component = components[k]
        let variances = component.noisedVariances(at: level)
        component.addMatrix(
          (0..<d).map { noise * component.variances[$0] / variances[$0] }, times: probability,
          to: &covariance)
        for i in 0..<d {
          for j in 0..<d {
            covariance[i * d + j] += probability * (means[k][i] - mean[i]) * (means[k][j] - mean[j])
          }
        }
      }
      for index in covariance.indices { output[row * d * d + index] = covariance[index] }
    }
  }

  /// The posterior mean, and that given each component.
  private func posterior(
    _ point: MixturePoint, at level: NoiseLevel
  ) -> (mean: [Double], means: [[Double]]) {
    let d = dimension
    let means = components.indices.map { k in
      let component = components[k]
      let axial = component.axial(point.pulls[k])
      return component.cartesian(
        (0..<d).map {
          component.axialMean[$0] - level.alpha * component.variances[$0] * axial[$0]
        })
    }
    let mean = (0..<d).map { axis in
      means.indices.reduce(0) { $0 + point.probabilities[$1] * means[$1][axis] }
    }
    return (mean, means)
  }
}

extension [Double] {
  fileprivate func dot(_ other: [Double]) -> Double {
    indices.reduce(0) { $0 + self[$1] * other[$1] }
  }

  fileprivate var squaredNorm: Double { dot(self) }

  fileprivate func scaled(by factor: Double) -> [Double] { map { factor * $0 } }
}
