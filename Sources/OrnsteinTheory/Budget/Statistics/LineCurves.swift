import OrnsteinDiffusion
import OrnsteinNumerics
import RealModule

/// The curves of a law on the line by quadrature.
///
/// Trapezoid sums of smooth functions that decay like normal densities converge faster than any
/// power; the spacing is halved until the Fisher information and the entropy stand to 1e-12.
struct LineCurves {
  /// The law, of dimension 1.
  let target: any ExactTarget<Double>
  /// The points between which the data lies, deviations apart from the noise not counted.
  let range: ClosedRange<Double>
  /// The smallest deviation of a part of the data.
  let smallestDeviation: Double
  /// The largest deviation of a part of the data.
  let largestDeviation: Double

  private static let mostNodes = 1 << 19

  /// The curves, or `nil` if the data needs too many nodes.
  func curves(at times: [Double]) -> LawCurves? {
    var points: [LawPoint] = []
    for time in times {
      guard let point = point(at: OrnsteinUhlenbeck.canonical.level(at: time)) else { return nil }
      points.append(point)
    }
    let moments = target.moments
    let variance = moments.covariance[0]
    return LawCurves(
      points, times: times, dimension: 1, secondMoment: moments.mean[0] * moments.mean[0] + variance
    ) { (1 + .log(2 * .pi * ($0.squaredSignal * variance + $0.variance))) / 2 }
  }

  private func point(at level: NoiseLevel) -> LawPoint? {
    let widest = Double.hypot(level.alpha * largestDeviation, level.sigma)
    let finest = Double.hypot(level.alpha * smallestDeviation, level.sigma)
    let low = level.alpha * range.lowerBound - 10 * widest
    let high = level.alpha * range.upperBound + 10 * widest
    var spacing = finest / 3
    guard (high - low) / spacing < Double(Self.mostNodes) else { return nil }
    var last = sum(from: low, to: high, spacing: spacing, at: level)
    while (high - low) / spacing < Double(Self.mostNodes) {
      spacing /= 2
      let next = sum(from: low, to: high, spacing: spacing, at: level)
      let change = max(
        abs(next.fisher - last.fisher) / max(next.fisher, 1e-300),
        abs(next.entropy - last.entropy),
        abs(next.meanSquareError - last.meanSquareError) / max(next.meanSquareError, 1e-12))
      last = next
      if change < 1e-12 { break }
    }
    return last
  }

  private func sum(
    from low: Double, to high: Double, spacing: Double, at level: NoiseLevel
  ) -> LawPoint {
    let count = Int((high - low) / spacing) + 2
    let batch = Batch((0..<count).map { low + spacing * Double($0) }, dimension: 1)
    let density = target.logDensity(of: batch, at: level)
    let score = target.score(of: batch, at: level)
    var curvature = [Double](repeating: 0, count: count)
    var spread = curvature
    batch.withSpan { points in
      var span = curvature.mutableSpan
      target.hessian(of: points, at: level, into: &span)
    }
    batch.withSpan { points in
      var span = spread.mutableSpan
      target.posteriorCovariance(of: points, at: level, into: &span)
    }
    var point = LawPoint()
    for index in 0..<count {
      let mass = spacing * .exp(density[index])
      guard mass > 0 else { continue }
      point.fisher += mass * score[index, 0] * score[index, 0]
      point.meanSquareError += mass * spread[index]
      point.squaredHessian += mass * curvature[index] * curvature[index]
      point.entropy -= mass * density[index]
    }
    return point
  }
}
