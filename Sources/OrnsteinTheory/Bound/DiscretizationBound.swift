import OrnsteinDiffusion
import RealModule

/// Explicit bounds of the path-space divergence that finite steps cost, with the exact score.
///
/// Each bounds the sum over the steps of
///
///     int E |frozen quantity at the upper end - quantity at t|^2 dt,
///
/// in nats, on a grid of any linear process: only the canonical times of the levels count. Three
/// curves of the data decide all of it: the Fisher information J(t) = E |score|^2, the relative one
/// I(t) = E |score + X_t|^2, and the least mean squared error M(u) = E |X_0 - E[X_0 | X_t]|^2 at
/// u = (alpha / sigma)^2. Any bound of the curve gives a bound of the cost.
///
/// The proofs: e^{-t} score_t(X_t) is a martingale in reverse time, so e^{-2t} J(t) decreases, its
/// derivative being -2 e^{-2t} E |Hessian|_F^2; I(t) e^{2t} decreases; M decreases in u. Then sum by
/// parts.
public enum DiscretizationBound {
  /// Frozen score of a smooth law: d L^2 sum h^2 + (d L / 3) sum h^3.
  ///
  /// - Parameters:
  ///   - lipschitz: A bound of the norm of the Hessian of log p_t between the stop and the horizon.
  ///   - dimension: The number of coordinates.
  ///   - levels: The grid, in either order.
  /// - Returns: A bound; no early stopping is needed.
  /// - Source: the form of H. Chen, Lee, Lu, arXiv 2211.01916, with its constants.
  public static func smooth(
    lipschitz: Double, dimension: Double, along levels: [NoiseLevel]
  ) -> Quantity {
    let steps = Grid(levels)
    var (squares, cubes) = (0.0, 0.0)
    for h in steps.lengths {
      squares += h * h
      cubes += h * h * h
    }
    return known(dimension * lipschitz * (lipschitz * squares + cubes / 3))
  }

  /// Frozen relative score, from a bound of the relative Fisher information I(t).
  ///
  /// A step from b down to a = b - h costs at most
  /// I(a) (1 - e^{-2h}) / 2 - I(b) (2 e^h - 2 - h), which is at most h (I(a) - I(b)); equal steps cost
  /// at most h I(stop) together.
  ///
  /// - Parameters:
  ///   - levels: The grid, in either order.
  ///   - relativeFisherInformation: A number that I(t) does not exceed, by canonical time.
  /// - Source: the form of Conforti, Durmus, Gentiloni Silveri, arXiv 2308.12240, with constant 1.
  public static func frozenRelativeScore(
    along levels: [NoiseLevel], relativeFisherInformation: (Double) -> Double
  ) -> Quantity {
    Grid(levels).sumByParts(
      relativeFisherInformation, lower: { -Double.expMinusOne(-2 * $0) / 2 },
      upper: { 2 * Double.expMinusOne($0) - $0 })
  }

  /// Frozen score, from a bound of the Fisher information J(t).
  ///
  /// A step from b down to a = b - h costs at most J(a) (e^{2h} - 1) / 2 - J(b) (2 - 2 e^{-h} - h).
  /// With J(t) <= d / sigma_t^2, true for any law, steps that shrink in a fixed ratio cost about
  /// (d / 2) kappa (1 + log(T / stop)), linear in d.
  ///
  /// - Parameters:
  ///   - levels: The grid, in either order; the last level has noise unless the bound is finite
  ///     there.
  ///   - fisherInformation: A number that J(t) does not exceed, by canonical time.
  public static func frozenScore(
    along levels: [NoiseLevel], fisherInformation: (Double) -> Double
  ) -> Quantity {
    Grid(levels).sumByParts(
      fisherInformation, lower: { Double.expMinusOne(2 * $0) / 2 },
      upper: { -2 * Double.expMinusOne(-$0) - $0 })
  }

  /// Frozen score, from a decreasing bound of E |Hessian of log p_t|_F^2 and a bound of J(t).
  ///
  /// A step from b down to a = b - h costs exactly
  ///
  ///     int E|H_r|^2 (1 - e^{-2(r - a)}) dr + J(b) (h - 2 (1 - e^{-h}) + (1 - e^{-2h}) / 2),
  ///
  /// to leading order h^2 E |H|_F^2. For any law E |H_t|_F^2 <= (d^2 + 3 d) / sigma_t^4.
  ///
  /// - Parameters:
  ///   - levels: The grid, in either order.
  ///   - squaredHessian: A number that E |H_t|_F^2 does not exceed, by canonical time; it must
  ///     decrease.
  ///   - fisherInformation: A number that J(t) does not exceed, by canonical time.
  public static func frozenScore(
    along levels: [NoiseLevel], squaredHessian: (Double) -> Double,
    fisherInformation: (Double) -> Double
  ) -> Quantity {
    let grid = Grid(levels)
    var total = 0.0
    for (index, h) in grid.lengths.enumerated() {
      let (a, b) = (grid.times[index], grid.times[index + 1])
      total += squaredHessian(a) * hessianFactor(h) + fisherInformation(b) * cubicFactor(h)
    }
    return known(total)
  }

  /// Frozen denoiser, from a bound of the least mean squared error M(u).
  ///
  /// A step costs exactly the integral of (M(u_b) - M(u)) / 2 over its range of u, at most
  /// (u_a - u_b) (M(u_b) - M(u_a)) / 2. Needs no smoothness, and with M(u) <= k / u it adapts to data
  /// of dimension k.
  ///
  /// - Parameters:
  ///   - levels: The grid, in either order; every level has noise.
  ///   - meanSquaredError: A number that M does not exceed, by u.
  public static func frozenDenoiser(
    along levels: [NoiseLevel], meanSquaredError: (Double) -> Double
  ) -> Quantity {
    let ratios = Grid(levels).signalToNoise
    var total = 0.0
    for index in 1..<ratios.count {
      let width = (ratios[index - 1] - ratios[index]) / 2
      let next = index + 1 < ratios.count ? (ratios[index] - ratios[index + 1]) / 2 : 0
      total += max(0, width - next) * meanSquaredError(ratios[index])
    }
    return known(total)
  }

  /// Frozen denoiser in closed form: (kappa / 2) (min(D, u_N M_2) + D log(u_1 / u_N)).
  ///
  /// - Parameters:
  ///   - dimension: D with u M(u) <= D for all u: the number of coordinates, the dimension of a
  ///     subspace that holds the data, or the largest measured u M(u).
  ///   - secondMoment: M_2, or `nil`.
  ///   - levels: The grid, in either order; every level has noise.
  public static func frozenDenoiser(
    dimension: Double, secondMoment: Double? = nil, along levels: [NoiseLevel]
  ) -> Quantity {
    let grid = Grid(levels)
    let ratios = grid.signalToNoise
    guard let last = ratios.last else { return .exact(0) }
    let first = min(dimension, secondMoment.map { last * $0 } ?? dimension)
    return known(grid.ratio / 2 * (first + dimension * .log(ratios[1] / last)))
  }

  /// Frozen denoiser on a log-SNR grid of any number of steps.
  ///
  /// With kappa = e^{Lambda / N} - 1 and Lambda = log(u_stop / u_horizon), at most
  ///
  ///     (kappa / 2) (u_N M(u_N) + int_{u_N}^{u_1} M du),  M(u) = min(D / u, d M_2 / (d + u M_2)).
  ///
  /// - Parameters:
  ///   - curves: What is known of the law; a second moment is needed.
  ///   - steps: N.
  ///   - horizon: The canonical time at the start.
  ///   - stop: The canonical time at the end, above 0.
  public static func frozenDenoiser(
    _ curves: DataCurveBounds, steps: Double, from horizon: Double, to stop: Double
  ) -> Quantity {
    guard let moment = curves.secondMoment else { return .unknown }
    let d = curves.dimension
    let intrinsic = min(curves.intrinsicDimension ?? d, d)
    let last = 1 / Double.expMinusOne(2 * horizon)
    let width = logRange(from: horizon, to: stop) / steps
    let first = 1 / Double.expMinusOne(2 * stop) * .exp(-width)
    // Where D / u becomes the smaller of both.
    let change = max(last, min(first, intrinsic * d / (moment * (d - intrinsic))))
    let smooth = d * .log((d + change * moment) / (d + last * moment))
    let flat = change < first ? intrinsic * .log(first / change) : 0
    return known(
      .expMinusOne(width) / 2
        * (last * curves.meanSquaredError(at: last) + smooth + flat))
  }

  /// Frozen denoiser on a log-SNR grid: (kappa / 2) D (1 + Lambda), kappa = e^{Lambda / N} - 1 and
  /// Lambda = log(u_stop / u_horizon).
  ///
  /// - Parameters:
  ///   - dimension: D with u M(u) <= D for all u.
  ///   - steps: N.
  ///   - stop: The canonical time at the end, above 0.
  ///   - horizon: The canonical time at the start.
  public static func frozenDenoiser(
    dimension: Double, steps: Double, from horizon: Double, to stop: Double
  ) -> Quantity {
    let range = logRange(from: horizon, to: stop)
    return known(.expMinusOne(range / steps) / 2 * dimension * (1 + range))
  }

  /// Lambda = log(u_stop / u_horizon) = log((e^{2T} - 1) / (e^{2 stop} - 1)).
  static func logRange(from horizon: Double, to stop: Double) -> Double {
    .log(.expMinusOne(2 * horizon)) - .log(.expMinusOne(2 * stop))
  }

  /// A bound, or unknown if it is not finite.
  static func known(_ value: Double) -> Quantity { value.isFinite ? .bound(value) : .unknown }

  /// h - (1 - e^{-2h}) / 2, about h^2.
  private static func hessianFactor(_ h: Double) -> Double {
    h < 1e-4 ? h * h * (1 - 2 * h / 3) : h + .expMinusOne(-2 * h) / 2
  }

  /// h - 2 (1 - e^{-h}) + (1 - e^{-2h}) / 2, about h^3 / 3.
  private static func cubicFactor(_ h: Double) -> Double {
    h < 1e-3
      ? h * h * h * (1 / 3.0 - h / 4) + h * h * h * h * h * 0.12
      : h + 2 * .expMinusOne(-h) - .expMinusOne(-2 * h) / 2
  }

  /// The canonical times of a grid in ascending order.
  struct Grid {
    let times: [Double]

    init(_ levels: [NoiseLevel]) {
      precondition(levels.count >= 2, "A grid of \(levels.count) levels has no step.")
      times = levels.map(\.canonicalTime).sorted()
    }

    /// The step lengths h_k = t_k - t_{k-1}.
    var lengths: [Double] { zip(times.dropFirst(), times).map { $0 - $1 } }

    /// u = 1 / (e^{2t} - 1), decreasing.
    var signalToNoise: [Double] { times.map { 1 / Double.expMinusOne(2 * $0) } }

    /// kappa, the largest u_{k-1} / u_k - 1.
    var ratio: Double {
      let ratios = signalToNoise
      return zip(ratios, ratios.dropFirst()).reduce(0) { max($0, $1.0 / $1.1 - 1) }
    }

    /// A bound of sum_k lower(h_k) F(t_{k-1}) - upper(h_k) F(t_k) for 0 <= F <= bound.
    func sumByParts(
      _ bound: (Double) -> Double, lower: (Double) -> Double, upper: (Double) -> Double
    ) -> Quantity {
      let lengths = lengths
      var total = lower(lengths[0]) * max(0, bound(times[0]))
      for (index, h) in lengths.enumerated() {
        let next = index + 1 < lengths.count ? lower(lengths[index + 1]) : 0
        let factor = next - upper(h)
        if factor > 0 { total += factor * max(0, bound(times[index + 1])) }
      }
      return DiscretizationBound.known(total)
    }
  }
}
