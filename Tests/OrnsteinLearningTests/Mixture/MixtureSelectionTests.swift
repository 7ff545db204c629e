import OrnsteinDiffusion
import OrnsteinLearning
import OrnsteinNumerics
import RealModule
import Testing

@Suite struct MixtureSelectionTests {
  private static let criteria: [MixtureSelection.Criterion] = [
    .bayesianInformation, .heldOut(fraction: 0.2),
  ]

  @Test(arguments: criteria)
  func theTrueNumberOfComponentsIsFound(criterion: MixtureSelection.Criterion) throws {
    let points = MixtureSamples.draw(try MixtureSamples.three(), rows: 2500, seed: 1)
    var settings = ExpectationMaximizationSettings(components: 1)
    settings.tolerance = 1e-5
    let outcome = try MixtureSelection(
      components: [1, 2, 3, 4], covariances: [.diagonal, .full], criterion: criterion,
      settings: settings
    ).run(points, key: NoiseKey(seed: 1), threads: 2)
    #expect(outcome.candidates.count == 8)
    let winner = outcome.candidates[outcome.winner]
    #expect(winner.covariance == .full)
    // Rows kept out forgive a component too many.
    let isInformation = criterion == .bayesianInformation
    #expect(winner.components == 3 || (winner.components == 4 && !isInformation))
    #expect(outcome.fit.mixture.description.components.count == winner.components)
    #expect(outcome.fit.record.rows == 2500)
    if case .heldOut = criterion {
      let heldOut = try #require(outcome.fit.record.heldOut)
      #expect(heldOut.rows == 500 && heldOut.standardError > 0)
    }
  }

  @Test func theTrueFormOfCovariancesIsFound() throws {
    let means = [[0.0, 0, 0], [5, 0, 2], [0, 6, -2]]
    let laws: [(CovarianceKind, (Int) -> MixtureCovariance)] = [
      (.identity, { _ in .identity }),
      (.isotropic, { .isotropic(0.5 + 0.5 * Double($0)) }),
      (.diagonal, { .diagonal([0.3, 1 + Double($0), 0.8]) }),
      (.tied, { _ in .full([[1, 0.7, 0], [0.7, 1, 0.2], [0, 0.2, 0.5]]) }),
    ]
    for (kind, covariance) in laws {
      let truth = try GaussianMixture<Double>(
        weights: [0.4, 0.3, 0.3], means: means, covariances: (0..<3).map(covariance))
      let outcome = try MixtureSelection(
        components: [3], covariances: CovarianceKind.allCases, criterion: .bayesianInformation
      ).run(
        MixtureSamples.draw(truth, rows: 3000, seed: 2), key: NoiseKey(seed: 1), threads: 2)
      #expect(outcome.candidates[outcome.winner].covariance == kind)
    }
  }

  /// -2 log-likelihood + parameters log(rows), by the definition.
  @Test func informationCountsParameters() throws {
    let points = MixtureSamples.draw(try MixtureSamples.three(), rows: 400, seed: 3)
    let counts: [CovarianceKind: Int] = [
      .identity: 7, .isotropic: 9, .diagonal: 13, .tied: 13, .full: 19,
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
    let outcome = try MixtureSelection(
      components: [2, 50], covariances: [.isotropic], criterion: .bayesianInformation
    ).run(points, key: NoiseKey(seed: 1), threads: 1)
    #expect(outcome.winner == 0)
    #expect(outcome.candidates[1].error == .tooFewRows(count: 6, components: 50))
  }
}
