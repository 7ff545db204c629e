import OrnsteinLearning
import OrnsteinModel
import OrnsteinTables

/// An interrupted fit of whatever learner.
public enum InterruptedFit: Sendable {
  /// Of a network.
  case network(FitCheckpoint)
  /// Of a mixture.
  case mixture(MixtureFitCheckpoint)

  static let learnerKey = "learner"

  /// What was learning, as `fit --learner` says it; files without it are of networks.
  enum Learner: String, Codable {
    case network, mixture
  }

  /// Reads an interrupted fit.
  ///
  /// - Throws: ``/OrnsteinModel/ModelFileError`` that names the file and what is wrong.
  public init(contentsOf path: String) throws {
    let file = try FitFile(path, expecting: [.checkpoint])
    let schema = try file.schema()
    let process = try file.value(ProcessSpecification.self, "process")
    let learner =
      file.metadata[Self.learnerKey] == nil
      ? .network : try file.value(Learner.self, Self.learnerKey)
    switch learner {
    case .network:
      self = .network(
        FitCheckpoint(
          schema: schema, process: process,
          training: TrainingCheckpoint(
            tensors: file.tensors,
            state: try file.value(TrainingCheckpoint.State.self, "state"))))
    case .mixture:
      self = .mixture(
        MixtureFitCheckpoint(
          schema: schema, process: process,
          learning: MixtureCheckpoint(
            tensors: file.tensors,
            state: try file.value(MixtureCheckpoint.State.self, "state"))))
    }
  }
}
