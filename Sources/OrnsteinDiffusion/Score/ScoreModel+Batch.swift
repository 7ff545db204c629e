import OrnsteinNumerics

extension ScoreModel {
  /// Writes a chosen expression of the score of each point.
  ///
  /// - Parameters:
  ///   - parametrization: What to write: the score, the denoiser, the noise or the velocity.
  ///   - points: `n * dimension` coordinates, row-major.
  ///   - level: The noise level, with `sigma > 0`.
  ///   - output: Receives `n * dimension` numbers.
  ///   - workspace: Scratch memory of the calling thread.
  public func predict(
    _ parametrization: ScoreParametrization, of points: Span<Scalar>, at level: NoiseLevel,
    into output: inout MutableSpan<Scalar>, workspace: Workspace
  ) {
    score(of: points, at: level, into: &output, workspace: workspace)
    ScoreParametrization.score.convert(&output, to: parametrization, points: points, at: level)
  }

  /// A chosen expression of the score of each point.
  public func predict(
    _ parametrization: ScoreParametrization, of points: Batch<Scalar>, at level: NoiseLevel
  ) -> Batch<Scalar> {
    precondition(
      points.dimension == dimension,
      "A model of dimension \(dimension) got points of dimension \(points.dimension).")
    var output = Batch<Scalar>(count: points.count, dimension: dimension)
    let workspace = Workspace()
    points.withSpan { points in
      output.withMutableSpan { output in
        predict(parametrization, of: points, at: level, into: &output, workspace: workspace)
      }
    }
    return output
  }

  /// grad log p_t of each point.
  public func score(of points: Batch<Scalar>, at level: NoiseLevel) -> Batch<Scalar> {
    predict(.score, of: points, at: level)
  }

  /// E[x_0 | x] for each point.
  public func denoiser(of points: Batch<Scalar>, at level: NoiseLevel) -> Batch<Scalar> {
    predict(.denoiser, of: points, at: level)
  }

  /// E[xi | x] for each point.
  public func noise(of points: Batch<Scalar>, at level: NoiseLevel) -> Batch<Scalar> {
    predict(.noise, of: points, at: level)
  }

  /// E[alpha xi - sigma x_0 | x] for each point.
  public func velocity(of points: Batch<Scalar>, at level: NoiseLevel) -> Batch<Scalar> {
    predict(.velocity, of: points, at: level)
  }
}
