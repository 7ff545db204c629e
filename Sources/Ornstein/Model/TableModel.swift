import OrnsteinDiffusion
import OrnsteinLearning
import OrnsteinNumerics
import OrnsteinTables

/// A learned distribution of rows: the score of encoded rows, and the schema that encodes them.
///
/// Made by ``fit(_:learner:hints:process:seed:threads:events:progress:)``; kept in one file.
public struct TableModel: Sendable {
  /// The columns, and how rows become points.
  public let schema: Schema
  /// What was learned, and how.
  public let learned: LearnedScore
  /// The score of the noised points, in single precision.
  public let score: any ScoreModel<Float>
  /// The mean and covariance of the points, for a moment-matched start.
  public let moments: DataMoments
  /// The process that samples are drawn by unless a plan says otherwise.
  public let process: ProcessSpecification

  /// A model from its parts, which must agree on the dimension.
  ///
  /// - Throws: ``/OrnsteinDiffusion/MixtureError`` or ``/OrnsteinDiffusion/TargetError`` for a law that
  ///   single precision cannot hold.
  public init(
    schema: Schema, learned: LearnedScore, moments: DataMoments, process: ProcessSpecification
  ) throws {
    precondition(
      schema.dimension == learned.dimension && moments.dimension == learned.dimension,
      "A schema of \(schema.dimension) coordinates, moments of \(moments.dimension) and a score of "
        + "\(learned.dimension) do not make a model.")
    self.schema = schema
    self.learned = learned
    score = try learned.makeScore()
    self.moments = moments
    self.process = process
  }

  /// How the model was learned.
  public var record: LearningRecord { learned.record }

  /// The plan that suits the model.
  ///
  /// - A network: `ddpm` steps, even in log-SNR, from the normal law with the moments of the noised
  ///   data. Freezing the score widens the points a little where freezing the denoiser narrows them;
  ///   which rule comes closest in few steps depends on the table, and `evaluate` tells.
  /// - A mixture, polynomials or a kernel law: the planned flow, which leaves no noise. In as many steps
  ///   it comes closer than ancestral steps over the levels of the polynomials, the plan of
  ///   ``/OrnsteinLearning/PiecewisePolynomialScore``.
  ///
  /// - Parameters:
  ///   - steps: The number of steps, each one evaluation of the score.
  ///   - seed: The seed of the noise.
  public func plan(steps: Int = 100, seed: UInt64 = 0) -> SamplingPlan {
    switch learned {
    case .network:
      return SamplingPlan(
        process: process, grid: GridSpecification(.logSNR, steps: steps),
        predictor: .frozenScore, initialLaw: .momentMatched, finish: .rescale, seed: seed)
    case .mixture, .polynomial, .kernel:
      return SamplingPlan(
        process: process, grid: GridSpecification(.logSNR, steps: steps),
        predictor: .plannedFlow, initialLaw: .momentMatched, finish: .rescale, seed: seed)
    }
  }

  /// The sampler of encoded rows that a plan makes of this model.
  ///
  /// - Parameters:
  ///   - plan: How points are drawn.
  ///   - precision: The arithmetic of a network's hidden layers; the score of another learner knows
  ///     single precision only.
  /// - Throws: ``/OrnsteinDiffusion/ProcessError``, ``/OrnsteinDiffusion/GridError`` or
  ///   ``/OrnsteinDiffusion/SamplingError``; ``LearnedScoreError`` if there is no network to be rounded.
  public func sampler(
    _ plan: SamplingPlan, precision: NetworkPrecision = .single
  ) throws -> Sampler<Float> {
    switch precision {
    case .single:
      return try plan.makeSampler(for: score, moments: moments)
    case .bfloat16:
      guard case .network(let network, _) = learned else {
        throw LearnedScoreError.noNetwork(learner: learned.learner)
      }
      return try plan.makeSampler(for: RoundedScoreNetwork(network), moments: moments)
    }
  }

  /// Draws rows.
  ///
  /// - Parameters:
  ///   - count: The number of rows.
  ///   - plan: How, or `nil` for ``plan(steps:seed:)``.
  ///   - seed: The seed of the noise, instead of that of the plan.
  ///   - threads: How many threads work; does not change the rows.
  /// - Returns: Rows with the columns of the schema.
  /// - Throws: ``/OrnsteinDiffusion/ProcessError``, ``/OrnsteinDiffusion/GridError``,
  ///   ``/OrnsteinDiffusion/SamplingError`` or ``/OrnsteinTables/TableError``.
  public func sample(
    _ count: Int, _ plan: SamplingPlan? = nil, seed: UInt64, threads: Int = 1
  ) throws -> Table {
    var plan = plan ?? self.plan()
    plan.seed = seed
    let points = try sampler(plan).draw(rows: 0..<count, threads: threads)
    return try TableDecoder(schema).decode(points).table
  }
}
