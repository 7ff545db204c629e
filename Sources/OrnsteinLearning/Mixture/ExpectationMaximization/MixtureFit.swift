import OrnsteinDiffusion
import OrnsteinNumerics

/// A mixture learned by expectation-maximisation, and how it came about.
public struct MixtureFit: Sendable {
  /// Why the iteration ended.
  public enum Finish: String, Sendable, Hashable, Codable {
    /// The mean log-likelihood changed by less than the tolerance.
    case converged
    /// All iterations were done.
    case iterationLimit
    /// The caller asked for it.
    case stopped
  }

  /// The mixture.
  public let mixture: GaussianMixture<Double>
  /// How it came about.
  public internal(set) var record: MixtureRecord
}

/// How a mixture came about.
public struct MixtureRecord: Sendable, Hashable, Codable {
  /// The settings.
  public var settings: ExpectationMaximizationSettings
  /// The seed.
  public var seed: UInt64
  /// The rows with a weight above 0.
  public var rows: Int
  /// The sum of the weights.
  public var totalWeight: Double
  /// The mean log-likelihood of a row, in nats: of the start, after each iteration, and so of the
  /// mixture at the end.
  public var logLikelihoods: [Double]
  /// The iterations done in the restart that won.
  public var iterations: Int
  /// Why that restart ended, or that the caller asked for the end.
  public var finish: MixtureFit.Finish
  /// The restart that won, counted from 0.
  public var restart: Int
  /// The mean log-likelihood at the end of every restart.
  public var restartLogLikelihoods: [Double]
  /// Collapsed components, of all restarts.
  public var collapses: [MixtureCollapse]
  /// The free numbers of the mixture.
  public var parameterCount: Int
  /// -2 log-likelihood + parameters log(rows), lower is better; a weight counts as so many rows.
  public var bayesianInformation: Double
  /// The mean log-density of rows that were kept out, or `nil` without such rows.
  public var heldOut: MeanLogDensity?

  /// The mean log-likelihood of a row, in nats.
  public var logLikelihood: Double { logLikelihoods.last ?? -.infinity }
  /// Whether the iteration ended by itself.
  public var isConverged: Bool { finish == .converged }
}

/// Where expectation-maximisation stands after an iteration.
public struct MixtureEvent: Sendable, Hashable {
  /// The number of components.
  public var components: Int
  /// The form of the covariances.
  public var covariance: CovarianceKind
  /// The restart, counted from 0.
  public var restart: Int
  /// The iterations done in this restart.
  public var iteration: Int
  /// The mean log-likelihood of a row before the iteration, in nats.
  public var logLikelihood: Double
  /// How much higher that is than one iteration before; `nil` in the first, and after components began
  /// anew.
  public var change: Double?
  /// The components that collapsed in this iteration.
  public var collapses: [MixtureCollapse]
}
