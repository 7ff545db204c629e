import Foundation
import OrnsteinNumerics
import TestSupport
import Testing

import OrnsteinTables

@Suite struct MarginalTransformTests {
  /// Values of the normal quantile from tables (NIST; Wichura 1988).
  @Test(arguments: [
    (0.5, 0), (0.975, 1.959963984540054), (0.25, -0.6744897501960817),
    (1e-10, -6.361340902404056), (0.999, 3.090232306167813), (0.02, -2.053748910631823),
  ])
  func quantilesOfTheNormalLaw(_ p: Double, _ z: Double) {
    #expect(agrees(NormalDistribution.quantile(p), z, relative: 1e-13, absolute: 1e-15))
  }

  @Test func quantileInvertsTheDistribution() {
    for step in -80...80 {
      let z = Double(step) / 10
      let p = NormalDistribution.cumulative(z)
      // Above 0 the rounding of p is what limits z.
      let limit = max(1e-13, 3e-16 * (z > 0 ? 2.51 * exp(z * z / 2) : 1))
      #expect(abs(NormalDistribution.quantile(p) - z) <= limit * max(1, abs(z)))
    }
  }

  @Test func rules() {
    func name(_ values: [Double]) -> MarginalTransform.Name {
      MarginalTransform.fitted(to: values.sorted(), resolution: 0).name
    }
    #expect(name((0..<31).map(Double.init)) == .linear)
    #expect(name((0..<32).map(Double.init)) == .quantile)
    #expect(name((0..<1000).map { Double($0 % 100) }) == .levels)
    #expect(name((0..<1000).map { Double($0 % 101) }) == .quantile)
    #expect(name((0..<10_000).map { Double($0 % 257) }) == .quantile)
  }

  /// Encoded columns are close to standard normal, whatever the tails and spikes: the largest
  /// distance between distribution functions stays below what limited knots leave.
  @Test(arguments: ["lognormal", "cauchy", "spike", "decimals", "bimodal"])
  func quantileScoresAreNormal(_ law: String) throws {
    var generator = SplitMix(seed: 8)
    let values = (0..<20_000).map { _ -> Double in
      let u = Double.random(in: 0..<1, using: &generator)
      let z = NormalDistribution.quantile(max(u, 1e-12))
      switch law {
      case "lognormal": return exp(2 * z)
      case "cauchy": return tan(.pi * (u - 0.5))
      case "spike": return u < 0.6 ? 0 : u
      case "decimals": return (z * 100).rounded() / 100
      default: return u < 0.3 ? -5 + z / 10 : 5 + z
      }
    }
    let print = law == "decimals" ? Column.Print(decimals: 2) : Column.Print()
    let table = try Table(columns: [Column(name: "x", numbers: values, print: print)])
    let points = try Schema(of: table).encode(table)
    let scores = points.elements.map(Double.init).sorted()
    var distance = 0.0
    for (index, score) in scores.enumerated() {
      let share = NormalDistribution.cumulative(score)
      distance = max(
        distance, abs(share - Double(index) / 20_000), abs(share - Double(index + 1) / 20_000))
    }
    #expect(distance < 0.02)
    let mean = scores.reduce(0, +) / 20_000
    #expect(abs(mean) < 0.03)
    #expect(abs(scores.reduce(0) { $0 + $1 * $1 } / 20_000 - 1) < 0.05)
  }

  /// A standard normal score decodes to the levels with the shares they were seen with.
  @Test func levelsKeepTheirShares() throws {
    let counts = [500, 30, 300, 170]
    let values = counts.enumerated().flatMap { level, count in
      Array(repeating: Double(level * level), count: count)
    }
    let table = try Table(columns: [Column(name: "x", numbers: values)])
    let schema = try Schema(of: table)
    let points = try schema.encode(table)
    let elements = points.elements.map(Double.init)
    #expect(abs(elements.reduce(0, +) / 1000) < 0.02)
    #expect(abs(elements.reduce(0) { $0 + $1 * $1 } / 1000 - 1) < 0.05)
    // Every decoded value is a level, also between and beyond the data.
    let line = Batch<Float>((-600...600).map { Float($0) / 100 }, dimension: 1)
    let decoded = try TableDecoder(schema).decode(line)
    let found = Set((0..<line.count).compactMap { decoded.table["x"]?.number($0) })
    #expect(found == [0, 1, 4, 9])
  }

  /// The shares of levels count, however often a file says that they occurred.
  @Test func countsOfLevelsMayBeLarge() {
    let code = MarginalCode(
      .levels(values: [0, 1], counts: [.max, .max], spread: 0.5), resolution: 0)
    #expect([-3, -0.1, 0.1, 3].map(code.value) == [0, 0, 1, 1])
    #expect(abs(code.score(of: 0, uniform: 0.5) + code.score(of: 1, uniform: 0.5)) < 1e-12)
  }

  @Test func decodingIncreases() {
    var generator = SplitMix(seed: 9)
    for resolution in [0, 0.01] {
      let values = (0..<3000).map { _ in
        (Double.random(in: -1..<1, using: &generator) * 1000).rounded() / 100
      }
      let transform = MarginalTransform.fitted(
        to: values.sorted(), resolution: resolution, name: .quantile)
      let code = MarginalCode(transform, resolution: resolution)
      var last = -Double.infinity
      for step in -6000...6000 {
        let value = code.value(of: Double(step) / 1000)
        #expect(value >= last)
        last = value
      }
    }
  }
}
