import OrnsteinNumerics

/// All distances between two sets of points, a block at a time.
///
/// |x - y|² = |x|² + |y|² - 2 x·y by a matrix product, about the mean of y; where that loses digits
/// (close points), the sum of squared differences itself, so that equal points are exactly 0 apart.
struct PairwiseDistances: Sendable {
  static let chunkRows = 256
  static let panelRows = 512
  static let closeness = 1e-8

  let left: Batch<Double>
  let right: Batch<Double>
  private let leftNorms: [Double]
  private let rightNorms: [Double]
  private let panels: [[Double]]

  init(_ left: Batch<Double>, _ right: Batch<Double>) {
    let center = Self.mean(of: right)
    let left = Self.shifted(left, by: center)
    let right = Self.shifted(right, by: center)
    self.left = left
    self.right = right
    leftNorms = Self.norms(left)
    rightNorms = Self.norms(right)
    let dimension = right.dimension
    panels = stride(from: 0, to: right.count, by: Self.panelRows).map { first in
      let columns = min(Self.panelRows, right.count - first)
      var packed = Array(
        repeating: 0.0, count: DoubleKernels.packedCount(rows: dimension, columns: columns))
      packed.withUnsafeMutableBufferPointer { packed in
        right.withUnsafeBufferPointer { elements in
          guard let source = elements.baseAddress, let target = packed.baseAddress else { return }
          DoubleKernels.pack(
            source + first * dimension, stride: dimension, rows: dimension, columns: columns,
            transposed: true, into: target)
        }
      }
      return packed
    }
  }

  /// Calls `body` with the squared distances of each block: all panels of a chunk of left rows in
  /// order on one thread, chunks in parallel.
  ///
  /// - Parameter body: Gets left rows, right rows, and the squared distances, row-major.
  func forEachBlock(
    threads: Int,
    _ body: @Sendable (Range<Int>, Range<Int>, UnsafeMutableBufferPointer<Double>) -> Void
  ) {
    let chunks = Chunks(of: 0..<left.count, size: Self.chunkRows)
    try? chunks.forEach(threads: threads) { rows, workspace in
      workspace.withBuffer(of: Double.self, count: Self.chunkRows * Self.panelRows) { block in
        for panel in panels.indices {
          let first = panel * Self.panelRows
          let columns = first..<min(first + Self.panelRows, right.count)
          let used = UnsafeMutableBufferPointer(
            rebasing: block[..<(rows.count * columns.count)])
          fill(used, rows, columns, panels[panel])
          body(rows, columns, used)
        }
      }
    }
  }

  private func fill(
    _ block: UnsafeMutableBufferPointer<Double>, _ rows: Range<Int>, _ columns: Range<Int>,
    _ packed: [Double]
  ) {
    let dimension = left.dimension
    left.withUnsafeBufferPointer { leftElements in
      right.withUnsafeBufferPointer { rightElements in
        packed.withUnsafeBufferPointer { packed in
          guard let x = leftElements.baseAddress, let y = rightElements.baseAddress,
            let packed = packed.baseAddress
          else { return }
          DoubleKernels.multiply(
            MatrixProduct(
              rows: rows.count, columns: columns.count, inner: dimension,
              left: x + rows.lowerBound * dimension, leftRowStride: dimension,
              packedRight: packed, output: block.baseAddress, outputStride: columns.count))
          for row in 0..<rows.count {
            let norm = leftNorms[rows.lowerBound + row]
            for column in 0..<columns.count {
              let place = row * columns.count + column
              let norms = norm + rightNorms[columns.lowerBound + column]
              let square = norms - 2 * block[place]
              if square > Self.closeness * norms {
                block[place] = square
              } else {
                block[place] = Self.squaredDistance(
                  x + (rows.lowerBound + row) * dimension,
                  y + (columns.lowerBound + column) * dimension, dimension)
              }
            }
          }
        }
      }
    }
  }

  private static func squaredDistance(
    _ x: UnsafePointer<Double>, _ y: UnsafePointer<Double>, _ dimension: Int
  ) -> Double {
    var sum = 0.0
    for index in 0..<dimension {
      let difference = x[index] - y[index]
      sum += difference * difference
    }
    return sum
  }

  private static func mean(of batch: Batch<Double>) -> [Double] {
    var mean = Array(repeating: 0.0, count: batch.dimension)
    batch.withUnsafeBufferPointer { elements in
      for index in elements.indices { mean[index % batch.dimension] += elements[index] }
    }
    return mean.map { $0 / Double(max(batch.count, 1)) }
  }

  private static func shifted(_ batch: Batch<Double>, by center: [Double]) -> Batch<Double> {
    var batch = batch
    let dimension = batch.dimension
    batch.withUnsafeMutableBufferPointer { elements in
      for index in elements.indices { elements[index] -= center[index % dimension] }
    }
    return batch
  }

  private static func norms(_ batch: Batch<Double>) -> [Double] {
    batch.withUnsafeBufferPointer { elements in
      (0..<batch.count).map { row in
        var sum = 0.0
        for index in (row * batch.dimension)..<((row + 1) * batch.dimension) {
          sum += elements[index] * elements[index]
        }
        return sum
      }
    }
  }
}

/// Memory that several threads write to, each its own part.
private struct SharedOutput: @unchecked Sendable {
  let buffer: UnsafeMutableBufferPointer<Double>
}

extension PairwiseDistances {
  /// The distance from each left point to the closest right point.
  func closest(threads: Int) -> [Double] {
    var closest = Array(repeating: Double.infinity, count: left.count)
    closest.withUnsafeMutableBufferPointer { closest in
      let output = SharedOutput(buffer: closest)
      forEachBlock(threads: threads) { rows, columns, squares in
        for row in 0..<rows.count {
          var least = output.buffer[rows.lowerBound + row]
          for column in 0..<columns.count {
            least = min(least, squares[row * columns.count + column])
          }
          output.buffer[rows.lowerBound + row] = least
        }
      }
    }
    return closest.map { $0.squareRoot() }
  }
}
