import OrnsteinDiffusion
import RealModule
import TestSupport

/// Small discrete targets, all with dependent coordinates.
enum DiscreteTargets {
  static func make(_ states: Int, _ dimension: Int, _ table: [Double]) -> DiscreteTarget {
    do {
      return try DiscreteTarget(states: states, dimension: dimension, probabilities: table)
    } catch { fatalError("A test target is wrong: \(error)") }
  }

  /// Two signs; state 0 is +1.
  static let square = make(2, 2, [0.5, 0.1, 0.15, 0.25])
  /// Two coordinates of three states, one point impossible.
  static let grid = make(3, 2, [0.2, 0.05, 0.1, 0.02, 0.3, 0.03, 0.2, 0, 0.1])
  /// Three signs.
  static let cube = make(2, 3, [0.3, 0.02, 0.05, 0.13, 0.04, 0.16, 0.1, 0.2])

  static let all = [square, grid, cube]

  static func process(_ kind: DiscreteProcess.Kind, _ target: DiscreteTarget) -> DiscreteProcess {
    do { return try DiscreteProcess(kind, states: target.states) } catch {
      fatalError("A test process is wrong: \(error)")
    }
  }
}

/// A target's posterior, drawn towards equal probabilities: a model with a known error.
struct BlurredModel: DiscreteModel {
  let target: DiscreteTarget
  let share: Double

  var states: Int { target.states }
  var dimension: Int { target.dimension }

  func posterior(
    of point: Span<Int>, at time: Double, of process: DiscreteProcess,
    into posterior: inout MutableSpan<Double>
  ) {
    target.posterior(of: point, at: time, of: process, into: &posterior)
    for index in 0..<posterior.count {
      posterior[index] = (1 - share) * posterior[index] + share / Double(states)
    }
  }
}

extension DiscreteModel {
  func posterior(of point: [Int], at time: Double, of process: DiscreteProcess) -> [Double] {
    var numbers = [Double](repeating: 0, count: dimension * states)
    numbers.withUnsafeMutableBufferPointer { buffer in
      var span = MutableSpan(_unsafeElements: buffer)
      point.withUnsafeBufferPointer {
        posterior(of: Span(_unsafeElements: $0), at: time, of: process, into: &span)
      }
    }
    return numbers
  }
}

/// The p-value of Pearson's test that a sample follows a law; cells that expect fewer than 5 are
/// joined, and impossible points must not occur.
func chiSquaredTest(_ batch: DiscreteBatch, follows law: DiscreteLaw) -> Double {
  let counts = batch.counts(symbols: law.process.symbols)
  let total = Double(batch.count)
  var (statistic, cells) = (0.0, 0)
  var (joined, expectedJoined) = (0.0, 0.0)
  for (count, probability) in zip(counts, law.probabilities) {
    let expected = total * probability
    if expected < 1e-9 * total, count > 0 { return 0 }
    if expected < 5 {
      joined += Double(count)
      expectedJoined += expected
    } else {
      statistic += (Double(count) - expected) * (Double(count) - expected) / expected
      cells += 1
    }
  }
  if expectedJoined > 1 {
    statistic += (joined - expectedJoined) * (joined - expectedJoined) / expectedJoined
    cells += 1
  }
  return StatisticalGate.chiSquaredTail(statistic, degreesOfFreedom: max(cells - 1, 1))
}

/// The slope of log error against log step, by least squares.
func observedOrder(_ points: [(step: Double, error: Double)]) -> Double {
  let logs = points.map { (x: Double.log($0.step), y: Double.log($0.error)) }
  let meanX = logs.reduce(0) { $0 + $1.x } / Double(logs.count)
  let meanY = logs.reduce(0) { $0 + $1.y } / Double(logs.count)
  return logs.reduce(0) { $0 + ($1.x - meanX) * ($1.y - meanY) }
    / logs.reduce(0) { $0 + ($1.x - meanX) * ($1.x - meanX) }
}
