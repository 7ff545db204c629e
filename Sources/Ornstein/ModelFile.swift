import OrnsteinDiffusion
import OrnsteinLearning
import OrnsteinModel
import OrnsteinNumerics
import OrnsteinTables

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// What a file of this library holds.
public enum ModelFileKind: String, Sendable, Codable {
  /// A learned model.
  case model
  /// An interrupted fit.
  case checkpoint
}

extension TableModel {
  /// Reads a model.
  ///
  /// - Throws: ``ModelFileError`` that names the file and what is wrong.
  public init(contentsOf path: String) throws {
    let file = try SafeTensors(contentsOf: path)
    let header = try ModelHeader(file, path: path, expecting: .model)
    let record: TrainingRecord = try header.value("training")
    let shape: NetworkShape = try header.value("network")
    guard let mean = file.doubles("moments.mean"), let covariance = file.doubles("moments.covariance")
    else { throw header.error("it holds no moments") }
    let schema = try header.schema()
    guard mean.count == shape.dimension, covariance.count == mean.count * mean.count,
      schema.dimension == shape.dimension
    else { throw header.error("its schema, moments and network differ in dimension") }
    let network: ScoreNetwork<Float>
    do {
      network = try ScoreNetwork(
        shape: shape, parametrization: record.settings.objective.parametrization,
        logSNRRange: record.settings.objective.logSNRRange,
        tensors: file.tensors.filter { $0.name.hasPrefix("network.") })
    } catch {
      throw header.error("\(error)")
    }
    self.init(
      schema: schema, network: network, moments: DataMoments(mean: mean, covariance: covariance),
      process: try header.value("process"), record: record)
  }

  /// Writes the model as one safetensors file, whole or not at all.
  ///
  /// - Throws: ``ModelFileError`` if the file cannot be written.
  public func write(to path: String) throws {
    let dimension = network.dimension
    let moments = [
      Tensor(name: "moments.mean", shape: [dimension], elements: .double(self.moments.mean)),
      Tensor(
        name: "moments.covariance", shape: [dimension, dimension],
        elements: .double(self.moments.covariance)),
    ]
    try SafeTensors(
      tensors: network.tensors + moments,
      metadata: try ModelHeader.metadata(
        .model,
        [
          "schema": schema.json, "process": ModelHeader.json(process),
          "network": ModelHeader.json(network.shape), "training": ModelHeader.json(record),
        ])
    ).write(to: path)
  }
}

extension FitCheckpoint {
  /// Reads an interrupted fit.
  ///
  /// - Throws: ``ModelFileError`` that names the file and what is wrong.
  public init(contentsOf path: String) throws {
    let file = try SafeTensors(contentsOf: path)
    let header = try ModelHeader(file, path: path, expecting: .checkpoint)
    self.init(
      schema: try header.schema(), process: try header.value("process"),
      training: TrainingCheckpoint(tensors: file.tensors, state: try header.value("state")))
  }

  /// Writes the interrupted fit in the form of a model file, whole or not at all.
  ///
  /// - Throws: ``ModelFileError`` if the file cannot be written.
  public func write(to path: String) throws {
    try SafeTensors(
      tensors: training.tensors,
      metadata: try ModelHeader.metadata(
        .checkpoint,
        [
          "schema": schema.json, "process": ModelHeader.json(process),
          "state": ModelHeader.json(training.state),
        ])
    ).write(to: path)
  }
}

/// The words of a model file: JSON texts by name, under a version.
struct ModelHeader {
  static let version = 1

  let metadata: [String: String]
  let path: String

  /// The header of a file of the expected kind.
  init(_ file: SafeTensors, path: String, expecting kind: ModelFileKind) throws {
    (metadata, self.path) = (file.metadata, path)
    let found = try self.kind()
    guard found == kind else {
      throw error(
        kind == .model
          ? "it is an interrupted fit, not a model; finish it with 'ornstein fit … --resume'"
          : "it is a model, not an interrupted fit")
    }
  }

  init(_ file: SafeTensors, path: String) { (metadata, self.path) = (file.metadata, path) }

  /// What the file holds.
  func kind() throws -> ModelFileKind {
    guard metadata["format"] == "ornstein", let kind = metadata["kind"].flatMap(ModelFileKind.init)
    else { throw error("it was not written by ornstein") }
    guard let version = metadata["version"].flatMap({ Int($0) }) else {
      throw error("it does not say the version of its format")
    }
    guard version <= Self.version else {
      throw error(
        "its format has version \(version), this program knows \(Self.version); update the program")
    }
    return kind
  }

  func value<Value: Decodable>(_ name: String) throws -> Value {
    guard let text = metadata[name] else { throw error("it lacks \"\(name)\"") }
    do {
      return try JSONDecoder().decode(Value.self, from: Data(text.utf8))
    } catch {
      throw self.error("its \"\(name)\" cannot be read")
    }
  }

  func schema() throws -> Schema {
    guard let text = metadata["schema"] else { throw error("it lacks \"schema\"") }
    return try Schema(json: Array(text.utf8), source: path)
  }

  func error(_ reason: String) -> ModelFileError { .content(path: path, reason: reason) }

  static func json(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  static func metadata(
    _ kind: ModelFileKind, _ values: [String: String]
  ) throws -> [String: String] {
    values.merging(
      ["format": "ornstein", "version": "\(version)", "kind": kind.rawValue],
      uniquingKeysWith: { $1 })
  }
}

extension SafeTensors {
  fileprivate func doubles(_ name: String) -> [Double]? {
    guard case .double(let values)? = tensors.first(where: { $0.name == name })?.elements,
      values.allSatisfy(\.isFinite)
    else { return nil }
    return values
  }
}

extension ModelFileKind {
  /// What a file holds.
  ///
  /// - Throws: ``ModelFileError`` if it is no file of this library.
  public init(of path: String) throws {
    self = try ModelHeader(try SafeTensors(contentsOf: path), path: path).kind()
  }
}
