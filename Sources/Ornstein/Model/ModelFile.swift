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
    let schema = try file.schema()
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
    guard case .network(let checkpoint) = try InterruptedFit(contentsOf: path) else {
      throw ModelFileError.metadata(
        file: path, key: InterruptedFit.learnerKey,
        reason: "the file is an interrupted fit of a mixture, not of a network; go on with "
          + "'ornstein fit … --learner mixture --resume'")
    }
    self = checkpoint
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
