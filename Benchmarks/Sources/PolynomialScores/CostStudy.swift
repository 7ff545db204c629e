import Foundation
import Ornstein

/// The cost of learning against the dimension and the number of rows, at a fixed degree.
struct CostStudy {
  private struct Curve {
    var name: String
    var theory: String
    /// The least x that the power is fitted from.
    var from: Double
    var points: [(x: Double, y: Double)] = []
    var features: [Int] = []

    var power: PowerLaw { PowerLaw(of: points.filter { $0.x >= from }) }
  }

  private static let dimensions = [2, 4, 8, 12, 16, 24, 32, 48]
  private static let counts = [2_000, 4_000, 8_000, 16_000, 32_000, 64_000, 128_000, 256_000]
  private static let rows = 20_000

  var threads: Int

  func markdown(figures: Figures) throws -> String {
    let byDimension = try [
      curve("degree 1, all directions", "1 + n", from: 12, Self.dimensions) {
        (try Self.normal(dimension: $0), Self.rows, 1, false)
      },
      curve("degree 2, all directions", "(n + 1)(n + 2) / 2", from: 12, Self.dimensions) {
        (try Self.normal(dimension: $0), Self.rows, 2, false)
      },
      curve(
        "degree 3, all directions", "(n + 1)(n + 2)(n + 3) / 6", from: 8, [2, 4, 8, 12, 16, 20]
      ) {
        (try Self.normal(dimension: $0), Self.rows, 3, false)
      },
      curve("segment, degree 6, directions found", "7", from: 12, Self.dimensions) {
        (try SmoothLaw.segment(dimension: $0), Self.rows, 6, true)
      },
    ]
    let byRows = try [
      curve("n = 2, degree 6", "28", from: 32_000, Self.counts) {
        (try Self.normal(dimension: 2), $0, 6, false)
      },
      curve("n = 8, degree 2", "45", from: 32_000, Self.counts) {
        (try Self.normal(dimension: 8), $0, 2, false)
      },
      curve("n = 16, degree 2", "153", from: 32_000, Self.counts) {
        (try Self.normal(dimension: 16), $0, 2, false)
      },
    ]
    try figures.write(
      "polynomial-cost",
      [
        plot("\(Self.rows) rows", "dimension", byDimension), plot("Fixed degree", "rows", byRows),
      ])
    return """
      ## Cost against dimension and rows

      Seconds a noise level, the least of three runs on \(threads) threads. "All directions": a normal law of \
      variance 2 learned as one of variance 1, so that all polynomials of the degree in all coordinates are fitted; \
      their number F is given. "Directions found": a segment, whose fit finds the one direction along which the \
      posterior mean varies, so that F does not grow. Lines are the fitted powers.

      ![Seconds a level against dimension and rows](\(figures.link("polynomial-cost")))

      \(table("dimension", byDimension))

      \(table("rows", byRows))

      The work that grows is that of products of matrices, rows times F^2, and of a factorisation, F^3. F is of \
      order n^D / D!, so the power of the dimension is at most 2 D while there are more rows than polynomials, and \
      that of the rows at most 1. What does not grow, the cover of \(PolynomialSettings().warmStarts) posterior \
      means among it, makes the flat beginning of the curves; powers are fitted beyond it.

      """
  }

  private static func normal(dimension: Int) throws -> SmoothLaw {
    var law = try SmoothLaw.points("normal", [[Double](repeating: 0, count: dimension)])
    law.baseVariance = 2
    return law
  }

  private func curve(
    _ name: String, _ theory: String, from: Double, _ places: [Int],
    _ make: (Int) throws -> (SmoothLaw, rows: Int, degree: Int, reduces: Bool)
  ) throws -> Curve {
    var curve = Curve(name: name, theory: theory, from: from)
    for place in places {
      let (law, rows, degree, reduces) = try make(place)
      let data = law.draw(rows, seed: 4)
      var settings = PolynomialSettings(
        baseVariance: .known(reduces ? law.baseVariance : law.baseVariance / 2),
        levelRatio: 0.3, maximumDegree: degree)
      settings.copies = 2
      settings.maximumFeatures = 20_000
      settings.reducedAbove = reduces ? 0 : .max
      // One cell, so that all rows carry its polynomials.
      settings.coverRadius = 100
      var least = Double.infinity
      var features = 0
      for _ in 0..<3 {
        let record = try PolynomialRegression(settings).fit(
          data, key: NoiseKey(seed: 5), threads: threads
        ).record
        least = min(least, record.seconds / Double(record.levels.count))
        let rank = record.levels.map(\.rank).max() ?? 0
        features = HermiteBasis.count(dimension: rank, degree: degree) ?? 0
      }
      curve.points.append((Double(place), least))
      curve.features.append(features)
    }
    return curve
  }

  private func table(_ label: String, _ curves: [Curve]) -> String {
    let places = Set(curves.flatMap { $0.points.map(\.x) }).sorted()
    var text =
      "| \(label) | \(curves.map { "\($0.name): seconds | F" }.joined(separator: " | ")) |\n"
      + "|---:|\(curves.map { _ in "---:|---:|" }.joined())\n"
    for place in places {
      let cells = curves.map { curve in
        curve.points.firstIndex { $0.x == place }.map {
          "\(number(curve.points[$0].y)) | \(curve.features[$0])"
        } ?? "- | -"
      }
      text += "| \(Int(place)) | \(cells.joined(separator: " | ")) |\n"
    }
    let powers = curves.map {
      "**\(number($0.power.exponent, 2))** from \(Int($0.from)) on | \($0.theory)"
    }
    return text + "| fitted power | \(powers.joined(separator: " | ")) |"
  }

  private func plot(_ title: String, _ label: String, _ curves: [Curve]) -> String {
    let all = curves.flatMap(\.points)
    var y = Axis("seconds a level", around: all.map(\.y), scale: .logarithmic)
    y.range = y.range.lowerBound...y.range.upperBound * 30
    var plot = Plot(
      title, x: Axis(label, around: all.map(\.x), scale: .logarithmic), y: y)
    for (index, curve) in curves.enumerated() {
      let colour = Plot.colours[index]
      let power = curve.power
      plot.dots(curve.points, colour: colour, radius: 3, opacity: 1)
      plot.line(
        curve.points.filter { $0.x >= curve.from }.map { ($0.x, power($0.x)) }, colour: colour,
        name: "\(curve.name): power \(number(power.exponent, 2))")
    }
    return plot.svg
  }
}
