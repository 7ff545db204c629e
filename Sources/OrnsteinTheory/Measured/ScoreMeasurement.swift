import OrnsteinDiffusion
import OrnsteinNumerics
import RealModule

/// Measures a score on noised data: losses, Fisher information, the size of its Jacobian.
///
/// Every data point is noised twice, with xi and -xi, and the pair counts as one sample, so standard
/// errors are those of means over independent data points. All levels see the same noise. E |J|_F^2 is
/// the mean of |J v|^2 over random signs v (Hutchinson). Lipschitz constants are power iterations of
/// J v, or the norm of all of J where that takes fewer derivatives. An exact target puts E tr Cov(X_0 | X_t) in the place of the denoising loss, which has the same
/// mean and less variance; of any score, the loss is taken as d / sigma^2 + |score|^2 + 2 <score, xi> /
/// sigma where that varies less, at low noise.
///
/// The numbers do not depend on the number of threads.
///
/// - Cost: two scores with derivatives a point and level, and `powerIterations` derivatives for each of
///   the `lipschitzPoints`.
public struct ScoreMeasurement<Scalar: BatchScalar>: Sendable {
  /// The score.
  public let model: ScoreDerivative<Scalar>
  /// The clean points.
  public let points: Batch<Scalar>
  /// The randomness.
  public let key: NoiseKey
  /// The number of points whose local Lipschitz constants are sought.
  public let lipschitzPoints: Int
  /// The derivatives taken for each of them.
  public let powerIterations: Int

  private static var pairsPerPiece: Int { 64 }
  /// Posterior covariances take d^2 numbers a point; beyond this the plain loss is as good.
  private static var mostPosteriorCoordinates: Int { 64 }

  /// A measurement.
  ///
  /// - Parameters:
  ///   - model: The score.
  ///   - points: Clean points, at least two, of the dimension of the score.
  ///   - key: The randomness.
  ///   - lipschitzPoints: The number of points whose local Lipschitz constants are sought; 0 for none.
  ///   - powerIterations: The derivatives taken for each of them, 1 or more.
  public init(
    of model: any ScoreModel<Scalar>, on points: Batch<Scalar>, key: NoiseKey,
    lipschitzPoints: Int = 256, powerIterations: Int = 32
  ) {
    precondition(
      points.dimension == model.dimension && points.count >= 2 && powerIterations >= 1,
      "\(points.count) points of dimension \(points.dimension) do not measure a model of dimension "
        + "\(model.dimension).")
    self.model = ScoreDerivative(model)
    self.points = points
    self.key = key
    self.lipschitzPoints = min(lipschitzPoints, points.count)
    self.powerIterations = powerIterations
  }

  /// The statistics of some levels.
  ///
  /// - Parameters:
  ///   - levels: Levels with noise.
  ///   - threads: How many threads work.
  ///   - progress: Called after each level with the number of levels done.
  public func statistics(
    at levels: [NoiseLevel], threads: Int = 1, progress: (Int) -> Void = { _ in }
  ) throws -> [LevelMeasurement] {
    var all: [LevelMeasurement] = []
    for level in levels {
      all.append(try statistics(at: level, threads: threads))
      progress(all.count)
    }
    return all
  }

  /// What one pair of noised points gives.
  private struct Sample: BitwiseCopyable {
    /// |X_0 - denoiser|^2, or tr Cov(X_0 | X_t) of an exact target.
    var loss = 0.0
    /// |score|^2 + 2 <score, xi> / sigma, whose mean is less by d / sigma^2 than that of the score loss.
    var correlation = 0.0
    var squaredScore = 0.0
    var squaredDerivative = 0.0
  }

  private func statistics(at level: NoiseLevel, threads: Int) throws -> LevelMeasurement {
    precondition(level.sigma > 0, "A level without noise has no statistics.")
    var samples = [Sample](repeating: Sample(), count: points.count)
    try samples.withUnsafeMutableBufferPointer { samples in
      nonisolated(unsafe) let output = samples
      try Chunks(of: 0..<points.count, size: Self.pairsPerPiece).forEach(threads: threads) {
        rows, workspace in
        measure(rows, at: level, into: output, workspace)
      }
    }
    let noise = level.sigma * level.sigma
    let factor = level.alpha * level.alpha / (noise * noise)
    var scoreLoss = factor * samples.meanWithError(of: \.loss)
    let correlation = samples.meanWithError(of: \.correlation)
    if correlation.standardError < scoreLoss.standardError {
      scoreLoss = .estimate(
        Double(points.dimension) / noise + correlation.value,
        standardError: correlation.standardError)
    }
    return LevelMeasurement(
      level: level, denoisingLoss: (1 / factor) * scoreLoss, scoreLoss: scoreLoss,
      squaredScore: samples.meanWithError(of: \.squaredScore),
      fisherInformation: .estimate(
        Double(points.dimension) / noise - scoreLoss.value,
        standardError: scoreLoss.standardError),
      squaredJacobian: samples.meanWithError(of: \.squaredDerivative),
      lipschitz: try lipschitz(at: level, threads: threads))
  }

  private func measure(
    _ rows: Range<Int>, at level: NoiseLevel, into output: UnsafeMutableBufferPointer<Sample>,
    _ workspace: Workspace
  ) {
    let d = points.dimension
    let count = rows.count * d
    workspace.withBuffer(of: Scalar.self, count: 7 * count) { buffer in
      func part(_ index: Int, _ size: Int = 1) -> UnsafeMutableBufferPointer<Scalar> {
        UnsafeMutableBufferPointer(rebasing: buffer[index * count..<(index + size) * count])
      }
      let (noised, signs) = (part(0, 2), part(2, 1))
      let (score, derivative) = (part(3, 2), part(5, 2))
      noise(rows, at: level, into: noised)
      randomSigns(into: signs, first: rows.lowerBound * d)
      workspace.withBuffer(of: Scalar.self, count: 2 * count) { directions in
        for index in 0..<count {
          directions[index] = signs[index]
          directions[count + index] = signs[index]
        }
        differentiate(noised, along: directions, at: level, score, derivative, workspace)
      }
      let traces = posteriorTraces(noised, at: level, workspace)
      let half = rows.count
      for (index, row) in rows.enumerated() {
        var sample = Sample()
        for sign in 0...1 {
          let place = sign * half + index
          for j in 0..<d {
            let entry = place * d + j
            let (x, s) = (Double(noised[entry]), Double(score[entry]))
            let clean = points.element(row, j)
            let miss = (x + level.sigma * level.sigma * s) / level.alpha - clean
            if traces == nil { sample.loss += miss * miss / 2 }
            let noise = (x - level.alpha * clean) / (level.sigma * level.sigma)
            sample.correlation += (s * s + 2 * s * noise) / 2
            sample.squaredScore += s * s / 2
            sample.squaredDerivative += Double(derivative[entry]) * Double(derivative[entry]) / 2
          }
          if let traces { sample.loss += traces[place] / 2 }
        }
        output[row] = sample
      }
    }
  }

  /// alpha x + sigma xi of some rows, then alpha x - sigma xi of the same.
  private func noise(
    _ rows: Range<Int>, at level: NoiseLevel, into noised: UnsafeMutableBufferPointer<Scalar>
  ) {
    let d = points.dimension
    let count = rows.count * d
    Scalar.Kernels.normals(
      into: UnsafeMutableBufferPointer(rebasing: noised[..<count]),
      stream: key.stream(.statisticsNoise), first: UInt64(rows.lowerBound * d))
    for (index, row) in rows.enumerated() {
      for j in 0..<d {
        let entry = index * d + j
        let signal = level.alpha * points.element(row, j)
        let deviation = level.sigma * Double(noised[entry])
        noised[entry] = Scalar(signal + deviation)
        noised[count + entry] = Scalar(signal - deviation)
      }
    }
  }

  private func randomSigns(into signs: UnsafeMutableBufferPointer<Scalar>, first: Int) {
    Scalar.Kernels.uniforms(
      into: signs, stream: key.stream(.statisticsDirections), first: UInt64(first))
    for index in signs.indices { signs[index] = signs[index] < 0.5 ? -1 : 1 }
  }

  func differentiate(
    _ points: UnsafeMutableBufferPointer<Scalar>,
    along directions: UnsafeMutableBufferPointer<Scalar>, at level: NoiseLevel,
    _ score: UnsafeMutableBufferPointer<Scalar>, _ derivative: UnsafeMutableBufferPointer<Scalar>,
    _ workspace: Workspace
  ) {
    var scoreSpan = MutableSpan(_unsafeElements: score)
    var derivativeSpan = MutableSpan(_unsafeElements: derivative)
    model.score(
      of: Span(_unsafeElements: UnsafeBufferPointer(points)),
      along: Span(_unsafeElements: UnsafeBufferPointer(directions)), at: level, into: &scoreSpan,
      derivative: &derivativeSpan, workspace: workspace)
  }

  /// tr Cov(X_0 | X_t = x) of each point of an exact target, or `nil`.
  private func posteriorTraces(
    _ noised: UnsafeMutableBufferPointer<Scalar>, at level: NoiseLevel, _ workspace: Workspace
  ) -> [Double]? {
    let d = points.dimension
    guard d <= Self.mostPosteriorCoordinates, !(model.model is PerturbedScore<Scalar>),
      let exact = model.model as? any PosteriorModel<Scalar>
    else { return nil }
    let n = noised.count / d
    return workspace.withBuffer(of: Double.self, count: n * d * d) { covariances in
      var span = MutableSpan(_unsafeElements: covariances)
      exact.posteriorCovariance(
        of: Span(_unsafeElements: UnsafeBufferPointer(noised)), at: level, into: &span)
      return (0..<n).map { row in
        (0..<d).reduce(0.0) { $0 + covariances[row * d * d + $1 * d + $1] }
      }
    }
  }

  // MARK: Lipschitz constants

  private func lipschitz(at level: NoiseLevel, threads: Int) throws -> LipschitzStatistics? {
    guard lipschitzPoints > 0 else { return nil }
    var norms = [Double](repeating: 0, count: lipschitzPoints)
    try norms.withUnsafeMutableBufferPointer { norms in
      nonisolated(unsafe) let output = norms
      try Chunks(of: 0..<lipschitzPoints, size: Self.pairsPerPiece).forEach(threads: threads) {
        rows, workspace in
        if points.dimension <= powerIterations {
          try decompose(rows, at: level, into: output, workspace)
        } else {
          iteratePowers(rows, at: level, into: output, workspace)
        }
      }
    }
    return LipschitzStatistics(of: norms)
  }

  private func iteratePowers(
    _ rows: Range<Int>, at level: NoiseLevel, into norms: UnsafeMutableBufferPointer<Double>,
    _ workspace: Workspace
  ) {
    let d = points.dimension
    let count = rows.count * d
    workspace.withBuffer(of: Scalar.self, count: 5 * count) { buffer in
      func part(_ index: Int, _ size: Int = 1) -> UnsafeMutableBufferPointer<Scalar> {
        UnsafeMutableBufferPointer(rebasing: buffer[index * count..<(index + size) * count])
      }
      let noised = part(0, 2)
      let (direction, score, derivative) = (part(2), part(3), part(4))
      noise(rows, at: level, into: noised)
      Scalar.Kernels.normals(
        into: direction, stream: key.stream(.statisticsDirections, step: 1),
        first: UInt64(rows.lowerBound * d))
      for row in 0..<rows.count { direction.normalize(row * d..<(row + 1) * d) }
      for _ in 0..<powerIterations {
        differentiate(part(0), along: direction, at: level, score, derivative, workspace)
        for (index, row) in rows.enumerated() {
          let block = index * d..<(index + 1) * d
          norms[row] = max(norms[row], derivative.norm(block))
          for entry in block { direction[entry] = derivative[entry] }
          direction.normalize(block)
        }
      }
    }
  }

  /// The norm of the whole Jacobian, the root of the largest eigenvalue of J^T J, where it takes fewer
  /// derivatives than powers do.
  private func decompose(
    _ rows: Range<Int>, at level: NoiseLevel, into norms: UnsafeMutableBufferPointer<Double>,
    _ workspace: Workspace
  ) throws {
    let d = points.dimension
    var noised = Batch<Scalar>(count: 2 * rows.count, dimension: d)
    noised.withUnsafeMutableBufferPointer { noise(rows, at: level, into: $0) }
    let jacobians = model.jacobian(of: noised[0..<rows.count], at: level)
    for (index, row) in rows.enumerated() {
      let first = index * d * d
      var product = [Double](repeating: 0, count: d * d)
      for k in 0..<d {
        for i in 0..<d {
          let entry = jacobians[first + k * d + i]
          for j in 0..<d { product[i * d + j] += entry * jacobians[first + k * d + j] }
        }
      }
      let values = try SymmetricEigendecomposition(of: product, dimension: d).values
      norms[row] = max(0, values[d - 1]).squareRoot()
    }
  }
}

extension UnsafeMutableBufferPointer where Element: BatchScalar {
  fileprivate func norm(_ block: Range<Int>) -> Double {
    var largest = 0.0
    for index in block { largest = Swift.max(largest, abs(Double(self[index]))) }
    guard largest > 0, largest.isFinite else { return largest }
    var sum = 0.0
    for index in block {
      let share = Double(self[index]) / largest
      sum += share * share
    }
    return largest * sum.squareRoot()
  }

  /// Scales a block to length 1; one of length 0 stays.
  fileprivate func normalize(_ block: Range<Int>) {
    let length = norm(block)
    guard length > 0, length.isFinite else { return }
    for index in block { self[index] = Element(Double(self[index]) / length) }
  }
}

extension Batch {
  fileprivate func element(_ row: Int, _ coordinate: Int) -> Double {
    Double(self[row, coordinate])
  }
}

extension Array {
  /// The mean of a number of each element, with its standard error.
  func meanWithError(of number: (Element) -> Double) -> Quantity {
    var (mean, squares) = (0.0, 0.0)
    for (index, element) in enumerated() {
      let value = number(element)
      let change = value - mean
      mean += change / Double(index + 1)
      squares += change * (value - mean)
    }
    let variance = count > 1 ? squares / Double(count - 1) : 0
    return .estimate(mean, standardError: (variance / Double(Swift.max(count, 1))).squareRoot())
  }
}
