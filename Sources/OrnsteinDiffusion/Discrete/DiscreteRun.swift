import OrnsteinNumerics
import RealModule

/// One row on its way from noise to data.
struct DiscreteRun {
  let row: Int
  let model: any DiscreteModel
  let process: DiscreteProcess
  let point: UnsafeMutableBufferPointer<Int>
  /// Scratch for `dimension * states` numbers.
  let posterior: UnsafeMutableBufferPointer<Double>
  /// Scratch for `symbols` numbers.
  let law: UnsafeMutableBufferPointer<Double>
  var uniforms: UniformCursor

  /// The state at the horizon.
  mutating func begin(_ start: DiscreteTarget?, at time: Double) {
    guard let start else {
      for coordinate in point.indices {
        point[coordinate] =
          process.mask
          ?? min(
            Int(uniforms.next() * Double(process.states)), process.states - 1)
      }
      return
    }
    let clean = start.point(at: uniforms.next())
    for (coordinate, state) in clean.enumerated() {
      for symbol in law.indices {
        law[symbol] = process.transition(from: state, to: symbol, after: time)
      }
      point[coordinate] = uniforms.index(in: law, sum: 1)
    }
  }

  /// Moves all coordinates by their laws given the point at t.
  mutating func step(_ method: DiscreteMethod, from t: Double, to s: Double) throws {
    guard movable > 0 else { return }
    try evaluate(at: t)
    for coordinate in point.indices where canMove(coordinate) {
      method.coordinateLaw(
        into: law, of: point[coordinate], posterior: clean(coordinate), from: t, to: s,
        process: process)
      point[coordinate] = uniforms.index(in: law, sum: law.reduce(0, +))
    }
  }

  /// Unmasks coordinates at their random times between the first and the last of some times.
  ///
  /// A masked coordinate is still masked at s with probability (1 - e^{-s}) / (1 - e^{-T}).
  ///
  /// - Parameters:
  ///   - times: The times of the grid, from the horizon to the stop.
  ///   - reached: Called when the row passes a time after the first, with its number.
  mutating func unmask(along times: [Double], reached: (Int) -> Void) throws {
    let lost = -Double.expMinusOne(-times[0])
    func share(at time: Double) -> Double { -Double.expMinusOne(-time) / lost }
    let last = times.count - 1
    let kept = share(at: times[last])
    var events: [(coordinate: Int, still: Double)] = []
    for coordinate in point.indices where canMove(coordinate) {
      let still = uniforms.next()
      if still >= kept { events.append((coordinate, still)) }
    }
    var next = 1
    for event in events.sorted(by: { ($0.still, $0.coordinate) > ($1.still, $1.coordinate) }) {
      while next < last, share(at: times[next]) > event.still {
        reached(next)
        next += 1
      }
      try evaluate(at: -.log(onePlus: -event.still * lost))
      let states = clean(event.coordinate)
      law.update(repeating: 0)
      for (state, probability) in states.enumerated() { law[state] = probability }
      point[event.coordinate] = uniforms.index(in: law, sum: 1)
    }
    for index in next...last { reached(index) }
  }

  /// Simulates the jumps of [s, t] exactly: candidates of a rate that bounds the reverse rates, each
  /// taken with the probability that the rates at its time give it.
  mutating func thin(from t: Double, to s: Double) throws {
    let largest = process.largestReverseRate(at: s)
    var time = t
    while movable > 0 {
      let bound = Double(movable) * largest
      time += .log(uniforms.next()) / bound
      guard time > s else { return }
      try evaluate(at: time)
      var left = uniforms.next() * bound
      var total = 0.0
      var jump: (coordinate: Int, state: Int)?
      for coordinate in point.indices where canMove(coordinate) {
        total += process.reverseRates(
          into: law, of: point[coordinate], posterior: clean(coordinate), at: time)
        for (state, rate) in law.enumerated() where rate > 0 && jump == nil {
          left -= rate
          if left < 0 { jump = (coordinate, state) }
        }
      }
      guard total <= bound * (1 + 1e-9) else {
        throw DiscreteError.boundExceeded(row: row, time: time, rate: total, bound: bound)
      }
      if let jump { point[jump.coordinate] = jump.state }
    }
  }

  /// The number of coordinates that can move.
  private var movable: Int {
    guard let mask = process.mask else { return point.count }
    return point.reduce(0) { $0 + ($1 == mask ? 1 : 0) }
  }

  private func canMove(_ coordinate: Int) -> Bool {
    process.mask == nil || point[coordinate] == process.mask
  }

  /// The posterior of a clean coordinate.
  private func clean(_ coordinate: Int) -> UnsafeBufferPointer<Double> {
    let first = coordinate * process.states
    return UnsafeBufferPointer(rebasing: posterior[first..<first + process.states])
  }

  private func evaluate(at time: Double) throws {
    var output = MutableSpan(_unsafeElements: posterior)
    model.posterior(
      of: Span(_unsafeElements: UnsafeBufferPointer(point)), at: time, of: process, into: &output)
    for coordinate in point.indices {
      let probabilities = clean(coordinate)
      let sum = probabilities.reduce(0, +)
      guard abs(sum - 1) <= 1e-6, probabilities.allSatisfy({ $0 >= 0 }) else {
        throw DiscreteError.invalidPosterior(row: row, coordinate: coordinate, time: time)
      }
    }
  }
}
