import OrnsteinDiffusion
import RealModule

/// How far the normal law with the moments of the noised data is from the start, and what follows from
/// it.
struct StartDivergence {
  /// KL(G_T | start).
  let normalPart: Double
  private let moments: DataMoments
  private let horizon: StepEnd
  /// log det(2 pi e Cov(X_T)) / 2.
  private let normalEntropy: Double

  init(
    _ start: InitialLaw, moments: DataMoments, startMoments: DataMoments?, canonicalTime: Double
  ) throws {
    let level = OrnsteinUhlenbeck.canonical.level(at: canonicalTime)
    let law = GaussianLaw(moments).noised(at: level)
    switch (start, startMoments) {
    case (.momentMatched, .some(let other)) where other != moments:
      normalPart = try law.klDivergence(to: GaussianLaw(other).noised(at: level))
    case (.momentMatched, _): normalPart = 0
    case (.process, _):
      normalPart = try InitializationDivergence.normalPart(
        of: start, moments: moments, at: level)
    }
    self.moments = moments
    horizon = StepEnd(canonicalTime)
    let d = Double(moments.dimension)
    // (sum log(1 + u c) + d log(2 pi e sigma^2)) / 2.
    let information = try InitializationDivergence.normalityBound(moments: moments, at: level)
    normalEntropy = information + d * (1 + .log(2 * .pi * horizon.variance)) / 2
  }

  /// h(p_stop) + KL(P | Q) of points divided by alpha, from the cost of the steps without its
  /// integral: what is unknown in the integral and in the entropies cancels.
  func negativeLogLikelihood(
    relativeCost: Quantity, freezing: Freezing, stop: Double
  ) -> Quantity {
    let (d, end) = (Double(moments.dimension), StepEnd(stop))
    let rest: Double
    switch freezing {
    case .score, .noise: rest = normalEntropy + d * (horizon.time - stop)
    case .relativeScore:
      rest =
        normalEntropy
        + (moments.secondMoment - d) * (end.squaredSignal - horizon.squaredSignal) / 2
    case .denoiser:
      let information = normalEntropy - d * (1 + .log(2 * .pi * horizon.variance)) / 2
      rest = information + d * (1 + .log(2 * .pi * end.variance)) / 2
    }
    let shift = normalPart + rest + d * stop
    switch relativeCost.certainty {
    case .estimate(let error):
      return .estimate(relativeCost.value + shift, standardError: error)
    case .exact: return .exact(relativeCost.value + shift)
    case .bound: return .bound(relativeCost.value + shift)
    case .unknown: return .unknown
    }
  }
}
