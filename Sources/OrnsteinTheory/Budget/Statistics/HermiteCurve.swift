/// A smooth curve through given values: cubic between the nodes, with the slopes of parabolas
/// through neighbours.
///
/// Linear in the values, so that averages of curves are curves of averages.
struct HermiteCurve {
  private let nodes: [Double]
  private let values: [Double]
  private let slopes: [Double]
  private let sums: [Double]

  /// A curve through values at strictly monotone nodes, at least two.
  init(nodes: [Double], values: [Double]) {
    self.nodes = nodes
    self.values = values
    let last = nodes.count - 1
    func secant(_ index: Int) -> Double {
      (values[index + 1] - values[index]) / (nodes[index + 1] - nodes[index])
    }
    var slopes = [Double](repeating: last == 1 ? secant(0) : 0, count: nodes.count)
    if last > 1 {
      for index in 1..<last {
        let (before, after) = (nodes[index] - nodes[index - 1], nodes[index + 1] - nodes[index])
        slopes[index] =
          (after * secant(index - 1) + before * secant(index)) / (before + after)
      }
      slopes[0] = 2 * secant(0) - slopes[1]
      slopes[last] = 2 * secant(last - 1) - slopes[last - 1]
    }
    self.slopes = slopes
    var (sums, total) = ([0.0], 0.0)
    for index in 0..<last {
      let width = nodes[index + 1] - nodes[index]
      total +=
        width * (values[index] + values[index + 1]) / 2
        + width * width * (slopes[index] - slopes[index + 1]) / 12
      sums.append(total)
    }
    self.sums = sums
  }

  /// The integral from the first node to each node.
  var integrals: [Double] { sums }

  /// The slope at each node.
  var derivatives: [Double] { slopes }

  /// The value at a place between the first and last node, and the integral from the first node to
  /// it.
  func value(at place: Double) -> (value: Double, integral: Double) {
    let rising = nodes[nodes.count - 1] > nodes[0]
    var (low, high) = (0, nodes.count - 1)
    while high - low > 1 {
      let middle = (low + high) / 2
      if (nodes[middle] <= place) == rising { low = middle } else { high = middle }
    }
    let width = nodes[low + 1] - nodes[low]
    let s = (place - nodes[low]) / width
    let (f, g) = (values[low], values[low + 1])
    let (p, q) = (slopes[low] * width, slopes[low + 1] * width)
    let value =
      f + s * (p + s * (3 * (g - f) - 2 * p - q + s * (p + q - 2 * (g - f))))
    let integral =
      sums[low] + width * s
      * (f + s * (p / 2 + s * ((3 * (g - f) - 2 * p - q) / 3 + s * (p + q - 2 * (g - f)) / 4)))
    return (value, integral)
  }
}
