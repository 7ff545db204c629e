import OrnsteinDiffusion
import OrnsteinNumerics
import RealModule

/// The search for the bandwidth of the highest mean log-density.
struct BandwidthSearch {
  private let judges: KernelJudges
  private let threads: Int
  private(set) var trials: [KernelEvent] = []
  private var bracket: (low: Double, high: Double)?

  init(_ judges: KernelJudges, threads: Int) {
    self.judges = judges
    self.threads = threads
  }

  /// The best trial so far.
  var best: KernelEvent? {
    trials.max { $0.meanLogDensity < $1.meanLogDensity }
  }

  /// Tries some bandwidths in one pass; whether to go on.
  mutating func run(_ bandwidths: [Double], _ events: (KernelEvent) -> Bool) -> Bool {
    let findings = judges.distances.findings(
      of: judges.queries, bandwidths: bandwidths, leavingOutCopies: true, threads: threads)
    var goesOn = true
    for (index, bandwidth) in bandwidths.enumerated() {
      let event = KernelEvent(
        evaluation: trials.count + 1, bandwidth: bandwidth,
        meanLogDensity: mean(findings.map { $0.logDensities[index] }))
      trials.append(event)
      goesOn = events(event) && goesOn
    }
    return goesOn
  }

  /// The weighted mean over the rows that have other rows than copies.
  private func mean(_ values: [Double]) -> Double {
    var (sum, total) = (0.0, 0.0)
    for (value, weight) in zip(values, judges.weights) where value > -.infinity {
      sum += weight * value
      total += weight
    }
    return total > 0 ? sum / total : -.infinity
  }

  /// Tries bandwidths that are evenly spread in their logarithm; whether to go on.
  mutating func scan(
    _ range: ClosedRange<Double>, count: Int, _ events: (KernelEvent) -> Bool
  ) -> Bool {
    let low = Double.log(range.lowerBound)
    let step = (Double.log(range.upperBound) - low) / Double(count - 1)
    let grid = (0..<count).map { low + Double($0) * step }
    let goesOn = run(grid.map { Double.exp($0) }, events)
    let best = trials.indices.max { trials[$0].meanLogDensity < trials[$1].meanLogDensity } ?? 0
    bracket = (grid[max(best - 1, 0)], grid[min(best + 1, count - 1)])
    return goesOn
  }

  /// Brent's method on the logarithm between the neighbours of the best of the scan; whether it came to
  /// its end.
  mutating func refine(tolerance: Double, _ events: (KernelEvent) -> Bool) -> Bool {
    guard let bracket, let first = best else { return false }
    var (low, high) = bracket
    var (x, fx) = (Double.log(first.bandwidth), -first.meanLogDensity)
    var (w, fw, v, fv) = (x, fx, x, fx)
    var (step, last) = (0.0, 0.0)
    let golden = (3 - 5.0.squareRoot()) / 2
    for _ in 0..<60 {
      let middle = (low + high) / 2
      guard abs(x - middle) > tolerance - (high - low) / 2 else { return true }
      var isParabolic = false
      if abs(last) > tolerance {
        let r = (x - w) * (fx - fv)
        let q = (x - v) * (fx - fw)
        var p = (x - v) * q - (x - w) * r
        let slope = 2 * (q - r)
        if slope > 0 { p = -p }
        let size = abs(slope)
        if abs(p) < abs(size * last / 2), p > size * (low - x), p < size * (high - x) {
          (last, step) = (step, p / size)
          isParabolic = true
          if x + step - low < tolerance || high - x - step < tolerance {
            step = x < middle ? tolerance / 2 : -tolerance / 2
          }
        }
      }
      if !isParabolic {
        last = x < middle ? high - x : low - x
        step = golden * last
      }
      let least = tolerance / 2
      let u = x + (abs(step) >= least ? step : step > 0 ? least : -least)
      guard run([.exp(u)], events) else { return false }
      let fu = -trials[trials.count - 1].meanLogDensity
      if fu <= fx {
        if u < x { high = x } else { low = x }
        (v, fv, w, fw, x, fx) = (w, fw, x, fx, u, fu)
      } else {
        if u < x { low = u } else { high = u }
        if fu <= fw || w == x {
          (v, fv, w, fw) = (w, fw, u, fu)
        } else if fu <= fv || v == x || v == w {
          (v, fv) = (u, fu)
        }
      }
    }
    return true
  }

  /// The mean log-density at a bandwidth with its standard error.
  func summary(_ bandwidth: Double) -> MeanLogDensity {
    let findings = judges.distances.findings(
      of: judges.queries, bandwidths: [bandwidth], leavingOutCopies: true, threads: threads)
    let values = zip(findings, judges.weights).compactMap { finding, weight in
      finding.logDensities[0] > -.infinity ? (finding.logDensities[0], weight) : nil
    }
    var mean = MeanLogDensity(of: [LogDensity(value: 0)])
    guard !values.isEmpty else { return mean }
    let total = values.reduce(0) { $0 + $1.1 }
    mean.mean = values.reduce(0) { $0 + $1.0 * $1.1 } / total
    let square = values.reduce(0) {
      $0 + ($1.1 / total) * ($1.1 / total) * ($1.0 - mean.mean) * ($1.0 - mean.mean)
    }
    mean.rows = values.count
    mean.standardError =
      values.count > 1
      ? (square * Double(values.count) / Double(values.count - 1)).squareRoot() : 0
    return mean
  }
}
