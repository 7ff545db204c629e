import OrnsteinDiffusion
import OrnsteinLearning
import OrnsteinModel
import OrnsteinNumerics
import OrnsteinTables

/// A file of this library, with errors that name it.
struct FitFile {
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
      let dimension = try schema().dimension
      guard header.dimension == dimension else {
        throw invalid(
          "mixture", "it has \(header.dimension) coordinates, the schema \(dimension)")
      }
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
      let dimension = try schema().dimension
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

  /// The columns, which were checked to make sense.
  func schema() throws(ModelFileError) -> Schema {
    guard let text = metadata["schema"] else {
      throw .absentMetadata(file: path, key: "schema")
    }
    do throws(TableError) {
      return try Schema(json: text.utf8, source: path)
    } catch {
      guard case .schema(_, let reason) = error else { throw invalid("schema", "\(error)") }
      throw invalid("schema", reason.hasSuffix(".") ? String(reason.dropLast()) : reason)
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
