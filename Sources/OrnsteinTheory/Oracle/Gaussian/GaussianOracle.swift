import OrnsteinDiffusion
import OrnsteinNumerics
import RealModule

/// The exact law of any affine sampler on Gaussian data, without drawing a point.
///
/// For data N(m, C) the score at a level is s(x) = -(alpha^2 C + sigma^2 I)^{-1} (x - alpha m), affine
/// in x. So every register of a sampler program stays jointly normal with the others, and the
/// oracle carries their joint mean and covariance through the instructions: histories, velocities,
/// predictor-corrector pairs and noises used twice need no formulas of their own. Along the axes of
/// C the coordinates do not mix, which leaves d problems as large as the number of registers.
///
/// Exact to rounding. Costs O(d R^2) a score or sum of R registers, and O(d^3) once; a start or a
/// score error that mixes the axes of C costs O(d^3 R^2) instead.
public struct GaussianOracle: Sendable {
  /// The error of a score at each level.
  public typealias ScoreError = @Sendable (NoiseLevel) -> AffineScoreError

  /// The law of the points at the horizon.
  public enum Start: Sendable {
    /// The prior, N(0, (alpha^2 + sigma^2) I).
    case process
    /// The normal law of the noised data with these moments of the clean data.
    case moments(DataMoments)
    /// The law of the noised data itself.
    case exact
    /// Any normal law.
    case law(GaussianLaw)
  }

  /// The law of the data.
  public let target: GaussianLaw
  /// What the model adds to the exact score, or `nil`.
  public let scoreError: ScoreError?
  let axes: SymmetricEigendecomposition
  let axialMean: [Double]

  /// The oracle of a Gaussian law of the data.
  ///
  /// - Parameters:
  ///   - target: The law; its covariance may be singular.
  ///   - scoreError: What the model adds to the exact score at a level, or `nil`.
  /// - Throws: ``OracleError/invalidLaw(_:)`` if the covariance is not positive semidefinite.
  public init(_ target: GaussianLaw, scoreError: ScoreError? = nil) throws(OracleError) {
    self.target = target
    self.scoreError = scoreError
    do {
      axes = try SymmetricEigendecomposition(of: target.covariance, dimension: target.dimension)
    } catch {
      throw .invalidLaw("\(error)")
    }
    let largest = axes.values.reduce(0) { max($0, abs($1)) }
    guard axes.values.allSatisfy({ $0 >= -1e-12 * largest }) else {
      throw .invalidLaw("the covariance is not positive semidefinite")
    }
    axialMean = axes.rotated(target.mean)
  }

  /// The law of the noised data at a level.
  public func exactLaw(at level: NoiseLevel) -> GaussianLaw { target.noised(at: level) }

  /// The law of the points at the horizon.
  public func law(of start: Start, at level: NoiseLevel) -> GaussianLaw {
    switch start {
    case .process: GaussianLaw(dimension: target.dimension, deviation: level.scale)
    case .moments(let moments): GaussianLaw(moments).noised(at: level)
    case .exact: exactLaw(at: level)
    case .law(let law): law
    }
  }

  /// The law of the points after a program.
  ///
  /// - Parameters:
  ///   - program: What the sampler does.
  ///   - start: The law at the horizon.
  /// - Throws: ``OracleError/notAffine(step:operation:)`` and its siblings.
  public func law(
    after program: SamplerProgram, from start: GaussianLaw
  ) throws(OracleError) -> GaussianLaw {
    let laws = try laws(along: program, from: start, keepsAll: false)
    return laws[laws.count - 1]
  }

  /// The law of the points at every level, from the horizon on, then of the finished points: the
  /// laws of what ``/OrnsteinDiffusion/Sampler/drawTrajectories(rows:threads:)`` returns.
  ///
  /// - Throws: ``OracleError/notAffine(step:operation:)`` and its siblings.
  public func laws(
    along program: SamplerProgram, from start: GaussianLaw
  ) throws(OracleError) -> [GaussianLaw] {
    try laws(along: program, from: start, keepsAll: true)
  }

  /// The law of the points that a plan draws.
  ///
  /// - Parameters:
  ///   - plan: The plan; its seed decides the times of randomized methods.
  ///   - start: The law at the horizon in place of the plan's.
  ///   - block: The block of ``/OrnsteinDiffusion/Sampler/chunkRows`` rows, for randomized methods.
  /// - Throws: ``OracleError``, or what keeps the plan from being carried out.
  public func law(of plan: SamplingPlan, from start: Start? = nil, block: Int = 0) throws
    -> GaussianLaw
  {
    let (program, start) = try resolve(plan, start, block)
    return try law(after: program, from: start)
  }

  /// The law of the points of a plan at every level, from the horizon on, then of the finished
  /// points.
  ///
  /// - Throws: ``OracleError``, or what keeps the plan from being carried out.
  public func laws(of plan: SamplingPlan, from start: Start? = nil, block: Int = 0) throws
    -> [GaussianLaw]
  {
    let (program, start) = try resolve(plan, start, block)
    return try laws(along: program, from: start)
  }

  /// The moments of the points of several blocks together.
  ///
  /// The points of a randomized method are normal in each block of rows and a mixture of normals
  /// over blocks; other methods have the moments of their one law.
  ///
  /// - Throws: ``OracleError``, or what keeps the plan from being carried out.
  public func moments(
    of plan: SamplingPlan, from start: Start? = nil, blocks: Range<Int>
  ) throws -> DataMoments {
    guard try plan.method().isRandomized else {
      return try law(of: plan, from: start).moments
    }
    let laws = try blocks.map { try law(of: plan, from: start, block: $0) }
    let d = target.dimension
    var mean = [Double](repeating: 0, count: d)
    for law in laws { for i in 0..<d { mean[i] += law.mean[i] / Double(laws.count) } }
    var covariance = [Double](repeating: 0, count: d * d)
    for law in laws {
      for i in 0..<d {
        for j in 0..<d {
          let spread = (law.mean[i] - mean[i]) * (law.mean[j] - mean[j])
          covariance[i * d + j] += (law.covariance[i * d + j] + spread) / Double(laws.count)
        }
      }
    }
    return DataMoments(mean: mean, covariance: covariance)
  }

  private func resolve(
    _ plan: SamplingPlan, _ start: Start?, _ block: Int
  ) throws -> (SamplerProgram, GaussianLaw) {
    let (levels, method) = try plan.prepared(for: try model(of: plan))
    let program = try method.program(along: levels, key: NoiseKey(seed: plan.seed), block: block)
    let planned: Start =
      switch plan.initialLaw {
      case .process: .process
      case .momentMatched: .exact
      }
    return (program, law(of: start ?? planned, at: levels[0]))
  }

  /// The score of the target, for plans that look at it.
  private func model(of plan: SamplingPlan) throws -> any ScoreModel<Double> {
    let d = target.dimension
    guard plan.predictor.summary.isPlanned else {
      return ClosureScore<Double>(dimension: d) { _, _, _ in }
    }
    return try GaussianMixture<Double>(
      weights: [1], means: [target.mean],
      covariances: [
        .full((0..<d).map { Array(target.covariance[$0 * d..<($0 + 1) * d]) })
      ])
  }
}
