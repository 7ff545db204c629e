import OrnsteinNumerics

/// Some rows with one pattern of missing coordinates, in the pass by differences.
struct CentredChunk {
  /// Scratch memory: rows by the number of columns that each name says.
  struct Buffers {
    /// The observed coordinates.
    let point: UnsafeMutablePointer<Double>
    /// Their differences from a mean.
    let difference: UnsafeMutablePointer<Double>
    /// Products: whitened differences, or conditional means of missing coordinates.
    let product: UnsafeMutablePointer<Double>
    /// Differences of all coordinates.
    let complete: UnsafeMutablePointer<Double>
    /// The same times responsibilities.
    let weighted: UnsafeMutablePointer<Double>
    /// The same packed.
    let packed: UnsafeMutablePointer<Double>
    /// Rows by components: exponents, then weights times responsibilities.
    let exponent: UnsafeMutablePointer<Double>
    /// One number a row.
    let logSum: UnsafeMutablePointer<Double>
    /// One number a row.
    let weight: UnsafeMutablePointer<Double>
    /// Sums over rows: of components, or of coordinates.
    let sum: UnsafeMutablePointer<Double>
  }

  let points: MixturePoints
  let parameters: MixtureParameters
  let table: PatternTable
  /// The most rows of a chunk.
  let most: Int

  private var dimension: Int { points.dimension }
  private var components: Int { parameters.count }

  func withBuffers(_ workspace: Workspace, _ body: (Buffers) -> Void) {
    let d = dimension
    let packedCount = DoubleKernels.packedCount(rows: most, columns: d)
    let counts = [
      most * d, most * d, most * d, most * d, most * d, packedCount, most * components, most, most,
      max(d, components),
    ].map { ($0 + 7) & ~7 }
    workspace.withBuffer(of: Double.self, count: counts.reduce(0, +)) { buffer in
      guard var next = buffer.baseAddress else { return }
      var parts: [UnsafeMutablePointer<Double>] = []
      for count in counts {
        parts.append(next)
        next += count
      }
      body(
        Buffers(
          point: parts[0], difference: parts[1], product: parts[2], complete: parts[3],
          weighted: parts[4], packed: parts[5], exponent: parts[6], logSum: parts[7],
          weight: parts[8], sum: parts[9]))
    }
  }

  /// Gathers rows, makes their responsibilities and writes their log-densities.
  func normalize(
    _ places: Range<Int>, _ buffers: Buffers, logDensities: UnsafeMutablePointer<Double>
  ) -> Double {
    let (d, o, rows) = (dimension, table.observed.count, places.count)
    points.points.withUnsafeBufferPointer { x in
      for (index, place) in places.enumerated() {
        let row = points.row(place)
        buffers.weight[index] = points.weight(row)
        for column in 0..<o {
          buffers.point[index * o + column] = x[row * d + table.observed[column]]
        }
      }
    }
    for k in 0..<components {
      subtractMean(k, rows, buffers)
      multiply(
        rows, columns: o, by: table.whitening, at: k * table.whiteningSize, buffers)
      Self.writeExponents(
        buffers.product, rows: rows, columns: o, constant: table.constants[k],
        to: buffers.exponent + k, stride: components)
    }
    DoubleKernels.softmaxRows(
      buffers.exponent, rows: rows, columns: components, factors: buffers.weight,
      logSums: buffers.logSum)
    var logLikelihood = 0.0
    for (index, place) in places.enumerated() {
      logDensities[points.row(place)] = buffers.logSum[index]
      logLikelihood += buffers.weight[index] * buffers.logSum[index]
    }
    return logLikelihood
  }

  /// Adds the rows that were normalised last to the sums.
  func add(_ rows: Int, _ buffers: Buffers, to sums: UnsafeMutablePointer<Double>) {
    let (d, m) = (dimension, table.missing.count)
    let masses = UnsafeMutableBufferPointer(start: buffers.sum, count: components)
    DoubleKernels.columnSums(
      buffers.exponent, rows: rows, columns: components, stride: components, into: buffers.sum)
    let size = 1 + d * (1 + d)
    for k in 0..<components { sums[k * size] += masses[k] }
    for k in 0..<components where sums[k * size] > 0 {
      let first = sums + k * size + 1
      let mass = (0..<rows).reduce(0) { $0 + buffers.exponent[$1 * components + k] }
      guard mass > 0 else { continue }
      let complete = complete(k, rows, buffers)
      for row in 0..<rows {
        let factor = buffers.exponent[row * components + k]
        let (output, input) = (buffers.weighted + row * d, complete + row * d)
        for column in 0..<d { output[column] = factor * input[column] }
      }
      DoubleKernels.columnSums(
        buffers.weighted, rows: rows, columns: d, stride: d, into: buffers.sum)
      for axis in 0..<d { first[axis] += buffers.sum[axis] }
      DoubleKernels.pack(
        buffers.weighted, stride: d, rows: rows, columns: d, transposed: false,
        into: buffers.packed)
      var product = MatrixProduct<Double>(
        rows: d, columns: d, inner: rows, left: complete, leftRowStride: 1,
        packedRight: buffers.packed, output: first + d, outputStride: d)
      product.leftColumnStride = d
      product.accumulates = true
      DoubleKernels.multiply(product)
      for i in 0..<m {
        for j in 0..<m {
          first[d + table.missing[i] * d + table.missing[j]] +=
            mass * table.conditional[(k * m + i) * m + j]
        }
      }
    }
  }

  /// The differences of all coordinates from a mean, missing ones by their conditional means.
  private func complete(
    _ k: Int, _ rows: Int, _ buffers: Buffers
  ) -> UnsafeMutablePointer<Double> {
    let (d, o, m) = (dimension, table.observed.count, table.missing.count)
    subtractMean(k, rows, buffers)
    if m == 0 { return buffers.difference }
    multiply(rows, columns: m, by: table.regression, at: k * table.regressionSize, buffers)
    for row in 0..<rows {
      for column in 0..<o {
        buffers.complete[row * d + table.observed[column]] = buffers.difference[row * o + column]
      }
      for column in 0..<m {
        buffers.complete[row * d + table.missing[column]] = buffers.product[row * m + column]
      }
    }
    return buffers.complete
  }

  private func subtractMean(_ k: Int, _ rows: Int, _ buffers: Buffers) {
    let o = table.observed.count
    table.means.withUnsafeBufferPointer { means in
      guard let mean = means.baseAddress.map({ $0 + k * o }) else { return }
      for row in 0..<rows {
        let (output, input) = (buffers.difference + row * o, buffers.point + row * o)
        for column in 0..<o { output[column] = input[column] - mean[column] }
      }
    }
  }

  private func multiply(
    _ rows: Int, columns: Int, by matrices: Batch<Double>, at first: Int, _ buffers: Buffers
  ) {
    let o = table.observed.count
    matrices.withUnsafeBufferPointer { matrices in
      guard let base = matrices.baseAddress else { return }
      DoubleKernels.multiply(
        MatrixProduct(
          rows: rows, columns: columns, inner: o, left: buffers.difference, leftRowStride: o,
          packedRight: base + first, output: buffers.product, outputStride: columns))
    }
  }

  /// constant - |row|^2 / 2.
  private static func writeExponents(
    _ y: UnsafeMutablePointer<Double>, rows: Int, columns: Int, constant: Double,
    to output: UnsafeMutablePointer<Double>, stride: Int
  ) {
    let whole = columns & ~3
    for row in 0..<rows {
      let line = y + row * columns
      var squares = SIMD4<Double>.zero
      for column in Swift.stride(from: 0, to: whole, by: 4) {
        let four = UnsafeRawPointer(line + column).loadUnaligned(as: SIMD4<Double>.self)
        squares += four * four
      }
      var square = squares.sum()
      for column in whole..<columns { square += line[column] * line[column] }
      output[row * stride] = constant - square / 2
    }
  }
}
