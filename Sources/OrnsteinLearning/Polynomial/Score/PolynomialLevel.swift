import OrnsteinNumerics

/// One noise level of a learned score: cells and their polynomials, ready for evaluation.
public struct PolynomialLevel: Sendable {
  /// How many points are carried through a product at once.
  private static let tileRows = 64

  /// t, the variance of the noise added to the data.
  public let addedVariance: Double
  /// tau^2, `addedVariance` and the variance of the data's own noise.
  public let variance: Double
  /// The cells; a point belongs to the one with the nearest centre.
  public let cells: [PolynomialCell]

  private let dimension: Int
  private let centres: [Double]
  private let bases: [HermiteBasis]
  private let packed: Batch<Double>
  private let offsets: [Int]
  private let widest: (functions: Int, rank: Int)

  /// A level of at least one cell, all of one dimension, whose coefficients fit degree and rank.
  init(addedVariance: Double, variance: Double, cells: [PolynomialCell]) {
    self.addedVariance = addedVariance
    self.variance = variance
    self.cells = cells
    let n = cells[0].dimension
    dimension = n
    centres = cells.flatMap(\.centre)
    var known: [[Int]: HermiteBasis] = [:]
    let bases = cells.map { cell in
      let key = [cell.rank, cell.degree]
      let basis = known[key] ?? HermiteBasis(dimension: cell.rank, degree: cell.degree)
      known[key] = basis
      return basis
    }
    self.bases = bases
    var offsets = [0]
    for basis in bases {
      let count = Double.Kernels.packedCount(rows: basis.count, columns: n)
      offsets.append((offsets[offsets.count - 1] + count + 15) / 16 * 16)
    }
    self.offsets = offsets
    widest = (bases.map(\.count).max() ?? 1, cells.map(\.rank).max() ?? 0)
    var packed = Batch<Double>(count: offsets[offsets.count - 1], dimension: 1)
    packed.withUnsafeMutableBufferPointer { target in
      guard let target = target.baseAddress else { return }
      for (index, cell) in cells.enumerated() {
        cell.coefficients.withUnsafeBufferPointer { source in
          guard let source = source.baseAddress else { return }
          Double.Kernels.pack(
            source, stride: n, rows: bases[index].count, columns: n, transposed: false,
            into: target + offsets[index])
        }
      }
    }
    self.packed = packed
  }

  /// The most multiply-adds that a point costs.
  var multiplyAdds: Int {
    cells.count * dimension + widest.rank * dimension + widest.functions * (dimension + 1)
  }

  /// The cell of the nearest centre; the first of several.
  func cell(of point: UnsafePointer<Double>) -> Int {
    guard cells.count > 1 else { return 0 }
    return centres.withUnsafeBufferPointer { centres in
      var (best, least) = (0, Double.infinity)
      for cell in 0..<cells.count {
        var square = 0.0
        for j in 0..<dimension {
          let difference = point[j] - centres[cell * dimension + j]
          square += difference * difference
        }
        if square < least { (best, least) = (cell, square) }
      }
      return best
    }
  }

  /// Writes f of some points, and its derivatives along several directions of each.
  ///
  /// - Parameters:
  ///   - points: `rows * n` numbers.
  ///   - rows: The number of points.
  ///   - values: Receives as many.
  ///   - directions: Blocks of `rows * n` numbers.
  ///   - directionCount: The number of blocks, 0 or more.
  ///   - derivatives: Receives as many.
  ///   - workspace: Scratch memory.
  func evaluate(
    _ points: UnsafePointer<Double>, rows: Int, into values: UnsafeMutablePointer<Double>,
    directions: UnsafePointer<Double>? = nil, directionCount: Int = 0,
    derivatives: UnsafeMutablePointer<Double>? = nil, workspace: Workspace
  ) {
    let n = dimension
    workspace.withBuffer(of: Int.self, count: 2 * rows + cells.count + 1) { integers in
      guard let order = integers.baseAddress else { return }
      let owners = order + rows
      let starts = owners + rows
      for cell in 0...cells.count { starts[cell] = 0 }
      for row in 0..<rows {
        owners[row] = cell(of: points + row * n)
        starts[owners[row]] += 1
      }
      var total = 0
      for cell in 0...cells.count {
        let size = starts[cell]
        starts[cell] = total
        total += size
      }
      for row in 0..<rows {
        order[starts[owners[row]]] = row
        starts[owners[row]] += 1
      }
      var first = 0
      for cell in cells.indices {
        let end = starts[cell]
        while first < end {
          let count = min(Self.tileRows, end - first)
          evaluate(
            cell, order + first, count: count, of: rows, points, into: values,
            directions: directions, directionCount: directionCount, derivatives: derivatives,
            workspace: workspace)
          first += count
        }
      }
    }
  }

  /// Evaluates one tile of points of one cell.
  private func evaluate(
    _ index: Int, _ order: UnsafePointer<Int>, count: Int, of rows: Int,
    _ points: UnsafePointer<Double>, into values: UnsafeMutablePointer<Double>,
    directions: UnsafePointer<Double>?, directionCount: Int,
    derivatives: UnsafeMutablePointer<Double>?, workspace: Workspace
  ) {
    let (cell, basis, n) = (cells[index], bases[index], dimension)
    let (r, width) = (cell.rank, (basis.count + 7) / 8 * 8)
    let coordinates = (Self.tileRows * n + 7) / 8 * 8
    let projected = (Self.tileRows * max(r, 1) + 7) / 8 * 8
    let size =
      2 * coordinates + 2 * projected + Self.tileRows
      + Self.tileRows * width * (directionCount > 0 ? 2 : 1)
    workspace.withBuffer(of: Double.self, count: size) { scratch in
      packed.withUnsafeBufferPointer { packed in
        guard let gathered = scratch.baseAddress, let packed = packed.baseAddress else { return }
        let raw = gathered + coordinates
        let z = raw + coordinates
        let tangent = z + projected
        let factors = tangent + projected
        let features = factors + Self.tileRows
        let slopes = features + Self.tileRows * width
        for row in 0..<count {
          (gathered + row * n).update(from: points + order[row] * n, count: n)
        }
        cell.project(gathered, rows: count, into: z, shrinking: factors)
        basis.write(at: z, rows: count, into: features, stride: width, workspace: workspace)
        multiply(features, stride: width, rows: count, packed + offsets[index], basis.count, raw)
        for row in 0..<count {
          let output = values + order[row] * n
          let factor = clippingFactor(raw + row * n, cell.meanRadius)
          for j in 0..<n { output[j] = cell.centre[j] + factor * raw[row * n + j] }
        }
        guard let directions, let derivatives else { return }
        // The values stay in `raw`, which the chain rule of the clipping needs.
        for block in 0..<directionCount {
          let place = block * rows * n
          for row in 0..<count {
            projectDirection(
              directions + place + order[row] * n, cell, z + row * r, factors[row],
              into: tangent + row * r)
          }
          if r > 0 {
            basis.writeDerivatives(
              of: features, along: tangent, rows: count, into: slopes, stride: width)
            multiply(
              slopes, stride: width, rows: count, packed + offsets[index], basis.count, gathered)
          } else {
            gathered.update(repeating: 0, count: count * n)
          }
          for row in 0..<count {
            writeClippedDerivative(
              gathered + row * n, of: raw + row * n, radius: cell.meanRadius,
              into: derivatives + place + order[row] * n)
          }
        }
      }
    }
  }

  private func multiply(
    _ left: UnsafePointer<Double>, stride: Int, rows: Int, _ packed: UnsafePointer<Double>,
    _ inner: Int, _ output: UnsafeMutablePointer<Double>
  ) {
    Double.Kernels.multiply(
      MatrixProduct(
        rows: rows, columns: dimension, inner: inner, left: left, leftRowStride: stride,
        packedRight: packed, output: output, outputStride: dimension))
  }

  /// The factor that shrinks a vector to a radius.
  private func clippingFactor(_ vector: UnsafePointer<Double>, _ radius: Double) -> Double {
    var square = 0.0
    for j in 0..<dimension { square += vector[j] * vector[j] }
    let length = square.squareRoot()
    return length > radius ? radius / length : 1
  }

  /// The derivative of z along a direction; z itself is already shrunk by `factor`.
  private func projectDirection(
    _ direction: UnsafePointer<Double>, _ cell: PolynomialCell, _ z: UnsafePointer<Double>,
    _ factor: Double, into tangent: UnsafeMutablePointer<Double>
  ) {
    let (n, r) = (dimension, cell.rank)
    var (inner, square) = (0.0, 0.0)
    for axis in 0..<r {
      var sum = 0.0
      for j in 0..<n { sum += cell.axes[axis * n + j] * direction[j] }
      tangent[axis] = factor * sum
      inner += z[axis] * sum
      square += z[axis] * z[axis]
    }
    guard factor < 1, square > 0 else { return }
    for axis in 0..<r { tangent[axis] -= factor * inner / square * z[axis] }
  }

  /// The derivative of the shrinking of `value`, applied to `change`.
  private func writeClippedDerivative(
    _ change: UnsafePointer<Double>, of value: UnsafePointer<Double>, radius: Double,
    into output: UnsafeMutablePointer<Double>
  ) {
    let factor = clippingFactor(value, radius)
    var (inner, square) = (0.0, 0.0)
    for j in 0..<dimension {
      inner += change[j] * value[j]
      square += value[j] * value[j]
    }
    for j in 0..<dimension {
      output[j] =
        factor < 1 ? factor * (change[j] - inner / square * value[j]) : change[j]
    }
  }
}
