import OrnsteinDiffusion
import OrnsteinNumerics
import RealModule

/// What bounds need to know about a law and a score, measured.
public struct DataStatistics: Sendable {
  /// Whether the score is that of an exact target, so that losses are least and norms those of the
  /// Hessian of log p_t.
  public let isExact: Bool
  /// The number of coordinates.
  public let dimension: Int
  /// The number of data points.
  public let points: Int
  /// M_2 = E |X_0|^2.
  public let secondMoment: Quantity
  /// The levels by ascending canonical time.
  public let levels: [LevelMeasurement]

  /// What some points and statistics of levels say.
  ///
  /// - Parameters:
  ///   - points: The clean points.
  ///   - levels: What was measured on them.
  ///   - exactMoments: The moments of the law where they are known, or `nil`.
  ///   - isExact: Whether the score is that of an exact target.
  public init<Scalar: BatchScalar>(
    of points: Batch<Scalar>, levels: [LevelMeasurement], exactMoments: DataMoments? = nil,
    isExact: Bool = false
  ) {
    self.isExact = isExact
    dimension = points.dimension
    self.points = points.count
    self.levels = levels.sorted { $0.level.canonicalTime < $1.level.canonicalTime }
    secondMoment =
      exactMoments.map { .exact($0.secondMoment) } ?? Self.secondMoment(of: points)
  }

  /// Measures an exact target on points of its own.
  ///
  /// - Parameters:
  ///   - target: The target.
  ///   - count: The number of points.
  ///   - levels: Levels with noise.
  ///   - seed: The seed of points and noise.
  ///   - threads: How many threads work.
  ///   - progress: Called after each level with the number of levels done.
  public init(
    of target: any ExactTarget<Double>, points count: Int, levels: [NoiseLevel], seed: UInt64,
    threads: Int = 1, progress: (Int) -> Void = { _ in }
  ) throws {
    let key = NoiseKey(seed: seed)
    let points = target.drawExactly(rows: 0..<count, key: key)
    let measurement = ScoreMeasurement(of: target, on: points, key: key)
    self.init(
      of: points,
      levels: try measurement.statistics(at: levels, threads: threads, progress: progress),
      exactMoments: target.moments, isExact: !(target is PerturbedScore<Double>))
  }

  /// The mean of |x|^2 with its standard error.
  ///
  /// - Parameter points: The points.
  public static func secondMoment<Scalar: BatchScalar>(of points: Batch<Scalar>) -> Quantity {
    (0..<points.count).map { row in
      points.point(row).reduce(0.0) { $0 + Double($1) * Double($1) }
    }.meanWithError { $0 }
  }

  /// M(u), and u M(u).
  public var curve: DimensionCurve {
    DimensionCurve(
      levels.map { .init(ratio: $0.ratio, meanSquaredError: $0.denoisingLoss) })
  }

  /// The largest local Lipschitz constant of all levels, or `nil` if none was measured.
  public var largestLipschitz: Double? {
    levels.compactMap { $0.lipschitz?.largest }.max()
  }

  /// The relative Fisher information at the lowest level, I(t) = J(t) - 2 d + alpha^2 M_2 + sigma^2 d, of
  /// an exact target; unknown of a learned model, whose loss bounds it from below only.
  public var relativeFisherInformation: Quantity {
    guard isExact, let lowest = levels.first, secondMoment.isKnown else { return .unknown }
    let d = Double(dimension)
    let (alpha, sigma) = (lowest.level.alpha, lowest.level.sigma)
    let scale = lowest.level.scale
    let (signal, noise) = (alpha * alpha / (scale * scale), sigma * sigma / (scale * scale))
    let rest = signal * secondMoment.value + noise * d - 2 * d
    return .estimate(
      max(0, scale * scale * lowest.bestFisherInformation.value + rest),
      standardError: scale * scale * lowest.bestFisherInformation.standardError
        + signal * secondMoment.standardError)
  }

  /// The inputs of bounds that were measured, and their standard errors.
  ///
  /// The intrinsic dimension is the largest u M(u), at most d. The relative Fisher information stands for
  /// that of the data: that of the lowest level, times e^{2t} of it.
  public var inputs: MeasuredInputs {
    var values: [BoundInput: Quantity] = [
      .dimension: .exact(Double(dimension)), .secondMoment: secondMoment,
    ]
    let dimensionOfData = curve.dimension
    if dimensionOfData.isKnown, dimensionOfData.value > 0 {
      values[.intrinsicDimension] = .estimate(
        min(Double(dimension), dimensionOfData.value),
        standardError: dimensionOfData.standardError)
    }
    if let largestLipschitz, largestLipschitz > 0 {
      values[.lipschitz] = .estimate(largestLipschitz, standardError: 0)
    }
    if let lowest = levels.first, relativeFisherInformation.isKnown {
      values[.fisherInformation] =
        Double.exp(2 * lowest.level.canonicalTime) * relativeFisherInformation
    }
    return MeasuredInputs(values)
  }
}

/// Inputs of bounds, some of them measured.
public struct MeasuredInputs: Sendable, Hashable {
  /// The numbers by what they are.
  public let values: [BoundInput: Quantity]

  /// Inputs by what they are; what is unknown is left out.
  ///
  /// - Parameter values: The numbers.
  public init(_ values: [BoundInput: Quantity]) {
    self.values = values.filter(\.value.isKnown)
  }

  /// The inputs as plain numbers.
  ///
  /// - Throws: ``BoundError`` for a number that cannot be what it is said to be.
  public func inputs() throws(BoundError) -> BoundInputs {
    try BoundInputs(values.mapValues(\.value))
  }

  /// Whether an input is an estimate.
  ///
  /// - Parameter input: Which.
  public func isEstimate(_ input: BoundInput) -> Bool {
    if case .estimate = values[input]?.certainty { true } else { false }
  }
}
