import OrnsteinNumerics
import RealModule

/// A step of the probability flow as the predictors of staged methods take it.
extension ProgramBuilder {
  /// x' = e^h x + (e^h - 1) score_t(x) in canonical time: ``ProbabilityFlow``.
  mutating func flowStep(from t: NoiseLevel, to s: NoiseLevel) {
    let step = ProbabilityFlow().step(from: t, to: s)
    let score = evaluate(at: t, into: register("langevin score"))
    combine([(step.position, .position), (step.score, score)])
  }

  /// The same with the score at a random time t - u h, u uniform in (0, 1), at a point of the flow
  /// there: x_u = e^{uh} x + (e^{uh} - 1) score_t(x), x' = e^h x + h e^{(1-u)h} score_{t-uh}(x_u).
  ///
  /// - Source: Gupta, Cai, Chen, arXiv 2406.00924, algorithm 1.
  mutating func flowMidpointStep(from t: NoiseLevel, to s: NoiseLevel) {
    let share = uniform()
    let h = t.canonicalTime - s.canonicalTime
    let between = t.interpolated(to: s, share: share)
    let first = ProbabilityFlow().step(from: t, to: between)
    let whole = AffineStep(position: .exp(h), score: 0, noise: 0).scaled(from: t, to: s)
    let score = register("langevin score")
    let middle = register("langevin middle")
    evaluate(at: t, into: score)
    combine(into: middle, [(first.position, .position), (first.score, score)])
    evaluate(middle, at: between, into: score)
    combine([
      (whole.position, .position),
      (h * .exp((1 - share) * h) * between.scale * s.scale, score),
    ])
  }
}
