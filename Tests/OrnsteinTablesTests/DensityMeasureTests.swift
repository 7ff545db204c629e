import Foundation
import OrnsteinNumerics
import OrnsteinTables
import TestSupport
import Testing

@Suite struct DensityMeasureTests {
  private static let maps: [(MarginalTransform, ClosedRange<Double>)] = [
    (.linear(center: 3, scale: 2.5), -3...3),
    (.quantile(scores: [-2, -0.5, 0, 1, 2], values: [1, 3, 3.5, 9, 40]), -3...3),
  ]

  /// log dscore/dvalue is that of the map, by differences on both sides of it.
  @Test(arguments: [0, 1])
  func derivativesOfMaps(index: Int) {
    let (map, range) = Self.maps[index]
    let code = MarginalCode(map, resolution: 0)
    for step in 0..<60 {
      let score = range.lowerBound + (Double(step) + 0.37) / 10
      let slope = (code.value(of: score + 1e-6) - code.value(of: score - 1e-6)) / 2e-6
      #expect(abs(code.logDerivative(at: score) + log(slope)) < 1e-6)
    }
  }

  /// A value that owns an interval of scores: the density of its scores is one over their slope in
  /// the uniform number that places them.
  @Test(arguments: [
    (
      MarginalTransform.levels(values: [0, 1, 5], counts: [10, 5, 25], spread: 0.5),
      [0.0, 1, 5]
    ),
    (.quantile(scores: [-2, -1, 0, 0.5, 2], values: [1, 3, 3, 3, 8]), [3]),
  ])
  func densitiesOfDraws(map: MarginalTransform, values: [Double]) {
    let code = MarginalCode(map, resolution: 0)
    #expect(!code.isAtomic)
    for value in values {
      for step in 1..<20 {
        let uniform = Double(step) / 20
        let score = code.score(of: value, uniform: uniform)
        let slope =
          (code.score(of: value, uniform: uniform + 1e-6)
            - code.score(of: value, uniform: uniform - 1e-6)) / 2e-6
        #expect(abs(code.logDerivative(at: score) - log(slope)) < 1e-6)
      }
    }
    #expect(
      MarginalCode(.levels(values: [0, 1], counts: [1, 1], spread: 0), resolution: 0).isAtomic)
  }

  /// What a table of every kind of column is measured in, and which coordinates are numbers.
  @Test func rolesFollowTheCells() throws {
    let rows = 60
    let table = try Table(columns: [
      Column(
        name: "length", optionalNumbers: (0..<rows).map { $0 == 4 ? nil : Double($0 * $0) / 7 }),
      Column(
        name: "count", numbers: (0..<rows).map { Double($0 * 3 + 1) }, print: .init(decimals: 0)),
      Column(name: "colour", text: (0..<rows).map { ["red", "blue", "green"][$0 % 3] }),
      Column(name: "heading", numbers: (0..<rows).map { Double($0 * 6) + 0.25 }),
    ])
    let hints = try SchemaHints(
      json: Array(
        #"{"columns": [{"name": "heading", "kind": "angle", "period": 360}]}"#.utf8))
    let schema = try Schema(of: table, following: hints)
    #expect(
      schema.columns.map(\.densityMeasure) == [.perUnit, .probability, .probability, .perUnit])
    let measured = try schema.measure(table, key: NoiseKey(seed: 1))
    #expect(measured.points == (try schema.encode(table, key: NoiseKey(seed: 1))))
    let d = schema.dimension
    #expect(d == 2 + 1 + 3 + 2)
    let usual: [MeasuredPoints.Role] = [
      .value, .marker, .value, .label, .label, .label, .cosine, .sine,
    ]
    for row in 0..<rows {
      var expected = usual
      if row == 4 { expected[0] = .gap }
      #expect(Array(measured.roles[row * d..<(row + 1) * d]) == expected)
    }
    #expect(measured.logDerivatives.allSatisfy { $0.isFinite })
    #expect(measured[10..<20].logDerivatives == Array(measured.logDerivatives[10..<20]))
  }
}
