import OrnsteinNumerics
import Synchronization

/// Sums over rows of features, in parts whose order does not depend on threads.
struct FeaturePass: Sendable {
  static let chunkRows = 512

  let features: WitnessFeatures
  let threads: Int

  /// The sums of the features over the rows of each group, row r being of group r mod `groups`.
  func groupSums(of points: Batch<Double>, groups: Int) -> [[Double]] {
    let count = features.count
    let parts = map(points) { rows, values, _ in
      var sums = [Double](repeating: 0, count: groups * count)
      for (place, row) in rows.enumerated() {
        let group = row % groups * count
        for index in 0..<count { sums[group + index] += values[place * count + index] }
      }
      return sums
    }
    var total = [Double](repeating: 0, count: groups * count)
    for part in parts { for index in total.indices { total[index] += part[index] } }
    return (0..<groups).map { Array(total[$0 * count..<($0 + 1) * count]) }
  }

  /// The sum of f f^T over the rows.
  func gram(of points: Batch<Double>) -> [Double] {
    let count = features.count
    var total = [Double](repeating: 0, count: count * count)
    // Few chunks at a time, as each has a matrix of its own.
    for first in stride(from: 0, to: points.count, by: 16 * Self.chunkRows) {
      let part = points[first..<min(first + 16 * Self.chunkRows, points.count)]
      for product in map(
        part,
        { rows, values, workspace in
          Self.square(values, rows: rows.count, count: count, workspace)
        })
      {
        for index in total.indices { total[index] += product[index] }
      }
    }
    return total
  }

  /// How many rows of each class have a function w f + offset above each of its cuts, for each function.
  ///
  /// - Parameters:
  ///   - points: The rows.
  ///   - classes: Row r is of class r mod `classes`.
  ///   - functions: As many cuts each.
  /// - Returns: For each class, and each function after the other, one count a cut.
  func positives(
    of points: Batch<Double>, classes: Int,
    _ functions: [WitnessFunction]
  ) -> [[Int]] {
    let (count, columns) = (features.count, functions.count)
    let cutCount = functions[0].cuts.count
    let size = columns * cutCount
    let cuts = functions.map(\.cuts)
    var packed = [Double](
      repeating: 0, count: DoubleKernels.packedCount(rows: count, columns: columns))
    packed.withUnsafeMutableBufferPointer { packed in
      let matrix = functions.flatMap(\.weights)
      matrix.withUnsafeBufferPointer { matrix in
        guard let source = matrix.baseAddress, let target = packed.baseAddress else { return }
        DoubleKernels.pack(
          source, stride: count, rows: count, columns: columns, transposed: true, into: target)
      }
    }
    let weights = packed
    let offsets = functions.map(\.offset)
    let parts = map(points) { rows, values, workspace in
      var found = [Int](repeating: 0, count: classes * size)
      workspace.withBuffer(of: Double.self, count: rows.count * columns) { output in
        weights.withUnsafeBufferPointer { weights in
          guard let left = values.baseAddress, let right = weights.baseAddress else { return }
          DoubleKernels.multiply(
            MatrixProduct(
              rows: rows.count, columns: columns, inner: count, left: UnsafePointer(left),
              leftRowStride: count, packedRight: right, output: output.baseAddress,
              outputStride: columns))
          for (place, row) in rows.enumerated() {
            for column in 0..<columns {
              let value = output[place * columns + column] + offsets[column]
              for (cut, limit) in cuts[column].enumerated() {
                guard value > limit else { break }
                found[row % classes * size + column * cutCount + cut] += 1
              }
            }
          }
        }
      }
      return found
    }
    var total = [Int](repeating: 0, count: classes * size)
    for part in parts { for index in total.indices { total[index] += part[index] } }
    return (0..<classes).map { Array(total[$0 * size..<($0 + 1) * size]) }
  }

  private static func square(
    _ values: UnsafeMutableBufferPointer<Double>, rows: Int, count: Int, _ workspace: Workspace
  ) -> [Double] {
    var result = [Double](repeating: 0, count: count * count)
    let size = DoubleKernels.packedCount(rows: rows, columns: count)
    workspace.withBuffer(of: Double.self, count: size + rows * count) { buffer in
      result.withUnsafeMutableBufferPointer { result in
        guard let source = values.baseAddress, let packed = buffer.baseAddress else { return }
        DoubleKernels.pack(
          source, stride: count, rows: rows, columns: count, transposed: false, into: packed)
        let turned = packed + size
        for row in 0..<rows {
          for index in 0..<count { turned[index * rows + row] = source[row * count + index] }
        }
        DoubleKernels.multiply(
          MatrixProduct(
            rows: count, columns: count, inner: rows, left: UnsafePointer(turned),
            leftRowStride: rows, packedRight: packed, output: result.baseAddress,
            outputStride: count))
      }
    }
    return result
  }

  /// What `body` makes of the features of each chunk, in the order of the chunks.
  private func map<Result: Sendable>(
    _ points: Batch<Double>,
    _ body: @Sendable (Range<Int>, UnsafeMutableBufferPointer<Double>, Workspace) -> Result
  ) -> [Result] {
    let chunks = Chunks(of: 0..<points.count, size: Self.chunkRows)
    let results = Mutex([Result?](repeating: nil, count: chunks.count))
    let d = points.dimension
    points.withUnsafeBufferPointer { elements in
      let shared = SharedRows(elements)
      try? chunks.forEach(threads: threads) { rows, workspace in
        let result = workspace.withBuffer(of: Double.self, count: rows.count * features.count) {
          values in
          if let start = values.baseAddress {
            features.write(
              UnsafeBufferPointer(
                rebasing: shared.buffer[rows.lowerBound * d..<rows.upperBound * d]),
              into: start, workspace: workspace)
          }
          return body(rows, values, workspace)
        }
        results.withLock { $0[rows.lowerBound / Self.chunkRows] = result }
      }
    }
    return results.withLock { $0.compactMap(\.self) }
  }
}

/// A function of the features, and where it is cut.
struct WitnessFunction: Sendable {
  var weights: [Double]
  var offset: Double
  /// Ascending.
  var cuts: [Double]
}
