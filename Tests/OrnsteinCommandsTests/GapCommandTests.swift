import Foundation
import Ornstein
import TestSupport
import Testing

/// A table with gaps from end to end: `fit --learner mixture`, `impute`, `sample`, `density`.
@Suite struct GapCommandTests {
  /// x ~ N(0, 1), y = 3 + 2 x + N(0, 1); y is missing more and more often as x grows.
  static let rows = 3000
  static let table: [(Double, Double?)] = {
    var normals = [Double](repeating: 0, count: 2 * rows)
    var uniforms = [Double](repeating: 0, count: rows)
    normals.withUnsafeMutableBufferPointer {
      DoubleKernels.normals(into: $0, stream: NoiseKey(seed: 4).stream(.test), first: 0)
    }
    uniforms.withUnsafeMutableBufferPointer {
      DoubleKernels.uniforms(into: $0, stream: NoiseKey(seed: 4).stream(.test, step: 1), first: 0)
    }
    return (0..<rows).map { row -> (Double, Double?) in
      let x = (normals[2 * row] * 1000).rounded() / 1000
      let y = 3 + 2 * x + normals[2 * row + 1]
      return (x, uniforms[row] < StatisticalGate.normalDistribution(x - 0.6) ? nil : y)
    }
  }()

  static func folder() throws -> Scratch {
    let folder = try Scratch()
    let lines = table.map { x, y in "\(x)," + (y.map { "\($0)" } ?? "") }
    try folder.write("x,y\n" + lines.joined(separator: "\n") + "\n", to: "table.csv")
    let fit = try OrnsteinProcess.run(
      ["fit", "table.csv", "-o", "model.safetensors", "--learner", "mixture", "--quiet"], in: folder
    )
    #expect(fit.status == 0, "\(fit.errors)")
    return folder
  }

  static func numbers(_ name: String, _ column: String, in folder: Scratch) throws -> [Double?] {
    let table = try Table(contentsOf: folder.path(name))
    let column = try #require(table[column])
    return (0..<column.count).map { column.isMissing($0) ? nil : column.number($0) }
  }

  /// The mean of y is 3 over all rows, and 2.2 or so over those that have it.
  ///
  /// The means of y rest on the line through 2000 rows: 6 deviations of it, and of the rows, are 0.3.
  @Test func gapsAreFilledByWhatIsThere() throws {
    let folder = try Self.folder()
    func run(_ arguments: String...) throws {
      let outcome = try OrnsteinProcess.run(arguments, in: folder)
      #expect(outcome.status == 0, "\(outcome.errors)")
    }
    func mean(_ values: [Double?]) -> Double {
      let there = values.compactMap { $0 }
      return there.reduce(0, +) / Double(there.count)
    }
    let own = Self.table.map(\.1)
    #expect(mean(own) < 2.6)
    for option in [[], ["--mean"]] {
      let outcome = try OrnsteinProcess.run(
        ["impute", "model.safetensors", "table.csv", "-o", "full.csv"] + option, in: folder)
      #expect(outcome.status == 0, "\(outcome.errors)")
      let full = try Self.numbers("full.csv", "y", in: folder)
      #expect(full.allSatisfy { $0 != nil })
      #expect(abs(mean(full) - 3) < 0.3, "\(mean(full))")
    }
    // Whatever is missing: y given x = 1.5 has the mean 6, though it is mostly missing there.
    try run("sample", "model.safetensors", "--where", "x=1.5", "-n", "2000", "-o", "given.csv")
    let given = try Self.numbers("given.csv", "y", in: folder)
    #expect(given.allSatisfy { $0 != nil } && abs(mean(given) - 6) < 0.3, "\(mean(given))")
    // Drawn rows have gaps where the table has them.
    try run("sample", "model.safetensors", "-n", "3000", "-o", "new.csv", "--seed", "3")
    let (x, y) = (
      try Self.numbers("new.csv", "x", in: folder), try Self.numbers("new.csv", "y", in: folder)
    )
    let gaps = y.indices.filter { y[$0] == nil }
    let expected = own.count { $0 == nil }
    // Two counts of 3000 rows: 5 deviations of their difference are 180.
    #expect(abs(gaps.count - expected) < 180, "\(gaps.count), not \(expected)")
    #expect(mean(gaps.map { x[$0] }) > 0.4)
    #expect(abs(mean(y) - mean(own)) < 0.3)
  }

  @Test func densitiesAgree() throws {
    let folder = try Self.folder()
    var means: [String: Double] = [:]
    for method in ["exact", "flow"] {
      let outcome = try OrnsteinProcess.run(
        ["density", "model.safetensors", "table.csv", "-o", "out.csv", "--method", method],
        in: folder)
      #expect(outcome.status == 0, "\(outcome.errors)")
      let values = try Self.numbers("out.csv", "log_density", in: folder).compactMap { $0 }
      #expect(values.count == Self.rows)
      means[method] = values.reduce(0, +) / Double(values.count)
    }
    let (exact, flow) = (try #require(means["exact"]), try #require(means["flow"]))
    #expect(abs(exact - flow) < 0.02, "\(exact), \(flow)")
    // log N(x) + log P(gap | x), and log N(y | x) where y is there, of the law itself.
    let truth =
      Self.table.reduce(0.0) { sum, row in
        let (x, y) = row
        let share = StatisticalGate.normalDistribution(x - 0.6)
        let constant = log(2 * Double.pi) / 2
        let gap = log(y == nil ? share : 1 - share)
        let rest = y.map { ($0 - 3 - 2 * x) * ($0 - 3 - 2 * x) / 2 + constant } ?? 0
        return sum + gap - x * x / 2 - constant - rest
      } / Double(Self.rows)
    // The fit is closer to its own rows than the law is, by half a number for each of 9 or so.
    #expect(exact > truth - 0.01 && exact < truth + 0.01, "\(exact), \(truth)")
  }
}
