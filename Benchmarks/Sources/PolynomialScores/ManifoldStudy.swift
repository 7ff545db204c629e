import Ornstein

/// Sets of few dimensions in spaces of more.
struct ManifoldStudy {
  private static let goal = 0.05

  var rows = 100_000
  var threads: Int

  func markdown() throws -> String {
    var text = """
      ## Sets of few dimensions

      \(rows) rows around sets in spaces of up to ten dimensions, with normal noise of deviation 0.5 (points: 1), \
      which is told. Path KL, bound and TV are those of the table above, TV of 100,000 draws of a hundred steps. \
      "Said by the fit" is the path KL that the fit estimates of itself.

      | set | n | levels | cells | rank | features | path KL | said by the fit | TV bound | TV | by chance | seconds |
      |---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|

      """
    var misses: [String] = []
    let laws: [SmoothLaw] = [
      try .circle(dimension: 2), try .circle(dimension: 5), try .circle(dimension: 10),
      try .segment(dimension: 2), try .segment(dimension: 10), try .square(dimension: 10),
      try .sphere(dimension: 3), try .sphere(dimension: 10),
      try .ring(8, radius: 6, dimension: 2), try .ring(8, radius: 6, dimension: 10),
    ]
    for law in laws {
      let learned = try learn(law, rows: rows, threads: threads)
      let divergence = law.pathDivergence(of: learned.score)
      let bound = (divergence / 2).squareRoot()
      let (distance, noise) = try law.drawnDistance(
        learned.score, count: 100_000, threads: threads)
      let levels = learned.record.levels
      text +=
        "| \(law.name) | \(law.dimension) | \(levels.count) "
        + "| \(levels.map(\.cells).max() ?? 0) | \(levels.last?.rank ?? 0) "
        + "| \(levels.map(\.features).max() ?? 0) | \(number(divergence)) "
        + "| \(number(learned.record.pathDivergence)) | \(number(bound)) | \(number(distance)) "
        + "| \(number(noise)) | \(number(learned.record.seconds)) |\n"
      if bound >= Self.goal {
        let reason =
          distance < noise + Self.goal
          ? "the bound, which adds the errors of all levels, and not what is drawn"
          : "the draws too"
        misses.append(
          "\(law.name) in \(law.dimension): the bound of TV is \(number(bound)), above \(Self.goal): "
            + "\(reason); \(number(divergence)) nats are lost, the most at "
            + "tau^2 = \(number(worstLevel(of: learned, law))).")
      }
    }
    return text + "\n"
      + (misses.isEmpty
        ? "All bounds are below \(Self.goal).\n" : misses.joined(separator: "\n\n") + "\n")
  }

  /// tau^2 of the level with the largest share of the path KL by log tau.
  private func worstLevel(of learned: LearnedPolynomials, _ law: SmoothLaw) -> Double {
    let shares = learned.score.levels.map { level in
      (
        level.variance,
        level.variance
          * law.scoreError(of: learned.score, addedVariance: level.addedVariance, count: 2_000)
      )
    }
    return shares.max { $0.1 < $1.1 }?.0 ?? .nan
  }
}
