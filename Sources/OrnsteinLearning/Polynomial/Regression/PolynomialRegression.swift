import OrnsteinDiffusion
import OrnsteinNumerics
import RealModule

/// A piecewise polynomial score and how it came about.
public struct LearnedPolynomials: Sendable {
  /// The learned score.
  public let score: PiecewisePolynomialScore<Double>
  /// How it came about.
  public let record: PolynomialRecord
}

/// Learns the scores of noised data by regression on polynomials in cells, level by level.
///
/// Data X = mu + s_0 xi are noised to Y = X + sqrt(t) zeta at levels tau^2 = s_0^2 + t that decrease from
/// four times the squared radius of the data down to s_0^2 + t_min. At each level
///
/// 1. the polynomials of the level before are applied to fresh noised rows: posterior means, within O(tau) of
///    the true mu; balls that cover them greedily become the centres of Voronoi cells;
/// 2. in each cell, f(y) = E[mu | y] is fitted by ridge least squares to Y - tau^2 zeta / sqrt(t), whose
///    conditional mean it is, on Hermite polynomials of coordinates that are centred and scaled in the cell;
///    their degree is chosen by two-fold cross-validation;
/// 3. at a last level without added noise, the implicit loss E‖f‖^2 - 2 E<f, Y> + 2 tau^2 E div f
///    (Hyvärinen, JMLR 6, 2005) is fitted instead, to the rows of a cell and, with weights that fade to 0,
///    those within tau / 2 of it, so that no probability flows through the edge.
///
/// The score learned is right for any data with enough polynomials; s_0 sets the size of the cells at the last
/// level. An estimated s_0^2 is the largest below the least eigenvalue of the covariance that gives the least
/// implicit loss on held-out rows.
///
/// - Limits: the implicit loss has no minimum for data without a density, as those with a coordinate of few
///   values; they need ``PolynomialSettings/stop`` above 0 or noise of their own.
/// - Cost: rows times the square of the number of polynomials a level.
/// - The bits do not depend on the number of threads.
/// - Source: Gatmiry, Kelner, Lee, arXiv 2404.18869.
public struct PolynomialRegression: Sendable {
  /// The rows below which a distribution is not learned.
  public static let minimumRows = 20

  /// How to learn.
  public let settings: PolynomialSettings

  /// A learner with settings.
  public init(_ settings: PolynomialSettings = PolynomialSettings()) { self.settings = settings }

  /// Learns.
  ///
  /// - Parameters:
  ///   - data: The rows.
  ///   - key: The randomness.
  ///   - threads: How many threads work; does not change the result.
  ///   - events: Told after each level where learning stands; says whether to go on.
  /// - Throws: ``PolynomialError``.
  public func fit(
    _ data: Batch<Double>, key: NoiseKey, threads: Int = 1,
    events: (PolynomialEvent) -> Bool = { _ in true }
  ) throws -> LearnedPolynomials {
    let start = ContinuousClock.now
    func seconds() -> Double { (ContinuousClock.now - start) / .seconds(1) }
    try check(data, threads: threads)
    let moments = DataMoments(of: data)
    guard (moments.mean + moments.covariance).allSatisfy(\.isFinite) else {
      throw PolynomialError.dataTooLarge
    }
    let permutation = EpochPermutation(of: data.count, stream: key.stream(.split))
    let order = (0..<data.count).map { permutation[$0] }
    let baseVariance: Double
    switch settings.baseVariance {
    case .known(let variance): baseVariance = variance
    case .estimated:
      baseVariance = try BaseVarianceEstimate(
        data: data, moments: moments, order: order, settings: settings, key: key, threads: threads
      ).run()
    }
    let schedule = try settings.schedule(data, moments, baseVariance: baseVariance)
    var levels: [(addedVariance: Double, cells: [PolynomialCell])] = []
    var records: [PolynomialLevelRecord] = []
    var finish = PolynomialFinish.levels
    for (index, addedVariance) in schedule.enumerated() {
      let rows = Array(order[places(of: index, levels: schedule.count, count: data.count)])
      let variance = baseVariance + addedVariance
      var centres = [moments.mean]
      if let last = levels.last {
        centres = settings.cover(
          by: PolynomialLevel(
            addedVariance: last.addedVariance, variance: baseVariance + last.addedVariance,
            cells: last.cells), data, rows: rows, key: key, index: index - 1)
      }
      let (cells, record) = try LevelRegression(
        data: data, rows: rows, addedVariance: addedVariance, variance: variance,
        settings: settings, key: key, index: index, threads: threads
      ).run(centres: centres)
      levels.append((addedVariance, cells))
      records.append(record)
      let goesOn = events(
        PolynomialEvent(
          level: index, levels: schedule.count, record: record, elapsedSeconds: seconds()))
      if !goesOn, index < schedule.count - 1 {
        finish = .stopped
        break
      }
    }
    return LearnedPolynomials(
      score: try PiecewisePolynomialScore(
        moments: moments, baseVariance: baseVariance, levels: levels),
      record: PolynomialRecord(
        settings: settings, seed: key.seed, rows: data.count, baseVariance: baseVariance,
        levels: records, seconds: seconds(), finish: finish))
  }

  private func check(_ data: Batch<Double>, threads: Int) throws(PolynomialError) {
    try settings.validate()
    guard threads >= 1 else {
      throw .setting(name: "threads", value: "\(threads)", expected: "1 or more")
    }
    guard data.count >= Self.minimumRows else {
      throw .tooFewRows(count: data.count, minimum: Self.minimumRows)
    }
    let firstBad = data.withUnsafeBufferPointer { elements in
      elements.firstIndex { !$0.isFinite }
    }
    if let firstBad {
      throw .dataNotFinite(row: firstBad / data.dimension, column: firstBad % data.dimension)
    }
  }

  /// The places of a level's rows in the random order.
  private func places(of level: Int, levels: Int, count: Int) -> Range<Int> {
    guard settings.splitsRows else { return 0..<count }
    return level * count / levels..<(level + 1) * count / levels
  }
}
