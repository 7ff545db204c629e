import Foundation
import Ornstein

/// One law, a number of rows, and where the centres begin.
struct RecoveryCase: Sendable {
  enum Start: String, Sendable {
    case random
    /// True centres, each moved by 0.3 of the distance to its nearest neighbour in a random direction.
    case warm
    case spectral
  }

  var name: String
  var truth: GaussianMixture<Double>
  var rows: Int
  var start: Start
  var learnsWeights: Bool

  /// What one seed gave: the errors of the centres after matching.
  struct Outcome: Sendable {
    var descent: Double
    /// Expectation maximisation from the same start, where it has one of its own.
    var maximisation: Double?
    /// Expectation maximisation from the truth: what the data allow.
    var limit: Double
    /// KL(truth | learned) in nats, over 20 000 fresh rows, of descent and of expectation maximisation
    /// from the truth.
    var divergences: (descent: Double, limit: Double)
    var cosine: Double?
    var seconds: Double
  }

  private var means: [[Double]] { truth.description.components.map(\.mean) }
  private var weights: [Double] { truth.description.components.map(\.weight) }

  /// The least distance of two centres.
  var separation: Double {
    means.indices.map { nearest($0) }.min() ?? 0
  }

  private func nearest(_ k: Int) -> Double {
    means.indices.filter { $0 != k }.map { other in
      zip(means[k], means[other]).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
    }.min() ?? 0
  }

  private func normals(_ count: Int, _ key: NoiseKey, step: Int) -> [Double] {
    [Double](unsafeUninitializedCapacity: count) { buffer, filled in
      DoubleKernels.normals(
        into: UnsafeMutableBufferPointer(rebasing: buffer[..<count]),
        stream: key.stream(.test, step: step), first: 0)
      filled = count
    }
  }

  private func warmCentres(_ key: NoiseKey) -> [[Double]] {
    means.indices.map { k in
      let direction = normals(truth.dimension, key, step: k)
      let norm = direction.reduce(0) { $0 + $1 * $1 }.squareRoot()
      return zip(means[k], direction).map { $0 + 0.3 * nearest(k) * $1 / norm }
    }
  }

  func run(seed: UInt64) throws -> Outcome {
    let key = NoiseKey(seed: seed)
    let data = truth.drawExactly(rows: 0..<rows, key: key)
    let count = means.count
    var settings = ScoreMatchingDescent(
      components: count, weights: learnsWeights ? .responsibilities : .equal)
    settings.batchSize = 4_096
    settings.highIterations = 60
    settings.lowIterations = 120
    var begin: [[Double]]?
    switch start {
    case .random:
      settings.start = .random
      settings.tracksPowerDirection = true
      let first = normals(truth.dimension, key, step: 0)
      let mean = (0..<truth.dimension).map { axis in
        (0..<rows).reduce(0) { $0 + data[$1, axis] } / Double(rows)
      }
      begin = [zip(mean, first).map { $0 + $1 }, zip(mean, first).map { $0 - $1 }]
    case .warm:
      let centres = warmCentres(key)
      settings.start = .centres(centres)
      begin = centres
    case .spectral: settings.start = .spectral(restarts: 10)
    }
    let clock = ContinuousClock.now
    let result = try settings.learn(data, key: key)
    let seconds = (ContinuousClock.now - clock) / .seconds(1)
    let cosines = result.history.prefix(3).compactMap(\.directionCosine)
    let equal = [Double](repeating: 1 / Double(count), count: count)
    let limit = try maximise(means, weights, data)
    let fresh = truth.drawExactly(rows: rows..<rows + 20_000, key: key)
    return Outcome(
      descent: try ComponentMatching(result.mixture, with: truth).centreError,
      maximisation: try begin.map {
        try ComponentMatching(maximise($0, equal, data), with: truth).centreError
      },
      limit: try ComponentMatching(limit, with: truth).centreError,
      divergences: (divergence(of: result.mixture, on: fresh), divergence(of: limit, on: fresh)),
      cosine: cosines.isEmpty ? nil : cosines.reduce(0, +) / Double(cosines.count),
      seconds: seconds)
  }

  private func divergence(of law: GaussianMixture<Double>, on points: Batch<Double>) -> Double {
    let level = NoiseLevel(time: 0, alpha: 1, sigma: 0)
    let (p, q) = (
      truth.logDensity(of: points, at: level), law.logDensity(of: points, at: level)
    )
    return p.indices.reduce(0) { $0 + p[$1] - q[$1] } / Double(p.count)
  }

  /// Expectation maximisation with identity covariances, until no centre moves by 1e-4.
  private func maximise(
    _ centres: [[Double]], _ weights: [Double], _ data: Batch<Double>
  ) throws -> GaussianMixture<Double> {
    var student = MixtureStudent(centres: centres, weights: weights)
    for _ in 0..<400 {
      let next = try student.maximised(over: data)
      let movement = zip(next.centres.elements, student.centres.elements).reduce(0) {
        max($0, abs($1.0 - $1.1))
      }
      student.centres = next.centres
      if learnsWeights { student.logits = next.logits }
      if movement < 1e-4 { break }
    }
    return try GaussianMixture(
      weights: student.weights, means: centres.indices.map { student.centres.point($0) },
      covariances: centres.map { _ in .identity })
  }
}
