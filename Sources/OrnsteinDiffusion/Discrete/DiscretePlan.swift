/// The law of discrete states at the horizon.
public enum DiscreteStart: String, Sendable, Codable, CaseIterable {
  /// What the process tends to: uniform states, or masks.
  case prior
  /// The noised data, for targets that can be drawn from.
  case exact
}

/// Everything that decides which discrete points are drawn from a model: a value to record and
/// repeat.
///
/// The grid is one of cumulative rates tau, spread as canonical times are: the signal e^{-tau} of a
/// coordinate is the alpha of ``OrnsteinUhlenbeck/canonical``. For ``DiscreteMethod/uniformization``
/// it cuts time into the pieces that have a bound each, and for ``DiscreteMethod/oneAtATime`` only
/// its ends count.
public struct DiscretePlan: Sendable, Hashable, Codable {
  /// What noise does to a coordinate.
  public var process: DiscreteProcess.Kind
  /// The times.
  public var grid: GridSpecification
  /// The rule of a step.
  public var method: DiscreteMethod
  /// The law at the horizon.
  public var start: DiscreteStart
  /// The seed of all randomness.
  public var seed: UInt64

  /// A plan by its parts.
  public init(
    process: DiscreteProcess.Kind = .absorbing,
    grid: GridSpecification = GridSpecification(.geometric, steps: 100, horizon: 8),
    method: DiscreteMethod = .ancestral, start: DiscreteStart = .prior, seed: UInt64 = 0
  ) {
    self.process = process
    self.grid = grid
    self.method = method
    self.start = start
    self.seed = seed
  }

  /// The times, from the horizon to the stop.
  ///
  /// - Throws: ``GridError``.
  public func times() throws(GridError) -> [Double] {
    try grid.make(for: OrnsteinUhlenbeck.canonical).times
  }

  /// The sampler that this plan makes of a model.
  ///
  /// - Parameters:
  ///   - model: The posterior of the data.
  ///   - target: Where an exact start comes from; the model itself if it is a target.
  /// - Throws: ``GridError`` or ``DiscreteError``.
  public func makeSampler(
    for model: any DiscreteModel, target: DiscreteTarget? = nil
  ) throws -> DiscreteSampler {
    var source: DiscreteTarget?
    if start == .exact {
      source = target ?? model as? DiscreteTarget
      guard source != nil else {
        throw DiscreteError.modelMismatch("an exact start needs a target to draw from")
      }
    }
    return try DiscreteSampler(
      model: model, process: DiscreteProcess(process, states: model.states), times: try times(),
      method: method, start: source, seed: seed)
  }
}
