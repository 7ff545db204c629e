import OrnsteinDiffusion

/// The grids of least cost among those that consist of some candidate times, for every number of steps
/// at once.
///
/// With V_n(j) the least cost of n steps from candidate j down to the first,
///
///     V_n(j) = min_{i < j} V_{n-1}(i) + c(i, j),
///
/// and c the cost of a step (``PathCost``). Of equal costs the smallest i is taken. One run gives the
/// grids of all numbers of steps up to the largest, in N M^2 / 2 additions for M candidates, and M^2 / 2
/// numbers of memory.
///
/// - Source: Watson, Ho, Norouzi, Chan, arXiv 2106.03802, for the denoiser.
public struct OptimalGrid: Sendable {
  /// The costs of the steps between candidates.
  public let cost: PathCost
  /// The largest number of steps there is a grid of.
  public let maximumSteps: Int
  /// What it costs to begin at each candidate, or `nil` where one begins at the last.
  public let startCosts: [Double]?
  /// V_n(j), for n from 1.
  private let values: [[Double]]
  /// The i of the minimum.
  private let choices: [[Int32]]
  /// The best start for each n.
  private let starts: [Int]

  /// The best grids.
  ///
  /// - Parameters:
  ///   - cost: The costs of the steps between candidates.
  ///   - maximumSteps: The largest number of steps wanted; at most one less than the candidates, which
  ///     is also taken for `nil`.
  ///   - startCosts: What it costs to begin at each candidate, as KL(p_T | start); then the horizon is
  ///     chosen too. For `nil` one begins at the last.
  public init(_ cost: PathCost, maximumSteps: Int? = nil, startCosts: [Double]? = nil) {
    let count = cost.times.count
    precondition(
      startCosts.map { $0.count == count } ?? true, "Every candidate needs a cost to begin at.")
    self.cost = cost
    self.startCosts = startCosts
    let most = max(1, min(maximumSteps ?? count - 1, count - 1))
    self.maximumSteps = most
    let rows = (0..<count).map { cost.costs(from: $0) }
    var values: [[Double]] = []
    var choices: [[Int32]] = []
    var previous = [Double](repeating: .infinity, count: count)
    previous[0] = 0
    for step in 1...most {
      var next = [Double](repeating: .infinity, count: count)
      var choice = [Int32](repeating: -1, count: count)
      for j in step..<count {
        let (value, place) = leastSum(previous, rows[j], from: step - 1, to: j)
        next[j] = value
        choice[j] = Int32(place)
      }
      values.append(next)
      choices.append(choice)
      previous = next
    }
    self.values = values
    self.choices = choices
    starts = values.map { value in
      guard let startCosts else { return count - 1 }
      var best = count - 1
      for j in (0..<count).reversed()
      where value[j] + startCosts[j] < value[best] + startCosts[best] {
        best = j
      }
      return best
    }
  }

  /// The places of the best grid's times among the candidates, ascending.
  ///
  /// - Parameter steps: From 1 to ``maximumSteps``.
  public func places(steps: Int) -> [Int] {
    check(steps)
    var places = [starts[steps - 1]]
    for n in (1...steps).reversed() {
      places.append(Int(choices[n - 1][places[places.count - 1]]))
    }
    return places.reversed()
  }

  /// The canonical times of the best grid, from the horizon down to the stop.
  ///
  /// - Parameter steps: From 1 to ``maximumSteps``.
  public func canonicalTimes(steps: Int) -> [Double] {
    places(steps: steps).reversed().map { cost.times[$0] }
  }

  /// The cost of the best grid's steps, without what it costs to begin.
  ///
  /// - Parameter steps: From 1 to ``maximumSteps``.
  public func pathCost(steps: Int) -> Double {
    check(steps)
    return values[steps - 1][starts[steps - 1]]
  }

  /// The cost of the best grid, with what it costs to begin if that was given.
  ///
  /// - Parameter steps: From 1 to ``maximumSteps``.
  public func totalCost(steps: Int) -> Double {
    pathCost(steps: steps) + (startCosts?[starts[steps - 1]] ?? 0)
  }

  /// The smallest number of steps whose best grid costs no more, or `nil` if none does.
  ///
  /// The cost falls with the number of steps for an exact score; for others the first number that
  /// meets the cost is taken.
  ///
  /// - Parameter cost: In nats, ``totalCost(steps:)`` of the answer at most.
  public func cheapestSteps(cost: Double) -> Int? {
    (1...maximumSteps).first { totalCost(steps: $0) <= cost }
  }

  /// The best grid for a process.
  ///
  /// - Parameters:
  ///   - steps: From 1 to ``maximumSteps``.
  ///   - process: The process, to whose times the canonical ones are mapped.
  ///   - horizon: The time of the process that the last candidate stands for, to the last bit.
  ///   - stop: The time of the process that the first candidate stands for, to the last bit.
  public func grid(
    steps: Int, for process: any ForwardProcess, horizon: Double? = nil, stop: Double? = nil
  ) -> GridSpecification {
    let places = places(steps: steps)
    var times = places.reversed().map { process.time(ofCanonicalTime: cost.times[$0]) }
    if let horizon, places[places.count - 1] == cost.times.count - 1 { times[0] = horizon }
    if let stop { times[times.count - 1] = stop }
    return GridSpecification(times: times)
  }

  private func check(_ steps: Int) {
    precondition(
      (1...maximumSteps).contains(steps),
      "There is a best grid of 1 to \(maximumSteps) steps, not of \(steps).")
  }
}

/// The least of a[i] + b[i] over a range, and the smallest place of it.
private func leastSum(
  _ a: [Double], _ b: [Double], from first: Int, to end: Int
) -> (value: Double, place: Int) {
  a.withUnsafeBufferPointer { a in
    b.withUnsafeBufferPointer { b in
      var (best, place) = (Double.infinity, first)
      for index in first..<end {
        let sum = a[index] + b[index]
        if sum < best { (best, place) = (sum, index) }
      }
      return (best, place)
    }
  }
}
