import OrnsteinNumerics
import TestSupport
import Testing

@Suite struct AssignmentTests {
  private static func costs(_ rows: Int, _ columns: Int, seed: UInt64) -> [Double] {
    [Double](unsafeUninitializedCapacity: rows * columns) { buffer, count in
      DoubleKernels.normals(
        into: UnsafeMutableBufferPointer(rebasing: buffer[..<(rows * columns)]),
        stream: NoiseKey(seed: seed).stream(.test), first: 0)
      count = rows * columns
    }
  }

  /// The least sum by trying all assignments.
  private static func least(
    _ costs: [Double], _ rows: Int, _ columns: Int, row: Int = 0, used: Set<Int> = []
  ) -> Double {
    guard row < rows else { return 0 }
    return (0..<columns).filter { !used.contains($0) }.map {
      costs[row * columns + $0]
        + least(costs, rows, columns, row: row + 1, used: used.union([$0]))
    }.min() ?? .infinity
  }

  @Test(arguments: [(1, 1), (2, 2), (3, 3), (6, 6), (1, 4), (3, 5), (5, 6), (2, 7)])
  func isTheBestOfAll(rows: Int, columns: Int) {
    for seed in 1...40 {
      let costs = Self.costs(rows, columns, seed: UInt64(seed))
      let found = Assignment(costs: costs, rows: rows, columns: columns)
      #expect(Set(found.columns).count == rows)
      #expect(agrees(found.cost, Self.least(costs, rows, columns), absolute: 1e-12))
    }
  }

  /// The dual is feasible and has the same value: a proof that nothing is cheaper.
  @Test(arguments: [(80, 80), (60, 90)])
  func potentialsProveIt(rows: Int, columns: Int) {
    for seed in 1...5 {
      let costs = Self.costs(rows, columns, seed: UInt64(seed))
      let found = Assignment(costs: costs, rows: rows, columns: columns)
      var lowest = Double.infinity
      for i in 0..<rows {
        for j in 0..<columns {
          lowest = min(
            lowest, costs[i * columns + j] - found.rowPotentials[i] - found.columnPotentials[j])
        }
      }
      #expect(lowest > -1e-12)
      let dual = (found.rowPotentials + found.columnPotentials).reduce(0, +)
      #expect(agrees(found.cost, dual, absolute: 1e-10))
      if columns > rows { #expect(found.columnPotentials.allSatisfy { $0 <= 0 }) }
    }
  }

  @Test func equalCostsAndNoRowsAreFine() {
    #expect(
      Set(Assignment(costs: [Double](repeating: 2, count: 16), rows: 4, columns: 4).columns).count
        == 4)
    #expect(Assignment(costs: [], rows: 0, columns: 3).columns.isEmpty)
  }
}
