/// A rule that leads points from a noise level to a cleaner one.
///
/// A value that emits the instructions of its steps; history and velocities live in registers of the
/// program, one set a point, so a step shares nothing between points.
public protocol Predictor: Sendable {
  /// What the method is.
  static var summary: MethodSummary { get }

  /// Whether a step draws noise.
  var isStochastic: Bool { get }

  /// Whether programs differ between blocks of rows, because the method chooses times at random.
  var isRandomized: Bool { get }

  /// The levels that the method takes in place of those of a grid, or `nil` to take the grid's.
  ///
  /// - Throws: ``SamplingError`` if the grid leaves no room for them.
  func levels(of process: any ForwardProcess, grid: GridSpecification) throws -> [NoiseLevel]?

  /// Emits the step from `levels[index]` to `levels[index + 1]`.
  ///
  /// - Parameters:
  ///   - index: The number of the step, counted from 0.
  ///   - levels: All levels of the run, from the horizon to the stop.
  ///   - program: Receives the instructions.
  func emit(step index: Int, of levels: [NoiseLevel], into program: inout ProgramBuilder)
}

extension Predictor {
  /// Programs are the same for all rows.
  public var isRandomized: Bool { false }

  /// The levels are those of the grid.
  public func levels(of process: any ForwardProcess, grid: GridSpecification) throws
    -> [NoiseLevel]?
  { nil }
}

/// A predictor whose step is affine in the point, its score and one normal vector.
///
/// Its law on Gaussian data has a closed form, and one score evaluation serves a step. A conforming
/// rule must be right for every pair of levels with alpha > 0 at the noisier one: write it either for
/// the canonical process (``AffineStep/scaled(from:to:)``) or in alpha, sigma and
/// H = log-SNR difference.
public protocol AffinePredictor: Predictor {
  /// The coefficients of the step from one level to a cleaner one.
  func step(from t: NoiseLevel, to s: NoiseLevel) -> AffineStep
}

extension AffinePredictor {
  /// One evaluation and one combination.
  public func emit(step index: Int, of levels: [NoiseLevel], into program: inout ProgramBuilder) {
    let step = step(from: levels[index], to: levels[index + 1])
    let score = program.evaluate(at: levels[index])
    program.combine(
      [(step.position, .position), (step.score, score)], noise: step.noise)
  }
}
