import OrnsteinDiffusion
import OrnsteinNumerics
import RealModule

/// The curves of the uniform law on a sphere, by quadrature over the distance from its centre.
struct RadialCurves {
  /// The law.
  let target: SphereUniform<Double>

  /// The curves.
  func curves(at times: [Double]) -> LawCurves {
    let (d, radius) = (Double(target.dimension), target.radius)
    let points = times.map { point(at: OrnsteinUhlenbeck.canonical.level(at: $0)) }
    return LawCurves(
      points, times: times, dimension: target.dimension, secondMoment: radius * radius
    ) {
      d * (1 + .log(2 * .pi * ($0.squaredSignal * radius * radius / d + $0.variance))) / 2
    }
  }

  /// By 8-point Gauss-Legendre rules on panels of half a deviation of the noise.
  private func point(at level: NoiseLevel) -> LawPoint {
    let (n, sigma) = (target.dimension, level.sigma)
    let d = Double(n)
    let high = level.alpha * target.radius + (d.squareRoot() + 12) * sigma
    let panels = Int((2 * high / sigma).rounded(.up))
    let width = high / Double(panels)
    var (radii, weights): ([Double], [Double]) = ([], [])
    for panel in 0..<panels {
      for (node, weight) in Self.rule {
        radii.append((Double(panel) + (1 + node) / 2) * width)
        weights.append(weight * width / 2)
      }
    }
    var batch = Batch<Double>(count: radii.count, dimension: n)
    for (row, radius) in radii.enumerated() { batch[row, 0] = radius }
    let density = target.logDensity(of: batch, at: level)
    let score = target.score(of: batch, at: level)
    var trace = [Double](repeating: 0, count: radii.count)
    batch.withSpan { points in
      var span = trace.mutableSpan
      target.hessianTrace(of: points, at: level, into: &span)
    }
    // The area of the unit sphere.
    let logArea = .log(2) + d / 2 * .log(.pi) - Double.logGamma(d / 2)
    var point = LawPoint()
    var squaredDenoiser = 0.0
    for (row, radius) in radii.enumerated() {
      let mass = weights[row] * .exp(density[row] + logArea + (d - 1) * .log(radius))
      guard mass > 0 else { continue }
      let radial = score[row, 0]
      let tangential = radial / radius
      let along = trace[row] - (d - 1) * tangential
      let denoiser = (radius + sigma * sigma * radial) / level.alpha
      squaredDenoiser += mass * denoiser * denoiser
      point.fisher += mass * radial * radial
      point.squaredHessian += mass * (along * along + (d - 1) * tangential * tangential)
      point.entropy -= mass * density[row]
    }
    let ratio = sigma * sigma / (level.alpha * level.alpha)
    point.meanSquareError =
      ratio < 1
      ? ratio * (d - sigma * sigma * point.fisher)
      : target.radius * target.radius - squaredDenoiser
    return point
  }

  private static let rule: [(node: Double, weight: Double)] = [
    (-0.96028985649753623168, 0.10122853629037625915),
    (-0.79666647741362673959, 0.22238103445337447054),
    (-0.52553240991632898582, 0.31370664587788728734),
    (-0.18343464249564980494, 0.36268378337836198297),
    (0.18343464249564980494, 0.36268378337836198297),
    (0.52553240991632898582, 0.31370664587788728734),
    (0.79666647741362673959, 0.22238103445337447054),
    (0.96028985649753623168, 0.10122853629037625915),
  ]
}
