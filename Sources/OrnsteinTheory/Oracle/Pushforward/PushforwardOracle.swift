import OrnsteinDiffusion
import OrnsteinNumerics
import RealModule

/// Points of a deterministic sampler with the density that the sampler gives them, in any dimension.
///
/// A sampler without noise is a map of the points at the horizon, whose law is normal. The oracle runs
/// the sampler's own program on points and on a tangent along every axis, so the density of the image,
///
///     log q(x) = log pi(x_T) - log |det dx / dx_T|,
///
/// is known without an approximation, with all errors of the steps in it. Compared with the density of
/// the data it gives the divergence of the sampler (``LogRatioSample``), unbiased.
///
/// - Limits: the map must be one to one but for one row in a thousand. A row that it turns inside out
///   gets an infinite density, so that it counts as lost; other folds show as an
///   ``LogRatioSample/overlap`` above 1. The finish `denoise` and all others are followed.
/// - Cost: a score and `dimension` directional derivatives an evaluation, and O(d^3) once a point.
public struct PushforwardOracle<Scalar: BatchScalar>: Sendable {
  /// The sampler.
  public let sampler: Sampler<Scalar>
  private let derivative: ScoreDerivative<Scalar>
  private let startLaw: GaussianLaw
  private let startFactor: Cholesky

  /// The points that a worker carries at once.
  private static var chunkRows: Int { 32 }
  /// How many rows that are turned inside out are harmless: one, and this share.
  private static var mostReversed: Double { 1e-3 }

  /// The oracle of a sampler.
  ///
  /// - Throws: ``OracleError/notAffine(step:operation:)`` if the sampler draws noise or looks at
  ///   other points, ``OracleError/invalidLaw(_:)`` if its start is degenerate.
  public init(_ sampler: Sampler<Scalar>) throws(OracleError) {
    try sampler.program.checkAffine { _ in false }
    guard !sampler.program.isStochastic else {
      throw .notAffine(step: 0, operation: "noise")
    }
    self.sampler = sampler
    derivative = ScoreDerivative(sampler.model)
    startLaw =
      switch sampler.start {
      case .process:
        GaussianLaw(dimension: sampler.model.dimension, deviation: sampler.levels[0].scale)
      case .moments(let moments): GaussianLaw(moments).noised(at: sampler.levels[0])
      }
    do {
      startFactor = try Cholesky(of: startLaw.covariance, dimension: startLaw.dimension)
    } catch {
      throw .invalidLaw("the law at the horizon has no density")
    }
  }

  /// Some rows of the sampler with the density of its law at each.
  ///
  /// - Parameters:
  ///   - rows: Which rows; they are those that ``/OrnsteinDiffusion/Sampler`` draws, to rounding.
  ///   - threads: How many threads work at once; does not change the numbers.
  /// - Throws: ``OracleError/notMonotone(step:)`` if the map turns the space inside out at more than
  ///   one row, and more than one in a thousand, ``OracleError/notFinite(step:)``.
  public func draw(rows: Range<Int>, threads: Int) throws -> PushforwardSample {
    let d = sampler.model.dimension
    let drawn = sampler.drawStart(rows: rows)
    let starts = Batch(drawn.elements.map { Double($0) }, dimension: d)
    return try images(of: starts, logDensity: logStartDensity(of: starts), threads: threads)
  }

  /// The images of points at the horizon that follow another law than the sampler's own.
  ///
  /// - Parameters:
  ///   - starts: The points.
  ///   - startLogDensity: The logarithm of the density of their law at each.
  ///   - threads: How many threads work at once; does not change the numbers.
  /// - Throws: As ``draw(rows:threads:)``.
  public func images(
    of starts: Batch<Double>, logDensity startLogDensity: [Double], threads: Int
  ) throws -> PushforwardSample {
    let d = sampler.model.dimension
    precondition(
      starts.dimension == d && startLogDensity.count == starts.count,
      "\(startLogDensity.count) densities do not fit \(starts.count) points.")
    var points = Batch<Double>(count: starts.count, dimension: d)
    var logDensity = startLogDensity
    try points.withUnsafeMutableBufferPointer { points in
      try logDensity.withUnsafeMutableBufferPointer { logDensity in
        nonisolated(unsafe) let (points, logDensity) = (points, logDensity)
        try Chunks(of: 0..<starts.count, size: Self.chunkRows).forEach(threads: threads) {
          rows, workspace in
          var run = TangentRun<Scalar>(
            from: starts[rows].elements.map { $0 }, dimension: d,
            registerCount: sampler.program.registerCount)
          try run.follow(sampler.program, derivative, workspace)
          for (index, row) in rows.enumerated() {
            let volume = try run.logVolume(ofRow: index, step: sampler.levels.count - 1)
            logDensity[row] = volume.map { logDensity[row] - $0 } ?? .infinity
            for axis in 0..<d { points[row * d + axis] = run.position[index * d + axis] }
          }
        }
      }
    }
    let reversed = logDensity.count { $0 == .infinity }
    guard reversed <= max(1, Int(Self.mostReversed * Double(starts.count))) else {
      throw OracleError.notMonotone(step: sampler.levels.count - 1)
    }
    return PushforwardSample(starts: starts, points: points, logDensity: logDensity)
  }

  /// The logarithm of the density of the sampler's law at the horizon.
  public func logStartDensity(of points: Batch<Double>) -> [Double] {
    let d = points.dimension
    return (0..<points.count).map { row in
      logStartDensity((0..<d).map { points[row, $0] })
    }
  }

  private func logStartDensity(_ point: [Double]) -> Double {
    let d = point.count
    var whitened = [Double](repeating: 0, count: d)
    var square = 0.0
    for i in 0..<d {
      var sum = point[i] - startLaw.mean[i]
      for j in 0..<i { sum -= startFactor.lower[i * d + j] * whitened[j] }
      whitened[i] = sum / startFactor.lower[i * d + i]
      square += whitened[i] * whitened[i]
    }
    return -(square + startFactor.logDeterminant + Double(d) * .log(2 * .pi)) / 2
  }
}

/// Points, where they started and the density of their law.
public struct PushforwardSample: Sendable {
  /// The points at the horizon.
  public let starts: Batch<Double>
  /// Their images.
  public let points: Batch<Double>
  /// The logarithm of the density of the image's law at each; infinite where the map is reversed.
  public let logDensity: [Double]
}
