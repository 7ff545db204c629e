import OrnsteinDiffusion
import OrnsteinNumerics
import RealModule

/// The exact density of the points of a sampler on the line, without drawing a point.
///
/// Deterministic stretches of a program carry nodes and the derivative of the map at each (dual
/// numbers in every register, so histories of any length work), and the density changes by the
/// Jacobian. Where noise enters, q becomes the integral of q(x) N(y; f(x), c^2) dx on a grid. That
/// needs the point alone to decide the future: programs that remember the point before the noise
/// are refused (multistep methods with noise, velocities over several steps, Picard iteration with
/// noise). Langevin steps that are accepted or rejected
/// (``/OrnsteinDiffusion/MetropolisAcceptance``) carry what is rejected along. A
/// ``/OrnsteinDiffusion/NormRatioStep`` whose norms are means over the block of rows takes their
/// expectations in place of the means, the limit of large blocks; its other form, whose law has tails
/// of infinite mean, is refused.
///
/// - Accuracy: trapezoid sums of smooth densities; divergences on a grid of 2401 nodes from -9 to 9
///   hold to 1e-8 or better for mixtures of deviations near 1. Where the law of acceptance has a
///   corner, to the square of the spacing: 1e-5.
/// - Cost: n times the nodes within 9 deviations of the noise, a noisy step; O(n) others.
public struct DensityOracle: Sendable {
  /// The law of the points at the horizon.
  public enum Start: Sendable {
    /// The prior, N(0, alpha^2 + sigma^2).
    case process
    /// The law of the noised data itself.
    case exact
    /// Any normal law on the line.
    case law(GaussianLaw)
  }

  /// The score that the sampler follows.
  public let model: any HessianModel<Double>
  /// The law to compare with.
  public let target: any LogDensityModel<Double>
  /// Where the density is known.
  public let grid: DensityGrid

  /// The oracle of a model and the law that it should draw from.
  ///
  /// - Throws: ``OracleError/invalidLaw(_:)`` unless both are of dimension 1.
  public init(
    model: any HessianModel<Double>, target: any LogDensityModel<Double>,
    grid: DensityGrid = DensityGrid()
  ) throws(OracleError) {
    guard model.dimension == 1, target.dimension == 1 else {
      throw .invalidLaw("densities are propagated in one dimension only")
    }
    self.model = model
    self.target = target
    self.grid = grid
  }

  /// The oracle of an exact target.
  ///
  /// - Throws: ``OracleError/invalidLaw(_:)`` unless it is of dimension 1.
  public init<Target: HessianModel<Double> & LogDensityModel<Double>>(
    _ target: Target, grid: DensityGrid = DensityGrid()
  ) throws(OracleError) {
    try self.init(model: target, target: target, grid: grid)
  }

  /// The density of the points after a program.
  ///
  /// - Parameters:
  ///   - program: What the sampler does.
  ///   - start: The law at the horizon.
  ///   - level: The level of the horizon.
  /// - Throws: ``OracleError``.
  public func density(
    after program: SamplerProgram, from start: Start = .process, at level: NoiseLevel
  ) throws(OracleError) -> PropagatedDensity {
    if case .law(let law) = start, law.dimension != 1 {
      throw .invalidLaw("a law of dimension \(law.dimension) is not on the line")
    }
    let proposals = try proposals(of: program)
    var state = try DensityState(
      grid: grid, scale: level.scale, registerCount: program.registerCount
    ) { nodes in
      switch start {
      case .process: logNormal(nodes, mean: 0, variance: level.scale * level.scale)
      case .exact: target.logDensity(of: Batch(nodes, dimension: 1), at: level)
      case .law(let law): logNormal(nodes, mean: law.mean[0], variance: law.covariance[0])
      }
    }
    for (index, instruction) in program.instructions.enumerated() {
      switch instruction {
      case .begin(let step, let level):
        state.step = step
        state.scale = level.scale
      // The score of a proposal belongs to the decision that follows.
      case .evaluate where proposals.contains(index): break
      case .evaluate(let register, let level, let output):
        state.scale = level.scale
        try state.evaluate(register, into: output) { score(of: $0, at: level) }
      case .combine(let combination): try state.combine(combination)
      case .combineColumns(let combination): try state.combine(combination.column(0))
      case .fill(let register, let point): state.fill(register, with: point.values[0])
      case .apply(let operation):
        if let step = operation as? NormRatioStep { try state.apply(step) }
        if let rule = operation as? MetropolisAcceptance { try accept(by: rule, &state) }
      }
    }
    return try state.finish()
  }

  /// The evaluations of proposals, by their number.
  ///
  /// - Throws: ``OracleError`` for an operation that no density can be carried through.
  private func proposals(of program: SamplerProgram) throws(OracleError) -> Set<Int> {
    var found: Set<Int> = []
    var current = 0
    for (index, instruction) in program.instructions.enumerated() {
      if case .begin(let step, _) = instruction { current = step }
      guard case .apply(let operation) = instruction else { continue }
      if let step = operation as? NormRatioStep, !step.couplesRows {
        throw .heavyTails(step: current, operation: "\(NormRatioStep.self)")
      }
      guard let rule = operation as? MetropolisAcceptance else { continue }
      guard index > 0,
        case .evaluate(let point, rule.level, let output) =
          program.instructions[index - 1],
        point == rule.registers.proposal, output == rule.registers.proposedScore
      else { throw .notAffine(step: current, operation: "\(MetropolisAcceptance.self)") }
      found.insert(index - 1)
    }
    try program.checkAffine { $0 is NormRatioStep || $0 is MetropolisAcceptance }
    return found
  }

  private func accept(
    by rule: MetropolisAcceptance, _ state: inout DensityState
  ) throws(OracleError) {
    guard let model = model as? any LogDensityModel<Double> else {
      throw .logDensityMissing(step: state.step)
    }
    try state.accept(by: rule) { model.logDensity(of: Batch($0, dimension: 1), at: rule.level) }
  }

  /// The density of the points of a plan.
  ///
  /// - Throws: ``OracleError``, or what keeps the plan from being carried out.
  public func density(
    of plan: SamplingPlan, from start: Start? = nil, block: Int = 0
  ) throws -> PropagatedDensity {
    let (levels, method) = try plan.prepared(for: model)
    let program = try method.program(along: levels, key: NoiseKey(seed: plan.seed), block: block)
    var planned = Start.process
    if plan.initialLaw == .momentMatched {
      guard let moments = (model as? any MomentsModel)?.moments else {
        throw SamplingError.momentsMissing
      }
      planned = .law(GaussianLaw(moments).noised(at: levels[0]))
    }
    return try density(after: program, from: start ?? planned, at: levels[0])
  }

  /// How far a density is from the law of the noised data at a level.
  ///
  /// - Throws: ``OracleError/referenceNotCovered(mass:)``.
  public func compare(
    _ density: PropagatedDensity, withNoisedAt level: NoiseLevel
  ) throws(OracleError) -> DensityComparison {
    try density.compared(
      with: target.logDensity(of: Batch(density.points, dimension: 1), at: level))
  }

  private func score(
    of points: [Double], at level: NoiseLevel
  ) -> (values: [Double], derivatives: [Double]) {
    let batch = Batch(points, dimension: 1)
    var derivatives = [Double](repeating: 0, count: points.count)
    batch.withSpan { points in
      var span = derivatives.mutableSpan
      model.hessian(of: points, at: level, into: &span)
    }
    return (model.score(of: batch, at: level).elements, derivatives)
  }
}

private func logNormal(_ points: [Double], mean: Double, variance: Double) -> [Double] {
  points.map { -($0 - mean) * ($0 - mean) / (2 * variance) - .log(2 * .pi * variance) / 2 }
}
