/// A Gaussian mixture as a target file holds it.
///
/// `{"name", "dimension", "comment", "components": [{"weight", "mean", "covariance"}]}` with the
/// covariance `"identity"`, `{"isotropic": v}`, `{"diagonal": [...]}` or `{"full": [[...]]}`.
public struct GaussianMixtureDescription: Sendable, Hashable, Codable {
  /// One normal law of the mixture.
  public struct Component: Sendable, Hashable, Codable {
    /// The probability of the component, 0 or more.
    public var weight: Double
    /// The mean, `dimension` numbers.
    public var mean: [Double]
    /// The covariance.
    public var covariance: MixtureCovariance

    /// A component by its parts.
    public init(weight: Double, mean: [Double], covariance: MixtureCovariance = .identity) {
      self.weight = weight
      self.mean = mean
      self.covariance = covariance
    }
  }

  /// What the target is called.
  public var name: String
  /// The number of coordinates.
  public var dimension: Int
  /// What the target is about.
  public var comment: String?
  /// The components; their weights sum to 1.
  public var components: [Component]

  /// A description by its parts, not yet validated.
  public init(name: String, dimension: Int, comment: String? = nil, components: [Component]) {
    self.name = name
    self.dimension = dimension
    self.comment = comment
    self.components = components
  }

  /// Makes sure that the description is a mixture.
  ///
  /// - Throws: ``MixtureError`` that names the first component that is wrong.
  public func validate() throws(MixtureError) {
    guard dimension >= 1 else { throw .invalidDimension(dimension) }
    guard !components.isEmpty else { throw .noComponents }
    for (index, component) in components.enumerated() {
      guard component.weight.isFinite, component.weight >= 0 else {
        throw .invalidWeight(component: index, weight: component.weight)
      }
      guard component.mean.count == dimension else {
        throw .wrongLength(
          component: index, part: "mean", count: component.mean.count, expected: dimension)
      }
      guard component.mean.allSatisfy(\.isFinite) else {
        throw .notFinite(component: index, part: "mean")
      }
      try component.covariance.validate(component: index, dimension: dimension)
    }
    let sum = components.reduce(0) { $0 + $1.weight }
    guard abs(sum - 1) <= 1e-6 else { throw .weightsDoNotSumToOne(sum) }
  }
}

/// Why a description is not a Gaussian mixture.
public enum MixtureError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The dimension is not positive.
  case invalidDimension(Int)
  /// There is no component.
  case noComponents
  /// A weight is negative or not finite.
  case invalidWeight(component: Int, weight: Double)
  /// The weights do not sum to 1 within 1e-6.
  case weightsDoNotSumToOne(Double)
  /// A part of a component has another length than the dimension asks for.
  case wrongLength(component: Int, part: String, count: Int, expected: Int)
  /// A part of a component holds a NaN or an infinity.
  case notFinite(component: Int, part: String)
  /// A variance is negative.
  case negativeVariance(component: Int, variance: Double)
  /// A covariance differs from its transpose.
  case notSymmetric(component: Int, row: Int, column: Int)
  /// A covariance has a negative eigenvalue.
  case notPositiveSemidefinite(component: Int, eigenvalue: Double)

  /// A sentence that says what is wrong and what to do; components are counted from 0.
  public var description: String {
    switch self {
    case .invalidDimension(let dimension): "The dimension \(dimension) must be 1 or more."
    case .noComponents: "The mixture has no component."
    case .invalidWeight(let component, let weight):
      "Component \(component) has the weight \(weight), which must be 0 or more."
    case .weightsDoNotSumToOne(let sum): "The weights sum to \(sum) and must sum to 1."
    case .wrongLength(let component, let part, let count, let expected):
      "The \(part) of component \(component) has length \(count) and needs \(expected)."
    case .notFinite(let component, let part):
      "The \(part) of component \(component) holds a number that is not finite."
    case .negativeVariance(let component, let variance):
      "Component \(component) has the variance \(variance), which must be 0 or more."
    case .notSymmetric(let component, let row, let column):
      "The covariance of component \(component) is not symmetric at row \(row), column \(column)."
    case .notPositiveSemidefinite(let component, let eigenvalue):
      "The covariance of component \(component) has the negative eigenvalue \(eigenvalue)."
    }
  }
}
