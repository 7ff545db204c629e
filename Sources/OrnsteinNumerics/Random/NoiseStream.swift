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
