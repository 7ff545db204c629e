import RealModule

/// The quantile function of a law of levels on a range, with its constants computed once.
package struct LevelQuantile: Sendable {
  /// The probability of the range before the law is cut to it.
  let probability: Double
  private let isNormal: Bool
  private let range: ClosedRange<Double>
  private let start: Double
  private let mean: Double
  private let deviation: Double

  package init(_ law: LevelDistribution, in range: ClosedRange<Double>) {
    self.range = range
    switch law {
    case .uniform:
      (isNormal, start, probability, mean, deviation) = (false, 0, 1, 0, 1)
    case .logNormal(let mean, let deviation):
      isNormal = true
      (self.mean, self.deviation) = (mean, deviation)
      start = Self.normalProbability((range.lowerBound + mean) / deviation)
      probability = Self.normalProbability((range.upperBound + mean) / deviation) - start
    }
  }

  /// The lambda below which the fraction `u` of all levels lies.
  @inline(__always)
  package func callAsFunction(_ u: Double) -> Double {
    guard isNormal else { return range.lowerBound + u * (range.upperBound - range.lowerBound) }
    let lambda = deviation * Self.normalQuantile(start + u * probability) - mean
    return min(max(lambda, range.lowerBound), range.upperBound)
  }

  private static func normalProbability(_ z: Double) -> Double {
    .erfc(-z / 2.0.squareRoot()) / 2
  }

  /// The inverse of the normal distribution function, to about 1e-15: Wichura, algorithm AS 241,
  /// <https://doi.org/10.2307/2347330>.
  static func normalQuantile(_ probability: Double) -> Double {
    let q = probability - 0.5
    if abs(q) <= 0.425 {
      let r = 0.180625 - q * q
      return q * ratio(central, at: r)
    }
    let tail = max(min(probability, 1 - probability), 1e-300)
    let r = (-Double.log(tail)).squareRoot()
    let z = r <= 5 ? ratio(middle, at: r - 1.6) : ratio(outer, at: r - 5)
    return q < 0 ? -z : z
  }

  @inline(__always)
  private static func ratio(_ pair: (SIMD8<Double>, SIMD8<Double>), at x: Double) -> Double {
    var (above, below) = (pair.0[7], pair.1[7])
    for power in stride(from: 6, through: 0, by: -1) {
      above = above * x + pair.0[power]
      below = below * x + pair.1[power]
    }
    return above / below
  }

  /// Numerator and denominator by rising powers.
  private static let central = (
    SIMD8(
      3.3871328727963666080, 1.3314166789178437745e2, 1.9715909503065514427e3,
      1.3731693765509461125e4, 4.5921953931549871457e4, 6.7265770927008700853e4,
      3.3430575583588128105e4, 2.5090809287301226727e3),
    SIMD8(
      1, 4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3,
      2.1213794301586595867e4, 3.9307895800092710610e4, 2.8729085735721942674e4,
      5.2264952788528545610e3)
  )
  private static let middle = (
    SIMD8(
      1.42343711074968357734, 4.63033784615654529590, 5.76949722146069140550,
      3.64784832476320460504, 1.27045825245236838258, 2.41780725177450611770e-1,
      2.27238449892691845833e-2, 7.74545014278341407640e-4),
    SIMD8(
      1, 2.05319162663775882187, 1.67638483018380384940, 6.89767334985100004550e-1,
      1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4,
      1.05075007164441684324e-9)
  )
  private static let outer = (
    SIMD8(
      6.65790464350110377720, 5.46378491116411436990, 1.78482653991729133580,
      2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3,
      2.71155556874348757815e-5, 2.01033439929228813265e-7),
    SIMD8(
      1, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
      7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7,
      2.04426310338993978564e-15)
  )
}
