import Foundation
import Ornstein
import Testing

/// Learners other than networks, from a table to a model and its file.
@Suite struct LearnerTests {
  /// Three normal laws of identity covariance, 5 and more apart.
  static let truth = Result {
    try GaussianMixture<Double>(
      weights: [0.5, 0.3, 0.2], means: [[0, 0], [6, 1], [1, -5]],
      covariances: [.identity, .identity, .identity])
  }

  static func table(rows: Int) throws -> Table {
    let points = try truth.get().drawExactly(rows: 0..<rows, key: NoiseKey(seed: 5))
    return try Table(
      columns: (0..<2).map { axis in
        Column(name: "x\(axis)", numbers: (0..<rows).map { points[$0, axis] })
      })
  }

  static let data = Result { try table(rows: 4000) }

  static let learners: [(String, Learner)] = [
    ("mixture", .mixture()), ("descent", .descent(ScoreMatchingDescent(components: 3))),
    ("polynomial", .polynomial(PolynomialSettings())), ("kernel", .kernel()),
  ]

  @Test(arguments: 0..<4) func theFileHoldsTheWholeModel(_ index: Int) throws {
    let model = try fit(Self.data.get(), learner: Self.learners[index].1, seed: 2)
    let path = TableModelTests.temporaryPath()
    defer { try? FileManager.default.removeItem(atPath: path) }
    try model.write(to: path)
    let read = try TableModel(contentsOf: path)
    #expect(read.learned.learner == model.learned.learner)
    #expect(read.record == model.record)
    #expect(read.record.rows == 4000 && read.record.heldOutRows == 400)
    #expect(try read.sample(50, seed: 3) == model.sample(50, seed: 3))
    let density = try #require(model.record.heldOutLogDensity)
    // The law itself has -3.86 nats a row; all learners come within half a nat of it.
    let truth = Self.truthDensity(rows: 20_000)
    #expect(density.mean < truth + 5 * density.standardError)
    #expect(density.mean > truth - 0.5, "\(Self.learners[index].0): \(density.mean)")
  }

  static func truthDensity(rows: Int) -> Double {
    guard let truth = try? truth.get() else { return .nan }
    let points = truth.drawExactly(rows: 0..<rows, key: NoiseKey(seed: 99))
    let densities = truth.logDensity(of: points, at: NoiseLevel(time: 0, alpha: 1, sigma: 0))
    return densities.reduce(0, +) / Double(rows)
  }

  @Test func aMixtureFindsItsComponents() throws {
    let model = try fit(Self.data.get(), learner: .mixture(), seed: 1, threads: 2)
    let mixture = try #require(model.learned.mixture)
    #expect(mixture.description.components.count == 3)
    #expect(model.record.remarks.first?.contains("identity") == true)
    // Centres are means of 800 rows or more, so 5 deviations of their errors are below 0.25.
    let comparison = try LearnerComparison(
      of: Self.data.get(), learners: [.mixture()], truth: Self.truth.get(), seed: 1)
    let error = try #require(comparison.entries[0].centreError)
    #expect(error < 0.25)
    // 8 free numbers on 3240 rows: KL is about 8 / 6480, and 10 times that has a chance below 1e-6.
    let divergence = try #require(comparison.entries[0].divergence)
    #expect(divergence.value < 0.0125 && divergence.value > 0)
  }

  @Test func theSameModelForAnyThreads() throws {
    for (name, learner) in Self.learners {
      let one = try fit(Self.data.get(), learner: learner, seed: 4, threads: 1)
      let two = try fit(Self.data.get(), learner: learner, seed: 4, threads: 2)
      #expect(
        try one.sample(64, seed: 1) == two.sample(64, seed: 1),
        "\(name) depends on the number of threads")
    }
  }

  @Test func theBestComesFirst() throws {
    let comparison = try LearnerComparison(
      of: Self.table(rows: 1500), learners: [.kernel(), .mixture(), .polynomial()],
      truth: Self.truth.get(), seed: 3, threads: 2)
    #expect(comparison.heldOutRows == 150)
    #expect(comparison.entries.map(\.learner).first == "mixture")
    let means = comparison.entries.compactMap { $0.logDensity?.mean }
    #expect(means == means.sorted(by: >) && means.count == 3)
    #expect(comparison.best?.learned.learner == "mixture")
    let lead = try #require(comparison.lead)
    #expect(abs(lead.value - (means[0] - means[1])) < 1e-9)
    for entry in comparison.entries {
      #expect(entry.failure == nil && entry.energyDistance != nil)
    }
  }

  @Test func aLearnerThatFailsSaysWhy() throws {
    var search = MixtureSearch()
    search.components = [5000]
    let comparison = try LearnerComparison(
      of: Self.table(rows: 300), learners: [.mixture(search), .kernel()], seed: 3)
    #expect(comparison.entries.map(\.learner) == ["kernel", "mixture"])
    #expect(comparison.entries[1].failure?.contains("fewer components") == true)
    #expect(comparison.best?.learned.learner == "kernel")
  }

  @Test func stoppingStops() throws {
    #expect(throws: CancellationError.self) {
      _ = try fit(Self.data.get(), learner: .mixture(), seed: 1, progress: { _ in false })
    }
  }

  @Test func unitsAreKeptWhereTheyCompare() throws {
    let table = try Self.data.get()
    let schema = try Schema(of: table).shiftedAndScaled(keepingUnits: true)
    for column in schema.columns {
      guard case .continuous(let range) = column.kind,
        case .linear(let center, let scale) = range.transform
      else {
        Issue.record("\(column.name) is not shifted and scaled")
        continue
      }
      #expect(scale == 1 && center == range.mean)
    }
    let own = try Schema(of: table).shiftedAndScaled(keepingUnits: false)
    for column in own.columns {
      guard case .continuous(let range) = column.kind else { continue }
      #expect(range.transform == .linear(center: range.mean, scale: range.standardDeviation))
    }
    let asked = SchemaHints([.init(name: "x0", transform: .quantile)])
    let hinted = try Schema(of: table, following: asked)
      .shiftedAndScaled(keepingUnits: true, following: asked)
    guard case .continuous(let range) = hinted.columns[0].kind else { return }
    #expect(range.transform.name == .quantile)
  }
}
