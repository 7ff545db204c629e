/// A named place of a sampler program: one point a row.
///
/// Register 0 holds the points themselves; others hold scores, noises, velocities and histories.
/// Every row has its own, so nothing is shared between points.
public struct Register: Sendable, Hashable {
  /// The place among the registers of a program.
  public let index: Int

  /// The points.
  public static let position = Register(index: 0)
}
