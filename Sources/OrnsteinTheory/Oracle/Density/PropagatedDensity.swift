import RealModule

/// A density on the line, known at some points, as a sampler leaves it.
///
/// Integrals are sums over the points with their volumes: trapezoids in a coordinate in which the
/// points are equally spaced, spectrally accurate for smooth densities.
public struct PropagatedDensity: Sendable {
  /// The points, ascending.
  public let points: [Double]
  /// The length of line that each point stands for.
  public let volumes: [Double]
  /// The logarithm of the density q at each point.
  public let logDensity: [Double]

  /// A density by its parts, all of one length.
  public init(points: [Double], volumes: [Double], logDensity: [Double]) {
    precondition(
      points.count == volumes.count && points.count == logDensity.count,
      "The parts of a density differ in length.")
    self.points = points
    self.volumes = volumes
    self.logDensity = logDensity
  }

  /// The integral of q, 1 up to the error of the propagation.
  public var mass: Double { integral(of: { _ in 1 }) }

  /// The mean under q.
  public var mean: Double { integral(of: { $0 }) }

  /// The variance under q.
  public var variance: Double {
    let mean = mean
    return integral(of: { ($0 - mean) * ($0 - mean) })
  }

  /// The integral of q f.
  public func integral(of f: (Double) -> Double) -> Double {
    points.indices.reduce(0) { $0 + volumes[$1] * .exp(logDensity[$1]) * f(points[$1]) }
  }

  /// The divergences between q and another law.
  ///
  /// - Parameter logReference: log p at the points.
  /// - Throws: ``OracleError/referenceNotCovered(mass:)`` if p has mass away from the points.
  public func compared(with logReference: [Double]) throws(OracleError) -> DensityComparison {
    precondition(logReference.count == points.count, "Every point needs its log-density.")
    var (covered, forward, backward, absolute) = (0.0, 0.0, 0.0, 0.0)
    var previous = 0.0
    for (index, logP) in logReference.enumerated() {
      let (p, q) = (volumes[index] * .exp(logP), volumes[index] * .exp(logDensity[index]))
      covered += p
      // Far out, where both are below 1e-25, the propagated density has been cut off.
      if p > 1e-25 {
        forward += q > 0 ? p * (logP - logDensity[index]) : p > 1e-15 ? .infinity : 0
      }
      if q > 0 { backward += q * (logDensity[index] - logP) }
      let difference = q - p
      absolute += abs(difference)
      // A sum over equal steps meets the corner of |q - p| at the share s of a step: the next term
      // of Euler and Maclaurin is (|a| + |b|) B_2(s) with B_2(s) = 1/6 - s (1 - s).
      if previous * difference < 0 {
        let (a, b) = (abs(previous), abs(difference))
        absolute += (a + b) / 6 - a * b / (a + b)
      }
      previous = difference
    }
    guard abs(covered - 1) < 1e-6 else { throw .referenceNotCovered(mass: covered) }
    return DensityComparison(
      referenceToDensity: forward, densityToReference: backward, totalVariation: absolute / 2)
  }
}

/// How far a propagated density q is from a law p.
public struct DensityComparison: Sendable, Hashable {
  /// KL(p | q), in nats.
  public let referenceToDensity: Double
  /// KL(q | p), in nats.
  public let densityToReference: Double
  /// Half the integral of |p - q|.
  public let totalVariation: Double
}
