import Ornstein

/// The page that `fit --report` writes: what was learned, how it went, what it costs to draw, and drawn
/// rows beside those of the table.
struct FitPage {
  private static let mostRows = 5_000
  private static let mostColumns = 24
  private static let bins = 40
  private static let steps = 100

  private let model: TableModel
  private let name: String
  private let table: Table
  private let drawn: Table
  private let budget: ErrorBudget
  private let plan: SamplingPlan

  /// Draws rows and measures the budget of the plan that draws them.
  init(_ model: TableModel, name: String, table: Table, seed: UInt64, threads: Int) throws {
    self.model = model
    self.name = name
    self.table = table
    plan = model.plan(steps: Self.steps, seed: seed)
    drawn = try model.sample(
      min(max(table.rowCount, 500), Self.mostRows), plan, seed: seed, threads: threads)
    budget = try Planner(
      LearnedSubject(model.score, moments: model.moments), standard: plan, threads: threads
    ).best(steps: Self.steps, predictor: .frozenScore, metric: .divergence).budget
  }

  /// Writes the page, whole or not at all.
  func write(to path: String) throws {
    let file = try AtomicFile(path: path)
    try file.write(Array(html.utf8))
    try file.commit()
  }

  private var html: String {
    var page = Page(title: "What was learned from \(name)")
    page.table(rows: facts)
    if let training = model.learned.network?.training, training.history.count > 1 {
      page.heading("Training")
      page.figures(
        [losses(training)],
        caption: "The loss on the rows that were kept out, with the weights averaged, and the "
          + "smoothed training loss.")
    }
    page.heading("Budget")
    page.paragraph(
      "What a hundred optimal steps of \(PredictorSpecification.frozenScore.name) cost: "
        + "KL divergence of the paths, in nats, part by part. What the score is off by shows in the "
        + "log-density of rows that were kept out, not here.")
    page.table(
      header: ["part", budget.metric.rawValue],
      rows: ErrorBudget.Part.allCases.map { [$0.rawValue, budget[$0].text] })
    page.heading("Columns")
    page.figures(
      columns,
      caption:
        "The rows of the table (blue) and \(drawn.rowCount) drawn ones (orange), as shares of "
        + "all rows.")
    return page.html
  }

  private var facts: [[String]] {
    let record = model.record
    var rows = [
      ["learner", model.learned.learner],
      ["rows", "\(record.rows), of which \(record.heldOutRows) kept out"],
      ["columns", "\(model.schema.columns.count), as \(model.schema.dimension) coordinates"],
      ["seconds", Spelling.number(record.seconds)],
      ["seed", "\(record.seed)"],
      ["process", model.process.name],
    ]
    if let density = record.heldOutLogDensity {
      rows.append([
        "held-out log-density",
        "\(Spelling.number(density.mean)) ± \(Spelling.number(density.standardError, digits: 2)) "
          + "nats a row (\(density.rows) rows)",
      ])
    }
    return rows + record.remarks.map { ["remark", $0] }
  }

  private func losses(_ training: TrainingRecord) -> String {
    let heldOut = training.history.map { (x: Double($0.step), y: $0.loss) }
    let smoothed = training.history.compactMap { point in
      point.trainingLoss.map { (x: Double(point.step), y: $0) }
    }
    // The first losses are of a network that knows nothing and would hide all the rest.
    let later = (heldOut + smoothed).filter { $0.x > 0 }.map(\.y)
    var plot = Plot(
      "Loss", x: Axis("step", around: heldOut.map(\.x)), y: Axis("loss", around: later), width: 640)
    plot.line(smoothed, colour: Plot.colours[1], name: "training")
    plot.line(heldOut, colour: Plot.colours[0], name: "kept out")
    return plot.svg
  }

  // MARK: Columns

  private var columns: [String] {
    model.schema.columns.prefix(Self.mostColumns).compactMap { column in
      guard let real = table[column.name], let new = drawn[column.name] else { return nil }
      switch (real.cells, new.cells) {
      case (.numbers, .numbers): return histogram(column.name, real, new)
      case (.text(_, let values), _): return shares(column.name, values, real, new)
      case (.numbers, .text): return nil
      }
    }
  }

  private func numbers(_ column: Column) -> [Double] {
    guard case .numbers(let values) = column.cells else { return [] }
    return values.enumerated().filter { !column.isMissing($0.offset) }.map(\.element)
  }

  private func histogram(_ name: String, _ real: Column, _ new: Column) -> String? {
    let values = numbers(real)
    guard let low = values.min(), let high = values.max(), low < high else { return nil }
    let axis = Axis(name, low...high)
    func outline(_ column: Column) -> [(x: Double, y: Double)] {
      var counts = [Double](repeating: 0, count: Self.bins)
      for value in numbers(column) {
        let place = Int(min(max(axis.fraction(of: value), 0), 1) * Double(Self.bins))
        counts[min(place, Self.bins - 1)] += 1 / Double(max(column.count, 1))
      }
      let width = high / Double(Self.bins) - low / Double(Self.bins)
      return counts.enumerated().flatMap { bin, share in
        let left = low + Double(bin) * width
        return [(x: left, y: share), (x: left + width, y: share)]
      }
    }
    let (first, second) = (outline(real), outline(new))
    let most = (first + second).map(\.y).max() ?? 1
    var plot = Plot(
      name, x: axis, y: Axis("share", 0...1.05 * most), width: 340, height: 220)
    plot.line(first, colour: Plot.colours[0])
    plot.line(second, colour: Plot.colours[1])
    return plot.svg
  }

  private func shares(
    _ name: String, _ values: [String], _ real: Column, _ new: Column
  ) -> String {
    let shown = values.prefix(30)
    func shares(_ column: Column) -> [Double] {
      var counts: [String: Double] = [:]
      for row in 0..<column.count {
        if let text = column.text(row) { counts[text, default: 0] += 1 / Double(column.count) }
      }
      return shown.map { counts[$0] ?? 0 }
    }
    let (first, second) = (shares(real), shares(new))
    var plot = Plot(
      name, x: Axis("value", -0.5...Double(shown.count) - 0.5),
      y: Axis("share", 0...1.05 * ((first + second).max() ?? 1)), width: 340, height: 220)
    for (index, share) in first.enumerated() {
      plot.cell(
        from: (Double(index) - 0.35, 0), to: (Double(index), share), colour: Plot.colours[0],
        opacity: 1)
    }
    for (index, share) in second.enumerated() {
      plot.cell(
        from: (Double(index), 0), to: (Double(index) + 0.35, share), colour: Plot.colours[1],
        opacity: 1)
    }
    return plot.svg
  }
}
