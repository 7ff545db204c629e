/// The Lagrange polynomials on some nodes: each is 1 at its node and 0 at the others.
struct LagrangeBasis {
  /// The nodes, all different.
  let nodes: [Double]

  /// The value at a place of the polynomial that belongs to a node, as a product of ratios.
  func value(of index: Int, at place: Double) -> Double {
    var product = 1.0
    for (other, node) in nodes.enumerated() where other != index {
      product *= (place - node) / (nodes[index] - node)
    }
    return product
  }

  /// The integrals over [0, length] of each polynomial times a weight function.
  func integrals(over length: Double, weight: (Double) -> Double) -> [Double] {
    nodes.indices.map { index in
      GaussLegendre.integral(over: length) { weight($0) * value(of: index, at: $0) }
    }
  }
}
