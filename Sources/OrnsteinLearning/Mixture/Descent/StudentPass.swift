import OrnsteinNumerics
import RealModule

/// One worker's pass of points through a student: six small matrix products a chunk.
///
/// The caller fills `points`, and `targets` and `weights` where they are used.
final class StudentPass {
  /// The most points of one pass; even, so that pairs of opposite noise stay together.
  static let capacity = 256

  /// x, one point a row.
  let points: UnsafeMutablePointer<Double>
  /// What f(x) should be; after the pass, the residuals e = f(x) - target.
  let targets: UnsafeMutablePointer<Double>
  /// One weight a point.
  let weights: UnsafeMutablePointer<Double>
  /// Room for the noise of half of the points.
  let noise: UnsafeMutablePointer<Double>
  private let probabilities: UnsafeMutablePointer<Double>
  private let products: UnsafeMutablePointer<Double>
  private let means: UnsafeMutablePointer<Double>
  private let packed: UnsafeMutablePointer<Double>
  private let columns: UnsafeMutablePointer<Double>
  private let memory = NumberBlocks<Double>()
  private let layout: StudentSumsLayout

  init(_ layout: StudentSumsLayout) {
    self.layout = layout
    let rows = Self.capacity
    points = memory.take(rows * layout.dimension)
    targets = memory.take(rows * layout.dimension)
    weights = memory.take(rows)
    noise = memory.take(rows / 2 * layout.dimension)
    probabilities = memory.take(rows * layout.components)
    products = memory.take(rows * layout.components)
    means = memory.take(rows * layout.dimension)
    packed = memory.take(DoubleKernels.packedCount(rows: rows, columns: layout.dimension))
    columns = memory.take(layout.components)
  }

  /// Adds the sums over some points to a block laid out as the layout says; `corrections` still
  /// lacks its theta_j.
  func add(
    _ rows: Int, of student: PackedStudent, hasTargets: Bool, isWeighted: Bool,
    to sums: UnsafeMutablePointer<Double>
  ) {
    let n = layout.dimension
    findProbabilities(rows, student)
    if hasTargets { compare(rows, student, isWeighted: isWeighted, sums) }
    if isWeighted { weigh(rows, hasTargets: hasTargets) }
    for row in 0..<rows {
      var square = 0.0
      for axis in 0..<n { square += points[row * n + axis] * points[row * n + axis] }
      let weight = isWeighted ? weights[row] : 1
      sums[layout.square] += weight * square
      sums[layout.weight] += weight
    }
    addColumns(of: probabilities, rows, to: sums + layout.responsibilities)
    pack(points, rows)
    addProduct(of: probabilities, rows, to: sums + layout.positions)
    guard hasTargets else { return }
    addColumns(of: products, rows, to: sums + layout.logits)
    addProduct(of: products, rows, to: sums + layout.corrections)
    pack(targets, rows)
    addProduct(of: probabilities, rows, to: sums + layout.residuals)
  }

  private func findProbabilities(_ rows: Int, _ student: PackedStudent) {
    let k = layout.components
    var product = MatrixProduct<Double>(
      rows: rows, columns: k, inner: layout.dimension, left: points,
      leftRowStride: layout.dimension, packedRight: student.packedTranspose, output: products,
      outputStride: k)
    product.bias = UnsafePointer(student.constants)
    DoubleKernels.multiply(product)
    for row in 0..<rows {
      let logits = products + row * k
      var largest = logits[0]
      for j in 1..<max(k, 1) where logits[j] > largest { largest = logits[j] }
      for j in 0..<k { logits[j] -= largest }
    }
    DoubleKernels.exponential(products, into: probabilities, count: rows * k)
    for row in 0..<rows {
      let powers = probabilities + row * k
      var sum = 0.0
      for j in 0..<k { sum += powers[j] }
      let factor = 1 / sum
      for j in 0..<k { powers[j] *= factor }
    }
  }

  /// Residuals in `targets`, rho_j <e, theta_j - f> in `products`.
  private func compare(
    _ rows: Int, _ student: PackedStudent, isWeighted: Bool, _ sums: UnsafeMutablePointer<Double>
  ) {
    let (k, n) = (layout.components, layout.dimension)
    DoubleKernels.multiply(
      MatrixProduct(
        rows: rows, columns: n, inner: k, left: probabilities, leftRowStride: k,
        packedRight: student.packed, output: means, outputStride: n))
    DoubleKernels.multiply(
      MatrixProduct(
        rows: rows, columns: k, inner: k, left: probabilities, leftRowStride: k,
        packedRight: student.packedProducts, output: products, outputStride: k))
    let curvatures = sums + layout.curvatures
    for row in 0..<rows {
      let (rho, inner) = (probabilities + row * k, products + row * k)
      let weight = isWeighted ? weights[row] : 1
      var square = 0.0
      for j in 0..<k { square += rho[j] * inner[j] }
      for j in 0..<k {
        curvatures[j] += weight * rho[j] * rho[j] * (student.norms[j] - 2 * inner[j] + square)
      }
      let (f, e) = (means + row * n, targets + row * n)
      var loss = 0.0
      for axis in 0..<n {
        e[axis] = f[axis] - e[axis]
        loss += e[axis] * e[axis]
      }
      sums[layout.loss] += weight * loss
    }
    DoubleKernels.multiply(
      MatrixProduct(
        rows: rows, columns: k, inner: n, left: targets, leftRowStride: n,
        packedRight: student.packedTranspose, output: products, outputStride: k))
    for row in 0..<rows {
      let (rho, inner) = (probabilities + row * k, products + row * k)
      var along = 0.0
      for j in 0..<k { along += rho[j] * inner[j] }
      for j in 0..<k { inner[j] = rho[j] * (inner[j] - along) }
    }
  }

  private func weigh(_ rows: Int, hasTargets: Bool) {
    let k = layout.components
    for row in 0..<rows {
      for j in 0..<k {
        probabilities[row * k + j] *= weights[row]
        if hasTargets { products[row * k + j] *= weights[row] }
      }
    }
  }

  private func pack(_ matrix: UnsafeMutablePointer<Double>, _ rows: Int) {
    DoubleKernels.pack(
      matrix, stride: layout.dimension, rows: rows, columns: layout.dimension, transposed: false,
      into: packed)
  }

  private func addColumns(
    of matrix: UnsafeMutablePointer<Double>, _ rows: Int, to sums: UnsafeMutablePointer<Double>
  ) {
    let k = layout.components
    DoubleKernels.columnSums(matrix, rows: rows, columns: k, stride: k, into: columns)
    for j in 0..<k { sums[j] += columns[j] }
  }

  /// matrix^T packed, added.
  private func addProduct(
    of matrix: UnsafeMutablePointer<Double>, _ rows: Int, to sums: UnsafeMutablePointer<Double>
  ) {
    let (k, n) = (layout.components, layout.dimension)
    var product = MatrixProduct<Double>(
      rows: k, columns: n, inner: rows, left: matrix, leftRowStride: 1, packedRight: packed,
      output: sums, outputStride: n)
    product.leftColumnStride = k
    product.accumulates = true
    DoubleKernels.multiply(product)
  }
}
