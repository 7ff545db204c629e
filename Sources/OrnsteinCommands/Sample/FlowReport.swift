import Ornstein
import RealModule

/// The page that `sample --report` writes: how noise became data.
struct FlowReport {
  private static let shownPaths = 60
  private static let panels = 6

  /// What the rows were drawn from.
  let name: String
  /// What decided how.
  let facts: [[String]]
  /// The noise of the positions at every state but the last.
  let levels: [NoiseLevel]
  /// The ways; the first columns are positions.
  let ways: WayExcerpt
  /// The number of coordinates of a position.
  let dimension: Int
  /// The exact law, where it is known.
  let target: (any LogDensityModel<Double>)?

  /// The page.
  var page: Page {
    var page = Page(title: "From noise to \(name)")
    page.table(rows: facts)
    guard ways.count > 0 else { return page }
    page.heading("The flow")
    if dimension == 1 {
      page.figures([lines], caption: linesCaption)
    } else {
      page.figures(
        panels.map(cloud),
        caption: "The first \(ways.count) rows, coordinates x0 and x1, divided by the scale "
          + "sqrt(alpha^2 + sigma^2) of their level; the last picture shows the finished points.")
    }
    if hasVelocities {
      page.heading("Positions and velocities")
      page.figures(
        panels.map(portrait),
        caption: "The first \(ways.count) rows, coordinate x0 and its velocity v0. Noise enters "
          + "velocities alone and reaches positions through them.")
    }
    page.heading("The noise levels")
    page.figures(
      [steps],
      caption: "sigma / alpha \(hasVelocities ? "of positions " : "")at the beginning of each step."
    )
    page.heading("The points")
    page.table(
      header: ["coordinate", "mean", "standard deviation", "lowest", "highest"], rows: moments)
    return page
  }

  // MARK: One dimension

  private var linesCaption: String {
    let shade = target == nil ? "" : " Shaded: the exact density at each level."
    return "The ways of \(min(ways.count, Self.shownPaths)) rows, divided by the scale "
      + "sqrt(alpha^2 + sigma^2) of their level.\(shade)"
  }

  private var lines: String {
    let heights = (0..<min(ways.count, Self.shownPaths)).map { row in
      levels.indices.map { ways[row, $0, 0] / levels[$0].scale } + [ways[row, levels.count, 0]]
    }
    let axis = Axis("x", around: heights.flatMap { $0 })
    var plot = Plot(
      "Ways from noise to data", x: Axis("step", 0...Double(levels.count)), y: axis, width: 720,
      height: 380)
    shade(&plot, axis)
    for height in heights {
      plot.line(
        height.enumerated().map { (x: Double($0.offset), y: $0.element) },
        colour: Plot.colours[1], width: 0.8, opacity: 0.6)
    }
    return plot.svg
  }

  /// Fills columns with the exact density, where it is known.
  private func shade(_ plot: inout Plot, _ axis: Axis) {
    guard let target else { return }
    let cells = 80
    let (low, high) = (axis.range.lowerBound, axis.range.upperBound)
    let height = (high - low) / Double(cells)
    let every = max(1, levels.count / 80)
    for index in stride(from: 0, to: levels.count, by: every) where levels[index].sigma > 0 {
      let scale = levels[index].scale
      let centres = (0..<cells).map { low + (Double($0) + 0.5) * height }
      let densities = target.logDensity(
        of: Batch(rows: centres.map { [$0 * scale] }), at: levels[index])
      let most = densities.max() ?? 0
      for (cell, density) in densities.enumerated() {
        let opacity = 0.45 * Double.exp(density - most)
        guard opacity > 0.01 else { continue }
        plot.cell(
          from: (Double(index), low + Double(cell) * height),
          to: (Double(min(index + every, levels.count)), low + Double(cell + 1) * height),
          colour: Plot.colours[0], opacity: opacity)
      }
    }
  }

  // MARK: Two dimensions and more

  /// The states that have a picture each, from noise to data.
  private var panels: [Int] {
    Set((0..<Self.panels).map { $0 * levels.count / (Self.panels - 1) }).sorted()
  }

  private func cloud(_ state: Int) -> String {
    dots(state, 1, scale: state == levels.count ? 1 : levels[state].scale)
  }

  /// Positions against velocities.
  private func portrait(_ state: Int) -> String { dots(state, dimension, scale: 1) }

  /// Column 0 against another one.
  private func dots(_ state: Int, _ column: Int, scale: Double) -> String {
    let points = (0..<ways.count).map { row in
      (x: ways[row, state, 0] / scale, y: ways[row, state, column] / scale)
    }
    let title =
      state == levels.count
      ? "finished" : "step \(state): sigma / alpha = \(Spelling.number(ratio(state), digits: 3))"
    var plot = Plot(
      title, x: Axis(ways.columns[0], around: points.map(\.x)),
      y: Axis(ways.columns[column], around: points.map(\.y)), width: 300, height: 280)
    plot.dots(points, colour: Plot.colours[0], radius: 1.4, opacity: 0.6)
    return plot.svg
  }

  private var hasVelocities: Bool { ways.columns.count > dimension }

  // MARK: Both

  private func ratio(_ index: Int) -> Double { levels[index].sigma / levels[index].alpha }

  private var steps: String {
    let points = levels.indices.map { (x: Double($0), y: ratio($0)) }.filter { $0.y > 0 }
    var plot = Plot(
      "Noise levels", x: Axis("step", 0...Double(max(1, levels.count - 1))),
      y: Axis("sigma / alpha", around: points.map(\.y), scale: .logarithmic))
    plot.line(points, colour: Plot.colours[0])
    plot.dots(points, colour: Plot.colours[0], radius: 2, opacity: 1)
    return plot.svg
  }

  private var moments: [[String]] {
    let count = Double(ways.count)
    let shown = min(dimension, 50)
    let velocities = hasVelocities ? dimension..<dimension + shown : 0..<0
    return (Array(0..<shown) + velocities).map { axis in
      let values = (0..<ways.count).map { ways[$0, levels.count, axis] }
      let mean = values.reduce(0, +) / count
      let square = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      let numbers = [
        mean, (square / max(1, count - 1)).squareRoot(), values.min() ?? 0, values.max() ?? 0,
      ]
      return [ways.columns[axis]] + numbers.map { Spelling.number($0) }
    }
  }
}
