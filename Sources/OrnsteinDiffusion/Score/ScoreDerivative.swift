import OrnsteinNumerics
import RealModule

/// Any score with its derivatives: products with the Jacobian, its trace, and the Jacobian itself.
///
/// The derivative is the model's own where it has one (``DirectionalScoreModel``: every exact target
/// and every network), exact to rounding. Any other score is differentiated by central differences
/// along the direction, (s(x + h v) - s(x - h v)) / 2 h with |h v| = rounding^(1/3) times the larger
/// of sigma and rounding^(1/3) |x|, rounding the unit roundoff of the scalar: a relative error of
/// about 1e-10 in `Double` and 1e-4 in `Float` for scores that vary over distances of sigma.
///
/// A point's derivative has the same bits whatever batch it is in.
public struct ScoreDerivative<Scalar: BatchScalar>: DirectionalScoreModel {
  /// Where derivatives come from.
  public enum Source: String, Sendable, Codable {
    /// The model differentiates itself.
    case model
    /// Central differences of scores.
    case differences
  }

  /// The score.
  public let model: any ScoreModel<Scalar>
  private let directional: (any DirectionalScoreModel<Scalar>)?
  private let second: (any HessianModel<Scalar>)?

  /// The derivatives of a score, the best there are.
  public init(_ model: any ScoreModel<Scalar>) {
    self.model = model
    directional = model as? any DirectionalScoreModel<Scalar>
    second = model as? any HessianModel<Scalar>
  }

  /// Where derivatives come from.
  public var source: Source { directional == nil ? .differences : .model }

  /// Whether the trace of the Jacobian has a closed form, and costs no more in many dimensions.
  public var hasClosedTrace: Bool { second != nil }

  /// The number of coordinates of a point.
  public var dimension: Int { model.dimension }

  /// The multiply-adds of one score.
  public var multiplyAddsPerPoint: Int { model.multiplyAddsPerPoint }

  /// Writes the score of each point.
  public func score(
    of points: Span<Scalar>, at level: NoiseLevel, into score: inout MutableSpan<Scalar>,
    workspace: Workspace
  ) {
    model.score(of: points, at: level, into: &score, workspace: workspace)
  }

  /// Writes the score of each point and its derivative along a direction of each point's own.
  public func score(
    of points: Span<Scalar>, along directions: Span<Scalar>, at level: NoiseLevel,
    into score: inout MutableSpan<Scalar>, derivative: inout MutableSpan<Scalar>,
    workspace: Workspace
  ) {
    guard let directional else {
      self.score(of: points, at: level, into: &score, workspace: workspace)
      writeDifference(
        of: points, along: directions, at: level, into: &derivative, workspace: workspace)
      return
    }
    directional.score(
      of: points, along: directions, at: level, into: &score, derivative: &derivative,
      workspace: workspace)
  }

  /// Writes the score of each point and its derivatives along several directions.
  public func score(
    of points: Span<Scalar>, alongEach directions: Span<Scalar>, at level: NoiseLevel,
    into score: inout MutableSpan<Scalar>, derivatives: inout MutableSpan<Scalar>,
    workspace: Workspace
  ) {
    if let directional {
      directional.score(
        of: points, alongEach: directions, at: level, into: &score, derivatives: &derivatives,
        workspace: workspace)
      return
    }
    self.score(of: points, at: level, into: &score, workspace: workspace)
    let count = points.count
    guard count > 0 else { return }
    precondition(
      directions.count == derivatives.count && directions.count.isMultiple(of: count),
      "\(directions.count) numbers are no directions of \(count) coordinates.")
    directions.withUnsafeBufferPointer { directions in
      derivatives.withUnsafeMutableBufferPointer { derivatives in
        for first in Swift.stride(from: 0, to: directions.count, by: count) {
          let block = first..<first + count
          var derivative = MutableSpan(
            _unsafeElements: UnsafeMutableBufferPointer(rebasing: derivatives[block]))
          writeDifference(
            of: points,
            along: Span(_unsafeElements: UnsafeBufferPointer(rebasing: directions[block])),
            at: level, into: &derivative, workspace: workspace)
        }
      }
    }
  }

  /// Writes the score of each point, and its divergence, the trace of the Jacobian.
  ///
  /// The closed form where there is one, `dimension` derivatives along the axes otherwise.
  ///
  /// - Parameters:
  ///   - points: `n * dimension` coordinates, row-major.
  ///   - level: The noise level, with `sigma > 0`.
  ///   - score: Receives `n * dimension` numbers.
  ///   - divergence: Receives `n` numbers.
  ///   - workspace: Scratch memory of the calling thread.
  public func score(
    of points: Span<Scalar>, at level: NoiseLevel, into score: inout MutableSpan<Scalar>,
    divergence: inout MutableSpan<Double>, workspace: Workspace
  ) {
    let (d, n) = (dimension, divergence.count)
    precondition(
      n * d == points.count, "\(points.count) coordinates do not fit \(n) divergences.")
    if let second {
      self.score(of: points, at: level, into: &score, workspace: workspace)
      second.hessianTrace(of: points, at: level, into: &divergence)
      return
    }
    for row in 0..<n { divergence[row] = 0 }
    forEachAxis(of: points, at: level, into: &score, workspace: workspace) { axis, derivative in
      for row in 0..<n { divergence[row] += Double(derivative[row * d + axis]) }
    }
  }

  /// The Jacobian of the score at each point, `d * d` numbers each, row-major: entry (i, j) is the
  /// derivative of s_i by x_j.
  ///
  /// For a few points: takes `dimension` derivatives.
  ///
  /// - Parameters:
  ///   - points: The points.
  ///   - level: The noise level, with `sigma > 0`.
  public func jacobian(of points: Batch<Scalar>, at level: NoiseLevel) -> [Double] {
    let d = dimension
    precondition(
      points.dimension == d,
      "A model of dimension \(d) got points of dimension \(points.dimension).")
    var jacobian = [Double](repeating: 0, count: points.count * d * d)
    var score = Batch<Scalar>(count: points.count, dimension: d)
    let workspace = Workspace()
    points.withSpan { points in
      score.withMutableSpan { score in
        forEachAxis(of: points, at: level, into: &score, workspace: workspace) { axis, column in
          for index in column.indices { jacobian[index * d + axis] = Double(column[index]) }
        }
      }
    }
    return jacobian
  }

  /// The score of each point and its derivative along a direction of each point's own.
  ///
  /// - Parameters:
  ///   - points: The points.
  ///   - directions: As many directions.
  ///   - level: The noise level, with `sigma > 0`.
  public func score(
    of points: Batch<Scalar>, along directions: Batch<Scalar>, at level: NoiseLevel
  ) -> (score: Batch<Scalar>, derivative: Batch<Scalar>) {
    precondition(
      points.dimension == dimension && directions.dimension == dimension
        && points.count == directions.count,
      "\(directions.count) directions do not fit \(points.count) points of dimension \(dimension).")
    var score = Batch<Scalar>(count: points.count, dimension: dimension)
    var derivative = score
    let workspace = Workspace()
    points.withSpan { points in
      directions.withSpan { directions in
        score.withMutableSpan { score in
          derivative.withMutableSpan { derivative in
            self.score(
              of: points, along: directions, at: level, into: &score, derivative: &derivative,
              workspace: workspace)
          }
        }
      }
    }
    return (score, derivative)
  }

  /// Differentiates along every axis, some axes at once; the score itself is written as well.
  private func forEachAxis(
    of points: Span<Scalar>, at level: NoiseLevel, into score: inout MutableSpan<Scalar>,
    workspace: Workspace, _ body: (Int, UnsafeMutableBufferPointer<Scalar>) -> Void
  ) {
    let (d, count, atOnce) = (dimension, points.count, min(dimension, 16))
    workspace.withBuffer(of: Scalar.self, count: 2 * atOnce * count) { buffer in
      for first in Swift.stride(from: 0, to: d, by: atOnce) {
        let axes = min(atOnce, d - first)
        let directions = UnsafeMutableBufferPointer(rebasing: buffer[..<(axes * count)])
        let derivatives = UnsafeMutableBufferPointer(
          rebasing: buffer[(axes * count)..<(2 * axes * count)])
        directions.update(repeating: 0)
        for axis in 0..<axes {
          for row in 0..<count / d { directions[axis * count + row * d + first + axis] = 1 }
        }
        var span = MutableSpan(_unsafeElements: derivatives)
        self.score(
          of: points, alongEach: Span(_unsafeElements: UnsafeBufferPointer(directions)), at: level,
          into: &score, derivatives: &span, workspace: workspace)
        for axis in 0..<axes {
          body(
            first + axis,
            UnsafeMutableBufferPointer(rebasing: derivatives[(axis * count)..<((axis + 1) * count)])
          )
        }
      }
    }
  }

  private func writeDifference(
    of points: Span<Scalar>, along directions: Span<Scalar>, at level: NoiseLevel,
    into derivative: inout MutableSpan<Scalar>, workspace: Workspace
  ) {
    let (d, count) = (dimension, points.count)
    precondition(
      directions.count == count && derivative.count == count,
      "\(directions.count) numbers are no direction of \(count) coordinates.")
    let root = Double.root(Double(Scalar.ulpOfOne), 3)
    workspace.withBuffer(of: Scalar.self, count: 2 * count) { buffer in
      let moved = UnsafeMutableBufferPointer(rebasing: buffer[..<count])
      let before = UnsafeMutableBufferPointer(rebasing: buffer[count...])
      workspace.withBuffer(of: Double.self, count: count / d) { steps in
        for row in steps.indices {
          var (size, length) = (0.0, 0.0)
          for index in row * d..<(row + 1) * d {
            size += Double(points[index]) * Double(points[index])
            length += Double(directions[index]) * Double(directions[index])
          }
          steps[row] =
            length == 0
            ? 0 : root * max(level.sigma, root * size.squareRoot()) / length.squareRoot()
        }
        func move(_ sign: Double) {
          for index in 0..<count {
            moved[index] = Scalar(
              Double(points[index]) + sign * steps[index / d] * Double(directions[index]))
          }
        }
        let place = Span(_unsafeElements: UnsafeBufferPointer(moved))
        move(-1)
        var span = MutableSpan(_unsafeElements: before)
        model.score(of: place, at: level, into: &span, workspace: workspace)
        move(1)
        model.score(of: place, at: level, into: &derivative, workspace: workspace)
        for index in 0..<count {
          let step = steps[index / d]
          derivative[index] =
            step == 0
            ? 0 : Scalar((Double(derivative[index]) - Double(before[index])) / (2 * step))
        }
      }
    }
  }
}
