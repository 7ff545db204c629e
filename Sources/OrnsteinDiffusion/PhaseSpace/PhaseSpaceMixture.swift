import OrnsteinNumerics
import RealModule

/// A Gaussian mixture noised by the critically damped Langevin process, at one time: a mixture of
/// normal laws of position and velocity, with exact density and score.
///
/// Component k has the mean F (mu_k, 0) and, along each axis of its covariance, the covariance
/// F diag(c, gamma M) F^T + S.
public struct PhaseSpaceMixture: Sendable {
  private let components: [MixtureComponent]
  private let dimension: Int
  private let table: [Double]

  /// The law of a mixture at a time.
  ///
  /// - Parameters:
  ///   - target: The law of the clean positions.
  ///   - time: Above 0; 0 only if the mixture has a density and velocities start with one.
  ///   - process: What noised them.
  public init<Scalar>(
    _ target: GaussianMixture<Scalar>, at time: Double, of process: CriticallyDampedLangevin
  ) {
    let components = target.components
    self.components = components
    dimension = target.dimension
    table = [Double](unsafeUninitializedCapacity: PhaseTable.count(of: components)) {
      PhaseTable.fill($0, components, at: time, of: process)
      $1 = PhaseTable.count(of: components)
    }
  }

  /// The log-density and its gradients in position and velocity at one point.
  ///
  /// - Parameters:
  ///   - x: The position, `dimension` numbers.
  ///   - v: The velocity, as many.
  public func score(
    x: [Double], v: [Double]
  ) -> (logDensity: Double, position: [Double], velocity: [Double]) {
    let d = dimension
    precondition(x.count == d && v.count == d, "The point does not fit dimension \(d).")
    var (exponents, positions, velocities) = ([Double](), [[Double]](), [[Double]]())
    for (k, component) in components.enumerated() {
      let (ax, av) = (component.axial(x), component.axial(v))
      let first = k * PhaseTable.stride(d)
      var exponent = table[first + 5 * d]
      var (px, pv) = ([Double](repeating: 0, count: d), [Double](repeating: 0, count: d))
      for axis in 0..<d {
        let entry = first + 5 * axis
        let (dx, dv) = (ax[axis] - table[entry], av[axis] - table[entry + 1])
        px[axis] = -(table[entry + 2] * dx + table[entry + 3] * dv)
        pv[axis] = -(table[entry + 3] * dx + table[entry + 4] * dv)
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

extension GaussianMixture: PhaseSpaceModel {
  /// Writes the exact score of the mixture in phase space with respect to velocities.
  ///
  /// Costs about 12 K d multiply-adds a point in double precision, and 3 K d^2 more for full
  /// covariances.
  public func velocityScore(
    of positions: Span<Scalar>, _ velocities: Span<Scalar>, at time: Double,
    of process: CriticallyDampedLangevin, into score: inout MutableSpan<Scalar>,
    workspace: Workspace
  ) {
    let (d, count) = (dimension, components.count)
    precondition(
      positions.count == velocities.count && positions.count == score.count
        && positions.count.isMultiple(of: d), "The buffers do not fit dimension \(d).")
    let tableCount = PhaseTable.count(of: components)
    workspace.withBuffer(of: Double.self, count: tableCount + count * d + count + 3 * d) { buffer in
      var place = 0
      func part(_ size: Int) -> UnsafeMutableBufferPointer<Double> {
        defer { place += size }
        return UnsafeMutableBufferPointer(rebasing: buffer[place..<place + size])
      }
      let (table, pulls, exponents) = (part(tableCount), part(count * d), part(count))
      let (x, v, sum) = (part(d), part(d), part(d))
      PhaseTable.fill(table, components, at: time, of: process)
      for row in stride(from: 0, to: positions.count, by: d) {
        for i in 0..<d {
          x[i] = Double(positions[row + i])
          v[i] = Double(velocities[row + i])
        }
        var largest = -Double.infinity
        for k in 0..<count {
          let stride = PhaseTable.stride(d)
          exponents[k] = pull(
            UnsafeMutableBufferPointer(rebasing: table[k * stride..<(k + 1) * stride]),
            components[k].axes, x, v,
            UnsafeMutableBufferPointer(rebasing: pulls[k * d..<(k + 1) * d]))
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
}

/// Writes the velocity part of -C^{-1} (u - m) of a component, in coordinates; the logarithm of its
/// weighted density.
private func pull(
  _ table: UnsafeMutableBufferPointer<Double>, _ axes: [Double]?,
  _ x: UnsafeMutableBufferPointer<Double>, _ v: UnsafeMutableBufferPointer<Double>,
  _ output: UnsafeMutableBufferPointer<Double>
) -> Double {
  let d = x.count
  var exponent = table[5 * d]
  guard let axes else {
    for i in 0..<d {
      let (dx, dv) = (x[i] - table[5 * i], v[i] - table[5 * i + 1])
      let along = table[5 * i + 3] * dx + table[5 * i + 4] * dv
      exponent -= (dx * (table[5 * i + 2] * dx + table[5 * i + 3] * dv) + dv * along) / 2
      output[i] = -along
    }
    return exponent
  }
  output.update(repeating: 0)
  for axis in 0..<d {
    var (dx, dv) = (-table[5 * axis], -table[5 * axis + 1])
    for i in 0..<d {
      dx += axes[axis * d + i] * x[i]
      dv += axes[axis * d + i] * v[i]
    }
    let along = table[5 * axis + 3] * dx + table[5 * axis + 4] * dv
    exponent -= (dx * (table[5 * axis + 2] * dx + table[5 * axis + 3] * dv) + dv * along) / 2
    for i in 0..<d { output[i] -= along * axes[axis * d + i] }
  }
  return exponent
}

/// The numbers of a mixture at one time: for each component and axis the mean (x, v) and the inverse
/// covariance (xx, xv, vv), then the component's log w - sum log(2 pi sqrt(det)).
private enum PhaseTable {
  static func stride(_ dimension: Int) -> Int { 5 * dimension + 1 }

  static func count(of components: [MixtureComponent]) -> Int {
    components.reduce(0) { $0 + stride($1.variances.count) }
  }

  static func fill(
    _ table: UnsafeMutableBufferPointer<Double>, _ components: [MixtureComponent],
    at time: Double, of process: CriticallyDampedLangevin
  ) {
    let flow = process.flow(over: time)
    var place = 0
    for component in components {
      var constant = component.logWeight
      var known: (variance: Double, covariance: PhaseCovariance, determinant: Double)?
      for (mean, variance) in zip(component.axialMean, component.variances) {
        if known?.variance != variance {
          known = (
            variance, process.law(mean: 0, variance: variance, at: time).covariance,
            process.determinant(variance: variance, at: time)
          )
        }
        guard let known else { continue }
        precondition(
          known.determinant > 0, "A point mass has no score in phase space at time \(time).")
        table[place] = flow.xx * mean
        table[place + 1] = flow.vx * mean
        table[place + 2] = known.covariance.vv / known.determinant
        table[place + 3] = -known.covariance.xv / known.determinant
        table[place + 4] = known.covariance.xx / known.determinant
        constant -= .log(2 * .pi) + .log(known.determinant) / 2
        place += 5
      }
      table[place] = component.weight > 0 ? constant : -.infinity
      place += 1
    }
  }
}
