/// Grids whose steps follow a rule with one rate kappa, which is solved for so that they end where
/// they should.
enum GridRates {
  /// t -> t + kappa min(1, t), upwards.
  static func exponential(from low: Double, to high: Double, steps: Int) -> [Double] {
    let kappa = rate(from: low, to: high, steps: steps)
    var times = [low]
    for _ in 0..<steps { times.append(times[times.count - 1].stepped(kappa)) }
    return times
  }

  /// The kappa for which `steps` steps t -> t + kappa min(1, t) lead from one time to the other, by
  /// bisection to the last bit.
  static func rate(from low: Double, to high: Double, steps: Int) -> Double {
    bisected(below: max(high - low, (high - low) / low)) { kappa in
      var time = low
      for _ in 0..<steps {
        time = time.stepped(kappa)
        if time > high { break }
      }
      return time < high
    }
  }

  /// t -> t - kappa min(1, max(t, floor)), downwards; returned in ascending order.
  static func exponentialThenConstant(
    from low: Double, to high: Double, steps: Int, floor: Double
  ) -> [Double] {
    func next(_ time: Double, _ kappa: Double) -> Double {
      time - kappa * min(1, max(time, floor))
    }
    let kappa = bisected(below: max(high - low, (high - low) / min(1, max(high, floor)))) { kappa in
      var time = high
      for _ in 0..<steps {
        time = next(time, kappa)
        if time < low { break }
      }
      return time > low
    }
    var times = [high]
    for _ in 0..<steps { times.append(next(times[times.count - 1], kappa)) }
    return times.reversed()
  }

  /// The point of [0, bound] where `isTooSmall` turns from true to false, to the last bit.
  private static func bisected(below bound: Double, _ isTooSmall: (Double) -> Bool) -> Double {
    var bounds = (low: 0.0, high: bound)
    while true {
      let middle = (bounds.low + bounds.high) / 2
      guard middle > bounds.low, middle < bounds.high else { return middle }
      if isTooSmall(middle) { bounds.low = middle } else { bounds.high = middle }
    }
  }
}

extension Double {
  /// The time after one step upwards of an exponential grid.
  fileprivate func stepped(_ kappa: Double) -> Double { self + kappa * Swift.min(1, self) }
}
