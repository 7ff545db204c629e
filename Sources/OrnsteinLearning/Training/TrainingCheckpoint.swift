import OrnsteinNumerics

/// An interrupted training, from which it goes on bit for bit as if never interrupted.
public struct TrainingCheckpoint: Sendable, Equatable {
  /// Weights, their averages, the best averages and both moments of the gradient, under the prefixes
  /// `weights.`, `average.`, `best.`, `moment1.` and `moment2.`.
  public var tensors: [Tensor]
  /// The position of the run.
  public var state: State

  /// A checkpoint from its parts, as read from a file.
  public init(tensors: [Tensor], state: State) {
    self.tensors = tensors
    self.state = state
  }

  /// The position of a run: everything but tensors and data.
  public struct State: Codable, Sendable, Hashable {
    /// The settings, with shape and batch size as used.
    public var settings: TrainingSettings
    /// The seed.
    public var seed: UInt64
    /// The rows of the data.
    public var rows: Int
    /// The hash of the data, in hexadecimal.
    public var dataHash: String
    /// The steps done.
    public var step: Int
    /// The steps of the whole run, once fixed.
    public var totalSteps: Int?
    /// The sum of discounted losses and the sum of discounts, whose ratio is the smoothed loss.
    public var lossSum: Double
    /// The sum of discounts of `lossSum`.
    public var lossWeight: Double
    /// All measurements of the held-out loss.
    public var history: [HeldOutMeasurement]
    /// The index in `history` of the lowest held-out loss.
    public var best: Int?
    /// The held-out loss that the next improvement is measured against.
    public var reference: Double?
    /// The evaluations since `reference` was improved on.
    public var stalled: Int
    /// The seconds of training so far.
    public var seconds: Double
    /// Why training ended, if it did.
    public var finish: TrainingFinish?

    init(settings: TrainingSettings, seed: UInt64, rows: Int, dataHash: String) {
      self.settings = settings
      self.seed = seed
      self.rows = rows
      self.dataHash = dataHash
      step = 0
      lossSum = 0
      lossWeight = 0
      history = []
      stalled = 0
      seconds = 0
      if case .steps(let steps) = settings.limit { totalSteps = steps }
    }

    /// The smoothed loss: an exponential mean over about 100 steps.
    var smoothedLoss: Double? { lossWeight > 0 ? lossSum / lossWeight : nil }

    mutating func add(loss: Double) {
      lossSum += 0.01 * (loss - lossSum)
      lossWeight += 0.01 * (1 - lossWeight)
    }

    /// Takes a measurement; whether it is the best so far.
    mutating func add(_ measurement: HeldOutMeasurement) -> Bool {
      history.append(measurement)
      if let reference, measurement.loss > reference * (1 - settings.tolerance) {
        stalled += 1
      } else {
        reference = measurement.loss
        stalled = 0
      }
      if let best, history[best].loss <= measurement.loss { return false }
      best = history.count - 1
      return true
    }
  }
}
