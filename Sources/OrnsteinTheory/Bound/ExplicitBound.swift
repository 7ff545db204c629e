import OrnsteinDiffusion
import RealModule

/// A bound of the divergence of the samples with every constant known.
///
/// KL(p_stop | samples) <= initialization + score + discretization for a sampler that starts from
/// N(0, I) and freezes something over each step (chain rule, Girsanov's theorem, data processing).
/// The grids are those on which the bound is evaluated: they are part of its statement.
public enum ExplicitBound: String, Sendable, Codable, CaseIterable {
  /// Frozen score on equal steps, with a Hessian bounded by L.
  case smooth
  /// Frozen relative score on equal steps, with finite relative Fisher information.
  case relativeFisher = "relative-fisher"
  /// Frozen relative score on a log-SNR grid, for any law.
  case relativeAny = "relative-any"
  /// Frozen score on a log-SNR grid, for any law.
  case scoreAny = "score-any"
  /// Frozen denoiser on a log-SNR grid, for any law; adapts to data of low dimension.
  case denoiserAny = "denoiser-any"

  /// The sampler that the bound is about.
  public var sampler: PredictorSpecification {
    switch self {
    case .smooth, .scoreAny: .frozenScore
    case .relativeFisher, .relativeAny: .frozenRelativeScore
    case .denoiserAny: .frozenDenoiser
    }
  }

  /// The grid on which it is evaluated.
  public var grid: GridKind {
    switch self {
    case .smooth, .relativeFisher: .uniform
    case .relativeAny, .scoreAny, .denoiserAny: .logSNR
    }
  }

  /// Whether the samples may be compared with the data itself, without early stopping.
  public var reachesData: Bool { grid.reachesCleanData }

  /// What must be true of the data.
  public var assumptions: String {
    switch self {
    case .smooth: "the Hessian of log p_t has a norm of at most L for all t from δ to T"
    case .relativeFisher: "finite Fisher information I relative to N(0, I)"
    case .relativeAny, .scoreAny: "none but a finite second moment"
    case .denoiserAny: "none but a finite second moment; u M(u) ≤ k, true with k = d"
    }
  }

  /// The price of the steps in closed form; what is evaluated is this or less.
  public var formula: String {
    switch self {
    case .smooth: "d L² T² / N + d L T³ / (3 N²)"
    case .relativeFisher: "I T / N"
    case .relativeAny: "Σ (h_{k+1} - h_k)₊ I(t_k) + h_1 I(δ), I(t) ≤ α² M₂ + d α⁴/σ²"
    case .scoreAny:
      "Σ (½(e^{2h_{k+1}} - 1) - 2(1 - e^{-h_k}) + h_k)₊ J(t_k) + ½(e^{2h_1} - 1) J(δ), J(t) ≤ d/σ²"
    case .denoiserAny: "½ (e^{Λ/N} - 1) k (1 + Λ), Λ = log((e^{2T} - 1) / (e^{2δ} - 1))"
    }
  }

  /// Where the proof is.
  public var source: String {
    switch self {
    case .smooth: "form of arXiv 2211.01916, constants proved here"
    case .relativeFisher, .relativeAny: "form of arXiv 2308.12240, constants proved here"
    case .scoreAny: "rate of arXiv 2308.03686, constants proved here"
    case .denoiserAny: "rate of arXiv 2308.03686, constants proved here"
    }
  }

  /// What the price of the steps needs besides a grid.
  public var needs: [BoundInput] {
    switch self {
    case .smooth: [.dimension, .lipschitz]
    case .relativeFisher: [.fisherInformation]
    case .relativeAny: [.dimension, .secondMoment, .stop]
    case .scoreAny: [.dimension, .secondMoment, .stop]
    case .denoiserAny: [.dimension, .secondMoment, .stop]
    }
  }

  /// What keeps the bound from being evaluated: inputs that are absent.
  ///
  /// - Parameters:
  ///   - inputs: What is known.
  ///   - steps: Whether the horizon and the number of steps are needed too, which an inverse problem
  ///     finds itself.
  public func missing(in inputs: BoundInputs, steps: Bool = true) -> [BoundInput] {
    var needed = needs
    if steps { needed += [.horizon, .steps] }
    if self == .smooth, inputs[.secondMoment] == nil, inputs[.relativeEntropy] == nil,
      inputs[.fisherInformation] == nil
    {
      needed.append(.secondMoment)
    }
    return needed.filter { input in
      input == .stop ? (inputs[.stop] ?? 0) == 0 : inputs[input] == nil
    }
  }

  /// The bound for what is known.
  ///
  /// - Parameter inputs: What is known; without a score error the sampler has the exact score.
  /// - Returns: The bound term by term, or `nil` if an input of ``missing(in:steps:)`` is absent.
  public func evaluate(_ inputs: BoundInputs) -> ExplicitEvaluation? {
    guard missing(in: inputs).isEmpty, let horizon = inputs[.horizon], let steps = inputs[.steps]
    else { return nil }
    return evaluate(inputs, horizon: horizon, stop: inputs[.stop] ?? 0, steps: steps)
  }

  /// Steps beyond which closed forms replace sums over the grid, or nothing is said where there is
  /// none.
  var mostSummedSteps: Double {
    switch self {
    case .smooth, .relativeFisher, .denoiserAny: 65_536
    case .relativeAny, .scoreAny: 1_048_576
    }
  }

  func evaluate(
    _ inputs: BoundInputs, horizon: Double, stop: Double, steps: Double
  ) -> ExplicitEvaluation {
    let curves = curves(inputs)
    let summed =
      steps <= mostSummedSteps ? levels(steps: Int(steps), from: horizon, to: stop) : nil
    let discretization =
      summed.map { summedCost(curves, along: $0) }
      ?? closedCost(curves, horizon: horizon, stop: stop, steps: steps)
    let score = inputs[.scoreError].map {
      scoreCost($0, discretization, horizon: horizon, stop: stop, steps: steps, along: summed)
    }
    return ExplicitEvaluation(
      bound: self, initialization: initialization(inputs, at: horizon),
      score: score ?? .exact(0), assumesExactScore: score == nil,
      discretization: discretization, stop: stop, inputs: inputs)
  }

  /// The inputs that the bound depends on where they are known, besides a grid.
  public var uses: [BoundInput] {
    switch self {
    case .smooth: [.dimension, .lipschitz, .secondMoment, .relativeEntropy, .scoreError]
    case .relativeFisher:
      [.dimension, .secondMoment, .fisherInformation, .relativeEntropy, .scoreError]
    case .relativeAny, .scoreAny: [.dimension, .secondMoment, .relativeEntropy, .scoreError]
    case .denoiserAny:
      [.dimension, .secondMoment, .intrinsicDimension, .relativeEntropy, .scoreError]
    }
  }

  /// The curves of the law, from those inputs alone that the assumptions name.
  private func curves(_ inputs: BoundInputs) -> DataCurveBounds {
    var curves = DataCurveBounds(dimension: inputs[.dimension] ?? .infinity)
    switch self {
    case .smooth: curves.lipschitz = inputs[.lipschitz]
    case .relativeFisher: curves.fisherInformation = inputs[.fisherInformation]
    case .relativeAny: curves.secondMoment = inputs[.secondMoment]
    case .scoreAny: break
    case .denoiserAny:
      curves.secondMoment = inputs[.secondMoment]
      curves.intrinsicDimension = inputs[.intrinsicDimension]
    }
    return curves
  }

  func levels(steps: Int, from horizon: Double, to stop: Double) -> [NoiseLevel]? {
    let process = OrnsteinUhlenbeck.canonical
    let grid = GridSpecification(grid, steps: steps, horizon: horizon, stop: stop)
    return try? grid.make(for: process).levels(of: process)
  }

  private func summedCost(_ curves: DataCurveBounds, along levels: [NoiseLevel]) -> Quantity {
    switch self {
    case .smooth:
      guard let lipschitz = curves.lipschitz else { return .unknown }
      return DiscretizationBound.smooth(
        lipschitz: lipschitz, dimension: curves.dimension, along: levels)
    case .relativeFisher, .relativeAny:
      return DiscretizationBound.frozenRelativeScore(along: levels) {
        curves.relativeFisherInformation(at: $0)
      }
    case .scoreAny:
      return least(
        DiscretizationBound.frozenScore(along: levels) { curves.fisherInformation(at: $0) },
        DiscretizationBound.frozenScore(
          along: levels, squaredHessian: { curves.squaredHessian(at: $0) },
          fisherInformation: { curves.fisherInformation(at: $0) }))
    case .denoiserAny:
      return DiscretizationBound.frozenDenoiser(along: levels) { curves.meanSquaredError(at: $0) }
    }
  }

  /// A bound of ``summedCost`` that takes no sum, or unknown.
  private func closedCost(
    _ curves: DataCurveBounds, horizon: Double, stop: Double, steps: Double
  ) -> Quantity {
    let h = (horizon - stop) / steps
    switch self {
    case .smooth:
      guard let lipschitz = curves.lipschitz else { return .unknown }
      let d = curves.dimension
      return DiscretizationBound.known(
        d * lipschitz * (horizon - stop) * h * (lipschitz + h / 3))
    case .relativeFisher:
      return DiscretizationBound.known(h * curves.relativeFisherInformation(at: stop))
    case .denoiserAny:
      return DiscretizationBound.frozenDenoiser(curves, steps: steps, from: horizon, to: stop)
    case .relativeAny, .scoreAny: return .unknown
    }
  }

  private func least(_ a: Quantity, _ b: Quantity) -> Quantity {
    guard a.isKnown else { return b }
    guard b.isKnown else { return a }
    return a.value <= b.value ? a : b
  }
}
