import RealModule

/// Adams-Bashforth coefficients of slopes of ``MatchedNormal``, which vary like 1 / sqrt(variance +
/// sigma^2) times something smooth.
enum AdamsWeights {
  /// b_j = sqrt(v + sigma_j^2) times the integral from the newest node to `end` of L_j(s) /
  /// sqrt(v + s^2), with L_j the Lagrange polynomials on the nodes.
  ///
  /// - Parameters:
  ///   - nodes: The deviations of the slopes, the newest first, all different.
  ///   - end: Where the step leads.
  ///   - variance: v.
  /// - Returns: One coefficient a node.
  static func weights(nodes: [Double], to end: Double, variance: Double) -> [Double] {
    let start = nodes[0]
    // Four panels of the quadrature.
    let unit = (end - start) / 4
    let basis = LagrangeBasis(nodes: nodes.map { ($0 - start) / unit })
    let integrals = basis.integrals(over: 4) { place in
      let sigma = start + unit * place
      return 1 / .sqrt(variance + sigma * sigma)
    }
    return zip(nodes, integrals).map { unit * $1 * .sqrt(variance + $0 * $0) }
  }
}
