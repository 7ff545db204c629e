import OrnsteinDiffusion
import OrnsteinNumerics

/// What plans are made for: a model or an exact law, and what can be measured on it.
public protocol PlanSubject: Sendable {
  /// The number of coordinates.
  var dimension: Int { get }

  /// The mean and covariance of the data.
  var moments: DataMoments { get }

  /// Whether errors can be measured against data itself, in a metric; otherwise they are measured
  /// against the law at the stop, which must not be without noise.
  func comparesWithData(_ metric: ErrorMetric) -> Bool

  /// The errors of a plan whose sampler draws no noise.
  ///
  /// - Parameters:
  ///   - plan: The plan.
  ///   - metric: How errors are measured.
  ///   - rows: The number of rows of the pilot, 2 or more.
  ///   - threads: How many threads work; the numbers do not depend on it.
  /// - Throws: ``OracleError``, or what keeps the plan from being carried out.
  func flowBudget(
    of plan: SamplingPlan, metric: ErrorMetric, rows: Int, threads: Int
  ) throws -> ErrorBudget

  /// What the law of the noised data, or the score, is at some canonical times.
  ///
  /// - Parameters:
  ///   - times: Ascending canonical times.
  ///   - process: The process that the times are of.
  ///   - threads: How many threads work; the numbers do not depend on it.
  func pathStatistics(
    at times: [Double], process: ProcessSpecification, threads: Int
  ) throws -> PathStatistics

  /// How far the law at a stop, brought back to the scale of the data, is from the data, in a metric.
  func stopError(at level: NoiseLevel, metric: ErrorMetric, rows: Int) -> Quantity

  /// The levels of a plan, those that its sampler plans included.
  func levels(of plan: SamplingPlan) throws -> [NoiseLevel]

  /// The seconds that one row of a plan takes on one thread, measured on a few rows.
  func secondsPerRow(of plan: SamplingPlan) throws -> Double
}

extension PlanSubject {
  /// Rows enough for standard errors of a few hundredths at a reasonable cost.
  var pilotRows: Int { max(500, min(4000, 48_000 / dimension)) }

  /// The seconds that one row of a sampler takes, by a run of one chunk after another.
  func secondsPerRow<Scalar>(of sampler: Sampler<Scalar>) throws -> Double {
    let rows = Sampler<Scalar>.chunkRows
    _ = try sampler.draw(rows: 0..<rows, threads: 1)
    let clock = ContinuousClock()
    let spent = try clock.measure { _ = try sampler.draw(rows: 0..<4 * rows, threads: 1) }
    return (Double(spent.components.seconds) + 1e-18 * Double(spent.components.attoseconds))
      / Double(4 * rows)
  }
}
