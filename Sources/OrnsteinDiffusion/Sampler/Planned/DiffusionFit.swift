import OrnsteinNumerics
import RealModule

/// Fits the coefficients of ``PlannedDiffusion`` to chains whose flow is followed in small steps.
struct DiffusionFit {
  private let normal: MatchedNormal
  private let score: PilotScore
  private let deviations: [Double]
  private let eta: Double
  private let tail: Double
  /// The number of points to fit; the others check.
  private let fitted: Int
  /// Along the exact chains: the states at the levels, where the flow of each step leads, and the noise
  /// that follows, all as w.
  private var states: [[Double]]
  private var aims: [[Double]] = []
  private var noises: [[Double]] = []

  private var steps: Int { deviations.count - 1 }
  private var dimension: Int { score.dimension }

  /// Follows the exact chains on some levels.
  init(
    _ paths: PilotPaths, in range: PilotRange, along deviations: [Double], eta: Double
  ) throws(SamplingError) {
    normal = paths.normal
    score = paths.score
    self.deviations = deviations
    self.eta = eta
    tail = range.tail
    fitted = paths.counts.typical
    let count = fitted + paths.counts.typicalChecks
    let start = try range.draw(count, .pilotChainStart)
    states = [normal.states(start, at: deviations[0])]
    for index in 0..<deviations.count - 1 {
      let (sigma, next) = (deviations[index], deviations[index + 1])
      let aim = aim(ofStep: index)
      let target = flow(states[index], from: sigma, to: aim)
      let deviation = MultistepRule.noise(from: sigma, to: next, eta: eta)
      var normals = [Double](repeating: 0, count: target.count)
      normals.withUnsafeMutableBufferPointer {
        DoubleKernels.normals(
          into: $0, stream: PilotRange.key.stream(.pilotChainNoise, step: index), first: 0)
      }
      let scale = normal.deviations(at: next)
      let noise = normals.indices.map {
        deviation * normals[$0] / (scale.count == 1 ? scale[0] : scale[$0 % scale.count])
      }
      aims.append(target)
      noises.append(noise)
      states.append(rescaled(target, from: aim, to: next).adding(noise, times: 1))
    }
  }

  private func aim(ofStep index: Int) -> Double {
    MultistepRule.aim(from: deviations[index], to: deviations[index + 1], eta: eta)
  }

  /// The states at one deviation of the points that have these states at another.
  private func rescaled(_ states: [Double], from sigma: Double, to other: Double) -> [Double] {
    guard sigma != other else { return states }
    let ratios = zip(normal.deviations(at: sigma), normal.deviations(at: other)).map { $0 / $1 }
    return states.indices.map {
      states[$0] * (ratios.count == 1 ? ratios[0] : ratios[$0 % ratios.count])
    }
  }

  /// The probability flow by the classical Runge-Kutta method in log sigma.
  private func flow(_ start: [Double], from sigma: Double, to end: Double) -> [Double] {
    let reached = end > 0 ? end : 1e-3 * sigma
    let count = end > 0 ? 6 : 12
    let step = Double.log(reached / sigma) / Double(count)
    var states = start
    for index in 0..<count {
      let from = sigma * .exp(step * Double(index))
      states = PilotScore.rungeKutta(states, step: step) { states, part in
        let sigma = from * .exp(step * part)
        return normal.slope(states, at: sigma, of: score).map { sigma * $0 }
      }
    }
    guard end == 0 else { return states }
    let points = normal.points(states, at: reached)
    return normal.states(score.euler(points, from: reached, to: 0), at: 0)
  }

  /// How many slopes and noises a step uses, and with which ridge.
  private struct Candidate {
    var slopes: Int
    var noises: Int
    var ridge: Double
  }

  private static let candidates = [(1, 0), (4, 0), (4, 2), (6, 3)].flatMap { slopes, noises in
    [1e-2, 1e-4].map { Candidate(slopes: slopes, noises: noises, ridge: $0) }
  }.sorted { $0.ridge > $1.ridge }

  /// The coefficients of the candidate whose points come closest to the exact ones and spread about
  /// modes as they do.
  func best() -> [MultistepCoefficients] {
    let nothing = [MultistepCoefficients](
      repeating: MultistepCoefficients(slopes: []), count: steps)
    let unmoved = run(nothing)
    let negligible = max(1e-6, 10 * score.rounding) * normal.meanVariance.squareRoot()
    guard strongError(of: unmoved) > negligible else { return nothing }
    let exact = [tail, 4 * tail].map { spread(of: states[steps], at: $0) }
    var (best, least) = (nothing, Double.infinity)
    for candidate in Self.candidates {
      let coefficients = fit(candidate)
      let points = run(coefficients)
      var error = 0.1 * strongError(of: points)
      for (sigma, exact) in zip([tail, 4 * tail], exact) {
        let change = spread(of: points, at: sigma) / exact - 1
        error += change.isFinite ? abs(change) : 1e30
      }
      // Small ridges may have large coefficients, which rare points pay for.
      if error < least * (candidate.ridge < 1e-3 ? 0.5 : 1) {
        (best, least) = (coefficients, error)
      }
    }
    return best
  }

  private func strongError(of points: [Double]) -> Double {
    let errors = normal.scaled(
      points.adding(states[steps], times: -1), at: deviations[steps]
    ).meanSquares(dimension: dimension).map { $0.squareRoot() }
    return Array(errors[fitted...]).clippedRootMeanSquare(quantile: 0.95)
  }

  /// The mean square of the predicted noise, which tells how points spread about modes.
  private func spread(of points: [Double], at sigma: Double) -> Double {
    let noise = score.noise(of: normal.points(points, at: deviations[steps]), at: sigma)
    return noise.reduce(0) { $0 + $1 * $1 } / Double(noise.count)
  }

  /// The ends of the chains with the noises of the exact ones.
  private func run(_ coefficients: [MultistepCoefficients]) -> [Double] {
    var chain = Chain(states: states[0])
    for (index, factors) in coefficients.enumerated() {
      if !factors.slopes.isEmpty {
        chain.remember(
          slope: normal.slope(chain.states, at: deviations[index], of: score))
      }
      advance(&chain, index, factors, noise: noises[index])
    }
    return chain.states
  }

  /// Chains with what they remember, the newest first.
  private struct Chain {
    var states: [Double]
    var slopes: [[Double]] = []
    var noises: [[Double]] = []

    mutating func remember(slope: [Double]) {
      slopes = [slope] + slopes.prefix(StepCosts.history - 1)
    }
  }

  private func advance(
    _ chain: inout Chain, _ index: Int, _ factors: MultistepCoefficients, noise: [Double]
  ) {
    for (factor, slope) in zip(factors.slopes, chain.slopes) {
      chain.states = chain.states.adding(slope, times: factor)
    }
    for (factor, old) in zip(factors.noises, chain.noises) {
      chain.states = chain.states.adding(old, times: factor)
    }
    chain.states = rescaled(chain.states, from: aim(ofStep: index), to: deviations[index + 1])
      .adding(noise, times: 1)
    chain.noises = [noise] + chain.noises.prefix(2)
  }

  /// Fits each step on the chains that those before it make, coupled to the exact ones by the noise.
  private func fit(_ candidate: Candidate) -> [MultistepCoefficients] {
    let count = fitted * dimension
    var chain = Chain(states: Array(states[0].prefix(count)))
    return (0..<steps).map { index in
      chain.remember(slope: normal.slope(chain.states, at: deviations[index], of: score))
      let slopes = Array(chain.slopes.prefix(candidate.slopes))
      let noises = Array(chain.noises.prefix(candidate.noises))
      let factors = fit(chain.states, slopes, noises, step: index, ridge: candidate.ridge)
      let coefficients = MultistepCoefficients(
        slopes: Array(factors.prefix(slopes.count)), noises: Array(factors.dropFirst(slopes.count)))
      advance(&chain, index, coefficients, noise: Array(self.noises[index].prefix(count)))
      return coefficients
    }
  }

  /// The coefficients of one step, by the normal equations of columns of unit size.
  private func fit(
    _ current: [Double], _ slopes: [[Double]], _ noises: [[Double]], step index: Int,
    ridge: Double
  ) -> [Double] {
    let (sigma, aim) = (deviations[index], aim(ofStep: index))
    let away = normal.scaled(
      current.adding(Array(states[index].prefix(current.count)), times: -1), at: sigma
    ).meanSquares(dimension: dimension).map { $0.squareRoot() }
    let cut = 3 * away.trimmedRootMeanSquare(share: 0.9) + 1e-300
    func weighted(_ values: [Double]) -> [Double] {
      let scaled = normal.scaled(values, at: aim)
      return scaled.indices.map { scaled[$0] / max(1, away[$0 / dimension] / cut) }
    }
    let target = weighted(Array(aims[index].prefix(current.count)).adding(current, times: -1))
    let columns = (slopes + noises).map(weighted)
    func product(_ a: [Double], _ b: [Double]) -> Double {
      var sum = 0.0
      for index in a.indices { sum += a[index] * b[index] }
      return sum / Double(a.count)
    }
    let sizes = columns.map { product($0, $0).squareRoot() }
    let used = columns.indices.filter { sizes[$0] > 1e-150 }
    let growth =
      square(normal.deviations(at: aim)) / square(normal.deviations(at: sigma))
    let rounding = score.rounding * score.rounding * growth
    let matrix = used.flatMap { i in
      used.map { j in
        var entry = product(columns[i], columns[j]) / (sizes[i] * sizes[j])
        if i == j { entry += ridge * ridge }
        if i == j, i < slopes.count { entry += rounding / (sizes[i] * sizes[i]) }
        return entry
      }
    }
    let right = used.map { product(columns[$0], target) / sizes[$0] }
    var factors = [Double](repeating: 0, count: columns.count)
    guard let solution = RidgeFit.eliminate(matrix, right) else { return factors }
    for (place, value) in zip(used, solution) { factors[place] = value / sizes[place] }
    return factors
  }

  private func square(_ values: [Double]) -> Double {
    values.reduce(0) { $0 + $1 * $1 } / Double(values.count)
  }
}
