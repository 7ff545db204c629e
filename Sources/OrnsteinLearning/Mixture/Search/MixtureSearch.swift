import OrnsteinDiffusion
import OrnsteinNumerics

/// Learns a mixture by expectation-maximisation and finds its number of components and the form of its
/// covariances on the way.
///
/// For each form, more and more components are tried until the goal has not risen for some of them. From
/// the best mixture two components are then merged, those that cost the least, and all learned again,
/// for as long as nothing is lost: so components that a start had put into one place find their own.
/// Where held-out rows decide, other mixtures that were tried join it in a weighted mean if that is
/// better than it by more than chance explains (Smyth and Wolpert 1999, Machine Learning 36): a law that
/// no mixture of a few normal laws describes is met from several sides.
public struct MixtureSearch: Sendable, Hashable, Codable {
  /// What decides.
  public enum Goal: String, Sendable, Hashable, Codable, CaseIterable {
    /// The least Bayesian information criterion (Schwarz 1978).
    case bayesianInformation = "bic"
    /// The log-density of rows kept out, a tenth of them and up to a fifth where that is fewer than
    /// 2000: the mixture of the fewest free numbers that is not lower than the highest by more than
    /// one and a half standard errors of the difference. It then goes on with all rows.
    case heldOut = "held-out"
  }

  /// The numbers of components to try, or `nil` for more and more from 1.
  public var components: [Int]?
  /// The forms of covariances to try.
  public var covariances: [CovarianceKind]
  /// What decides; `nil` for held-out rows where there are 4000 or more, which cost little then and see
  /// what the criterion does not: that the law is no mixture at all.
  public var goal: Goal?
  /// All other settings; components and covariance are replaced.
  public var settings: ExpectationMaximizationSettings
  /// How often in a row the goal may fail to rise before a form is left.
  public var patience: Int
  /// The most mixtures that a weighted mean may have where held-out rows decide and the numbers of
  /// components are free; 1 for a single mixture.
  public var memberLimit: Int

  static let ladder = [
    1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 16, 20, 24, 28, 32, 40, 48, 56, 64, 80, 96, 112, 128,
    160,
    192, 224, 256,
  ]

  /// A search.
  public init(
    components: [Int]? = nil, covariances: [CovarianceKind] = CovarianceKind.allCases,
    goal: Goal? = nil,
    settings: ExpectationMaximizationSettings = ExpectationMaximizationSettings(
      components: 1, restarts: 2), patience: Int = 3, memberLimit: Int = 6
  ) {
    self.components = components
    self.covariances = covariances
    self.goal = goal
    self.settings = settings
    self.patience = patience
    self.memberLimit = memberLimit
  }

  /// Where a search stands.
  public struct Event: Sendable, Hashable {
    /// What is being tried, and where it stands.
    public var iteration: MixtureEvent
    /// The highest goal so far, in nats a row, and what reached it.
    public var best: Trial?

    /// The event as a few words.
    public var text: String {
      var text = "\(iteration.components) × \(iteration.covariance.rawValue), iteration "
      text += "\(iteration.iteration)"
      if let best {
        text += "; best so far \(best.components) × \(best.covariance.rawValue)"
      }
      return text
    }
  }

  /// One pair of a number and a form.
  public struct Trial: Sendable, Hashable, Codable {
    /// The number of components.
    public var components: Int
    /// The form of the covariances.
    public var covariance: CovarianceKind
    /// The held-out log-density, or -BIC / (2 rows), in nats a row: higher is better.
    public var goal: Double
    /// The components that collapsed and began anew.
    public var collapses: Int
  }
}
