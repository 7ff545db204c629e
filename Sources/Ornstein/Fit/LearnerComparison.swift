import OrnsteinDiffusion
import OrnsteinLearning
import OrnsteinMetrics
import OrnsteinNumerics
import OrnsteinTables
import OrnsteinTheory

/// One table learned by several learners, all judged on the same rows that none of them has seen.
public struct LearnerComparison: Sendable {
  /// What one learner reached.
  public struct Entry: Sendable {
    /// The learner, as `fit --learner` says it.
    public var learner: String
    /// The mean log-density of the rows kept out, in nats a row in the units of the table.
    public var logDensity: MeanLogDensity?
    /// KL(truth || model), where the truth is known.
    public var divergence: Quantity?
    /// The total variation distance of model and truth, where the truth is known.
    public var totalVariation: Quantity?
    /// Whether these two estimate upper bounds of what they are called: where the density of the model is
    /// only bounded.
    public var areBounds = false
    /// The root mean square distance of the centres from those of the truth after the best matching,
    /// where both are mixtures of as many components.
    public var centreError: Double?
    /// The energy distance of drawn rows from the rows kept out.
    public var energyDistance: Comparison?
    /// The seconds of learning.
    public var seconds: Double
    /// What else is to be known.
    public var remarks: [String]
    /// Why there is no model, if learning failed.
    public var failure: String?
  }

  /// The learners, the highest log-density of the rows kept out first.
  public private(set) var entries: [Entry]
  /// The models, in the order of `entries`.
  public private(set) var models: [TableModel?]
  /// The rows kept out.
  public let heldOutRows: Int
  /// How much the mean log-density of the best learner is above that of the second, with the standard
  /// error of the difference over rows, or `nil` for fewer than two.
  public private(set) var lead: Quantity?

  /// The share of rows kept out, and the most.
  private static let heldOutShare = 0.1
  private static let mostHeldOut = 10_000

  /// The best model.
  public var best: TableModel? { models.first ?? nil }

  /// Learns a table by each of some learners and judges the models.
  ///
  /// - Parameters:
  ///   - table: The rows, of which a tenth is kept out.
  ///   - learners: The learners.
  ///   - hints: What the user knows about the columns.
  ///   - process: The process that samples are drawn by.
  ///   - truth: The law of the rows, its coordinates in the order of the columns, where it is known.
  ///   - seed: The seed of everything.
  ///   - threads: How many threads work; does not change the result.
  ///   - progress: Told which learner is where; answers whether to go on.
  /// - Throws: ``/OrnsteinTables/TableError`` for a table that cannot be learned, `CancellationError` if
  ///   asked to stop. A learner that fails is an entry with a reason.
  public init(
    of table: Table, learners: [Learner] = Learner.all,
    hints: SchemaHints = SchemaHints(), process: ProcessSpecification = .ornsteinUhlenbeck,
    truth: (any ExactTarget<Double>)? = nil, seed: UInt64, threads: Int = 1,
    progress: (_ learner: String, _ stage: String) -> Bool = { _, _ in true }
  ) throws {
    let key = NoiseKey(seed: seed)
    let split = try HeldOutSplit(
      of: table.rowCount,
      heldOut: min(Self.mostHeldOut, Int(Self.heldOutShare * Double(table.rowCount))), key: key)
    let (rows, heldOut) = (
      table.selecting(rows: split.training), table.selecting(rows: split.heldOut)
    )
    heldOutRows = heldOut.rowCount
    let judge = ModelJudge(heldOut, truth: truth, hints: hints, seed: seed, threads: threads)
    var found: [(entry: Entry, model: TableModel?, densities: [LogDensity])] = []
    for learner in learners {
      do {
        let model = try fit(
          rows, learner: learner, hints: hints, process: process, seed: seed, threads: threads,
          events: { progress(learner.name, "step \($0.step)") ? .continue : .stop },
          progress: { progress(learner.name, $0.text) })
        guard progress(learner.name, "judging") else { throw CancellationError() }
        let judged = try judge.judge(model, name: learner.name)
        found.append((judged.entry, model, judged.densities))
      } catch let error as CancellationError {
        throw error
      } catch {
        found.append(
          (Entry(learner: learner.name, seconds: 0, remarks: [], failure: "\(error)"), nil, []))
      }
    }
    func height(_ entry: Entry) -> Double { entry.logDensity?.mean ?? -.infinity }
    found.sort { height($0.entry) > height($1.entry) }
    entries = found.map(\.entry)
    models = found.map(\.model)
    if found.count > 1 { lead = Self.lead(found[0].densities, found[1].densities) }
  }

  /// The mean difference of two columns of log-densities, over the rows that both have.
  private static func lead(_ first: [LogDensity], _ second: [LogDensity]) -> Quantity? {
    let differences = zip(first, second).map { $0.value - $1.value }
    guard differences.count > 1 else { return nil }
    let count = Double(differences.count)
    let mean = differences.reduce(0, +) / count
    let square = differences.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return .estimate(mean, standardError: (square / (count - 1) / count).squareRoot())
  }
}

/// Which rows are kept out, chosen at random, each part in the order of the table.
struct HeldOutSplit {
  let training: [Int]
  let heldOut: [Int]

  init(of count: Int, heldOut kept: Int, key: NoiseKey) throws(TrainingError) {
    guard kept >= 2, count - kept >= TrainingData.minimumRows else {
      throw .tooFewRows(count: count, minimum: TrainingData.minimumRows + 10)
    }
    let order = EpochPermutation(of: count, stream: key.stream(.comparisonSplit))
    let out = Set((0..<kept).map { order[$0] })
    training = (0..<count).filter { !out.contains($0) }
    heldOut = out.sorted()
  }
}
