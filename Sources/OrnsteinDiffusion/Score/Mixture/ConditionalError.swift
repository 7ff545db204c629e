/// Why a mixture has no conditional or marginal law of some coordinates.
///
/// Coordinates and components are counted from 0.
public enum ConditionalError: Error, Equatable, Sendable, CustomStringConvertible {
  /// A coordinate that the mixture does not have.
  case noSuchCoordinate(Int, dimension: Int)
  /// A coordinate is named twice.
  case repeatedCoordinate(Int)
  /// No coordinate is left that could have a law.
  case nothingLeft
  /// The value of a coordinate is a NaN or an infinity.
  case notFinite(coordinate: Int)
  /// A component has no density in the observed coordinates, so that its probability given their
  /// values is not defined.
  case singular(component: Int)
  /// The values lie so far out that the density of every component underflows beyond any scale.
  case tooFar(coordinate: Int)
  /// The conditional law is no mixture in double precision.
  case mixture(MixtureError)

  /// A sentence that says what is wrong and what to do.
  public var description: String {
    switch self {
    case .noSuchCoordinate(let coordinate, let dimension):
      "There is no coordinate \(coordinate); the mixture has the coordinates 0 to \(dimension - 1)."
    case .repeatedCoordinate(let coordinate):
      "The coordinate \(coordinate) is named twice; name it once."
    case .nothingLeft: "No coordinate is left whose law could be given; leave one out."
    case .notFinite(let coordinate):
      "The value of the coordinate \(coordinate) is not finite; give a number."
    case .singular(let component):
      "Component \(component) has no density in the observed coordinates, as their covariance is "
        + "singular; observe fewer of them, or add a little noise to the mixture."
    case .tooFar(let coordinate):
      "The value of the coordinate \(coordinate) is too far from every component to be compared; give "
        + "values closer to the law."
    case .mixture(let error): error.description
    }
  }
}
