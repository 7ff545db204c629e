import Foundation
import Ornstein
import Testing

/// Rows that count by a column of the table.
@Suite struct RowWeightsTests {
  /// Points in general position with a gap in every fifth row, and weights 0, 1 and 2.
  static func table() throws -> Table {
    var normals = [Double](repeating: 0, count: 600)
    normals.withUnsafeMutableBufferPointer {
      DoubleKernels.normals(into: $0, stream: NoiseKey(seed: 9).stream(.test), first: 0)
    }
    let x = (0..<300).map { normals[2 * $0] }
    let y = (0..<300).map { row -> Double? in
      row % 5 == 1 ? nil : x[row] + normals[2 * row + 1]
    }
    return try Table(columns: [
      Column(name: "x", numbers: x),
      Column(name: "count", numbers: (0..<300).map { Double($0 % 3) }),
      Column(name: "y", optionalNumbers: y),
    ])
  }

  /// One normal law of rows without gaps: mean and covariance are those of the weighted rows, to the
  /// ridge.
  @Test func oneNormalLawHasTheMomentsOfTheWeightedRows() throws {
    let whole = try Self.table()
    let table = whole.selecting(rows: (0..<300).filter { $0 % 5 != 1 })
    let search = MixtureSearch(components: [1], covariances: [.full])
    let model = try ResumableMixtureFit(
      table, learner: .search(search), weightColumn: "count", seed: 1
    ).run(threads: 2)
    #expect(model.schema.columns.map(\.name) == ["x", "y"])
    #expect(model.record.rows == (0..<table.rowCount).count { table["count"]?.number($0) != 0 })
    #expect(model.record.remarks.contains("Rows count by the column \"count\"."))
    var (mass, sums, squares) = (0.0, [0.0, 0], [0.0, 0, 0])
    let rows = (0..<table.rowCount).compactMap { row -> (Double, Double, Double)? in
      guard let w = table["count"]?.number(row), let x = table["x"]?.number(row),
        let y = table["y"]?.number(row)
      else { return nil }
      return (w, x, y)
    }
    for (w, x, y) in rows {
      mass += w
      sums = [sums[0] + w * x, sums[1] + w * y]
    }
    let mean = sums.map { $0 / mass }
    for (w, x, y) in rows {
      let (a, b) = (x - mean[0], y - mean[1])
      squares = [squares[0] + w * a * a, squares[1] + w * a * b, squares[2] + w * b * b]
    }
    let found = try MixtureExport(model).mixture.components[0]
    guard case .full(let covariance) = found.covariance else {
      Issue.record("The covariance is \(found.covariance).")
      return
    }
    // Widened as the law that predicts best, (n + 1) / (n - d - 2), with the ridge 1e-6.
    let factor = (mass + 1) / (mass - 4)
    for axis in 0..<2 { #expect(abs(found.mean[axis] - mean[axis]) < 1e-5) }
    for (value, expected) in zip(
      [covariance[0][0], covariance[0][1], covariance[1][1]], squares)
    {
      #expect(abs(value - factor * expected / mass) < 1e-4)
    }
  }

  /// A weight of 2 gives the parameters that the row twice gives, gaps and their shares included.
  @Test func aWeightIsARowRepeated() throws {
    let table = try Self.table()
    let rows = try RowWeights(column: "count", of: table)
    #expect(rows.weights.allSatisfy { $0 == 1 || $0 == 2 })
    #expect(rows.table.names == ["x", "y"])
    let repeated = rows.weights.indices.flatMap {
      [Int](repeating: $0, count: Int(rows.weights[$0]))
    }
    let search = MixtureSearch(
      components: [1], covariances: [.full],
      settings: ExpectationMaximizationSettings(
        components: 1, tolerance: 1e-12, iterationLimit: 2000))
    let law = { (table: Table, column: String?) in
      let model = try ResumableMixtureFit(
        table, learner: .search(search), weightColumn: column, seed: 1
      ).run()
      // Rows that are kept out differ between the two, so all rows learn on.
      return try MixtureExport(model).mixture.components[0]
    }
    // With the criterion of Bayes the law is that of the training rows; held-out rows make it go on.
    let one = try law(table, "count")
    let other = try law(rows.table.selecting(rows: repeated), nil)
    for axis in 0..<2 { #expect(abs(one.mean[axis] - other.mean[axis]) < 1e-4) }
    guard case .full(let a) = one.covariance, case .full(let b) = other.covariance else {
      Issue.record("A covariance is not full.")
      return
    }
    for i in 0..<2 { for j in 0..<2 { #expect(abs(a[i][j] - b[i][j]) < 1e-4) } }
  }

  @Test(arguments: [
    ("weight", [1.0, 2], ["\"weight\""]), ("w", [1.0, -2], ["row 2", "\"w\"", "no weight"]),
    ("w", [1.0, nil], ["row 2", "nothing"]),
  ]) func mistakesAreNamed(name: String, weights: [Double?], says: [String]) throws {
    let table = try Table(columns: [
      Column(name: "x", numbers: [1, 2]), Column(name: "w", optionalNumbers: weights),
    ])
    do {
      _ = try RowWeights(column: name, of: table)
      Issue.record("The column was taken.")
    } catch {
      for words in says { #expect("\(error)".contains(words), "\(error)") }
    }
  }

  @Test func gradientDescentTakesNone() throws {
    #expect(throws: TrainingError.self) {
      try ResumableMixtureFit(
        try Self.table(), learner: .descent(ScoreMatchingDescent(components: 2)),
        weightColumn: "count", seed: 1)
    }
  }
}
