import OrnsteinDiffusion
import OrnsteinNumerics
import OrnsteinTheory
import RealModule

/// A law whose curve M(u) is known, and the exact path-space costs that follow from it.
struct CurveTruth: Sendable, CustomStringConvertible {
  var description: String
  var dimension: Double
  var secondMoment: Double
  /// A bound of the norm of the Hessian of log p_t for all times from a stop on.
  var lipschitz: @Sendable (_ stop: Double) -> Double
  /// E |X_0 - E[X_0 | X_t]|^2 at u.
  var meanSquaredError: @Sendable (_ ratio: Double) -> Double

  static func ratio(at time: Double) -> Double { 1 / Double.expMinusOne(2 * time) }

  /// J = d / sigma^2 - alpha^2 M / sigma^4.
  func fisher(at time: Double) -> Double {
    let noise = -Double.expMinusOne(-2 * time)
    return dimension / noise - .exp(-2 * time) / (noise * noise)
      * meanSquaredError(Self.ratio(at: time))
  }

  /// I = J - 2 d + alpha^2 M_2 + sigma^2 d.
  func relativeFisher(at time: Double) -> Double {
    fisher(at: time) - 2 * dimension + .exp(-2 * time) * secondMoment
      - .expMinusOne(-2 * time) * dimension
  }

  /// The exact cost of freezing something along ascending times.
  func cost(_ bound: ExplicitBound, along times: [Double]) -> Double {
    zip(times, times.dropFirst()).reduce(0) { total, ends in
      let (a, b) = ends
      let h = b - a
      switch bound {
      case .smooth, .scoreAny:
        return total + integral(a, b) { fisher(at: $0) }
          + fisher(at: b) * (h + 2 * Double.expMinusOne(-h))
      case .relativeFisher, .relativeAny:
        return total + integral(a, b) { relativeFisher(at: $0) }
          - relativeFisher(at: b) * (2 * Double.expMinusOne(h) - h)
      case .denoiserAny:
        let upper = meanSquaredError(Self.ratio(at: b))
        // du = -2 u (1 + u) dt.
        return total
          + integral(a, b) { time in
            let ratio = Self.ratio(at: time)
            return ratio * (1 + ratio) * (upper - meanSquaredError(ratio))
          }
      }
    }
  }

  /// Simpson's rule on equal steps of log t.
  private func integral(_ a: Double, _ b: Double, _ f: (Double) -> Double) -> Double {
    let count = 16
    let step = Double.log(b / a) / Double(count)
    return (0...count).reduce(0) { sum, index in
      let time = a * .exp(step * Double(index))
      let weight = index == 0 || index == count ? 1.0 : index.isMultiple(of: 2) ? 2 : 4
      return sum + weight * time * f(time)
    } * step / 3
  }

  /// N(mean, variance I).
  static func normal(mean: Double, variance: Double, dimension: Double) -> CurveTruth {
    CurveTruth(
      description: "N(\(mean), \(variance)) in \(dimension)", dimension: dimension,
      secondMoment: dimension * (mean * mean + variance),
      lipschitz: { max(1, 1 / (1 + (variance - 1) * .exp(-2 * $0))) },
      meanSquaredError: { dimension * variance / (1 + variance * $0) })
  }

  /// The vertices of a cube of half-width 1.
  static func vertices(dimension: Double) -> CurveTruth {
    CurveTruth(
      description: "vertices in \(dimension)", dimension: dimension, secondMoment: dimension,
      lipschitz: { stop in
        let noise = -Double.expMinusOne(-2 * stop)
        return max(1 / noise, .exp(-2 * stop) / (noise * noise))
      },
      meanSquaredError: { ratio in
        // E sech^2(u + sqrt(u) xi).
        let step = 0.06
        let sum = stride(from: -9.0, through: 9, by: step).reduce(0.0) { sum, z in
          let cosh = Double.cosh(min(ratio + ratio.squareRoot() * z, 300))
          return sum + .exp(-z * z / 2) / (cosh * cosh)
        }
        return dimension * sum * step / (2 * Double.pi).squareRoot()
      })
  }

  /// GM1 by quadrature of its posterior variance.
  static let gm1 = CurveTruth(
    description: "GM1", dimension: 1, secondMoment: 3.65, lipschitz: { _ in 24.29 },
    meanSquaredError: { ratio in
      let time = Double.log(onePlus: 1 / ratio) / 2
      let level = OrnsteinUhlenbeck.canonical.level(at: time)
      let points = Batch(Array(stride(from: -9.0, through: 9, by: 0.05)), dimension: 1)
      let variance = Targets.gm1.posteriorCovariance(of: points, at: level)
      let density = Targets.gm1.logDensity(of: points, at: level)
      return zip(variance, density).reduce(0) { $0 + $1.0 * .exp($1.1) } * 0.05
    })

  static let all: [CurveTruth] = [
    .normal(mean: 1.5, variance: 0.25, dimension: 1), .normal(mean: 0, variance: 4, dimension: 3),
    .normal(mean: -1, variance: 0.02, dimension: 2), .vertices(dimension: 1),
    .vertices(dimension: 8), .gm1,
  ]
}
