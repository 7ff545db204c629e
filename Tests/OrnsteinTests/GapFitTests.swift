import Foundation
import Ornstein
import TestSupport
import Testing

/// Mixtures that are learned from tables with gaps, beside laws that are known.
@Suite struct GapFitTests {
  static let rows = 6000
  static let mean = [1.0, -2, 3]
  static let covariance = [[1.0, 0.8, -0.5], [0.8, 1.5, -0.2], [-0.5, -0.2, 2]]

  /// Which cells are missing.
  enum Gaps: String, CaseIterable, Sendable, CustomTestStringConvertible {
    /// 30 % of all cells, whatever they hold.
    case atRandom
    /// 30 % of the cells of y and z, more and more as x grows.
    case byAnother

    var testDescription: String { rawValue }
  }

  static func truth() throws -> GaussianMixture<Double> {
    try GaussianMixture(weights: [1], means: [mean], covariances: [.full(covariance)])
  }

  /// The share of missing cells of y and z at a value of x: 0.3 in the mean over N(1, 1).
  ///
  /// Phi((x - 1) - b) has the mean Phi(-b / sqrt(2)); b = sqrt(2) 0.5244005 makes it 0.3.
  static func share(at x: Double) -> Double {
    StatisticalGate.normalDistribution((x - mean[0]) - 2.0.squareRoot() * 0.524_400_512_7)
  }

  static func table(_ gaps: Gaps, seed: UInt64 = 11) throws -> (whole: Table, pierced: Table) {
    let points = try truth().drawExactly(rows: 0..<rows, key: NoiseKey(seed: seed))
    var uniforms = [Double](repeating: 0, count: 3 * rows)
    uniforms.withUnsafeMutableBufferPointer {
      DoubleKernels.uniforms(into: $0, stream: NoiseKey(seed: seed).stream(.test), first: 0)
    }
    func isGap(_ row: Int, _ axis: Int) -> Bool {
      let uniform = uniforms[3 * row + axis]
      return switch gaps {
      case .atRandom: uniform < 0.3
      case .byAnother: axis > 0 && uniform < share(at: points[row, 0])
      }
    }
    let names = ["x", "y", "z"]
    return (
      try Table(
        columns: (0..<3).map { axis in
          Column(name: names[axis], numbers: (0..<rows).map { points[$0, axis] })
        }),
      try Table(
        columns: (0..<3).map { axis in
          Column(
            name: names[axis],
            optionalNumbers: (0..<rows).map { isGap($0, axis) ? nil : points[$0, axis] })
        })
    )
  }

  static let search = MixtureSearch(components: [1], covariances: [.full])

  static let models: [Gaps: Result<TableModel, any Error>] = Dictionary(
    uniqueKeysWithValues: Gaps.allCases.map { gaps in
      (
        gaps,
        Result {
          try fit(table(gaps).pierced, learner: .mixture(search), seed: 1, threads: 2)
        }
      )
    })

  static func model(_ gaps: Gaps) throws -> TableModel {
    try #require(models[gaps]).get()
  }

  /// The deviations of the estimates, from the rows that have what is estimated: at least as large as those
  /// of the most likely law, which uses the others too.
  ///
  /// A mean over n rows has the variance C_ii / n, a covariance (C_ii C_jj + C_ij^2) / n. Where y and z are
  /// missing by x, they are what the regressions on x of the rows that have them say; those rows are
  /// 0.7^2 of all for a pair, and they lie on one side, so the variance of x among them is smaller: three
  /// times the variance covers it.
  static func deviation(_ i: Int, _ j: Int?) -> Double {
    let pairs = 3 / (0.49 * Double(rows))
    guard let j else { return (covariance[i][i] * pairs).squareRoot() }
    let square = covariance[i][i] * covariance[j][j] + covariance[i][j] * covariance[i][j]
    return (square * pairs).squareRoot()
  }

  /// Mean and covariance of the law of complete rows are those of the law that the rows were drawn from.
  ///
  /// 9 numbers within 5 deviations: fails for right code with probability below 1e-5.
  @Test(arguments: Gaps.allCases) func theLawIsRecovered(_ gaps: Gaps) throws {
    let model = try Self.model(gaps)
    #expect(model.record.gaps == .marginal)
    let found = try MixtureExport(model).mixture.components[0]
    guard case .full(let covariance) = found.covariance else {
      Issue.record("The covariance is \(found.covariance).")
      return
    }
    for i in 0..<3 {
      #expect(abs(found.mean[i] - Self.mean[i]) < 5 * Self.deviation(i, nil), "mean \(i)")
      for j in 0...i {
        #expect(
          abs(covariance[i][j] - Self.covariance[i][j]) < 5 * Self.deviation(i, j),
          "covariance \(i), \(j): \(covariance[i][j])")
      }
    }
  }

  /// The same bounds find means of columns that stand in for what is missing.
  @Test(arguments: Gaps.allCases) func valuesThatStandInAreBiased(_ gaps: Gaps) throws {
    let pierced = try Self.table(gaps).pierced
    let filled = try Table(
      columns: pierced.columns.map { column in
        let there = (0..<column.count).compactMap {
          column.isMissing($0) ? nil : column.number($0)
        }
        let mean = there.reduce(0, +) / Double(there.count)
        return Column(
          name: column.name,
          numbers: (0..<column.count).map {
            column.isMissing($0) ? mean : column.number($0) ?? mean
          })
      })
    let model = try fit(filled, learner: .mixture(Self.search), seed: 1, threads: 2)
    let found = try MixtureExport(model).mixture.components[0]
    guard case .full(let covariance) = found.covariance else { return }
    #expect(abs(covariance[1][0] - 0.8) > 5 * Self.deviation(1, 0))
    #expect(abs(covariance[1][1] - 1.5) > 5 * Self.deviation(1, 1))
    if gaps == .byAnother { #expect(abs(found.mean[1] + 2) > 5 * Self.deviation(1, nil)) }
  }

  /// Where y alone has gaps, the most likely law has a closed form: of y it is the regression on x of the
  /// rows that have both, carried over to all rows.
  ///
  /// - Source: Anderson, Journal of the American Statistical Association 52 (1957) 200.
  @Test func oneColumnWithGapsHasAClosedForm() throws {
    let (whole, pierced) = try Self.table(.byAnother)
    let (x, y) = (whole.columns[0], pierced.columns[1])
    let table = try Table(columns: [x, y])
    let model = try fit(table, learner: .mixture(Self.search), seed: 1, threads: 2)
    let found = try MixtureExport(model).mixture.components[0]
    let all = (0..<Self.rows).compactMap { x.number($0) }
    let there = (0..<Self.rows).filter { !y.isMissing($0) }
    func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
    func covariance(_ a: [Double], _ b: [Double]) -> Double {
      let (first, second) = (mean(a), mean(b))
      return mean(zip(a, b).map { ($0 - first) * ($1 - second) })
    }
    let xs = there.compactMap { x.number($0) }
    let ys = there.compactMap { y.number($0) }
    let slope = covariance(xs, ys) / covariance(xs, xs)
    let rest = covariance(ys, ys) - slope * covariance(xs, ys)
    let expected = [mean(all), mean(ys) + slope * (mean(all) - mean(xs))]
    let variance = covariance(all, all)
    guard case .full(let rows) = found.covariance else { return }
    // Iterations end where the log-likelihood of a row stands still to 1e-6 or so.
    #expect(agrees(found.mean, expected, relative: 2e-3))
    #expect(
      agrees(
        [rows[0][0], rows[0][1], rows[1][1]],
        [variance, slope * variance, rest + slope * slope * variance], relative: 4e-3))
  }

  /// Drawn rows have as many gaps as the table, and of the same rows: the cells that are left have the
  /// mean that those of the table have.
  ///
  /// Each number within 5 deviations of a difference of two samples; about 10 numbers.
  @Test(arguments: Gaps.allCases) func drawnRowsHaveTheSameGaps(_ gaps: Gaps) throws {
    let table = try Self.table(gaps).pierced
    let drawn = try Self.model(gaps).sample(Self.rows, seed: 5, threads: 2)
    let two = (2 / Double(Self.rows)).squareRoot()
    func both(_ table: Table) -> Double {
      let (y, z) = (table.columns[1], table.columns[2])
      return Double((0..<table.rowCount).filter { y.isMissing($0) && z.isMissing($0) }.count)
        / Double(table.rowCount)
    }
    for (old, new) in zip(table.columns, drawn.columns) {
      let shares = [old, new].map { Double($0.missingCount) / Double(Self.rows) }
      #expect(abs(shares[0] - shares[1]) < 5 * 0.46 * two, "\(old.name): \(shares)")
      let means = [old, new].map { column in
        let there = (0..<column.count).compactMap {
          column.isMissing($0) ? nil : column.number($0)
        }
        return there.reduce(0, +) / Double(there.count)
      }
      #expect(abs(means[0] - means[1]) < 5 * 1.42 * two * 1.2, "\(old.name): \(means)")
    }
    #expect(abs(both(table) - both(drawn)) < 5 * 0.4 * two)
  }

  /// The log-density of rows is that of the law which they were drawn from, gaps included, in the mean: less
  /// by the divergence of the learned law, which is that of 15 numbers learned from so many rows.
  @Test(arguments: Gaps.allCases) func densitiesAreThoseOfTheCellsThatAreThere(_ gaps: Gaps) throws
  {
    let model = try Self.model(gaps)
    let table = try Self.table(gaps, seed: 12).pierced
    let found = try model.logDensities(of: table, threads: 2).map(\.value)
    let truth = try Self.truth()
    let differences = try (0..<Self.rows).map { row in
      var expected = 0.0
      let there = (0..<3).filter { !table.columns[$0].isMissing(row) }
      if !there.isEmpty {
        let marginal = try truth.marginal(of: there)
        let point = there.map { table.columns[$0].number(row) ?? 0 }
        expected =
          marginal.logDensity(
            of: Batch(rows: [point]), at: NoiseLevel(time: 0, alpha: 1, sigma: 0))[0]
      }
      let x = table.columns[0].number(row) ?? 0
      for axis in 0..<3 {
        let share = gaps == .atRandom ? 0.3 : axis == 0 ? 0 : Self.share(at: x)
        if share > 0 {
          expected += log(table.columns[axis].isMissing(row) ? share : 1 - share)
        }
      }
      return found[row] - expected
    }
    let mean = differences.reduce(0, +) / Double(Self.rows)
    let square = differences.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    let error = (square / Double(Self.rows * Self.rows)).squareRoot()
    #expect(mean < 5 * error && mean > -0.005 - 5 * error, "\(mean) ± \(error)")
    #expect(square / Double(Self.rows) < 0.02)
  }

  /// The flow of the same law, which knows nothing of closed forms, gives the same density.
  @Test(arguments: Gaps.allCases) func theFlowAgrees(_ gaps: Gaps) throws {
    let model = try Self.model(gaps)
    let table = try Self.table(gaps, seed: 13).pierced.selecting(rows: Array(0..<300))
    let exact = try model.logDensities(of: table, threads: 2)
    let flow = try model.logDensities(of: table, DensitySettings(method: .flow), threads: 2)
    let mean = zip(exact, flow).reduce(0) { $0 + $1.0.value - $1.1.value } / 300
    // Both draw the numbers that tell of gaps, by rules of their own.
    #expect(abs(mean) < 0.02, "\(mean)")
  }

  /// A gap is filled given the cells that are there, and not given that it is one.
  @Test(arguments: Gaps.allCases) func fillingIsByTheCellsThatAreThere(_ gaps: Gaps) throws {
    let model = try Self.model(gaps)
    let law = try #require(try model.mixtureOfRows())
    #expect(law.schema.columns.allSatisfy { $0.missing == 0 })
    let (whole, pierced) = try Self.table(gaps)
    let filled = try Imputation(
      of: pierced, under: law.mixture, schema: law.schema, key: NoiseKey(seed: 3)
    ).filled(0..<Self.rows, .draw(0), threads: 2)
    for (column, truth) in zip(filled.columns, whole.columns) {
      #expect(column.missingCount == 0)
      let differences = (0..<Self.rows).map {
        (column.number($0) ?? .nan) - (truth.number($0) ?? .nan)
      }
      let mean = differences.reduce(0, +) / Double(Self.rows)
      // Draws of both have at most twice the variance of the column; 0.05 is 2.5 of its deviations more
      // than 5, for the errors of the law.
      #expect(abs(mean) < 0.11, "\(column.name): \(mean)")
    }
    let moments = DataMoments(
      of: Batch(
        rows: (0..<Self.rows).map { row in filled.columns.map { $0.number(row) ?? .nan } }))
    for i in 0..<3 {
      for j in 0...i {
        #expect(
          abs(moments.covariance[3 * i + j] - Self.covariance[i][j]) < 5 * Self.deviation(i, j))
      }
    }
  }

  /// The divergence from the law of the values: that of 9 numbers, of which a gap makes some dearer, and not
  /// the probability that nothing is missing, which is about 1 nat.
  @Test func theTruthIsComparedWithTheLawOfTheValues() throws {
    let comparison = try LearnerComparison(
      of: try Self.table(.atRandom).pierced, learners: [.mixture(Self.search)],
      truth: Self.truth(), seed: 1, threads: 2)
    let divergence = try #require(comparison.entries[0].divergence)
    #expect(divergence.value >= 0 && divergence.value < 0.02, "\(divergence)")
    #expect(comparison.entries[0].centreError.map { $0 < 0.2 } ?? false)
  }

  @Test func theFileRemembers() throws {
    let model = try Self.model(.byAnother)
    let path = TableModelTests.temporaryPath()
    defer { try? FileManager.default.removeItem(atPath: path) }
    try model.write(to: path)
    let read = try TableModel(contentsOf: path)
    #expect(read.record == model.record)
    let table = try Self.table(.byAnother).pierced.selecting(rows: Array(0..<200))
    #expect(
      try read.logDensities(of: table).map(\.value) == model.logDensities(of: table).map(\.value))
  }

  /// Flags, categories, whole numbers and angles with gaps, rows without any cell, a column with two cells.
  @Test func everyKindOfColumnMayHaveGaps() throws {
    let whole = try EncodedImputationTests.pierced(EncodedImputationTests.table(hasGaps: true))
    let search = MixtureSearch(components: [3], covariances: [.full])
    let model = try fit(
      whole, learner: .mixture(search), hints: EncodedImputationTests.hints, seed: 1, threads: 2)
    #expect(model.record.gaps == .marginal)
    #expect(try #require(model.record.heldOutLogDensity).mean.isFinite)
    #expect(try model.logDensities(of: whole, threads: 2).allSatisfy { $0.value.isFinite })
    #expect(
      try model.logDensities(
        of: whole.selecting(rows: Array(0..<50)), DensitySettings(method: .flow)
      )
      .allSatisfy { $0.value.isFinite })
    let drawn = try model.sample(1200, seed: 2)
    for (old, new) in zip(whole.columns, drawn.columns) where old.name != "colour" {
      #expect(abs(Double(old.missingCount - new.missingCount)) < 90, "\(old.name)")
    }
    let law = try #require(try model.mixtureOfRows())
    let filled = try Imputation(
      of: whole, under: law.mixture, schema: law.schema, key: NoiseKey(seed: 3)
    ).filled(0..<whole.rowCount, .draw(0))
    #expect(filled.columns.allSatisfy { $0.missingCount == 0 })
  }

  @Test func aColumnOfTooFewCellsIsNamed() throws {
    let table = try Table(columns: [
      Column(name: "x", numbers: (0..<60).map { Double($0 * $0 % 17) + 0.25 }),
      Column(
        name: "rare", optionalNumbers: (0..<60).map { $0 == 7 ? 1.5 : $0 == 9 ? 2.25 : nil }),
    ])
    for seed: UInt64 in 0..<12 {
      do {
        _ = try fit(table, learner: .mixture(), seed: seed)
      } catch let error as TableError {
        #expect(error.description.contains("\"rare\""))
      }
    }
  }

  @Test(arguments: [(0.3, -0.4), (-1.2, 0.8), (2, 1.5)])
  func orthantProbabilities(_ h: Double, _ k: Double) {
    let product =
      StatisticalGate.normalDistribution(h) * StatisticalGate.normalDistribution(k)
    #expect(
      agrees(NormalOrthant.probability(below: h, k, correlation: 0), product, relative: 1e-12))
    // P(X < 0, Y < 0) = 1 / 4 + asin(r) / (2 pi) (Sheppard 1899).
    for r in [-0.9, -0.3, 0.5, 0.95] {
      let sheppard = 0.25 + asin(r) / (2 * Double.pi)
      #expect(
        agrees(NormalOrthant.probability(below: 0, 0, correlation: r), sheppard, relative: 1e-9))
      // Far out the probability says little of the correlation, so probabilities are compared.
      let probability = NormalOrthant.probability(below: h, k, correlation: r)
      let found = NormalOrthant.correlation(below: h, k, probability: probability)
      let again = NormalOrthant.probability(below: h, k, correlation: found)
      #expect(abs(again - probability) < 1e-10)
    }
  }
}
