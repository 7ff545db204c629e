import OrnsteinDiffusion
import OrnsteinLearning
import OrnsteinNumerics

/// What was learned from a table: the score of its encoded rows at every noise level.
public enum LearnedScore: Sendable {
  /// A network, learned by denoising score matching.
  case network(ScoreNetwork<Float>, TrainingRecord)
  /// A Gaussian mixture.
  case mixture(GaussianMixture<Double>, LearningRecord)
  /// Polynomials on cells, level by level.
  case polynomial(PiecewisePolynomialScore<Double>, LearningRecord)
  /// The rows with normal noise.
  case kernel(SmoothedMeasure<Double>, LearningRecord)

  /// What learned it, as `fit --learner` says it.
  public var learner: String {
    switch self {
    case .network: "network"
    case .mixture: "mixture"
    case .polynomial: "polynomial"
    case .kernel: "kernel"
    }
  }

  /// The number of coordinates.
  public var dimension: Int {
    switch self {
    case .network(let network, _): network.dimension
    case .mixture(let mixture, _): mixture.dimension
    case .polynomial(let score, _): score.dimension
    case .kernel(let law, _): law.dimension
    }
  }

  /// The network and its training, if it is one.
  public var network: (score: ScoreNetwork<Float>, training: TrainingRecord)? {
    if case .network(let network, let record) = self { (network, record) } else { nil }
  }

  /// The mixture, if it is one.
  public var mixture: GaussianMixture<Double>? {
    if case .mixture(let mixture, _) = self { mixture } else { nil }
  }

  /// How it was learned.
  public var record: LearningRecord {
    switch self {
    case .network(_, let record): record.learning
    case .mixture(_, let record), .polynomial(_, let record), .kernel(_, let record): record
    }
  }

  /// The score in single precision, which rows are drawn with.
  ///
  /// - Throws: ``/OrnsteinDiffusion/MixtureError`` or ``/OrnsteinDiffusion/TargetError`` for a law that
  ///   single precision cannot hold.
  func makeScore() throws -> any ScoreModel<Float> {
    switch self {
    case .network(let network, _): network
    case .mixture(let mixture, _): try GaussianMixture<Float>(mixture.description)
    case .polynomial(let score, _): score.converted(to: Float.self)
    case .kernel(let law, _):
      try SmoothedMeasure(
        EmpiricalMeasure(
          points: Batch(law.base.points.elements.map { Float($0) }, dimension: law.dimension),
          weights: law.base.weights), bandwidth: law.bandwidth)
    }
  }

  /// The law in double precision where its density has a closed form.
  public var closedForm: (any ExactTarget<Double>)? {
    switch self {
    case .network, .polynomial: nil
    case .mixture(let mixture, _): mixture
    case .kernel(let law, _): law
    }
  }

  /// How the log-density of rows kept out is found: of scores that jump from cell to cell by a bound.
  var heldOutMethod: DensitySettings.Method {
    if case .polynomial = self { .elbo } else { .automatic }
  }
}

/// Why a learned score cannot be used as wished.
public enum LearnedScoreError: Error, Equatable, CustomStringConvertible {
  /// Only networks have hidden layers that can be rounded.
  case noNetwork(learner: String)

  /// What is wrong and what to do.
  public var description: String {
    switch self {
    case .noNetwork(let learner):
      "The model was learned by \"\(learner)\": bfloat16 is an arithmetic of networks only. Leave "
        + "the precision at single."
    }
  }
}
