import Ornstein
import RealModule

/// The page of discrete states: the frequencies of states at each level against their exact law.
struct DiscreteFlowReport {
  private static let shownCoordinates = 6
  private static let shownStates = 64
  private static let shownLevels = 80

  private let name: String
  private let facts: [[String]]
  private let process: DiscreteProcess
  private let times: [Double]
  private let ways: WayExcerpt
  private let target: DiscreteTarget?
  /// For each shown coordinate, then each level, the share of every state.
  private let frequencies: [[[Double]]]
  /// The exact shares, where the law of the data is known.
  private let marginals: [[[Double]]]?

  init(name: String, facts: [[String]], sampler: DiscreteSampler, ways: WayExcerpt) {
    self.name = name
    self.facts = facts
    self.ways = ways
    let (process, times) = (sampler.process, sampler.times)
    (self.process, self.times) = (process, times)
    let target = sampler.model as? DiscreteTarget
    self.target = target
    let coordinates = 0..<min(sampler.model.dimension, Self.shownCoordinates)
    frequencies = coordinates.map { coordinate in
      times.indices.map { level in
        var shares = [Double](repeating: 0, count: process.symbols)
        for row in 0..<ways.count {
          shares[Int(ways[row, level, coordinate])] += 1 / Double(ways.count)
        }
        return shares
      }
    }
    marginals = target.map { target in
      coordinates.map { coordinate in
        times.map { target.marginal(of: coordinate, under: process, at: $0) }
      }
    }
  }

  /// The page.
  var page: Page {
    var page = Page(title: "From noise to \(name)")
    page.table(rows: facts)
    guard ways.count > 0 else { return page }
    page.heading("The flow")
    page.figures(frequencies.indices.flatMap(heat), caption: flowCaption)
    page.heading("The levels")
    page.figures([settled, distance, rates].compactMap { $0 }, caption: levelsCaption)
    page.heading("The points")
    page.table(header: header, rows: states)
    if let points {
      page.paragraph("The likeliest points, all coordinates together:")
      page.table(header: ["point"] + header.dropFirst(2), rows: points)
    }
    return page
  }

  private var stop: Int { times.count - 1 }

  // MARK: Pictures

  private var flowCaption: String {
    let law = marginals == nil ? "" : "; right: the exact law of noised data at the same level"
    let mask = process.mask == nil ? "" : " The highest state is the mask."
    let rest =
      process.symbols > Self.shownStates ? " Only the first \(Self.shownStates) states." : ""
    return "Left: the share of each state among the first \(ways.count) rows, the darker the more"
      + "\(law).\(mask)\(rest)"
  }

  /// A coordinate's shares by level, drawn and exact.
  private func heat(_ coordinate: Int) -> [String] {
    let name = "x\(coordinate)"
    var pictures = [heat("\(name), rows", frequencies[coordinate])]
    if let marginals { pictures.append(heat("\(name), exact law", marginals[coordinate])) }
    return pictures
  }

  private func heat(_ title: String, _ shares: [[Double]]) -> String {
    let states = min(process.symbols, Self.shownStates)
    var plot = Plot(
      title, x: Axis("step", 0...Double(times.count)),
      y: Axis("state", -0.5...Double(states) - 0.5),
      width: 440, height: 240)
    let every = (times.count + Self.shownLevels - 1) / Self.shownLevels
    for level in stride(from: 0, to: times.count, by: every) {
      // The last column stands for the stop, whatever is skipped.
      let shown = level + every >= times.count ? stop : level
      for state in 0..<states where shares[shown][state] > 0.004 {
        plot.cell(
          from: (Double(level), Double(state) - 0.5),
          to: (Double(min(level + every, times.count)), Double(state) + 0.5),
          colour: Plot.colours[0], opacity: shares[shown][state])
      }
    }
    return plot.svg
  }

  private var levelsCaption: String {
    let distance =
      marginals == nil
      ? ""
      : " Middle: total variation between the frequencies of a coordinate and its exact law, the mean "
        + "over coordinates, and what \(ways.count) exact rows would show."
    return "Left: the share of coordinates that are in their last state.\(distance) Right: the "
      + "cumulative rate of noise at each level."
  }

  private var settled: String {
    let count = Double(ways.count * ways.columns.count)
    let points = times.indices.map { level in
      var same = 0
      for row in 0..<ways.count {
        for coordinate in ways.columns.indices
        where ways[row, level, coordinate] == ways[row, stop, coordinate] { same += 1 }
      }
      return (x: Double(level), y: Double(same) / count)
    }
    return plot("Settled coordinates", Axis("share", 0...1), [("rows", points)])
  }

  private var distance: String? {
    guard let marginals else { return nil }
    func mean(_ value: (_ coordinate: Int, _ level: Int) -> Double) -> [(x: Double, y: Double)] {
      times.indices.map { level in
        let sum = frequencies.indices.reduce(0) { $0 + value($1, level) }
        return (x: Double(level), y: sum / Double(frequencies.count))
      }
    }
    let drawn = mean { coordinate, level in
      zip(frequencies[coordinate][level], marginals[coordinate][level])
        .reduce(0) { $0 + abs($1.0 - $1.1) } / 2
    }
    // The mean absolute deviation of a frequency, by the normal approximation.
    let floor = mean { coordinate, level in
      marginals[coordinate][level].reduce(0) {
        $0 + Double.sqrt(2 * $1 * max(0, 1 - $1) / (.pi * Double(ways.count))) / 2
      }
    }
    let axis = Axis("total variation", around: [0] + (drawn + floor).map(\.y))
    return plot("Distance from the exact law", axis, [("rows", drawn), ("exact rows", floor)])
  }

  private var rates: String {
    let points = times.indices.map { (x: Double($0), y: times[$0]) }.filter { $0.y > 0 }
    let axis = Axis("cumulative rate", around: points.map(\.y), scale: .logarithmic)
    return plot("Levels", axis, [("", points)])
  }

  private func plot(
    _ title: String, _ axis: Axis, _ lines: [(name: String, points: [(x: Double, y: Double)])]
  ) -> String {
    var plot = Plot(title, x: Axis("step", 0...Double(stop)), y: axis, width: 330, height: 260)
    for (index, line) in lines.enumerated() {
      plot.line(
        line.points, colour: Plot.colours[index], name: lines.count > 1 ? line.name : nil)
    }
    return plot.svg
  }

  // MARK: Tables

  private var header: [String] {
    ["coordinate", "state", "share of rows"]
      + (target == nil ? [] : ["exact at the stop", "difference in standard errors"])
  }

  /// A share beside its exact value.
  private func shares(_ drawn: Double, _ exact: Double?) -> [String] {
    guard let exact else { return [Spelling.number(drawn)] }
    let error = Double.sqrt(exact * max(0, 1 - exact) / Double(ways.count))
    return [
      Spelling.number(drawn), Spelling.number(exact),
      error > 0 ? Spelling.number((drawn - exact) / error, digits: 2) : drawn == exact ? "0" : "-",
    ]
  }

  private var states: [[String]] {
    frequencies.indices.flatMap { coordinate in
      (0..<min(process.symbols, Self.shownStates)).map { state in
        ["x\(coordinate)", state == process.mask ? "\(state) (mask)" : "\(state)"]
          + shares(frequencies[coordinate][stop][state], marginals?[coordinate][stop][state])
      }
    }
  }

  /// The likeliest points under the exact law, where all can be listed.
  private var points: [[String]]? {
    guard let target, target.dimension > 1, pointCount <= 4096,
      let law = try? DiscreteLaw(of: target, under: process, at: times[stop])
    else { return nil }
    var counts = [Double](repeating: 0, count: law.probabilities.count)
    for row in 0..<ways.count {
      counts[ways.columns.indices.reduce(0) { $0 * process.symbols + Int(ways[row, stop, $1]) }] +=
        1
    }
    let order = law.probabilities.indices.sorted {
      (law.probabilities[$0], $1) > (law.probabilities[$1], $0)
    }
    return order.prefix(12).map { index in
      [law.point(index).map { "\($0)" }.joined(separator: ", ")]
        + shares(counts[index] / Double(ways.count), law.probabilities[index])
    }
  }

  private var pointCount: Double {
    .pow(Double(process.symbols), Double(ways.columns.count))
  }
}
