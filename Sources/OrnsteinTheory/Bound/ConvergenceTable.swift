/// The published rates of convergence of samplers with estimated scores.
///
/// Rates of the abstracts were read there; the other terms and powers are quoted
/// (``ConvergenceResult/Verification``).
public enum ConvergenceTable {
  /// All rows, oldest first within their family.
  public static let rows: [ConvergenceResult] =
    stochasticRows + flowRows + correctedRows + adaptiveRows

  /// A row by name.
  public static func row(named name: String) -> ConvergenceResult? {
    rows.first { $0.name == name }
  }

  private typealias Row = ConvergenceResult
  private typealias S = Scaling

  private static let scoreAveraged = "mean squared error ε_score² or less, averaged over the steps"
  private static let squaredScore = Scaling.input(.scoreError).to(2)
  private static let logSteps = Scaling.logarithm(.steps)
  private static let anyData = "none but a finite second moment"

  private static let smoothSources = [
    Row.Source("S. Chen, Chewi, J. Li, Y. Li, Salim, Zhang", "2209.11215"),
    Row.Source("H. Chen, Lee, Lu", "2211.01916"),
  ]
  private static let chenLeeLu = [Row.Source("H. Chen, Lee, Lu", "2211.01916")]
  private static let liWeiChenChi = [Row.Source("G. Li, Wei, Y. Chen, Chi", "2306.09251")]
  private static let accelerated = [
    Row.Source("G. Li, Huang, Efimov, Wei, Chi, Y. Chen", "2403.03852")
  ]
  private static let pathLower =
    "the path-space divergence of any frozen-score step is of order d, and so are its bounds"

  // MARK: Stochastic samplers

  private static let stochasticRows: [Row] = [
    Row(
      "ddpm-smooth", "DDPM by exponential integrator", smoothSources,
      assumes: "the score of p_t is L-Lipschitz for all t; finite second moment",
      score: scoreAveraged, .kullbackLeibler, of: "p_0", .slow,
      terms: [
        .init(.initialization, (S.secondMoment + .d) * .decay(rate: 1)),
        .init(.score, .horizon * squaredScore),
        .init(.discretization, S.lipschitz.to(2) * S.horizon.to(2) * .d / .steps),
      ],
      complexity: .d * S.lipschitz.to(2) / S.error.to(2), lowerBound: pathLower,
      samplers: ["ddpm"], .quoted),
    Row(
      "ddpm-smooth-data", "DDPM by exponential integrator, steps shrinking, then equal", chenLeeLu,
      assumes: "the score of the data p_0 is L-Lipschitz; finite second moment",
      score: scoreAveraged, .kullbackLeibler, of: "p_0", .slow,
      terms: [
        .init(.initialization, (S.secondMoment + .d) * .decay(rate: 1)),
        .init(.score, .horizon * squaredScore),
        .init(
          .discretization, (.logarithm(.lipschitz) + S.horizon).to(2) * S.d.to(2) / .steps),
      ],
      remark: "the abstract prints d log(1/δ) / ε where later papers read d² log² / ε²",
      complexity: S.d.to(2) * S.logarithm(.lipschitz).to(2) / S.error.to(2),
      samplers: ["ddpm"], .quoted),
    Row(
      "ddpm-early-stopping", "DDPM by exponential integrator, stopped at δ", chenLeeLu,
      assumes: anyData, score: "Σ h_k e_k² / (T - δ) ≤ ε_score²", .kullbackLeibler, of: "p_δ",
      .slow,
      terms: [
        .init(.initialization, (S.secondMoment + .d) * .decay(rate: 1)),
        .init(.score, .horizon * squaredScore),
        .init(.discretization, (S.logStop + .horizon).to(2) * S.d.to(2) / .steps),
      ],
      remark: "the abstract prints d log(1/δ) / ε where later papers read d² log² / ε²",
      complexity: S.d.to(2) * S.logStop.to(2) / S.error.to(2), samplers: ["ddpm"], .quoted),
    Row(
      "ddpm-localization", "DDPM by exponential integrator, stopped at δ",
      [Row.Source("Benton, De Bortoli, Doucet, Deligiannidis", "2308.03686")],
      assumes: "none but Cov X_0 = I", score: "Σ h_k e_k² ≤ ε_score²", .kullbackLeibler,
      of: "p_δ", .canonical,
      terms: [
        .init(.initialization, .d * .decay(rate: 2)),
        .init(.score, squaredScore),
        .init(.discretization, .d * (S.horizon + .logStop).to(2) / .steps),
        .init(.discretization, .d * .horizon * (S.horizon + .logStop) / .steps),
      ],
      remark: "κ² d N + κ d T with κ = (T + log(1/δ)) / N put in",
      complexity: .d * S.logStop.to(2) / S.error.to(2), lowerBound: pathLower,
      samplers: ["ddpm"], .rateOfAbstract),
    Row(
      "ddpm-fisher", "DDPM with the relative score frozen, equal steps",
      [Row.Source("Conforti, Durmus, Gentiloni Silveri", "2308.12240")],
      assumes: "finite Fisher information I relative to N(0, I)", score: scoreAveraged,
      .kullbackLeibler, of: "p_0", .canonical,
      terms: [
        .init(.initialization, .input(.relativeEntropy) * .decay(rate: 2)),
        .init(.score, .horizon * squaredScore),
        .init(.discretization, .input(.fisherInformation) * .horizon / .steps),
      ],
      remark: "no Lipschitz constant and no early stopping; 'relative-any' has the constant 1",
      complexity: .input(.fisherInformation) / S.error.to(2), samplers: ["ddpm-relative"],
      .rateOfAbstract),
    Row(
      "ddpm-chain", "the chain of DDPM", liWeiChenChi,
      assumes: "support in a ball of a radius polynomial in N",
      score: "mean squared error ε_score²", .totalVariation, of: "p_1", .chain,
      terms: [.init(.discretization, S.steps.to(-1, 2))],
      remark: "powers of d and log N, and the terms of the score error, are left out",
      complexity: S.error.to(-2), samplers: ["li-stochastic"], .rateOfAbstract),
    Row(
      "ddpm-first-moment", "the chain of DDPM",
      [Row.Source("G. Li, Yan", "2409.18959")], assumes: "none but a finite first moment",
      score: "mean squared error ε_score²", .totalVariation, of: "p_1", .chain,
      terms: [.init(.discretization, .d * logSteps.to(3) / .steps)],
      remark: "the term of the score error is left out",
      complexity: .d / .error, samplers: ["li-stochastic"], .abstract),
    Row(
      "ddpm-optimal", "the chain of DDPM", [Row.Source("Jiao, Zhou, G. Li", "2510.27562")],
      assumes: "relaxed smoothness L, small for mixtures of normal laws",
      score: "accurate", .kullbackLeibler, of: "p_1", .chain,
      terms: [.init(.discretization, .d * .minimum([.d, S.lipschitz.to(2)]) / S.steps.to(2))],
      remark: "powers of log N are left out",
      complexity: (.d * .minimum([.d, S.lipschitz.to(2)])).to(1, 2) / .error,
      lowerBound: "d min{d, L²} / N² in KL, matching", samplers: ["li-stochastic"], .abstract),
    Row(
      "accelerated-sde", "DDPM with a second evaluation a step", accelerated,
      assumes: "support in a ball of a radius polynomial in N; no smoothness",
      score: "mean squared error ε_score²", .totalVariation, of: "p_1", .chain,
      terms: [.init(.discretization, S.steps.to(-1))],
      remark: "powers of d and log N, and the terms of the score error, are left out",
      complexity: S.error.to(-1), samplers: ["accelerated-sde"], .abstract),
    Row(
      "accelerated-minimal", "a stochastic sampler with a momentum-like correction",
      [Row.Source("G. Li, Cai", "2410.23285")], assumes: anyData,
      score: "mean squared error small enough", .totalVariation, of: "p_1", .chain, terms: [],
      remark: "better than d / ε only for ε ≤ 1 / √d",
      complexity: S.d.to(5, 4) / S.error.to(1, 2), samplers: [], .abstract),
  ]

  // MARK: Deterministic and randomised flows

  private static let flowRows: [Row] = [
    Row(
      "flow-chain", "the probability flow of a chain", liWeiChenChi,
      assumes: "support in a ball of a radius polynomial in N",
      score: "mean squared error ε_score², mean error of the Jacobian ε_J", .totalVariation,
      of: "p_1", .chain,
      terms: [
        .init(.discretization, S.d.to(2) * logSteps.to(4) / .steps),
        .init(.discretization, S.d.to(6) * logSteps.to(6) / S.steps.to(2)),
        .init(.score, S.d.to(1, 2) * logSteps.to(3, 2) * .input(.scoreError)),
        .init(.jacobian, .d * logSteps * .input(.jacobianError)),
      ],
      complexity: S.d.to(2) / .error, samplers: ["li-deterministic"], .rateOfAbstract),
    Row(
      "flow-sharp", "the probability flow of a chain",
      [Row.Source("G. Li, Wei, Chi, Y. Chen", "2408.02320")],
      assumes: "support in a ball of a radius polynomial in N",
      score: "mean squared error ε_score², mean error of the Jacobian ε_J", .totalVariation,
      of: "p_1", .chain, terms: [.init(.discretization, .d / .steps)],
      remark: "powers of log N, and the terms of the errors of score and Jacobian, are left out",
      complexity: .d / .error, samplers: ["li-deterministic"], .abstract),
    Row(
      "accelerated-ode", "the probability flow with the score extrapolated", accelerated,
      assumes: "support in a ball of a radius polynomial in N; no smoothness",
      score: "mean squared error ε_score², mean error of the Jacobian ε_J", .totalVariation,
      of: "p_1", .chain, terms: [.init(.discretization, S.steps.to(-2))],
      remark: "powers of d and log N, and the terms of the errors of the score, are left out",
      complexity: S.error.to(-1, 2), samplers: ["accelerated-ode"], .abstract),
    Row(
      "midpoint-relaxed", "the probability flow by randomised midpoints",
      [Row.Source("Jiao, G. Li", "2410.13738")],
      assumes: "relaxed Lipschitz constant L, logarithmic for mixtures of normal laws",
      score: "mean squared error small enough", .totalVariation, of: "p_1", .chain, terms: [],
      complexity: .minimum([.d, S.d.to(2, 3) * S.lipschitz.to(1, 3), S.d.to(1, 3) * .lipschitz])
        / S.error.to(2, 3),
      samplers: ["randomized-midpoint"], .abstract),
    Row(
      "midpoint-smooth", "randomised midpoints with an underdamped corrector",
      [Row.Source("Gupta, Cai, S. Chen", "2406.00924")],
      assumes: "the score of p_t is L-Lipschitz for all t; finite second moment",
      score: "mean squared error small enough", .totalVariation, of: "p_δ", .canonical, terms: [],
      remark: "a parallel version needs log² d rounds",
      complexity: S.lipschitz.to(5, 3) * S.d.to(5, 12) / .error,
      samplers: ["randomized-midpoint", "underdamped-midpoint"], .abstract),
    Row(
      "picard-sde", "Picard iteration of DDPM in blocks, in parallel",
      [Row.Source("H. Chen, Ren, Ying, Rotskoff", "2405.15986")],
      assumes: "Lipschitz score", score: scoreAveraged, .kullbackLeibler, of: "p_δ", .canonical,
      terms: [], remark: "memory of order d²; the power of the logarithm is not in the abstract",
      complexity: S.logarithm(.d), unit: "parallel rounds, to some power", samplers: ["picard"],
      .abstract),
    Row(
      "picard-ode", "Picard iteration of the probability flow in blocks, in parallel",
      [Row.Source("H. Chen, Ren, Ying, Rotskoff", "2405.15986")],
      assumes: "Lipschitz score", score: scoreAveraged, .totalVariation, of: "p_δ", .canonical,
      terms: [],
      remark: "memory of order d^(3/2); the power of the logarithm is not in the abstract",
      complexity: S.logarithm(.d), unit: "parallel rounds, to some power", samplers: ["picard"],
      .abstract),
    Row(
      "collocation", "collocation with polynomials of low degree",
      [Row.Source("Gatmiry, S. Chen, Salim", "2601.10708")],
      assumes: "bounded support plus normal noise; the radius counts in units of the noise",
      score: "sub-exponential error", .totalVariation, of: "p_0", .canonical, terms: [],
      remark: "polylogarithmic in 1/ε with a power that the abstract does not give, times a power "
        + "of the effective radius; no explicit d",
      complexity: .logarithm(S.error.to(-1)), unit: "steps, to some power", samplers: [],
      .abstract),
  ]

  // MARK: Predictor and corrector

  private static func correctedTerms(_ corrector: Scaling) -> [Row.Term] {
    [
      .init(.initialization, (S.d.to(1, 2) + .rootMoment) * .decay(rate: 1)),
      .init(.score, S.lipschitz.to(1, 2) * .horizon * .input(.scoreError)),
      .init(
        .predictor,
        S.lipschitz.to(2) * .horizon * S.d.to(1, 2) * .input(.predictorStep)),
      .init(.corrector, S.lipschitz.to(3, 2) * .horizon * corrector),
    ]
  }

  private static let flowIsFast = [
    Row.Source("S. Chen, Chewi, Lee, Y. Li, Lu, Salim", "2305.11798")
  ]
  private static let correctedAssumption =
    "the scores of p_t and of the model are L-Lipschitz for all t, L ≥ 1; finite second moment"

  private static let correctedRows: [Row] = [
    Row(
      "dpom", "the probability flow with overdamped Langevin correctors", flowIsFast,
      assumes: correctedAssumption, score: "ε_score of order ε / √L or less", .totalVariation,
      of: "p_δ", .canonical,
      terms: correctedTerms((S.d * .input(.correctorStep)).to(1, 2)),
      remark: "stops at δ of order ε² / (L² (d + M₂)), which adds a term of order ε",
      complexity: S.lipschitz.to(3) * .d / S.error.to(2), samplers: ["dpom"], .rateOfAbstract),
    Row(
      "dpum", "the probability flow with underdamped Langevin correctors", flowIsFast,
      assumes: correctedAssumption, score: "ε_score of order ε / √L or less", .totalVariation,
      of: "p_δ", .canonical,
      terms: correctedTerms(S.d.to(1, 2) * .input(.correctorStep)),
      remark: "stops at δ of order ε² / (L² (d + M₂)), which adds a term of order ε",
      complexity: S.lipschitz.to(2) * S.d.to(1, 2) / .error, samplers: ["dpum"],
      .rateOfAbstract),
    Row(
      "langevin", "Langevin Monte Carlo without a diffusion",
      [Row.Source("Vempala, Wibisono", "1903.08568")],
      assumes: "a log-Sobolev inequality, whose constant is exponential in the barrier between "
        + "separated modes", score: "exact", .kullbackLeibler, of: "p_0", .canonical, terms: [],
      remark: "no guarantee without isoperimetry, whatever the score", complexity: nil,
      lowerBound: "time exponential in the height of the barrier", samplers: ["langevin"],
      .quoted),
  ]

  // MARK: Low intrinsic dimension

  private static let adaptiveRows: [Row] = [
    Row(
      "ddpm-adapted", "the chain of DDPM with adapted coefficients",
      [Row.Source("G. Li, Yan", "2409.18959")],
      assumes: "intrinsic dimension k, finite first moment", score: "mean squared error ε_score²",
      .totalVariation, of: "p_1", .chain,
      terms: [.init(.discretization, .intrinsic * logSteps.to(3) / .steps)],
      remark: "the term of the score error is left out",
      complexity: .intrinsic / .error, samplers: ["ancestral"], .abstract),
    Row(
      "ddpm-manifold", "the chain of DDPM with adapted coefficients",
      [
        Row.Source("Potaptchik, Azangulov, Deligiannidis", "2410.09046"),
        Row.Source("Huang, Wei, Y. Chen", "2410.18784"),
      ],
      assumes: "intrinsic dimension k", score: scoreAveraged, .kullbackLeibler, of: "p_δ", .chain,
      terms: [.init(.discretization, .intrinsic / .steps)],
      remark: "powers of log N, and the term of the score error, are left out",
      complexity: .intrinsic / S.error.to(2),
      lowerBound: "nearly linear in k is optimal in KL for this sampler", samplers: ["ancestral"],
      .abstract),
    Row(
      "adapted-total-variation", "DDIM and DDPM with the coefficients of their authors",
      [Row.Source("Liang, Huang, Y. Chen", "2501.12982")],
      assumes: "intrinsic dimension k; no smoothness", score: "accurate", .totalVariation,
      of: "p_1", .chain, terms: [.init(.discretization, .intrinsic / .steps)],
      remark: "powers of log N, and the terms of the score error, are left out",
      complexity: .intrinsic / .error,
      lowerBound: "a lower bound suggests that other coefficients do not adapt to k",
      samplers: ["ancestral", "ddim"], .abstract),
  ]
}
