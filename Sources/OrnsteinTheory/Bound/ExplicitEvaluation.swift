import OrnsteinDiffusion
import RealModule

/// An ``ExplicitBound`` for given inputs, term by term.
public struct ExplicitEvaluation: Sendable {
  /// Which bound.
  public let bound: ExplicitBound
  /// KL(p_T | N(0, I)), in nats.
  public let initialization: Quantity
  /// The price of the score error, in nats; 0 with the exact score.
  public let score: Quantity
  /// Whether no score error was given, so that the bound is about the exact score.
  public let assumesExactScore: Bool
  /// The price of finite steps, in nats.
  public let discretization: Quantity
  /// The canonical time at which one stops.
  public let stop: Double

  private let dimension: Double?
  private let secondMoment: Double?
  private let supportRadius: Double?

  init(
    bound: ExplicitBound, initialization: Quantity, score: Quantity, assumesExactScore: Bool,
    discretization: Quantity, stop: Double, inputs: BoundInputs
  ) {
    self.bound = bound
    self.initialization = initialization
    self.score = score
    self.assumesExactScore = assumesExactScore
    self.discretization = discretization
    self.stop = stop
    dimension = inputs[.dimension]
    secondMoment = inputs[.secondMoment]
    supportRadius = inputs[.supportRadius]
  }

  /// A bound of KL(p_stop | samples), in nats.
  public var divergence: Quantity { initialization + score + discretization }

  /// A bound of the total variation distance of the samples to p_stop.
  public var totalVariation: Quantity { TotalVariationBounds.best(divergence) }

  /// A bound of the Wasserstein-2 distance of p_stop to the data, both unscaled.
  public var earlyStopping: Quantity {
    guard stop > 0 else { return .exact(0) }
    guard let dimension, let secondMoment else { return .unknown }
    return .bound(
      EarlyStopping.bound(
        at: OrnsteinUhlenbeck.canonical.level(at: stop), secondMoment: secondMoment,
        dimension: Int(dimension)))
  }

  /// A bound of the Wasserstein-2 distance of the rescaled and truncated samples to the data, if a
  /// ball that holds the data is known.
  public var wasserstein: Quantity {
    guard let dimension, let supportRadius else { return .unknown }
    return WassersteinBound.distance(
      supportRadius: supportRadius, dimension: dimension, stop: stop, divergence: divergence)
  }

  /// The bound in one measure.
  ///
  /// - Parameter measure: What is measured; Wasserstein distances need a support radius.
  public func error(in measure: ConvergenceResult.Measure) -> Quantity {
    switch measure {
    case .kullbackLeibler: divergence
    case .totalVariation: totalVariation
    case .wasserstein: wasserstein
    }
  }
}

extension ExplicitBound {
  /// A bound of KL(p_T | N(0, I)): the least of what the moments and the relative entropy say, and of
  /// what the Fisher information says where the bound assumes that it is finite.
  func initialization(_ inputs: BoundInputs, at horizon: Double) -> Quantity {
    var least = Quantity.unknown
    func offer(_ quantity: Quantity) {
      if quantity.isKnown, !least.isKnown || quantity.value < least.value { least = quantity }
    }
    if let secondMoment = inputs[.secondMoment], let dimension = inputs[.dimension] {
      offer(
        .bound(
          InitializationDivergence.bound(
            secondMoment: secondMoment, dimension: Int(dimension), canonicalTime: horizon)))
    }
    if let entropy = inputs[.relativeEntropy] { offer(.bound(.exp(-2 * horizon) * entropy)) }
    if self == .relativeFisher || !least.isKnown, let information = inputs[.fisherInformation] {
      offer(.bound(.exp(-2 * horizon) * information / 2))
    }
    return least
  }

  /// The price of a mean squared score error of `scoreError`^2 at every level.
  ///
  /// Frozen denoiser: exactly sum (u_{k-1} - u_k) sigma_k^4 / (2 alpha_k^2) e^2, without a cross term.
  /// Others: (sqrt(disc) + sqrt(sum h_k e^2))^2 - disc by Minkowski's inequality.
  func scoreCost(
    _ scoreError: Double, _ discretization: Quantity, horizon: Double, stop: Double,
    steps: Double, along levels: [NoiseLevel]?
  ) -> Quantity {
    let squared = scoreError * scoreError
    let continuous = squared * (horizon - stop)
    switch self {
    case .denoiserAny:
      guard let levels else {
        let range = DiscretizationBound.logRange(from: horizon, to: stop)
        // A step of the sum is at most (e^r - 1) / r times its integral, r its width in log u.
        let width = range / steps
        return DiscretizationBound.known(continuous * .expMinusOne(width) / width)
      }
      return DiscretizationBound.denoiserScoreError(
        along: levels, squaredError: { _ in squared })
    default:
      guard discretization.isKnown else { return .unknown }
      return DiscretizationBound.known(
        continuous + 2 * (continuous * discretization.value).squareRoot())
    }
  }
}

extension DiscretizationBound {
  /// What score errors add to the path-space divergence with the denoiser frozen, exactly:
  /// sum (u_{k-1} - u_k) sigma_k^4 / (2 alpha_k^2) e_k^2.
  ///
  /// - Parameters:
  ///   - levels: The grid, in either order; every level has noise.
  ///   - squaredError: A number that E |model - score|^2 does not exceed at the upper end of a step,
  ///     by canonical time.
  public static func denoiserScoreError(
    along levels: [NoiseLevel], squaredError: (Double) -> Double
  ) -> Quantity {
    let grid = Grid(levels)
    let ratios = grid.signalToNoise
    var total = 0.0
    for index in 1..<ratios.count {
      let upper = ratios[index]
      // sigma^4 / alpha^2 = 1 / (u (1 + u)).
      total +=
        (ratios[index - 1] - upper) / (2 * upper * (1 + upper)) * squaredError(grid.times[index])
    }
    return known(total)
  }
}
