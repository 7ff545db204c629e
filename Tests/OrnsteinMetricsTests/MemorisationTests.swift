import OrnsteinMetrics
import OrnsteinNumerics
import TestSupport
import Testing

@Suite struct MemorisationTests {
  private func points(_ count: Int, _ dimension: Int, seed: UInt64) -> Batch<Float> {
    Batch(draws(.normal, count * dimension, seed: seed, shift: 0).elements, dimension: dimension)
  }

  /// The definitions, row by row.
  private func closest(_ batch: Batch<Float>, _ rows: Batch<Float>) -> [Double] {
    (0..<batch.count).map { i in
      (0..<rows.count).map { j in
        (0..<rows.dimension).reduce(0.0) { sum, k in
          let difference = Double(batch[i, k]) - Double(rows[j, k])
          return sum + difference * difference
        }.squareRoot()
      }.min() ?? .infinity
    }.sorted()
  }

  @Test func agreesWithTheDefinition() throws {
    let training = points(700, 3, seed: 1)
    let heldOut = points(300, 3, seed: 2)
    let samples = points(513, 3, seed: 3)
    let found = try Memorisation(of: samples, training: training, heldOut: heldOut, threads: 2)
    let ours = closest(samples, training)
    let fresh = closest(heldOut, training)
    #expect(agrees(try #require(found.medianRatio), ours[256] / fresh[150], relative: 1e-9))
    #expect(found.closeShare == Double(ours.count { $0 < fresh[15] }) / 513)
    #expect(found.copyShare == 0 && found.heldOutCopyShare == 0)
    #expect(try Memorisation(of: samples, training: training, heldOut: heldOut) == found)
  }

  @Test func copiesAreSeen() throws {
    let training = points(400, 5, seed: 1)
    let heldOut = points(200, 5, seed: 2)
    let samples = Batch<Float>(
      training[0..<100].elements + points(100, 5, seed: 3).elements, dimension: 5)
    let found = try Memorisation(of: samples, training: training, heldOut: heldOut)
    #expect(found.copyShare == 0.5)
    #expect(found.closeShare >= 0.5)
    #expect(try #require(found.medianRatio) < 1)
  }

  @Test func namesWhatCannotBeCompared() {
    let rows = points(10, 2, seed: 1)
    #expect(throws: MetricError.differentDimensions(samples: 3, reference: 2)) {
      try Memorisation(of: points(10, 3, seed: 2), training: rows, heldOut: rows)
    }
    #expect(throws: MetricError.notFinite(row: 1, coordinate: 0)) {
      try Memorisation(
        of: Batch<Float>(rows: [[0, 0], [.nan, 0]]), training: rows, heldOut: rows)
    }
    #expect(throws: MetricError.tooFewRows(found: 0, needed: 1)) {
      try Memorisation(of: Batch<Float>(count: 0, dimension: 2), training: rows, heldOut: rows)
    }
  }
}
