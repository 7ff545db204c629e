import RealModule

/// Chooses at which nodes of the pilot's paths the sampler evaluates the score.
enum NodePlan {
  /// `steps` + 1 nodes, the first 0 and the last the end of the paths.
  static func nodes(_ paths: PilotPaths, steps: Int, tail: Double) -> [Int] {
    let optimised = min(steps, mostOptimised)
    var costs = StepCosts(paths)
    let nodes = optimise(&costs, steps: optimised, intervals: paths.intervals)
    let mixing = max(0, 0.5 * (1 - 10 / Double(steps)))
    guard optimised < steps || mixing > 0 else { return nodes }
    return refine(nodes, paths, steps: steps, tail: tail, mixing: mixing)
  }

  /// The most nodes that are placed one by one; more are spread between them.
  private static let mostOptimised = 24

  /// Coordinate descent on the sum of the errors of the steps, with ever shorter moves of one node or
  /// of all that follow.
  private static func optimise(
    _ costs: inout StepCosts, steps: Int, intervals: Int
  ) -> [Int] {
    var nodes = [Double].evenly(
      from: 0, to: Double(intervals - 1 - intervals / 8), count: steps
    ).map { Int($0.rounded(.toNearestOrEven)) }
    nodes.append(intervals)
    var move = max(2, intervals / 20)
    while move >= 1 {
      for _ in 0..<4 { guard sweep(&nodes, move, &costs) else { break } }
      move /= 2
    }
    return nodes
  }

  /// Tries to move each node; whether something has changed.
  private static func sweep(_ nodes: inout [Int], _ move: Int, _ costs: inout StepCosts) -> Bool {
    let steps = nodes.count - 1
    let end = nodes[steps]
    var hasChanged = false
    for index in 1..<max(1, steps) {
      for shift in [-move, move] {
        let place = nodes[index] + shift
        if nodes[index - 1] < place, place < nodes[index + 1], place < end {
          let touched = index - 1..<index + StepCosts.history
          let before = costs.cost(of: nodes, steps: touched)
          var moved = nodes
          moved[index] = place
          if costs.cost(of: moved, steps: touched) < before * (1 - 1e-4) {
            nodes = moved
            hasChanged = true
          }
        }
        var moved = nodes
        moved[index] = place
        for later in (index + 1)..<max(index + 1, steps) { moved[later] += shift }
        guard moved[index] > moved[index - 1], moved[steps - 1] < end else { continue }
        let touched = index - 1..<steps
        if costs.cost(of: moved, steps: touched)
          < costs.cost(of: nodes, steps: touched) * (1 - 1e-4)
        {
          nodes = moved
          hasChanged = true
        }
      }
    }
    return hasChanged
  }

  /// More nodes between those placed one by one, mixed with an even spread, which serves rare points
  /// that the pilot has not seen.
  private static func refine(
    _ nodes: [Int], _ paths: PilotPaths, steps: Int, tail: Double, mixing: Double
  ) -> [Int] {
    let (intervals, placed) = (paths.intervals, nodes.count - 1)
    let even = [Double].evenly(from: 0, to: 1, count: placed)
    var places = nodes[..<placed].map { Double($0) }
    let mesh = [Double].evenly(from: 0, to: Double(intervals - 1), count: 8 * intervals)
    var shares: [Double]
    if placed < steps {
      places = smoothed(places)
      shares = MonotoneCubic(places + [Double(intervals)], even + [1]).values(at: mesh)
        .map { min(max($0, 0), 1) }
    } else {
      shares = interpolated(mesh, places, even)
    }
    let lowest = min(paths.deviations[nodes[placed - 1]], tail)
    let reached = paths.deviations[..<intervals].firstIndex { $0 <= lowest } ?? intervals - 1
    for (index, place) in mesh.enumerated() {
      let spread = min(max(place / Double(max(reached, 1)), 0), 1)
      shares[index] = (1 - mixing) * shares[index] + mixing * spread + 1e-12 * place
    }
    var refined = interpolated([Double].evenly(from: 0, to: 1, count: steps), shares, mesh)
      .map { Int($0.rounded(.toNearestOrEven)) }
    for index in 1..<max(1, steps) { refined[index] = max(refined[index], refined[index - 1] + 1) }
    for index in refined.indices {
      refined[index] = min(refined[index], intervals - steps + index)
    }
    return refined + [intervals]
  }

  /// Places whose gaps are moving averages of five.
  private static func smoothed(_ places: [Double]) -> [Double] {
    let gaps = zip(places.dropFirst(), places).map { $0 - $1 }
    guard let last = places.last, gaps.count > 1 else { return places }
    let averages = gaps.indices.map { index in
      (-2...2).reduce(0) { $0 + gaps[min(max(index + $1, 0), gaps.count - 1)] } / 5
    }
    let factor = last / averages.reduce(0, +)
    var sum = 0.0
    return [0]
      + averages.map { gap in
        sum += gap
        return sum * factor
      }
  }

  /// Linear interpolation at ascending places, constant beyond the ends.
  private static func interpolated(
    _ places: [Double], _ x: [Double], _ y: [Double]
  ) -> [Double] {
    var index = 0
    return places.map { place in
      if place <= x[0] { return y[0] }
      if place >= x[x.count - 1] { return y[y.count - 1] }
      while x[index + 1] < place { index += 1 }
      return y[index] + (y[index + 1] - y[index]) * (place - x[index]) / (x[index + 1] - x[index])
    }
  }
}
