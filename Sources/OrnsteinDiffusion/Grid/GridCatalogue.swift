extension GridKind {
  /// What the grid does, in one line.
  public var summary: String {
    switch self {
    case .uniform: "equal steps of canonical time"
    case .geometric: "canonical times in a fixed ratio"
    case .logSNR: "equal steps of log(alpha / sigma)"
    case .karras: "equal steps of (sigma / alpha)^(1/rho), rho = 7"
    case .quadratic: "equal steps of t^(1/rho) in canonical time, rho = 2"
    case .linearBeta: "equal steps of the time of vp-linear (beta 0.1 to 20)"
    case .cosine: "equal steps of the time of vp-cosine (offset 0.008)"
    case .exponential: "steps kappa min(1, t) of canonical time, t the lower end"
    case .exponentialThenConstant:
      "steps kappa min(1, max(t, floor)) of canonical time, t the upper end, floor = 0.01"
    case .benton: "half of the steps equal above canonical time 1, half in a fixed ratio below"
    case .li: "the chain 1 - alpha_1 = T^-c0, growing at rate c1 log(T) / T, c0 = 2, c1 = 4"
    case .optimal:
      "least divergence of the paths, planned for the model and what the sampler freezes"
    case .custom: "the times that a plan lists"
    }
  }

  /// Where the grid comes from.
  public var source: String {
    switch self {
    case .uniform: "arXiv 2209.11215"
    case .geometric: "arXiv 2011.13456, appendix C"
    case .logSNR: "arXiv 2206.00927, section 3.4"
    case .karras: "arXiv 2206.00364, equation 5"
    case .quadratic: "arXiv 2010.02502, appendix D.2"
    case .linearBeta: "arXiv 2011.13456, appendix C"
    case .cosine: "arXiv 2102.09672, equation 17"
    case .exponential: "arXiv 2211.01916, section 3; 2308.03686, section 2"
    case .exponentialThenConstant: "arXiv 2308.12240, section 2"
    case .benton: "arXiv 2308.03686, corollary 1"
    case .li: "arXiv 2306.09251, section 2"
    case .optimal: "arXiv 2106.03802 for the denoiser; the same program for other freezings"
    case .custom: "the plan"
    }
  }

  /// What makes the same levels in other libraries.
  public var equivalents: [SamplerLibrary: String] {
    switch self {
    case .logSNR:
      [
        .diffusers: "use_lu_lambdas or use_exponential_sigmas, without the final 0",
        .kDiffusion: "get_sigmas_exponential, without the final 0",
      ]
    case .karras:
      [
        .diffusers: "use_karras_sigmas, or EDMEulerScheduler; with a clean end, the final 0 too",
        .kDiffusion: "get_sigmas_karras; with a clean end, the final 0 too",
      ]
    case .linearBeta:
      [
        .diffusers:
          "beta_schedule=\"linear\" with timestep_spacing=\"linspace\" (\"trailing\" where "
          + "the grid stops at 0), up to the index of its chain against time",
        .kDiffusion: "get_sigmas_vp, up to its rates",
        .azula: "equal steps of the time of a variance-preserving schedule with linear rate",
        .scoreSDE: "torch.linspace(sde.T, eps, sde.N) with VPSDE",
      ]
    case .cosine:
      [
        .diffusers: "beta_schedule=\"squaredcos_cap_v2\" with timestep_spacing=\"linspace\", up to "
          + "its largest beta"
      ]
    case .custom: [.diffusers: "set_timesteps(timesteps=...) or set_timesteps(sigmas=...)"]
    case .uniform, .geometric, .quadratic, .exponential, .exponentialThenConstant, .benton, .li,
      .optimal:
      [:]
    }
  }
}
