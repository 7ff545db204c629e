import OrnsteinNumerics

extension DirectionalScoreModel {
  /// Writes the score of each point and its derivatives along several directions, one pair of both
  /// after the other.
  public func score(
    of points: Span<Scalar>, alongEach directions: Span<Scalar>, at level: NoiseLevel,
    into score: inout MutableSpan<Scalar>, derivatives: inout MutableSpan<Scalar>,
    workspace: Workspace
  ) {
    forEachBlock(of: points, directions, into: &derivatives) { direction, derivative in
      self.score(
        of: points, along: direction, at: level, into: &score, derivative: &derivative,
        workspace: workspace)
    }
  }

  fileprivate func forEachBlock(
    of points: Span<Scalar>, _ directions: Span<Scalar>,
    into derivatives: inout MutableSpan<Scalar>,
    _ body: (Span<Scalar>, inout MutableSpan<Scalar>) -> Void
  ) {
    let count = points.count
    precondition(
      directions.count == derivatives.count
        && (count == 0 ? directions.isEmpty : directions.count.isMultiple(of: count)),
      "\(directions.count) numbers are no directions of \(count) coordinates with "
        + "\(derivatives.count) derivatives.")
    guard count > 0 else { return }
    directions.withUnsafeBufferPointer { directions in
      derivatives.withUnsafeMutableBufferPointer { derivatives in
        for first in Swift.stride(from: 0, to: directions.count, by: count) {
          let block = first..<first + count
          var derivative = MutableSpan(
            _unsafeElements: UnsafeMutableBufferPointer(rebasing: derivatives[block]))
          body(
            Span(_unsafeElements: UnsafeBufferPointer(rebasing: directions[block])), &derivative)
        }
      }
    }
  }
}

extension DirectionalScoreModel where Self: HessianModel {
  /// Writes the score of each point, and the Hessian of log p_t times its direction.
  public func score(
    of points: Span<Scalar>, along directions: Span<Scalar>, at level: NoiseLevel,
    into score: inout MutableSpan<Scalar>, derivative: inout MutableSpan<Scalar>,
    workspace: Workspace
  ) {
    self.score(of: points, at: level, into: &score, workspace: workspace)
    writeProduct(of: points, along: directions, at: level, into: &derivative, workspace: workspace)
  }

  /// Writes the score of each point once, and the Hessian of log p_t times each direction.
  public func score(
    of points: Span<Scalar>, alongEach directions: Span<Scalar>, at level: NoiseLevel,
    into score: inout MutableSpan<Scalar>, derivatives: inout MutableSpan<Scalar>,
    workspace: Workspace
  ) {
    self.score(of: points, at: level, into: &score, workspace: workspace)
    forEachBlock(of: points, directions, into: &derivatives) { direction, derivative in
      writeProduct(of: points, along: direction, at: level, into: &derivative, workspace: workspace)
    }
  }

  private func writeProduct(
    of points: Span<Scalar>, along directions: Span<Scalar>, at level: NoiseLevel,
    into derivative: inout MutableSpan<Scalar>, workspace: Workspace
  ) {
    workspace.withBuffer(of: Double.self, count: points.count) { product in
      var span = MutableSpan(_unsafeElements: product)
      hessianProduct(of: points, with: directions, at: level, into: &span)
      for index in product.indices { derivative[index] = Scalar(product[index]) }
    }
  }
}
