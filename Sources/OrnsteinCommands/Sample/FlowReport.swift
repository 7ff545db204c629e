import Ornstein
import RealModule

/// The page that `sample --report` writes: how noise became data.
struct FlowReport {
  private static let shownRows = 400
  private static let shownPaths = 60
  private static let panels = 6

  private let name: String
  private let levels: [NoiseLevel]
  private let program: SamplerProgram
  private let plan: SamplingPlan
  /// For each row its points at every state, then the finished one.
  private let paths: [[[Double]]]
  private let target: (any LogDensityModel<Double>)?

  /// Draws the first rows of a sample once more and keeps their ways.
  init<Scalar>(
    of sampler: Sampler<Scalar>, plan: SamplingPlan, name: String, firstRow: Int, rows: Int,
    threads: Int
  ) throws {
    let shown = min(rows, Self.shownRows)
    let batch = try sampler.drawTrajectories(
      rows: firstRow..<firstRow + shown, threads: threads)
    let states = sampler.program.levels.count + 1
    self.name = name
    self.plan = plan
    program = sampler.program
    levels = program.levels
    target = sampler.model as? any LogDensityModel<Double>
    paths = (0..<shown).map { row in
      (0..<states).map { state in
        (0..<batch.dimension).map { Double(batch[row * states + state, $0]) }
      }
    }
  }

  private var dimension: Int { paths.first?.first?.count ?? 0 }

  /// Writes the page; it appears whole or not at all.
  func write(to path: String) throws {
    let file = try AtomicFile(path: path)
    try file.write(Array(page.html.utf8))
    try file.commit()
  }

  private var page: Page {
    var page = Page(title: "From noise to \(name)")
    page.table(rows: facts)
    guard !paths.isEmpty, dimension > 0 else { return page }
    page.heading("The flow")
    if dimension == 1 {
      page.figures([ways], caption: waysCaption)
    } else {
      page.figures(
        clouds,
        caption: "The first \(paths.count) rows, coordinates x0 and x1, divided by the scale "
          + "sqrt(alpha^2 + sigma^2) of their level; the last picture shows the finished points.")
    }
    page.heading("The noise levels")
    page.figures([steps], caption: "sigma / alpha at the beginning of each step.")
    page.heading("The points")
    page.table(
      header: ["coordinate", "mean", "standard deviation", "lowest", "highest"], rows: moments)
    return page
  }

  private var facts: [[String]] {
    var rows = [
      ["sampler", plan.predictor.name + options(plan.predictor.parameters)],
      ["process", plan.process.name + options(plan.process.parameters)],
      ["grid", "\(plan.grid.kind.rawValue), \(levels.count - 1) steps"],
      ["score evaluations a point", "\(program.evaluations)"],
      ["start", plan.initialLaw.rawValue],
      ["finish", plan.finish.rawValue],
      ["seed", "\(plan.seed)"],
    ]
    if let corrector = plan.corrector {
      rows.insert(["corrector", corrector.name + options(corrector.parameters)], at: 1)
    }
    return rows
  }

  private func options(_ parameters: [String: Double]) -> String {
    guard !parameters.isEmpty else { return "" }
    let text = parameters.sorted { $0.key < $1.key }
      .map { "\($0.key) \(Spelling.number($0.value))" }
    return " (\(text.joined(separator: ", ")))"
  }

  // MARK: One dimension

  private var waysCaption: String {
    let shade = target == nil ? "" : " Shaded: the exact density at each level."
    return "The ways of \(min(paths.count, Self.shownPaths)) rows, divided by the scale "
      + "sqrt(alpha^2 + sigma^2) of their level.\(shade)"
  }

  private var ways: String {
    let shown = paths.prefix(Self.shownPaths)
    let heights = shown.map { path in
      levels.indices.map { path[$0][0] / levels[$0].scale } + [path[levels.count][0]]
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

  private var clouds: [String] {
    let last = levels.count
    let states = (0..<Self.panels).map { $0 * last / (Self.panels - 1) }
    return Set(states).sorted().map { state in
      let scale = state == last ? 1 : levels[state].scale
      let points = paths.map { (x: $0[state][0] / scale, y: $0[state][1] / scale) }
      let title =
        state == last
        ? "finished" : "step \(state): sigma / alpha = \(Spelling.number(ratio(state), digits: 3))"
      var plot = Plot(
        title, x: Axis("x0", around: points.map(\.x)), y: Axis("x1", around: points.map(\.y)),
        width: 300, height: 280)
      plot.dots(points, colour: Plot.colours[0], radius: 1.4, opacity: 0.6)
      return plot.svg
    }
  }

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
    let count = Double(paths.count)
    return (0..<min(dimension, 50)).map { axis in
      let values = paths.map { $0[levels.count][axis] }
      let mean = values.reduce(0, +) / count
      let square = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      let numbers = [
        mean, (square / max(1, count - 1)).squareRoot(), values.min() ?? 0, values.max() ?? 0,
      ]
      return ["x\(axis)"] + numbers.map { Spelling.number($0) }
    }
  }
}
