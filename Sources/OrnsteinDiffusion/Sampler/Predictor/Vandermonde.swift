/// The system sum_j r_j^i rho_j = b_i, i = 0, 1, ..., of a few different nodes r_j.
struct Vandermonde {
  /// The nodes r_j.
  let nodes: [Double]

  /// The rho_j, by Bjorck and Pereyra's recurrences on divided differences, without a matrix.
  func solve(_ moments: [Double]) -> [Double] {
    let n = nodes.count
    var x = moments
    for k in 0..<n - 1 {
      for i in stride(from: n - 1, to: k, by: -1) { x[i] -= nodes[k] * x[i - 1] }
    }
    for k in stride(from: n - 2, through: 0, by: -1) {
      for i in k + 1..<n { x[i] /= nodes[i] - nodes[i - k - 1] }
      for i in k..<n - 1 { x[i] -= x[i + 1] }
    }
    return x
  }
}
