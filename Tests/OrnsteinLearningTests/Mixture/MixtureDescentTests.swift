import OrnsteinDiffusion
import OrnsteinLearning
import OrnsteinNumerics
import RealModule
import TestSupport
import Testing

/// Descent on the DDPM objective recovers mixtures as well as maximum likelihood does.
@Suite struct MixtureDescentTests {
  /// Two components in n dimensions at a distance, not centred.
  static func pair(separation: Double, dimension n: Int) throws -> GaussianMixture<Double> {
    let direction = MixtureGradientTests.normals(1, n, seed: 77).point(0)
    let norm = MixtureGradientTests.dot(direction, direction).squareRoot()
    let half = direction.map { $0 * separation / 2 / norm }
    return try MixtureGradientTests.mixture(
      [half.map { 0.5 + $0 }, half.map { 0.5 - $0 }], [0.5, 0.5])
  }

  /// Five components on a sphere of radius 5.
  static func five(dimension n: Int) throws -> GaussianMixture<Double> {
    let directions = MixtureGradientTests.normals(5, n, seed: 78)
    let means = (0..<5).map { k in
      let row = directions.point(k)
      let norm = MixtureGradientTests.dot(row, row).squareRoot()
      return row.map { 5 * $0 / norm }
    }
    return try MixtureGradientTests.mixture(means, [0.1, 0.15, 0.2, 0.25, 0.3])
  }

  /// Maximum likelihood near given centres.
  static func likeliest(
    _ start: GaussianMixture<Double>, on data: Batch<Double>, learnsWeights: Bool,
    iterations: Int = 150
  ) throws -> (centres: [[Double]], weights: [Double]) {
    let components = start.description.components
    var student = MixtureStudent(
      centres: components.map(\.mean), weights: components.map(\.weight))
    for _ in 0..<iterations {
      let next = try student.maximised(over: data, threads: 2)
      student.centres = next.centres
      if learnsWeights { student.logits = next.logits }
    }
    return ((0..<components.count).map { student.centres.point($0) }, student.weights)
  }

  static func error(
    _ centres: [[Double]], _ weights: [Double], of truth: GaussianMixture<Double>
  ) throws -> ComponentMatching {
    let components = truth.description.components
    return try ComponentMatching(
      centres: centres, weights: weights, truth: components.map(\.mean),
      trueWeights: components.map(\.weight))
  }

  /// At t_1 in 20 dimensions, descent by the population gradient goes the way of power iteration.
  ///
  /// The gradient lies in the plane of both centres, where it is found by quadrature.
  @Test(arguments: [4 / 20.0.squareRoot(), 1.5, 2.5, 4])
  func highNoiseDescentIsPowerIteration(separation: Double) throws {
    let n = 20
    let alpha = Double.exp(-(Double.log(Double(n)) / 2 + 1))
    for seed in 1...4 {
      let start = MixtureGradientTests.normals(1, n, seed: UInt64(seed)).point(0)
      let along = start[0]
      let across = start.dropFirst().reduce(0) { $0 + $1 * $1 }.squareRoot()
      let theta = [alpha * along, alpha * across]
      let truth = [alpha * separation / 2, 0]
      let gradient = try ScoreMatchingGradient.population(
        of: MixtureStudent(pair: theta), truth: MixtureGradientTests.pair(truth)
      ).halfPair
      let square = MixtureGradientTests.dot(theta, theta)
      let inner = MixtureGradientTests.dot(theta, truth)
      let power = (0..<2).map { inner * truth[$0] - square * theta[$0] }
      let cosine =
        -MixtureGradientTests.dot(gradient, power)
        / (MixtureGradientTests.dot(gradient, gradient) * MixtureGradientTests.dot(power, power))
        .squareRoot()
      #expect(cosine > 0.99, "cosine \(cosine), seed \(seed)")
    }
  }

  /// From a random start in 20 dimensions, as good as maximum likelihood from the truth.
  ///
  /// The estimators' errors have a ratio of 1.005 and differ by less than a tenth of themselves: the bound on the mean
  /// over four samples is many standard errors away.
  @Test(arguments: [1.5, 3])
  func twoComponentsFromARandomStart(separation: Double) throws {
    let truth = try Self.pair(separation: separation, dimension: 20)
    var (ours, best) = (0.0, 0.0)
    for seed in 1...4 {
      let key = NoiseKey(seed: UInt64(seed))
      let data = truth.drawExactly(rows: 0..<8_000, key: key)
      var settings = ScoreMatchingDescent(components: 2, weights: .equal)
      settings.tracksPowerDirection = true
      settings.highIterations = 60
      settings.lowIterations = 120
      let result = try settings.learn(data, key: key, threads: 2)
      #expect(result.isFinished)
      // The first steps, before the direction is found and the step of power iteration vanishes.
      let cosines = result.history.prefix(3).compactMap(\.directionCosine)
      #expect(cosines.count == 3 && cosines.allSatisfy { $0 > 0.99 }, "\(cosines)")
      let likeliest = try Self.likeliest(truth, on: data, learnsWeights: false)
      ours += try ComponentMatching(result.mixture, with: truth).centreError
      best += try Self.error(likeliest.centres, likeliest.weights, of: truth).centreError
    }
    #expect(ours <= 1.1 * best, "\(ours / 4) against \(best / 4)")
  }

  /// How far two sets of centres are apart, as a part of the norm of the second.
  private static func gap(_ first: Batch<Double>, _ second: Batch<Double>) -> Double {
    let square = zip(first.elements, second.elements).reduce(0) {
      $0 + ($1.0 - $1.1) * ($1.0 - $1.1)
    }
    return (square / MixtureGradientTests.dot(second.elements, second.elements)).squareRoot()
  }

  /// Under the law itself, descent on noised points with steps 1 / (2 E rho) and expectation maximisation
  /// without noise go the same way, within 5 %, from centres that are off by a sixth of the separation.
  @Test(arguments: [0.1, 0.25, 0.5])
  func lowNoiseDescentIsExpectationMaximisation(time: Double) throws {
    let truth = try MixtureGradientTests.mixture(
      [[6, 0], [-3, 4.5], [-1.5, -6]], [0.5, 0.3, 0.2])
    let alpha = Double.exp(-time)
    let noised = try truth.noised(
      at: NoiseLevel(time: time, alpha: alpha, sigma: (1 - alpha * alpha).squareRoot()))
    let lattices = (
      try LatticeExpectation(of: truth, step: 0.1), try LatticeExpectation(of: noised, step: 0.1)
    )
    var maximised = MixtureStudent(
      centres: [[5.2, 1.2], [-3.9, 3.4], [-0.9, -4.7]], weights: [0.5, 0.3, 0.2])
    var descended = maximised
    for iteration in 1...8 {
      maximised.centres = try ScoreMatchingGradient.population(
        of: maximised, truth: truth, over: lattices.0
      ).maximisers
      var student = descended
      for j in 0..<3 { for axis in 0..<2 { student.centres[j, axis] *= alpha } }
      let gradient = try ScoreMatchingGradient.population(
        of: student, truth: noised, over: lattices.1)
      let half = gradient.halfCentres
      for j in 0..<3 {
        for axis in 0..<2 {
          descended.centres[j, axis] -=
            half[j, axis] / gradient.responsibilities[j] / alpha
        }
      }
      let gap = Self.gap(descended.centres, maximised.centres)
      #expect(gap < 0.05, "iteration \(iteration): \(gap)")
    }
  }

  /// Five separated components from centres that are off by 1.5: every iterate is within 5 % of that of
  /// expectation maximisation, and the end is as good.
  @Test func fiveComponentsFollowExpectationMaximisation() throws {
    let n = 20
    let truth = try Self.five(dimension: n)
    let key = NoiseKey(seed: 3)
    let data = truth.drawExactly(rows: 0..<16_000, key: key)
    let off = MixtureGradientTests.normals(5, n, seed: 8)
    let start = (0..<5).map { k in
      let row = off.point(k)
      let norm = MixtureGradientTests.dot(row, row).squareRoot()
      return zip(truth.description.components[k].mean, row).map { $0 + 1.5 * $1 / norm }
    }
    var student = MixtureStudent(
      centres: start, weights: truth.description.components.map(\.weight))
    var settings = ScoreMatchingDescent(
      components: 5, start: .centres(start),
      weights: .fixed(truth.description.components.map(\.weight)))
    settings.lowIterations = 60
    settings.batchSize = data.count
    for iterations in 1...6 {
      student.centres = try student.maximised(over: data).centres
      // Stopped before the second half, the result is the iterate itself.
      let result = try settings.learn(data, key: key, threads: 2) { $0.iteration < iterations }
      #expect(result.history.count == iterations)
      #expect(
        Self.gap(result.centres, student.centres) < 0.05, "iteration \(iterations)")
    }
    let result = try settings.learn(data, key: key, threads: 2)
    let best = try Self.likeliest(truth, on: data, learnsWeights: false, iterations: 40)
    let ours = try ComponentMatching(result.mixture, with: truth).centreError
    #expect(ours <= 1.1 * (try Self.error(best.centres, best.weights, of: truth).centreError))
  }

  /// The spectral start finds the clusters, and weights and a common variance are learned with them.
  @Test func fiveComponentsFromASpectralStart() throws {
    let truth = try Self.five(dimension: 12)
    let key = NoiseKey(seed: 4)
    var data = truth.drawExactly(rows: 0..<12_000, key: key)
    var settings = ScoreMatchingDescent(components: 5)
    settings.lowIterations = 100
    let result = try settings.learn(data, key: key, threads: 2)
    let best = try Self.likeliest(truth, on: data, learnsWeights: true, iterations: 40)
    let limit = try Self.error(best.centres, best.weights, of: truth)
    let ours = try ComponentMatching(result.mixture, with: truth)
    #expect(ours.centreError <= 1.1 * limit.centreError)
    #expect(ours.weightError <= limit.weightError + 0.002)
    #expect(result.mixture.description.components.allSatisfy { $0.covariance == .identity })

    data.withMutableSpan { for index in $0.indices { $0[index] = 3 * $0[index] + 100 } }
    settings.variance = .estimated
    let scaled = try settings.learn(data, key: key, threads: 2)
    // The estimate deviates by 9 sqrt(2 / (12 000 * 12)), 0.034; five of them, and none of the rest is
    // random.
    #expect(abs(scaled.variance - 9) < 0.17, "variance \(scaled.variance)")
    let shrunk = (0..<5).map { k in scaled.centres.point(k).map { ($0 - 100) / 3 } }
    #expect(
      try Self.error(shrunk, scaled.weights, of: truth).centreError <= 1.1 * limit.centreError)
  }

  /// Weights of components that overlap are seen by the gradient itself.
  @Test(arguments: [ScoreMatchingDescent.Weights.gradient, .responsibilities])
  func weightsAreLearned(rule: ScoreMatchingDescent.Weights) throws {
    let truth = try MixtureGradientTests.mixture([[1.2, 0, 0], [-1.2, 0.5, 0]], [0.7, 0.3])
    let key = NoiseKey(seed: 6)
    let data = truth.drawExactly(rows: 0..<20_000, key: key)
    let settings = ScoreMatchingDescent(components: 2, weights: rule)
    let result = try settings.learn(data, key: key, threads: 2)
    let best = try Self.likeliest(truth, on: data, learnsWeights: true)
    let limit = try Self.error(best.centres, best.weights, of: truth)
    let ours = try ComponentMatching(result.mixture, with: truth)
    // Maximum likelihood deviates by about 0.01 itself.
    #expect(ours.weightError < 0.03, "\(ours.weightError), likeliest \(limit.weightError)")
    #expect(ours.centreError < 1.5 * limit.centreError + 0.02)
  }

  @Test func knownUnequalWeightsPlaceThePair() throws {
    let truth = try MixtureGradientTests.mixture([[3, 0], [-1, 1]], [0.2, 0.8])
    for seed in 1...3 {
      let key = NoiseKey(seed: UInt64(seed))
      let data = truth.drawExactly(rows: 0..<4_000, key: key)
      var settings = ScoreMatchingDescent(components: 2, weights: .fixed([0.2, 0.8]))
      settings.highIterations = 40
      settings.lowIterations = 60
      let result = try settings.learn(data, key: key)
      #expect(agrees(result.weights, [0.2, 0.8]))
      #expect(try ComponentMatching(result.mixture, with: truth).centreError < 0.15)
    }
  }
}
