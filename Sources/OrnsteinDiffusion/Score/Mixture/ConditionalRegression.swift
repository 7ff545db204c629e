import OrnsteinNumerics
import RealModule

/// The laws of some coordinates of a Gaussian mixture given the others, made ready for many values:
/// Gaussian mixture regression.
///
/// Given x_o, component k has the probability w_k N(x_o; mu_o, C_oo) over the sum of these, and the
/// normal law of mean mu_m + C_mo C_oo^{-1} (x_o - mu_o) and covariance C_mm - C_mo C_oo^{-1} C_om.
/// Factoring costs d^3 a component, once; a value then costs d^2, or d where covariances are diagonal.
///
/// - Source: Ghahramani, Jordan, Advances in Neural Information Processing Systems 6 (1994) 120.
public struct MixtureRegression: Sendable {
  /// The number of coordinates of the mixture.
  public let dimension: Int
  /// The coordinates that are given, ascending.
  public let observed: [Int]
  /// The other coordinates, ascending.
  public let missing: [Int]
  let parts: [Part]
  private let name: String

  /// One component.
  struct Part: Sendable {
    /// log w - log det(2 pi C_oo) / 2.
    let logConstant: Double
    let observedMean: [Double]
    let missingMean: [Double]
    let factor: ConditionalFactor
  }

  /// The laws given some coordinates; given none, the law itself.
  ///
  /// - Parameters:
  ///   - mixture: The law of all coordinates.
  ///   - observed: Different coordinates, counted from 0, in any order.
  /// - Throws: ``ConditionalError`` if there is no such coordinate, or a component has no density in
  ///   them.
  public init<Scalar>(
    of mixture: GaussianMixture<Scalar>, on observed: [Int]
  ) throws(ConditionalError) {
    try ConditionalError.check(observed, dimension: mixture.dimension)
    let isObserved = Set(observed)
    dimension = mixture.dimension
    self.observed = observed.sorted()
    missing = (0..<dimension).filter { !isObserved.contains($0) }
    name = mixture.description.name
    var parts: [Part] = []
    var last: (covariance: MixtureCovariance, factor: ConditionalFactor)?
    for (index, component) in mixture.description.components.enumerated() {
      let logWeight = mixture.components[index].logWeight
      let factor: ConditionalFactor
      if logWeight == -.infinity {
        factor = ConditionalFactor(
          idle: component.covariance, observed: self.observed, missing: missing)
      } else if let last, last.covariance == component.covariance {
        factor = last.factor
      } else {
        factor = try ConditionalFactor(
          component.covariance, observed: self.observed, missing: missing, component: index)
        last = (component.covariance, factor)
      }
      parts.append(
        Part(
          logConstant: logWeight - factor.halfLogDeterminant
            - Double(observed.count) / 2 * .log(2 * .pi),
          observedMean: self.observed.map { component.mean[$0] },
          missingMean: missing.map { component.mean[$0] }, factor: factor))
    }
    self.parts = parts
  }

  /// The number of components.
  package var componentCount: Int { parts.count }

  /// The covariance of the missing coordinates given the others and a component.
  package func covariance(ofComponent index: Int) -> MixtureCovariance {
    parts[index].factor.covariance
  }

  /// About how many numbers are kept.
  package var size: Int { parts.count * (observed.count + 1) * (dimension + 1) }

  /// The law given values.
  ///
  /// - Parameter values: One finite number an observed coordinate, in the order of ``observed``.
  /// - Throws: ``ConditionalError`` if a value is not finite or too far from everything.
  public func point(given values: [Double]) throws(ConditionalError) -> ConditionalPoint {
    var point = ConditionalPoint(of: self)
    try point.move(to: values)
    return point
  }

  /// The law of the missing coordinates given values, as a mixture of as many components.
  ///
  /// - Parameters:
  ///   - values: One finite number an observed coordinate, in the order of ``observed``.
  ///   - scalar: The precision of the mixture.
  /// - Throws: ``ConditionalError`` if nothing is missing, or a value is not finite or too far from
  ///   everything.
  public func law<Scalar: BatchScalar>(
    given values: [Double], _ scalar: Scalar.Type = Scalar.self
  ) throws(ConditionalError) -> GaussianMixture<Scalar> {
    guard !missing.isEmpty else { throw .nothingLeft }
    let point = try point(given: values)
    let given = observed.map { "x\($0)" }.joined(separator: ", ")
    do throws(MixtureError) {
      return try GaussianMixture(
        GaussianMixtureDescription(
          name: observed.isEmpty ? name : "\(name) given \(given)", dimension: missing.count,
          components: parts.indices.map { index in
            let mean = point.mean(ofComponent: index)
            return .init(
              weight: point.probabilities[index],
              // A component that is out of reach may lie beyond all numbers.
              mean: mean.allSatisfy(\.isFinite) ? mean : parts[index].missingMean,
              covariance: parts[index].factor.covariance)
          }))
    } catch {
      throw .mixture(error)
    }
  }
}

extension GaussianMixture {
  /// The law of the other coordinates given some of them, in closed form.
  ///
  /// Component k of the result is component k of the mixture given the values, and of the same kind:
  /// identity, isotropic and diagonal covariances stay as they are. The remaining coordinates keep their
  /// order. Given nothing, the law itself.
  ///
  /// - Parameter values: Finite numbers by coordinate, counted from 0.
  /// - Throws: ``ConditionalError`` if there is no such coordinate or no other, a value is not finite or
  ///   too far from everything, or a component has no density in the coordinates.
  public func conditional(on values: [Int: Double]) throws(ConditionalError) -> GaussianMixture {
    guard !values.isEmpty else { return self }
    let regression = try MixtureRegression(of: self, on: Array(values.keys))
    return try regression.law(given: regression.observed.map { values[$0] ?? .nan })
  }

  /// The mean and covariance of the other coordinates given some of them.
  ///
  /// - Parameter values: Finite numbers by coordinate, counted from 0.
  /// - Throws: ``ConditionalError`` as ``conditional(on:)`` does.
  public func conditionalMoments(
    on values: [Int: Double]
  ) throws(ConditionalError) -> DataMoments {
    try conditional(on: values).moments
  }
}
