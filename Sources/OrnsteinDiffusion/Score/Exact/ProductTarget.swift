import OrnsteinNumerics

/// Independent laws side by side: the coordinates of the first, then those of the second, and so on.
///
/// Scores and moments are concatenated, log-densities added, Hessians and covariances block-diagonal.
/// A torus is a product of circles. Costs what the factors cost.
public struct ProductTarget<Scalar: BatchScalar>: ExactTarget {
  /// The laws.
  public let factors: [any ExactTarget<Scalar>]
  /// The number of coordinates of all factors.
  public let dimension: Int

  /// The product of one or more laws.
  ///
  /// - Throws: ``TargetError`` if there is none, or they have more than 10000 coordinates.
  public init(_ factors: [any ExactTarget<Scalar>]) throws(TargetError) {
    guard !factors.isEmpty else {
      throw TargetError(path: "factors", reason: "There is no factor; give at least one.")
    }
    self.factors = factors
    dimension = factors.reduce(0) { $0 + $1.dimension }
    try TargetError.check(dimension: dimension)
  }

  /// The multiply-adds of all factors.
  public var multiplyAddsPerPoint: Int { factors.reduce(0) { $0 + $1.multiplyAddsPerPoint } }

  /// Whether every factor has a density.
  public var hasDensity: Bool { factors.allSatisfy { $0.hasDensity } }

  /// The moments of the factors, side by side.
  public var moments: DataMoments {
    var mean: [Double] = []
    var covariance = [Double](repeating: 0, count: dimension * dimension)
    for factor in factors {
      let (moments, first) = (factor.moments, mean.count)
      for i in 0..<factor.dimension {
        for j in 0..<factor.dimension {
          covariance[(first + i) * dimension + first + j] =
            moments.covariance[i * factor.dimension + j]
        }
      }
      mean += moments.mean
    }
    return DataMoments(mean: mean, covariance: covariance)
  }

  /// Writes the score of each point.
  public func score(
    of points: Span<Scalar>, at level: NoiseLevel, into score: inout MutableSpan<Scalar>,
    workspace: Workspace
  ) {
    checkCount(score.count, per: dimension, coordinates: points.count)
    score.withUnsafeMutableBufferPointer { score in
      forEachFactor(of: points, workspace) { factor, columns, points in
        workspace.withBuffer(of: Scalar.self, count: points.count) { part in
          var span = MutableSpan(_unsafeElements: part)
          factor.score(of: points, at: level, into: &span, workspace: workspace)
          scatter(part, columns, of: dimension, into: score)
        }
      }
    }
  }

  /// Writes log p_t of each point, in nats.
  public func logDensity(
    of points: Span<Scalar>, at level: NoiseLevel, into output: inout MutableSpan<Double>,
    workspace: Workspace
  ) {
    checkCount(output.count, per: 1, coordinates: points.count)
    sum(points, into: &output, workspace) {
      $0.logDensity(of: $1, at: level, into: &$2, workspace: workspace)
    }
  }

  /// Writes the trace of the Hessian of each point.
  public func hessianTrace(
    of points: Span<Scalar>, at level: NoiseLevel, into output: inout MutableSpan<Double>
  ) {
    checkCount(output.count, per: 1, coordinates: points.count)
    sum(points, into: &output, Workspace()) { $0.hessianTrace(of: $1, at: level, into: &$2) }
  }

  /// Writes the block-diagonal Hessian of each point.
  public func hessian(
    of points: Span<Scalar>, at level: NoiseLevel, into output: inout MutableSpan<Double>
  ) {
    checkCount(output.count, per: dimension * dimension, coordinates: points.count)
    writeBlocks(points, into: &output) { $0.hessian(of: $1, at: level, into: &$2) }
  }

  /// Writes the Hessian of each point times its direction.
  public func hessianProduct(
    of points: Span<Scalar>, with directions: Span<Scalar>, at level: NoiseLevel,
    into output: inout MutableSpan<Double>
  ) {
    checkCount(output.count, per: dimension, coordinates: points.count)
    checkCount(directions.count, per: dimension, coordinates: points.count)
    let workspace = Workspace()
    output.withUnsafeMutableBufferPointer { output in
      forEachFactor(of: points, workspace) { factor, columns, points in
        workspace.withBuffer(of: Scalar.self, count: points.count) { part in
          directions.withUnsafeBufferPointer { gather($0, columns, of: dimension, into: part) }
          workspace.withBuffer(of: Double.self, count: points.count) { product in
            var span = MutableSpan(_unsafeElements: product)
            factor.hessianProduct(
              of: points, with: Span(_unsafeElements: UnsafeBufferPointer(part)), at: level,
              into: &span)
            scatter(product, columns, of: dimension, into: output)
          }
        }
      }
    }
  }

  /// Writes E[X_0 | X_t = x] for each point.
  public func posteriorMean(
    of points: Span<Scalar>, at level: NoiseLevel, into output: inout MutableSpan<Double>
  ) {
    checkCount(output.count, per: dimension, coordinates: points.count)
    let workspace = Workspace()
    output.withUnsafeMutableBufferPointer { output in
      forEachFactor(of: points, workspace) { factor, columns, points in
        workspace.withBuffer(of: Double.self, count: points.count) { part in
          var span = MutableSpan(_unsafeElements: part)
          factor.posteriorMean(of: points, at: level, into: &span)
          scatter(part, columns, of: dimension, into: output)
        }
      }
    }
  }

  /// Writes the block-diagonal Cov(X_0 | X_t = x) for each point.
  public func posteriorCovariance(
    of points: Span<Scalar>, at level: NoiseLevel, into output: inout MutableSpan<Double>
  ) {
    checkCount(output.count, per: dimension * dimension, coordinates: points.count)
    writeBlocks(points, into: &output) { $0.posteriorCovariance(of: $1, at: level, into: &$2) }
  }

  /// Writes exact draws of X_0; each factor draws with a key of its own.
  public func drawExactly(
    rows: Range<Int>, key: NoiseKey, into output: inout MutableSpan<Scalar>
  ) {
    checkDraw(rows, output.count)
    output.withUnsafeMutableBufferPointer { output in
      var first = 0
      for (index, factor) in factors.enumerated() {
        var part = factor.drawExactly(rows: rows, key: Self.key(key, ofFactor: index))
        part.withUnsafeMutableBufferPointer {
          scatter($0, first..<first + factor.dimension, of: dimension, into: output)
        }
        first += factor.dimension
      }
    }
  }

  /// The finaliser of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014) of the seed and the place.
  private static func key(_ key: NoiseKey, ofFactor index: Int) -> NoiseKey {
    var z = key.seed &+ 0x9E37_79B9_7F4A_7C15 &* (UInt64(index) &+ 1)
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return NoiseKey(seed: z ^ (z >> 31))
  }

  private func forEachFactor(
    of points: Span<Scalar>, _ workspace: Workspace,
    _ body: (any ExactTarget<Scalar>, Range<Int>, Span<Scalar>) -> Void
  ) {
    let rows = points.count / dimension
    var first = 0
    for factor in factors {
      let columns = first..<first + factor.dimension
      workspace.withBuffer(of: Scalar.self, count: rows * columns.count) { part in
        points.withUnsafeBufferPointer { gather($0, columns, of: dimension, into: part) }
        body(factor, columns, Span(_unsafeElements: UnsafeBufferPointer(part)))
      }
      first = columns.upperBound
    }
  }

  /// Adds one number a point of each factor.
  private func sum(
    _ points: Span<Scalar>, into output: inout MutableSpan<Double>, _ workspace: Workspace,
    _ body: (any ExactTarget<Scalar>, Span<Scalar>, inout MutableSpan<Double>) -> Void
  ) {
    output.withUnsafeMutableBufferPointer { output in
      output.update(repeating: 0)
      workspace.withBuffer(of: Double.self, count: output.count) { part in
        forEachFactor(of: points, workspace) { factor, _, points in
          var span = MutableSpan(_unsafeElements: part)
          body(factor, points, &span)
          for row in output.indices { output[row] += part[row] }
        }
      }
    }
  }

  /// Writes the matrices of the factors as blocks of the diagonal.
  private func writeBlocks(
    _ points: Span<Scalar>, into output: inout MutableSpan<Double>,
    _ body: (any ExactTarget<Scalar>, Span<Scalar>, inout MutableSpan<Double>) -> Void
  ) {
    let (d, workspace) = (dimension, Workspace())
    output.withUnsafeMutableBufferPointer { output in
      output.update(repeating: 0)
      forEachFactor(of: points, workspace) { factor, columns, points in
        let k = columns.count
        workspace.withBuffer(of: Double.self, count: points.count * k) { part in
          var span = MutableSpan(_unsafeElements: part)
          body(factor, points, &span)
          for row in 0..<points.count / k {
            for i in 0..<k {
              for j in 0..<k {
                let place = (row * d + columns.lowerBound + i) * d + columns.lowerBound + j
                output[place] = part[(row * k + i) * k + j]
              }
            }
          }
        }
      }
    }
  }
}

/// Copies some columns of rows of a given length side by side.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func gather<Scalar: BatchScalar>(
  _ rows: UnsafeBufferPointer<Scalar>, _ columns: Range<Int>, of dimension: Int,
  into part: UnsafeMutableBufferPointer<Scalar>
) {
  for row in 0..<rows.count / dimension {
    for j in 0..<columns.count {
      part[row * columns.count + j] = rows[row * dimension + columns.lowerBound + j]
    }
  }
}

/// Copies them back.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func scatter<Scalar: BatchScalar>(
  _ part: UnsafeMutableBufferPointer<Scalar>, _ columns: Range<Int>, of dimension: Int,
  into rows: UnsafeMutableBufferPointer<Scalar>
) {
  for row in 0..<part.count / columns.count {
    for j in 0..<columns.count {
      rows[row * dimension + columns.lowerBound + j] = part[row * columns.count + j]
    }
  }
}
