import Ornstein
import RealModule

/// The page that `plan --report` writes: what each part costs, where the steps lie, and whether the
/// predictions hold.
struct PlanReport {
  private let answer: PlanAnswer
  private let planner: Planner
  private let name: String
  private let error: Double?
  private let curve: [PlanAnswer]

  /// Measures what the page shows: the errors at other numbers of steps.
  init(_ answer: PlanAnswer, planner: Planner, name: String, error: Double?) throws {
    self.answer = answer
    self.planner = planner
    self.name = name
    self.error = error
    let steps = Self.steps(of: answer)
    curve = try [0.25, 0.5, 1, 2, 4].compactMap { factor in
      let count = Int((Double(steps) * factor).rounded())
      guard count >= 2, count <= 2048 else { return nil }
      if factor == 1 { return answer }
      return try planner.best(
        steps: count, predictor: answer.plan.predictor, metric: answer.budget.metric)
    }
  }

  private static func steps(of answer: PlanAnswer) -> Int { answer.plan.grid.steps }

  /// Writes the page, whole or not at all.
  func write(to path: String) throws {
    let file = try AtomicFile(path: path)
    try file.write(Array(try html.utf8))
    try file.commit()
  }

  private var html: String {
    get throws {
      var page = Page(title: "Plan for \(name)")
      page.paragraph(
        "\(answer.plan.predictor.name), \(answer.evaluations) evaluations a row"
          + (error.map { ", for an error of at most \(Spelling.number($0))" } ?? "") + ".")
      page.heading("Budget")
      page.paragraph(
        "\(answer.budget.metric.title) from the \(answer.budget.reference.rawValue), part by part. "
          + "Parts of which nothing is known have no bar.")
      page.figures([budgetBar], caption: "What each part costs.")
      page.table(
        header: ["part", answer.budget.metric.rawValue],
        rows: ErrorBudget.Part.allCases.map { [$0.rawValue, answer.budget[$0].text] }
          + [["whole", answer.budget.total.text]])
      page.heading("Error against evaluations")
      page.figures(
        [errorCurve],
        caption: "The whole error, or the sum of its known parts, of the same sampler.")
      page.table(
        header: ["evaluations", "predicted"],
        rows: curve.map { ["\($0.evaluations)", $0.budget.known.text] })
      page.heading("Grid")
      page.figures([try gridCurve()], caption: gridCaption)
      if let check = try measured() {
        page.heading("Predicted against measured")
        page.paragraph("The same plan, measured again on other rows than those of the prediction.")
        page.table(
          header: ["", answer.budget.metric.rawValue],
          rows: [["predicted", answer.budget.known.text], ["measured", check.text]])
      }
      return page.html
    }
  }

  /// Parts as stretches of one bar.
  private var budgetBar: String {
    var drawing = Drawing(width: 640, height: 96)
    let known = ErrorBudget.Part.allCases.filter {
      answer.budget[$0].isKnown && answer.budget[$0].value > 0
    }
    let sum = known.reduce(0) { $0 + answer.budget[$1].value }
    var x = 10.0
    for (index, part) in ErrorBudget.Part.allCases.enumerated() {
      let colour = Plot.colours[index]
      if known.contains(part), sum > 0 {
        let width = 620 * answer.budget[part].value / sum
        drawing.rectangle(x: x, y: 12, width: width, height: 30, style: .init(fill: colour))
        x += width
      }
      let left = 10 + 155 * Double(index)
      drawing.rectangle(x: left, y: 56, width: 12, height: 12, style: .init(fill: colour))
      drawing.text(part.rawValue, x: left + 18, y: 66)
      drawing.text(answer.budget[part].text, x: left + 18, y: 82)
    }
    return drawing.svg
  }

  private var errorCurve: String {
    let points = curve.filter { $0.budget.known.value > 0 }.map {
      (x: Double($0.evaluations), y: $0.budget.known.value)
    }
    var plot = Plot(
      "Error against evaluations",
      x: Axis("evaluations", around: points.map(\.x), scale: .logarithmic),
      y: Axis(
        answer.budget.metric.rawValue, around: points.map(\.y) + (error.map { [$0] } ?? []),
        scale: .logarithmic))
    plot.line(points, colour: Plot.colours[0], name: answer.plan.predictor.name)
    plot.dots(points, colour: Plot.colours[0], radius: 3, opacity: 1)
    if let error {
      let ends = points.map(\.x)
      plot.line(
        [(ends.min() ?? 1, error), (ends.max() ?? 2, error)], colour: Plot.colours[1],
        name: "wanted")
    }
    return plot.svg
  }

  private var gridCaption: String {
    answer.path == nil
      ? "The noise deviation sigma / alpha at each step."
      : "What a short step costs at each time, the square root of cost / length^2, with the steps."
  }

  /// The steps on the curve of what steps cost; for samplers without such a curve, the levels.
  private func gridCurve() throws -> String {
    let levels = try planner.subject.levels(of: answer.plan)
    guard answer.path != nil, let freezing = Freezing(of: answer.plan) else {
      let points = levels.enumerated().compactMap { index, level in
        level.sigma > 0 ? (x: Double(index), y: level.sigma / level.alpha) : nil
      }
      var plot = Plot(
        "Levels", x: Axis("step", around: points.map(\.x)),
        y: Axis("sigma / alpha", around: points.map(\.y), scale: .logarithmic))
      plot.line(points, colour: Plot.colours[0], opacity: 0.5)
      plot.dots(points, colour: Plot.colours[0], radius: 3, opacity: 1)
      return plot.svg
    }
    let times = levels.map(\.canonicalTime)
    let (low, high) = (times.min() ?? 0.01, times.max() ?? 1)
    let statistics = try planner.subject.pathStatistics(
      at: CandidateTimes.evenInLogSNR(97, from: low, to: high), process: answer.plan.process,
      threads: planner.threads)
    let cost = PathCost(statistics, freezing: freezing)
    let curve = (1..<cost.times.count).map { index in
      let (a, b) = (cost.times[index - 1], cost.times[index])
      return (
        x: (a * b).squareRoot(),
        y: max(cost.cost(from: index, to: index - 1), 0).squareRoot() / (b - a)
      )
    }
    var plot = Plot(
      "Cost of a short step", x: Axis("canonical time", low...high, scale: .logarithmic),
      y: Axis("root of cost / length", around: curve.map(\.y), scale: .logarithmic))
    plot.line(curve, colour: Plot.colours[0])
    let bottom = curve.map(\.y).filter { $0 > 0 }.min() ?? 1
    plot.dots(times.map { ($0, bottom) }, colour: Plot.colours[1], radius: 2.5, opacity: 1)
    return plot.svg
  }

  /// The whole error on other rows.
  private func measured() throws -> Quantity? {
    guard answer.budget.whole?.isKnown == true, answer.path == nil else { return nil }
    var plan = answer.plan
    plan.seed &+= 1
    return try planner.subject.flowBudget(
      of: plan, metric: answer.budget.metric, rows: 4000, threads: planner.threads
    ).whole
  }
}
