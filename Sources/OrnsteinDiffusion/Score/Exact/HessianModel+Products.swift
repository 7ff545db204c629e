import OrnsteinNumerics

extension HessianModel {
  /// Writes the Hessian of each point, column by column from products with unit vectors.
  ///
  /// Costs `dimension` products; a model with a closed form should bring its own.
  public func hessian(
    of points: Span<Scalar>, at level: NoiseLevel, into output: inout MutableSpan<Double>
  ) {
    let d = dimension
    precondition(
      output.count == points.count * d,
      "\(points.count / d) points do not fit \(output.count) entries of their Hessians.")
    forEachColumn(of: points, at: level) { column, product in
      for index in product.indices { output[index * d + column] = product[index] }
    }
  }

  /// Writes the trace of the Hessian of each point, from products with unit vectors.
  ///
  /// Costs `dimension` products; a model with a closed form should bring its own.
  public func hessianTrace(
    of points: Span<Scalar>, at level: NoiseLevel, into output: inout MutableSpan<Double>
  ) {
    let d = dimension
    precondition(
      output.count * d == points.count,
      "\(points.count / d) points do not fit \(output.count) traces.")
    for row in 0..<output.count { output[row] = 0 }
    forEachColumn(of: points, at: level) { column, product in
      for row in 0..<product.count / d { output[row] += product[row * d + column] }
    }
  }

  private func forEachColumn(
    of points: Span<Scalar>, at level: NoiseLevel, _ body: (Int, [Double]) -> Void
  ) {
    let d = dimension
    var directions = [Scalar](repeating: 0, count: points.count)
    var product = [Double](repeating: 0, count: points.count)
    for column in 0..<d {
      for row in 0..<points.count / d {
        directions[row * d + column] = 1
        if column > 0 { directions[row * d + column - 1] = 0 }
      }
      var span = product.mutableSpan
      hessianProduct(of: points, with: directions.span, at: level, into: &span)
      body(column, product)
    }
  }

  /// The Hessian of each point, `d * d` numbers each, row-major.
  public func hessian(of points: Batch<Scalar>, at level: NoiseLevel) -> [Double] {
    collect(points, per: dimension * dimension) { hessian(of: $0, at: level, into: &$1) }
  }

  /// The trace of the Hessian of each point.
  public func hessianTrace(of points: Batch<Scalar>, at level: NoiseLevel) -> [Double] {
    collect(points, per: 1) { hessianTrace(of: $0, at: level, into: &$1) }
  }

  /// The Hessian of each point times a direction of its own, `d` numbers each.
  public func hessianProduct(
    of points: Batch<Scalar>, with directions: Batch<Scalar>, at level: NoiseLevel
  ) -> [Double] {
    collect(points, per: dimension) { points, output in
      directions.withSpan {
        hessianProduct(of: points, with: $0, at: level, into: &output)
      }
    }
  }
}

extension PosteriorModel {
  /// E[X_0 | X_t = x] for each point, `d` numbers each.
  public func posteriorMean(of points: Batch<Scalar>, at level: NoiseLevel) -> [Double] {
    collect(points, per: dimension) { posteriorMean(of: $0, at: level, into: &$1) }
  }

  /// Cov(X_0 | X_t = x) for each point, `d * d` numbers each, row-major.
  public func posteriorCovariance(of points: Batch<Scalar>, at level: NoiseLevel) -> [Double] {
    collect(points, per: dimension * dimension) {
      posteriorCovariance(of: $0, at: level, into: &$1)
    }
  }
}

extension ScoreModel {
  fileprivate func collect(
    _ points: Batch<Scalar>, per count: Int,
    _ body: (Span<Scalar>, inout MutableSpan<Double>) -> Void
  ) -> [Double] {
    precondition(
      points.dimension == dimension,
      "A model of dimension \(dimension) got points of dimension \(points.dimension).")
    var output = [Double](repeating: 0, count: points.count * count)
    points.withSpan { points in
      var span = output.mutableSpan
      body(points, &span)
    }
    return output
  }
}
