import RealModule

/// The times of a run that alternates between the probability flow and Langevin corrections.
///
/// In canonical time, the way from the horizon T down to the stop delta is cut in stages of length
/// 1 / L, the last one shorter or equal, each followed by a correction. With h = (T - delta) / N for a
/// grid of N steps, a stage has equal steps of at most h; the last stage has them down to the
/// remaining time rho = h, and from there geometric steps that at least halve the time, the last one
/// ending at delta: J = ceil(log2(rho / delta)) steps of ratio (delta / rho)^{1 / J}.
///
/// A run has therefore more steps than N: up to one more for each stage, and the J of the end.
///
/// - Source: S. Chen, Chewi, Lee, Li, Lu, Salim, arXiv 2305.11798, algorithms 1 and 2, whose horizon is
///   whole stages plus h.
public struct CorrectedStages: Sendable, Hashable {
  /// L, a bound of the Hessian of log p_t for all t, 1 or more.
  public let lipschitz: Double

  /// The stages of a bound.
  ///
  /// - Throws: ``SamplingError/invalidOption(option:value:requirement:)`` unless the bound is 1 or
  ///   more and finite.
  public init(lipschitz: Double) throws(SamplingError) {
    guard lipschitz >= 1, lipschitz.isFinite else {
      throw .invalidOption(option: "lipschitz", value: lipschitz, requirement: "must be 1 or more")
    }
    self.lipschitz = lipschitz
  }

  /// The levels of a run on a grid of which the ends and the number of steps are used.
  ///
  /// - Throws: ``GridError`` for a grid that cannot be; ``SamplingError/invalidLevels(_:)`` if the
  ///   stop is without noise or the steps are too many.
  public func levels(
    of process: any ForwardProcess, grid: GridSpecification
  ) throws -> [NoiseLevel] {
    let ends = try grid.make(for: process)
    let (horizon, stop) = (process.level(at: ends.horizon), process.level(at: ends.stop))
    let times = try canonicalTimes(
      from: horizon.canonicalTime, to: stop.canonicalTime, steps: grid.steps)
    let interior = times.dropFirst().dropLast().map {
      process.level(at: process.time(ofCanonicalTime: $0))
    }
    return [horizon] + interior + [stop]
  }

  /// The canonical times in descending order, both ends included.
  ///
  /// - Throws: ``SamplingError/invalidLevels(_:)`` if the stop is 0 or the steps are too many.
  public func canonicalTimes(
    from horizon: Double, to stop: Double, steps: Int
  ) throws(SamplingError) -> [Double] {
    guard stop > 0 else {
      throw .invalidLevels("halving the time needs a stop time with noise; stop above 0")
    }
    let longest = (horizon - stop) / Double(steps)
    let whole = max((Self.ceiling((horizon - stop) * lipschitz) - 1), 0)
    let last = horizon - whole / lipschitz
    let turn = max(min(longest, last), stop)
    let inStage = max(Self.ceiling(1 / (lipschitz * longest)), 1)
    let inLast = Self.ceiling((last - turn) / longest)
    let atEnd = Self.ceiling(Double.log2(turn / stop))
    guard whole * inStage + inLast + atEnd <= Double(GridSpecification.maximumSteps) else {
      throw .invalidLevels(
        "stages of length 1 / \(lipschitz) make more than \(GridSpecification.maximumSteps) steps")
    }
    var times = [horizon]
    for stage in 0..<Int(whole) {
      for step in 1...Int(inStage) {
        times.append(horizon - (Double(stage) + Double(step) / inStage) / lipschitz)
      }
    }
    for step in 0..<Int(inLast) {
      times.append(last + (turn - last) * Double(step + 1) / inLast)
    }
    for step in 0..<Int(atEnd) {
      times.append(turn * .exp(.log(stop / turn) * Double(step + 1) / atEnd))
    }
    times[times.count - 1] = stop
    return times
  }

  /// Whether the step from one level to the next ends a stage: the step after it belongs to another,
  /// or there is none.
  func isEnd(step index: Int, of levels: [NoiseLevel]) -> Bool {
    guard index + 2 < levels.count else { return true }
    let horizon = levels[0].canonicalTime
    func stage(_ end: Int) -> Double {
      Self.ceiling((horizon - levels[end].canonicalTime) * lipschitz)
    }
    return stage(index + 2) > stage(index + 1)
  }

  /// The least whole number that is not below, up to rounding.
  private static func ceiling(_ value: Double) -> Double { (value - 1e-9).rounded(.up) }
}
