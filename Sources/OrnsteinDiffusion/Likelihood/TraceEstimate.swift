/// How the trace of a Jacobian is found along a flow.
public enum TraceEstimate: Sendable, Hashable {
  /// From a closed form, or from a derivative along each axis.
  case exact
  /// Hutchinson's: the mean of nu^T J nu over so many directions nu of independent signs, the same
  /// all the way.
  ///
  /// Without bias; for a symmetric Jacobian each direction adds the variance 2 sum_{i != j} J_ij^2.
  ///
  /// - Source: Hutchinson 1990; Grathwohl et al., arXiv 1810.01367; Song et al., arXiv 2011.13456.
  case hutchinson(probes: Int)

  /// The number of coordinates up to which a trace without a closed form is exact unless told
  /// otherwise.
  public static let exactDimension = 16

  /// Exact where that is cheap: a closed form, or few dimensions; one direction otherwise.
  public static func automatic<Scalar>(for derivative: ScoreDerivative<Scalar>) -> TraceEstimate {
    derivative.hasClosedTrace || derivative.dimension <= exactDimension
      ? .exact : .hutchinson(probes: 1)
  }
}
