import OrnsteinDiffusion
import OrnsteinNumerics
import RealModule

/// Solves dx/dlambda = sigma^2 (x + score(x)) by the midpoint rule with 2, 4, ..., 12 parts of a
/// step, extrapolated in the square of the part: order 12.
///
/// - Source: Gragg, SIAM Journal on Numerical Analysis 2 (1965), 384.
struct ExtrapolatedMidpoint {
  let model: any ScoreModel<Double>
  let workspace: Workspace

  private static let parts = [2, 4, 6, 8, 10, 12]

  /// The points after `steps` equal steps.
  func advance(
    _ points: [Double], from start: Double, length: Double, steps: Int
  ) -> [Double] {
    let step = length / Double(steps)
    var x = points
    for index in 0..<steps { x = extrapolated(x, from: start + Double(index) * step, step) }
    return x
  }

  private func extrapolated(_ x: [Double], from start: Double, _ step: Double) -> [Double] {
    let velocity = velocity(of: x, at: start)
    var rows: [[Double]] = []
    for (order, parts) in Self.parts.enumerated() {
      var row = midpoint(x, velocity, from: start, step, parts: parts)
      // Neville's scheme; rows[k] is the last result with k columns behind it.
      for column in 0..<order {
        let ratio = Double(parts) / Double(Self.parts[order - 1 - column])
        let factor = 1 / (ratio * ratio - 1)
        let previous = rows[column]
        rows[column] = row
        for index in row.indices { row[index] += factor * (row[index] - previous[index]) }
      }
      rows.append(row)
    }
    return rows[rows.count - 1]
  }

  private func midpoint(
    _ x: [Double], _ velocity: [Double], from start: Double, _ step: Double, parts: Int
  ) -> [Double] {
    let h = step / Double(parts)
    var before = x
    var now = x
    for index in now.indices { now[index] += h * velocity[index] }
    for part in 1..<parts {
      let slope = self.velocity(of: now, at: start + Double(part) * h)
      for index in before.indices { before[index] += 2 * h * slope[index] }
      swap(&before, &now)
    }
    return now
  }

  /// sigma^2 (x + score(x)) on the canonical process.
  private func velocity(of x: [Double], at logSNR: Double) -> [Double] {
    let ratio = Double.exp(-logSNR)
    let alpha = 1 / Double.hypot(1, ratio)
    var level = NoiseLevel(time: 0, alpha: alpha, sigma: alpha * ratio)
    level.time = level.canonicalTime
    var result = [Double](repeating: 0, count: x.count)
    x.withUnsafeBufferPointer { points in
      var span = result.mutableSpan
      model.score(
        of: Span(_unsafeElements: points), at: level, into: &span, workspace: workspace)
    }
    let variance = level.sigma * level.sigma
    for index in x.indices { result[index] = variance * (x[index] + result[index]) }
    return result
  }
}
