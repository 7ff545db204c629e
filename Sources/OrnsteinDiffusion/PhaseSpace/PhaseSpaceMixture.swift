import OrnsteinNumerics
import RealModule

/// A component of a mixture in phase space: along each axis of its covariance a normal law of
/// position and velocity.
private struct PhaseComponent {
  let laws: [PhaseLaw]
  /// The inverse of the covariance along each axis.
  let precisions: [PhaseCovariance]
  /// log w - sum log(2 pi sqrt(det)).
  let constant: Double

  init(_ component: MixtureComponent, at time: Double, of process: CriticallyDampedLangevin) {
    var (laws, precisions) = ([PhaseLaw](), [PhaseCovariance]())
    var constant = component.logWeight
    for (mean, variance) in zip(component.axialMean, component.variances) {
      let law = process.law(mean: mean, variance: variance, at: time)
      let determinant = process.determinant(variance: variance, at: time)
      precondition(determinant > 0, "A point mass has no score in phase space at time \(time).")
      laws.append(law)
      precisions.append(
        PhaseCovariance(
          xx: law.covariance.vv / determinant, xv: -law.covariance.xv / determinant,
          vv: law.covariance.xx / determinant))
      constant -= .log(2 * .pi) + .log(determinant) / 2
    }
    self.laws = laws
    self.precisions = precisions
    self.constant = component.weight > 0 ? constant : -.infinity
  }
}

extension GaussianMixture: PhaseSpaceModel {
  /// Writes the exact score of the mixture in phase space with respect to velocities.
  ///
  /// Component k has the mean F (mu_k, 0) and, along each axis of its covariance, the covariance
  /// F diag(c, gamma M) F^T + S. Costs about 12 K d multiply-adds a point in double precision, and
  /// 3 K d^2 more for full covariances.
  public func velocityScore(
    of positions: Span<Scalar>, _ velocities: Span<Scalar>, at time: Double,
    of process: CriticallyDampedLangevin, into score: inout MutableSpan<Scalar>,
    workspace: Workspace
  ) {
    let parts = components.map { PhaseComponent($0, at: time, of: process) }
    let (d, count) = (dimension, components.count)
    precondition(
      positions.count == velocities.count && positions.count == score.count
        && positions.count.isMultiple(of: d), "The buffers do not fit dimension \(d).")
    workspace.withBuffer(of: Double.self, count: count * d + count + 3 * d) { buffer in
      let pulls = UnsafeMutableBufferPointer(rebasing: buffer[..<(count * d)])
      let exponents = UnsafeMutableBufferPointer(
        rebasing: buffer[(count * d)..<(count * d + count)])
      let x = UnsafeMutableBufferPointer(
        rebasing: buffer[(count * d + count)..<(count * d + count + d)])
      let v = UnsafeMutableBufferPointer(
        rebasing: buffer[(count * d + count + d)..<(count * d + count + 2 * d)])
      let sum = UnsafeMutableBufferPointer(rebasing: buffer[(count * d + count + 2 * d)...])
      for row in stride(from: 0, to: positions.count, by: d) {
        for i in 0..<d {
          x[i] = Double(positions[row + i])
          v[i] = Double(velocities[row + i])
        }
        var largest = -Double.infinity
        for k in 0..<count {
          exponents[k] = pull(
            parts[k], components[k], x, v,
            UnsafeMutableBufferPointer(rebasing: pulls[(k * d)..<((k + 1) * d)]))
          largest = max(largest, exponents[k])
        }
        var total = 0.0
        sum.update(repeating: 0)
        for k in 0..<count {
          let share = Double.exp(exponents[k] - largest)
          total += share
          for i in 0..<d { sum[i] += share * pulls[k * d + i] }
        }
        for i in 0..<d { score[row + i] = Scalar(sum[i] / total) }
      }
    }
  }

  /// Writes the velocity part of -C^{-1} (u - m) of a component in the axes of coordinates; the
  /// logarithm of its weighted density.
  private func pull(
    _ part: PhaseComponent, _ component: MixtureComponent, _ x: UnsafeMutableBufferPointer<Double>,
    _ v: UnsafeMutableBufferPointer<Double>, _ output: UnsafeMutableBufferPointer<Double>
  ) -> Double {
    let d = dimension
    var exponent = part.constant
    guard let axes = component.axes else {
      for i in 0..<d {
        let (law, precision) = (part.laws[i], part.precisions[i])
        let (dx, dv) = (x[i] - law.mean.x, v[i] - law.mean.v)
        let along = precision.xv * dx + precision.vv * dv
        exponent -= (dx * (precision.xx * dx + precision.xv * dv) + dv * along) / 2
        output[i] = -along
      }
      return exponent
    }
    output.update(repeating: 0)
    for axis in 0..<d {
      let (law, precision) = (part.laws[axis], part.precisions[axis])
      var (dx, dv) = (-law.mean.x, -law.mean.v)
      for i in 0..<d {
        dx += axes[axis * d + i] * x[i]
        dv += axes[axis * d + i] * v[i]
      }
      let along = precision.xv * dx + precision.vv * dv
      exponent -= (dx * (precision.xx * dx + precision.xv * dv) + dv * along) / 2
      for i in 0..<d { output[i] -= along * axes[axis * d + i] }
    }
    return exponent
  }

  /// The log-density and its gradient in positions and velocities at one point of phase space.
  ///
  /// - Parameters:
  ///   - x: The position, `dimension` numbers.
  ///   - v: The velocity, as many.
  ///   - time: Above 0, or 0 if the mixture has a density and velocities start with one.
  public func phaseScore(
    x: [Double], v: [Double], at time: Double, of process: CriticallyDampedLangevin
  ) -> (logDensity: Double, position: [Double], velocity: [Double]) {
    let d = dimension
    precondition(x.count == d && v.count == d, "The point does not fit dimension \(d).")
    var (exponents, positions, velocities) = ([Double](), [[Double]](), [[Double]]())
    for component in components {
      let part = PhaseComponent(component, at: time, of: process)
      let (ax, av) = (component.axial(x), component.axial(v))
      var exponent = part.constant
      var (px, pv) = ([Double](repeating: 0, count: d), [Double](repeating: 0, count: d))
      for axis in 0..<d {
        let (law, precision) = (part.laws[axis], part.precisions[axis])
        let (dx, dv) = (ax[axis] - law.mean.x, av[axis] - law.mean.v)
        px[axis] = -(precision.xx * dx + precision.xv * dv)
        pv[axis] = -(precision.xv * dx + precision.vv * dv)
        exponent += (px[axis] * dx + pv[axis] * dv) / 2
      }
      exponents.append(exponent)
      positions.append(component.cartesian(px))
      velocities.append(component.cartesian(pv))
    }
    let largest = exponents.reduce(-.infinity, max)
    let shares = exponents.map { Double.exp($0 - largest) }
    let total = shares.reduce(0, +)
    func average(_ vectors: [[Double]]) -> [Double] {
      (0..<d).map { i in shares.indices.reduce(0) { $0 + shares[$1] * vectors[$1][i] } / total }
    }
    return (largest + .log(total), average(positions), average(velocities))
  }
}
