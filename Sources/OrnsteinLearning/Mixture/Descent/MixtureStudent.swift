import OrnsteinNumerics
import RealModule

/// The network that learns a mixture of normal laws with identity covariance by its score.
///
/// With weights w = softmax(logits) and probabilities
///
///     rho_k(x) = softmax_k(log w_k + <x, theta_k> - |theta_k|^2 / 2)
///
/// it predicts f(x) = sum_k rho_k(x) theta_k, and f(x) - x is the score of
/// sum_k w_k N(theta_k, I). Along the canonical process, noised data are such a mixture again, with
/// theta_k = e^{-t} mu_k: one set of centres mu serves every time.
///
/// - Source: Shah, Chen, Klivans, arXiv 2307.01178.
public struct MixtureStudent: Sendable, Equatable {
  /// theta, one centre a row.
  public var centres: Batch<Double>
  /// One finite number a component.
  public var logits: [Double]

  /// A student by its parameters.
  ///
  /// - Parameters:
  ///   - centres: One centre a row, at least one.
  ///   - logits: One number a centre; equal weights if `nil`.
  public init(centres: Batch<Double>, logits: [Double]? = nil) {
    precondition(centres.count >= 1, "A student needs a centre.")
    precondition(
      logits.map { $0.count == centres.count } ?? true,
      "\(centres.count) centres need as many logits, not \(logits?.count ?? 0).")
    self.centres = centres
    self.logits = logits ?? [Double](repeating: 0, count: centres.count)
  }

  /// A student by its centres and positive weights.
  public init(centres: [[Double]], weights: [Double]) {
    self.init(centres: Batch(rows: centres), logits: weights.map { .log($0) })
  }

  /// The student with centres theta and -theta and equal weights, for which
  /// f(x) = tanh(<theta, x>) theta.
  public init(pair centre: [Double]) {
    self.init(centres: Batch(rows: [centre, centre.map { -$0 }]))
  }

  /// The number of centres.
  public var componentCount: Int { centres.count }

  /// The number of coordinates of a point.
  public var dimension: Int { centres.dimension }

  /// The weights, which sum to 1.
  public var weights: [Double] { Self.softmax(logits) }

  /// rho_k(x) for every component.
  public func responsibilities(of point: [Double]) -> [Double] {
    Self.softmax(
      (0..<componentCount).map { k in
        let centre = centres.point(k)
        return logits[k]
          + centre.indices.reduce(0) { $0 + centre[$1] * (point[$1] - centre[$1] / 2) }
      })
  }

  /// f(x) = sum_k rho_k(x) theta_k.
  public func callAsFunction(_ point: [Double]) -> [Double] {
    let probabilities = responsibilities(of: point)
    return (0..<dimension).map { axis in
      (0..<componentCount).reduce(0) { $0 + probabilities[$1] * centres[$1, axis] }
    }
  }

  static func softmax(_ logits: [Double]) -> [Double] {
    let largest = logits.max() ?? 0
    let powers = logits.map { Double.exp($0 - largest) }
    let sum = powers.reduce(0, +)
    return powers.map { $0 / sum }
  }
}
