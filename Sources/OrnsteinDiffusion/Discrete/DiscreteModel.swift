/// What a sampler of discrete states needs to know: the law of each clean coordinate given a noised
/// point.
///
/// The concrete score follows from it, p_t(y) / p_t(x) = E[P_t(X_0, y) / P_t(X_0, x) | X_t = x] for
/// points that differ in one coordinate. Thread-safe.
public protocol DiscreteModel: Sendable {
  /// The number of states of the data.
  var states: Int { get }
  /// The number of coordinates.
  var dimension: Int { get }

  /// Writes P(X_0i = a | X_t = x) at `i * states + a`, each row a probability vector.
  ///
  /// - Parameters:
  ///   - point: `dimension` states, the mask being `states`.
  ///   - time: The cumulative rate tau.
  ///   - process: What noised the data.
  ///   - posterior: Receives `dimension * states` numbers.
  func posterior(
    of point: Span<Int>, at time: Double, of process: DiscreteProcess,
    into posterior: inout MutableSpan<Double>)
}
