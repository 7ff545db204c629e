public import RealModule

/// The number types that samples are made of: `Float` for learned scores, `Double` for exact
/// targets and checks.
///
/// Coefficients, times and statistics are always `Double`; only the coordinates of points take
/// this type. Do not conform other types: every kernel exists for these two.
public protocol BatchScalar: Real, BinaryFloatingPoint, SIMDScalar, BitwiseCopyable, Codable,
  Sendable
{
  /// The vector kernels for this scalar.
  associatedtype Kernels: KernelSet where Kernels.Scalar == Self
}

extension Float: BatchScalar {
  /// Single-precision kernels.
  public typealias Kernels = FloatKernels
}

extension Double: BatchScalar {
  /// Double-precision kernels.
  public typealias Kernels = DoubleKernels
}
