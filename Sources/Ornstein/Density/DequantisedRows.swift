import OrnsteinDiffusion
import OrnsteinNumerics
import OrnsteinTables
import RealModule

/// Encoded rows as points of the stop level, x = alpha y + sigma xi, with noise only where the density of
/// a row needs it, and what makes of the density of such a point that of its row.
///
/// - A number has no noise: x / alpha has a density, which the derivative of its map carries over.
/// - A label has noise, as all of its coordinates stand for one value: less the log-density of the
///   noise, the log-density of the point is in the mean a lower bound of the log-probability.
/// - An angle has noise of its radius alone: in polar coordinates it has a density.
struct DequantisedRows {
  let points: Batch<Double>
  /// What is added to the log-density of each point.
  let shifts: [Double]

  /// - Parameters:
  ///   - measured: The encoded rows.
  ///   - level: The stop level.
  ///   - key: The seed of the noise.
  ///   - firstRow: The number of the first row, which decides on its noise.
  ///   - omittingGaps: Whether missing cells and what tells of them are left out, points and shifts.
  init(
    _ measured: MeasuredPoints, at level: NoiseLevel, key: NoiseKey, firstRow: Int,
    omittingGaps: Bool = false
  ) {
    let (n, d) = (measured.points.count, measured.points.dimension)
    let (alpha, sigma) = (level.alpha, level.sigma)
    let constant = Double.log(2 * .pi * sigma * sigma) / 2
    var points = Batch<Double>(count: n, dimension: d)
    var shifts = measured.logDerivatives
    points.withUnsafeMutableBufferPointer { points in
      Double.Kernels.normals(
        into: points, stream: key.stream(.dequantisation),
        first: UInt64(firstRow) * UInt64(d))
      measured.points.withUnsafeBufferPointer { clean in
        for index in points.indices {
          let (noise, place, row) = (points[index], alpha * Double(clean[index]), index / d)
          switch measured.roles[index] {
          case .value:
            points[index] = place
            shifts[row] += .log(alpha)
          case .gap where omittingGaps, .marker where omittingGaps:
            points[index] = Double(clean[index])
          case .label, .gap, .marker:
            points[index] = place + sigma * noise
            shifts[row] += noise * noise / 2 + constant
          case .cosine:
            let next = alpha * Double(clean[index + 1])
            let radius = Double.hypot(place, next)
            let factor = abs(1 + sigma * noise / radius)
            points[index] = factor * place
            points[index + 1] = factor * next
            shifts[row] += .log(factor * radius) + noise * noise / 2 + constant
          case .sine: break
          }
        }
      }
    }
    self.points = points
    self.shifts = shifts
  }

  /// What is added to a mean over noise of all coordinates.
  static func meanShifts(_ measured: MeasuredPoints, at level: NoiseLevel) -> [Double] {
    let d = measured.points.dimension
    let entropy = (1 + Double.log(2 * .pi * level.sigma * level.sigma)) / 2
    var shifts = measured.logDerivatives
    for (index, role) in measured.roles.enumerated() {
      switch role {
      case .value: shifts[index / d] += .log(level.alpha)
      case .label, .gap, .marker: shifts[index / d] += entropy
      case .cosine:
        let radius = Double.hypot(
          Double(measured.points[index / d, index % d]),
          Double(measured.points[index / d, index % d + 1]))
        shifts[index / d] += entropy + .log(level.alpha * radius)
      case .sine: break
      }
    }
    return shifts
  }
}
