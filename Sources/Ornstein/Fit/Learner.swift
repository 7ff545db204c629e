import OrnsteinLearning

/// What learns a distribution.
public enum Learner: Sendable {
  /// A residual network that learns the score by denoising score matching; width and number of
  /// hidden layers are chosen from the data where they are `nil`.
  case network(TrainingSettings = TrainingSettings(), width: Int? = nil, hiddenLayers: Int? = nil)
  /// A Gaussian mixture, by expectation-maximisation.
  case mixture(MixtureSearch = MixtureSearch())
  /// A Gaussian mixture whose components have one variance, by gradient descent on the denoising
  /// objective.
  case descent(ScoreMatchingDescent)
  /// Polynomials on cells, by least squares on the denoising objective.
  case polynomial(PolynomialSettings = PolynomialSettings(baseVariance: .estimated))
  /// The rows themselves with normal noise of the most likely deviation.
  case kernel(KernelSettings = KernelSettings())

  /// The learner in a word or two.
  public var name: String {
    switch self {
    case .network: "network"
    case .mixture: "mixture"
    case .descent: "mixture by descent"
    case .polynomial: "polynomial"
    case .kernel: "kernel"
    }
  }

  /// Every learner that needs no settings.
  public static var all: [Learner] { [.network(), .mixture(), .polynomial(), .kernel()] }
}

/// Where a learner other than a network stands.
public struct LearningProgress: Sendable, Hashable {
  /// What is being done, as a few words.
  public var text: String

  /// A stage by its words.
  public init(_ text: String) { self.text = text }
}
