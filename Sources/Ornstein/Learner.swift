import OrnsteinLearning

/// What learns a distribution.
public enum Learner: Sendable {
  /// A residual network that learns the score by denoising score matching; width and number of
  /// hidden layers are chosen from the data where they are `nil`.
  case network(TrainingSettings = TrainingSettings(), width: Int? = nil, hiddenLayers: Int? = nil)
  /// A Gaussian mixture, by expectation-maximisation.
  case mixture(MixtureSearch = MixtureSearch())
  /// The rows themselves with normal noise of the most likely deviation.
  case kernel(KernelSettings = KernelSettings())

  /// The learner as `fit --learner` says it.
  public var name: String {
    switch self {
    case .network: "network"
    case .mixture: "mixture"
    case .kernel: "kernel"
    }
  }

  /// Every learner with its defaults.
  public static var all: [Learner] { [.network(), .mixture(), .kernel()] }
}

/// Where a learner other than a network stands.
public struct LearningProgress: Sendable, Hashable {
  /// What is being done, as a few words.
  public var text: String

  /// A stage by its words.
  public init(_ text: String) { self.text = text }
}
