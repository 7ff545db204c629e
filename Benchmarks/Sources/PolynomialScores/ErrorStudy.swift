import Foundation
import Ornstein

/// The error of the score against the highest degree and the number of rows.
struct ErrorStudy {
  private struct Curve {
    var name: String
    var points: [(x: Double, y: Double)]
  }

  private static let degrees = [0, 1, 2, 3, 4, 6, 8, 10]
  private static let counts = [1_000, 3_162, 10_000, 31_623, 100_000]
  private static let highest = 12
  private static let seeds = 3

  var threads: Int

  func markdown(figures: Figures) throws -> String {
    let law = try SmoothLaw.points(
      "3 points at distance 2", [[-1, 0], [1, 0], [0, 3.0.squareRoot()]])
    let byDegree = try [1_000, 10_000, 100_000].map { rows in
      Curve(
        name: "\(rows) rows",
        points: try Self.degrees.map { degree in
          (Double(degree), try divergence(law, rows: rows, degree: degree))
        })
    }
    let laws = [law, try SmoothLaw.circle(dimension: 2), try SmoothLaw.circle(dimension: 10)]
    let byRows = try laws.map { law in
      Curve(
        name: law.dimension == 2 ? law.name : "\(law.name) in \(law.dimension)",
        points: try Self.counts.map { rows in
          (Double(rows), try divergence(law, rows: rows, degree: Self.highest))
        })
    }
    try figures.write(
      "polynomial-error",
      [
        plot("\(law.name), n = 2", "highest degree", .linear, byDegree),
        plot("Degree chosen up to \(Self.highest)", "rows", .logarithmic, byRows),
      ])
    var text = """
      ## Error against degree and rows

      Path KL in nats, half the integral over noise levels of the mean square error against the exact score; \
      medians over \(Self.seeds) samples.

      ![Path KL against degree and rows](\(figures.link("polynomial-error")))

      | \(law.name): highest degree | \(byDegree.map(\.name).joined(separator: " | ")) |
      |---:|\(byDegree.map { _ in "---:|" }.joined())

      """
    for (index, degree) in Self.degrees.enumerated() {
      text +=
        "| \(degree) | \(byDegree.map { number($0.points[index].y) }.joined(separator: " | ")) |\n"
    }
    text += """

      | rows, degree chosen up to \(Self.highest) | \(byRows.map(\.name).joined(separator: " | ")) |
      |---:|\(byRows.map { _ in "---:|" }.joined())

      """
    for (index, rows) in Self.counts.enumerated() {
      text +=
        "| \(rows) | \(byRows.map { number($0.points[index].y) }.joined(separator: " | ")) |\n"
    }
    let powers = byRows.map { "\(number(PowerLaw(of: $0.points).exponent, 2)) (\($0.name))" }
    text +=
      "\nFitted powers of the rows: \(powers.joined(separator: ", ")). A model of as many numbers at every "
      + "size would have -1.\n"
    for curve in byDegree {
      let last = curve.points[curve.points.count - 1].y
      if let first = curve.points.first(where: { $0.y == last }), first.x < 10 {
        text +=
          "\nWith \(curve.name) cross-validation takes no degree above \(Int(first.x)), so the error stays.\n"
      }
      if let rise = zip(curve.points, curve.points.dropFirst()).first(where: { $1.y > 1.1 * $0.y })
      {
        text +=
          "\nWith \(curve.name) the error rises by more than a tenth from degree \(Int(rise.0.x)) to "
          + "\(Int(rise.1.x)), from \(number(rise.0.y)) to \(number(rise.1.y)): two-fold cross-validation "
          + "chose a degree that these rows do not carry.\n"
      }
    }
    return text
  }

  private func divergence(_ law: SmoothLaw, rows: Int, degree: Int) throws -> Double {
    try (0..<UInt64(Self.seeds)).map { seed in
      law.pathDivergence(
        of: try learn(law, rows: rows, seed: 10 * seed + 1, threads: threads) {
          $0.maximumDegree = degree
        }.score, count: 3_000)
    }.sorted()[Self.seeds / 2]
  }

  private func plot(
    _ title: String, _ label: String, _ scale: Axis.Scale, _ curves: [Curve]
  ) -> String {
    let all = curves.flatMap(\.points)
    var y = Axis("path KL, nats", around: all.map(\.y), scale: .logarithmic)
    // Room for the legend.
    y.range = y.range.lowerBound...y.range.upperBound * 6
    var plot = Plot(title, x: Axis(label, around: all.map(\.x), scale: scale), y: y)
    for (index, curve) in curves.enumerated() {
      let colour = Plot.colours[index]
      plot.line(curve.points, colour: colour, name: curve.name)
      plot.dots(curve.points, colour: colour, radius: 3, opacity: 1)
    }
    return plot.svg
  }
}
