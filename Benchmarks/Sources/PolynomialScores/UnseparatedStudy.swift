import Foundation
import Ornstein

/// Mixtures whose components nobody can tell apart: the law is learned, the parameters are not.
struct UnseparatedStudy {
  private static let separation = 0.5
  /// TV that is aimed at.
  private static let goal = 0.05
  private static let seeds = 4
  private static let iterations = 500
  private static let steps = 100

  var rows = 100_000
  var threads: Int

  func markdown() throws -> String {
    var text = """
      ## Mixtures that are not separated

      \(rows) rows of normal laws of identity covariance, neighbouring centres \(Self.separation) apart. TV of \
      the law that \(Self.steps) steps of the default sampler draw: in one dimension the exact law of the steps, \
      by propagation of its density; in more, that of 200,000 draws in cells of half a unit of the first two \
      coordinates, beside what as many exact draws have by chance. TV bound: sqrt(KL / 2) of the path KL, half \
      the integral of the error against the exact score.

      The variance of the data's own noise is estimated, as `fit` does. Expectation-maximisation is told the number \
      of components, and either that covariances are the identity or only that each is isotropic; it goes on until \
      the log-likelihood of a row changes by less than 1e-8, \(Self.iterations) iterations at most. It recovers the \
      parameters if every centre is within a fifth of the separation and the weights are within 0.1; over \
      \(Self.seeds) samples. Errors of centres and TV are medians over these.

      | centres | n | path KL | TV bound | TV | by chance | TV < \(Self.goal) | seconds | EM, identity: \
      recovers | error of a centre | TV | EM, isotropic: recovers | error of a centre | TV |
      |---|---:|---:|---:|---:|---:|---|---:|---|---:|---:|---|---:|---:|

      """
    var misses: [String] = []
    let laws = try Self.laws()
    for law in laws {
      let learned = try learn(law, rows: rows, threads: threads) {
        $0.baseVariance = .estimated
      }
      let divergence = law.pathDivergence(of: learned.score)
      var distance = 0.0
      var chance: Double?
      if law.dimension == 1 {
        distance = try exactDistance(learned.score, law)
      } else {
        let drawn = try law.drawnDistance(learned.score, count: 200_000, threads: threads)
        (distance, chance) = (drawn.distance, drawn.noise)
      }
      let isReached = distance < Self.goal
      if !isReached {
        let part = chance.map { " of which \(number($0)) is chance" } ?? ""
        misses.append(
          "\(law.name) centres, n = \(law.dimension): TV is \(number(distance)),\(part) not below "
            + "\(Self.goal).")
      }
      let bound = (divergence / 2).squareRoot()
      if isReached, law.dimension > 2, bound >= Self.goal {
        misses.append(
          "\(law.name) centres, n = \(law.dimension): the bound of TV is \(number(bound)), not below "
            + "\(Self.goal), and draws are compared in two of \(law.dimension) coordinates only.")
      }
      var cells = [
        law.name, "\(law.dimension)", number(divergence), number(bound),
        number(distance), chance.map { number($0) } ?? "-", isReached ? "yes" : "no",
        number(learned.record.seconds),
      ]
      for (kind, name) in [
        (CovarianceKind.identity, "identity covariances"), (.isotropic, "isotropic covariances"),
      ] {
        let rival = try maximise(law, kind)
        cells += [
          "\(rival.recovered) of \(Self.seeds)", number(rival.error), number(rival.distance),
        ]
        guard rival.recovered > Self.seeds / 2 else { continue }
        misses.append(
          "\(law.name) centres, n = \(law.dimension): expectation-maximisation that is told of \(name) "
            + "recovers the parameters of \(rival.recovered) of \(Self.seeds) samples: "
            + "the separation is small, but \(rows) rows tell it.")
      }
      text += "| \(cells.joined(separator: " | ")) |\n"
    }
    text += "\n" + (misses.isEmpty ? "No line misses." : misses.joined(separator: "\n\n")) + "\n"
    return text
  }

  private static func laws() throws -> [SmoothLaw] {
    func centre(_ dimension: Int, _ x: Double, _ y: Double = 0) -> [Double] {
      var centre = [Double](repeating: 0, count: dimension)
      centre[0] = x
      if dimension > 1 { centre[1] = y }
      return centre
    }
    let height = separation * 0.75.squareRoot()
    return try [1, 2, 10].flatMap { n in
      let three =
        n == 1
        ? [centre(n, -0.5), centre(n, 0), centre(n, 0.5)]
        : [centre(n, -0.25), centre(n, 0.25), centre(n, 0, height)]
      return [
        try SmoothLaw.points("2", [centre(n, -0.25), centre(n, 0.25)], [0.4, 0.6]),
        try SmoothLaw.points("3", three, [0.5, 0.2, 0.3]),
      ]
    }
  }

  /// The total variation of the law of the sampler's steps, by propagation of its density.
  ///
  /// Sums of normal kernels on a grid of a third of their least deviation are exact to rounding.
  private func exactDistance(
    _ score: PiecewisePolynomialScore<Double>, _ law: SmoothLaw
  ) throws -> Double {
    let plan = score.plan(steps: Self.steps)
    let predictor = try FrozenDenoiser(baseVariance: score.baseVariance)
    let levels = try plan.levels()
    let (spacing, reach) = (0.01, 7.0)
    let x = Array(stride(from: -reach, through: reach, by: spacing))
    let points = Batch<Double>(x, dimension: 1)
    func normal(_ x: Double, _ variance: Double) -> Double {
      exp(-x * x / (2 * variance)) / (2 * Double.pi * variance).squareRoot()
    }
    let start = score.moments.noised(at: levels[0])
    var density = x.map { normal($0 - start.mean[0], start.covariance[0]) }
    for (t, s) in zip(levels, levels.dropFirst()) {
      let step = predictor.step(from: t, to: s)
      precondition(step.noise > 3 * spacing, "The grid does not resolve a step.")
      let scores = score.score(of: points, at: t).elements
      var next = [Double](repeating: 0, count: x.count)
      for j in x.indices where density[j] > 1e-14 {
        let centre = step.position * x[j] + step.score * scores[j]
        let first = max(0, Int(((centre - 9 * step.noise + reach) / spacing).rounded(.up)))
        let last = min(
          x.count - 1, Int(((centre + 9 * step.noise + reach) / spacing).rounded(.down)))
        guard first <= last else { continue }
        for i in first...last {
          next[i] += density[j] * spacing * normal(x[i] - centre, step.noise * step.noise)
        }
      }
      density = next
    }
    let truth = law.law.logDensity(
      of: points, at: NoiseLevel(time: 0, alpha: 1, sigma: law.baseVariance.squareRoot()))
    return zip(density, truth).reduce(0) { $0 + abs($1.0 - exp($1.1)) * spacing / 2 }
  }

  /// Expectation-maximisation on samples of several seeds.
  private func maximise(
    _ law: SmoothLaw, _ covariance: CovarianceKind
  ) throws -> (recovered: Int, error: Double, distance: Double) {
    guard let hidden = law.law as? GaussianMixture<Double> else { return (0, .nan, .nan) }
    let parts = hidden.description.components
    let truth = try GaussianMixture<Double>(
      weights: parts.map(\.weight), means: parts.map(\.mean),
      covariances: parts.map { _ in .identity })
    let settings = ExpectationMaximizationSettings(
      components: parts.count, covariance: covariance, tolerance: 1e-8,
      iterationLimit: Self.iterations)
    let clean = NoiseLevel(time: 0, alpha: 1, sigma: 0)
    let fresh = truth.drawExactly(rows: 0..<50_000, key: NoiseKey(seed: 99))
    let known = truth.logDensity(of: fresh, at: clean)
    var (recovered, errors, distances) = (0, [Double](), [Double]())
    for seed in 1...UInt64(Self.seeds) {
      let found = try ExpectationMaximization(settings).fit(
        law.draw(rows, seed: seed), key: NoiseKey(seed: seed), threads: threads
      ).mixture
      let matching = try ComponentMatching(found, with: truth)
      errors.append(matching.largestCentreError)
      if matching.largestCentreError < Self.separation / 5, matching.weightError < 0.1 {
        recovered += 1
      }
      let learned = found.logDensity(of: fresh, at: clean)
      distances.append(
        LogRatioSample(zip(learned, known).map { $0 - $1 }).totalVariation.value)
    }
    return (
      recovered, errors.sorted()[Self.seeds / 2], distances.sorted()[Self.seeds / 2]
    )
  }
}
