import OrnsteinDiffusion
import OrnsteinNumerics
import RealModule

/// The plane cut into boxes by a tree of straight cuts at medians, in turn along the longer side.
package struct PlaneBoxes: Sendable {
  /// A box; its sides may be infinite.
  package struct Box: Sendable {
    package var low: (Double, Double) = (-.infinity, -.infinity)
    package var high: (Double, Double) = (.infinity, .infinity)
  }

  private let depth: Int
  /// The cuts in the order of a heap: node i has the children 2 i + 1 and 2 i + 2.
  private let axes: [Int]
  private let cuts: [Double]

  package var count: Int { 1 << depth }

  /// Boxes that hold about equally many of some points.
  package init(cutting points: Batch<Double>, depth: Int) {
    self.depth = depth
    var axes = [Int](repeating: 0, count: (1 << depth) - 1)
    var cuts = [Double](repeating: 0, count: axes.count)
    func spread(_ rows: [Int], _ axis: Int) -> Double {
      let (low, high) = rows.reduce((Double.infinity, -Double.infinity)) {
        (min($0.0, points[$1, axis]), max($0.1, points[$1, axis]))
      }
      return high - low
    }
    func cut(_ node: Int, _ rows: [Int]) {
      guard node < axes.count else { return }
      let axis = spread(rows, 0) >= spread(rows, 1) ? 0 : 1
      let sorted = rows.sorted { points[$0, axis] < points[$1, axis] }
      let middle = sorted.count / 2
      axes[node] = axis
      cuts[node] = sorted.isEmpty ? 0 : points[sorted[middle], axis]
      cut(2 * node + 1, Array(sorted[..<middle]))
      cut(2 * node + 2, Array(sorted[middle...]))
    }
    cut(0, Array(0..<points.count))
    self.axes = axes
    self.cuts = cuts
  }

  package func box(of x: Double, _ y: Double) -> Int {
    var node = 0
    while node < cuts.count {
      node = 2 * node + ((axes[node] == 0 ? x : y) < cuts[node] ? 1 : 2)
    }
    return node - cuts.count
  }

  /// The sides of a box.
  package subscript(index: Int) -> Box {
    var box = Box()
    var node = index + cuts.count
    while node > 0 {
      let parent = (node - 1) / 2
      let isLow = node == 2 * parent + 1
      switch (axes[parent], isLow) {
      case (0, true): box.high.0 = min(box.high.0, cuts[parent])
      case (0, false): box.low.0 = max(box.low.0, cuts[parent])
      case (_, true): box.high.1 = min(box.high.1, cuts[parent])
      case (_, false): box.low.1 = max(box.low.1, cuts[parent])
      }
      node = parent
    }
    return box
  }

  /// The exact probability of each box under a mixture or a cube, else `nil`.
  ///
  /// Products of normal probabilities for covariances along the axes; for others an integral over x of
  /// the normal density times the probability of y given x, by Gauss's rule with 8 nodes for each half
  /// standard deviation.
  package func masses(under law: ReferenceLaw) -> [Double]? {
    let boxes = (0..<count).map { self[$0] }
    if let mixture = law.mixture, law.hasDensity {
      var masses = [Double](repeating: 0, count: count)
      for component in mixture.description.components where component.weight > 0 {
        let normal = PlaneNormal(component, at: law.level)
        for (index, box) in boxes.enumerated() {
          masses[index] += component.weight * normal.mass(of: box)
        }
      }
      return masses
    }
    guard law.target is SolidCube<Double>, let x = law.projection(along: [1, 0]),
      let y = law.projection(along: [0, 1])
    else { return nil }
    return boxes.map { box in
      (x.cumulative(box.high.0) - x.cumulative(box.low.0))
        * (y.cumulative(box.high.1) - y.cumulative(box.low.1))
    }
  }
}

/// A normal law of the plane.
private struct PlaneNormal {
  let mean: (Double, Double)
  let deviation: Double
  /// y given x: its mean is slope (x - mean x) + mean y.
  let slope: Double
  let conditional: Double

  init(_ component: GaussianMixtureDescription.Component, at level: NoiseLevel) {
    mean = (level.alpha * component.mean[0], level.alpha * component.mean[1])
    var (xx, xy, yy) = (1.0, 0.0, 1.0)
    switch component.covariance {
    case .identity: break
    case .isotropic(let variance): (xx, yy) = (variance, variance)
    case .diagonal(let numbers): (xx, yy) = (numbers[0], numbers[1])
    case .full(let rows): (xx, xy, yy) = (rows[0][0], rows[0][1], rows[1][1])
    }
    let (signal, noise) = (level.alpha * level.alpha, level.sigma * level.sigma)
    xx = signal * xx + noise
    yy = signal * yy + noise
    xy *= signal
    deviation = xx.squareRoot()
    slope = xy / xx
    conditional = max(yy - xy * xy / xx, 0).squareRoot()
  }

  private static func between(_ low: Double, _ high: Double) -> Double {
    // On the side of the tail, so that nothing is lost.
    let root = Double.sqrt(0.5)
    return low > 0
      ? (Double.erfc(low * root) - .erfc(high * root)) / 2
      : (Double.erfc(-high * root) - .erfc(-low * root)) / 2
  }

  func mass(of box: PlaneBoxes.Box) -> Double {
    let low = max((box.low.0 - mean.0) / deviation, -9)
    let high = min((box.high.0 - mean.0) / deviation, 9)
    guard low < high else { return 0 }
    if slope == 0 {
      return Self.between(low, high)
        * Self.between(
          (box.low.1 - mean.1) / conditional, (box.high.1 - mean.1) / conditional)
    }
    // The steps of y given x may be sharper than x itself.
    let sharpness = max(1, abs(slope) * deviation / conditional)
    let panels = min(4000, Int(((high - low) * 2 * sharpness).rounded(.up)))
    let width = (high - low) / Double(panels)
    var sum = 0.0
    for panel in 0..<panels {
      for index in 0..<4 {
        for sign in [-1.0, 1.0] {
          let z = low + width * (Double(panel) + (1 + sign * Self.nodes[index]) / 2)
          let center = mean.1 + slope * deviation * z
          sum +=
            Self.weights[index] * .exp(-z * z / 2)
            * Self.between(
              (box.low.1 - center) / conditional, (box.high.1 - center) / conditional)
        }
      }
    }
    return sum * width / 2 / .sqrt(2 * .pi)
  }

  private static let nodes: InlineArray<4, Double> = [
    0.18343464249564980494, 0.52553240991632898582, 0.79666647741362673959,
    0.96028985649753623168,
  ]
  private static let weights: InlineArray<4, Double> = [
    0.36268378337836198297, 0.31370664587788728734, 0.22238103445337447054,
    0.10122853629037625915,
  ]
}
