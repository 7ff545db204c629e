/// A register while a density is propagated: f(x) + sum_k c_k z_k, where x is the point whose density
/// is known and z_k are normals drawn since.
///
/// The function is known at every node together with its derivative: a dual number a node.
struct RegisterFunction {
  var values: [Double]
  var derivatives: [Double]
  var noise: [StreamKey: Double] = [:]

  /// The point itself.
  init(identityOn nodes: [Double]) {
    values = nodes
    derivatives = Array(repeating: 1, count: nodes.count)
  }

  /// 0 at every node.
  init(zeros count: Int) {
    values = Array(repeating: 0, count: count)
    derivatives = values
  }

  /// Whether the value does not depend on the point.
  var isConstant: Bool { derivatives.allSatisfy { $0 == 0 } && Set(values).count <= 1 }

  /// The deviation of the noise.
  var deviation: Double { noise.values.reduce(0) { $0 + $1 * $1 }.squareRoot() }

  mutating func add(_ other: RegisterFunction, times coefficient: Double) {
    for index in values.indices {
      values[index] += coefficient * other.values[index]
      derivatives[index] += coefficient * other.derivatives[index]
    }
    for (key, deviation) in other.noise { noise[key, default: 0] += coefficient * deviation }
  }
}
