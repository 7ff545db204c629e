import OrnsteinNumerics
import RealModule

/// The parameters of a mixture with component beside component, four to a vector; the last vector is
/// filled up with standard normal laws of weight 0.
struct ComponentLanes: Sendable {
  typealias Lane = SIMD4<Double>

  /// The number of vectors.
  let groups: Int
  /// Coordinates in an order of their own.
  let axes: [Int]
  /// log w_k.
  let logWeights: [Lane]
  /// Vectors by axes.
  let means: [Lane]
  /// Vectors by axes where the kind is axis-aligned, and otherwise by lower triangles, row after row.
  let covariances: [Lane]

  var dimension: Int { axes.count }
  /// The components with those that fill up.
  var lanes: Int { 4 * groups }

  init(_ parameters: MixtureParameters, axes: [Int]) {
    let (count, d) = (parameters.count, axes.count)
    let groups = (count + 3) / 4
    func lanes(_ size: Int, filler: (Int) -> Double, _ values: (Int) -> [Double]) -> [Lane] {
      var lanes = (0..<groups * size).map { Lane(repeating: filler($0 % size)) }
      for k in 0..<count {
        for (index, value) in values(k).enumerated() {
          lanes[k / 4 * size + index][k % 4] = value
        }
      }
      return lanes
    }
    self.groups = groups
    self.axes = axes
    logWeights = lanes(1, filler: { _ in -.infinity }) { [.log(parameters.weights[$0])] }
    means = lanes(d, filler: { _ in 0 }) { k in
      let mean = parameters.mean(k)
      return axes.map { mean[mean.startIndex + $0] }
    }
    if parameters.kind.isAxisAligned {
      covariances = lanes(d, filler: { _ in 1 }) { k in
        let variances = parameters.variances(k)
        return axes.map { variances[$0] }
      }
    } else {
      let diagonal = Set((0..<d).map { Self.triangle($0) + $0 })
      covariances = lanes(Self.triangle(d), filler: { diagonal.contains($0) ? 1 : 0 }) { k in
        let matrix = parameters.matrix(k)
        return (0..<d).flatMap { i in (0...i).map { j in matrix[axes[i] * d + axes[j]] } }
      }
    }
  }

  /// The numbers of the first rows of a lower triangle.
  @inline(__always)
  static func triangle(_ rows: Int) -> Int { rows * (rows + 1) / 2 }
}

extension SIMD4<Double> {
  /// The natural logarithms.
  var logarithms: SIMD4<Double> {
    SIMD4(Double.log(self[0]), Double.log(self[1]), Double.log(self[2]), Double.log(self[3]))
  }
}
