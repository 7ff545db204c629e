import RealModule

/// DPM-Solver++ 3M for the reverse SDE: the denoiser extrapolated in log-SNR from three steps.
///
/// From level t down to s, with H = log-SNR(s) - log-SNR(t), a = (1 + eta) H, previous gaps H_0 and H_1,
/// r_0 = H_0 / H, r_1 = H_1 / H, denoisers D_0 (newest), D_1, D_2 and z ~ N(0, I),
///
///     d_0 = (D_0 - D_1) / r_0,  d_1 = (D_1 - D_2) / r_1,  e = (d_0 - d_1) / (r_0 + r_1)
///     x' = (sigma_s / sigma_t) e^{-eta H} x + alpha_s [(1 - e^{-a}) D_0 + f_2 (d_0 + r_0 e) - f_3 e]
///          + sigma_s sqrt(1 - e^{-2 eta H}) z
///
/// with f_2 = 1 + (e^{-a} - 1) / a and f_3 = f_2 / a - 1/2. The first two steps take what they have; a
/// step to a level without noise is x' = alpha_s D_0.
///
/// - Order: 2 in law on Gaussian data, for every eta, with a smaller constant than
///   ``SecondOrderMultistepSDE``.
/// - Cost: one score evaluation and one normal a coordinate.
/// - Matches: `sample_dpmpp_3m_sde` of k-diffusion with the same eta.
/// - Limits: the second difference enters with half the weight of the quadratic through three
///   denoisers, as everywhere in print; the exact weight would be 2 f_3.
/// - Source: Lu et al., arXiv 2211.01095, with the third order as k-diffusion writes it.
public struct ThirdOrderMultistepSDE: Predictor {
  /// The noise, 1 for that of the reverse SDE, 0 for none.
  public let eta: Double

  /// The rule with an amount of noise.
  ///
  /// - Throws: ``SamplingError/invalidOption(option:value:requirement:)`` unless eta is 0 or more.
  public init(eta: Double = 1) throws(SamplingError) {
    self.eta = try SecondOrderMultistepSDE.checked(eta: eta)
  }

  /// What the method is.
  public static let summary = MethodSummary(
    name: "dpm++3m-sde", aliases: ["dpmpp-3m-sde"],
    title: "reverse SDE, denoiser extrapolated from three steps (DPM-Solver++ 3M SDE)", order: 2,
    evaluationsPerStep: 1, stochastic: "yes",
    equivalents: [.kDiffusion: "sample_dpmpp_3m_sde"], grid: .karras,
    source: "Lu et al., arXiv 2211.01095; k-diffusion, sample_dpmpp_3m_sde")

  /// Steps draw noise if eta is positive.
  public var isStochastic: Bool { eta > 0 }

  /// One evaluation; the denoisers of three steps live in registers.
  public func emit(step index: Int, of levels: [NoiseLevel], into program: inout ProgramBuilder) {
    let (t, s) = (levels[index], levels[index + 1])
    let newest = denoiser(at: index, in: &program)
    program.evaluateDenoiser(at: t, into: newest)
    guard s.sigma > 0 else { return program.combine([(s.alpha, newest)]) }
    let gap = s.logSNR - t.logSNR
    let length = (1 + eta) * gap
    let second = length * ExponentialFunctions.phi(2, -length)
    let third = -length * ExponentialFunctions.phi(3, -length)
    var terms = [
      (s.sigma / t.sigma * .exp(-eta * gap), Register.position),
      (-s.alpha * .expMinusOne(-length), newest),
    ]
    func add(_ coefficient: Double, _ a: Register, minus b: Register) {
      terms += [(s.alpha * coefficient, a), (-s.alpha * coefficient, b)]
    }
    if index > 0 {
      let previous = denoiser(at: index - 1, in: &program)
      let r0 = (t.logSNR - levels[index - 1].logSNR) / gap
      if index == 1 {
        add(second / r0, newest, minus: previous)
      } else {
        let oldest = denoiser(at: index - 2, in: &program)
        let r1 = (levels[index - 1].logSNR - levels[index - 2].logSNR) / gap
        let curvature = (second * r0 - third) / (r0 + r1)
        add((second + curvature) / r0, newest, minus: previous)
        add(-curvature / r1, previous, minus: oldest)
      }
    }
    program.combine(terms, noise: s.sigma * .sqrt(-.expMinusOne(-2 * eta * gap)))
  }

  private func denoiser(at index: Int, in program: inout ProgramBuilder) -> Register {
    MultistepHistory.register("denoiser", at: index, slots: 3, in: &program)
  }
}
