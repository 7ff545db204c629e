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

/// What random numbers are for: a part of the counter, so purposes are independent.
public enum NoisePurpose: UInt32, Sendable, CaseIterable {
  /// The points at the horizon.
  case initial = 1
  /// The noise of predictor steps.
  case predictor = 2
  /// The noise of corrector steps.
  case corrector = 3
  /// Exact draws from a target: the component.
  case targetComponent = 4
  /// Exact draws from a target: the coordinates.
  case targetCoordinates = 5
  /// Noise added to data in denoising score matching.
  case trainingNoise = 6
  /// Noise levels in denoising score matching.
  case trainingLevels = 7
  /// The order in which data rows are visited.
  case trainingOrder = 8
  /// The initial weights of a network.
  case weights = 9
  /// The split of a table into training and validation rows.
  case split = 10
  /// Noise of the held-out loss.
  case validation = 11
  /// Random projections and resampling of metrics.
  case metric = 12
  /// Dequantisation and other draws of a table's encoding.
  case encoding = 13
  /// Tests only.
  case test = 14
}

/// An endless row of independent random numbers, addressed by element.
///
/// Philox4x32-10 (Salmon et al., SC 2011, <https://doi.org/10.1145/2063384.2063405>) with the seed
/// as key and the counter (block low, block high, step, purpose).
///
/// Which block an element reads depends on the scalar: in single precision, elements come in groups
/// of 64 from 16 blocks; element `64 g + 16 j + l` is word `j` of block `16 g + l`. In double
/// precision a block makes two numbers; element `32 g + 16 j + l` is pair `j` of block `16 g + l`.
public struct NoiseStream: Sendable, Hashable {
  /// The key of Philox.
  public var seed: UInt64
  /// The fourth word of the counter.
  public var purpose: UInt32
  /// The third word of the counter.
  public var step: UInt32

  /// A stream by its numbers.
  public init(seed: UInt64, purpose: UInt32, step: UInt32) {
    self.seed = seed
    self.purpose = purpose
    self.step = step
  }
}
