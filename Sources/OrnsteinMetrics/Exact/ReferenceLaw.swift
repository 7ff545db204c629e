import OrnsteinDiffusion
import OrnsteinNumerics
import RealModule

/// An exact law against which samples are measured: alpha X_0 + sigma xi for X_0 of an exact target.
///
/// alpha = 1 and sigma = 0 is the target itself; the level at the stop time of a process is the law of
/// points that are left where a sampler stops; alpha = 1 and sigma / alpha of that level is their law
/// after they are scaled back.
public struct ReferenceLaw: Sendable {
  /// The law of X_0.
  public let target: any ExactTarget<Double>
  /// alpha and sigma.
  public let level: NoiseLevel

  /// A target, with noise or without.
  ///
  /// - Parameters:
  ///   - target: The law of X_0.
  ///   - level: alpha above 0, and sigma 0 or more.
  public init(
    _ target: any ExactTarget<Double>,
    at level: NoiseLevel = NoiseLevel(time: 0, alpha: 1, sigma: 0)
  ) {
    precondition(level.alpha > 0 && level.sigma >= 0, "A law needs a signal.")
    self.target = target
    self.level = level
  }

  /// The number of coordinates.
  public var dimension: Int { target.dimension }

  /// Whether the law has a density.
  public var hasDensity: Bool { level.sigma > 0 || target.hasDensity }

  /// The exact mean and covariance.
  public var moments: DataMoments { target.moments.noised(at: level) }

  /// Exact draws, row r of one key the same whatever is drawn around it.
  ///
  /// - Parameters:
  ///   - rows: Which rows.
  ///   - key: The randomness; its streams for targets and metrics are used.
  ///   - threads: How many threads work; does not change the result.
  public func draw(rows: Range<Int>, key: NoiseKey, threads: Int = 1) -> Batch<Double> {
    let (d, level) = (dimension, level)
    return Batch(unsafeUninitializedCount: rows.count, dimension: d) { output in
      let shared = SharedNumbers(output)
      try? Chunks(of: rows, size: 2048).forEach(threads: threads) { chunk, workspace in
        let first = (chunk.lowerBound - rows.lowerBound) * d
        let part = UnsafeMutableBufferPointer(
          rebasing: shared.buffer[first..<first + chunk.count * d])
        var span = MutableSpan(_unsafeElements: part)
        target.drawExactly(rows: chunk, key: key, into: &span)
        guard level.sigma > 0 || level.alpha != 1 else { return }
        workspace.withBuffer(of: Double.self, count: part.count) { noise in
          Double.Kernels.normals(
            into: noise, stream: key.stream(.metric, step: 1),
            first: UInt64(chunk.lowerBound) * UInt64(d))
          for index in part.indices {
            part[index] = level.alpha * part[index] + level.sigma * noise[index]
          }
        }
      }
    }
  }

  /// The exact log-density of each row, in nats; -infinity where there is none.
  ///
  /// - Parameters:
  ///   - points: Points of the space of the law, which must have a density.
  ///   - threads: How many threads work; does not change the result.
  public func logDensity(of points: Batch<Double>, threads: Int = 1) -> [Double] {
    precondition(hasDensity, "The law has no density.")
    var values = [Double](repeating: 0, count: points.count)
    let (d, level) = (dimension, level)
    values.withUnsafeMutableBufferPointer { values in
      let shared = SharedNumbers(values)
      points.withUnsafeBufferPointer { elements in
        let rows = SharedRows(elements)
        try? Chunks(of: 0..<points.count, size: 512).forEach(threads: threads) {
          chunk, workspace in
          var span = MutableSpan(
            _unsafeElements: UnsafeMutableBufferPointer(rebasing: shared.buffer[chunk]))
          let part = UnsafeBufferPointer(
            rebasing: rows.buffer[chunk.lowerBound * d..<chunk.upperBound * d])
          target.logDensity(
            of: Span(_unsafeElements: part), at: level, into: &span, workspace: workspace)
        }
      }
    }
    return values
  }

  /// The normal parts of the law if it is a mixture.
  var mixture: GaussianMixture<Double>? {
    var base = target
    while let perturbed = base as? PerturbedScore<Double> { base = perturbed.base }
    return base as? GaussianMixture<Double>
  }

  /// The key of one repetition of exact draws.
  static func key(_ key: NoiseKey, repetition: Int) -> NoiseKey {
    // The finaliser of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014).
    var z = key.seed &+ 0x9E37_79B9_7F4A_7C15 &* (UInt64(truncatingIfNeeded: repetition) &+ 0xA11)
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return NoiseKey(seed: z ^ (z >> 31))
  }
}

/// Memory that several threads write to, each its own part.
struct SharedNumbers: @unchecked Sendable {
  let buffer: UnsafeMutableBufferPointer<Double>
  init(_ buffer: UnsafeMutableBufferPointer<Double>) { self.buffer = buffer }
}

/// Memory that several threads read.
struct SharedRows: @unchecked Sendable {
  let buffer: UnsafeBufferPointer<Double>
  init(_ buffer: UnsafeBufferPointer<Double>) { self.buffer = buffer }
}
