/// A component of a mixture that no longer describes a part of the points.
public struct MixtureCollapse: Sendable, Hashable, Codable {
  /// What happened to the component.
  public enum Cause: String, Sendable, Hashable, Codable {
    /// Less than one row belongs to it.
    case mass
    /// Its variances are those of the ridge: it sits on one point, or on fewer points than a
    /// covariance needs.
    case floor
    /// Its covariance is not positive definite.
    case singular
  }

  /// The restart, counted from 0.
  public var restart: Int
  /// The iteration, counted from 1.
  public var iteration: Int
  /// The component, counted from 0.
  public var component: Int
  /// What happened.
  public var cause: Cause
  /// The rows that belonged to it, if weights are scaled to a mean of 1.
  public var rows: Double
  /// The row at which the component began anew, or `nil` where it was left as it is.
  public var newRow: Int?
}

extension MixtureCollapse: CustomStringConvertible {
  /// One sentence for a person; restarts and components are counted from 0.
  public var description: String {
    let what =
      switch cause {
      case .mass: "has less than one row"
      case .floor: "has shrunk to the smallest variance allowed"
      case .singular: "has a covariance that is not positive definite"
      }
    let then = newRow.map { "it begins anew at row \($0)" } ?? "it is left as it is"
    return
      "Component \(component) \(what) in iteration \(iteration) of restart \(restart); \(then)."
  }
}
