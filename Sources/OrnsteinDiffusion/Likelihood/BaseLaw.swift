import OrnsteinNumerics
import RealModule

/// The law of the points at the horizon, from which a density is carried to the stop level.
public enum BaseLaw: Sendable, Hashable {
  /// N(0, (alpha^2 + sigma^2) I), what the process tends to.
  case process
  /// The normal law with the moments of the noised data, N(alpha mu, alpha^2 C + sigma^2 I).
  case moments(DataMoments)
  /// The law of the noised data itself, which exact targets know.
  case exact

  /// The law that a plan starts from.
  ///
  /// - Parameters:
  ///   - law: The choice of the plan.
  ///   - moments: The moments of the data; needed for a moment-matched start.
  /// - Throws: ``LikelihoodError/invalidMoments(_:)`` if the moments are needed and not given.
  public init(_ law: InitialLaw, moments: DataMoments?) throws(LikelihoodError) {
    switch law {
    case .process: self = .process
    case .momentMatched:
      guard let moments else { throw .invalidMoments("the model does not know them") }
      self = .moments(moments)
    }
  }
}

/// A base law at its level, in the coordinates of the canonical process.
enum BaseDensity<Scalar: BatchScalar>: Sendable {
  case standard
  case normal(mean: [Double], lower: [Double], logDeterminant: Double)
  case exact(any LogDensityModel<Scalar>, NoiseLevel)

  init(
    _ law: BaseLaw, of model: any ScoreModel<Scalar>, at level: NoiseLevel
  ) throws(LikelihoodError) {
    switch law {
    case .process: self = .standard
    case .moments(let moments):
      guard moments.dimension == model.dimension else {
        throw .invalidMoments(
          "they are of dimension \(moments.dimension), the model is of dimension "
            + "\(model.dimension)")
      }
      let (noised, scale) = (moments.noised(at: level), level.scale)
      guard (noised.mean + noised.covariance).allSatisfy(\.isFinite) else {
        throw .invalidMoments("some are not finite")
      }
      do {
        let factor = try Cholesky(
          of: noised.covariance.map { $0 / (scale * scale) }, dimension: model.dimension)
        self = .normal(
          mean: noised.mean.map { $0 / scale }, lower: factor.lower,
          logDeterminant: factor.logDeterminant)
      } catch {
        throw .invalidMoments("the covariance is not positive semidefinite")
      }
    case .exact:
      guard let model = model as? any LogDensityModel<Scalar> else { throw .densityMissing }
      self = .exact(model, level)
    }
  }

  /// Writes the log-density of each point of canonical coordinates.
  func logDensity(
    of points: UnsafeBufferPointer<Double>, dimension d: Int,
    into output: UnsafeMutableBufferPointer<Double>, workspace: Workspace
  ) {
    let constant = -Double(d) / 2 * .log(2 * .pi)
    switch self {
    case .standard:
      for row in output.indices {
        var square = 0.0
        for j in 0..<d { square += points[row * d + j] * points[row * d + j] }
        output[row] = constant - square / 2
      }
    case .normal(let mean, let lower, let logDeterminant):
      workspace.withBuffer(of: Double.self, count: d) { white in
        for row in output.indices {
          var square = 0.0
          for i in 0..<d {
            var rest = points[row * d + i] - mean[i]
            for j in 0..<i { rest -= lower[i * d + j] * white[j] }
            white[i] = rest / lower[i * d + i]
            square += white[i] * white[i]
          }
          output[row] = constant - (square + logDeterminant) / 2
        }
      }
    case .exact(let model, let level):
      workspace.withBuffer(of: Scalar.self, count: points.count) { scaled in
        for index in points.indices { scaled[index] = Scalar(level.scale * points[index]) }
        var span = MutableSpan(_unsafeElements: output)
        model.logDensity(
          of: Span(_unsafeElements: UnsafeBufferPointer(scaled)), at: level, into: &span,
          workspace: workspace)
      }
      let shift = Double(d) * .log(level.scale)
      for row in output.indices { output[row] += shift }
    }
  }

  /// KL(N(mean, variance I) | base) for a mean in canonical coordinates; `nil` where there is no closed
  /// form.
  func divergence(ofMean mean: [Double], variance: Double) -> Double? {
    let d = mean.count
    switch self {
    case .standard:
      let square = mean.reduce(0) { $0 + $1 * $1 }
      return (square + Double(d) * (variance - 1 - .log(variance))) / 2
    case .normal(let centre, let lower, let logDeterminant):
      // The trace of the inverse is the square of the norm of the inverse of the factor.
      var (square, trace) = (0.0, 0.0)
      func solve(_ right: (Int) -> Double) -> Double {
        var solution = [Double](repeating: 0, count: d)
        var sum = 0.0
        for i in 0..<d {
          var rest = right(i)
          for j in 0..<i { rest -= lower[i * d + j] * solution[j] }
          solution[i] = rest / lower[i * d + i]
          sum += solution[i] * solution[i]
        }
        return sum
      }
      square = solve { mean[$0] - centre[$0] }
      for axis in 0..<d { trace += solve { $0 == axis ? 1 : 0 } }
      return (variance * trace + square - Double(d) + logDeterminant - Double(d) * .log(variance))
        / 2
    case .exact: return nil
    }
  }
}
