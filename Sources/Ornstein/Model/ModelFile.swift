import OrnsteinDiffusion
import OrnsteinLearning
import OrnsteinModel
import OrnsteinNumerics
import OrnsteinTables

extension TableModel {
  /// Reads a model.
  ///
  /// - Throws: ``/OrnsteinModel/ModelFileError`` that names the file and what is wrong.
  public init(contentsOf path: String) throws {
    let file = try FitFile(path, expecting: [.network, .mixture, .polynomial, .kernel])
    let schema = try file.value(Schema.self, "schema")
    let d = schema.dimension
    let learned = try file.learned()
    guard learned.dimension == d else {
      throw ModelFileError.metadata(
        file: path, key: "schema",
        reason: "it has \(d) coordinates, the \(learned.learner) \(learned.dimension)")
    }
    let moments = DataMoments(
      mean: try file.numbers("moments.mean", count: d),
      covariance: try file.numbers("moments.covariance", count: d * d))
    try self.init(
      schema: schema, learned: learned, moments: moments,
      process: try file.value(ProcessSpecification.self, "process"))
  }

  /// Writes the model as one safetensors file, whole or not at all.
  ///
  /// - Throws: ``/OrnsteinModel/ModelFileError`` if the file cannot be written.
  public func write(to path: String) throws(ModelFileError) {
    let dimension = schema.dimension
    var tensors = [
      Tensor(name: "moments.mean", shape: [dimension], elements: .double(self.moments.mean)),
      Tensor(
        name: "moments.covariance", shape: [dimension, dimension],
        elements: .double(self.moments.covariance)),
    ]
    var metadata = ModelMetadata(kind: learned.kind)
    try metadata.set(schema, for: "schema")
    try metadata.set(process, for: "process")
    switch learned {
    case .network(let network, let record):
      try metadata.set(network.shape, for: "network")
      try metadata.set(record, for: "training")
      tensors += network.tensors
    case .mixture(let mixture, let record):
      let parts = MixtureTensors(mixture.description)
      try metadata.set(parts.header, for: "mixture")
      try metadata.set(record, for: "learning")
      tensors += parts.tensors
    case .polynomial(let score, let record):
      try metadata.set(record, for: "learning")
      tensors += score.tensors
    case .kernel(let law, let record):
      try metadata.set(record, for: "learning")
      tensors += [
        Tensor(name: "kernel.bandwidth", shape: [1], elements: .double([law.bandwidth])),
        Tensor(
          name: "kernel.points", shape: [law.base.points.count, dimension],
          elements: .double(Array(law.base.points.elements))),
        Tensor(
          name: "kernel.weights", shape: [law.base.weights.count],
          elements: .double(law.base.weights)),
      ]
    }
    try SafeTensors(tensors: tensors, metadata: metadata.texts).write(to: path)
  }
}

extension LearnedScore {
  /// What a file of the model is.
  var kind: ModelMetadata.Kind {
    switch self {
    case .network: .network
    case .mixture: .mixture
    case .polynomial: .polynomial
    case .kernel: .kernel
    }
  }
}

extension FitCheckpoint {
  /// Reads an interrupted fit.
  ///
  /// - Throws: ``/OrnsteinModel/ModelFileError`` that names the file and what is wrong.
  public init(contentsOf path: String) throws {
    let file = try FitFile(path, expecting: [.checkpoint])
    self.init(
      schema: try file.value(Schema.self, "schema"),
      process: try file.value(ProcessSpecification.self, "process"),
      training: TrainingCheckpoint(
        tensors: file.tensors, state: try file.value(TrainingCheckpoint.State.self, "state")))
  }

  /// Writes the interrupted fit in the form of a model file, whole or not at all.
  ///
  /// - Throws: ``/OrnsteinModel/ModelFileError`` if the file cannot be written.
  public func write(to path: String) throws(ModelFileError) {
    var metadata = ModelMetadata(kind: .checkpoint)
    try metadata.set(schema, for: "schema")
    try metadata.set(process, for: "process")
    try metadata.set(training.state, for: "state")
    try SafeTensors(tensors: training.tensors, metadata: metadata.texts).write(to: path)
  }
}

extension ModelMetadata.Kind {
  /// What a file holds.
  ///
  /// - Throws: ``/OrnsteinModel/ModelFileError`` if it is no file of this library.
  public init(of path: String) throws(ModelFileError) {
    let metadata = try SafeTensors(contentsOf: path).metadata
    self = try ModelMetadata(metadata, file: path).kind
  }
}

/// A file of this library, with errors that name it.
private struct FitFile {
  let path: String
  let tensors: [Tensor]
  let metadata: ModelMetadata

  init(_ path: String, expecting kinds: [ModelMetadata.Kind]) throws(ModelFileError) {
    let file = try SafeTensors(contentsOf: path)
    self.path = path
    tensors = file.tensors
    metadata = try ModelMetadata(file.metadata, file: path)
    guard kinds.contains(metadata.kind) else {
      let reason =
        metadata.kind == .checkpoint
        ? "the file is an interrupted fit; finish it with 'ornstein fit … --resume'"
        : "the file is a \(metadata.kind.rawValue), not a \(kinds[0].rawValue)"
      throw .metadata(file: path, key: "kind", reason: reason)
    }
  }

  func learned() throws -> LearnedScore {
    switch metadata.kind {
    case .mixture:
      let header = try value(MixtureTensors.Header.self, "mixture")
      let record = try value(LearningRecord.self, "learning")
      let description = try MixtureTensors.description(header) { name, count in
        try numbers(name, count: count)
      }
      do throws(MixtureError) {
        return .mixture(try GaussianMixture(description), record)
      } catch {
        throw invalid("mixture", error.description)
      }
    case .polynomial:
      let record = try value(LearningRecord.self, "learning")
      do throws(PolynomialError) {
        return .polynomial(
          try PiecewisePolynomialScore(
            tensors: tensors.filter { $0.name.hasPrefix("polynomial.") }), record)
      } catch {
        throw invalid("polynomial", error.description)
      }
    case .kernel:
      let record = try value(LearningRecord.self, "learning")
      let count = tensors.first { $0.name == "kernel.weights" }?.count ?? 0
      let dimension = try value(Schema.self, "schema").dimension
      let points = try numbers("kernel.points", count: count * dimension)
      let weights = try numbers("kernel.weights", count: count)
      let bandwidth = try numbers("kernel.bandwidth", count: 1)[0]
      guard count > 0, dimension > 0 else { throw invalid("kernel", "it has no points") }
      do throws(TargetError) {
        return .kernel(
          try SmoothedMeasure(
            try EmpiricalMeasure(
              points: Batch(points, dimension: dimension), weights: weights),
            bandwidth: bandwidth), record)
      } catch {
        throw invalid("kernel", error.description)
      }
    case .network, .checkpoint:
      let record = try value(TrainingRecord.self, "training")
      let shape = try value(NetworkShape.self, "network")
      let objective = record.settings.objective
      do throws(NetworkError) {
        return .network(
          try ScoreNetwork(
            shape: shape, parametrization: objective.parametrization,
            logSNRRange: objective.logSNRRange,
            tensors: tensors.filter { $0.name.hasPrefix("network.") }), record)
      } catch {
        throw invalid("network", error.description)
      }
    }
  }

  private func invalid(_ key: String, _ reason: String) -> ModelFileError {
    .metadata(file: path, key: key, reason: reason)
  }

  func value<Value: Decodable>(_ type: Value.Type, _ key: String) throws(ModelFileError) -> Value {
    try metadata.value(type, for: key, file: path)
  }

  /// Finite numbers of double precision.
  func numbers(_ name: String, count: Int) throws(ModelFileError) -> [Double] {
    guard let tensor = tensors.first(where: { $0.name == name }) else {
      throw .absentTensor(file: path, name: name)
    }
    guard case .double(let values) = tensor.elements, values.count == count,
      values.allSatisfy(\.isFinite)
    else {
      throw .tensor(
        file: path, name: name, reason: "\(count) finite numbers of double precision are needed")
    }
    return values
  }
}
