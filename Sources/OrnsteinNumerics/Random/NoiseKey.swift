/// The seed of all randomness of a run; a draw is a pure function of (seed, purpose, step, element).
///
/// No generator with a state exists: any row of any step can be drawn on its own, on any thread,
/// and comes out the same.
public struct NoiseKey: Sendable, Hashable, Codable {
  /// The seed, the key of Philox4x32-10.
  public var seed: UInt64

  /// The randomness that belongs to a seed.
  public init(seed: UInt64) { self.seed = seed }

  /// The stream of one purpose at one step.
  ///
  /// - Parameters:
  ///   - purpose: What the numbers are for; two purposes never share numbers.
  ///   - step: The step of the computation, counted from 0.
  public func stream(_ purpose: NoisePurpose, step: Int = 0) -> NoiseStream {
    NoiseStream(seed: seed, purpose: purpose.rawValue, step: UInt32(truncatingIfNeeded: step))
  }
}
