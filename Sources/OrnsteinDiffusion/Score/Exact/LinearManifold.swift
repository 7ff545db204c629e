import OrnsteinNumerics
import RealModule

/// X_0 = U z + b for z of an exact law in R^k and k orthonormal axes U in R^D, k <= D.
///
/// With w = U^T (x - alpha b) and x' = x - alpha b - U w the score is U s_z(w) - x' / sigma^2 and
/// log p = log p_z(w) + log N(x'; 0, sigma^2 I_{D-k}). A circle in R^D is a ``SphereUniform`` of two
/// dimensions on such a manifold; k = D rotates and shifts a law. Costs 2 k D multiply-adds a point
/// more than z.
public struct LinearManifold<Scalar: BatchScalar>: ExactTarget {
  /// The law of z.
  public let base: any ExactTarget<Scalar>
  /// b.
  public let offset: [Double]
  let axes: OrthonormalAxes

  /// A law on a linear manifold.
  ///
  /// - Parameters:
  ///   - base: The law of z, of dimension k.
  ///   - axes: k vectors of D coordinates, orthonormal within 1e-6; made so to rounding.
  ///   - offset: b, D numbers; `nil` for 0.
  /// - Throws: ``TargetError`` that names the first axis or number that is wrong.
  public init(
    _ base: any ExactTarget<Scalar>, axes: [[Double]], offset: [Double]? = nil
  ) throws(TargetError) {
    self.base = base
    self.axes = try OrthonormalAxes(axes, count: base.dimension)
    self.offset = offset ?? [Double](repeating: 0, count: self.axes.dimension)
    try TargetError.check(self.offset, count: self.axes.dimension, key: "offset")
  }

  /// D.
  public var dimension: Int { axes.dimension }

  /// The k axes, each of D coordinates, orthonormal to rounding.
  public var axisVectors: [[Double]] {
    (0..<axes.count).map { Array(axes.elements[$0 * dimension..<($0 + 1) * dimension]) }
  }

  /// The multiply-adds of z and of the products with U.
  public var multiplyAddsPerPoint: Int {
    base.multiplyAddsPerPoint + 3 * axes.count * dimension
  }

  /// Whether k = D and z has a density.
  public var hasDensity: Bool { axes.count == dimension && base.hasDensity }

  /// Mean U E z + b and covariance U Cov(z) U^T.
  public var moments: DataMoments {
    let moments = base.moments
    var mean = offset
    axes.add({ moments.mean[$0] }, to: { mean[$0] += $1 })
    let k = axes.count
    return DataMoments(mean: mean, covariance: axes.conjugated { moments.covariance[$0 * k + $1] })
  }

  /// Writes the score of each point.
  public func score(
    of points: Span<Scalar>, at level: NoiseLevel, into score: inout MutableSpan<Scalar>,
    workspace: Workspace
  ) {
    check(level)
    checkCount(score.count, per: dimension, coordinates: points.count)
    let rows = points.count / dimension
    let count = rows * axes.count
    workspace.withBuffer(of: Scalar.self, count: 2 * count) { buffer in
      let inner = UnsafeMutableBufferPointer(rebasing: buffer[..<count])
      let pull = UnsafeMutableBufferPointer(rebasing: buffer[count...])
      points.withUnsafeBufferPointer { points in
        project(points, axes, offset, shift: level.alpha, into: inner)
        var span = MutableSpan(_unsafeElements: pull)
        base.score(
          of: Span(_unsafeElements: UnsafeBufferPointer(inner)), at: level, into: &span,
          workspace: workspace)
        workspace.withBuffer(of: Double.self, count: dimension) { residual in
          score.withUnsafeMutableBufferPointer { score in
            for row in 0..<rows {
              writeResidual(points, row, axes, offset, shift: level.alpha, into: residual)
              combine(
                residual, factor: factor(at: level), pull, row, axes, into: score)
            }
          }
        }
      }
    }
  }

  /// -1 / sigma^2, or 0 where nothing is perpendicular to the manifold.
  private func factor(at level: NoiseLevel) -> Double {
    axes.count == dimension ? 0 : -1 / (level.sigma * level.sigma)
  }

  /// Writes log p_t of each point, in nats.
  public func logDensity(
    of points: Span<Scalar>, at level: NoiseLevel, into output: inout MutableSpan<Double>,
    workspace: Workspace
  ) {
    check(level)
    checkCount(output.count, per: 1, coordinates: points.count)
    withProjection(of: points, shift: level.alpha, workspace) { inner in
      base.logDensity(of: inner, at: level, into: &output, workspace: workspace)
    }
    guard axes.count < dimension else { return }
    let codimension = Double(dimension - axes.count)
    let constant = codimension * (.log(2 * .pi) / 2 + .log(level.sigma))
    workspace.withBuffer(of: Double.self, count: dimension) { residual in
      points.withUnsafeBufferPointer { points in
        for row in 0..<output.count {
          writeResidual(points, row, axes, offset, shift: level.alpha, into: residual)
          var square = 0.0
          for number in residual { square += (number / level.sigma) * (number / level.sigma) }
          output[row] -= square / 2 + constant
        }
      }
    }
  }

  /// Writes the Hessian U H_z U^T - (I - U U^T) / sigma^2 of each point times its direction.
  public func hessianProduct(
    of points: Span<Scalar>, with directions: Span<Scalar>, at level: NoiseLevel,
    into output: inout MutableSpan<Double>
  ) {
    check(level)
    let (d, k) = (dimension, axes.count)
    checkCount(output.count, per: d, coordinates: points.count)
    checkCount(directions.count, per: d, coordinates: points.count)
    let factor = factor(at: level)
    let workspace = Workspace()
    let rows = points.count / d
    workspace.withBuffer(of: Double.self, count: rows * k + d) { buffer in
      let inner = UnsafeMutableBufferPointer(rebasing: buffer[..<(rows * k)])
      let residual = UnsafeMutableBufferPointer(rebasing: buffer[(rows * k)...])
      withProjection(of: points, shift: level.alpha, workspace) { points in
        withProjection(of: directions, shift: nil, workspace) { directions in
          var span = MutableSpan(_unsafeElements: inner)
          base.hessianProduct(of: points, with: directions, at: level, into: &span)
        }
      }
      directions.withUnsafeBufferPointer { directions in
        output.withUnsafeMutableBufferPointer { output in
          for row in 0..<rows {
            writeResidual(directions, row, axes, offset, shift: nil, into: residual)
            combine(residual, factor: factor, inner, row, axes, into: output)
          }
        }
      }
    }
  }

  /// Writes tr H_z - (D - k) / sigma^2 for each point.
  public func hessianTrace(
    of points: Span<Scalar>, at level: NoiseLevel, into output: inout MutableSpan<Double>
  ) {
    check(level)
    checkCount(output.count, per: 1, coordinates: points.count)
    withProjection(of: points, shift: level.alpha, Workspace()) {
      base.hessianTrace(of: $0, at: level, into: &output)
    }
    let across = Double(dimension - axes.count) * factor(at: level)
    for row in 0..<output.count { output[row] += across }
  }

  /// Writes U E[z | w] + b for each point.
  public func posteriorMean(
    of points: Span<Scalar>, at level: NoiseLevel, into output: inout MutableSpan<Double>
  ) {
    let (d, k) = (dimension, axes.count)
    checkCount(output.count, per: d, coordinates: points.count)
    var inner = [Double](repeating: 0, count: points.count / d * k)
    withProjection(of: points, shift: level.alpha, Workspace()) {
      var span = inner.mutableSpan
      base.posteriorMean(of: $0, at: level, into: &span)
    }
    for row in 0..<points.count / d {
      for c in 0..<d { output[row * d + c] = offset[c] }
      for axis in 0..<k {
        for c in 0..<d {
          output[row * d + c] += inner[row * k + axis] * axes.elements[axis * d + c]
        }
      }
    }
  }

  /// Writes U Cov(z | w) U^T for each point.
  public func posteriorCovariance(
    of points: Span<Scalar>, at level: NoiseLevel, into output: inout MutableSpan<Double>
  ) {
    let (d, k) = (dimension, axes.count)
    checkCount(output.count, per: d * d, coordinates: points.count)
    var inner = [Double](repeating: 0, count: points.count / d * k * k)
    withProjection(of: points, shift: level.alpha, Workspace()) {
      var span = inner.mutableSpan
      base.posteriorCovariance(of: $0, at: level, into: &span)
    }
    for row in 0..<points.count / d {
      let matrix = axes.conjugated { inner[(row * k + $0) * k + $1] }
      for index in matrix.indices { output[row * d * d + index] = matrix[index] }
    }
  }

  /// Writes exact draws U z + b.
  public func drawExactly(
    rows: Range<Int>, key: NoiseKey, into output: inout MutableSpan<Scalar>
  ) {
    checkDraw(rows, output.count)
    let (d, k) = (dimension, axes.count)
    let inner = base.drawExactly(rows: rows, key: key)
    var point = offset
    inner.withSpan { inner in
      for row in 0..<rows.count {
        for c in 0..<d { point[c] = offset[c] }
        for axis in 0..<k {
          let z = Double(inner[row * k + axis])
          for c in 0..<d { point[c] += z * axes.elements[axis * d + c] }
        }
        for c in 0..<d { output[row * d + c] = Scalar(point[c]) }
      }
    }
  }

  /// Lends U^T (x - shift b) of each point.
  private func withProjection(
    of points: Span<Scalar>, shift: Double?, _ workspace: Workspace,
    _ body: (Span<Scalar>) -> Void
  ) {
    let count = points.count / dimension * axes.count
    workspace.withBuffer(of: Scalar.self, count: count) { inner in
      points.withUnsafeBufferPointer { project($0, axes, offset, shift: shift, into: inner) }
      body(Span(_unsafeElements: UnsafeBufferPointer(inner)))
    }
  }
}

/// U^T (x - shift b), or U^T x, for each point.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func project<Scalar: BatchScalar>(
  _ points: UnsafeBufferPointer<Scalar>, _ axes: OrthonormalAxes, _ offset: [Double],
  shift: Double?, into inner: UnsafeMutableBufferPointer<Scalar>
) {
  let (d, k, alpha) = (axes.dimension, axes.count, shift ?? 0)
  for row in 0..<points.count / d {
    for axis in 0..<k {
      var sum = 0.0
      for c in 0..<d {
        sum += axes.elements[axis * d + c] * (Double(points[row * d + c]) - alpha * offset[c])
      }
      inner[row * k + axis] = Scalar(sum)
    }
  }
}

/// x - shift b - U U^T (x - shift b), or the same of x alone, of one point.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func writeResidual<Scalar: BatchScalar>(
  _ points: UnsafeBufferPointer<Scalar>, _ row: Int, _ axes: OrthonormalAxes, _ offset: [Double],
  shift: Double?, into residual: UnsafeMutableBufferPointer<Double>
) {
  let (d, alpha) = (axes.dimension, shift ?? 0)
  for c in 0..<d { residual[c] = Double(points[row * d + c]) - alpha * offset[c] }
  for axis in 0..<axes.count {
    var along = 0.0
    for c in 0..<d { along += axes.elements[axis * d + c] * residual[c] }
    for c in 0..<d { residual[c] -= along * axes.elements[axis * d + c] }
  }
}

/// factor residual + U y for one point.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func combine<Scalar: BatchScalar>(
  _ residual: UnsafeMutableBufferPointer<Double>, factor: Double,
  _ inner: UnsafeMutableBufferPointer<Scalar>, _ row: Int, _ axes: OrthonormalAxes,
  into output: UnsafeMutableBufferPointer<Scalar>
) {
  let (d, k) = (axes.dimension, axes.count)
  for c in 0..<d { residual[c] *= factor }
  for axis in 0..<k {
    let y = Double(inner[row * k + axis])
    for c in 0..<d { residual[c] += y * axes.elements[axis * d + c] }
  }
  for c in 0..<d { output[row * d + c] = Scalar(residual[c]) }
}
