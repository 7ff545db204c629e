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

  /// A label that goes with a number makes a coordinate of two points, which have no density.
  @Test func polynomialsLearnLabels() throws {
    let rows = 3000
    let law = try GaussianMixture<Double>(
      weights: [1], means: [[0, 0]], covariances: [.identity])
    let normals = law.drawExactly(rows: 0..<rows, key: NoiseKey(seed: 4))
    // The normal law is below -0.2533 with probability 0.4.
    let isHigh = (0..<rows).map { normals[$0, 1] < -0.2533471 }
    let table = try Table(columns: [
      Column(name: "x", numbers: (0..<rows).map { normals[$0, 0] + (isHigh[$0] ? 2 : -2) }),
      Column(name: "side", text: isHigh.map { $0 ? "high" : "low" }),
    ])
    let model = try fit(table, learner: .polynomial(), seed: 1, threads: 2)
    let density = try #require(model.record.heldOutLogDensity)
    // Normal of variance 1, and a label of probability 0.4.
    let truth =
      -(1 + log(2 * .pi)) / 2 + 0.4 * log(0.4) + 0.6 * log(0.6)
    #expect(density.mean < truth + 5 * density.standardError)
    #expect(density.mean > truth - 0.5, "\(density.mean), not \(truth)")
    let drawn = try model.sample(4000, seed: 2, threads: 2)
    guard case .text(let codes, let values)? = drawn["side"]?.cells,
      case .numbers(let numbers)? = drawn["x"]?.cells
    else {
      Issue.record("The columns have other kinds.")
      return
    }
    let high = codes.map { values[Int($0)] == "high" }
    let share = Double(high.filter(\.self).count) / 4000
    #expect(abs(share - 0.4) < 0.06, "\(share)")
    let right = zip(high, numbers).filter { $0 == ($1 > 0) }.count
    // 2.3 % of the truth lie on the other side of 0.
    #expect(Double(right) / 4000 > 0.93, "\(right)")
  }

  /// The total variation of a network and a truth that is known, beside that of many draws by columns of
  /// a histogram.
  @Test func networksHaveATotalVariation() throws {
    let truth = try GaussianMixture<Double>(
      weights: [0.7, 0.3], means: [[-2], [2]], covariances: [.isotropic(1), .isotropic(0.5)])
    let points = truth.drawExactly(rows: 0..<3000, key: NoiseKey(seed: 5))
    let table = try Table(
      columns: [Column(name: "x", numbers: (0..<3000).map { points[$0, 0] })])
    let comparison = try LearnerComparison(
      of: table, learners: [.network(TrainingSettings(limit: .steps(150)), width: 32)],
      truth: truth, seed: 3, threads: 2)
    let entry = comparison.entries[0]
    let divergence = try #require(entry.divergence)
    let distance = try #require(entry.totalVariation)
    #expect(!entry.areBounds)
    #expect(distance.value > 0 && distance.value < 1 && distance.standardError < 0.02)
    let pinsker = (max(divergence.value + 5 * divergence.standardError, 0) / 2).squareRoot()
    #expect(distance.value - 5 * distance.standardError < pinsker)
    let model = try #require(comparison.best)
    let plan = SamplingPlan(
      grid: GridSpecification(.logSNR, steps: 40), predictor: .plannedFlow,
      initialLaw: .momentMatched)
    let drawn = try model.sample(100_000, plan, seed: 8, threads: 2)
    guard case .numbers(let numbers)? = drawn["x"]?.cells else {
      Issue.record("The column is no number.")
      return
    }
    let exact = truth.drawExactly(rows: 0..<100_000, key: NoiseKey(seed: 77)).elements
    func shares(_ values: [Double]) -> [Double] {
      var shares = [Double](repeating: 0, count: 60)
      for value in values { shares[min(max(Int((value + 6) * 5), 0), 59)] += 1e-5 }
      return shares
    }
    let drawnDistance = zip(shares(numbers), shares(exact)).reduce(0) {
      $0 + abs($1.0 - $1.1) / 2
    }
    // Columns lose some, chance adds some: 0.01 each way.
    #expect(
      abs(drawnDistance - distance.value) < 0.02 + 5 * distance.standardError,
      "\(distance.value), drawn \(drawnDistance)")
  }

  @Test func polynomialsHaveBounds() throws {
    let comparison = try LearnerComparison(
      of: Self.table(rows: 3000), learners: [.polynomial(), .kernel()], truth: Self.truth.get(),
      seed: 3, threads: 2)
    for entry in comparison.entries {
      let divergence = try #require(entry.divergence)
      let distance = try #require(entry.totalVariation)
      #expect(entry.areBounds == (entry.learner == "polynomial"))
      #expect(distance.value > 0 && distance.value < 1)
      guard entry.areBounds else { continue }
      // Three components over 2700 rows: not far, and a bound of KL is not below 0 but by chance.
      #expect(divergence.value < 0.5 && divergence.value > -5 * divergence.standardError)
      let value = max(divergence.value, 0)
      let bound = min((value / 2).squareRoot(), (1 - exp(-value)).squareRoot())
      #expect(abs(distance.value - bound) < 1e-12)
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
