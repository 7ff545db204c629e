import OrnsteinDiffusion

/// What each step of a sampler that freezes something adds to the divergence of its paths from those
/// of the reversed process, KL(P | Q), in nats.
///
/// With the canonical dX = -X dt + sqrt(2) dW the cost of a step from b down to a, h = b - a, is the
/// integral of E|frozen score - score_t(X_t)|^2 over it (Girsanov), which is, with hats on what the
/// model says,
///
/// - score: int J dt + h E|s^_b|^2 - 2 (1 - e^{-h}) E<s^_b, s_b>;
/// - relative score: int I dt + h E|r^_b|^2 - 2 (e^h - 1) E<r^_b, r_b>;
/// - denoiser: (u_a - u_b) E|X_0 - m^_b|^2 / 2 - int M du / 2;
/// - noise: int J dt + w E|s^_b|^2 - 2 w' E<s^_b, s_b> with w, w' the integrals of
///   sigma_b^2 / sigma_t^2 and e^{-(b - t)} sigma_b / sigma_t.
///
/// On data the integrals, which no grid changes, are unknown, and costs are relative
/// (``isAbsolute``).
///
/// - Source: H. Chen, Lee, Lu, arXiv 2211.01916; Conforti, Durmus, Gentiloni Silveri, arXiv
///   2308.12240; Kingma, Salimans, Poole, Ho, arXiv 2107.00630, for the denoiser; the identities by
///   the martingales e^{-t} s_t, e^t r_t and m_t of the reversed process.
public struct PathCost: Sendable {
  /// Which part of the divergence.
  public enum Part: Sendable {
    /// All of it.
    case path
    /// What an exact score costs too.
    case discretization
    /// The rest: the squared score error and, but for the denoiser, its product with the score.
    case score
  }

  /// What is frozen.
  public let freezing: Freezing
  /// The canonical times, ascending.
  public let times: [Double]
  /// Whether the divergence itself is known, not only what a grid changes.
  public let isAbsolute: Bool
  let terms: Terms
  let groups: [Terms]
  let ends: [StepEnd]

  /// The numbers of the upper end of a step, and the integral up to each time.
  struct Terms: Sendable {
    var integral: [Double]
    var square: [Double]
    var product: [Double]
  }

  /// The costs of the steps between the times of some statistics.
  public init(_ statistics: PathStatistics, freezing: Freezing, part: Part = .path) {
    self.freezing = freezing
    times = statistics.times
    isAbsolute = statistics.isAbsolute
    let ends = statistics.times.map(StepEnd.init)
    self.ends = ends
    let moments = statistics.moments
    func make(_ curves: PathStatistics.Curves) -> Terms {
      Terms(curves, freezing, part, ends: ends, moments: moments)
    }
    terms = make(statistics.mean)
    groups = statistics.groups.map(make)
  }

  /// The cost of the step from one time down to an earlier one, by their places among the times.
  public func cost(from b: Int, to a: Int) -> Double { cost(terms, a, b) }

  private func cost(_ terms: Terms, _ a: Int, _ b: Int) -> Double {
    let weights = StepWeights(freezing, from: ends[a], to: ends[b])
    return terms.integral[b] - terms.integral[a] + weights.square * terms.square[b]
      - weights.product * terms.product[b]
  }

  /// The cost of a grid that consists of some of the times.
  ///
  /// - Parameter places: At least two, ascending.
  public func cost(along places: [Int]) -> Quantity {
    func sum(_ terms: Terms) -> Double {
      zip(places, places.dropFirst()).reduce(0) { $0 + cost(terms, $1.0, $1.1) }
    }
    let value = sum(terms)
    guard groups.count > 1 else { return .exact(value) }
    let values = groups.map(sum)
    let n = Double(values.count)
    let mean = values.reduce(0, +) / n
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (n - 1)
    return .estimate(value, standardError: (variance / n).squareRoot())
  }

  /// The cost of the grid of all times.
  public var total: Quantity { cost(along: Array(times.indices)) }

  /// The costs of all steps that end at one time from above: element a is that of the step from b
  /// down to a.
  func costs(from b: Int) -> [Double] { (0..<b).map { cost(terms, $0, b) } }
}

extension PathCost.Terms {
  fileprivate init(
    _ curves: PathStatistics.Curves, _ freezing: Freezing, _ part: PathCost.Part,
    ends: [StepEnd], moments: DataMoments
  ) {
    let zeros = [Double](repeating: 0, count: ends.count)
    self.init(integral: zeros, square: zeros, product: zeros)
    if let law = curves.law, part != .score { addLaw(law, freezing) }
    if let error = curves.error, part != .discretization { addError(error, freezing, ends) }
    if let data = curves.data, part == .path { addData(data, freezing, ends, moments) }
  }

  private mutating func addLaw(_ law: LawCurves, _ freezing: Freezing) {
    switch freezing {
    case .score, .noise:
      integral = law.fisherIntegral
      square = law.fisher
      product = law.fisher
    case .relativeScore:
      integral = law.relativeIntegral
      square = law.relativeFisher
      product = law.relativeFisher
    case .denoiser:
      integral = law.errorIntegral.map { -$0 / 2 }
      square = law.meanSquareError.map { $0 / 2 }
    }
  }

  private mutating func addError(
    _ error: ErrorCurves, _ freezing: Freezing, _ ends: [StepEnd]
  ) {
    for (index, end) in ends.enumerated() {
      let (squared, cross) = (error.squared[index], error.score[index])
      switch freezing {
      case .score, .noise:
        square[index] += squared + 2 * cross
        product[index] += cross
      case .relativeScore:
        let cross = cross + error.position[index]
        square[index] += squared + 2 * cross
        product[index] += cross
      case .denoiser:
        square[index] += end.variance * end.variance / end.squaredSignal * squared / 2
      }
    }
  }

  private mutating func addData(
    _ data: DataCurves, _ freezing: Freezing, _ ends: [StepEnd], _ moments: DataMoments
  ) {
    let d = Double(moments.dimension)
    for (index, end) in ends.enumerated() {
      switch freezing {
      case .score, .noise:
        square[index] = data.squared[index]
        product[index] = data.score[index]
      case .relativeScore:
        let length = end.squaredSignal * moments.secondMoment + end.variance * d
        square[index] = data.squared[index] + 2 * data.position[index] + length
        product[index] = data.score[index] + data.position[index] + length - d
      case .denoiser: square[index] = data.loss[index] / 2
      }
    }
  }
}
