import OrnsteinDiffusion
import OrnsteinNumerics

/// The two stages of descent on a mixture.
public enum DescentStage: String, Sendable, Codable {
  /// High noise, where descent is power iteration.
  case power
  /// Low noise, where descent is close to expectation maximisation.
  case contraction
}

/// What an iteration of descent did.
public struct DescentEvent: Sendable, Equatable, Codable {
  /// The iteration, counted from 1 through both stages.
  public var iteration: Int
  /// The iterations of both stages.
  public var totalIterations: Int
  /// The stage.
  public var stage: DescentStage
  /// The canonical time of the noise.
  public var time: Double
  /// The DDPM objective of the batch before the step, E|f(x) - y|^2 in the units of the noise.
  public var objective: Double
  /// The root mean square over components of how far the centres moved, in the units of the data.
  public var movement: Double
  /// In stage 1, where asked: the cosine between the step and that of power iteration with the second
  /// moment of all data.
  public var directionCosine: Double?
}

/// What descent has learned.
public struct DescentResult: Sendable {
  /// The mixture: identity covariances where the variance was known to be 1, else v I.
  public let mixture: GaussianMixture<Double>
  /// The centres, one a row.
  public let centres: Batch<Double>
  /// The weights.
  public let weights: [Double]
  /// The variance within a component.
  public let variance: Double
  /// All iterations.
  public let history: [DescentEvent]
  /// Whether all iterations were done.
  public let isFinished: Bool
}
