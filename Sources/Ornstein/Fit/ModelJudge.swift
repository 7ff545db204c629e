import OrnsteinDiffusion
import OrnsteinLearning
import OrnsteinMetrics
import OrnsteinNumerics
import OrnsteinTables
import OrnsteinTheory
import RealModule

/// What is known of a model by rows that it has not seen, and by the truth where that is known.
struct ModelJudge {
  /// The most rows that are drawn and compared.
  private static let comparedRows = 5000
  /// The rows of the truth that divergences are means over, at most.
  private static let truthRows = 20_000
  /// The same for a density that a score must be followed for.
  private static let followedTruthRows = 1000

  private let heldOut: Table
  private let truth: (any ExactTarget<Double>)?
  private let hints: SchemaHints
  private let key: NoiseKey
  private let seed: UInt64
  private let threads: Int

  init(
    _ heldOut: Table, truth: (any ExactTarget<Double>)?, hints: SchemaHints, seed: UInt64,
    threads: Int
  ) {
    self.heldOut = heldOut
    self.truth = truth
    self.hints = hints
    self.seed = seed
    key = NoiseKey(seed: seed)
    self.threads = threads
  }

  func judge(
    _ model: TableModel, name: String
  ) throws -> (entry: LearnerComparison.Entry, densities: [LogDensity]) {
    var entry = LearnerComparison.Entry(
      learner: name, seconds: model.record.seconds, remarks: model.record.remarks)
    let densities = try logDensities(of: heldOut, under: model, most: heldOut.rowCount)
    if !densities.isEmpty { entry.logDensity = MeanLogDensity(of: densities) }
    let drawn = try model.sample(
      min(Self.comparedRows, max(heldOut.rowCount, 500)), seed: seed, threads: threads)
    let space = try EvaluationSpace(drawn, heldOut, hints: hints)
    entry.energyDistance = try EnergyDistance.compare(
      PooledSamples(
        space.samples,
        PooledSamples.subset(of: space.reference, limit: Self.comparedRows, key: key), key: key),
      threads: threads)
    if let truth, truth.hasDensity, truth.dimension == model.schema.columns.count {
      // The truth tells nothing of gaps.
      try compare(try model.ofCompleteRows(), with: truth, into: &entry)
    }
    return (entry, densities)
  }

  /// The log-densities of the first rows, of so many as can be afforded.
  ///
  /// - Parameter singly: Whether each log-density must be right, and not their mean alone.
  private func logDensities(
    of table: Table, under model: TableModel, most: Int, singly: Bool = false
  ) throws -> [LogDensity] {
    let points = try model.schema.encode(table, key: key)
    let isClosed = model.learned.closedForm != nil
    let density = HeldOutDensity(
      table, points, rows: Array(0..<most), schema: model.schema, seed: seed,
      multiplyAdds: isClosed ? 0 : model.score.multiplyAddsPerPoint,
      method: model.learned.heldOutMethod,
      most: isClosed ? most : min(most, HeldOutDensity.mostRows),
      tracesExactly: singly && !isClosed && model.learned.heldOutMethod != .elbo)
    return try density.logDensities(under: model, threads: threads)
  }

  /// KL(p || q) and the total variation by points of the truth p.
  ///
  /// In closed form means of terms that are 0 or more (``/OrnsteinTheory/LogRatioSample``). By the
  /// probability flow, whose q need not have a mean of q / p that is 1 to such an error, the mean of
  /// log(p / q) and that of (1 - q / p)_+. By a variational bound of log q, bounds of both.
  private func compare(
    _ model: TableModel, with truth: any ExactTarget<Double>,
    into entry: inout LearnerComparison.Entry
  ) throws {
    let isClosed = model.learned.closedForm != nil
    let most = isClosed ? Self.truthRows : Self.followedTruthRows
    let points = truth.drawExactly(rows: 0..<most, key: NoiseKey(seed: ~seed))
    let known = truth.logDensity(of: points, at: NoiseLevel(time: 0, alpha: 1, sigma: 0))
    let table = try Table(
      columns: model.schema.columns.enumerated().map { axis, column in
        Column(name: column.name, numbers: (0..<points.count).map { points[$0, axis] })
      })
    let learned = try logDensities(of: table, under: model, most: most, singly: true)
    guard learned.count > 1 else { return }
    let ratios = LogRatioSample(zip(learned, known).map { $0.value - $1 })
    if isClosed {
      entry.divergence = ratios.divergenceToReference
      entry.totalVariation = ratios.totalVariation
    } else {
      let loss = MeanLogDensity(
        of: ratios.logRatios.map { LogDensity(value: -$0, numericalError: 0) })
      let divergence = Quantity.estimate(loss.mean, standardError: loss.standardError)
      entry.divergence = divergence
      entry.areBounds = model.learned.heldOutMethod == .elbo
      entry.totalVariation =
        entry.areBounds ? Self.totalVariation(boundedBy: divergence) : ratios.totalVariation
    }
    entry.centreError = centreError(model, truth)
  }

  /// The lower of the bounds sqrt(KL / 2) of Pinsker and sqrt(1 - e^{-KL}) of Bretagnolle and Huber, and
  /// how much higher it is for a KL that is higher by its standard error.
  static func totalVariation(boundedBy divergence: Quantity) -> Quantity {
    func bound(_ value: Double) -> Double {
      min((value / 2).squareRoot(), (-Double.expMinusOne(-value)).squareRoot())
    }
    let value = max(divergence.value, 0)
    return .estimate(
      bound(value), standardError: bound(value + divergence.standardError) - bound(value))
  }

  /// The error of the centres in the units of the table, of mixtures of as many components over
  /// columns that are only shifted and scaled.
  private func centreError(_ model: TableModel, _ truth: any ExactTarget<Double>) -> Double? {
    guard let mixture = model.learned.mixture, let truth = truth as? GaussianMixture<Double>,
      mixture.description.components.count == truth.description.components.count,
      let lines = model.schema.lines, lines.count == truth.dimension
    else { return nil }
    let components = mixture.description.components
    let trueComponents = truth.description.components
    return try? ComponentMatching(
      centres:
        components.map { component in
          zip(component.mean, lines).map { $1.center + $1.scale * $0 }
        }, weights: components.map(\.weight), truth: trueComponents.map(\.mean),
      trueWeights: trueComponents.map(\.weight)
    ).centreError
  }
}

extension Schema {
  /// The shift and scale of each column, if every column is a number that is shifted and scaled.
  var lines: [(center: Double, scale: Double)]? {
    var lines: [(center: Double, scale: Double)] = []
    for column in columns {
      guard let line = column.line else { return nil }
      lines.append(line)
    }
    return lines
  }
}
