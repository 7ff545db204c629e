/// What a sampler is, for lists and documentation.
public struct PredictorSummary: Sendable, Hashable {
  /// The name on the command line and in files.
  public let name: String
  /// Other names by which people know the method.
  public let aliases: [String]
  /// The method in one line.
  public let title: String
  /// The order of the law in the step size.
  public let order: Int
  /// Score evaluations a step.
  public let evaluationsPerStep: Int
  /// Whether steps draw noise; an option may decide it.
  public let stochastic: String
  /// What it equals in other libraries.
  public let matches: String
  /// Paper and equation.
  public let source: String

  /// A summary by its parts.
  public init(
    name: String, aliases: [String], title: String, order: Int, evaluationsPerStep: Int,
    stochastic: String, matches: String, source: String
  ) {
    self.name = name
    self.aliases = aliases
    self.title = title
    self.order = order
    self.evaluationsPerStep = evaluationsPerStep
    self.stochastic = stochastic
    self.matches = matches
    self.source = source
  }
}

/// A rule that leads points from a noise level to a cleaner one.
public protocol Predictor: Sendable {
  /// What the method is.
  static var summary: PredictorSummary { get }

  /// Whether a step draws noise.
  var isStochastic: Bool { get }
}

/// A predictor whose step is affine in the point, its score and one normal vector.
///
/// Its law on Gaussian data has a closed form, and one score evaluation serves a step. A conforming
/// rule must be right for every pair of levels with alpha > 0 at the noisier one: write it either for
/// the canonical process (``AffineStep/scaled(from:to:)``) or in alpha, sigma and
/// H = log-SNR difference.
public protocol AffinePredictor: Predictor {
  /// The coefficients of the step from one level to a cleaner one.
  func step(from t: NoiseLevel, to s: NoiseLevel) -> AffineStep
}
