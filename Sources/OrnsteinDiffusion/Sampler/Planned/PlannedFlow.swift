/// The probability flow by a multistep method whose levels and coefficients are planned for the
/// model.
///
/// What a normal law with the moments of the data does is removed from the score
/// (`MatchedNormal`), so normal data with independent coordinates is sampled exactly in any number
/// of steps. What is left goes through a linear multistep rule of up to 6 slopes, w' = w + sum_j
/// beta_j g_j. Levels and coefficients come from a pilot run of a few hundred points:
///
/// 1. a crude pass finds the noise below which nothing changes;
/// 2. some points are led close to the boundaries between basins, where errors are largest;
/// 3. all follow the flow by a Runge-Kutta method in small steps;
/// 4. the levels minimise the error that the best linear combination of past slopes leaves, by
///    coordinate descent on the Gram matrices of the paths, without evaluations;
/// 5. the coefficients are least-squares fits with a ridge, each on the points that the sampler
///    itself reaches with those before it; of some candidates the best on other points is taken.
///
/// - Order: none; the coefficients suit one number of steps.
/// - Cost: one evaluation a step; the last leads to the clean level. The pilot costs about
///   `max(700, 20 N)` evaluations of 400 points.
/// - Limits: points that the pilot never saw, as those of modes of a weight below 1/200, are served
///   less well. Without a model the steps are Adams-Bashforth steps of order 4 on levels that suit
///   data of variance 1.
/// - Source: the flow as in Song et al., arXiv 2011.13456, equation 13; solvers fitted to a model as
///   in Shaul et al., arXiv 2310.19075 and 2403.01329, there by gradients.
public struct PlannedFlow: PlannedPredictor {
  let plan: MultistepPlan?

  /// The method without a plan.
  public init() { plan = nil }

  init(plan: MultistepPlan) { self.plan = plan }

  /// What the method is.
  public static let summary = MethodSummary(
    name: "ode", aliases: ["planned-ode"],
    title: "probability flow, levels and coefficients planned for the model in a pilot run",
    order: 0, orderSense: .none, evaluationsPerStep: 1, stochastic: "no", isPlanned: true,
    source: "Song et al., arXiv 2011.13456, eq. 13; planning: cf. Shaul et al., arXiv 2403.01329")

  /// Steps draw no noise.
  public var isStochastic: Bool { false }

  func eta(steps: Int) -> Double { 0 }

  func planned(_ plan: MultistepPlan) -> PlannedFlow { PlannedFlow(plan: plan) }
}
