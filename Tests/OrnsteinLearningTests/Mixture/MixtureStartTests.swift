import OrnsteinDiffusion
import OrnsteinLearning
import OrnsteinNumerics
import RealModule
import TestSupport
import Testing

@Suite struct MixtureStartTests {
  private func fit(
    _ points: Batch<Double>, _ start: MixtureStart, components: Int,
    _ kind: CovarianceKind = .full, seed: UInt64 = 1, restarts: Int = 1
  ) throws -> MixtureFit {
    try ExpectationMaximization(
      ExpectationMaximizationSettings(
        components: components, covariance: kind, start: start, restarts: restarts,
        tolerance: 1e-8, iterationLimit: 500)
    ).fit(points, key: NoiseKey(seed: seed), threads: 2)
  }

  /// From every start, the log-likelihood of the truth is reached and passed.
  @Test(arguments: [MixtureStart.kMeans, .kMeansPlusPlus, .spectral])
  func clearClustersAreFound(start: MixtureStart) throws {
    let truth = try MixtureSamples.three()
    let points = MixtureSamples.draw(truth, rows: 2000, seed: 1)
    let densities = try ExpectationMaximization.logDensities(of: points, under: truth, threads: 1)
    let best = densities.reduce(0, +) / 2000
    let fit = try fit(points, start, components: 3)
    #expect(fit.record.isConverged)
    #expect(fit.record.logLikelihood > best && fit.record.logLikelihood < best + 0.03)
    let weights = fit.mixture.description.components.map(\.weight).sorted()
    #expect(agrees(weights, [0.2, 0.3, 0.5], absolute: 0.04))
  }

  /// In 30 dimensions the distances between rows are noise; the leading directions are not.
  @Test func theSpectralStartSeesThroughNoise() throws {
    let d = 30
    let means = (0..<3).map { k in (0..<d).map { $0 == k ? 4.0 : 0 } }
    let truth = try GaussianMixture<Double>(
      weights: [0.4, 0.3, 0.3], means: means, covariances: means.map { _ in .identity })
    let points = MixtureSamples.draw(truth, rows: 3000, seed: 2)
    let fit = try fit(points, .spectral, components: 3, .identity)
    let found = fit.mixture.description.components.map(\.mean)
    for mean in means {
      let nearest = found.map { zip($0, mean).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } }
        .min()
      // d / (n w) in the mean.
      #expect((nearest ?? .infinity) < 0.12)
    }
  }

  /// Where rows are many, clusters are made of a random part of them.
  @Test func manyRowsStartFromSome() throws {
    let truth = try MixtureSamples.three()
    let points = MixtureSamples.draw(truth, rows: 50_000, seed: 5)
    let weights = (0..<50_000).map { Double(1 + $0 % 2) }
    let learner = try ExpectationMaximization(ExpectationMaximizationSettings(components: 3))
    let fits = try [1, 2].map {
      try learner.fit(points, weights: weights, key: NoiseKey(seed: 9), threads: $0)
    }
    #expect(fits[0].record == fits[1].record)
    let components = fits[0].mixture.description.components.sorted { $0.weight > $1.weight }
    for (found, expected) in zip(components, truth.description.components) {
      // 5 standard errors of the smallest component's mean.
      #expect(agrees(found.mean, expected.mean, absolute: 0.06))
      #expect(agrees(found.weight, expected.weight, absolute: 0.015))
    }
  }

  /// The best of the restarts is returned.
  @Test func theBestRestartWins() throws {
    let means: [[Double]] = (0..<8).map { k in
      let angle = Double(k) * Double.pi / 4
      return [3 * Double.cos(angle), 3 * Double.sin(angle)]
    }
    let truth = try GaussianMixture<Double>(
      weights: [Double](repeating: 0.125, count: 8), means: means,
      covariances: [MixtureCovariance](repeating: .isotropic(0.09), count: 8))
    let points = MixtureSamples.draw(truth, rows: 1500, seed: 3)
    let fit = try fit(points, .kMeansPlusPlus, components: 8, .isotropic, restarts: 6)
    let all = fit.record.restartLogLikelihoods
    #expect(all.count == 6)
    #expect(fit.record.logLikelihood == all.max())
    #expect(all[fit.record.restart] == fit.record.logLikelihood)
    let densities = try ExpectationMaximization.logDensities(of: points, under: truth, threads: 1)
    #expect(fit.record.logLikelihood > densities.reduce(0, +) / 1500)
  }

  @Test func labelsAreResponsibilities() throws {
    let points = MixtureSamples.draw(try MixtureSamples.three(), rows: 300, seed: 4)
    let labels = (0..<300).map { points[$0, 0] > 3 ? 1 : 0 }
    let one = try fit(points, .labels(labels), components: 2)
    let two = try fit(
      points, .responsibilities(labels.flatMap { [Double(1 - $0), Double($0)] }), components: 2)
    #expect(one.mixture.description == two.mixture.description)
  }

  /// More components than distinct rows, and rows that are all alike.
  @Test func fewDistinctRowsDoNoHarm() throws {
    let points = Batch((0..<60).flatMap { [Double($0 % 2), 1] }, dimension: 2)
    for kind in CovarianceKind.allCases {
      let fit = try fit(points, .kMeans, components: 4, kind)
      #expect(fit.record.logLikelihood.isFinite)
    }
    let same = Batch([Double](repeating: 3, count: 20), dimension: 1)
    #expect(try fit(same, .spectral, components: 2).record.logLikelihood.isFinite)
  }
}
