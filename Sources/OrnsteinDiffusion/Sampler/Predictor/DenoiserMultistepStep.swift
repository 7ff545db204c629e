import RealModule

/// One step x' = (sigma_s / sigma_t) x + alpha_s sum_j w_j D_j in denoisers of this and earlier
/// levels, newest first.
struct DenoiserMultistepStep {
  let index: Int
  let levels: [NoiseLevel]
  /// The number of denoisers that are kept.
  let slots: Int

  /// The gap in log-SNR.
  var gap: Double { levels[index + 1].logSNR - levels[index].logSNR }

  /// The gap in log-SNR of an earlier step over that of this one.
  func ratio(_ back: Int) -> Double {
    (levels[index - back + 1].logSNR - levels[index - back].logSNR) / gap
  }

  /// The register of the denoiser at an earlier level.
  func denoiser(_ back: Int, in program: inout ProgramBuilder) -> Register {
    MultistepHistory.register("denoiser", at: index - back, slots: slots, in: &program)
  }

  /// Evaluates the denoiser here and keeps it in place of the oldest.
  func evaluate(into program: inout ProgramBuilder) {
    let output = denoiser(0, in: &program)
    program.evaluateDenoiser(at: levels[index], into: output)
  }

  /// The position and the weighted denoisers, as terms of a combination.
  func terms(_ weights: [Double], in program: inout ProgramBuilder) -> [(Double, Register)] {
    let (t, s) = (levels[index], levels[index + 1])
    var terms = [(s.sigma / t.sigma, Register.position)]
    for (back, weight) in weights.enumerated() {
      terms.append((s.alpha * weight, denoiser(back, in: &program)))
    }
    return terms
  }

  /// -expm1(-h), the weight of a denoiser that is frozen over the step.
  var frozenWeight: Double { -.expMinusOne(-gap) }

  /// Frozen weight and half of it times the slope through two denoisers.
  func midpointWeights() -> [Double] {
    let slope = frozenWeight / (2 * ratio(1))
    return [frozenWeight + slope, -slope]
  }

  /// The weights that integrate the line through two denoisers exactly.
  func taylorWeights() -> [Double] {
    let slope = gap * ExponentialFunctions.phi(2, -gap) / ratio(1)
    return [frozenWeight + slope, -slope]
  }
}
