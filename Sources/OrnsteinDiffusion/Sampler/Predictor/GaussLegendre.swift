import RealModule

/// Integrals of smooth functions by Gauss-Legendre quadrature with ten points a panel.
enum GaussLegendre {
  /// The integral of a function over [0, length], in panels no longer than 1.
  ///
  /// Exact to rounding for exponentials times polynomials of a degree below ten.
  static func integral(over length: Double, _ function: (Double) -> Double) -> Double {
    let panels = max(length.rounded(.up), 1)
    let width = length / panels
    var sum = 0.0
    for panel in 0..<Int(panels) {
      for (node, weight) in rule {
        sum += weight * function((Double(panel) + node) * width)
      }
    }
    return sum * width
  }

  /// Nodes and weights on [0, 1]: roots of the Legendre polynomial by Newton's method.
  private static let rule: [(node: Double, weight: Double)] = {
    let count = 10
    return (0..<count).map { index in
      var x = Double.cos(.pi * (Double(index) + 0.75) / (Double(count) + 0.5))
      var slope = 1.0
      for _ in 0..<10 {
        var (previous, value) = (1.0, x)
        for degree in 2...count {
          let n = Double(degree)
          (previous, value) = (value, ((2 * n - 1) * x * value - (n - 1) * previous) / n)
        }
        slope = Double(count) * (x * value - previous) / (x * x - 1)
        x -= value / slope
      }
      return ((1 + x) / 2, 1 / ((1 - x * x) * slope * slope))
    }
  }()
}
