import OrnsteinDiffusion
import OrnsteinNumerics

/// One measurement of the held-out loss.
public struct HeldOutMeasurement: Codable, Sendable, Hashable {
  /// The steps done.
  public var step: Int
  /// The smoothed training loss then, or `nil` before the first step.
  public var trainingLoss: Double?
  /// The mean loss of the averaged weights on the held-out rows.
  public var loss: Double
  /// The standard error of the mean over the held-out rows.
  public var standardError: Double
}

/// How a network came about: what a model file tells of its training.
public struct TrainingRecord: Codable, Sendable, Hashable {
  /// The settings, with shape and batch size as used.
  public var settings: TrainingSettings
  /// The seed.
  public var seed: UInt64
  /// The rows of the data, held-out rows included.
  public var rows: Int
  /// The rows kept out of training.
  public var heldOutRows: Int
  /// The hash of the data, in hexadecimal.
  public var dataHash: String
  /// The steps done.
  public var steps: Int
  /// The step whose averaged weights are the model: the one of the lowest held-out loss.
  public var modelStep: Int
  /// The smoothed training loss at the end, or `nil` without any step.
  public var loss: Double?
  /// The held-out loss of the model, or `nil` without held-out rows.
  public var heldOutLoss: Double?
  /// The standard error of `heldOutLoss` over the held-out rows.
  public var heldOutStandardError: Double?
  /// The mean log-density of held-out rows under the model, in nats in the units of the data, or `nil`
  /// where none was measured.
  public var heldOutLogDensity: MeanLogDensity?
  /// The seconds of training, interruptions excluded.
  public var seconds: Double
  /// Why training ended.
  public var finish: TrainingFinish
  /// All measurements of the held-out loss.
  public var history: [HeldOutMeasurement]
}

/// The outcome of training.
public struct TrainedNetwork: Sendable {
  /// The learned score, of standardised data.
  public let network: ScoreNetwork<Float>
  /// How it came about.
  public let record: TrainingRecord

  /// The network's parameters by name.
  public var tensors: [Tensor] { network.tensors }
}
