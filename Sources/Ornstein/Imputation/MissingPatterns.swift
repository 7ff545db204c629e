import OrnsteinDiffusion
import OrnsteinNumerics
import OrnsteinTables
import Synchronization

/// Which cells of the rows are missing: rows of one pattern share what has been factored.
struct MissingPatterns: Sendable {
  /// The coordinates of one pattern.
  struct Pattern: Sendable {
    var observed: [Int]
    var missing: [Int]
  }

  /// The different patterns, in the order in which they first appear.
  let all: [Pattern]
  /// The pattern of each row.
  let ofRow: [Int32]

  init(of table: Table, _ columns: ImputationColumns) {
    let dimension = columns.schema?.dimension ?? columns.filled.count
    var places: [[UInt64]: Int32] = [:]
    var all: [Pattern] = []
    let gaps = columns.filled.map { table.columns[$0.place].missing }
    ofRow = (0..<table.rowCount).map { row in
      var words = [UInt64](repeating: 0, count: (gaps.count + 63) / 64)
      for (index, missing) in gaps.enumerated() where !missing.isEmpty && missing[row] {
        words[index / 64] |= 1 << UInt64(index % 64)
      }
      if let place = places[words] { return place }
      var isMissing = [Bool](repeating: false, count: dimension)
      for (index, column) in columns.filled.enumerated()
      where words[index / 64] >> UInt64(index % 64) & 1 == 1 {
        for coordinate in column.coordinates { isMissing[coordinate] = true }
      }
      let place = Int32(all.count)
      places[words] = place
      all.append(
        Pattern(
          observed: (0..<dimension).filter { !isMissing[$0] },
          missing: (0..<dimension).filter { isMissing[$0] }))
      return place
    }
    self.all = all
  }
}

/// Keeps the regressions of the patterns that come first, up to a limit of memory.
final class RegressionShelf: Sendable {
  /// About 256 MiB.
  private static let mostNumbers = 1 << 25

  private struct State {
    var regressions: [Int32: MixtureRegression] = [:]
    var numbers = 0
  }

  private let state = Mutex(State())

  /// The regression of a pattern, which is the same whether it was kept or is made anew.
  func regression(
    _ pattern: Int32, of mixture: GaussianMixture<Double>, on observed: [Int]
  ) throws(ConditionalError) -> MixtureRegression {
    if let kept = state.withLock({ $0.regressions[pattern] }) { return kept }
    let made = try MixtureRegression(of: mixture, on: observed)
    state.withLock { state in
      guard state.numbers + made.size <= Self.mostNumbers, state.regressions[pattern] == nil
      else { return }
      state.regressions[pattern] = made
      state.numbers += made.size
    }
    return made
  }
}

/// The random numbers of some rows, or their means in place of draws.
struct RowNoise {
  private let first: Int
  private let dimension: Int
  private var uniforms: [Double] = []
  private var normals: [Double] = []

  init(
    _ rows: Range<Int>, firstRow: Int, dimension: Int, _ filling: Imputation.Filling,
    key: NoiseKey
  ) {
    first = rows.lowerBound
    self.dimension = dimension
    guard case .draw(let draw) = filling else { return }
    let start = UInt64(firstRow + rows.lowerBound)
    uniforms = [Double](repeating: 0, count: rows.count)
    uniforms.withUnsafeMutableBufferPointer {
      DoubleKernels.uniforms(
        into: $0, stream: key.stream(.imputationComponent, step: draw), first: start)
    }
    normals = [Double](repeating: 0, count: rows.count * dimension)
    normals.withUnsafeMutableBufferPointer {
      DoubleKernels.normals(
        into: $0, stream: key.stream(.imputationCoordinates, step: draw),
        first: start * UInt64(dimension))
    }
  }

  /// The missing coordinates of a row.
  func values(of row: Int, at point: ConditionalPoint) -> [Double] {
    guard !uniforms.isEmpty else { return point.mean }
    let start = (row - first) * dimension
    var values = point.regression.missing.map { normals[start + $0] }
    point.draw(uniform: uniforms[row - first], normals: &values)
    return values
  }
}
