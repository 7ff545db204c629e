import Foundation
import Ornstein

/// Score errors by target, rows and degree, and the cost by dimension.
struct PolynomialTable {
  var rows = [1_000, 10_000, 100_000]
  var degrees = [1, 3, 6, 12]

  func print() throws {
    Swift.print(
      """
      Path KL: half the integral of E‖s - s*‖² against the exact score, in nats. TV of 100 000 draws (100 \
      ancestral steps) along the first axis, 40 bins, with the share of the sampling noise.

      | target | rows | degree | levels | cells | features | path KL | said by the fit | TV bound | TV drawn \
      | noise | seconds |
      |---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|
      """)
    var ring: [[Double]] = []
    for k in 0..<8 {
      let angle = Double(k) * Double.pi / 4
      ring.append([6 * cos(angle), 6 * sin(angle)])
    }
    let targets: [SmoothLaw] = [
      try SmoothLaw.points("2 at distance 0.5 in 1", [[-0.25], [0.25]]),
      try SmoothLaw.points("3 at distance 0.5 in 1", [[-0.5], [0], [0.5]], [0.5, 0.2, 0.3]),
      try SmoothLaw.points(
        "3 at distance 0.5 in 2", [[-0.25, 0], [0.25, 0], [0, 0.433]], [0.5, 0.3, 0.2]),
      try SmoothLaw.points("3 at distance 2 in 2", [[-1, 0], [1, 0], [0, 1.732]]),
      try SmoothLaw.points("8 on a ring in 2", ring),
      try SmoothLaw.circle(dimension: 2), try SmoothLaw.circle(dimension: 10),
      try SmoothLaw.segment(dimension: 10),
    ]
    for target in targets {
      for count in rows { try line(target, rows: count, degree: 12) }
      for degree in degrees.dropLast() { try line(target, rows: 100_000, degree: degree) }
    }
    for target in [targets[4], targets[6]] { try printLevels(target) }
    try printCost()
  }

  /// The score error of each level.
  private func printLevels(_ target: SmoothLaw) throws {
    let settings = PolynomialSettings(baseVariance: .known(target.baseVariance))
    let learned = try PolynomialRegression(settings).fit(
      target.draw(100_000, seed: 1), key: NoiseKey(seed: 2), threads: 2)
    Swift.print(
      """

      Levels of \(target.name), 100 000 rows.

      | tau^2 | t | cells | degrees | rank | features | E‖s - s*‖^2 | said by the fit |
      |---:|---:|---:|---:|---:|---:|---:|---:|
      """)
    for level in learned.record.levels {
      let error = target.scoreError(
        of: learned.score, addedVariance: level.addedVariance, count: 5_000)
      Swift.print(
        "| \(text(level.variance)) | \(text(level.addedVariance)) | \(level.cells) "
          + "| \(level.degrees.lowerBound)-\(level.degrees.upperBound) | \(level.rank) "
          + "| \(level.features) | \(text(error)) | \(text(level.scoreError)) |")
    }
  }

  private func line(_ target: SmoothLaw, rows: Int, degree: Int) throws {
    let settings = PolynomialSettings(
      baseVariance: .known(target.baseVariance), maximumDegree: degree)
    let learned = try PolynomialRegression(settings).fit(
      target.draw(rows, seed: 1), key: NoiseKey(seed: 2), threads: 2)
    let divergence = target.pathDivergence(of: learned.score)
    let (distance, noise) = try drawnDistance(learned.score, target)
    let levels = learned.record.levels
    Swift.print(
      "| \(target.name) | \(rows) | \(degree) | \(levels.count) "
        + "| \(levels.map(\.cells).max() ?? 0) | \(levels.map(\.features).max() ?? 0) "
        + "| \(text(divergence)) | \(text(learned.record.pathDivergence)) "
        + "| \(text((divergence / 2).squareRoot())) | \(text(distance)) | \(text(noise)) "
        + "| \(text(learned.record.seconds)) |")
  }

  /// TV along the first axis between draws and 4 million exact ones, and its mean for exact draws.
  private func drawnDistance(
    _ score: PiecewisePolynomialScore<Double>, _ target: SmoothLaw
  ) throws -> (distance: Double, noise: Double) {
    let count = 100_000
    let drawn = try score.sampler(steps: 100, key: NoiseKey(seed: 3)).draw(
      rows: 0..<count, threads: 2)
    let (p, q) = (shares(target.draw(2_000_000, seed: 77)), shares(drawn))
    let distance = zip(p, q).reduce(0) { $0 + abs($1.0 - $1.1) / 2 }
    let noise = p.reduce(0) { $0 + ($1 * (1 - $1) / (2 * .pi * Double(count))).squareRoot() }
    return (distance, noise)
  }

  private func shares(_ points: Batch<Double>) -> [Double] {
    var counts = [Double](repeating: 0, count: 40)
    for row in 0..<points.count {
      counts[min(max(Int((points[row, 0] + 10) * 2), 0), 39)] += 1 / Double(points.count)
    }
    return counts
  }

  private func printCost() throws {
    Swift.print(
      """

      Cost against dimension, 20 000 rows, one level's share of the time: a segment (one direction found, \
      reduced) and an isotropic normal law of variance 2 learned as one of variance 1 (every direction \
      varies, no reduction, degree 2).

      | dimension | segment: features | seconds a level | normal: features | seconds a level |
      |---:|---:|---:|---:|---:|
      """)
    for dimension in [2, 4, 8, 16, 32] {
      let segment = try SmoothLaw.segment(dimension: dimension)
      let reduced = try PolynomialRegression(
        PolynomialSettings(baseVariance: .known(segment.baseVariance), maximumDegree: 6)
      ).fit(segment.draw(20_000, seed: 4), key: NoiseKey(seed: 5), threads: 2).record
      let zero = [[Double](repeating: 0, count: dimension)]
      var normal = try SmoothLaw.points("normal", zero)
      normal.baseVariance = 2
      let whole = try PolynomialRegression(
        PolynomialSettings(maximumDegree: 2, maximumFeatures: 1_000, reducedAbove: 1_000)
      ).fit(normal.draw(20_000, seed: 4), key: NoiseKey(seed: 5), threads: 2).record
      func line(_ record: PolynomialRecord, _ features: Int) -> String {
        "\(features) | \(text(record.seconds / Double(record.levels.count)))"
      }
      // All tried features cost, whatever degree is chosen.
      let tried = HermiteBasis.count(dimension: dimension, degree: 2) ?? 0
      Swift.print(
        "| \(dimension) | \(line(reduced, reduced.levels.map(\.features).max() ?? 0)) "
          + "| \(line(whole, tried)) |")
    }
  }

  private func text(_ value: Double) -> String { String(format: "%.3g", value) }
}
