import OrnsteinDiffusion
import OrnsteinLearning
import OrnsteinNumerics
import RealModule
import Testing

@Suite struct MixtureSearchTests {
  @Test(arguments: MixtureSearch.Goal.allCases)
  func theTrueNumberOfComponentsIsFound(goal: MixtureSearch.Goal) throws {
    let points = MixtureSamples.draw(try MixtureSamples.three(), rows: 2500, seed: 1)
    var settings = ExpectationMaximizationSettings(components: 1)
    settings.tolerance = 1e-5
    let outcome = try MixtureSearch(
      components: [1, 2, 3, 4], covariances: [.diagonal, .full], goal: goal, settings: settings
    ).run(points, key: NoiseKey(seed: 1), threads: 2)
    #expect(outcome.trials.count == 8)
    #expect(outcome.winner.covariance == .full && outcome.winner.components == 3)
    #expect(outcome.mixture.description.components.count == 3)
    #expect(outcome.record.rows == 2500)
  }

  /// Weights of 0 and 1 choose as the rows of weight 1 do.
  @Test func rowsCountByTheirWeights() throws {
    let points = MixtureSamples.draw(try MixtureSamples.three(), rows: 1200, seed: 6)
    let weights = (0..<1200).map { $0 % 3 == 0 ? 0.0 : 1 }
    let kept = Batch(
      (0..<1200).filter { $0 % 3 != 0 }.flatMap { points.point($0) }, dimension: 3)
    let search = MixtureSearch(
      components: [3], covariances: [.full], goal: .bayesianInformation,
      settings: ExpectationMaximizationSettings(
        components: 3, start: .mixture(try MixtureSamples.three().description), tolerance: 1e-9,
        iterationLimit: 500))
    let key = NoiseKey(seed: 1)
    let weighted = try search.run(points, weights: weights, key: key, threads: 1)
    let plain = try search.run(kept, key: key, threads: 1)
    #expect(abs(weighted.record.logLikelihood - plain.record.logLikelihood) < 1e-8)
    #expect(abs(weighted.winner.goal - plain.winner.goal) < 1e-8)
  }

  @Test func theTrueFormOfCovariancesIsFound() throws {
    let means = [[0.0, 0, 0], [5, 0, 2], [0, 6, -2]]
    let laws: [(CovarianceKind, (Int) -> MixtureCovariance)] = [
      (.identity, { _ in .identity }),
      (.tiedIsotropic, { _ in .isotropic(0.6) }),
      (.isotropic, { .isotropic(0.5 + 0.5 * Double($0)) }),
      (.tiedDiagonal, { _ in .diagonal([0.3, 1, 0.8]) }),
      (.diagonal, { .diagonal([0.3, 1 + Double($0), 0.8]) }),
      (.tied, { _ in .full([[1, 0.7, 0], [0.7, 1, 0.2], [0, 0.2, 0.5]]) }),
    ]
    for (kind, covariance) in laws {
      let truth = try GaussianMixture<Double>(
        weights: [0.4, 0.3, 0.3], means: means, covariances: (0..<3).map(covariance))
      let outcome = try MixtureSearch(components: [3], goal: .bayesianInformation).run(
        MixtureSamples.draw(truth, rows: 3000, seed: 2), key: NoiseKey(seed: 1), threads: 2)
      #expect(outcome.winner.covariance == kind)
    }
  }

  /// -2 log-likelihood + parameters log(rows), by the definition.
  @Test func informationCountsParameters() throws {
    let points = MixtureSamples.draw(try MixtureSamples.three(), rows: 400, seed: 3)
    let counts: [CovarianceKind: Int] = [
      .identity: 7, .tiedIsotropic: 8, .isotropic: 9, .tiedDiagonal: 10, .diagonal: 13, .tied: 13,
      .full: 19,
    ]
    for kind in CovarianceKind.allCases {
      let record = try ExpectationMaximization(
        ExpectationMaximizationSettings(components: 2, covariance: kind)
      ).fit(points, key: NoiseKey(seed: 1), threads: 1).record
      let parameters = try #require(counts[kind])
      #expect(record.parameterCount == parameters)
      let information = -2 * 400 * record.logLikelihood + Double(parameters) * Double.log(400)
      #expect(abs(record.bayesianInformation - information) < 1e-8 * abs(information))
    }
  }

  /// Rows kept out count by their weights, as repeated rows do.
  @Test func rowsKeptOutAreWeighted() throws {
    let points = MixtureSamples.draw(try MixtureSamples.three(), rows: 300, seed: 4)
    let heldOut = points[200..<300]
    let weights = (0..<100).map { Double($0 % 3) }
    let repeated = Batch(
      (0..<100).flatMap { row in
        (0..<row % 3).flatMap { _ in heldOut.point(row) }
      }, dimension: 3)
    let learner = try ExpectationMaximization(ExpectationMaximizationSettings(components: 2))
    let key = NoiseKey(seed: 1)
    let weighted = try learner.fit(
      points[0..<200], heldOut: heldOut, heldOutWeights: weights, key: key, threads: 1
    ).record.heldOut
    let plain = try learner.fit(points[0..<200], heldOut: repeated, key: key, threads: 1)
      .record.heldOut
    let (one, two) = (try #require(weighted), try #require(plain))
    #expect(abs(one.mean - two.mean) < 1e-10)
    // Repeated rows are not independent, so their own standard error is too small.
    #expect(one.standardError > two.standardError && one.standardError < 2 * two.standardError)
  }

  @Test func impossibleChoicesAreSkipped() throws {
    let points = Batch([0.0, 1, 2, 10, 11, 12], dimension: 1)
    let outcome = try MixtureSearch(
      components: [2, 50], covariances: [.isotropic], goal: .bayesianInformation
    ).run(points, key: NoiseKey(seed: 1), threads: 1)
    #expect(outcome.trials.map(\.components) == [2])
    #expect(throws: ExpectationMaximizationError.tooFewRows(count: 6, components: 50)) {
      _ = try MixtureSearch(components: [50], covariances: [.isotropic])
        .run(points, key: NoiseKey(seed: 1), threads: 1)
    }
  }
}
